#ifndef ROUTE_H
#define ROUTE_H

/*
 * route: each record to the endpoint of the first phrase that it satisfies, and those that satisfy
 * none to another one. The phrases judge a block one after another, as long as it has records that
 * satisfied none. Then its records go out in runs, in their order; a block whose records all go the
 * same way passes unchanged.
 */

#include <stddef.h>

#include "base/buf.h"
#include "choose/phrase.h"
#include "command/command.h"
#include "stream/rec_in.h"

struct route_way;    /* private: a phrase and its output */
struct route_target; /* private: an output, which several phrases may share */

/* A struct of zeros is valid. */
struct route {
	const char *separator; /* set by the caller: -F for all phrases, or NULL */
	int ignore_case;       /* set by the caller: -i for all phrases */
	struct command_fault fault;

	/* private */
	struct route_way *ways; /* the last one has no phrase: it gets the rest */
	size_t count;           /* of phrases */
	struct route_target *targets;
	size_t outputs;
};

/*
 * Takes the operands: pairs of a phrase and an endpoint, and perhaps the endpoint of the rest;
 * borrowed. Returns 0, or an exit status with a line in error.
 */
int route_take(struct route *, char *const words[], size_t count, struct buf *error);

/* Opens the outputs, after the input. Failures are noted in the fault. */
void route_open(struct route *);

/* Reads the stream to its end, or until there is a fault, also one from before. */
void route_stream(struct route *, struct rec_in *);

/* Frees all, after command_end. */
void route_free(struct route *);

#endif
