// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_volume - the argument of -v
 *
 * The promise: strings within their arrays; DST empty or absolute and plain.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct volume v;
	char *text = malloc(size + 1);
	int fault;

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	fault = volume_parse(text, &v);
	if (fault) {
		MUST(volume_fault_text((enum volume_fault)fault));
	} else {
		size_t n = strnlen(v.target, sizeof(v.target));

		MUST(strnlen(v.source, sizeof(v.source)) < sizeof(v.source));
		MUST(v.source[0]);
		MUST(strnlen(v.options, sizeof(v.options)) < sizeof(v.options));
		MUST(n < sizeof(v.target));
		MUST(!n || (v.target[0] == '/' && v.target[n - 1] != '/'));
		MUST(!strstr(v.target, "//") && !strstr(v.target, "/./") &&
		     !strstr(v.target, "/../"));
	}
	free(text);
	return 0;
}
