// SPDX-License-Identifier: GPL-2.0-only
/*
 * fakeroot - the save file of fakeroot(1): what its programs believed of objects
 */
#include <stdio.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "fakeroot.h"
#include "msg.h"

enum { WORD_DEV, WORD_INO, WORD_MODE, WORD_UID, WORD_GID, WORD_NLINK,
       WORD_RDEV, WORDS };

static const struct {
	const char *word;
	int base;
} words[WORDS] = {
	[WORD_DEV]   = { "dev=", 16 },
	[WORD_INO]   = { "ino=", 10 },
	[WORD_MODE]  = { "mode=", 8 },
	[WORD_UID]   = { "uid=", 10 },
	[WORD_GID]   = { "gid=", 10 },
	[WORD_NLINK] = { "nlink=", 10 },
	[WORD_RDEV]  = { "rdev=", 10 },
};

static int parse_word(const char **line, unsigned long long values[WORDS],
		      unsigned int *seen)
{
	for (int i = 0; i < WORDS; i++) {
		size_t length = strlen(words[i].word);
		const char *digits = *line + length;
		char *end;

		if (strncmp(*line, words[i].word, length))
			continue;
		if (*seen & 1u << i || *digits == '-' || *digits == '+' ||
		    *digits == ' ')
			return -EINVAL;
		errno = 0;
		values[i] = strtoull(digits, &end, words[i].base);
		if (errno || end == digits)
			return -EINVAL;
		*seen |= 1u << i;
		*line = end;
		return 0;
	}
	return -EINVAL;
}

int fakeroot_parse(const char *line, struct host_id *ret_id,
		   struct hmeta_record *ret)
{
	unsigned long long v[WORDS] = { 0 };
	unsigned int seen = 0;

	for (;;) {
		if (parse_word(&line, v, &seen))
			return -EINVAL;
		if (*line != ',')
			break;
		line++;
	}
	if ((*line && strcmp(line, "\n")) || seen != (1u << WORDS) - 1 ||
	    v[WORD_UID] > HMETA_ID_MAX || v[WORD_GID] > HMETA_ID_MAX ||
	    v[WORD_MODE] & ~(unsigned long long)(HMETA_IFMT | 07777) ||
	    major(v[WORD_RDEV]) > HMETA_MAJOR_MAX ||
	    minor(v[WORD_RDEV]) > HMETA_MINOR_MAX)
		return -EINVAL;
	*ret_id = (struct host_id){
		.ino = v[WORD_INO], .dev_major = major(v[WORD_DEV]),
		.dev_minor = minor(v[WORD_DEV]),
	};
	*ret = (struct hmeta_record){
		.uid = v[WORD_UID], .gid = v[WORD_GID], .mode = v[WORD_MODE],
	};
	if (S_ISBLK(ret->mode) || S_ISCHR(ret->mode)) {
		ret->rdev_major = major(v[WORD_RDEV]);
		ret->rdev_minor = minor(v[WORD_RDEV]);
	}
	return 0;
}

int fakeroot_read(const char *name, struct fakeroot *ret)
{
	_cleanup_fclose_ FILE *file = fopen(name, "re");
	char line[512];
	unsigned long number = 0;
	int error = 0;

	if (!file) {
		error = -errno;
		msg_errno(error, "cannot read '%s'", name);
		return error;
	}
	while (error == 0 && fgets(line, sizeof(line), file)) {
		struct hmeta_record record;
		struct host_id id;

		number++;
		error = fakeroot_parse(line, &id, &record);
		if (error)
			msg("'%s': line %lu is none of a fakeroot save file",
			    name, number);
		else
			error = ids_add(&ret->ids, &id, line);
	}
	return error;
}

void fakeroot_apply(const struct fakeroot *fakeroot, const struct host_id *id,
		    struct hmeta_record *record)
{
	struct host_id key = *id, parsed;
	struct hmeta_record found;
	const char *line;

	key.btime = (struct host_time){ 0 };
	line = ids_get(&fakeroot->ids, &key);
	if (!line || fakeroot_parse(line, &parsed, &found))
		return;
	/* fakeroot makes devices as files; a link or directory is what it is. */
	if (hmeta_host_type(found.mode) == hmeta_host_type(record->mode))
		*record = found;
}

void fakeroot_free(struct fakeroot *fakeroot)
{
	ids_free(&fakeroot->ids);
}
