/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctl - the messages between the launcher (hum) and the guest's agent (pid 1)
 *
 * Theory of operation
 *
 * hum and the guest kernel share an AF_UNIX SOCK_SEQPACKET socket. The kernel
 * does not look into the packets: /dev/hostctl (kernel/drivers/hostctl.h)
 * hands each to the agent, with the descriptors attached to it turned into
 * guest file descriptors. One packet is one message: struct ctl_header, then
 * a sequence of fields (struct ctl_field, its bytes, padding to 8).
 *
 * A message whose fields take more than CTL_INLINE_MAX bytes carries them in a
 * memory file instead: CTL_F_FILE is set, `length` is the size of the fields in
 * that file, and the file is the last descriptor attached.
 *
 * Both sides distrust the other: ctl_parse() checks every length before use,
 * unknown message types are answered with CTL_ERROR, unknown fields are errors.
 * All numbers are in host byte order (both sides are one machine).
 */
#ifndef HUM_CTL_H
#define HUM_CTL_H

#include <stddef.h>
#include <stdint.h>

#define CTL_MAGIC	0x314d5548u	/* "HUM1" */
#define CTL_VERSION	1
#define CTL_INLINE_MAX	(64 * 1024)
#define CTL_PACKET_MAX	(sizeof(struct ctl_header) + CTL_INLINE_MAX)
#define CTL_FILE_MAX	(16 * 1024 * 1024)
#define CTL_FDS_MAX	8

#define CTL_F_FILE	0x0001		/* fields are in the last descriptor */

struct ctl_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;		/* enum ctl_type */
	uint32_t flags;		/* CTL_F_* */
	uint32_t id;		/* the command a message is about; 0 = the guest */
	uint32_t nfds;		/* descriptors attached, CTL_F_FILE's included */
	uint32_t length;	/* bytes of fields */
};

enum ctl_type {
	/* guest to host */
	CTL_HELLO = 1,		/* agent is up: TEXT = kernel release */
	CTL_DONE,		/* SETUP succeeded */
	CTL_ERROR,		/* request `id` failed: ERRNO, TEXT; for an EXEC also
				 * STATUS, what hum exits with: 127 not found, 126
				 * cannot be run, 125 anything else */
	CTL_STARTED,		/* command runs: PID (in the guest) */
	CTL_EXITED,		/* command ended: STATUS, a wait(2) status */
	CTL_STOPPED,		/* foreground job of a -t command asks hum to stop: unused in version 1 */
	/* host to guest */
	CTL_SETUP = 64,		/* MOUNT*, HOSTNAME; id 0, once, before EXEC */
	CTL_EXEC,		/* ARG+, ENV*, CWD, USER or UID+GID+GROUP*, TTY,
				 * UMASK, STDIO; descriptors: stdin, stdout, stderr */
	CTL_SIGNAL,		/* SIGNO to the process group of command `id`
				 * (a -t command: its foreground group) */
	CTL_WINSIZE,		/* TTY: new size for command `id` */
	CTL_POWEROFF,		/* end everything, write back, power off */
};

enum ctl_tag {
	CTL_T_ARG = 1,		/* bytes, no NUL; one argument */
	CTL_T_ENV,		/* NAME=VALUE, no NUL */
	CTL_T_CWD,		/* absolute path */
	CTL_T_USER,		/* NAME, UID, NAME:GROUP or UID:GID, looked up in the guest */
	CTL_T_UID,		/* u32 */
	CTL_T_GID,		/* u32 */
	CTL_T_GROUP,		/* u32, one supplementary group */
	CTL_T_TTY,		/* struct ctl_tty: give the command a terminal */
	CTL_T_MOUNT,		/* struct ctl_mount: 4 strings */
	CTL_T_HOSTNAME,		/* bytes */
	CTL_T_SIGNO,		/* u32 */
	CTL_T_PID,		/* u32 */
	CTL_T_STATUS,		/* u32, as waitpid(2) gives it (ERROR: exit status) */
	CTL_T_ERRNO,		/* u32, positive errno */
	CTL_T_TEXT,		/* bytes: what failed and why, for a person; no newline */
	CTL_T_UMASK,		/* u32, 0 to 0777; without it 022 */
	CTL_T_STDIO,		/* u32, bit N set = standard descriptor N is attached,
				 * in ascending order; the others are closed in the
				 * command. Without it 7: all three. With TTY only 7 */
	CTL_T_LAST = CTL_T_STDIO,
};

struct ctl_field {
	uint16_t tag;		/* enum ctl_tag */
	uint16_t zero;
	uint32_t length;	/* bytes that follow, without the padding to 8 */
};

struct ctl_tty {
	uint16_t rows, cols, xpixel, ypixel;
};

/*
 * CTL_T_MOUNT: "SOURCE\0TARGET\0TYPE\0OPTIONS\0".
 * The mounts of a SETUP are done in order. TARGET "/" comes first and is the
 * root; TYPE "overlay-root" there means: mount share SOURCE read-only and lay
 * an overlayfs with a tmpfs upper over it. TARGET's missing directories are
 * made (in the overlay). OPTIONS are mount(8)'s, comma-separated ("ro", ...).
 */

/*
 * Decoding. ctl_parse() checks a packet and its header; ctl_open() starts at
 * the fields (behind the header, or in the file of a CTL_F_FILE message) and
 * ctl_next() gives them one by one, checked against the message's type: a tag
 * that the type does not have, a number of the wrong size, a string with a NUL
 * in it never come out. Nothing is copied: values point into the buffer.
 */
struct ctl_reader {
	const unsigned char *at, *end;
	uint16_t type;
};

struct ctl_value {
	uint16_t tag;		/* enum ctl_tag */
	uint32_t length;	/* bytes at data */
	const void *data;	/* not aligned, not followed by a NUL */
};

struct ctl_mount {
	const char *source, *target, *type, *options;
};

int ctl_parse(const void *packet, size_t size, uint32_t nfds,
	      struct ctl_header *ret_header);
void ctl_open(struct ctl_reader *r, uint16_t type, const void *fields,
	      size_t length);
int ctl_next(struct ctl_reader *r, struct ctl_value *ret_value);
uint32_t ctl_u32(const struct ctl_value *value);
struct ctl_tty ctl_tty(const struct ctl_value *value);
struct ctl_mount ctl_mount(const struct ctl_value *value);
int ctl_string(const struct ctl_value *value, char *buf, size_t size);

/*
 * Encoding, into the caller's buffer. The first failure is kept, later calls
 * do nothing, ctl_finish() reports it: so a message is a plain list of calls.
 */
struct ctl_builder {
	unsigned char *buf;
	size_t size;		/* room at buf */
	size_t length;		/* used, the header included */
	int error;		/* 0 or a negative errno */
};

void ctl_build(struct ctl_builder *b, void *buf, size_t size, uint16_t type,
	       uint32_t id);
void ctl_put(struct ctl_builder *b, uint16_t tag, const void *data,
	     size_t length);
void ctl_put_string(struct ctl_builder *b, uint16_t tag, const char *string);
void ctl_put_u32(struct ctl_builder *b, uint16_t tag, uint32_t value);
void ctl_put_tty(struct ctl_builder *b, const struct ctl_tty *tty);
void ctl_put_mount(struct ctl_builder *b, const struct ctl_mount *mount);
int ctl_finish(struct ctl_builder *b, uint32_t nfds, size_t *ret_packet,
	       size_t *ret_file);

#endif /* HUM_CTL_H */
