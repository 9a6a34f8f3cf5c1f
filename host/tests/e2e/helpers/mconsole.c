/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mconsole - sends one request to a guest's management console, prints the answer
 *
 *	mconsole SOCKET REQUEST
 *
 * The protocol is version 2 of arch/um's: a datagram with magic, version, length
 * and the request; answers of error, more, length and data until more is 0.
 * Exit status: 0, 1 when the guest says error or is not there.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct request {
	uint32_t magic, version, len;
	char data[512];
};

struct reply {
	uint32_t err, more, len;
	char data[512];
};

static int ask(int fd, const struct sockaddr_un *to, const char *text)
{
	struct request req = { .magic = 0xcafebabe, .version = 2 };
	struct reply rep;
	ssize_t n;

	req.len = (uint32_t)strlen(text);
	if (req.len >= sizeof(req.data))
		return -EMSGSIZE;
	memcpy(req.data, text, req.len);
	if (sendto(fd, &req, sizeof(req), 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return -errno;
	do {
		memset(&rep, 0, sizeof(rep));
		n = recv(fd, &rep, sizeof(rep), 0);
		if (n < 0)
			return -errno;
		fwrite(rep.data, 1, strnlen(rep.data, sizeof(rep.data)), stdout);
	} while (rep.more);
	putchar('\n');
	return rep.err ? -EPROTO : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un me = { .sun_family = AF_UNIX }, to = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = 10 };
	int fd, ret;

	if (argc != 3 || strlen(argv[1]) >= sizeof(to.sun_path))
		return 2;
	strcpy(to.sun_path, argv[1]);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* an abstract name of the kernel's choice: answers need an address */
	if (fd < 0 || bind(fd, (struct sockaddr *)&me, sizeof(me.sun_family)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0) {
		perror("mconsole");
		return 1;
	}
	ret = ask(fd, &to, argv[2]);
	close(fd);
	if (ret)
		fprintf(stderr, "mconsole: %s: %s\n", argv[1], strerror(-ret));
	return ret ? 1 : 0;
}
