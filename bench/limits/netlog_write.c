/*
 * What C does to write network log messages as JSON on one thread, without snprintf: the limit for our writer.
 *
 *   netlog_write FILE ENTRIES-PER-MESSAGE     a round writes all entries of the file; the sum is the bytes written
 *
 * The file has a record of 72 bytes for each entry (struct record). Messages are of schema 2: nodeId, start, end and
 * one list. Eight digits are made at once in a word, so that no branch depends on how many a number has; octets come
 * with their dot from a table. Stores are of fixed length and may go beyond what is kept.
 */
#include "limit.h"

struct record {
    uint64_t source[2], destination[2], counts[4];
    uint16_t source_port, destination_port;
    uint8_t protocol, family;
    uint8_t unused[2];
};

static uint32_t octets[256], octet_lengths[256];
static struct record *records;
static size_t record_count, per_message;
static char *output;

static inline char *put(char *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

#define PUT(at, text) put(at, text, sizeof(text) - 1)

/* The digits of a number below 10^8, a byte each, the first in the lowest byte. */
static inline uint64_t digits8(uint32_t value)
{
    uint64_t upper = value / 10000;
    uint64_t fours = upper | ((uint64_t)value - upper * 10000) << 32;
    uint64_t hundreds = fours * 10486 >> 20 & 0x0000007f0000007full;
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = twos * 103 >> 10 & 0x000f000f000f000full;
    return tens | (twos - tens * 10) << 8;
}

static inline char *number8(char *at, uint32_t value)
{
    uint64_t digits = digits8(value);
    int leading = __builtin_ctzll(digits | 1ull << 63) & ~7;
    uint64_t text = (digits | 0x3030303030303030ull) >> leading;
    memcpy(at, &text, 8);
    return at + 8 - (leading >> 3);
}

static char *long_number(char *at, uint64_t value);

static inline char *number(char *at, uint64_t value)
{
    return __builtin_expect(value < 100000000, 1) ? number8(at, (uint32_t)value) : long_number(at, value);
}

static char *long_number(char *at, uint64_t value)
{
    uint64_t upper = value / 100000000;
    at = number(at, upper);
    uint64_t text = digits8((uint32_t)(value - upper * 100000000)) | 0x3030303030303030ull;
    return put(at, (const char *)&text, 8);
}

static char *ipv6(char *at, const uint64_t *address)
{
    /* Go's text: the longest run of two or more zero groups, the first of equal ones, is "::". */
    uint32_t group[8];
    int run = -1, length = 1;
    for (int i = 0; i < 8; i++)
        group[i] = (uint32_t)(address[i / 4] >> (48 - i % 4 * 16)) & 0xffff;
    for (int i = 0; i < 8; i++) {
        int end = i;
        while (end < 8 && group[end] == 0)
            end++;
        if (end - i > length) {
            run = i;
            length = end - i;
        }
    }
    *at++ = '[';
    for (int i = 0; i < 8; i++) {
        if (i == run) {
            at = PUT(at, "::");
            i += length - 1;
            continue;
        }
        if (i > 0 && at[-1] != ':')
            *at++ = ':';
        int started = 0;
        for (int shift = 12; shift >= 0; shift -= 4) {
            uint32_t digit = group[i] >> shift & 15;
            started |= digit != 0 || shift == 0;
            if (started)
                *at++ = "0123456789abcdef"[digit];
        }
    }
    *at++ = ']';
    *at++ = ':';
    return at;
}

static inline char *endpoint(char *at, const uint64_t *address, uint16_t port, uint8_t family)
{
    if (family == 4) {
        uint32_t value = (uint32_t)address[1];
        for (int shift = 24; shift >= 0; shift -= 8) {
            uint32_t octet = value >> shift & 255;
            memcpy(at, &octets[octet], 4);
            at += octet_lengths[octet];
        }
        at[-1] = ':';
    } else {
        at = ipv6(at, address);
    }
    at = number(at, port);
    *at++ = '"';
    return at;
}

static inline char *entry(char *at, const struct record *r)
{
    char *start = at;
    if (r->protocol != 0) {
        at = PUT(at, ",\"proto\":");
        at = number(at, r->protocol);
    }
    at = PUT(at, ",\"src\":\"");
    at = endpoint(at, r->source, r->source_port, r->family);
    at = PUT(at, ",\"dst\":\"");
    at = endpoint(at, r->destination, r->destination_port, r->family);
    if (r->counts[0] != 0) {
        at = PUT(at, ",\"txPkts\":");
        at = number(at, r->counts[0]);
    }
    if (r->counts[1] != 0) {
        at = PUT(at, ",\"txBytes\":");
        at = number(at, r->counts[1]);
    }
    if (r->counts[2] != 0) {
        at = PUT(at, ",\"rxPkts\":");
        at = number(at, r->counts[2]);
    }
    if (r->counts[3] != 0) {
        at = PUT(at, ",\"rxBytes\":");
        at = number(at, r->counts[3]);
    }
    *start = '{';
    *at++ = '}';
    return at;
}

static uint64_t rounds(void *state, long times)
{
    uint64_t sum = 0;
    (void)state;
    for (long round = 0; round < times; round++) {
        for (size_t i = 0; i < record_count; i += per_message) {
            size_t end = i + per_message < record_count ? i + per_message : record_count;
            char *at = PUT(output, "{\"nodeId\":\"n123456CNTL\",\"start\":\"2025-10-28T21:48:37Z\","
                                   "\"end\":\"2025-10-28T21:48:42Z\",\"virtualTraffic\":[");
            for (size_t k = i; k < end; k++) {
                at = entry(at, &records[k]);
                *at++ = ',';
            }
            at = PUT(at - 1, "]}");
            sum += (uint64_t)(at - output);
        }
    }
    return sum;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: netlog_write FILE ENTRIES-PER-MESSAGE\n");
        return 2;
    }
    int file = open(argv[1], O_RDONLY | O_CLOEXEC);
    off_t length = file < 0 ? -1 : lseek(file, 0, SEEK_END);
    per_message = strtoul(argv[2], NULL, 10);
    records = length > 0 ? malloc((size_t)length) : NULL;
    output = malloc(per_message * 256 + 256);
    if (records == NULL || output == NULL || pread(file, records, (size_t)length, 0) != length)
        die(argv[1]);
    record_count = (size_t)length / sizeof *records;
    for (uint32_t i = 0; i < 256; i++) {
        char text[16] = { 0 };
        char *end = number(text, i);
        *end++ = '.';
        octet_lengths[i] = (uint32_t)(end - text);
        memcpy(&octets[i], text, 4);
    }
    return serve(rounds, NULL);
}
