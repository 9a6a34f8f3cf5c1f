/* SPDX-License-Identifier: GPL-2.0-only */
/* peer - the helper on the other side of a file system, and the way to it */
#ifndef FSCONF_PEER_H
#define FSCONF_PEER_H

#include <stdbool.h>

#define FC_PEER_LINE	8192

/*
 * Protocol: lines. A request is "ID PLACE VERB ARGUMENTS", an answer is
 * "ID RESULT TEXT", RESULT >= 0 or a negative errno. PLACE is the directory,
 * relative to the one served, in which the names of the request are. The last
 * argument of a verb that takes text goes on to the end of the line.
 */

/*
 * @spec: "self" (a child of our own that serves @dir), "exec:COMMAND",
 *	"unix:SOCKET", "fd:IN,OUT" or "path:DEVICE"
 * Return: 0, or -1 with errno.
 */
int fc_peer_connect(const char *spec, const char *dir);
void fc_peer_place(const char *place);
void fc_peer_close(void);

/* Serve @dir for requests on @in until its end. Return: exit status. */
int fc_serve(const char *dir, int in, int out);
/* Listen on the Unix socket @path and serve one connection after the other. */
int fc_serve_socket(const char *dir, const char *path);

#endif
