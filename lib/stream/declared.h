#ifndef DECLARED_H
#define DECLARED_H

/*
 * declared: the table that the records of several streams, or of several segments of one stream,
 * have in common (rec-stream(5), Tables). All that have records declare an equal table, or none
 * does. A segment without records may lack the table; then it declares nothing.
 */

#include "base/buf.h"
#include "match/table.h"

struct declared { /* { 0 }: nothing has come */
	struct table *table; /* to be read: a share; NULL: none */
	/* private */
	int rows;            /* records have come that have it */
	int bare;            /* records have come without a table */
	/*
	 * The stream that was first to declare a table, or to have records without one; NULL: the
	 * command itself declares it (rec_out_declare).
	 */
	const char *from;
};

/*
 * A segment of the stream `from` begins with a table. Returns 1 if that is the table of the records
 * from now on; 0 if it was before, or if it does not count before its records come; or -1, with the
 * reason appended to why, if it differs. from is borrowed, and must outlive the struct.
 */
int declared_table(struct declared *, struct table *, const char *from, struct buf *why);

/*
 * Records of the stream `from` have come, in a segment with that table (NULL: none). Returns 0; 1
 * if from now on there is no table, because the one before had no records; or -1, with the reason
 * appended to why, if other records have a table and these have none, or the other way round.
 */
int declared_records(struct declared *, const struct table *, const char *from, struct buf *why);

/* Gives up its share of the table; the struct is as new. */
void declared_free(struct declared *);

#endif
