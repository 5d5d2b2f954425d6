/*
 * ring NETNS DEVICE: what C does with the packets of a device on one thread: a TPACKET_V3 ring of 128 blocks of
 * 256 KiB with PACKET_VNET_HDR, snap length 128, and one open-addressing table. A round counts as many packets as the
 * line says, or what came until none came for a second. The time is the CPU time of the thread; what is summed up is
 * the packets counted.
 */
#define TIME_CLOCK CLOCK_THREAD_CPUTIME_ID
#include "limit.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>

enum { BLOCK = 256 * 1024, BLOCKS = 128, FRAME = 256, SNAP = 128, SLOTS = 1 << 18, BATCH = 32, QUIET_MS = 1000 };

typedef struct { uint64_t w[5]; } key;
typedef struct { key key; uint64_t packets[2], bytes[2], first, last; uint32_t used; } entry;
typedef struct { key key; uint64_t hash, time; uint32_t packets, bytes; int tx; } item;

struct ring {
	int fd;
	uint8_t *memory;
	int block;
	entry *table;
};

static uint64_t hash_of(const key *k)
{
	__uint128_t a = (__uint128_t)(k->w[0] ^ 0x9e3779b97f4a7c15ull) * (k->w[1] ^ 0xd6e8feb86659fd93ull);
	__uint128_t b = (__uint128_t)(k->w[2] ^ 0xa0761d6478bd642full) * (k->w[3] ^ 0xe7037ed1a0b428dbull);
	__uint128_t c = (__uint128_t)(k->w[4] ^ 0x8ebc6af09c88c6e3ull) * 0x589965cc75374cc3ull;
	uint64_t h = (uint64_t)a ^ (uint64_t)(a >> 64) ^ (uint64_t)b ^ (uint64_t)(b >> 64) ^ (uint64_t)c
		^ (uint64_t)(c >> 64);
	return h * 0x9e3779b97f4a7c15ull >> 20 ^ h;
}

/* How many packets a frame is on the wire, and their bytes. */
static void segment(const struct virtio_net_hdr *gso, const uint8_t *ip, item *out)
{
	const uint8_t *transport = ip + (ip[0] & 15) * 4;
	uint32_t header = (uint32_t)(transport - ip) + (ip[9] == 6 ? transport[12] / 16 * 4u : 8);
	if (out->bytes > header + gso->gso_size && gso->gso_size != 0) {
		out->packets = (out->bytes - header + gso->gso_size - 1) / gso->gso_size;
		out->bytes += (out->packets - 1) * header;
	}
}

/* IPv4 behind an Ethernet header is all that the sender sends; the rest is left. */
static int parse(const struct tpacket3_hdr *packet, struct ring *r, item *out)
{
	const uint8_t *ip = (const uint8_t *)packet + packet->tp_mac + ETH_HLEN;
	const struct sockaddr_ll *from = (const struct sockaddr_ll *)(packet + 1);
	uint64_t ports = 0;
	if (packet->tp_snaplen < ETH_HLEN + 28 || ip[-2] != 8 || ip[-1] != 0 || ip[0] >> 4 != 4)
		return 0;
	memset(&out->key, 0, sizeof(out->key));
	memcpy(&out->key.w[1], ip + 12, 4);
	memcpy(&out->key.w[3], ip + 16, 4);
	memcpy(&ports, ip + (ip[0] & 15) * 4, 4);
	out->tx = from->sll_pkttype == PACKET_OUTGOING;
	if (!out->tx) {
		uint64_t source = out->key.w[1];
		out->key.w[1] = out->key.w[3];
		out->key.w[3] = source;
		ports = ports >> 16 | (ports & 0xffff) << 16;
	}
	out->key.w[4] = ports << 32 | (uint64_t)ip[9] << 8 | 4;
	out->hash = hash_of(&out->key);
	out->bytes = packet->tp_len - ETH_HLEN;
	out->packets = 1;
	const struct virtio_net_hdr *gso = (const void *)(ip - ETH_HLEN - sizeof(*gso));
	if (gso->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		segment(gso, ip, out);
	out->time = packet->tp_sec * 1000000000ull + packet->tp_nsec;
	__builtin_prefetch(&r->table[out->hash & (SLOTS - 1)], 1);
	return 1;
}

static void count(struct ring *r, const item *items, int n)
{
	for (int i = 0; i < n; i++) {
		uint64_t at = items[i].hash & (SLOTS - 1);
		entry *e;
		while (e = &r->table[at], e->used && memcmp(&e->key, &items[i].key, sizeof(key)) != 0)
			at = (at + 1) & (SLOTS - 1);
		if (!e->used) {
			e->used = 1;
			e->key = items[i].key;
			e->first = items[i].time;
		}
		e->last = items[i].time;
		e->packets[items[i].tx] += items[i].packets;
		e->bytes[items[i].tx] += items[i].bytes;
	}
}

static uint64_t rounds(void *state, long wanted)
{
	struct ring *r = state;
	uint64_t counted = 0;
	item items[BATCH];
	while (counted < (uint64_t)wanted) {
		struct tpacket_block_desc *block = (void *)(r->memory + (size_t)r->block * BLOCK);
		if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
			struct pollfd wait = { .fd = r->fd, .events = POLLIN };
			if (poll(&wait, 1, QUIET_MS) == 0)
				break;
			continue;
		}
		struct tpacket3_hdr *packet = (void *)((uint8_t *)block + block->hdr.bh1.offset_to_first_pkt);
		int n = 0;
		for (uint32_t left = block->hdr.bh1.num_pkts; left > 0; left--) {
			if (parse(packet, r, &items[n]) && ++n == BATCH) {
				count(r, items, n);
				counted += (uint64_t)n;
				n = 0;
			}
			packet = (void *)((uint8_t *)packet + packet->tp_next_offset);
		}
		count(r, items, n);
		counted += (uint64_t)n;
		__atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		r->block = (r->block + 1) % BLOCKS;
	}
	return counted;
}

int main(int argc, char **argv)
{
	static struct ring r;
	struct sock_filter keep = { .code = BPF_RET | BPF_K, .k = SNAP };
	struct sock_fprog program = { .len = 1, .filter = &keep };
	struct tpacket_req3 request = {
		.tp_block_size = BLOCK, .tp_block_nr = BLOCKS, .tp_frame_size = FRAME,
		.tp_frame_nr = BLOCK / FRAME * BLOCKS, .tp_retire_blk_tov = 10,
	};
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int version = TPACKET_V3, on = 1;
	if (argc != 3)
		return 2;
	enter_netns(argv[1]);
	address.sll_ifindex = (int)if_nametoindex(argv[2]);
	r.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (r.fd < 0 || setsockopt(r.fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
	    setsockopt(r.fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) != 0 ||
	    setsockopt(r.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0 ||
	    setsockopt(r.fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0)
		die("packet ring");
	r.memory = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
	r.table = mmap(NULL, SLOTS * sizeof(entry), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r.memory == MAP_FAILED || r.table == MAP_FAILED ||
	    madvise(r.table, SLOTS * sizeof(entry), MADV_HUGEPAGE) != 0 ||
	    bind(r.fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die(argv[2]);
	return serve(rounds, &r);
}
