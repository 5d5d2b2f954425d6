/*
 * blast NETNS DEVICE FLOWS: sends as fast as one thread can, a round as many packets as the line says: UDP over IPv4 of
 * 100 bytes, one flow after the other.
 */
#include "limit.h"
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/uio.h>

enum { BATCH = 64, LENGTH = ETH_HLEN + 100 };

struct blast {
	int fd;
	uint32_t flows, next;
	uint8_t frames[BATCH][LENGTH];
	struct iovec vectors[BATCH];
	struct mmsghdr messages[BATCH];
};

static uint64_t rounds(void *state, long wanted)
{
	struct blast *b = state;
	long sent = 0;
	while (sent < wanted) {
		unsigned n = wanted - sent < BATCH ? (unsigned)(wanted - sent) : BATCH, done = 0;
		for (unsigned i = 0; i < n; i++) {
			uint32_t flow = b->next++ % b->flows;
			uint8_t *ip = b->frames[i] + ETH_HLEN;
			ip[14] = (uint8_t)(flow >> 16);
			ip[20] = (uint8_t)(flow >> 8);
			ip[21] = (uint8_t)flow;
		}
		while (done < n) {
			int got = sendmmsg(b->fd, b->messages + done, n - done, 0);
			if (got > 0)
				done += (unsigned)got;
			else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
				die("sendmmsg");
		}
		sent += n;
	}
	return (uint64_t)sent;
}

int main(int argc, char **argv)
{
	static struct blast b;
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int on = 1;
	if (argc != 4)
		return 2;
	enter_netns(argv[1]);
	b.flows = (uint32_t)strtoul(argv[3], NULL, 10);
	address.sll_ifindex = (int)if_nametoindex(argv[2]);
	b.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (b.fd < 0 || bind(b.fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    setsockopt(b.fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) != 0)
		die(argv[2]);
	for (unsigned i = 0; i < BATCH; i++) {
		static const uint8_t head[] = {
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 0,
			0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 1, 0, 1,
			0, 0, 0x23, 0x28, 0, 80, 0, 0,
		};
		memcpy(b.frames[i], head, sizeof(head));
		b.vectors[i] = (struct iovec){ .iov_base = b.frames[i], .iov_len = LENGTH };
		b.messages[i].msg_hdr.msg_iov = &b.vectors[i];
		b.messages[i].msg_hdr.msg_iovlen = 1;
	}
	return serve(rounds, &b);
}
