// The limit for reading capture files: maps the file, parses each packet, counts it in one open-addressing table.
// cc -O3 -march=native -o flows flows.c ; ./flows FILE  ->  packets flows seconds packets/s
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

typedef struct {
    uint64_t key[5];
    uint64_t counts[4];
    int64_t first, last;
} entry;

static entry *table;
static uint64_t mask, used;

static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t hash(const uint64_t *k) {
    return fold(fold(k[1] ^ 0x9e3779b97f4a7c15u, k[3] ^ 0xbf58476d1ce4e5b9u) ^ k[4],
                fold(k[0] ^ 0x94d049bb133111ebu, k[2] ^ 0x2545f4914f6cdd1du));
}

static entry *find(entry *slots, uint64_t m, const uint64_t *k) {
    for (uint64_t at = hash(k) & m;; at = (at + 1) & m) {
        entry *e = slots + at;
        if (e->key[4] == 0 || memcmp(e->key, k, sizeof e->key) == 0) return e;
    }
}

static void grow(void) {
    uint64_t size = (mask + 1) * 2;
    entry *slots = calloc(size, sizeof *slots);
    for (uint64_t i = 0; i <= mask; i++)
        if (table[i].key[4]) *find(slots, size - 1, table[i].key) = table[i];
    free(table);
    table = slots;
    mask = size - 1;
}

static uint32_t be32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return __builtin_bswap32(v); }
static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint64_t be64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return __builtin_bswap64(v); }

static void parse(const uint8_t *p, uint32_t held, uint32_t length, uint64_t *k) {
    memset(k, 0, 40);
    k[4] = 1;
    if (held < 20) return;
    uint32_t at, proto;
    if (p[0] >> 4 == 4) {
        if (be16(p + 2) > length) return;
        at = (p[0] & 15) * 4u;
        proto = be16(p + 6) & 0x1fff ? 255 : p[9];
        k[1] = be32(p + 12), k[3] = be32(p + 16), k[4] = 4;
    } else if (p[0] >> 4 == 6 && held >= 40) {
        at = 40, proto = p[6];
        k[0] = be64(p + 8), k[1] = be64(p + 16), k[2] = be64(p + 24), k[3] = be64(p + 32), k[4] = 6;
    } else {
        return;
    }
    k[4] |= (uint64_t)proto << 8;
    uint32_t need = proto == 6 ? 20 : proto == 17 ? 8 : proto == 132 ? 12 : 0;
    if (need && at + need <= length && at + 4 <= held) k[4] |= (uint64_t)be32(p + at) << 16;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    int fd = open(argv[1], O_RDONLY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) return perror(argv[1]), 1;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    const uint8_t *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (file == MAP_FAILED) return perror("mmap"), 1;
    madvise((void *)file, (size_t)st.st_size, MADV_SEQUENTIAL);
    mask = 4095;
    table = calloc(mask + 1, sizeof *table);
    uint64_t packets = 0;
    const uint8_t *end = file + st.st_size;
    for (const uint8_t *r = file + 24; end - r >= 16;) {
        uint32_t h[4];
        memcpy(h, r, 16);
        if ((uint64_t)(end - r) < 16 + (uint64_t)h[2]) break;
        uint64_t k[5];
        parse(r + 16, h[2], h[3], k);
        entry *e = find(table, mask, k);
        int64_t time = (int64_t)h[0] * 1000000000 + (int64_t)h[1] * 1000;
        if (e->key[4] == 0) {
            memcpy(e->key, k, sizeof e->key);
            e->first = time;
            if (++used * 2 > mask) grow(), e = find(table, mask, k);
        }
        e->counts[0]++;
        e->counts[1] += h[3];
        if (time > e->last) e->last = time;
        packets++;
        r += 16 + h[2];
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    double s = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    printf("%llu %llu %.3f %.0f\n", (unsigned long long)packets, (unsigned long long)used, s, (double)packets / s);
    return 0;
}
