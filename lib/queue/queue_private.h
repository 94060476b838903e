#ifndef QUEUE_PRIVATE_H
#define QUEUE_PRIVATE_H

/*
 * queue_private: what the files of the room queue share. Functions that report return 0, or an
 * exit status with a line in q->error.
 *
 *   queue.c          open, close, attributes
 *   queue_create.c   a directory is made, and removed
 *   queue_begin.c    the lock and the index: mapped, trusted, grown
 *   queue_rebuild.c  the index made anew from the log
 *   queue_append.c   a frame at the end of the log, and the next segment
 *   queue_sync.c     what is written gets to the disk, for all processes at once
 *   queue_send.c, queue_receive.c, queue_done.c (ack, nack, extend)
 *   queue_session.c, queue_cursor.c
 *   queue_walk.c     the messages that wait, one after another
 *   queue_wait.c     sleeping until something is visible
 *   queue_report.c   what it holds; all of the log checked
 */

#include "base/siphash.h"
#include "queue/queue.h"
#include "queue/queue_apply.h"
#include "queue/queue_checkpoint.h"
#include "queue/queue_clock.h"
#include "queue/queue_control.h"
#include "queue/queue_log.h"

#define QUEUE_MIB (UINT64_C(1) << 20)

enum {
	QUEUE_SEGMENT_LEAST = 1 << 20,
	QUEUE_SEGMENT_MOST = 64 << 20,
	QUEUE_FRAME_MOST = 256 * 1024 /* bytes of the messages of a usual frame: what the reader has in its window */
};

enum queue_why {
	QUEUE_WHY_NONE,
	QUEUE_WHY_NEW,
	QUEUE_WHY_MISSING,
	QUEUE_WHY_UNCLEAN,
	QUEUE_WHY_DIED,
	QUEUE_WHY_DISK,
	QUEUE_WHY_ASKED
};

/* What a frame that was written waits for. */
struct queue_ticket {
	uint64_t end;
	uint32_t epoch;
	uint64_t segment;
};

/* A message that was received or read. */
struct queue_item {
	uint64_t number, lsn, position, random;
	uint64_t segment, base, bytes; /* of the segment that it is in */
	int64_t wall, first;
	uint32_t at, len, receives;
	uint32_t state; /* enum queue_heap, or QUEUE_HEAPS + 1: it waits */
};

struct queue {
	int dir;
	char *path;
	struct buf error;
	unsigned mode;          /* of files */
	struct siphash_key key; /* of receipts and ids, from the queue's id */
	struct queue_control control;
	struct queue_log log;
	enum queue_sync sync;
	int booted; /* 1: the clocks are known to be those of this boot */
	int locked;
	int sound;                /* 1: who has the lock has made sure that the index is right */
	int lazy;                 /* queue_lazy */
	struct queue_ticket sent; /* what queue_flush waits for */

	/* the index */
	void *memory;
	uint64_t bytes;
	int index; /* its file; -1: not open */
	uint32_t generation;
	struct queue_index x;

	struct buf scratch; /* of bodies */
	struct buf checkpoint;
	int compacting;

	/* the frame that messages were read from last, checked */
	char *frame;
	size_t frame_room;
	uint64_t frame_lsn, frame_lead;
	uint32_t frame_epoch;

	/* the frame that queue_walk was in last, checked */
	struct queue_frame walked;
	struct queue_messages walked_body;
	uint32_t walked_epoch;
	struct buf large; /* a message that is not in its frame */

	struct queue_item *items; /* what was received */
	size_t item_count, item_room;
	uint64_t visible; /* after the last receive */
	struct queue_place read_next; /* a cursor's, after these */
	uint32_t reading;             /* its place */
	int cursor;                   /* 1: a cursor is open */

	int receives, commits; /* 1: this process holds that lock of the session */
	uint32_t session;      /* its place */
	uint64_t base;         /* of the run that this process receives */

	uint32_t seen;           /* words.events, when it was last looked whether something is visible */
	struct queue_bell *bell; /* queue_wait.c: rings when that changes */

	struct buf table; /* the table's bytes, as of table_at */
	uint64_t table_at;
};

/* ---- queue.c ---- */

/* Makes the struct, without opening anything. Returns NULL with errno ENOMEM. */
struct queue *queue_new(const char *path, enum queue_sync);
void queue_free(struct queue *);

/* Refuses a file system of a network, and a processor with other integers, by an exit status. */
int queue_refuse_place(struct queue *);

/* What the file `queue` holds: the version and the id. */
#define QUEUE_LINES "rec queue %u\nid %s\ncompatible 0\nread-only 0\nincompatible 0\n"

/* Adds a line to q->error, after the queue's path, instead of what is there. Returns the status. */
int queue_fail(struct queue *, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for errno: ENOSPC is EX_IOERR, no memory EX_OSERR. what: "receive", or NULL. */
int queue_fail_errno(struct queue *, const char *what);

/* ---- queue_begin.c ---- */

/*
 * Takes the queue's lock, and makes sure that the index is right: of the newest generation, and
 * whole. Leases and delays that are over have ended, and messages that
 * have expired are gone. Sets *now. queue_unlock must follow if it returns 0.
 */
int queue_lock(struct queue *, struct queue_times *now);
void queue_unlock(struct queue *);

/*
 * With the lock: a new file of the index, a copy of `from` with these rooms, takes the place of the
 * old one. Returns 0, or -1 with errno; then the old one is still mapped.
 */
int queue_index_replace(struct queue *, const struct queue_index *from, const struct queue_rooms *);

/* Returns the room, doubled until it is at least `least`. */
uint64_t queue_room_grown(uint64_t room, uint64_t least);

/* ---- queue_rebuild.c ---- */

/* With the lock: makes the index anew from the log. */
int queue_rebuild(struct queue *, enum queue_why);

/* The same, but nothing from that lsn on counts. */
int queue_back(struct queue *, uint64_t lsn);

#define QUEUE_FIRST_ROOMS                                                   \
	{                                                                   \
		.entries = 64, .segments = 16, .sessions = 16, .cursors = 4 \
	}

/* With the lock: makes room for n more entries, and what else the rooms ask for. */
int queue_room(struct queue *, struct queue_rooms least);

/* With the lock, by the first process: maps the index if it can be trusted, else makes it anew. */
int queue_first(struct queue *);

/* With the lock, by the last process: marks the index as whole. */
void queue_last(struct queue *);

/* ---- queue_append.c ---- */

/*
 * With the lock: writes a frame, and applies it. lead: the body, or of MESSAGES and COPY the
 * beginning of it up to the payload; rest: the other parts, which may be empty. sum: the checksum
 * of the whole body. spare: 1: it may use what is kept for a full disk.
 */
struct queue_part {
	const void *data;
	size_t len;
};

int queue_append(struct queue *, const struct queue_times *, enum queue_kind, int flags, const struct queue_part *lead,
    const struct queue_part rest[2], uint32_t sum, int spare);

/* The same for a body in one piece, which may use what is kept for a full disk. */
int queue_append_body(struct queue *, const struct queue_times *, enum queue_kind, const void *body, size_t len);

/* With the lock: makes sure that so many bytes of frames fit in the last segment, or begins one. */
int queue_append_room(struct queue *, const struct queue_times *, uint64_t bytes, int spare);

/*
 * With the lock: room for the bytes of a large message, which are written without the lock. *lsn:
 * where they go. `more`: the bytes of the frame that will follow in the same segment.
 */
int queue_append_large(struct queue *, const struct queue_times *, uint64_t bytes, uint64_t more, uint64_t *lsn);

/* With the lock: begins a new segment now. bytes: that it must have room for. */
int queue_append_switch(struct queue *, const struct queue_times *, uint64_t bytes, int spare);

/*
 * With the lock: makes sure that there is room for n more entries, and that the queue can be
 * emptied then, even if the disk is full. Entries returns for how many there is, n or fewer.
 */
int queue_append_reserve(struct queue *, uint64_t n);
uint64_t queue_append_entries(struct queue *, uint64_t n);

/* ---- queue_sync.c ---- */

/*
 * The last segment's sync has failed with errno, and the lock is held: the log goes back to what is
 * on the disk. Returns EX_IOERR. queue_poison is the same without the lock, for what a ticket
 * waits for.
 */
int queue_sync_failed(struct queue *, const struct queue_times *);
int queue_poison(struct queue *, const struct queue_ticket *);

/* With the lock: the ticket for all that has been written. */
struct queue_ticket queue_ticket(const struct queue *);

/* Without the lock: waits until it is on the disk. EX_IOERR: it is not, and has not happened. */
int queue_wait_disk(struct queue *, const struct queue_ticket *);

/* ---- queue_walk.c ---- */

struct queue_message_place {
	uint64_t number, lsn, at;
	uint32_t len;
	int64_t sent, wall;
};

/*
 * With the lock: moves the place to the next message that is there: at the place itself, or after
 * it; with `all`, delayed ones too. Sets *m. Returns 1, or 0 if there is none before the end; or -1
 * with errno. What is damaged is passed over.
 */
int queue_walk(struct queue *, struct queue_place *, int all, struct queue_message_place *m);

/* With the lock: drops what has expired. */
int queue_expire(struct queue *, const struct queue_times *);

/*
 * With the lock, after damage: counts anew what waits. Returns the number, or UINT64_MAX with
 * errno.
 */
uint64_t queue_recount(struct queue *);

/* Returns the segment's end: where the next one begins, or the end of the log. */
uint64_t queue_segment_end(const struct queue *, const struct queue_segment *);

/* ---- queue_message.c ---- */

/* Adds an item. Returns 0, or -1 with errno ENOMEM. */
int queue_item_add(struct queue *, const struct queue_item *);

/*
 * Reads the bytes of a message, and checks them: views that are valid until the next call. Returns
 * 1; 0 if they are damaged or gone; -1 with errno.
 */
struct queue_bytes {
	const char *data, *attributes;
	size_t len, attributes_len;
};
int queue_bytes_get(struct queue *, const struct queue_segment *, uint64_t lsn, uint64_t at, struct queue_bytes *);

/* With the lock: the table's bytes, or len 0. */
int queue_table_read(struct queue *, const char **bytes, size_t *len);

/* ---- queue_compact.c ---- */

/*
 * With the lock: copies messages of nearly empty segments forward, if the log is much larger than
 * what lives.
 */
int queue_compact(struct queue *, const struct queue_times *);

/* ---- queue_done.c ---- */

/* A body of runs in q->scratch. Begin and add return 0, or -1 with errno; write an exit status. */
int queue_run_begin(struct queue *);
int queue_run_add(struct queue *, uint64_t number);
int queue_run_write(struct queue *, const struct queue_times *, enum queue_kind, int64_t due, uint32_t visibility);

/* ---- queue_session.c ---- */

/*
 * With the lock: ends the sessions of which both processes are dead. *n: the messages that became
 * visible.
 */
int queue_session_sweep(struct queue *, const struct queue_times *, uint64_t *n);

/* With the lock: renews the session's lease if a third of it is over. */
int queue_session_keep(struct queue *, const struct queue_times *, uint32_t place);

/* Gives back the locks of the session. */
void queue_session_give(struct queue *);

/* ---- queue_wait.c ---- */

void queue_wait_free(struct queue *);

/*
 * With the lock: n messages became visible, or something else happened that all may want to know.
 */
void queue_event(struct queue *, uint64_t n);
void queue_event_all(struct queue *);

/* With the lock: something ends in `ms`: wakes the watchman if he sleeps longer. */
void queue_event_in(struct queue *, int64_t ms);

/* ---- queue.c ---- */

/* The 8 bytes that prove a receipt. */
uint64_t queue_proof(const struct queue *, uint64_t number, uint64_t random);

#endif
