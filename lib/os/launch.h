#ifndef LAUNCH_H
#define LAUNCH_H

/*
 * launch: the words that start workers, here or on other machines.
 *
 * Hosts are named as GNU parallel names them: "a,4/b,:" is a worker on a, four on b, one here. A launcher is a template such as
 * "ssh {host}", split at blanks and never given to a shell; each worker has a launcher of its own, behind which stands COMMAND.
 * ssh gives what it gets to a shell on the other side, so for it COMMAND is one word, quoted for sh (POSIX.1-2024, Shell
 * Command Language, 2.2.2), and exec before it; so it is in the place of a word {command}, without exec. All others get COMMAND's words as they are.
 */

#include <stddef.h>

#include "base/buf.h"

#define LAUNCH_SSH "ssh -T -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 {host}"

/* One name for each worker; NULL: here. */
struct launch_hosts {
	char **names;
	size_t count;
	char *text; /* private */
};

/*
 * Takes a list, or @FILE, a file of such lists, a line each, in which # begins a comment. Returns 0; or -1 with a line in error,
 * and errno 0 where the list is wrong, else why the file could not be read.
 */
int launch_hosts(struct launch_hosts *, const char *list, struct buf *error);

/* Whether the template is one: 0, or -1 with a line in error. */
int launch_check(const char *launcher, struct buf *error);

/*
 * The words for worker number (from 1) of size: {%} in COMMAND's words is its number. host NULL: without the launcher; else REC_RANK and
 * REC_SIZE are set there too. One piece of memory for free; NULL with errno ENOMEM.
 */
char **launch_argv(const char *launcher, const char *host, char *const *command, size_t number, size_t size);

#endif
