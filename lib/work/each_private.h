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

/*
 * Tables. each_table_begin sets the hook of the input. each_table_fill appends to input what
 * a process reads, if the records have a table and --in was given: the header if the framing has
 * it, then the task's records; it returns 0, or -1 with a line in why, or with none: no memory.
 * each_table_check takes the header that a process has written: the first one becomes the output's
 * table; it returns 0, or -1 with a line in how. name: the process's.
 */
void each_table_begin(struct each *);
int each_table_fill(const struct each *, const struct task *, const char *name, struct buf *input, struct buf *why);
int each_table_check(struct each *, const struct buf *header, const char *name, struct buf *how);
void each_table_free(struct each *);

void each_task_drop_records(struct task *);
void each_task_free(struct task *);

#endif
