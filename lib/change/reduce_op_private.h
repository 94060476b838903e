#ifndef REDUCE_OP_PRIVATE_H
#define REDUCE_OP_PRIVATE_H

/*
 * reduce_op_private: what operations keep for each group: reduce_op.c fills it, reduce_op_result.c
 * reads it.
 */

#include "change/reduce_private.h"

struct reduce_sum {
	struct exact_sum sum;
	uint64_t n;
};

struct reduce_extreme {
	struct exact number;
	int has;
};

struct reduce_spread {
	double mean, squares;
	uint64_t n;
};

struct reduce_bytes {
	char *data;
	size_t len, room;
	enum expr_gives gives;
	int has;
};

struct reduce_numbers {
	double *list;
	size_t count, room;
	int sorted;
};

struct reduce_most {
	uint64_t count; /* of the value that is most frequent */
	size_t entry;   /* in reduce.values */
	int has;
};

struct reduce_step {
	struct exact before, delta;
	int has, moved;
};

struct reduce_shift {
	struct reduce_bytes now, before;
};

/* An entry of reduce.values: how often a value has come. */
struct reduce_times {
	uint64_t count;
	enum expr_gives gives;
};

static inline void *
reduce_op_state(const struct reduce_op *op, void *entry)
{
	return (char *)entry + op->state;
}

static inline int
reduce_op_is_quantile(const struct reduce_op *op)
{
	return op->kind == REDUCE_MEDIAN || op->kind == REDUCE_PERCENTILE;
}

#endif
