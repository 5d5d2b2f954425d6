/*
 * Writes a capture for the comparison: pcap, raw IP (link type 101), snap length 64.
 *
 *   makecap FILE PACKETS FLOWS zipf|uniform
 *       UDP over IPv4 from 100.64.0.1; one packet in eight is an answer, with the ends swapped.
 *   makecap FILE PACKETS FLOWS mix
 *       As networks have it: 60 % of the flows IPv4 and 40 % IPv6; 62 % TCP, 31 % UDP, 7 % ICMP; lengths from 60 to
 *       1500 bytes; every flow goes one way, half of them from 100.64.0.1 or fd7a:115c:a1e0::1 and half of them to it;
 *       packets in random order.
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
        return (uint32_t)((next() >> 20) % flows);
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

/* A flow's own random number: the same for each of its packets. */
static uint64_t scramble(uint64_t x)
{
    x = (x + 1) * 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93ull;
    return x ^ x >> 32;
}

static uint32_t simple_packet(uint8_t *packet, uint32_t flow)
{
    uint32_t local = 0x64400001u, remote = 0x0a000000u + flow;
    uint32_t port = 1024 + flow * 40503u % 60000;
    int answer = next() % 8 == 0;
    packet[0] = 0x45;
    put16(packet + 2, LENGTH);
    packet[8] = 64;
    packet[9] = 17;
    put32(packet + 12, answer ? remote : local);
    put32(packet + 16, answer ? local : remote);
    put16(packet + 20, answer ? 443 : port);
    put16(packet + 22, answer ? port : 443);
    put16(packet + 24, LENGTH - 20);
    return LENGTH;
}

static uint32_t mixed_packet(uint8_t *packet, uint32_t flow)
{
    static const uint8_t local6[16] = { 0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0, [15] = 1 };
    uint64_t own = scramble(flow);
    uint32_t kind = (uint32_t)(own % 100), length = 60 + (uint32_t)(next() >> 20) % 1441;
    int is6 = (own >> 8) % 10 >= 6, inward = own >> 40 & 1;
    uint8_t protocol = kind < 62 ? 6 : kind < 93 ? 17 : is6 ? 58 : 1;
    uint32_t port = 1024 + (uint32_t)(own >> 20) % 60000;
    uint8_t *transport;
    if (is6) {
        uint8_t remote[16] = { 0x20, 0x01, 0x0d, 0xb8 };
        put32(remote + 8, (uint32_t)(own >> 32));
        put32(remote + 12, flow);
        packet[0] = 0x60;
        put16(packet + 4, length - 40);
        packet[6] = protocol;
        packet[7] = 64;
        memcpy(packet + 8, inward ? remote : local6, 16);
        memcpy(packet + 24, inward ? local6 : remote, 16);
        transport = packet + 40;
    } else {
        uint32_t local = 0x64400001u, remote = 0x0a000000u + flow;
        packet[0] = 0x45;
        put16(packet + 2, length);
        packet[8] = 64;
        packet[9] = protocol;
        put32(packet + 12, inward ? remote : local);
        put32(packet + 16, inward ? local : remote);
        transport = packet + 20;
    }
    if (kind >= 93) {
        transport[0] = protocol == 1 ? 0 : 129;   /* an echo reply */
        return length;
    }
    put16(transport, inward ? 443 : port);
    put16(transport + 2, inward ? port : 443);
    if (protocol == 6) {
        transport[12] = 0x50;
        transport[13] = 0x10;
    } else {
        put16(transport + 4, length - (is6 ? 40 : 20));
    }
    return length;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: makecap FILE PACKETS FLOWS zipf|uniform|mix\n");
        return 2;
    }
    uint32_t packets = (uint32_t)strtoul(argv[2], NULL, 10), flows = (uint32_t)strtoul(argv[3], NULL, 10);
    FILE *file = fopen(argv[1], "wb");
    if (file == NULL || flows == 0) {
        perror(argv[1]);
        return 1;
    }
    double *shares = strcmp(argv[4], "zipf") == 0 ? shares_of(flows) : NULL;
    int mix = strcmp(argv[4], "mix") == 0;
    static char buffer[1 << 20];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    struct { uint32_t magic; uint16_t major, minor; uint32_t zone, figures, snap, link; } header =
        { 0xa1b2c3d4, 2, 4, 0, 0, SNAP, 101 };
    fwrite(&header, sizeof header, 1, file);
    for (uint32_t i = 0; i < packets; i++) {
        /* Every flow appears once before chance decides, so that there are as many as were asked for. */
        uint32_t flow = !mix && i < flows ? i : pick(flows, shares);
        uint8_t packet[SNAP] = { 0 };
        uint32_t length = mix ? mixed_packet(packet, flow) : simple_packet(packet, flow);
        uint32_t record[4] =
            { 1700000000u + i / 1000000u, i % 1000000u, length < SNAP ? length : SNAP, length };
        fwrite(record, sizeof record, 1, file);
        fwrite(packet, record[2], 1, file);
    }
    if (fclose(file) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
