#ifndef EACH_PRIVATE_H
#define EACH_PRIVATE_H

/* each_private: what each.c and each_task.c share; see each.h. */

#include "work/each.h"

/* Says that there is no memory, and notes it in the fault. */
void each_no_memory(struct each *);

/* The next task, which stands on the list; NULL where there is none at present. A loss or the end of the input ends one that could have more records. */
struct task *each_next(struct each *);

/* What nothing that is still to come from the input, or to go out of it, is below. */
uint64_t each_low(const struct each *);

/* The task's output or, where it has failed, its records begin to wait for their turn. */
void each_waits(struct each *, struct task *);

/* There is no more to do for it: gives back what it holds. Frees it where each_release comes to it. */
void each_over(struct each *, struct task *);

/* The same for one that is given up: what it has written, and its records, go nowhere. */
void each_lost(struct each *, struct task *);

/* Puts out what can go out at present, and the watermarks. */
void each_release(struct each *);

void each_task_drop_records(struct task *);
void each_task_free(struct task *);

#endif
