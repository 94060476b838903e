#ifndef REC_GROUP_H
#define REC_GROUP_H

/*
 * rec_group: outputs that belong together. All outputs of a command are in one group, the default
 * one, and need not know of groups: if one of them fails the command stops, the watermark of each
 * waits for the others, and all are polled whenever the command waits. A server has a group for
 * each client instead. What happens to the outputs of one group does not concern the others:
 * - rec_group_stop reports only its own outputs; rec_out_stop, and so all reads that wait, only
 *   those of the default group;
 * - a failure, and positions that are given up, hold back the watermarks of its own outputs alone;
 * - a group that has nothing to put is idle: it is not polled, flushed or looked at, so a wait
 *   costs nothing for it. That a reader has gone is found by the next write, or if the caller polls
 *   the descriptor.
 *
 * What was put into a group is written whenever the process waits (rec_out_await, loop_wait), but
 * the process waits for it only in the default group (rec_out_flush_all). A process without outputs
 * in the default group never stops by itself. TERM, INT and HUP write end marks into the outputs of
 * all groups.
 */

#include <stdint.h>

#include "stream/declared.h"
#include "stream/rec_out.h"

struct rec_group { /* { 0 } has no outputs; the struct must stay where it is as long as it has any */
	/* private */
	struct declared declared; /* by the inputs: the table of all outputs, except for those that have their own */
	struct rec_out *outs; /* the open ones, in the order of opening */
	int stoppable;        /* it has had outputs: it is to stop if none is wanted */
	int reads_on;         /* it is to stop only if an output has failed (rec_out_read_on) */
	int ended_wanted;     /* an output has ended whose reader wanted all, as far as is known */
	int ended_unwanted;   /* standard output has ended, and its reader had left before */
	uint64_t lowest;      /* rec_group_floor: the least position that any output may still get */
	uint64_t bound;       /* the input's watermark, if it is lower than the positions that were read */
	int busy;             /* 0: idle; 1: nothing was put since the last rec_group_rest; 2: something was */
	struct rec_group *next, **at;           /* the list of groups that have outputs */
	struct rec_group *next_busy, **at_busy; /* the list of groups that are busy, without the default one */
};

/* As rec_out_open, for an output of that group. */
int rec_group_open(struct rec_group *, struct rec_out *, int fd, const char *name);

/*
 * Returns 1 if one of its outputs has failed, or if it has had outputs and no reader of them is
 * left; else 0.
 */
int rec_group_stop(const struct rec_group *);

/* Returns the first of its open outputs, or NULL. rec_out_after returns the next one. */
struct rec_out *rec_group_first(const struct rec_group *);

/* As rec_out_give_up, rec_out_bound and rec_out_floor, for its outputs. */
void rec_group_give_up(struct rec_group *, uint64_t position);
void rec_group_bound(struct rec_group *, uint64_t watermark);
void rec_group_floor(struct rec_group *, uint64_t next);

/* ---- for rec_out*.c and loop.c ---- */

extern struct rec_group rec_group_default;
extern unsigned long rec_group_lost; /* the number of outputs, of all groups, that have come to take no more */

/* If `on`, puts an output at the end of its group's list; if not, takes it off. */
void rec_group_listed(struct rec_out *, int on);

/*
 * Returns the first group that has outputs, or NULL; `next` leads to the others. For a signal's
 * handler.
 */
struct rec_group *rec_group_all(void);

/*
 * The group is busy from now on. rec_group_put: so is the group of an output into which something
 * is put.
 */
void rec_group_wake(struct rec_group *);

static inline void
rec_group_put(struct rec_out *out)
{
	if (out->group->busy < 2)
		rec_group_wake(out->group);
}

/*
 * The outputs that are served and polled: those of the default group, and of the busy ones. Returns
 * the one after `out` (NULL: the first), or NULL after the last.
 */
struct rec_out *rec_group_served(const struct rec_out *out);

/*
 * Groups are idle from now on if nothing of them is under way, and nothing was put into them since
 * the last call.
 */
void rec_group_rest(void);

#endif
