#ifndef EACH_PRIVATE_H
#define EACH_PRIVATE_H

/* each_private: what each.c and each_task.c share; see each.h. */

#include "work/each.h"

/* Says that there is no memory, and notes that in the fault. */
void each_no_memory(struct each *);

/*
 * Returns the next task, which has been put on the list, or NULL if there is none at present. A
 * task with fewer records than it could have is returned only before a loss or at the end of the
 * input.
 */
struct task *each_next(struct each *);

/* Returns the lowest position that may still come from the input or go out. */
uint64_t each_low(const struct each *);

/* The task's output or, if it has failed, its records begin to wait for their turn. */
void each_waits(struct each *, struct task *);

/* The task is over: frees what it has. each_release frees the task itself. */
void each_over(struct each *, struct task *);

/* The same for a task that is given up: its output and its records go nowhere. */
void each_lost(struct each *, struct task *);

/* Puts out what can go out now, and the watermarks. */
void each_release(struct each *);

void each_task_drop_records(struct task *);
void each_task_free(struct task *);

#endif
