/*
 * What C does to read network log messages from JSON on one thread: the limit for our reader.
 *
 *   netlog_read FILE     a round reads the file once; the sum is messages + entries + ports + packets + bytes
 *
 * The file has a message per line. It is read in pieces of 512 KiB and parsed where it lies; entries go into an array
 * that is used again for each message. An entry whose members are in the usual order without white space is read with
 * few branches, eight digits at a time; another one by a parser that takes members in any order.
 */
#include "limit.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { PIECE = 512 * 1024, MOST_ENTRIES = 16 * 1024 };

struct end { uint64_t address[2]; uint16_t port; uint8_t family; };
struct entry { uint64_t counts[4]; struct end source, destination; uint8_t protocol; };

static char data[PIECE + 64];
static struct entry entries[MOST_ENTRIES];
static const char *file_name;

static void bad(const char *at)
{
    fprintf(stderr, "bad JSON: %.40s\n", at);
    exit(1);
}

static inline const char *blanks(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')
        at++;
    return at;
}

static inline const char *number(const char *at, uint64_t *value)
{
    const char *start = at;
    uint64_t sum = 0, digit;
    while ((digit = (uint64_t)(*at - '0')) <= 9) {
        if (__builtin_mul_overflow(sum, 10u, &sum) || __builtin_add_overflow(sum, digit, &sum))
            bad(start);
        at++;
    }
    if (at == start || (*start == '0' && at > start + 1))
        bad(start);
    *value = sum;
    return at;
}

static const char *ipv6(const char *at, uint64_t *address)
{
    uint32_t group[8] = { 0 };
    int count = 0, gap = -1;
    while (*at != ']') {
        if (at[0] == ':' && at[1] == ':' && gap < 0) {
            gap = count;
            at += 2;
            continue;
        }
        at += *at == ':';
        uint32_t value = 0;
        int digits = 0;
        for (;; at++, digits++) {
            uint32_t c = (uint32_t)(uint8_t)*at;
            uint32_t digit = c - '0' <= 9 ? c - '0' : (c | 32) - 'a' <= 5 ? (c | 32) - 'a' + 10 : 16;
            if (digit > 15)
                break;
            value = value << 4 | digit;
        }
        if (digits == 0 || digits > 4 || count == 8)
            bad(at);
        group[count++] = value;
    }
    if (gap >= 0) {
        int tail = count - gap;
        memmove(group + 8 - tail, group + gap, (size_t)tail * sizeof *group);
        memset(group + gap, 0, (size_t)(8 - count) * sizeof *group);
    } else if (count != 8) {
        bad(at);
    }
    for (int i = 0; i < 8; i++)
        address[i / 4] = address[i / 4] << 16 | group[i];
    return at + 1;
}

static inline const char *endpoint(const char *at, struct end *end)
{
    if (*at++ != '"')
        bad(at);
    memset(end, 0, sizeof *end);
    if (*at == '"')
        return at + 1;
    if (*at == '[') {
        at = ipv6(at + 1, end->address);
        end->family = 6;
    } else {
        uint32_t address = 0;
        for (int i = 0; i < 4; i++) {
            const char *start = at;
            uint32_t octet = 0, digit;
            while ((digit = (uint32_t)(*at - '0')) <= 9) {
                octet = octet * 10 + digit;
                at++;
            }
            if (at == start || at > start + 3 || octet > 255 || (*start == '0' && at > start + 1) ||
                (i < 3 && *at++ != '.'))
                bad(start);
            address = address << 8 | octet;
        }
        end->address[1] = address;
        end->family = 4;
    }
    if (*at++ != ':')
        bad(at);
    uint32_t port = 0, digit;
    const char *start = at;
    while ((digit = (uint32_t)(*at - '0')) <= 9 && at < start + 6) {
        port = port * 10 + digit;
        at++;
    }
    if (at == start || port > 65535 || *at != '"')
        bad(start);
    end->port = (uint16_t)port;
    return at + 1;
}

static inline const char *text(const char *at, const char **value, size_t *length)
{
    if (*at++ != '"')
        bad(at);
    *value = at;
    at = strchr(at, '"');
    *length = (size_t)(at - *value);
    return at + 1;
}

static inline const char *name(const char *at, const char **value, size_t *length)
{
    /* Short, so that a loop is faster than a call. */
    if (*at++ != '"')
        bad(at);
    *value = at;
    while (*at != '"')
        at++;
    *length = (size_t)(at - *value);
    at = blanks(at + 1);
    if (*at != ':')
        bad(at);
    return blanks(at + 1);
}

static const char *entry(const char *at, struct entry *e)
{
    const char *n;
    size_t length;
    memset(e, 0, sizeof *e);
    if (*at++ != '{')
        bad(at);
    at = blanks(at);
    while (*at != '}') {
        uint64_t protocol;
        at = name(at, &n, &length);
        if (length == 5 && memcmp(n, "proto", 5) == 0) {
            at = number(at, &protocol);
            e->protocol = (uint8_t)protocol;
        } else if (length == 3 && memcmp(n, "src", 3) == 0) {
            at = endpoint(at, &e->source);
        } else if (length == 3 && memcmp(n, "dst", 3) == 0) {
            at = endpoint(at, &e->destination);
        } else if (length == 6 && memcmp(n, "txPkts", 6) == 0) {
            at = number(at, &e->counts[0]);
        } else if (length == 7 && memcmp(n, "txBytes", 7) == 0) {
            at = number(at, &e->counts[1]);
        } else if (length == 6 && memcmp(n, "rxPkts", 6) == 0) {
            at = number(at, &e->counts[2]);
        } else if (length == 7 && memcmp(n, "rxBytes", 7) == 0) {
            at = number(at, &e->counts[3]);
        } else {
            bad(n);
        }
        at = blanks(at);
        if (*at == ',')
            at = blanks(at + 1);
        else if (*at != '}')
            bad(at);
    }
    return at + 1;
}

/* The number that up to eight digits are, and how many there are. */
static inline int digits8(const char *at, uint64_t *value)
{
    uint64_t bytes;
    memcpy(&bytes, at, 8);
    uint64_t digits = bytes ^ 0x3030303030303030ull;
    uint64_t others = (digits | ((digits & 0x7f7f7f7f7f7f7f7full) + 0x7676767676767676ull)) & 0x8080808080808080ull;
    int count = others ? __builtin_ctzll(others) >> 3 : 8;
    digits = digits << ((8 - count) * 4) << ((8 - count) * 4);
    digits = digits * 10 + (digits >> 8);
    *value = ((digits & 0x000000ff000000ffull) * 0x000f424000000064ull +
              (digits >> 16 & 0x000000ff000000ffull) * 0x0000271000000001ull) >> 32;
    return count;
}

static inline const char *plain_number(const char *at, uint64_t *value)
{
    int count = digits8(at, value);
    if (__builtin_expect(count == 8, 0))
        return number(at, value);
    return count == 0 || (count > 1 && *at == '0') ? NULL : at + count;
}

/* The bytes of 16 that are no digits, a bit each. */
static inline uint32_t others16(const char *at)
{
#ifdef __SSE2__
    __m128i text = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)at), _mm_set1_epi8('0'));
    __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(9)), text);
    return (uint32_t)_mm_movemask_epi8(digits) ^ 0xffff;
#else
    uint32_t mask = 0;
    for (int i = 0; i < 16; i++)
        mask |= (uint32_t)((uint8_t)(at[i] - '0') > 9) << i;
    return mask;
#endif
}

/* The octet of one to three digits, without a leading zero, before a separator. */
static inline uint32_t octet_before(const char *separator, int length, char wanted, uint32_t *wrong)
{
    uint32_t bytes;
    memcpy(&bytes, separator - 3, 4);
    uint32_t digits = (bytes ^ 0x303030) & 0xffffffu << ((3 - length) * 8 & 31) & 0xffffff;
    uint32_t value = (digits & 0xff) * 100 + (digits >> 8 & 0xff) * 10 + (digits >> 16);
    uint32_t least = 0x640a00u >> ((length - 1) * 8 & 31) & 0xff;
    *wrong |= ((uint32_t)(length - 1) > 2) | (value > 255) | (value < least) | (bytes >> 24 ^ (uint32_t)wanted);
    return value;
}

/* At its quote. */
static inline const char *plain_endpoint(const char *start, struct end *end)
{
    const char *at = start + 1;
    uint32_t others = others16(at) | 1u << 16;
    int first = __builtin_ctz(others);
    others = (others & (others - 1)) | 1u << 16;
    int second = __builtin_ctz(others);
    others = (others & (others - 1)) | 1u << 16;
    int third = __builtin_ctz(others);
    others = (others & (others - 1)) | 1u << 16;
    int fourth = __builtin_ctz(others);
    uint32_t wrong = 0;
    uint32_t address = octet_before(at + first, first, '.', &wrong) << 24
        | octet_before(at + second, second - first - 1, '.', &wrong) << 16
        | octet_before(at + third, third - second - 1, '.', &wrong) << 8
        | octet_before(at + fourth, fourth - third - 1, ':', &wrong);
    uint64_t port;
    at += fourth + 1;
    int count = digits8(at, &port);
    wrong |= (count == 0) | (port > 65535) | ((count > 1) & (*at == '0'));
    at += count;
    if (wrong || *at != '"')
        return endpoint(start, end);
    end->address[0] = 0;
    end->address[1] = address;
    end->family = 4;
    end->port = (uint16_t)port;
    return at + 1;
}

#define BEGINS(at, text) (memcmp(at, text, sizeof(text) - 1) == 0)

/* NULL where it is laid out otherwise. */
static inline const char *plain_entry(const char *at, struct entry *e)
{
    uint64_t protocol = 0;
    memset(e, 0, sizeof *e);
    if (*at != '{' || at[1] == '}')
        return NULL;
    if (BEGINS(at + 1, "\"proto\":") && (at = plain_number(at + 9, &protocol)) == NULL)
        return NULL;
    e->protocol = (uint8_t)protocol;
    if (BEGINS(at + 1, "\"src\":\""))
        at = plain_endpoint(at + 7, &e->source);
    if (BEGINS(at + 1, "\"dst\":\""))
        at = plain_endpoint(at + 7, &e->destination);
    if (BEGINS(at + 1, "\"txPkts\":") && (at = plain_number(at + 10, &e->counts[0])) == NULL)
        return NULL;
    if (BEGINS(at + 1, "\"txBytes\":") && (at = plain_number(at + 11, &e->counts[1])) == NULL)
        return NULL;
    if (BEGINS(at + 1, "\"rxPkts\":") && (at = plain_number(at + 10, &e->counts[2])) == NULL)
        return NULL;
    if (BEGINS(at + 1, "\"rxBytes\":") && (at = plain_number(at + 11, &e->counts[3])) == NULL)
        return NULL;
    return *at == '}' && protocol <= 255 ? at + 1 : NULL;
}

static uint64_t message(const char *at)
{
    const char *n, *value;
    size_t length, value_length, count = 0;
    uint64_t sum = 1;
    at = blanks(at);
    if (*at++ != '{')
        bad(at);
    while (*at != '}') {
        at = name(blanks(at), &n, &length);
        if (*at == '[') {
            at = blanks(at + 1);
            while (*at != ']') {
                if (count == MOST_ENTRIES)
                    bad(at);
                const char *next = plain_entry(at, &entries[count]);
                at = blanks(next ? next : entry(at, &entries[count]));
                count++;
                if (*at == ',')
                    at = blanks(at + 1);
            }
            at++;
        } else {
            at = text(at, &value, &value_length);
        }
        at = blanks(at);
        if (*at == ',')
            at++;
    }
    for (size_t i = 0; i < count; i++)
        sum += 1 + entries[i].source.port + entries[i].destination.port + entries[i].counts[0] + entries[i].counts[1]
            + entries[i].counts[2] + entries[i].counts[3];
    return sum;
}

static uint64_t rounds(void *state, long times)
{
    uint64_t sum = 0;
    (void)state;
    for (long round = 0; round < times; round++) {
        int file = open(file_name, O_RDONLY | O_CLOEXEC);
        size_t held = 0;
        ssize_t got;
        if (file < 0)
            die(file_name);
        while ((got = read(file, data + held, PIECE - held)) > 0) {
            held += (size_t)got;
            char *at = data, *end;
            while ((end = memchr(at, '\n', held - (size_t)(at - data))) != NULL) {
                sum += message(at);
                at = end + 1;
            }
            held -= (size_t)(at - data);
            memmove(data, at, held);
        }
        close(file);
    }
    return sum;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: netlog_read FILE\n");
        return 2;
    }
    file_name = argv[1];
    return serve(rounds, NULL);
}
