#ifndef POSITION_H
#define POSITION_H

/*
 * position: what a record's position says about its source. A source numbers its records from 0. A
 * command that deals records to processes, and tells by positions which answers come back, adds a
 * multiple of POSITION_SPAN to each position (distinct.h). So a process that numbers records again
 * from 0 does not give back a position that it was sent; and the source position can still be seen:
 * in a worker on another host, in a pipeline of several commands, in a file that one of them
 * writes.
 *
 * Code that shows a position to a user, or compares it with one that he gave, must use
 * position_source. Positions from POSITION_TOP on were not made by dealing, and are shown as they
 * are.
 */

#include <stdint.h>

#define POSITION_SPAN (UINT64_C(1) << 48)
#define POSITION_TOP (UINT64_C(1) << 63)

/* Returns the position that the record's source gave it. */
static inline uint64_t
position_source(uint64_t position)
{
	return position < POSITION_TOP ? position % POSITION_SPAN : position;
}

#endif
