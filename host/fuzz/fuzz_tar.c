// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_tar - any bytes as an archive that is imported, and what import parses itself
 *
 * The promise: whatever is in the archive, nothing is made, changed or removed
 * outside of the tree's data and side, and afterwards `check` finds nothing wrong.
 * The text parsers of humfs-meta get the same bytes.
 */
#include "acl.h"
#include "caps.h"
#include "command.h"
#include "fakeroot.h"
#include "fuzz.h"
#include "modes.h"

/* Behind host.h: <limits.h> has a HOST_COMPONENT_MAX of its own. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In memory where that can be: each input makes a tree. */
static char folder[64];

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_all(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void end(void)
{
	if (chdir("/") == 0)
		remove_all(folder);
}

/* Quietly: the messages are many, and not what is tested. FUZZ_LOUD: aloud. */
static int run(const char *command, const char *tree, const char *word)
{
	static int null = -1;
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), status;

	char *argv[] = {
		(char *)"humfs-meta", (char *)command, (char *)tree,
		(char *)word, NULL,
	};

	if (null < 0)
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	MUST(null >= 0 && out >= 0 && err >= 0 && fflush(stdout) == 0);
	(void)dup2(null, STDOUT_FILENO);
	if (!getenv("FUZZ_LOUD"))
		(void)dup2(null, STDERR_FILENO);
	status = humfs_meta_main(word ? 4 : 3, argv);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	return status;
}

static void begin(void)
{
	if (*folder)
		return;
	strcpy(folder, "/dev/shm/fuzz_tar.XXXXXX");
	if (!mkdtemp(folder)) {
		strcpy(folder, "/tmp/fuzz_tar.XXXXXX");
		MUST(mkdtemp(folder));
	}
	MUST(chdir(folder) == 0);
	MUST(mkdir("canary", 0500) == 0 && symlink("here", "canary/x") == 0);
	atexit(end);
}

static int names_in(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	MUST(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

/* Only what we made is there, and as it was. */
static void look_around(void)
{
	struct stat st;
	char target[8];

	MUST(stat("canary", &st) == 0 && (st.st_mode & 07777) == 0500);
	MUST(readlink("canary/x", target, sizeof(target)) == 4);
	MUST(names_in("canary") == 1);
	MUST(names_in(".") == 3);	/* and t, input */
	MUST(names_in("t") == 3);	/* superblock, data, side */
}

static void try_import(const uint8_t *data, size_t size)
{
	int fd = open("input", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	MUST(run("create", "t", NULL) == META_DONE);
	(void)run("import", "t", "input");
	look_around();
	MUST(run("check", "t", NULL) == META_DONE);
	MUST(run("ls", "t", NULL) == META_DONE);
	remove_all("t");
}

static void try_acl(const uint8_t *data, size_t size, const char *text)
{
	struct acl *acl = calloc(1, sizeof(*acl)), *again = calloc(1, sizeof(*again));
	unsigned char *bytes = malloc(ACL_BYTES_MAX);
	const char *bad = text;

	MUST(acl && again && bytes);
	if (acl_parse(data, size, acl) == 0) {
		MUST(acl_print(acl, bytes) <= size);
		MUST(acl_parse(bytes, acl_print(acl, bytes), again) == 0);
		MUST(again->n == acl->n);
	}
	acl->n = again->n = 0;
	if (acl_apply_text(text, acl, again, &bad))
		MUST(bad >= text && bad <= text + strlen(text));
	acl_complete(acl);
	(void)acl_valid(acl);
	free(acl);
	free(again);
	free(bytes);
}

static void try_words(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	unsigned char caps[CAPS_BYTES_MAX];
	struct hmeta_record record;
	struct host_id id;
	uint32_t mode;

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	try_acl(data, size, text);
	if (modes_apply(text, S_IFDIR | 0755, &mode) == 0)
		MUST((mode & ~07777u) == S_IFDIR);
	if (fakeroot_parse(text, &id, &record) == 0)
		MUST(record.uid <= HMETA_ID_MAX && record.gid <= HMETA_ID_MAX);
	free(caps_to_text(data, size));
	if (caps_from_text(text, caps) > 0)
		free(caps_to_text(caps, 20));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	try_words(data, size);
	/* Not each length of a file that is cut: a tree is much work. */
	if (size <= 64 * 1024 && (size < 64 || size % 32 == 0))
		try_import(data, size);
	return 0;
}
