/*
 * What C does to classify connections on one thread with a range table: the limit for our classifier.
 *
 *   classify FILE     a round classifies all connections of the file; the sum is that of their classes
 *
 * The file: two counts of 32 bits (prefixes, connections), then prefixes as address, length and flags (32 bits each),
 * then connections as source and destination (IPv4, 32 bits each). Flags: 1 routed, 2 within the overlay. The ranges
 * between the ends of all prefixes are sorted; the upper 16 bits of an address tell between which ranges to halve.
 */
#include "limit.h"

struct prefix { uint32_t address, length, flags; };

static uint32_t *starts, *slots;
static uint8_t *flags;
static size_t range_count, connection_count;
static uint32_t (*connections)[2];

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int by_length(const void *a, const void *b)
{
    return (int)((const struct prefix *)a)->length - (int)((const struct prefix *)b)->length;
}

static size_t range_of(uint32_t address)
{
    size_t low = slots[address >> 16], high = slots[(address >> 16) + 1];
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (starts[middle] <= address)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static void build(struct prefix *prefixes, size_t count)
{
    starts = malloc((2 * count + 1) * sizeof *starts);
    slots = malloc(65537 * sizeof *slots);
    size_t n = 0;
    starts[n++] = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t end = (uint64_t)prefixes[i].address + (1ull << (32 - prefixes[i].length));
        starts[n++] = prefixes[i].address;
        if (end <= UINT32_MAX)
            starts[n++] = (uint32_t)end;
    }
    qsort(starts, n, sizeof *starts, by_value);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || starts[i] != starts[range_count - 1])
            starts[range_count++] = starts[i];
    /* A slot's ranges: from the one that its first address is in to the one that its last address is in. */
    size_t at = 0;
    for (uint32_t slot = 0; slot < 65536; slot++) {
        while (at + 1 < range_count && starts[at + 1] <= slot << 16)
            at++;
        slots[slot] = (uint32_t)at;
    }
    slots[65536] = (uint32_t)(range_count - 1);
    flags = calloc(range_count, 1);
    qsort(prefixes, count, sizeof *prefixes, by_length);
    for (size_t i = 0; i < count; i++) {
        uint64_t end = (uint64_t)prefixes[i].address + (1ull << (32 - prefixes[i].length));
        for (size_t r = range_of(prefixes[i].address); r < range_count && starts[r] < end; r++)
            flags[r] |= (uint8_t)prefixes[i].flags;
    }
}

static inline uint64_t classify(uint32_t source, uint32_t destination)
{
    uint32_t from = flags[range_of(source)], to = flags[range_of(destination)];
    if (from == 3 && to == 3)
        return 1;
    return from == 1 || to == 1 ? 2 : 3;
}

static uint64_t rounds(void *state, long times)
{
    uint64_t sum = 0;
    (void)state;
    for (long round = 0; round < times; round++)
        for (size_t i = 0; i < connection_count; i++)
            sum += classify(connections[i][0], connections[i][1]);
    return sum;
}

int main(int argc, char **argv)
{
    uint32_t counts[2];
    int file = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (argc != 2) {
        fprintf(stderr, "usage: classify FILE\n");
        return 2;
    }
    if (file < 0 || read(file, counts, sizeof counts) != sizeof counts)
        die(argv[1]);
    size_t prefix_bytes = counts[0] * sizeof(struct prefix), connection_bytes = counts[1] * sizeof *connections;
    struct prefix *prefixes = malloc(prefix_bytes);
    connections = malloc(connection_bytes);
    connection_count = counts[1];
    if (read(file, prefixes, prefix_bytes) != (ssize_t)prefix_bytes ||
        read(file, connections, connection_bytes) != (ssize_t)connection_bytes)
        die(argv[1]);
    build(prefixes, counts[0]);
    return serve(rounds, NULL);
}
