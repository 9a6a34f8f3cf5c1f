// SPDX-License-Identifier: GPL-2.0-only
/* exec - running programs: permission, ETXTBSY, setuid, capabilities */
#include <linux/capability.h>
#include <signal.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "prog.h"

static void permission(void)
{
	static const int shift[FC_WHOS] = { 0, 6, 3, 3, 0 };
	static const mode_t modes[] = { 0700, 0070, 0007, 0100, 0010, 0001,
					0777, 0666, 0111 };

	prog_copy("prog", 0755);
	fc_give("prog");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		MUST(chmod("prog", modes[i]));
		for_each_who(w, FC_OWNER)
			CHECK_EQ(prog_run(w, "prog", "zero"),
				 modes[i] >> shift[w] & 1 ? 0 : PROG_EACCES,
				 "%s runs %04o", fc_who_names[w], modes[i]);
		if (fc_have(FC_NEED_ROOT))
			CHECK_EQ(prog_run(FC_ROOT, "prog", "zero"),
				 modes[i] & 0111 ? 0 : PROG_EACCES,
				 "root runs %04o", modes[i]);
	}
}

static void types(void)
{
	for_each_type(t) {
		fc_make(t, "x");
		if (t != FC_LNK)
			MUST(chmod("x", 0777));
		CHECK_EQ(prog_run(FC_ROOT, "x", "zero"), t == FC_REG ? PROG_ENOEXEC :
			 t == FC_LNK ? PROG_ENOENT : PROG_EACCES, "a %s",
			 fc_type_names[t]);
		fc_remove("x");
	}
}

static void ways(void)
{
	int fd;

	prog_copy("prog", 0755);
	fc_dir("d", 0755);
	MUST(symlink("../prog", "d/link"));
	CHECK_EQ(prog_run(FC_ROOT, "d/link", "zero"), 0, "through a link");
	MUST(rename("prog", "d/prog"));
	CHECK_EQ(prog_run(FC_ROOT, "d/prog", "zero"), 0, "after a rename");
	fd = MUST(open("d/prog", O_RDONLY | O_CLOEXEC));
	MUST(unlink("d/prog"));
	CHECK_EQ(prog_run_at(FC_ROOT, fd, "", "zero", AT_EMPTY_PATH), 0,
		 "by descriptor, unlinked");
	MUST(close(fd));
	prog_copy("prog", 0755);
	MUST(symlink("prog", "link"));
	CHECK_EQ(prog_run_at(FC_ROOT, AT_FDCWD, "link", "zero",
			     AT_SYMLINK_NOFOLLOW), PROG_ELOOP,
		 "AT_SYMLINK_NOFOLLOW");
}

static void busy(void)
{
	int pipes[2], fd, status;
	char c;
	pid_t pid;

	prog_copy("prog", 0755);
	fd = MUST(open("prog", O_WRONLY | O_CLOEXEC));
	CHECK_EQ(prog_run(FC_ROOT, "prog", "zero"), PROG_ETXTBSY, "open for writing");
	MUST(close(fd));
	CHECK_EQ(prog_run(FC_ROOT, "prog", "zero"), 0, "after it is closed");
	MUST(pipe(pipes));
	pid = MUST(fork());
	if (!pid) {
		char *const argv[] = { "fsconf-report", "wait", NULL };
		char *const env[] = { NULL };

		dup2(pipes[1], 1);
		close(pipes[0]);
		close(pipes[1]);
		execve("prog", argv, env);
		_exit(1);
	}
	close(pipes[1]);
	MUST(read(pipes[0], &c, 1));	/* it runs */
	CHECK_ERR(fc_try_open("prog", O_WRONLY, 0), ETXTBSY, "open to write");
	CHECK_ERR(fc_try_open("prog", O_RDWR, 0), ETXTBSY, "open to read and write");
	CHECK_ERR(truncate("prog", 0), ETXTBSY, "truncate");
	CHECK_ERR(fc_try_open("prog", O_WRONLY | O_TRUNC, 0), ETXTBSY,
		  "open and truncate");
	CHECK_OK(fc_try_open("prog", O_RDONLY, 0), "open to read");
	CHECK_OK(chmod("prog", 0700), "chmod");
	CHECK_OK(rename("prog", "other"), "rename");
	CHECK_OK(unlink("other"), "unlink");
	kill(pid, 9);
	MUST(waitpid(pid, &status, 0));
}

/* euid and egid of the program, relative to who ran it. */
static void setid(void)
{
	static const struct {
		mode_t mode;
		const char *uid, *gid;	/* what the program shall find */
	} rules[] = {
		{ 0755, "own", "own" }, { 04755, "file", "own" },
		{ 02755, "own", "file" }, { 06755, "file", "file" },
		{ 02745, "own", "own" },
	};

	prog_copy("prog", 0755);
	MUST(chown("prog", FC_UID_OWNER, FC_GID_OWNER));
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		MUST(chmod("prog", rules[i].mode));
		CHECK_EQ(prog_run(FC_STRANGER, "prog", "euid"),
			 rules[i].uid[0] == 'f' ? FC_UID_OWNER % 100 :
			 FC_UID_STRANGER % 100, "%04o: user is the %s's",
			 rules[i].mode, rules[i].uid);
		CHECK_EQ(prog_run(FC_STRANGER, "prog", "egid"),
			 rules[i].gid[0] == 'f' ? FC_GID_OWNER % 100 :
			 FC_GID_STRANGER % 100, "%04o: group is the %s's",
			 rules[i].mode, rules[i].gid);
	}
	MUST(chown("prog", 0, 0));
	MUST(chmod("prog", 04755));
	CHECK_EQ(prog_run(FC_STRANGER, "prog", "euid"), 0, "setuid root");
	CHECK_EQ(prog_run(FC_STRANGER, "prog", "ruid"), FC_UID_STRANGER % 100,
		 "the real user stays");
}

static void file_caps(void)
{
	const uint32_t cap[5] = { 0x02000001, 1u << CAP_NET_RAW, 0, 0, 0 };

	prog_copy("prog", 0755);
	CHECK_EQ(prog_run(FC_STRANGER, "prog", "netraw"), 0, "none without");
	MUST(setxattr("prog", "security.capability", cap, sizeof(cap), 0));
	CHECK_EQ(prog_run(FC_STRANGER, "prog", "netraw"), 1,
		 "the capability of the file is had");
	MUST(removexattr("prog", "security.capability"));
	CHECK_EQ(prog_run(FC_STRANGER, "prog", "netraw"), 0, "none after removal");
}

static void script(void)
{
	prog_copy("prog", 0755);
	fc_file("script", 0755, "#!prog zero\n");
	CHECK_EQ(prog_run(FC_ROOT, "script", "x"), 0, "the interpreter is run");
	fc_file("script", 0755, "#!missing\n");
	CHECK_EQ(prog_run(FC_ROOT, "script", "x"), PROG_ENOENT, "a missing interpreter");
	fc_file("script", 0755, "no program\n");
	CHECK_EQ(prog_run(FC_ROOT, "script", "x"), PROG_ENOEXEC, "text is no program");
	MUST(chmod("prog", 0644));
	fc_file("script", 0755, "#!prog zero\n");
	CHECK_EQ(prog_run(FC_ROOT, "script", "x"), PROG_EACCES,
		 "an interpreter that may not be run");
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, FC_N(EXEC) | FC_N(PROC) | (needs), types, origin, fn }
#define IDS (FC_N(USERS) | FC_N(CHOWN) | FC_N(MODES))

static const struct fc_case cases[] = {
	ROW("execve", permission, "execute bits decide", FC_N(MODES),
	    FC_T(REG), "POSIX exec()"),
	ROW("execve", types, "files are run", FC_N(MODES), FC_T_ALL,
	    "execve(2)"),
	ROW("execveat", ways, "programs by link, rename and descriptor",
	    FC_N(SYMLINK), FC_T(REG), "execveat(2)"),
	ROW("execve, open", busy, "running and writing exclude each other", 0,
	    FC_T(REG), "execve(2), open(2)"),
	ROW("execve", setid, "setuid and setgid programs", IDS | FC_N(SUID),
	    FC_T(REG), "POSIX exec()"),
	ROW("execve", file_caps, "file capabilities",
	    IDS | FC_N(SUID) | FC_N(FCAPS), FC_T(REG), "capabilities(7)"),
	ROW("execve", script, "scripts have an interpreter", FC_N(MODES),
	    FC_T(REG), "execve(2)"),
};

FC_FAMILY(exec, "exec", cases);
