/*
 * beat NETNS INDEX THREADS: what a poller does at a beat, with the system calls that it needs: reads the counters of
 * one device, or with index 0 of all in one dump; looks whether there is a link event (RTNLGRP_LINK); stamps the time;
 * keeps each device's last counters, what they gained and the totals, none of them ever negative or wrapped.
 *
 * With THREADS 2 another thread waits for ever beside it, as one of a server of metrics or of a runtime does: the
 * kernel then counts every use of a descriptor, and the C library watches for cancellation, which one thread is spared.
 */
#include "limit.h"
#include <pthread.h>

#define SLOTS 4096 /* a power of two, more than twice the devices that there are */
#define COUNTERS (sizeof(struct rtnl_link_stats64) / sizeof(uint64_t))

struct device {
	uint32_t index;
	int seen;
	uint64_t last[COUNTERS], gained[COUNTERS], total[COUNTERS];
	struct timespec wall, monotonic;
};

struct poller {
	struct rtnl rtnl, events;
	uint32_t index;
	struct device slots[SLOTS];
};

static void take(struct poller *p, uint32_t index, const struct rtnl_link_stats64 *stats,
		 const struct timespec *wall, const struct timespec *monotonic)
{
	uint32_t at = index & (SLOTS - 1);
	uint64_t now[COUNTERS];
	struct device *d;
	while (p->slots[at].index != 0 && p->slots[at].index != index)
		at = (at + 1) & (SLOTS - 1);
	d = &p->slots[at];
	memcpy(now, stats, sizeof(now));
	for (size_t i = 0; i < COUNTERS && d->seen; i++) {
		d->gained[i] = now[i] < d->last[i] ? now[i] : now[i] - d->last[i];
		d->total[i] += d->gained[i];
		if (d->total[i] < d->gained[i])
			d->total[i] = UINT64_MAX;
	}
	if (!d->seen)
		memcpy(d->total, now, sizeof(now));
	memcpy(d->last, now, sizeof(now));
	d->seen = 1;
	d->index = index;
	d->wall = *wall;
	d->monotonic = *monotonic;
}

static uint64_t read_counters(struct poller *p)
{
	struct timespec wall, monotonic;
	struct rtnl_link_stats64 stats;
	uint64_t devices = 0;
	uint32_t index;
	request_stats(&p->rtnl, p->index, p->index != 0 ? 0 : NLM_F_DUMP);
	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	for (;;) {
		size_t left = rtnl_receive(&p->rtnl);
		const struct nlmsghdr *message = (const struct nlmsghdr *)p->rtnl.buffer;
		for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_seq != p->rtnl.sequence || message->nlmsg_pid != p->rtnl.port)
				continue;
			if (message->nlmsg_type == NLMSG_DONE)
				return devices;
			if (message->nlmsg_type != RTM_NEWSTATS || !parse_stats(message, &index, &stats))
				exit(1);
			take(p, index, &stats, &wall, &monotonic);
			devices++;
			if (p->index != 0)
				return devices;
		}
	}
}

static uint64_t rounds(void *state, long count)
{
	struct poller *p = state;
	uint64_t sum = 0;
	for (long i = 0; i < count; i++) {
		sum += read_counters(p);
		if (recv(p->events.fd, p->events.buffer, RECEIVE_BUFFER, MSG_DONTWAIT | MSG_TRUNC) >= 0)
			sum++;
		else if (errno != EAGAIN)
			die("recv");
	}
	return sum;
}

static void *wait_for_ever(void *unused)
{
	while (pause() != 0) {
	}
	return unused;
}

int main(int argc, char **argv)
{
	static struct poller p;
	int group = RTNLGRP_LINK;
	pthread_t thread;
	if (argc != 4)
		return 2;
	enter_netns(argv[1]);
	p.index = (uint32_t)strtoul(argv[2], NULL, 10);
	rtnl_open(&p.rtnl);
	rtnl_open(&p.events);
	if (setsockopt(p.events.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0)
		die("RTNLGRP_LINK");
	if (argv[3][0] == '2' && pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
		die("pthread_create");
	return serve(rounds, &p);
}
