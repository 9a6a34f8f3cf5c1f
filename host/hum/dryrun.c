// SPDX-License-Identifier: GPL-2.0-only
/*
 * dryrun - what `hum run` would start, as text for a shell
 *
 * A kernel cannot be started from a shell as hum does it: it needs an open socket
 * with hum at its other end. What can be pasted is the same `hum run` with every
 * default written out, from the same directory; the kernel's own command line
 * stands above it as a comment.
 */
#include <limits.h>
#include <unistd.h>

#include "dryrun.h"
#include "quote.h"

static void put_comment(FILE *out, const struct strv *arguments)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, i;
	FILE *line = open_memstream(&text, &size);

	if (!line)
		return;
	for (i = 0; i < arguments->n; i++) {
		if (i)
			putc(' ', line);
		quote_word(line, arguments->v[i]);
	}
	if (fclose(line))
		return;
	/* Every line of it a comment, should an argument hold a newline. */
	fputs("# kernel: ", out);
	for (i = 0; i < size; i++) {
		putc(text[i], out);
		if (text[i] == '\n')
			fputs("# ", out);
	}
	putc('\n', out);
}

static void put_option(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s ", name);
	quote_word(out, value);
}

/* A path in the argument of -v. */
static void put_escaped(FILE *out, const char *path)
{
	for (; *path; path++) {
		if (*path == ':' || *path == '\\')
			putc('\\', out);
		putc(*path, out);
	}
}

static void put_share(FILE *out, const char *source, const struct share *share)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *word = open_memstream(&text, &size);

	if (!word)
		return;
	put_escaped(word, source);
	putc(':', word);
	put_escaped(word, share->target);
	fputs(share->read_only ? ":ro" : ":rw", word);
	if (share->humfs)
		fputs(",humfs", word);
	if (*share->options)
		fprintf(word, ",%s", share->options);
	if (fclose(word) == 0)
		put_option(out, "-v", text);
}

static void put_shares(FILE *out, const struct config *c,
		       const struct shares *s)
{
	size_t first = s->n - c->nvolumes, i;

	/* Behind "/" there is the current directory, or there is a -v for it. */
	if (first == 2)
		put_share(out, s->v[1].target, &s->v[1]);
	for (i = 0; i < c->nvolumes; i++)
		put_share(out, c->volumes[i].source, &s->v[first + i]);
}

static void put_list(FILE *out, const char *name, const struct strv *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		put_option(out, name, list->v[i]);
}

/* Words of --append are quoted twice: for the shell and for hum's splitting. */
static void put_append(FILE *out, const struct strv *append)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, i;
	FILE *word;

	if (!append->n)
		return;
	word = open_memstream(&text, &size);
	if (!word)
		return;
	for (i = 0; i < append->n; i++) {
		if (i)
			putc(' ', word);
		quote_word(word, append->v[i]);
	}
	if (fclose(word) == 0)
		put_option(out, "--append", text);
}

static void put_settings(FILE *out, const struct config *c)
{
	static const char *const modes[] = {
		[MODE_AUTO] = "auto",
		[MODE_SECCOMP] = "seccomp",
		[MODE_PTRACE] = "ptrace",
	};

	put_option(out, "--kernel", c->kernel_path);
	fprintf(out, " --mode %s -m %lluK --cpus %u --boot-timeout %u",
		modes[c->mode], (unsigned long long)c->memory >> 10, c->cpus,
		c->boot_timeout);
	if (c->pin >= 0)
		fprintf(out, " --pin %d", c->pin);
	else
		fprintf(out, " --pin %s", c->pin == PIN_OFF ? "off" : "auto");
	if (c->tty)
		fputs(" -t", out);
	if (c->quiet)
		fputs(" -q", out);
	if (c->user)
		put_option(out, "-u", c->user);
	if (c->rootfs)
		put_option(out, "--rootfs", c->rootfs);
	if (c->log)
		put_option(out, "--log", c->log);
	put_append(out, &c->append);
}

void dryrun_print(const struct config *c, const struct shares *s,
		  const struct strv *arguments, FILE *out)
{
	_cleanup_free_ char *workdir = config_workdir(c);
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t i;

	self[n > 0 ? n : 0] = 0;
	put_comment(out, arguments);
	fputs("cd ", out);
	quote_word(out, c->cwd);
	fputs(" && ", out);
	quote_word(out, n > 0 ? self : "hum");
	fputs(" run", out);
	put_settings(out, c);
	put_shares(out, c, s);
	if (workdir)
		put_option(out, "-w", workdir);
	put_list(out, "-e", &c->env);
	fputs(" --", out);
	for (i = 0; i < c->command.n; i++) {
		putc(' ', out);
		quote_word(out, c->command.v[i]);
	}
	putc('\n', out);
}
