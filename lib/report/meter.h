#ifndef METER_H
#define METER_H

/*
 * meter: how far a record stream has come and how fast, as a line of text or of JSON. Times are in
 * nanoseconds, of clock_ns. A struct of zeros, but for what the caller sets, is ready;
 * nothing is to be freed.
 */

#include <stdint.h>

#include "base/buf.h"
#include "stream/rec_in.h"

enum meter_total {
	METER_UNKNOWN,
	METER_RECORDS,
	METER_BYTES, /* of records and what is between them */
	METER_STREAM /* bytes of the stream itself, if it comes from a file */
};

struct meter {
	/* set by the caller */
	const char *name; /* NULL: none */
	enum meter_total of;
	uint64_t total;
	int64_t begun;

	/* private */
	uint64_t records, bytes; /* passed on */
	uint64_t offset;         /* bytes of the stream */
	/* private: how far it was at the line before the last one, and at the last */
	struct meter_mark {
		int64_t at;
		uint64_t records, bytes;
	} before, last;
};

/* Counts records [from, to) of a block that was passed on; or the block, if it has no records. */
void meter_passed(struct meter *, const struct block *, uint32_t from, uint32_t to);

/*
 * Appends the present figures: "12,345 records, 1.4 MB, 0:00:12, 41%, 0:00:17 left, 1.02k records/s
 * (mean 1.03k), 118 KB/s (mean 119)"; if `end`, the sum. No name, no newline. The rate is that
 * since the last line, or since the one before it if the last is too recent. Returns 0, or -1 with
 * errno ENOMEM.
 */
int meter_text(struct meter *, const struct rec_in *, int64_t now, int end, struct buf *);

/* The same as one line of JSON, with the name and a newline. */
int meter_json(struct meter *, const struct rec_in *, int64_t now, int end, struct buf *);

#endif
