// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctl - encode and decode the messages between launcher and agent
 *
 * Theory of operation
 *
 * Pure code: bytes in, values out, no I/O, no allocation. The launcher links
 * it, the agent (kernel/init) compiles the same file. What may stand in which
 * message is one table (messages[]), what a field looks like another
 * (shapes[]); both directions check against them, so that a message that one
 * side can build is one that the other accepts.
 */
#include <errno.h>
#include <string.h>

#include "ctl.h"

_Static_assert(sizeof(struct ctl_header) == 24, "the header is part of the protocol");
_Static_assert(sizeof(struct ctl_field) == 8, "so is a field's");
_Static_assert(sizeof(struct ctl_tty) == 8, "and the terminal's size");
_Static_assert(CTL_T_LAST < 32, "a message's tags are bits of one word");

enum ctl_shape {
	SHAPE_NONE,		/* no such tag */
	SHAPE_STRING,		/* bytes without NUL */
	SHAPE_U32,
	SHAPE_TTY,
	SHAPE_MOUNT,		/* four strings, each ended by NUL */
};

static const unsigned char shapes[CTL_T_LAST + 1] = {
	[CTL_T_ARG]	 = SHAPE_STRING,
	[CTL_T_ENV]	 = SHAPE_STRING,
	[CTL_T_CWD]	 = SHAPE_STRING,
	[CTL_T_USER]	 = SHAPE_STRING,
	[CTL_T_UID]	 = SHAPE_U32,
	[CTL_T_GID]	 = SHAPE_U32,
	[CTL_T_GROUP]	 = SHAPE_U32,
	[CTL_T_TTY]	 = SHAPE_TTY,
	[CTL_T_MOUNT]	 = SHAPE_MOUNT,
	[CTL_T_HOSTNAME] = SHAPE_STRING,
	[CTL_T_SIGNO]	 = SHAPE_U32,
	[CTL_T_PID]	 = SHAPE_U32,
	[CTL_T_STATUS]	 = SHAPE_U32,
	[CTL_T_ERRNO]	 = SHAPE_U32,
	[CTL_T_TEXT]	 = SHAPE_STRING,
	[CTL_T_UMASK]	 = SHAPE_U32,
	[CTL_T_STDIO]	 = SHAPE_U32,
};

#define TAG(name) (1u << CTL_T_##name)

static const struct {
	uint16_t type;
	uint32_t tags;
} messages[] = {
	{ CTL_HELLO,	TAG(TEXT) },
	{ CTL_DONE,	0 },
	{ CTL_ERROR,	TAG(ERRNO) | TAG(TEXT) | TAG(STATUS) },
	{ CTL_STARTED,	TAG(PID) },
	{ CTL_EXITED,	TAG(STATUS) },
	{ CTL_STOPPED,	0 },
	{ CTL_SETUP,	TAG(MOUNT) | TAG(HOSTNAME) },
	{ CTL_EXEC,	TAG(ARG) | TAG(ENV) | TAG(CWD) | TAG(USER) | TAG(UID) |
			TAG(GID) | TAG(GROUP) | TAG(TTY) | TAG(UMASK) |
			TAG(STDIO) },
	{ CTL_SIGNAL,	TAG(SIGNO) },
	{ CTL_WINSIZE,	TAG(TTY) },
	{ CTL_POWEROFF,	0 },
};

static int tag_allowed(uint16_t type, uint16_t tag)
{
	size_t i;

	if (tag > CTL_T_LAST || shapes[tag] == SHAPE_NONE)
		return 0;
	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == type)
			return (messages[i].tags >> tag) & 1;
	return 0;
}

static size_t padded(size_t length)
{
	return (length + 7) & ~(size_t)7;
}

/* Exactly four strings, the last byte being the last one's NUL. */
static int mount_valid(const unsigned char *data, size_t length)
{
	size_t i, nuls = 0;

	for (i = 0; i < length; i++)
		nuls += data[i] == 0;
	return nuls == 4 && data[length - 1] == 0;
}

static int shape_valid(uint16_t tag, const unsigned char *data, size_t length)
{
	switch (shapes[tag]) {
	case SHAPE_STRING:
		return length == 0 || !memchr(data, 0, length);
	case SHAPE_U32:
		return length == sizeof(uint32_t);
	case SHAPE_TTY:
		return length == sizeof(struct ctl_tty);
	case SHAPE_MOUNT:
		return mount_valid(data, length);
	}
	return 0;
}

/**
 * ctl_parse - check a packet and give its header
 * @packet:	what was received
 * @size:	its bytes
 * @nfds:	descriptors that came with it
 * @ret_header:	the header, in aligned memory
 *
 * The fields are at @packet + sizeof(struct ctl_header), ret_header->length
 * bytes of them, or in the last descriptor when CTL_F_FILE is set.
 *
 * Return: 0; -EBADMSG when the bytes are no message; -EPROTONOSUPPORT when they
 * are one of another version.
 */
int ctl_parse(const void *packet, size_t size, uint32_t nfds,
	      struct ctl_header *ret_header)
{
	struct ctl_header h;
	size_t rest;

	if (size < sizeof(h))
		return -EBADMSG;
	memcpy(&h, packet, sizeof(h));
	rest = size - sizeof(h);
	if (h.magic != CTL_MAGIC)
		return -EBADMSG;
	if (h.version != CTL_VERSION)
		return -EPROTONOSUPPORT;
	if ((h.flags & ~(uint32_t)CTL_F_FILE) || h.nfds != nfds ||
	    nfds > CTL_FDS_MAX)
		return -EBADMSG;
	if (h.flags & CTL_F_FILE) {
		if (rest || !nfds || h.length > CTL_FILE_MAX)
			return -EBADMSG;
	} else if (h.length != rest || rest > CTL_INLINE_MAX) {
		return -EBADMSG;
	}
	*ret_header = h;
	return 0;
}

/**
 * ctl_open - start reading the fields of a message
 * @r:		the reader
 * @type:	the message's type: which tags may stand in it
 * @fields:	the fields' bytes, which must outlive the reader's values
 * @length:	how many
 */
void ctl_open(struct ctl_reader *r, uint16_t type, const void *fields,
	      size_t length)
{
	r->at = fields;
	r->end = r->at + length;
	r->type = type;
}

/**
 * ctl_next - take the next field
 * @r:		the reader
 * @ret_value:	the field, valid for its tag and the message's type
 *
 * Return: 1; 0 at the end; -EBADMSG when the bytes are no field; -EPROTO when
 * the message's type has no such field. After an error the reader stays there.
 */
int ctl_next(struct ctl_reader *r, struct ctl_value *ret_value)
{
	size_t left = (size_t)(r->end - r->at), i;
	const unsigned char *data;
	struct ctl_field f;

	if (!left)
		return 0;
	if (left < sizeof(f))
		return -EBADMSG;
	memcpy(&f, r->at, sizeof(f));
	left -= sizeof(f);
	/* In this order: padded() must not overflow where size_t is 32 bits. */
	if (f.zero || f.length > left || padded(f.length) > left)
		return -EBADMSG;
	if (!tag_allowed(r->type, f.tag))
		return -EPROTO;
	data = r->at + sizeof(f);
	if (!shape_valid(f.tag, data, f.length))
		return -EBADMSG;
	for (i = f.length; i < padded(f.length); i++)
		if (data[i])
			return -EBADMSG;
	r->at = data + padded(f.length);
	ret_value->tag = f.tag;
	ret_value->length = f.length;
	ret_value->data = data;
	return 1;
}

/* The number in a field that ctl_next() gave. */
uint32_t ctl_u32(const struct ctl_value *value)
{
	uint32_t n = 0;

	if (value->length == sizeof(n))
		memcpy(&n, value->data, sizeof(n));
	return n;
}

/* The terminal's size in a CTL_T_TTY that ctl_next() gave. */
struct ctl_tty ctl_tty(const struct ctl_value *value)
{
	struct ctl_tty tty = { 0, 0, 0, 0 };

	if (value->length == sizeof(tty))
		memcpy(&tty, value->data, sizeof(tty));
	return tty;
}

/* The four strings of a CTL_T_MOUNT that ctl_next() gave, in its buffer. */
struct ctl_mount ctl_mount(const struct ctl_value *value)
{
	struct ctl_mount m;

	m.source = value->data;
	m.target = m.source + strlen(m.source) + 1;
	m.type = m.target + strlen(m.target) + 1;
	m.options = m.type + strlen(m.type) + 1;
	return m;
}

/**
 * ctl_string - copy a string field and end it with NUL
 * @value:	a string that ctl_next() gave
 * @buf:	where to
 * @size:	room there
 *
 * Return: 0; -ENAMETOOLONG when it does not fit (@buf is untouched).
 */
int ctl_string(const struct ctl_value *value, char *buf, size_t size)
{
	if (value->length >= size)
		return -ENAMETOOLONG;
	memcpy(buf, value->data, value->length);
	buf[value->length] = 0;
	return 0;
}

/**
 * ctl_build - begin a message
 * @b:		the builder
 * @buf:	where the packet goes; CTL_PACKET_MAX bytes hold every message
 *		that needs no file
 * @size:	room there
 * @type:	enum ctl_type
 * @id:		the command it is about, 0 for the guest
 */
void ctl_build(struct ctl_builder *b, void *buf, size_t size, uint16_t type,
	       uint32_t id)
{
	struct ctl_header h = {
		.magic = CTL_MAGIC,
		.version = CTL_VERSION,
		.type = type,
		.id = id,
	};

	b->buf = buf;
	b->size = size;
	b->length = sizeof(h);
	b->error = 0;
	if (size < sizeof(h))
		b->error = -EMSGSIZE;
	else
		memcpy(buf, &h, sizeof(h));
}

static uint16_t builder_type(const struct ctl_builder *b)
{
	struct ctl_header h;

	memcpy(&h, b->buf, sizeof(h));
	return h.type;
}

/**
 * ctl_put - add a field
 * @b:		the builder
 * @tag:	enum ctl_tag, one that the message's type has
 * @data:	its bytes
 * @length:	how many
 */
void ctl_put(struct ctl_builder *b, uint16_t tag, const void *data,
	     size_t length)
{
	struct ctl_field f = { .tag = tag, .length = (uint32_t)length };
	unsigned char *at;

	if (b->error)
		return;
	if (length > CTL_FILE_MAX ||
	    b->size - b->length < sizeof(f) + padded(length)) {
		b->error = -EMSGSIZE;
		return;
	}
	if (!tag_allowed(builder_type(b), tag) ||
	    !shape_valid(tag, data, length)) {
		b->error = -EINVAL;
		return;
	}
	at = b->buf + b->length;
	memcpy(at, &f, sizeof(f));
	at += sizeof(f);
	if (length)
		memcpy(at, data, length);
	memset(at + length, 0, padded(length) - length);
	b->length += sizeof(f) + padded(length);
}

void ctl_put_string(struct ctl_builder *b, uint16_t tag, const char *string)
{
	ctl_put(b, tag, string, strlen(string));
}

void ctl_put_u32(struct ctl_builder *b, uint16_t tag, uint32_t value)
{
	ctl_put(b, tag, &value, sizeof(value));
}

void ctl_put_tty(struct ctl_builder *b, const struct ctl_tty *tty)
{
	ctl_put(b, CTL_T_TTY, tty, sizeof(*tty));
}

/* Four strings in one field: the length comes first, so they are measured. */
void ctl_put_mount(struct ctl_builder *b, const struct ctl_mount *mount)
{
	const char *part[4] = { mount->source, mount->target, mount->type,
				mount->options };
	struct ctl_field f = { .tag = CTL_T_MOUNT };
	size_t length = 0, i;
	unsigned char *at;

	if (b->error)
		return;
	for (i = 0; i < 4; i++)
		length += strlen(part[i]) + 1;
	if (!tag_allowed(builder_type(b), CTL_T_MOUNT)) {
		b->error = -EINVAL;
		return;
	}
	if (length > CTL_FILE_MAX ||
	    b->size - b->length < sizeof(f) + padded(length)) {
		b->error = -EMSGSIZE;
		return;
	}
	f.length = (uint32_t)length;
	at = b->buf + b->length;
	memcpy(at, &f, sizeof(f));
	at += sizeof(f);
	for (i = 0; i < 4; i++) {
		size_t n = strlen(part[i]) + 1;

		memcpy(at, part[i], n);
		at += n;
	}
	memset(at, 0, padded(length) - length);
	b->length += sizeof(f) + padded(length);
}

/**
 * ctl_finish - complete a message
 * @b:		the builder
 * @nfds:	descriptors that will be attached, without a CTL_F_FILE's
 * @ret_packet:	bytes of b->buf that are the packet
 * @ret_file:	0; or, when the fields are too many for a packet, their size: the
 *		caller writes that many bytes from b->buf + sizeof(struct
 *		ctl_header) to a memory file and attaches it last. NULL = no file
 *
 * Return: 0; -EMSGSIZE or -EINVAL (a field that does not fit the message).
 */
int ctl_finish(struct ctl_builder *b, uint32_t nfds, size_t *ret_packet,
	       size_t *ret_file)
{
	struct ctl_header h;
	size_t fields;

	if (b->error)
		return b->error;
	memcpy(&h, b->buf, sizeof(h));
	fields = b->length - sizeof(h);
	h.nfds = nfds;
	h.length = (uint32_t)fields;
	if (fields > CTL_INLINE_MAX) {
		if (!ret_file || fields > CTL_FILE_MAX)
			return -EMSGSIZE;
		h.flags |= CTL_F_FILE;
		h.nfds++;
	}
	if (h.nfds > CTL_FDS_MAX)
		return -EMSGSIZE;
	memcpy(b->buf, &h, sizeof(h));
	*ret_packet = h.flags & CTL_F_FILE ? sizeof(h) : b->length;
	if (ret_file)
		*ret_file = h.flags & CTL_F_FILE ? fields : 0;
	return 0;
}
