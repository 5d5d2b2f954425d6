/*
 * What the programs of this directory share. Each is the limit of what can be had: the system calls that TunStats
 * makes, made by C and nothing around them. A program reads a number of rounds per line of standard input, does them,
 * and answers with the nanoseconds that they took; so that the caller can take turns with it.
 */
#ifndef LIMIT_H
#define LIMIT_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* linux/rtnetlink.h and linux/if_link.h of Debian 12 have all of these. */
#define RECEIVE_BUFFER (64 * 1024)

struct rtnl {
	int fd;
	uint32_t port;
	uint32_t sequence;
	char buffer[RECEIVE_BUFFER] __attribute__((aligned(8)));
};

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

/* A program that waits for others defines another clock. */
#ifndef TIME_CLOCK
#define TIME_CLOCK CLOCK_MONOTONIC
#endif

static inline uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(TIME_CLOCK, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* "-" stays in the caller's namespace. */
static inline void enter_netns(const char *path)
{
	if (strcmp(path, "-") == 0)
		return;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		die(path);
	close(fd);
}

static inline void rtnl_open(struct rtnl *r)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t length = sizeof(address);
	int on = 1;
	r->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(r->fd, (struct sockaddr *)&address, &length) != 0)
		die("netlink socket");
	/* The strict check is part of what a request costs the kernel. */
	setsockopt(r->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(r->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(r->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	r->port = address.nl_pid;
	r->sequence = 0;
}

static inline void rtnl_send(struct rtnl *r, const void *message, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	if (sendto(r->fd, message, length, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		die("sendto");
}

static inline size_t rtnl_receive(struct rtnl *r)
{
	struct sockaddr_nl sender;
	socklen_t length = sizeof(sender);
	ssize_t got = recvfrom(r->fd, r->buffer, sizeof(r->buffer), MSG_TRUNC, (struct sockaddr *)&sender, &length);
	if (got < 0 || (size_t)got > sizeof(r->buffer) || sender.nl_pid != 0)
		die("recvfrom");
	return (size_t)got;
}

struct stats_request {
	struct nlmsghdr header;
	struct if_stats_msg body;
};

static inline void request_stats(struct rtnl *r, uint32_t index, uint16_t flags)
{
	struct stats_request request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETSTATS,
			.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
			.nlmsg_seq = ++r->sequence,
		},
		.body = { .ifindex = index, .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) },
	};
	rtnl_send(r, &request, sizeof(request));
}

/* The counters of one RTM_NEWSTATS message; 0 where it holds none. */
static inline int parse_stats(const struct nlmsghdr *message, uint32_t *index, struct rtnl_link_stats64 *stats)
{
	const struct if_stats_msg *body = NLMSG_DATA(message);
	int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(*body)));
	struct rtattr *a = (struct rtattr *)((char *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(*body)));
	*index = body->ifindex;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFLA_STATS_LINK_64 && RTA_PAYLOAD(a) >= sizeof(*stats)) {
			memcpy(stats, RTA_DATA(a), sizeof(*stats));
			return 1;
		}
	}
	return 0;
}

/* Does rounds as standard input asks for them. What they summed up is told too, so that nothing is optimised away. */
static inline int serve(uint64_t (*rounds)(void *, long), void *state)
{
	char line[64];
	while (fgets(line, sizeof(line), stdin)) {
		uint64_t start = now_ns();
		uint64_t sum = rounds(state, strtol(line, NULL, 10));
		printf("%" PRIu64 " %" PRIu64 "\n", now_ns() - start, sum);
		fflush(stdout);
	}
	return 0;
}

#endif
