/*
 * dump NETNS counters: the counters of all devices of a namespace in one RTM_GETSTATS dump a round, each parsed.
 * dump NETNS snapshots: a dump of the names and kinds (RTM_GETLINK) before it, and both joined.
 */
#include "limit.h"

#define SLOTS 4096 /* a power of two, more than twice the devices that there are */

struct device {
	uint32_t index;
	char name[16];
	char kind[16];
	struct rtnl_link_stats64 stats;
};

struct dump {
	struct rtnl rtnl;
	int with_links;
	struct device slots[SLOTS];
};

static struct device *slot_of(struct dump *d, uint32_t index)
{
	uint32_t at = index & (SLOTS - 1);
	while (d->slots[at].index != 0 && d->slots[at].index != index)
		at = (at + 1) & (SLOTS - 1);
	return &d->slots[at];
}

static void copy_text(char *to, size_t room, const struct rtattr *a)
{
	size_t length = RTA_PAYLOAD(a) < room ? RTA_PAYLOAD(a) : room - 1;
	memcpy(to, RTA_DATA(a), length);
	to[length] = 0;
}

static void take_link(struct dump *d, const struct nlmsghdr *message)
{
	const struct ifinfomsg *body = NLMSG_DATA(message);
	struct device *device = slot_of(d, (uint32_t)body->ifi_index);
	int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(*body)));
	struct rtattr *a = (struct rtattr *)((char *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(*body)));
	device->index = (uint32_t)body->ifi_index;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFLA_IFNAME) {
			copy_text(device->name, sizeof(device->name), a);
		} else if (a->rta_type == IFLA_LINKINFO) {
			int inner_left = (int)RTA_PAYLOAD(a);
			struct rtattr *inner = RTA_DATA(a);
			for (; RTA_OK(inner, inner_left); inner = RTA_NEXT(inner, inner_left)) {
				if (inner->rta_type == IFLA_INFO_KIND)
					copy_text(device->kind, sizeof(device->kind), inner);
			}
		}
	}
}

static uint64_t read_dump(struct dump *d, uint16_t type)
{
	uint64_t sum = 0;
	for (;;) {
		size_t left = rtnl_receive(&d->rtnl);
		const struct nlmsghdr *message = (const struct nlmsghdr *)d->rtnl.buffer;
		for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
			struct rtnl_link_stats64 stats;
			uint32_t index;
			if (message->nlmsg_seq != d->rtnl.sequence || message->nlmsg_pid != d->rtnl.port)
				continue;
			if (message->nlmsg_type == NLMSG_DONE)
				return sum;
			if (message->nlmsg_type != type || (message->nlmsg_flags & NLM_F_DUMP_INTR)) {
				fprintf(stderr, "dump: an answer of type %d\n", message->nlmsg_type);
				exit(1);
			}
			if (type == RTM_NEWLINK) {
				take_link(d, message);
			} else if (parse_stats(message, &index, &stats)) {
				if (d->with_links)
					slot_of(d, index)->stats = stats;
				sum += stats.tx_dropped + 1;
			}
		}
	}
}

static void request_links(struct rtnl *r)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg body;
		struct rtattr attribute;
		uint32_t mask;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = ++r->sequence,
		},
		.attribute = { .rta_len = 8, .rta_type = IFLA_EXT_MASK },
		.mask = RTEXT_FILTER_SKIP_STATS,
	};
	rtnl_send(r, &request, sizeof(request));
}

static uint64_t rounds(void *state, long count)
{
	struct dump *d = state;
	uint64_t sum = 0;
	for (long i = 0; i < count; i++) {
		if (d->with_links) {
			memset(d->slots, 0, sizeof(d->slots));
			request_links(&d->rtnl);
			read_dump(d, RTM_NEWLINK);
		}
		request_stats(&d->rtnl, 0, NLM_F_DUMP);
		sum += read_dump(d, RTM_NEWSTATS);
	}
	return sum;
}

int main(int argc, char **argv)
{
	static struct dump d;
	if (argc != 3)
		return 2;
	enter_netns(argv[1]);
	d.with_links = strcmp(argv[2], "snapshots") == 0;
	rtnl_open(&d.rtnl);
	return serve(rounds, &d);
}
