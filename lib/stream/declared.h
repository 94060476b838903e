#ifndef DECLARED_H
#define DECLARED_H

/*
 * declared: the table that the records of several streams, or of several segments of one stream,
 * have in common (rec-stream(5), Tables). All that have records declare an equal table, or none
 * does. A segment without records may lack the table; then it declares nothing. A table holds as
 * soon as it has come, even if no record has it: its header may have been written already, and so
 * records without a table are refused from then on. What is refused never depends on when a block
 * comes, only on the order of blocks and, if the streams come together, not even on that.
 */

#include "base/buf.h"
#include "match/table.h"

struct declared { /* { 0 }: nothing has come */
	/*
	 * Set by the caller: 1: the streams come together, one before or after another by chance.
	 * So a table is refused beside records without one even if no record has it. A stream that
	 * has had such records itself declares nothing: declared_table is not called for it then.
	 */
	int together;

	/* to be read */
	struct table *table; /* a share; NULL: none */
	/*
	 * The stream that was first to declare a table, or to have records without one; NULL: the
	 * command itself declares it (rec_out_declare), or nothing has come.
	 */
	const char *from;

	/* private */
	int bare; /* records have come without a table */
};

/*
 * A segment of the stream `from` begins with a table. Returns 1 if that is the table of all records
 * to come; 0 if it was before, or if records without a table came before: then it does not count
 * before its records come; or -1, with the reason appended to why, if it differs. Names of streams
 * are borrowed, and must outlive the struct.
 */
int declared_table(struct declared *, struct table *, const char *from, struct buf *why);

/*
 * The command has refused the table for which declared_table has just returned 1: no output gets
 * it.
 */
void declared_refused(struct declared *);

/*
 * Records of the stream `from` have come, in a segment with that table (NULL: none). Returns 0; or
 * -1, with the reason appended to why, if there is a table and these records have none, or the
 * other way round.
 */
int declared_records(struct declared *, const struct table *, const char *from, struct buf *why);

/* Gives up its share of the table; the struct is { 0 } again. */
void declared_free(struct declared *);

#endif
