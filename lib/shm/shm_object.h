#ifndef SHM_OBJECT_H
#define SHM_OBJECT_H

/*
 * shm_object: named objects of shared memory, each of one user: /dev/shm/rec-UID-NAME, mode 0600.
 * This room makes, finds, maps and removes them, and knows which processes live on them. shm_ring
 * knows what they hold.
 *
 * An object is complete (reserved and filled in) before it gets its name. It is opened only if it
 * is a regular file of the effective user, and never through a symbolic link.
 *
 * Life. A process that uses an object has a place in it, 0 to SHM_PLACES-1, and holds the lock of
 * the byte of that place, for its own open file description (F_OFD_SETLK of Linux). The kernel
 * frees the lock when the process ends, however it ends. So a byte that can be locked proves that
 * no process lives at its place, and the process that holds the lock can clear up there: none can
 * come back or move in meanwhile. Time never proves anything. (The descriptor is close-on-exec; a
 * forked child that does not exec would keep its parent's place alive.)
 *
 * An object cannot be sealed, so other processes of its owner can truncate it while it is mapped.
 * An access then raises SIGBUS, which this room catches: the mapping becomes memory of zeros, and
 * lost is set.
 */

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { SHM_PLACES = 255, SHM_NAME = 200 };

struct shm {
	int fd;       /* -1: not open */
	char *memory; /* NULL: not mapped */
	size_t bytes; /* of the object */
	volatile sig_atomic_t lost; /* it was truncated: memory holds nothing of it any more */

	/* private */
	struct shm *other;
};

/*
 * Checks a name: letters, digits, '.', '_', '-' and '+', not beginning with '.', at most SHM_NAME
 * bytes. Returns 0, or -1 and appends a line to error.
 */
int shm_check(const char *name, struct buf *error);

/*
 * Makes an object of that many bytes: begin's bytes, then zeros. Gives it its name and maps it. The
 * memory is reserved, so that no access can fail later. Returns 0, or -1 with errno: EEXIST if the
 * name is taken; ENOSPC if /dev/shm is full; EFBIG if the process may have no file of that size;
 * ENODEV if there is no /dev/shm. shm_close frees what it holds.
 */
int shm_make(struct shm *, const char *name, const void *begin, size_t begin_bytes, size_t bytes);

/*
 * shm_find opens an object and reads its first bytes. Returns 0, or -1 with errno: ENOENT if there
 * is none; EPERM if it is not a file of this user alone; ELOOP for a symbolic link; EIO if it is
 * shorter than begin_bytes. shm_map then maps it: 0, or -1 with errno. shm_close gives back all, a
 * place too.
 */
int shm_find(struct shm *, const char *name, void *begin, size_t begin_bytes);
int shm_map(struct shm *);
void shm_close(struct shm *);

/*
 * The gate: one process at a time joins, leaves or removes the object. shm_gate waits for it; it
 * returns 0, or -1 with errno. The gate opens by itself if a process dies.
 */
int shm_gate(struct shm *);
void shm_ungate(struct shm *);

/*
 * shm_hold takes a place. Returns 1, or 0 if somebody lives there; of the caller's own place that
 * means nothing. shm_let gives it back. shm_lives only asks: 1 if somebody lives there, else 0.
 */
int shm_hold(struct shm *, unsigned place);
void shm_let(struct shm *, unsigned place);
int shm_lives(struct shm *, unsigned place);

/* Returns 1 if the name still leads to the object, else 0. Within the gate that does not change. */
int shm_named(const struct shm *, const char *name);

/* Within the gate: removes the name, if it leads to the object. Returns 0, or -1 with errno. */
int shm_remove(struct shm *, const char *name);

/*
 * Calls each(name, arg) for the name of each object of this user, until a call returns other than
 * 0. Returns that, or 0; or -1 with errno: ENODEV if there is no /dev/shm.
 */
int shm_names(int (*each)(const char *name, void *arg), void *arg);

#endif
