/*
 * What C does to read network log messages from JSON on one thread: the limit for our reader.
 *
 *   netlog_read FILE     a round reads the file once; the sum is messages + entries + ports + packets + bytes
 *
 * The file has a message per line. It is read in pieces of 256 KiB and parsed where it lies, by a parser that takes
 * members in any order and white space between them; entries go into an array that is used again for each message.
 */
#include "limit.h"

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
                at = blanks(entry(at, &entries[count++]));
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
