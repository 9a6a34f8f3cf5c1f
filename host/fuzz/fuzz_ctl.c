// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_ctl - the control socket's parser: any packet, any fields
 *
 * The promise: what comes out lies within what went in, and a message that is
 * read completely can be built again, byte for byte.
 */
#include <string.h>

#include "ctl.h"
#include "fuzz.h"

static unsigned char copy[sizeof(struct ctl_header) + (1 << 20)];

static void check_value(const struct ctl_value *v, const uint8_t *data,
			size_t size)
{
	const uint8_t *at = v->data;
	struct ctl_mount m;

	MUST(at >= data && v->length <= size &&
	     at + v->length <= data + size);
	if (v->tag != CTL_T_MOUNT)
		return;
	m = ctl_mount(v);
	MUST(m.options + strlen(m.options) + 1 ==
	     (const char *)at + v->length);
}

static void read_fields(uint16_t type, const uint8_t *fields, size_t length,
			const struct ctl_header *again)
{
	struct ctl_builder b;
	struct ctl_reader r;
	struct ctl_value v;
	size_t packet, file;
	int n;

	ctl_build(&b, copy, sizeof(copy), type, again ? again->id : 0);
	ctl_open(&r, type, fields, length);
	while ((n = ctl_next(&r, &v)) > 0) {
		check_value(&v, fields, length);
		ctl_put(&b, v.tag, v.data, v.length);
	}
	if (n < 0) {
		MUST(ctl_next(&r, &v) == n);
		return;
	}
	MUST(b.error == 0 && b.length - sizeof(struct ctl_header) == length);
	MUST(!memcmp(copy + sizeof(struct ctl_header), fields, length));
	if (again && !(again->flags & CTL_F_FILE) && again->nfds <= CTL_FDS_MAX)
		MUST(ctl_finish(&b, again->nfds, &packet, &file) == 0 &&
		     file == 0 &&
		     packet == sizeof(struct ctl_header) + length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctl_header h;
	uint32_t nfds;

	if (size > (1 << 20))
		return 0;
	for (nfds = 0; nfds <= CTL_FDS_MAX + 1; nfds++) {
		if (ctl_parse(data, size, nfds, &h) < 0)
			continue;
		MUST(h.nfds == nfds && nfds <= CTL_FDS_MAX);
		if (h.flags & CTL_F_FILE) {
			MUST(size == sizeof(h) && h.length <= CTL_FILE_MAX);
			continue;
		}
		MUST(size == sizeof(h) + h.length);
		read_fields(h.type, data + sizeof(h), h.length, &h);
	}
	/* The fields alone, as they stand in a file; the type is a byte. */
	if (size)
		read_fields(data[0], data + 1, size - 1, NULL);
	return 0;
}
