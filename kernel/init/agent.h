/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agent - what the parts of the guest's pid 1 share
 */
#ifndef HUM_AGENT_H
#define HUM_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ctl.h"

/* What one iteration of the event loop may call back. */
struct source {
	int fd;
	void (*ready)(struct source *source);
};

/* init.c */
int agent_watch(struct source *source, uint32_t events);
void agent_unwatch(struct source *source);
void agent_again(struct source *source);
void agent_poweroff(void) __attribute__((noreturn));

/* control.c: the launcher */
struct message {
	struct ctl_header header;
	const unsigned char *fields;	/* header.length bytes */
	int fds[CTL_FDS_MAX];		/* -errno where one was refused */
	uint32_t nfds;			/* without a CTL_F_FILE's */
	void *file;			/* backing of fields, or NULL */
};

int control_open(void);
int control_receive(struct message *ret_message);
void control_done_with(struct message *m);
int control_take_fd(struct message *m, uint32_t i);
void control_send(struct ctl_builder *b);
void control_say(uint16_t type, uint32_t id, uint16_t tag, uint32_t value);
void control_error(uint32_t id, int err, uint32_t status, const char *format,
		   ...) __attribute__((format(printf, 4, 5)));

/* mounts.c: the guest's file tree */
int mounts_early(void);
int mounts_setup(const struct message *m);
void mounts_end(void);

/* users.c: who runs a command */
struct identity {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t ngroups;
	char *name, *home, *shell;	/* NULL when /etc/passwd does not say */
};

int users_find(const char *spec, struct identity *ret_id);
int users_describe(struct identity *id);
void users_free(struct identity *id);
gid_t users_group(const char *name, gid_t otherwise);

/* exec.c: commands */
void exec_start(struct message *m);
void exec_ended(pid_t pid, int status);
void exec_signal(uint32_t id, int signo);
void exec_resize(uint32_t id, const struct ctl_tty *size);

/* tty.c: the terminal of a command, and the bridge to the launcher's */
struct bridge;

int bridge_terminal(const struct ctl_tty *size, uid_t owner, int *ret_master,
		    int *ret_slave);
struct bridge *bridge_start(int master, int in, int out, void (*drained)(void *),
			    void *arg);
void bridge_command_ended(struct bridge *b);
void bridge_resize(struct bridge *b, const struct ctl_tty *size);
pid_t bridge_foreground(struct bridge *b);
void bridge_free(struct bridge *b);

/* util.c */
void *xalloc(size_t size);
void *xgrow(void *p, size_t size);
char *xstrndup(const void *s, size_t n);
void xclose(int *fd);

#endif /* HUM_AGENT_H */
