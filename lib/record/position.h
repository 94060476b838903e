#ifndef POSITION_H
#define POSITION_H

/*
 * position: what a record's position says of its source. A source numbers its records from 0 on. A command that deals records to
 * processes of its own, and knows by their positions what comes back, adds a multiple of POSITION_SPAN: so nothing that numbers
 * records anew, from 0 on, gives back a position that it was sent, and each record's source position can still be seen, in a
 * worker on whatever host, in a pipeline of several commands, in a file that one of them writes. (distinct.h adds it.)
 *
 * Whatever shows a position to a user, or lets him ask for it, goes by position_source. Positions from POSITION_TOP on are no
 * dealer's, and are what they are.
 */

#include <stdint.h>

#define POSITION_SPAN (UINT64_C(1) << 48)
#define POSITION_TOP (UINT64_C(1) << 63)

/* The position that the record's source gave it. */
static inline uint64_t
position_source(uint64_t position)
{
	return position < POSITION_TOP ? position % POSITION_SPAN : position;
}

#endif
