#ifndef SHM_SHOW_H
#define SHM_SHOW_H

/*
 * shm_show: what is known of named rings (shm_ring.h), as text for a person or as JSON, one line
 * each. The functions return 0, or -1 with errno: that of shm_ring_find, or ENOMEM.
 */

#include "base/buf.h"

/*
 * The words for modes, and for what is done with slow readers, in the order of enum shm_mode and
 * enum shm_slow. NULL ends each.
 */
extern const char *const shm_show_modes[], *const shm_show_slows[];

/* Appends everything about one ring. */
int shm_show_one(struct buf *, const char *name, int json);

/*
 * Appends a list of this user's rings. If `stale`: only of those that nobody lives on and that were
 * not made to stay.
 */
int shm_show_list(struct buf *, int stale, int json);

#endif
