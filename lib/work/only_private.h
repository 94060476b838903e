#ifndef ONLY_PRIVATE_H
#define ONLY_PRIVATE_H

/*
 * only_private: what only.c and only_answers.c share; see only.h. All return 0, or -1 after a
 * failure that is noted.
 */

#include "work/only.h"

/* Puts held records into the branch's queue, or into the one of positions if it is NULL. */
int only_queue(struct only *, struct branch *, struct held *);

/*
 * Take a data block of answers, or a loss that the process reports, and queue it with its original
 * positions.
 */
int only_take(struct only *, const struct block *);
int only_take_loss(struct only *, const struct block *);

/* Notes how far the process has come, in original positions. */
int only_advance(struct only *);

#endif
