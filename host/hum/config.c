// SPDX-License-Identifier: GPL-2.0-only
/*
 * config - what a guest is to be: options, and defaults for the rest
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config.h"
#include "kernel_file.h"
#include "memory.h"
#include "msg.h"
#include "parse.h"

#define PATH_DEFAULT \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

extern char **environ;

void config_init(struct config *c)
{
	*c = (struct config){
		.cpus = 1,
		.pin = PIN_AUTO,
		.boot_timeout = 60,
	};
}

void config_clear(struct config *c)
{
	strv_clear(&c->command);
	strv_clear(&c->env);
	strv_clear(&c->env_options);
	strv_clear(&c->append);
	free(c->volumes);
	free(c->kernel_path);
	free(c->cwd);
	config_init(c);
}

struct volume *config_add_volume(struct config *c)
{
	struct volume *more;

	more = reallocarray(c->volumes, c->nvolumes + 1, sizeof(*more));
	if (!more)
		return NULL;
	c->volumes = more;
	return &more[c->nvolumes++];
}

char *config_workdir(const struct config *c)
{
	const char *base = c->rootfs ? "/" : c->cwd;
	char *path = NULL;

	if (!c->workdir)
		return strdup(base);
	if (c->workdir[0] == '/')
		return strdup(c->workdir);
	if (asprintf(&path, "%s/%s", strcmp(base, "/") ? base : "",
		     c->workdir) < 0)
		return NULL;
	return path;
}

/*
 * A directory that was removed has no name; one that cannot be reached from our
 * root has one that does not begin with a slash.
 */
static int fill_cwd(struct config *c)
{
	int r = 0;

	c->cwd = getcwd(NULL, 0);
	if (!c->cwd)
		r = -errno;
	else if (c->cwd[0] != '/')
		r = -ENOENT;
	if (r == -ENOENT)
		msg("the current directory does not exist any more; change to one that does");
	else if (r < 0)
		msg_errno(r, "cannot find the current directory's name; change to one that you may read");
	return r;
}

/* What passes from hum's environment. The last four belong to the own user. */
static const char *const passed[] = {
	"TERM", "LANG", "PATH", "HOME", "USER", "LOGNAME", "SHELL",
};
#define PASSED_FOR_ALL 3

static bool passes(const char *entry, size_t count)
{
	size_t i, n = strcspn(entry, "=");

	if (!strncmp(entry, "LC_", 3))
		return true;
	for (i = 0; i < count; i++)
		if (strlen(passed[i]) == n && !memcmp(entry, passed[i], n))
			return true;
	return false;
}

/* What the environment lacks of the own user is in the password file. */
static int add_own_user(struct config *c)
{
	struct passwd *p = getpwuid(geteuid());
	const char *const rows[][2] = {
		{ "HOME", p ? p->pw_dir : "/" },
		{ "USER", p ? p->pw_name : NULL },
		{ "LOGNAME", p ? p->pw_name : NULL },
		{ "SHELL", p && *p->pw_shell ? p->pw_shell : "/bin/sh" },
	};
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && r == 0; i++)
		if (rows[i][1] && !strv_get(&c->env, rows[i][0]))
			r = strv_addf(&c->env, "%s=%s", rows[i][0], rows[i][1]);
	return r;
}

/* -e: NAME=VALUE as it is; NAME copied, nothing when it is not set here. */
static int add_env_option(struct config *c, const char *option)
{
	_cleanup_free_ char *copy = NULL;
	const char *value;

	if (strchr(option, '='))
		return strv_set(&c->env, option);
	value = getenv(option);
	if (!value)
		return 0;
	if (asprintf(&copy, "%s=%s", option, value) < 0) {
		copy = NULL;
		return -ENOMEM;
	}
	return strv_set(&c->env, copy);
}

static int fill_env(struct config *c)
{
	/* Another user's home, name and shell are for the guest to look up. */
	size_t count = c->user ? PASSED_FOR_ALL :
				 sizeof(passed) / sizeof(passed[0]);
	size_t i;
	int r = 0;

	for (i = 0; environ[i] && r == 0; i++)
		if (strchr(environ[i], '=') && passes(environ[i], count))
			r = strv_set(&c->env, environ[i]);
	if (r == 0 && !strv_get(&c->env, "PATH"))
		r = strv_add(&c->env, PATH_DEFAULT);
	if (r == 0 && !c->user)
		r = add_own_user(c);
	for (i = 0; i < c->env_options.n && r == 0; i++)
		r = add_env_option(c, c->env_options.v[i]);
	if (r < 0)
		msg_errno(r, "cannot make the command's environment");
	return r;
}

/* The guest's memory is a file, and counts as one. */
static int check_file_limit(const struct config *c)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_FSIZE, &files) < 0)
		return -errno;
	if (files.rlim_cur >= c->memory)
		return 0;
	msg("-m %lluM: the guest's memory is a file, and files may have %lluK here (ulimit -f); raise that",
	    (unsigned long long)c->memory >> 20,
	    (unsigned long long)files.rlim_cur >> 10);
	return -EFBIG;
}

static int fill_memory(struct config *c)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = root < 0 ? -errno : memory_limit(root, &c->memory_limit);

	if (r < 0 && !c->memory) {
		msg_errno(r, "cannot find out how much memory the host has; use -m");
		return r;
	}
	if (r < 0)
		c->memory_limit = UINT64_MAX;
	if (!c->memory)
		c->memory = memory_default(c->memory_limit);
	c->memory &= ~4095ull;
	if (c->memory < MEMORY_MIN) {
		msg("-m %lluM: a guest needs at least %lluM",
		    (unsigned long long)c->memory >> 20, MEMORY_MIN >> 20);
		return -EINVAL;
	}
	if (c->memory > c->memory_limit) {
		msg("-m %lluM: the host has %lluM for a guest; use less",
		    (unsigned long long)c->memory >> 20,
		    (unsigned long long)c->memory_limit >> 20);
		return -EINVAL;
	}
	return check_file_limit(c);
}

/* Another user's shell is the host's notion: the guest's root is the host's. */
static const char *other_shell(const char *user)
{
	_cleanup_free_ char *name = strndup(user, strcspn(user, ":"));
	struct passwd *p = NULL;
	uint64_t uid;

	if (name)
		p = getpwnam(name);
	if (!p && name && parse_u64(name, 0, UINT32_MAX - 1, &uid) == 0)
		p = getpwuid((uid_t)uid);
	return p && *p->pw_shell ? p->pw_shell : "/bin/sh";
}

static int fill_shell(struct config *c)
{
	const char *shell = strv_get(&c->env, "SHELL");
	int r;

	if (!shell)
		shell = c->user ? other_shell(c->user) : "/bin/sh";
	r = strv_add(&c->command, shell);
	if (r < 0)
		msg_errno(r, "cannot start a shell");
	if (isatty(STDIN_FILENO))
		c->tty = true;
	return r;
}

static int fill_kernel(struct config *c)
{
	_cleanup_free_ char *first = NULL;
	int r;

	c->kernel_path = c->kernel ? strdup(c->kernel) :
				     kernel_file_find(&first);
	if (!c->kernel_path && first) {
		msg("there is no kernel: neither '%s' nor any other place has one; build it, or use --kernel FILE",
		    first);
		return -ENOENT;
	}
	if (!c->kernel_path) {
		msg_errno(-errno, "cannot find the kernel");
		return -ENOENT;
	}
	r = kernel_file_check(c->kernel_path);
	if (r == -ENOEXEC)
		msg("'%s' is not a kernel built for hum; leave out --kernel and HUM_KERNEL, or name the one that was built with hum",
		    c->kernel_path);
	else if (r < 0)
		msg_errno(r, "cannot use the kernel '%s'", c->kernel_path);
	return r;
}

static int check_mode(const struct config *c)
{
	if (c->mode != MODE_PTRACE || c->cpus == 1)
		return 0;
	msg("--cpus %u: in ptrace mode a guest has one CPU; use --mode seccomp or --cpus 1",
	    c->cpus);
	return -EINVAL;
}

static int check_tty(const struct config *c)
{
	if (!c->tty || isatty(STDIN_FILENO))
		return 0;
	msg("-t: standard input is not a terminal; leave out -t, or run it in one (script(1) makes one)");
	return -ENOTTY;
}

int config_complete(struct config *c)
{
	static int (*const steps[])(struct config *) = {
		fill_cwd, fill_env, fill_memory,
	};
	size_t i;
	int r;

	/* The host's users need not be in another root; root is. */
	if (c->rootfs && !c->user)
		c->user = "0";
	r = check_mode(c);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && r == 0; i++)
		r = steps[i](c);
	if (r == 0 && c->shell)
		r = fill_shell(c);
	if (r == 0)
		r = check_tty(c);
	return r ? r : fill_kernel(c);
}
