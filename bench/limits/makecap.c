/*
 * Writes a capture for the comparison: pcap, raw IP (link type 101), snap length 64.
 *
 *   makecap FILE PACKETS FLOWS zipf|uniform
 *
 * Flows are UDP over IPv4 from 100.64.0.1; one packet in eight is an answer, with the ends swapped.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNAP = 64, LENGTH = 1000 };

static uint64_t seed = 88172645463325252ull;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void put16(uint8_t *at, uint32_t value) { at[0] = (uint8_t)(value >> 8); at[1] = (uint8_t)value; }

static void put32(uint8_t *at, uint32_t value) { put16(at, value >> 16); put16(at + 2, value); }

/* Sums of the shares up to each flow: 1/r for the flow of rank r; NULL where all are equal. */
static double *shares_of(uint32_t flows)
{
    double *sums = malloc(flows * sizeof *sums), sum = 0;
    if (sums == NULL) {
        perror("malloc");
        exit(1);
    }
    for (uint32_t i = 0; i < flows; i++)
        sums[i] = sum += 1.0 / (i + 1);
    return sums;
}

static uint32_t pick(uint32_t flows, const double *shares)
{
    if (shares == NULL)
        return (uint32_t)(next() % flows);
    double at = (double)(next() >> 11) / 9007199254740992.0 * shares[flows - 1];
    uint32_t low = 0, high = flows - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (shares[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: makecap FILE PACKETS FLOWS zipf|uniform\n");
        return 2;
    }
    uint32_t packets = (uint32_t)strtoul(argv[2], NULL, 10), flows = (uint32_t)strtoul(argv[3], NULL, 10);
    FILE *file = fopen(argv[1], "wb");
    if (file == NULL || flows == 0) {
        perror(argv[1]);
        return 1;
    }
    double *shares = strcmp(argv[4], "zipf") == 0 ? shares_of(flows) : NULL;
    static char buffer[1 << 20];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    struct { uint32_t magic; uint16_t major, minor; uint32_t zone, figures, snap, link; } header =
        { 0xa1b2c3d4, 2, 4, 0, 0, SNAP, 101 };
    fwrite(&header, sizeof header, 1, file);
    for (uint32_t i = 0; i < packets; i++) {
        /* Every flow appears once before chance decides, so that there are as many as were asked for. */
        uint32_t flow = i < flows ? i : pick(flows, shares);
        uint32_t record[4] = { 1700000000u + i / 1000000u, i % 1000000u, SNAP, LENGTH };
        uint8_t packet[SNAP] = { 0x45 };
        uint32_t local = 0x64400001u, remote = 0x0a000000u + flow;
        uint32_t port = 1024 + flow * 40503u % 60000;
        int answer = next() % 8 == 0;
        put16(packet + 2, LENGTH);
        packet[8] = 64;
        packet[9] = 17;
        put32(packet + 12, answer ? remote : local);
        put32(packet + 16, answer ? local : remote);
        put16(packet + 20, answer ? 443 : port);
        put16(packet + 22, answer ? port : 443);
        put16(packet + 24, LENGTH - 20);
        fwrite(record, sizeof record, 1, file);
        fwrite(packet, sizeof packet, 1, file);
    }
    if (fclose(file) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
