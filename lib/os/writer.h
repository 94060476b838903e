#ifndef WRITER_H
#define WRITER_H

/*
 * writer: bytes under way to a descriptor: an iovec that is written piece by piece, where that is asked without ever waiting.
 * The descriptor's flags stay as they are: O_NONBLOCK would reach every process that shares it.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "os/teepipe.h"

enum { WRITER_PARTS = 5 }; /* a block: header, payload, padding, index, padding */

struct writer {
	int fd;    /* the caller's; not closed here */
	int file;  /* a regular file, which takes everything at once */
	int pipe;  /* a pipe or FIFO */
	int own;   /* the same FIFO opened once more, where that is needed; -1 */
	int parts; /* of what is under way; 0: nothing is */
	struct iovec iov[WRITER_PARTS];
	size_t piece;  /* bytes of one write, at most; 0: no limit */
	uint64_t sent; /* bytes added so far, but what was dropped */
	int widened;   /* the pipe has been made larger, or cannot be */
	int whole;     /* nothing of what is under way has been written */
	int asked;     /* ... but the stock has been asked for it */
	struct teepipe *stock; /* the caller's, shared by the writers of the same blocks; NULL: none */
};

void writer_open(struct writer *, int fd);

/* Adds a part (at most WRITER_PARTS, none of them empty counts), which must stay as it is until it is written. */
void writer_add(struct writer *, const void *bytes, size_t n);

/*
 * One write of what is under way: of a piece of it where that may wait, else of all, as far as it is taken. Returns 1; or 0 where
 * nothing could be taken without waiting (never with wait set); or -1 with errno, EPIPE where the reader has gone. EINTR counts as
 * 1 with nothing written.
 */
int writer_push(struct writer *, int wait);

/*
 * Copies what is left of what is under way to memory, which must stay instead: what it lay in is free then. -1 with errno ENOMEM, and
 * nothing has changed.
 */
int writer_detach(struct writer *, struct buf *memory);

/* Forgets what is under way, and closes what was opened here besides fd: before the caller closes fd. */
void writer_close(struct writer *);

/* Makes a pipe that was widened as small as usual again, if it holds no more than that. */
void writer_narrow(struct writer *);

/* Forgets what is under way. */
void writer_drop(struct writer *);

/* Bytes written so far. */
uint64_t writer_put(const struct writer *);

/* Writes iov now or not at all as far as possible, for a signal's handler: no errors, async-signal-safe. */
void writer_last_words(const struct writer *, const void *bytes, size_t n);

#endif
