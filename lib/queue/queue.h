#ifndef QUEUE_H
#define QUEUE_H

/*
 * queue: a durable queue in a directory, used by any number of processes at once, without a server
 * (rec-queue(1), rec-queue-format(5)). The semantics are those of a standard queue of Amazon SQS.
 *
 * A queue is its log: numbered segments of frames, written once. The index, a mapped file, is what
 * the log comes to; it can always be made anew. All changes are made under one lock, whose owner's
 * death frees it. What was changed counts once it is on the disk; a process waits for that without
 * the lock, and one of those that wait syncs for all.
 *
 * Functions that report return 0, or an exit status (base/status.h) with one line in the error
 * buffer; errors name the queue. Not for several threads: each opens the queue for itself.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "queue/queue_body.h"

struct queue;

/* How far a change has got when the function that makes it returns. */
enum queue_sync {
	QUEUE_SYNC_BATCH, /* on the disk, with the whole batch */
	QUEUE_SYNC_EACH,  /* the same, message by message */
	QUEUE_SYNC_NONE   /* with the kernel: a crash of the machine may undo it */
};

enum { QUEUE_RECEIPT = 48, QUEUE_ID = 36 }; /* characters of a receipt, of the id of a message */

#define QUEUE_RETENTION_MOST (UINT64_C(14) * 86400 * 1000)
#define QUEUE_VISIBILITY_MOST (UINT64_C(12) * 3600 * 1000)
#define QUEUE_DELAY_MOST (UINT64_C(15) * 60 * 1000)

/* SQS's defaults. */
void queue_defaults(struct queue_attributes *);

/*
 * Makes a queue. group: a group's id, or -1 for a queue of this user alone. If there is a queue
 * already, that is no error, and *made is 0, if it has those of the attributes for which `which`
 * has the bit of the member's place (1: the first).
 */
int queue_create(const char *path, const struct queue_attributes *, unsigned which, long group, int *made,
    struct buf *error);

/* Opens a queue, or fails: EX_NOINPUT if there is none. *q is NULL then. */
int queue_open(struct queue **, const char *path, enum queue_sync, struct buf *error);

/* Closes it. NULL is ignored. */
void queue_close(struct queue *);

/* Removes the queue with all that is in it. Processes that have it open end with EX_UNAVAILABLE. */
int queue_remove(const char *path, struct buf *error);

/* The line after a function has failed; valid until the next call. */
const char *queue_error(struct queue *);

/*
 * Get the attributes, and set those for which `which` has the bit of the member's place (1: the
 * first).
 */
int queue_attributes_get(struct queue *, struct queue_attributes *);
int queue_attributes_set(struct queue *, const struct queue_attributes *, unsigned which);

/*
 * Returns the bytes of the table that all messages have, valid until the next call, or len 0:
 * none. Set fails if there are messages, and the table is another one: EX_DATAERR.
 */
int queue_table_get(struct queue *, const char **bytes, size_t *len);
int queue_table_set(struct queue *, const char *bytes, size_t len);

/* ---- sending ---- */

/* Messages: ends and gaps as in a block of a record stream, attributes as in queue_body.h. */
struct queue_batch {
	const char *payload;
	const uint32_t *ends;
	uint32_t count;
	uint8_t gap, gap_byte;
	const char *attributes; /* NULL: none has any */
	const uint32_t *attribute_ends;
};

/*
 * Sends messages, count > 0. delay: milliseconds, or -1 for the queue's. numbers: NULL, or room for
 * the number of each. If it fails, *sent of them, the first ones, are sent; sent may be NULL.
 */
int queue_send(struct queue *, const struct queue_batch *, int64_t delay, uint64_t *numbers, uint32_t *sent);

/* Writes the id of the message with that number, a UUID (RFC 9562, version 8), as a string. */
void queue_id_text(const struct queue *, uint64_t number, char id[QUEUE_ID + 1]);

/*
 * The same for many batches that count all together or not at all, however the process ends. Their
 * numbers follow *first.
 */
int queue_send_all(struct queue *, const struct queue_batch *, size_t n, int64_t delay, uint64_t *first);

/* Waits until all that was sent is on the disk: sends only begin that, if `lazy` is set. */
int queue_flush(struct queue *);
void queue_lazy(struct queue *, int lazy);

/* ---- receiving ---- */

struct queue_message {
	const char *data; /* valid until the next call */
	size_t len;
	const char *attributes; /* pairs of strings */
	size_t attributes_len;
	uint64_t number;
	uint64_t position; /* in a session, else 0 */
	uint32_t receives;
	int64_t sent, first; /* milliseconds since 1970 */
	char receipt[QUEUE_RECEIPT + 1], id[QUEUE_ID + 1];
};

struct queue_want {
	uint64_t count;      /* messages, at most */
	uint64_t bytes;      /* and about so many bytes; at least one message */
	int64_t visibility;  /* milliseconds; -1: the queue's */
	int done;            /* 1: they are removed at once */
	const char *session; /* NULL: none */
};

/*
 * Receives messages that are visible. *count: of those that were received; 0: none is visible, or
 * too many are in flight, and *full is 1 then. What was received counts, durably, when it returns.
 * queue_message gives them, i from 0. A message whose bytes are damaged has data NULL.
 */
int queue_receive(struct queue *, const struct queue_want *, size_t *count, int *full);
int queue_message(struct queue *, size_t i, struct queue_message *);

/* Returns the number of messages that were visible after the last queue_receive. */
uint64_t queue_visible(const struct queue *);

/*
 * After queue_receive has found nothing: waits until something may be visible, for at most ms
 * milliseconds (-1: as long as it takes). await: NULL; or a function that waits until fd can be
 * read, at most ms milliseconds (-1: no limit), and returns 1 if so, 0 if the time is over, -1 to
 * give up. Returns 0 with *may: 1 if something may be visible, 0 if the time is over, -1 if await
 * gave up.
 */
int queue_wait(struct queue *, int64_t ms, int (*await)(int fd, int ms, void *arg), void *arg, int *may);

/* ---- messages that were received ---- */

enum queue_verdict { QUEUE_DONE, QUEUE_AGAIN }; /* removed; visible again after a time */

/*
 * Removes messages, or makes them visible again `ms` from now, 0: at once. receipts[i] is a
 * receipt's text. wrong[i] becomes 1 if it is none of this queue, else 0. *left: those that others
 * have received since, or that are gone; they are left alone.
 */
int queue_finish(struct queue *, enum queue_verdict, int64_t ms, char (*receipts)[QUEUE_RECEIPT], size_t count,
    unsigned char *wrong, uint64_t *left);

/* ---- sessions ---- */

/*
 * Begins a session for receiving: takes its lock (EX_TEMPFAIL: another process receives by that
 * name), releases what an earlier run of it held, and gives it new positions. *base: the first.
 */
int queue_session_receive(struct queue *, const char *name, int64_t visibility, uint64_t *base);

/* Takes the lock for committing, and makes the session if there is none. */
int queue_session_commit(struct queue *, const char *name);

/* Returns 1 if a process has the lock for committing, else 0. */
int queue_session_commits(const struct queue *, const char *name);

/* Returns 1 if the run of the session that this process receives has not been ended, else 0. */
int queue_session_lives(struct queue *);

/* Returns the range of positions that the session has given, from *base to before *next. */
int queue_session_range(struct queue *, const char *name, uint64_t *base, uint64_t *next);

/*
 * Removes what the session holds with positions below `below`. base: that of the run. *left: the
 * messages with such positions that others have received since. EX_DATAERR: it is another run.
 */
int queue_session_done(struct queue *, const char *name, uint64_t base, uint64_t below, uint64_t *done);

/* Renews the session's lease if a third of it is over. To be called while the process lives. */
int queue_session_renew(struct queue *, const char *name);

/* Ends it: all that it holds is visible at once. base: only if it is that run. */
int queue_session_end(struct queue *, const char *name, uint64_t base);

/* ---- cursors ---- */

/*
 * Opens the cursor of that name, or makes it, at the first message or, with `now`, after the last
 * one; and takes its lock. Next gives messages as queue_receive does, and takes none. Moved: they
 * were delivered, and the cursor passes them, durably.
 */
int queue_cursor_open(struct queue *, const char *name, int now);
int queue_cursor_next(struct queue *, size_t most, uint64_t bytes, size_t *count);
int queue_cursor_moved(struct queue *);

/* Forgets the cursor of that name. */
int queue_cursor_remove(struct queue *, const char *name);

/* ---- reports ---- */

struct queue_lease {
	char holder[QUEUE_NAME]; /* the session's name; empty: none */
	uint64_t count;
	int64_t left; /* milliseconds until the first of them ends */
};

struct queue_stat {
	uint64_t visible, in_flight, delayed;
	int64_t oldest;           /* milliseconds since the oldest message was sent; -1: there is none */
	uint64_t bytes, segments; /* of the directory's files, allocated */
	uint64_t sent, received, removed, lost;
	uint64_t pinning;           /* messages in segments that hold the fewest, and keep them */
	uint64_t pinned;            /* bytes of these segments */
	char pinned_by[QUEUE_NAME]; /* a cursor that keeps segments; empty: none */
	int64_t rebuilt;            /* when the index was last made anew; 0: never */
	const char *why;
	uint64_t processes; /* others that have it open */
	int volatile_disk;  /* 1: the file system is in memory, and nothing survives a reboot */
	struct queue_attributes attributes;
	struct queue_lease *leases; /* lease_count; free() them */
	size_t lease_count;
};

int queue_stat(struct queue *, struct queue_stat *);

/* Removes all messages. *count: how many there were. */
int queue_purge(struct queue *, uint64_t *count);

/*
 * The messages from the oldest on, without receiving any: as queue_cursor_next, but with delayed
 * ones, and those in flight. *state of each: "visible", "in flight", "delayed". place: { 0 } at
 * first.
 */
int queue_peek(struct queue *, struct queue_place *, size_t most, uint64_t bytes, size_t *count);
const char *queue_peek_state(struct queue *, size_t i);

/*
 * Reads the whole log, and appends a line for each thing that is wrong. repair: makes the index
 * anew, and gives up what cannot be read. *wrong: the number of lines.
 */
int queue_check(struct queue *, int repair, struct buf *report, uint64_t *wrong);

#endif
