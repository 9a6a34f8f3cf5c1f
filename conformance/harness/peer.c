// SPDX-License-Identifier: GPL-2.0-only
/* peer - orders to the helper on the other side, one at a time */
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#include "doubt.h"
#include "fsconf.h"
#include "peer.h"

#define ANSWER_MS	10000

static int peer_in = -1, peer_out = -1;
static pid_t peer_pid;
static char peer_at[256] = ".";
static char answer[FC_PEER_LINE];
static const char *answer_text = "";

bool fc_peer_connected(void)
{
	return peer_in >= 0;
}

void fc_peer_place(const char *place)
{
	snprintf(peer_at, sizeof(peer_at), "%s", place);
}

const char *fc_peer_text(void)
{
	return answer_text;
}

static int peer_spawn(const char *command, const char *dir)
{
	int ask[2], tell[2];

	if (pipe2(ask, O_CLOEXEC) < 0 || pipe2(tell, O_CLOEXEC) < 0)
		return -1;
	peer_pid = fork();
	if (peer_pid < 0)
		return -1;
	if (!peer_pid) {
		close(ask[1]);
		close(tell[0]);
		if (!command)
			_exit(fc_serve(dir, ask[0], tell[1]));
		dup2(ask[0], 0);
		dup2(tell[1], 1);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(ask[0]);
	close(tell[1]);
	peer_out = ask[1];
	peer_in = tell[0];
	return 0;
}

static int peer_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	peer_in = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	peer_out = peer_in;
	return peer_in < 0 ? -1 :
	       connect(peer_in, (struct sockaddr *)&sun, sizeof(sun));
}

/* A serial line or console of a guest; it must not touch the bytes. */
static int peer_device(const char *path)
{
	struct termios tio;

	peer_in = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	peer_out = peer_in;
	if (peer_in < 0)
		return -1;
	if (!tcgetattr(peer_in, &tio)) {
		cfmakeraw(&tio);
		if (tcsetattr(peer_in, TCSANOW, &tio) < 0)
			return -1;
	}
	return 0;
}

int fc_peer_connect(const char *spec, const char *dir)
{
	if (!strcmp(spec, "self"))
		return peer_spawn(NULL, dir);
	if (!strncmp(spec, "exec:", 5))
		return peer_spawn(spec + 5, dir);
	if (!strncmp(spec, "unix:", 5))
		return peer_unix(spec + 5);
	if (sscanf(spec, "fd:%d,%d", &peer_in, &peer_out) == 2)
		return 0;
	if (!strncmp(spec, "path:", 5))
		return peer_device(spec + 5);
	errno = EINVAL;
	return -1;
}

void fc_peer_close(void)
{
	if (peer_out >= 0)
		close(peer_out);
	if (peer_in >= 0 && peer_in != peer_out)
		close(peer_in);
	peer_in = -1;
	peer_out = -1;
	if (peer_pid > 0)
		waitpid(peer_pid, NULL, 0);
}

/* One line into answer, without its newline. Return: 0, or -1. */
static int read_line(void)
{
	size_t used = 0;

	while (used < sizeof(answer) - 1) {
		struct pollfd p = { .fd = peer_in, .events = POLLIN };

		if (poll(&p, 1, ANSWER_MS) <= 0 ||
		    read(peer_in, answer + used, 1) != 1)
			return -1;
		if (answer[used] == '\n') {
			answer[used] = '\0';
			return 0;
		}
		used++;
	}
	return -1;
}

/* Answers to requests of a case that is gone are read and dropped. */
static long wait_answer(long id)
{
	char *end;

	while (!read_line()) {
		if (strtol(answer, &end, 10) == id) {
			long ret = strtol(end, &end, 10);

			answer_text = *end ? end + 1 : end;
			return ret;
		}
	}
	fc_abort_case(HERE, "the peer does not answer");
}

static long ask(const char *fmt, va_list ap)
{
	char line[FC_PEER_LINE];
	static long count;
	long id = (long)getpid() * 1000 + count++ % 1000;
	int n;

	n = snprintf(line, sizeof(line), "%ld %s ", id, peer_at);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	if (n >= (int)sizeof(line) - 1)
		fc_abort_case(HERE, "the order is too long");
	line[n++] = '\n';
	if (write(peer_out, line, n) != n)
		fc_abort_case(HERE, "the peer is gone");
	return wait_answer(id);
}

/* With --doubt it is the helper that lies, not the line to it. */
long fc_peer(const char *fmt, ...)
{
	enum fc_lie_kind kind = FC_LIES;
	bool lies = fc_doubt_call("the helper", &kind);
	va_list ap;
	long ret;

	if (lies && kind != FC_LIE_WRONG) {
		answer_text = "";
		return kind == FC_LIE_ERROR ? -EIO : 0;
	}
	fc_doubt.honest++;
	va_start(ap, fmt);
	ret = ask(fmt, ap);
	va_end(ap);
	fc_doubt.honest--;
	return lies ? ret + 1 : ret;
}
