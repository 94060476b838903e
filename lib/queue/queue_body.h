#ifndef QUEUE_BODY_H
#define QUEUE_BODY_H

/*
 * queue_body: what is in the frames of a queue's log (rec-queue-format(5)), as structs that lie
 * alike on all machines: members of 8 bytes come first, and sizes are multiples of 8.
 */

#include <assert.h>
#include <stdint.h>

enum {
	QUEUE_NAME = 128, /* bytes of the name of a session or a cursor, with its NUL */
	QUEUE_NOBODY = 0  /* no session; else the session's place + 1 */
};

/* What a queue is told to be (rec-queue(1)). Times are milliseconds; 0 retention: for ever. */
struct queue_attributes {
	uint64_t visibility; /* of a receive that does not say it */
	uint64_t delay;      /* of a message that does not say it */
	uint64_t retention;
	uint64_t message_max; /* bytes of a message and its attributes */
	uint64_t in_flight;   /* messages, at most */
	uint64_t wait;        /* of a receive that does not say it */
	uint64_t created;     /* wall clock */
	uint64_t changed;
	uint64_t spare[8]; /* zeros */
};

/*
 * QUEUE_MESSAGES: this; `count` ends, as in a block of a record stream; if `attributes` is not 0,
 * `count` ends of the messages' attributes; zeros up to a multiple of 8; the payload, and the
 * attributes of all messages. A message's attributes are pairs of texts, each with a NUL after it.
 *
 * QUEUE_COPY: the same, and `count` numbers of struct queue_old right after the padding.
 */
struct queue_messages {
	uint64_t payload;    /* bytes, with gaps */
	uint64_t attributes; /* bytes */
	int64_t due;         /* visible from then on, by the age clock; 0: at once */
	uint64_t large;      /* not 0: the payload is not here, but in the body of that QUEUE_LARGE */
	uint32_t count;
	uint8_t gap, gap_byte;
	uint16_t zero;
	uint32_t large_sum; /* CRC-32C of that payload */
	uint32_t zeros;
};

/* One message of QUEUE_RECEIVE. */
struct queue_taken {
	uint64_t number;
	uint64_t lsn;    /* of the frame that it is in */
	uint64_t random; /* of the receipt */
	int64_t sent;    /* by the age clock */
	int64_t wall;    /* and by the wall clock */
	uint32_t at;     /* its place among the frame's messages */
	uint32_t len;    /* bytes, without attributes */
};

/* A place among the messages that were never received: the next one is message `at` of a frame. */
struct queue_place {
	uint64_t number; /* of that message; if there is none yet, of the one that will be there */
	uint64_t lsn;
	uint64_t at;
};

/* QUEUE_RECEIVE: this, and `count` struct queue_taken. */
struct queue_receive {
	struct queue_place cursor; /* after the receive */
	int64_t due;               /* by the lease clock; visible again from then on */
	uint64_t position;         /* session: of the first message */
	uint32_t visibility;
	uint32_t session; /* place + 1; QUEUE_NOBODY: none */
	uint32_t count;
	uint32_t done; /* 1: received and removed at once */
};

/* A run of messages with adjacent numbers. */
struct queue_run {
	uint64_t first, count;
};

/*
 * QUEUE_REMOVE and QUEUE_VISIBILITY: this, and the runs. Messages that are not there do not
 * matter.
 */
struct queue_runs {
	int64_t due; /* VISIBILITY: by the lease clock; 0: at once */
	uint32_t visibility;
	uint32_t count;
};

struct queue_drop {
	uint64_t below;            /* messages with a lower number are gone */
	int64_t until;             /* and those with entries that were sent then or before, by the age clock */
	struct queue_place cursor; /* after that */
	uint64_t left;             /* messages in the cursor's segment that were never received */
};

enum queue_session_do { QUEUE_OPEN = 1, QUEUE_RENEW, QUEUE_CLOSE };

/* QUEUE_SESSION. */
struct queue_session_body {
	uint64_t base; /* of its positions */
	int64_t due;   /* by the lease clock: its messages are visible again from then on */
	uint32_t place;
	uint32_t verb; /* enum queue_session_do */
	uint32_t visibility;
	uint32_t zero;
	char name[QUEUE_NAME];
};

/* QUEUE_CURSOR. */
struct queue_cursor_body {
	struct queue_place next;
	uint32_t place;
	uint32_t verb; /* QUEUE_OPEN, QUEUE_RENEW: it has moved, QUEUE_CLOSE */
	char name[QUEUE_NAME];
};

/* QUEUE_BOOT: what is added to the system's clocks. */
struct queue_boot {
	char id[16];
	int64_t age, lease;
};

static_assert(sizeof(struct queue_attributes) == 128, "layout");
static_assert(sizeof(struct queue_messages) == 48, "layout");
static_assert(sizeof(struct queue_taken) == 48, "layout");
static_assert(sizeof(struct queue_receive) == 56, "layout");
static_assert(sizeof(struct queue_runs) == 16, "layout");
static_assert(sizeof(struct queue_drop) == 48, "layout");
static_assert(sizeof(struct queue_session_body) == 32 + QUEUE_NAME, "layout");
static_assert(sizeof(struct queue_cursor_body) == 32 + QUEUE_NAME, "layout");
static_assert(sizeof(struct queue_boot) == 32, "layout");

#endif
