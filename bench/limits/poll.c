/* poll IFINDEX: the counters of one device over an open socket: one sendto, one recvfrom a round. */
#include "limit.h"

struct poll {
	struct rtnl rtnl;
	uint32_t index;
};

static uint64_t rounds(void *state, long count)
{
	struct poll *p = state;
	uint64_t sum = 0;
	for (long i = 0; i < count; i++) {
		struct rtnl_link_stats64 stats;
		uint32_t index;
		request_stats(&p->rtnl, p->index, 0);
		rtnl_receive(&p->rtnl);
		const struct nlmsghdr *message = (const struct nlmsghdr *)p->rtnl.buffer;
		if (message->nlmsg_seq != p->rtnl.sequence || message->nlmsg_pid != p->rtnl.port ||
		    message->nlmsg_type != RTM_NEWSTATS || !parse_stats(message, &index, &stats) || index != p->index) {
			fprintf(stderr, "poll: an answer to something else\n");
			exit(1);
		}
		sum += stats.tx_dropped + stats.tx_packets;
	}
	return sum;
}

int main(int argc, char **argv)
{
	static struct poll p;
	if (argc != 2)
		return 2;
	p.index = (uint32_t)strtoul(argv[1], NULL, 10);
	rtnl_open(&p.rtnl);
	return serve(rounds, &p);
}
