/*
 * runs ROUNDS PROGRAM [ARGUMENT...] -- PROGRAM [ARGUMENT...]: runs both in turns, output to /dev/null, and tells of
 * each in a line: median wall time in nanoseconds, median of the largest resident set in KiB (wait4).
 */
#include "limit.h"
#include <sys/resource.h>
#include <sys/wait.h>

#define MOST_ROUNDS 1000

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void run(char **program, uint64_t *wall, uint64_t *memory)
{
	struct rusage usage;
	int status;
	uint64_t start = now_ns();
	pid_t child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		execvp(program[0], program);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		die("wait4");
	*wall = now_ns() - start;
	*memory = (uint64_t)usage.ru_maxrss;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "%s failed (%d)\n", program[0], status);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static uint64_t wall[2][MOST_ROUNDS], memory[2][MOST_ROUNDS];
	char **programs[2] = { argv + 2, NULL };
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	for (int i = 2; i < argc && !programs[1]; i++) {
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			programs[1] = argv + i + 1;
		}
	}
	if (count < 1 || count > MOST_ROUNDS || !programs[1] || !programs[1][0])
		return 2;
	for (long i = -3; i < count; i++) {
		for (int p = 0; p < 2; p++)
			run(programs[p], &wall[p][i < 0 ? 0 : i], &memory[p][i < 0 ? 0 : i]);
	}
	for (int p = 0; p < 2; p++) {
		qsort(wall[p], (size_t)count, sizeof(uint64_t), by_size);
		qsort(memory[p], (size_t)count, sizeof(uint64_t), by_size);
		printf("%" PRIu64 " %" PRIu64 "\n", wall[p][count / 2], memory[p][count / 2]);
	}
	return 0;
}
