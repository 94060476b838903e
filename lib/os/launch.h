#ifndef LAUNCH_H
#define LAUNCH_H

/*
 * launch: the words that start workers, here or on other machines.
 *
 * Hosts are named as GNU parallel names them: "a,4/b,:" is a worker on a, four on b, one here. A
 * launcher is a template such as "ssh {host}", split at spaces and never given to a shell. Each
 * worker has a process of the launcher of its own, and COMMAND follows the launcher's words. ssh
 * gives what it gets to a shell on the other machine, so after ssh COMMAND is one word: exec, and
 * COMMAND quoted for sh (POSIX.1-2024, Shell Command Language, 2.2.2). A word {command} of the
 * launcher is replaced by COMMAND as one quoted word, without exec. All other launchers get
 * COMMAND's words as they are.
 */

#include <stddef.h>

#include "base/buf.h"

#define LAUNCH_SSH \
	"ssh -T -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 {host}"

/* The hosts of the workers, in memory that is kept until the process ends. */
struct launch_hosts {
	char **names; /* one for each worker; NULL: on this machine */
	size_t count; /* of workers */
	char *text; /* private */
};

/*
 * Reads a list of hosts, or with @FILE a file of such lists, one a line, in which # begins a
 * comment. Returns 0; or -1 with a line in error, and errno 0 if the list is wrong, else the reason
 * why the file could not be read, or ENOMEM.
 */
int launch_hosts(struct launch_hosts *, const char *list, struct buf *error);

/* Checks a template. Returns 0, or -1 with a line in error. */
int launch_check(const char *launcher, struct buf *error);

/*
 * Returns the words that start worker `number`, counted from 1, of `size`; {%} in COMMAND's words
 * becomes its number. If host is NULL, they are COMMAND's alone; else the launcher's too, and
 * REC_RANK and REC_SIZE are set on the host. All of it is one piece of memory, to be freed by
 * free(3). Returns NULL with errno ENOMEM.
 */
char **launch_argv(const char *launcher, const char *host, char *const *command, size_t number, size_t size);

#endif
