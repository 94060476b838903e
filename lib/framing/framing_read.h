#ifndef FRAMING_READ_H
#define FRAMING_READ_H

/*
 * framing_read: bytes read from a descriptor and cut into records by a framing, a batch at a time. A batch is what one read gave: no
 * record that is complete waits for more bytes, and outputs are flushed before a read that would block.
 * The bytes of a record that is not complete move to the front of the next read, into a buffer that grows only with such a record.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "framing/framing.h"
#include "stream/rec_out.h"

struct framing_read {
	int raw;  /* set by the caller: a record stream is taken as plain bytes too, not refused */
	int idle; /* the same: milliseconds of silence after which an open record is closed (framing_split_idle); 0: never */
	struct rec_out *out; /* the same: where the batches go; read straight into its memory, where it has some (rec_out_place) */

	/* The batch: found's offsets count from data. Valid until the next call, and until anything else is put to out. */
	char *data;
	struct framing_found found;

	/* After -1: an exit status and one line without the program's name; or 0, where nobody wants the outputs any more. */
	int status;
	struct buf error;

	/* private */
	const struct framing *framing;
	struct framing_split cutter;
	const char *name;
	int fd, file, gap;
	size_t read;         /* for io_widen_late */
	int begun;           /* the input's first bytes are no record stream's */
	int eof, ended;      /* all bytes of the input have been read; have been cut */
	int silent;          /* nothing was there to be closed when silence was told last, and nothing has come since */
	int look;            /* there may be records in the buffer that have not been looked for */
	char *bytes;         /* bytes[start, len) are read and not used */
	size_t start, len, cap, chunk;
	size_t done;         /* bytes of those that the batch given out last has used */
	char *placed;        /* bytes[start, len) and what has been read behind them, in the output's memory; NULL: not there */
	size_t placed_len;
	size_t most;         /* entries of found's arrays */
	uint64_t record_max;
};

/* Makes ready for inputs in the framing (borrowed). Reads REC_MAX and REC_BLOCK. 0, or -1 with errno. */
int framing_read_init(struct framing_read *, const struct framing *);

/* Begins the next input; fd stays the caller's. Records are numbered on. name is for messages, borrowed. */
void framing_read_input(struct framing_read *, int fd, const char *name);

/*
 * The next batch: 1 with at least one record or loss in found. 0 at the end of the input. -1 where reading should stop: a fault (of
 * the device, of the framing, a record above REC_MAX), or nobody wants more. The records before a fault have then been given out.
 */
int framing_read_batch(struct framing_read *);

void framing_read_free(struct framing_read *);

#endif
