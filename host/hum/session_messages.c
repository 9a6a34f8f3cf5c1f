// SPDX-License-Identifier: GPL-2.0-only
/*
 * session_messages - what hum does when the guest's pid 1 says something
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "msg.h"
#include "request.h"
#include "session_impl.h"

#define TEXT_MAX_SHOWN	512	/* of what the agent says about an error */

/* Put /dev/null in place of our copies of what the command now has. */
static int drop_stdio(void)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		return -errno;
	return 0;
}

static int send_command(struct session *s)
{
	const struct config *c = s->config;
	struct ctl_tty size = terminal_size(&s->terminal);
	int fds[3], r, i;
	unsigned int n = 0;

	for (i = 0; i < 3; i++)
		if (!(c->closed_stdio & 1u << i))
			fds[n++] = i;
	r = terminal_raw(&s->terminal);
	if (r == 0)
		r = request_exec(s->guest->control, c, c->tty ? &size : NULL,
				 fds, n);
	return r ? r : drop_stdio();
}

static void on_hello(struct session *s)
{
	int r = request_setup(s->guest->control, s->shares);

	if (r < 0) {
		msg_errno(r, "cannot tell the guest its directories");
		session_give_up(s);
		return;
	}
	session_enter(s, SETUP, s->config->boot_timeout);
}

static void on_done(struct session *s)
{
	int r = send_command(s);

	if (r == 0) {
		session_enter(s, RUN, 0);
		return;
	}
	terminal_restore(&s->terminal);
	if (r == -E2BIG)
		msg("the command's arguments and environment are more than %d MB",
		    CTL_FILE_MAX >> 20);
	else
		msg_errno(r, "cannot hand the command to the guest");
	session_give_up(s);
}

struct answer {
	uint32_t number;	/* errno, status or pid */
	uint32_t exit_status;	/* of CTL_ERROR, 0 = not said */
	char text[TEXT_MAX_SHOWN];
};

/* The fields of a message that has a number and perhaps a text. */
static int read_answer(const struct ctl_header *h, const void *fields,
		       struct answer *ret)
{
	struct ctl_reader r;
	struct ctl_value v;
	int more;

	memset(ret, 0, sizeof(*ret));
	ctl_open(&r, h->type, fields, h->length);
	while ((more = ctl_next(&r, &v)) > 0) {
		if (v.tag == CTL_T_TEXT) {
			size_t n = v.length < sizeof(ret->text) - 1 ?
				   v.length : sizeof(ret->text) - 1;

			memcpy(ret->text, v.data, n);
			ret->text[n] = 0;
		} else if (v.tag == CTL_T_STATUS && h->type == CTL_ERROR) {
			ret->exit_status = ctl_u32(&v);
		} else {
			ret->number = ctl_u32(&v);
		}
	}
	return more;
}

/* The agent's text says what failed; how to exit is said or follows from errno. */
static void on_error(struct session *s, const struct ctl_header *h,
		     const struct answer *a)
{
	int status = EXIT_LAUNCH;

	terminal_restore(&s->terminal);
	if (s->phase == OFF || s->started)
		return;		/* about a signal or a size: too late to matter */
	msg("%s", a->text);
	if (h->id == COMMAND_ID && s->phase == RUN) {
		status = a->number == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
		if (a->exit_status >= EXIT_LAUNCH &&
		    a->exit_status <= EXIT_NOT_FOUND)
			status = (int)a->exit_status;
	} else {
		s->failed = true;
	}
	session_power_off(s, status);
}

static void on_exited(struct session *s, uint32_t status)
{
	int st = (int)status;

	session_power_off(s, WIFSIGNALED(st) ? EXIT_SIGNAL + WTERMSIG(st) :
				       WEXITSTATUS(st));
}

void session_message(struct session *s, const struct ctl_header *h,
		     const void *fields)
{
	struct answer a;

	if (read_answer(h, fields, &a) < 0)
		goto confused;
	if (h->type == CTL_ERROR)
		on_error(s, h, &a);
	else if (h->type == CTL_HELLO && s->phase == BOOT)
		on_hello(s);
	else if (h->type == CTL_DONE && s->phase == SETUP)
		on_done(s);
	else if (h->type == CTL_EXITED && s->phase == RUN &&
		 h->id == COMMAND_ID)
		on_exited(s, a.number);
	else if (h->type == CTL_STARTED && s->phase == RUN)
		s->started = true;
	else if (s->phase != OFF)
		goto confused;
	return;
confused:
	terminal_restore(&s->terminal);
	msg("the guest sent a message that hum does not expect (type %u)",
	    h->type);
	session_give_up(s);
}
