#ifndef SHM_OBJECT_H
#define SHM_OBJECT_H

/*
 * shm_object: named objects of shared memory, each of one user: /dev/shm/rec-UID-NAME, mode 0600. This room makes, finds,
 * maps and removes them, and knows which processes live on them; what stands in them is shm_ring's.
 *
 * An object is made whole (reserved and filled in before it has its name), and is opened only if it is a regular
 * file of the effective user, not through a symbolic link.
 *
 * Life. Whoever uses an object has a place in it, 0 to SHM_PLACES-1, and holds the lock of the byte that belongs to
 * that place, of its own open file description (F_OFD_SETLK of Linux). The kernel frees that lock when the process
 * ends, however it does. So a byte that can be locked is proof that nobody lives at its place, and whoever holds it
 * can clear up there without anybody coming back or moving in meanwhile. No time ever proves anything. (The
 * descriptor is close-on-exec; a forked child that does not exec would keep its parent's place alive.)
 *
 * An object cannot be sealed, so its owner's other processes can truncate it while it is mapped. The SIGBUS of an
 * access is then caught: the mapping becomes memory of zeros, and lost is set.
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
	volatile sig_atomic_t lost; /* it was truncated: what stands in memory is nothing any more */

	/* private */
	struct shm *other;
};

/*
 * Whether the name is one: letters, digits, '.', '_', '-' and '+', not beginning with '.', at most SHM_NAME: 0, or -1
 * with a line in error.
 */
int shm_check(const char *name, struct buf *error);

/*
 * Makes an object of so many bytes, with begin's bytes at its beginning and zeros behind, and gives it its name,
 * mapped. Memory is reserved, so that no access can fail later. Returns 0, or -1 with errno: EEXIST; ENOSPC where
 * /dev/shm is full; EFBIG where the process may have no file of that size; ENODEV where there is no /dev/shm.
 */
int shm_make(struct shm *, const char *name, const void *begin, size_t begin_bytes, size_t bytes);

/*
 * Opens an object, and reads its first bytes. Returns 0, or -1 with errno: ENOENT; EPERM where it is no file of this
 * user's alone; ELOOP for a symbolic link; EIO where it is shorter. shm_map then maps its bytes. shm_close gives
 * all back, a place too.
 */
int shm_find(struct shm *, const char *name, void *begin, size_t begin_bytes);
int shm_map(struct shm *);
void shm_close(struct shm *);

/*
 * The gate: one process at a time comes, goes or removes the object. Waits. 0, or -1 with errno. A process that dies
 * opens it.
 */
int shm_gate(struct shm *);
void shm_ungate(struct shm *);

/*
 * Takes a place: 1 where nobody lives there, 0 where somebody does. shm_let gives it back. What shm_hold says of the
 * own place means nothing. shm_lives only asks.
 */
int shm_hold(struct shm *, unsigned place);
void shm_let(struct shm *, unsigned place);
int shm_lives(struct shm *, unsigned place);

/* Whether the name still stands for the object. Within the gate that stays so. */
int shm_named(const struct shm *, const char *name);

/* Removes the name, if it stands for the object; within the gate. 0, or -1 with errno. */
int shm_remove(struct shm *, const char *name);

/*
 * Calls each(name, arg) for all names of this user's objects, until it returns other than 0, which is returned; -1
 * with errno: ENODEV as above.
 */
int shm_names(int (*each)(const char *name, void *arg), void *arg);

#endif
