/*
 * What C does with a capture on one thread: the limit that the module is measured against.
 *
 *   flows FILE     a round counts the file once; what it sums up is packets + flows + bytes
 *
 * The file (pcap in this machine's byte order, raw IP) is read in pieces of 256 KiB; one open-addressing table, at most
 * half full, doubled when it is; lookups in batches of 32 with prefetch, so that cache misses overlap. 100.64.0.1 is
 * this side: an IPv4 packet from elsewhere is Rx and its ends are swapped.
 */
#include "limit.h"
#include <sys/mman.h>

enum { BATCH = 32, PIECE = 256 * 1024 };

typedef struct { uint64_t w[5]; } key;   /* source, destination (16 bytes each), ports, protocol and family */
typedef struct { key key; uint64_t tx_packets, tx_bytes, rx_packets, rx_bytes, first, last; uint32_t used; } entry;
typedef struct { key key; uint64_t hash, time; uint32_t bytes; int rx; } item;

static entry *table;
static uint64_t mask, used;

static uint64_t hash_of(const key *k)
{
    /* Three products that do not wait for each other. */
    __uint128_t a = (__uint128_t)(k->w[0] ^ 0x9e3779b97f4a7c15ull) * (k->w[1] ^ 0xd6e8feb86659fd93ull);
    __uint128_t b = (__uint128_t)(k->w[2] ^ 0xa0761d6478bd642full) * (k->w[3] ^ 0xe7037ed1a0b428dbull);
    __uint128_t c = (__uint128_t)(k->w[4] ^ 0x8ebc6af09c88c6e3ull) * 0x589965cc75374cc3ull;
    uint64_t h = (uint64_t)a ^ (uint64_t)(a >> 64) ^ (uint64_t)b ^ (uint64_t)(b >> 64) ^ (uint64_t)c
        ^ (uint64_t)(c >> 64);
    return h * 0x9e3779b97f4a7c15ull >> 20 ^ h;
}

static entry *allocate(uint64_t count)
{
    void *at = mmap(NULL, count * sizeof(entry), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        die("mmap");
    madvise(at, count * sizeof(entry), MADV_HUGEPAGE);
    return at;
}

static entry *find(entry *in, uint64_t m, const key *k, uint64_t hash)
{
    uint64_t i = hash & m;
    while (in[i].used && memcmp(&in[i].key, k, sizeof *k) != 0)
        i = (i + 1) & m;
    return &in[i];
}

static void grow(void)
{
    uint64_t count = mask + 1, m = count * 2 - 1;
    entry *larger = allocate(count * 2);
    for (uint64_t i = 0; i < count; i++)
        if (table[i].used)
            *find(larger, m, &table[i].key, hash_of(&table[i].key)) = table[i];
    munmap(table, count * sizeof(entry));
    table = larger;
    mask = m;
}

/* Reads what makes the key; 0 where the bytes are no IP packet. */
static int parse(const uint8_t *p, uint32_t length, item *out)
{
    uint32_t offset, ports = 0;
    uint8_t protocol;
    memset(&out->key, 0, sizeof out->key);
    if (length >= 20 && p[0] >> 4 == 4) {
        offset = (p[0] & 15u) * 4;
        protocol = p[9];
        memcpy((uint8_t *)&out->key, p + 12, 4);
        memcpy((uint8_t *)&out->key + 16, p + 16, 4);
        if (((p[6] & 0x1f) | p[7]) != 0)
            protocol = 255;
        out->rx = memcmp(p + 12, "\x64\x40\x00\x01", 4) != 0;
    } else if (length >= 40 && p[0] >> 4 == 6) {
        offset = 40;
        protocol = p[6];
        memcpy(&out->key, p + 8, 32);
        out->rx = 0;
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
    __builtin_prefetch(&table[out->hash & mask], 1);
    return 1;
}

static void count(const item *items, int n)
{
    for (int i = 0; i < n; i++) {
        const item *it = &items[i];
        entry *e = find(table, mask, &it->key, it->hash);
        if (!e->used) {
            if ((used + 1) * 2 > mask) {
                grow();
                e = find(table, mask, &it->key, it->hash);
            }
            e->used = 1;
            e->key = it->key;
            e->first = it->time;
            used++;
        }
        e->last = it->time;
        if (it->rx) {
            e->rx_packets++;
            e->rx_bytes += it->bytes;
        } else {
            e->tx_packets++;
            e->tx_bytes += it->bytes;
        }
    }
}

static uint64_t count_file(const char *path)
{
    static uint8_t data[PIECE];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, data, 24);
    if (got != 24)
        die(path);
    mask = (1 << 12) - 1;
    table = allocate(mask + 1);
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
    for (uint64_t i = 0; i <= mask; i++)
        sum += table[i].used ? table[i].tx_bytes + table[i].rx_bytes : 0;
    munmap(table, (mask + 1) * sizeof(entry));
    return sum;
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
    if (argc != 2) {
        fprintf(stderr, "usage: flows FILE\n");
        return 2;
    }
    return serve(rounds, argv[1]);
}
