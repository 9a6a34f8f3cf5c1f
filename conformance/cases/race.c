// SPDX-License-Identifier: GPL-2.0-only
/*
 * race - several processes at once: what must hold at every instant
 *
 * Workers are processes, not threads; they start together on a pipe that the
 * parent closes. Rounds are counted, so a case takes as long as it takes on
 * the machine, and no time is waited for.
 */
#include <dirent.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../harness/fsconf.h"

#define WORKERS	4
#define ROUNDS	200

/* Shared by the workers of a case. */
static struct {
	_Atomic int wins, errors, bad, done;
} *sh;

static void run_workers(int count, void (*work)(int nr))
{
	int gate[2], failed = 0;
	pid_t pids[16];

	sh = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		fc_abort_case(HERE, "no memory");
	MUST(pipe(gate));
	for (int i = 0; i < count; i++) {
		pids[i] = MUST(fork());
		if (!pids[i]) {
			char c;

			close(gate[1]);
			(void)!read(gate[0], &c, 1);	/* until it is closed */
			work(i);
			sh->done++;
			_exit(0);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < count; i++) {
		int status;

		MUST(waitpid(pids[i], &status, 0));
		failed += !WIFEXITED(status) || WEXITSTATUS(status);
	}
	CHECK_EQ(failed, 0, "all workers end well");
}

static void excl_work(int nr)
{
	(void)nr;
	for (int i = 0; i < ROUNDS; i++) {
		int ret = fc_try_open(fc_fmt("x%d", i),
				      O_CREAT | O_EXCL | O_WRONLY, 0644);

		if (!ret)
			sh->wins++;
		else if (errno != EEXIST)
			sh->errors++;
	}
}

static void excl(void)
{
	run_workers(WORKERS, excl_work);
	CHECK_EQ(sh->wins, ROUNDS, "each name has one creator");
	CHECK_EQ(sh->errors, 0, "the others get EEXIST");
}

static void mkdir_work(int nr)
{
	(void)nr;
	for (int i = 0; i < ROUNDS; i++) {
		if (!mkdir(fc_fmt("d%d", i), 0755))
			sh->wins++;
		else if (errno != EEXIST)
			sh->errors++;
	}
	for (int i = 0; i < ROUNDS; i++) {
		if (!rmdir(fc_fmt("d%d", i)))
			sh->bad++;
		else if (errno != ENOENT)
			sh->errors++;
	}
}

static void mkdir_rmdir(void)
{
	run_workers(WORKERS, mkdir_work);
	CHECK_EQ(sh->wins, sh->bad, "as many are removed as were made");
	CHECK(sh->wins >= ROUNDS, "each was made once at least");
	CHECK_EQ(sh->errors, 0, "the others get EEXIST or ENOENT");
	CHECK_EQ(fc_count_entries("."), 0, "none is left");
}

static void link_work(int nr)
{
	(void)nr;
	for (int i = 0; i < ROUNDS; i++) {
		if (!link("x", fc_fmt("l%d", i)))
			sh->wins++;
		else if (errno != EEXIST)
			sh->errors++;
	}
}

static void links(void)
{
	fc_file("x", 0644, "");
	run_workers(WORKERS, link_work);
	CHECK_EQ(sh->wins, ROUNDS, "each link has one maker");
	CHECK_EQ(sh->errors, 0, "the others get EEXIST");
	CHECK_EQ(fc_nlink("x"), ROUNDS + 1, "the count is exact");
}

static void unlink_work(int nr)
{
	(void)nr;
	for (int i = 0; i < ROUNDS; i++) {
		if (!unlink(fc_fmt("x%d", i)))
			sh->wins++;
		else if (errno != ENOENT)
			sh->errors++;
	}
}

static void unlinks(void)
{
	for (int i = 0; i < ROUNDS; i++)
		fc_file(fc_fmt("x%d", i), 0644, "");
	run_workers(WORKERS, unlink_work);
	CHECK_EQ(sh->wins, ROUNDS, "each name is removed once");
	CHECK_EQ(sh->errors, 0, "the others get ENOENT");
}

/* Appended records are whole and none is lost. */
#define RECORD 100

static void append_work(int nr)
{
	char rec[RECORD];
	int fd = open("x", O_WRONLY | O_APPEND);

	memset(rec, 'a' + nr, RECORD);
	rec[RECORD - 1] = '\n';
	for (int i = 0; i < ROUNDS; i++) {
		if (write(fd, rec, RECORD) != RECORD)
			sh->errors++;
	}
	close(fd);
}

static void appends(void)
{
	int count[WORKERS] = { 0 }, torn = 0, fd;
	char rec[RECORD];

	fc_file("x", 0644, "");
	run_workers(WORKERS, append_work);
	CHECK_EQ(sh->errors, 0, "all writes work");
	CHECK_EQ(fc_size("x"), WORKERS * ROUNDS * RECORD, "none is lost");
	fd = MUST(open("x", O_RDONLY));
	while (read(fd, rec, RECORD) == RECORD) {
		int w = rec[0] - 'a';
		bool whole = w >= 0 && w < WORKERS && rec[RECORD - 1] == '\n';

		for (int i = 0; whole && i < RECORD - 1; i++)
			whole = rec[i] == rec[0];
		torn += !whole;
		if (whole)
			count[w]++;
	}
	MUST(close(fd));
	CHECK_EQ(torn, 0, "none is torn");
	for (int w = 0; w < WORKERS; w++)
		CHECK_EQ(count[w], ROUNDS, "worker %d has all of its own", w);
}

/* A shared offset moves with each write, POSIX 2.9.7. */
static int shared_fd;

static void offset_work(int nr)
{
	char rec[RECORD];

	memset(rec, 'a' + nr, RECORD);
	for (int i = 0; i < ROUNDS; i++) {
		if (write(shared_fd, rec, RECORD) != RECORD)
			sh->errors++;
	}
}

static void shared_offset(void)
{
	shared_fd = MUST(open("x", O_CREAT | O_RDWR, 0644));
	run_workers(WORKERS, offset_work);
	CHECK_EQ(fc_size("x"), WORKERS * ROUNDS * RECORD, "no write is lost");
	CHECK_EQ(lseek(shared_fd, 0, SEEK_CUR), WORKERS * ROUNDS * RECORD,
		 "the offset is their sum");
	MUST(close(shared_fd));
}

/* While a name is replaced again and again, it is never missing. */
static void replace_work(int nr)
{
	char buf[16];

	if (nr) {
		while (!sh->done) {
			int n = fc_slurp("x", buf, sizeof(buf));

			if (n < 0)
				sh->errors++;
			else if (strcmp(buf, "complete"))
				sh->bad++;
			else
				sh->wins++;
		}
		return;
	}
	for (int i = 0; i < ROUNDS * 5; i++) {
		int fd = open("tmp", O_CREAT | O_WRONLY | O_TRUNC, 0644);

		if (write(fd, "complete", 8) != 8)
			sh->errors++;
		close(fd);
		if (rename("tmp", "x") < 0)
			sh->errors++;
	}
}

static void replaced(void)
{
	fc_file("x", 0644, "complete");
	run_workers(3, replace_work);
	sh->errors += !sh->wins;	/* nobody has looked */
	CHECK_EQ(sh->errors, 0, "the name is never missing");
	CHECK_EQ(sh->bad, 0, "the content is always whole");
}

static void exchange_work(int nr)
{
	if (nr) {
		while (!sh->done) {
			if (access("a", F_OK) < 0 || access("b", F_OK) < 0)
				sh->errors++;
		}
		return;
	}
	for (int i = 0; i < ROUNDS * 5; i++) {
		if (renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE))
			sh->errors++;
	}
}

static void exchanged(void)
{
	fc_file("a", 0644, "a");
	fc_file("b", 0644, "b");
	run_workers(3, exchange_work);
	CHECK_EQ(sh->errors, 0, "both names are always there");
}

/* Directories moved into each other never make a loop. */
static void loop_work(int nr)
{
	for (int i = 0; i < ROUNDS; i++) {
		int ret = nr % 2 ? rename("a", "b/a") : rename("b", "a/b");

		if (ret < 0 && errno != EINVAL && errno != ENOENT)
			sh->errors++;
		ret = nr % 2 ? rename("b/a", "a") : rename("a/b", "b");
		if (ret < 0 && errno != ENOENT && errno != EINVAL &&
		    errno != ENOTEMPTY && errno != EEXIST)
			sh->errors++;
	}
}

static void loops(void)
{
	int found;

	fc_dir("a", 0755);
	fc_dir("b", 0755);
	run_workers(WORKERS, loop_work);
	CHECK_EQ(sh->errors, 0, "each is moved, or refused");
	found = fc_exists("a") + fc_exists("b") + fc_exists("a/b") +
		fc_exists("b/a");
	CHECK_EQ(found, 2, "both are still below their parent");
}

/* Cross-directory renames by several keep all files. */
static void shuffle_work(int nr)
{
	for (int i = 0; i < ROUNDS; i++) {
		const char *a = fc_fmt("d%d/f%d", i % 3, (i + nr) % 20);
		const char *b = fc_fmt("d%d/f%d", (i + 1 + nr % 2) % 3,
				       (i + nr) % 20);

		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_NOREPLACE) &&
		    errno != ENOENT && errno != EEXIST)
			sh->errors++;
	}
}

static void shuffled(void)
{
	for (int d = 0; d < 3; d++)
		fc_dir(fc_fmt("d%d", d), 0755);
	for (int i = 0; i < 20; i++)
		fc_file(fc_fmt("d0/f%d", i), 0644, "");
	run_workers(WORKERS, shuffle_work);
	CHECK_EQ(sh->errors, 0, "each is moved, or gone already");
	CHECK_EQ(fc_count_entries("d0") + fc_count_entries("d1") +
		 fc_count_entries("d2"), 20, "none is lost or doubled");
}

/* A listing during changes has every file that stays, once. */
static void churn_work(int nr)
{
	if (!nr) {
		for (int i = 0; i < ROUNDS * 5; i++) {
			const char *p = fc_fmt("d/churn%d", i % 50);

			if (fc_try_open(p, O_CREAT | O_WRONLY, 0644) < 0)
				sh->errors++;
			if (i % 2 && unlink(p) < 0)
				sh->errors++;
		}
		return;
	}
	while (!sh->done) {
		DIR *dir = opendir("d");
		int n = 0;

		for (struct dirent *e; dir && (e = readdir(dir));)
			n += !strncmp(e->d_name, "stay", 4);
		if (!dir || n != 100)
			sh->bad++;
		else
			sh->wins++;
		if (dir)
			closedir(dir);
	}
}

static void listing(void)
{
	fc_dir("d", 0755);
	for (int i = 0; i < 100; i++)
		fc_file(fc_fmt("d/stay%d", i), 0644, "");
	run_workers(3, churn_work);
	CHECK_EQ(sh->errors, 0, "all changes work");
	CHECK_EQ(sh->bad, 0, "every listing has what stays, once");
	CHECK(sh->wins > 0, "there were listings");
}

/* Two writers of their own parts of a page disturb nobody. */
static void parts_work(int nr)
{
	int fd = open("x", O_RDWR);

	for (int i = nr; i < 16384; i += WORKERS) {
		char c = 'a' + nr;

		if (pwrite(fd, &c, 1, i) != 1)
			sh->errors++;
	}
	close(fd);
}

static void parts(void)
{
	char buf[16384];
	int wrong = 0, fd;

	fc_file("x", 0644, "");
	run_workers(WORKERS, parts_work);
	CHECK_EQ(sh->errors, 0, "all writes work");
	fd = MUST(open("x", O_RDONLY));
	CHECK_EQ(read(fd, buf, sizeof(buf)), 16384, "the size is right");
	for (int i = 0; i < 16384; i++)
		wrong += buf[i] != 'a' + i % WORKERS;
	CHECK_EQ(wrong, 0, "each byte is its writer's");
	MUST(close(fd));
}

/* Counters in a shared mapping, guarded by a lock of the file. */
static void counter_work(int nr)
{
	int fd = open("x", O_RDWR);
	volatile int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			       fd, 0);

	(void)nr;
	for (int i = 0; i < ROUNDS; i++) {
		struct flock fl = { .l_type = F_WRLCK };

		if (fcntl(fd, F_SETLKW, &fl))
			sh->errors++;
		(*p)++;
		fl.l_type = F_UNLCK;
		if (fcntl(fd, F_SETLK, &fl))
			sh->errors++;
	}
	close(fd);
}

static void locked_counter(void)
{
	int n = 0, fd;

	fc_file("x", 0644, "");
	MUST(truncate("x", 4096));
	run_workers(WORKERS, counter_work);
	CHECK_EQ(sh->errors, 0, "all locks work");
	fd = MUST(open("x", O_RDONLY));
	MUST(read(fd, &n, sizeof(n)));
	CHECK_EQ(n, WORKERS * ROUNDS, "no count is lost");
	MUST(close(fd));
}

#define ROW(call, fn, text, needs, origin) \
	{ call, #fn, text, needs, FC_T(REG) | FC_T(DIR), origin, fn }

static const struct fc_case cases[] = {
	ROW("open", excl, "O_EXCL has one winner", 0, "POSIX open()"),
	ROW("mkdir, rmdir", mkdir_rmdir, "making and removing pair up", 0,
	    "POSIX mkdir()"),
	ROW("link", links, "links have one maker", FC_N(LINK), "POSIX link()"),
	ROW("unlink", unlinks, "a name is removed once", 0, "POSIX unlink()"),
	ROW("write", appends, "appends are atomic", 0, "POSIX write()"),
	ROW("write", shared_offset, "a shared offset loses no write", 0,
	    "POSIX 2.9.7 Thread Interactions"),
	ROW("rename", replaced, "rename replaces at once", 0, "POSIX rename()"),
	ROW("renameat2", exchanged, "exchanging is at once", FC_N(EXCHANGE),
	    "rename(2)"),
	ROW("rename", loops, "renames make no loop", 0, "POSIX rename()"),
	ROW("renameat2", shuffled, "renames lose nothing", FC_N(NOREPLACE),
	    "rename(2)"),
	ROW("readdir", listing, "listings have what stays", 0,
	    "POSIX readdir()"),
	ROW("pwrite", parts, "neighbours in a page do not disturb", 0,
	    "POSIX write()"),
	ROW("mmap, fcntl", locked_counter, "locks guard shared mappings",
	    FC_N(LOCKS) | FC_N(MMAPSHARED), "POSIX fcntl()"),
};

FC_FAMILY(race, "race", cases);
