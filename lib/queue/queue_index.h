#ifndef QUEUE_INDEX_H
#define QUEUE_INDEX_H

/*
 * queue_index: what a queue is like after the last frame of its log, in one piece of memory, which
 * is a mapped file or not: it holds no pointers. It has an entry for each message that is not
 * simply waiting: received, delayed, or released. All others are those from the cursor on, and only
 * their numbers per segment are known. Nothing here reads the log, the clock, or takes locks.
 *
 * Entries are found by number (a table of hashes, open addressing) and are in two of these binary
 * heaps (J. W. J. Williams, 1964): AGED, and the one of their state. Messages of a session have a
 * list instead of the second heap, by position.
 */

#include <stddef.h>
#include <stdint.h>

#include "queue/queue_body.h"

#define QUEUE_NONE UINT32_MAX /* no entry, no place in a heap */

enum queue_heap {
	QUEUE_READY,  /* visible; the lowest number first */
	QUEUE_LEASED, /* received, by no session; by the end of the lease */
	QUEUE_LATER,  /* delayed; by the end of the delay */
	QUEUE_AGED,   /* all; the lowest number, and so the oldest, first */
	QUEUE_HEAPS,
	QUEUE_HELD = QUEUE_HEAPS /* the state of messages that a session has received: no heap */
};

struct queue_entry {
	uint64_t number;
	uint64_t lsn;      /* of the frame that it is in */
	uint64_t random;   /* of the latest receipt */
	int64_t due;       /* LEASED: by the lease clock; LATER: by the age clock */
	int64_t sent;      /* by the age clock */
	int64_t wall;      /* and by the wall clock */
	int64_t first;     /* wall clock of the first receive; 0: none yet */
	uint64_t position; /* HELD: in the session's stream */
	uint32_t at;       /* its place among the frame's messages */
	uint32_t len;      /* bytes */
	uint32_t receives;
	uint32_t visibility;        /* the length of the lease, or of the delay of a nack */
	uint32_t session;           /* HELD: place + 1; else 0 */
	uint32_t state;             /* enum queue_heap */
	uint32_t in_state, in_aged; /* private: places in the heaps */
	uint32_t after, before;     /* private: HELD: neighbours in the list; free: after */
};

struct queue_segment {
	uint64_t number;
	uint64_t base;    /* lsn */
	uint64_t bytes;   /* of the file */
	uint64_t waiting; /* messages in it that were never received and are not delayed */
	uint64_t entries; /* messages in it that have entries */
	uint64_t payload; /* bytes of these */
	uint64_t dead;    /* the lsn at which it had none of both; 0: it has */
	int64_t newest;   /* when its last messages were sent, by the age clock */
};

struct queue_session {
	uint64_t base;  /* of its positions; 0: this place is free */
	uint64_t next;  /* the position that the next message gets */
	int64_t due;    /* by the lease clock */
	uint64_t count; /* messages that it holds */
	uint32_t visibility;
	uint32_t first, last; /* its entries in order of position, or QUEUE_NONE */
	uint32_t zero;
	char name[QUEUE_NAME];
};

struct queue_cursor {
	struct queue_place next;
	uint64_t used; /* 0: this place is free */
	char name[QUEUE_NAME];
};

/* How many of each there is room for. Entries: a power of two. */
struct queue_rooms {
	uint64_t entries, segments, sessions, cursors;
};

/* What a checkpoint begins with, too. */
struct queue_state {
	char magic[8];
	uint64_t bytes; /* of the index */
	struct queue_rooms rooms;
	uint64_t end;      /* lsn after the last frame */
	uint64_t last;     /* lsn of the last frame; 0: none */
	uint64_t last_sum; /* of its head */
	uint64_t next;     /* the number that the next message gets */
	uint64_t dropped;  /* no message has a lower number */
	uint64_t waiting;  /* messages from the cursor on, without delayed ones */
	struct queue_place cursor;
	int64_t age, lease, wall; /* when the last frame was written */
	struct queue_boot boot;
	struct queue_attributes attributes;
	uint64_t table, table_len;        /* lsn of the bytes of the table; 0: there is none */
	uint64_t segments;                /* in order of base */
	uint64_t entries;                 /* in use */
	uint64_t held;                    /* of these, in sessions */
	uint64_t sent, received, removed; /* messages, ever */
	uint64_t lost;                    /* messages that damage has taken, as found by rebuilding */
	uint64_t spares, spare_bytes;     /* files kept for when the disk is full, and the bytes of each */
	int64_t rebuilt;                  /* when the index was last made anew, by the wall clock; 0: never */
	uint64_t why;                     /* enum queue_why: the reason */
	int64_t expiry;                   /* nothing expires before that, by the age clock; 0: not known */
	uint64_t cut;     /* 1: bytes after the end of the log may be those of a frame that does not count */
	uint64_t durable; /* private to queue_begin: the log was on the disk up to this lsn when `clean` was set */
	uint64_t clean;   /* private to queue_begin: a checksum of all else, if nobody has the queue open; or 0 */
	/* private */
	uint64_t heaped[QUEUE_HEAPS];
	uint64_t fresh; /* entries from here on were never used */
	uint32_t free, table_sum;
};

/* Views into the memory. Void after the memory is mapped anew. */
struct queue_index {
	struct queue_state *state;
	struct queue_segment *segments;
	struct queue_session *sessions;
	struct queue_cursor *cursors;
	struct queue_entry *entries;
	/* private */
	uint32_t *hash;
	uint32_t *heap[QUEUE_HEAPS];
};

/* Returns the bytes of an index with these rooms, a multiple of 4096; 0 if that is too much. */
uint64_t queue_index_bytes(const struct queue_rooms *);

/* Makes memory of zeros of that many bytes an empty index, and sets the views. */
void queue_index_format(struct queue_index *, void *memory, const struct queue_rooms *);

/* Sets the views. Returns 1; 0 if memory of that size does not begin as an index does. */
int queue_index_view(struct queue_index *, void *memory, uint64_t bytes);

/* Copies all of an index to an empty one with the same rooms, or larger ones. */
void queue_index_copy(struct queue_index *to, const struct queue_index *from);

/* Returns a checksum of all of the index but `clean`, never 0. */
uint64_t queue_index_sum(const struct queue_index *);

/* Returns the entry of a message, or NULL. */
struct queue_entry *queue_index_find(const struct queue_index *, uint64_t number);

/*
 * Adds an entry for a message that has none, in a state other than HELD; `due` is set. There must
 * be room: fewer than rooms.entries are in use.
 */
struct queue_entry *
queue_index_add(struct queue_index *, uint64_t number, int64_t sent, enum queue_heap state, int64_t due);

/*
 * Gives an entry another state, or the same one with another `due`. HELD: session and position are
 * used.
 */
void queue_index_set(struct queue_index *, struct queue_entry *, enum queue_heap state, int64_t due, uint32_t session,
    uint64_t position);

/* The `due` of entries of that state were changed: puts its heap in order again. */
void queue_index_reorder(struct queue_index *, enum queue_heap);

/* The entry is free afterwards. */
void queue_index_remove(struct queue_index *, struct queue_entry *);

/* Returns the first entry of a heap, or NULL. */
struct queue_entry *queue_index_first(const struct queue_index *, enum queue_heap);

/* Returns the first entry of a session, that with the lowest position, or NULL. */
struct queue_entry *queue_index_held(const struct queue_index *, uint32_t session);

/*
 * Returns the segment that has the byte, or NULL. The second: the first segment at or after it, or
 * NULL.
 */
struct queue_segment *queue_index_segment(const struct queue_index *, uint64_t lsn);
struct queue_segment *queue_index_segment_from(const struct queue_index *, uint64_t lsn);

/* Returns the place of the session or cursor of that name, or QUEUE_NONE. */
uint32_t queue_index_session(const struct queue_index *, const char *name);
uint32_t queue_index_cursor(const struct queue_index *, const char *name);

/*
 * Ends the leases, delays and sessions whose time has come by the two clocks. Returns the number of
 * messages that became visible.
 */
uint64_t queue_index_due(struct queue_index *, int64_t lease, int64_t age);

/* All messages of a session become visible. Returns their number. */
uint64_t queue_index_release(struct queue_index *, uint32_t session);

/* Counts a message of an entry as one of its segment, or not any more (add 1 or -1). */
void queue_index_count(struct queue_index *, const struct queue_entry *, int add);

/* n messages of the segment are no longer waiting. */
void queue_index_taken(struct queue_index *, struct queue_segment *, uint64_t n);

#endif
