#ifndef FRAMING_READ_H
#define FRAMING_READ_H

/*
 * framing_read: reads bytes from a descriptor and cuts them into records by a framing, a batch at a
 * time. A batch is what one read gave: no complete record waits for more bytes, and outputs are
 * flushed before a read that would block.
 *
 * The bytes of an incomplete record move to the beginning of the next read, into a buffer that
 * grows only with such a record.
 *
 * Compressed bytes are no records in framings of text (framing_is_text), nor if the framing is part
 * of the input's name: they are refused, or, if the caller wants that in any framing, decompressed.
 * If the program for that fails, the whole records before that are given out.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "framing/framing.h"
#include "framing/unpack.h"
#include "match/range.h"
#include "record/block.h"
#include "stream/rec_out.h"

struct framing_read {
	int raw;  /* set by the caller: a record stream is read as plain bytes, not refused */
	int idle; /* the same: milliseconds until silence closes an open record; 0: never */
	int nowait;          /* the same: nothing waits; what has not come makes a call return FRAMING_READ_DRY */
	const char *instead; /* the same: what to do if the input is a record stream already; NULL: as rec-split says */
	int decompress;      /* the same: 1: compressed bytes are decompressed by a program (unpack.h) */
	int named;           /* the same: 1: the framing is part of the input's name, and so it is text */
	struct rec_out *out; /* the same: where the batches go; bytes are read into its memory (rec_out_place) */
	int aside;           /* the same: 1: bytes that are not in the framing end no input, see framing_split.aside */

	/*
	 * The batch: found's offsets count from data. Both are valid until the next call, and until
	 * anything else is put to out.
	 */
	char *data;
	struct framing_found found;
	int small; /* 1: the batch is small, because bytes were set aside: better copied than put as a block */

	/*
	 * After -1: an exit status and one line without the program's name; or 0 if nobody wants
	 * the outputs any more.
	 */
	int status;
	struct buf error;
	int apart; /* after -1: 1: a program failed, and other inputs can be read all the same */

	/* One line about the first input that is compressed and read as lines; or empty. */
	struct buf packed;

	/* private */
	const struct framing *framing;
	struct framing_split cutter;
	const char *name;
	int fd, file;
	int gap;             /* bytes between records that stay in place; -1: they are copied, or rows */
	int in_place;        /* 1: records stay in place */
	unsigned char gap_byte;
	size_t mark;         /* bytes of the byte order mark before the header, which the cutter has passed */
	int heading;         /* 1: the header is read: not into the output's memory */
	size_t read;         /* for io_widen_late */
	int begun;           /* the input begins neither as a record stream nor, if that matters, as compressed */
	int text;            /* 1: compressed bytes are refused */
	struct unpack unpacked; /* the program whose bytes are read instead of fd's, if one is */
	int torn;            /* the status of that program's failure, ... */
	struct buf torn_why; /* ... and one line about it */
	int eof, ended;      /* all bytes of the input have been read; have been cut */
	int silent;          /* at the last silence there was nothing to close, and nothing has come since */
	int look;            /* there may be records in the buffer that have not been looked for */
	char *bytes;         /* bytes[start, len) are read and not used */
	size_t start, len, cap, chunk;
	size_t done;         /* bytes of those that the last batch has used */
	char *placed;        /* bytes[start, len) and what was read after them, in the output's memory, or NULL */
	size_t placed_len;
	size_t most;         /* entries of found's arrays */
	size_t wary;         /* not 0: look at no more bytes at once, because some were set aside a moment ago */
	uint64_t record_max;
};

/*
 * Gets ready for inputs in the framing, which is borrowed until framing_read_free. Reads REC_MAX
 * and REC_BLOCK. Returns 0, or -1 with errno.
 */
int framing_read_init(struct framing_read *, const struct framing *);

/*
 * Begins the next input. fd stays the caller's. Record numbers go on. name is for messages, and is
 * borrowed until the next input.
 */
void framing_read_input(struct framing_read *, int fd, const char *name);

/*
 * Ends a program that decompresses the input, if one runs. To be called before the input's
 * descriptor is closed. The struct must not move until then.
 */
void framing_read_leave(struct framing_read *);

/* The next record is called by that number in messages. To be called after framing_read_input. */
void framing_read_number(struct framing_read *, uint64_t record);

/*
 * Reads the first record of an input as its header, before the first batch: appends its bytes as
 * they are, with a byte order mark before it and with what ends it. The framing must leave records
 * in place, or keep rows. Records are numbered without it. Returns 1; 0 if the input has no bytes;
 * or -1 as framing_read_batch does, also if the first record is empty, or larger than a table may
 * be.
 */
int framing_read_header(struct framing_read *, struct buf *header);

/*
 * The rows that follow must be strict (framing_strict), with that number of fields each, or 0 if
 * the first one tells. For one input; to be called after its header.
 */
void framing_read_strict(struct framing_read *, size_t columns);

/*
 * Waits until the input has a byte. Returns 1; 0 if it has none; or -1 as framing_read_batch does.
 */
int framing_read_any(struct framing_read *);

/*
 * Makes a data block of the first count records of the batch, count > 0, that begin at that
 * position, if they stay in place. Returns 1; or 0 if they must be copied. The block borrows the
 * batch.
 */
int framing_read_block(const struct framing_read *, size_t count, uint64_t position, struct block *);

/*
 * Reads the next batch. Returns 1 with at least one record or loss in found, or bytes set aside; 0
 * at the end of the input; -1 if reading should stop, at a fault (of the device, of the framing, a
 * record above REC_MAX), or because nobody wants more. The records before a fault have been given
 * out by then.
 */
int framing_read_batch(struct framing_read *);

/* Bytes that were set aside: bad in found. */
struct framing_bad {
	struct range_view bytes; /* as they stood; they live as long as the batch */
	uint64_t line;           /* in which they begin, from 1 on */
	const char *why;         /* a string, until the next call, as is: */
	const char *message;     /* the reason with the name of the input and the place */
};

/* Returns 0, or -1 with errno ENOMEM. */
int framing_read_bad(struct framing_read *, struct framing_bad *);

/* Sets the view to record i of the batch. */
void framing_read_record(const struct framing_read *, size_t i, struct range_view *);

/*
 * The caller cannot take record i of the batch, nor those after it: the next call of
 * framing_read_batch returns -1, with status 65 and a line that names the record and says why.
 */
void framing_read_refuse(struct framing_read *, size_t i, const char *why);

/*
 * To be asked at the end of all inputs. If one of them is compressed, and its bytes were read as
 * lines as they are, returns a line that says so; else as framing_split_unmatched. It lives until
 * framing_read_free.
 */
const char *framing_read_unmatched(struct framing_read *);

/* With nowait, any of these returns this if there is nothing to read at present. */
enum { FRAMING_READ_DRY = 2 };

void framing_read_free(struct framing_read *);

#endif
