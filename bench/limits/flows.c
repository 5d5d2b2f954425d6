/*
 * What C does with a capture on one thread: the limit that tunstats is measured against.
 *
 *   flows FILE [ADDRESS]...        a round counts the file once; what it sums up is packets + flows + bytes
 *   flows -1 FILE [ADDRESS]...     counts the file once and prints the sum, as a process of its own
 *
 * The file is pcap in this machine's byte order, of raw IP, read in pieces of 256 KiB. Packets go through in batches:
 * their keys and hashes, then the slots that these lead to, then the entries; each step prefetches for the next, so
 * that cache misses overlap. An entry is one cache line. An ADDRESS is this side's: a packet to it is Rx and its ends
 * are swapped; without one every packet is Tx.
 */
#include "limit.h"
#include <arpa/inet.h>
#include <sys/mman.h>

enum { BATCH = 128, PIECE = 256 * 1024, FIRST_SLOTS = 1 << 12, MOST_FLOWS = 1 << 20, MOST_LOCAL = 8 };

typedef struct { uint64_t w[5]; } key;   /* source, destination (16 bytes each), ports, protocol and family */
typedef struct { key key; uint32_t packets[2], bytes[2]; uint64_t last; } entry;
typedef struct { uint64_t first; uint32_t packets_high[2], bytes_high[2]; } cold;   /* what carries out of an entry */
typedef struct { key key; uint64_t hash, time; uint32_t bytes, rx; } item;
typedef struct { uint64_t high, low; } address;

static entry *entries;
static cold *colds;
static uint32_t *slots, mask, used;
static address local4[MOST_LOCAL], local6[MOST_LOCAL];
static int locals4, locals6;

static void *allocate(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        die("mmap");
    madvise(at, size, MADV_HUGEPAGE);
    return at;
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_of(const key *k)
{
    /* Two products that do not wait for each other, and a last one. */
    uint64_t a = fold(k->w[0] ^ 0x9e3779b97f4a7c15ull, k->w[1] ^ 0xd6e8feb86659fd93ull);
    uint64_t b = fold(k->w[2] ^ 0xa0761d6478bd642full, k->w[3] ^ 0xe7037ed1a0b428dbull);
    return fold(a ^ k->w[4] ^ 0x8ebc6af09c88c6e3ull, b ^ 0x589965cc75374cc3ull);
}

static inline int same(const key *a, const key *b)
{
    return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) | (a->w[3] ^ b->w[3])
        | (a->w[4] ^ b->w[4])) == 0;
}

/* A slot is an entry's number + 1, and in the bits above it what the hash has there. */
static inline uint32_t slot_of(uint64_t hash, uint32_t number)
{
    return ((uint32_t)(hash >> 32) & ~mask) | number;
}

static void grow(void)
{
    munmap(slots, (mask + 1) * sizeof *slots);
    mask = mask * 2 + 1;
    slots = allocate((mask + 1) * sizeof *slots);
    for (uint32_t i = 0; i < used; i++) {
        uint64_t hash = hash_of(&entries[i].key);
        uint32_t at = (uint32_t)hash & mask;
        while (slots[at] != 0)
            at = (at + 1) & mask;
        slots[at] = slot_of(hash, i + 1);
    }
}

static inline int is_local(const address *list, int count, uint64_t high, uint64_t low)
{
    for (int i = 0; i < count; i++)
        if (list[i].low == low && list[i].high == high)
            return 1;
    return 0;
}

/* Reads what makes the key; 0 where the bytes are no IP packet. */
static inline int parse(const uint8_t *p, uint32_t length, item *out)
{
    uint32_t offset, ports = 0;
    uint8_t protocol;
    if (length >= 20 && p[0] >> 4 == 4) {
        uint32_t ends[2];
        offset = (p[0] & 15u) * 4;
        protocol = p[9];
        memcpy(ends, p + 12, 8);
        out->key.w[0] = 0;
        out->key.w[1] = ends[0];
        out->key.w[2] = 0;
        out->key.w[3] = ends[1];
        if (((p[6] & 0x1f) | p[7]) != 0)
            protocol = 255;
        out->rx = locals4 > 0 && !is_local(local4, locals4, 0, ends[0]) && is_local(local4, locals4, 0, ends[1]);
    } else if (length >= 40 && p[0] >> 4 == 6) {
        offset = 40;
        protocol = p[6];
        memcpy(&out->key, p + 8, 32);
        out->rx = locals6 > 0 && !is_local(local6, locals6, out->key.w[0], out->key.w[1])
            && is_local(local6, locals6, out->key.w[2], out->key.w[3]);
    } else {
        return 0;
    }
    if ((protocol == 6 || protocol == 17 || protocol == 132) && length >= offset + 4)
        memcpy(&ports, p + offset, 4);
    if (out->rx) {
        uint64_t a = out->key.w[0], b = out->key.w[1];
        out->key.w[0] = out->key.w[2];
        out->key.w[1] = out->key.w[3];
        out->key.w[2] = a;
        out->key.w[3] = b;
        ports = ports >> 16 | ports << 16;
    }
    out->key.w[4] = (uint64_t)ports << 32 | (uint64_t)protocol << 8 | p[0] >> 4;
    out->hash = hash_of(&out->key);
    __builtin_prefetch(&slots[(uint32_t)out->hash & mask]);
    return 1;
}

static inline entry *find(const item *it)
{
    for (uint32_t at = (uint32_t)it->hash & mask;; at = (at + 1) & mask) {
        uint32_t slot = slots[at];
        if (slot == 0) {
            if (used == MOST_FLOWS)
                die("more flows than there is room for");
            slots[at] = slot_of(it->hash, ++used);
            entry *e = &entries[used - 1];
            e->key = it->key;
            colds[used - 1].first = it->time;
            return e;
        }
        if (((slot ^ (uint32_t)(it->hash >> 32)) & ~mask) == 0 && same(&entries[(slot & mask) - 1].key, &it->key))
            return &entries[(slot & mask) - 1];
    }
}

static void count(const item *items, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t number = slots[(uint32_t)items[i].hash & mask] & mask;
        __builtin_prefetch(&entries[number - (number != 0)], 1);
    }
    for (int i = 0; i < n; i++) {
        const item *it = &items[i];
        entry *e = find(it);
        uint32_t rx = it->rx;
        e->last = it->time;
        e->packets[rx]++;
        e->bytes[rx] += it->bytes;
        if (e->bytes[rx] < it->bytes)
            colds[e - entries].bytes_high[rx]++;
    }
    while ((used + BATCH) * 2 > mask)
        grow();
}

static uint64_t count_file(const char *path)
{
    static uint8_t data[PIECE];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, data, 24);
    if (got != 24)
        die(path);
    mask = FIRST_SLOTS - 1;
    slots = allocate((mask + 1) * sizeof *slots);
    entries = allocate(MOST_FLOWS * sizeof *entries);
    colds = allocate(MOST_FLOWS * sizeof *colds);
    used = 0;
    item items[BATCH];
    int n = 0;
    uint64_t sum = 0;
    size_t held = 0;
    while ((got = read(file, data + held, sizeof data - held)) > 0) {
        held += (size_t)got;
        size_t at = 0;
        while (at + 16 <= held) {
            uint32_t record[4];
            memcpy(record, data + at, sizeof record);
            if (record[2] > held - at - 16)
                break;
            items[n].bytes = record[3];
            items[n].time = record[0] * 1000000000ull + record[1] * 1000ull;
            if (parse(data + at + 16, record[2], &items[n]) && ++n == BATCH) {
                count(items, n);
                n = 0;
            }
            at += 16 + record[2];
            sum++;
        }
        memmove(data, data + at, held -= at);
    }
    count(items, n);
    close(file);
    sum += used;
    for (uint32_t i = 0; i < used; i++)
        sum += entries[i].bytes[0] + (uint64_t)entries[i].bytes[1]
            + ((uint64_t)colds[i].bytes_high[0] << 32) + ((uint64_t)colds[i].bytes_high[1] << 32);
    munmap(slots, (mask + 1) * sizeof *slots);
    munmap(entries, MOST_FLOWS * sizeof *entries);
    munmap(colds, MOST_FLOWS * sizeof *colds);
    return sum;
}

static void add_local(const char *text)
{
    address a = { 0, 0 };
    uint32_t four;
    int is4 = inet_pton(AF_INET, text, &four) == 1;
    if ((is4 ? locals4 : locals6) == MOST_LOCAL || (!is4 && inet_pton(AF_INET6, text, &a) != 1))
        die(text);
    if (is4)
        local4[locals4++].low = four;
    else
        local6[locals6++] = a;
}

static uint64_t rounds(void *state, long times)
{
    uint64_t sum = 0;
    for (long i = 0; i < times; i++)
        sum += count_file(state);
    return sum;
}

int main(int argc, char **argv)
{
    int once = argc > 1 && strcmp(argv[1], "-1") == 0, first = 1 + once;
    if (argc <= first) {
        fprintf(stderr, "usage: flows [-1] FILE [ADDRESS]...\n");
        return 2;
    }
    for (int i = first + 1; i < argc; i++)
        add_local(argv[i]);
    if (!once)
        return serve(rounds, argv[first]);
    printf("%" PRIu64 "\n", count_file(argv[first]));
    return 0;
}
