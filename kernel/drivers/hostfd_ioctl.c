// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_ioctl - the ioctls that reach a host descriptor
 *
 * What a program must be able to ask of its standard descriptors, and no more:
 * the guest is not trusted with the caller's terminal beyond its modes. Above
 * all not TIOCSTI, which types commands into the caller's shell.
 */
#include <linux/termios.h>
#include <linux/uaccess.h>

#include "hostfd.h"

/* One row per command: argument size and direction, and what it is for. */
static const struct {
	unsigned int command;
	u8 size;
	bool in, terminal;
} commands[] = {
	{ FIONREAD,	sizeof(int),			false, false },
	{ TCGETS,	sizeof(struct termios),		false, true },
	{ TCSETS,	sizeof(struct termios),		true,  true },
	{ TCSETSW,	sizeof(struct termios),		true,  true },
	{ TCSETSF,	sizeof(struct termios),		true,  true },
	{ TCGETS2,	sizeof(struct termios2),	false, true },
	{ TCSETS2,	sizeof(struct termios2),	true,  true },
	{ TCSETSW2,	sizeof(struct termios2),	true,  true },
	{ TCSETSF2,	sizeof(struct termios2),	true,  true },
	{ TIOCGWINSZ,	sizeof(struct winsize),		false, true },
};

/* Whether the host's isatty(3) would say so. */
bool hostfd_is_terminal(struct hostfd *hf)
{
	struct termios t;

	return S_ISCHR(hf->type) &&
	       hostfd_host_ioctl(hf->io.fd, TCGETS, &t) == 0;
}

long hostfd_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct hostfd *hf = hostfd_of(file);
	union {
		int number;
		struct termios termios;
		struct termios2 termios2;
		struct winsize winsize;
	} u;
	void __user *user = (void __user *)arg;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].command == command)
			break;
	if (i == ARRAY_SIZE(commands) || (commands[i].terminal && !hf->terminal))
		return -ENOTTY;
	memset(&u, 0, sizeof(u));
	if (commands[i].in && copy_from_user(&u, user, commands[i].size))
		return -EFAULT;
	err = hostfd_host_ioctl(hf->io.fd, command, &u);
	if (err < 0)
		return err;
	if (!commands[i].in && copy_to_user(user, &u, commands[i].size))
		return -EFAULT;
	return 0;
}
