#ifndef MESSAGE_H
#define MESSAGE_H

/*
 * message: what rec-queue does with a stream of records and a queue: sends records as messages,
 * receives messages as records, acknowledges them by receipts or by position, and shows them.
 *
 * Each function reports what fails by command_fail.
 */

#include <stdint.h>

#include "command/command.h"
#include "endpoint/endpoint.h"
#include "match/range.h"
#include "queue/queue.h"

/* ---- sending ---- */

struct message_attribute {
	const char *name; /* a string, owned */
	struct range part;
};

struct message_send { /* zeros: the usual */
	struct queue *queue;
	int64_t delay;     /* milliseconds; -1: the queue's */
	int ids;           /* 1: prints the id of each message */
	int whole;         /* 1: nothing is sent before the input has ended well, and then all or nothing */
	int envelope;      /* 1: the records are in envelopes, as message_receive writes them (load) */
	const char *other; /* endpoint of records that are too large, or NULL */
	struct message_attribute *attributes; /* message_attribute adds them */
	size_t count;

	/* private */
	struct endpoint endpoint;
	struct rec_out out;
	uint64_t most; /* bytes of a message */
	uint64_t sent;
	struct buf payload, ends, attribute_bytes, attribute_ends, lines;
	int begun;
};

/* Adds an attribute, NAME=RANGE. Returns 0, or -1 with a line in error. */
int message_attribute(struct message_send *, const char *word, struct buf *error);

/* Sends all records of the input. */
void message_send(struct message_send *, struct rec_in *, struct command_fault *);

/* ---- receiving ---- */

enum message_form {
	MESSAGE_SESSION,  /* the record is the message; a session knows where it is */
	MESSAGE_ENVELOPE, /* a first line: receipt, id, count, time, attributes */
	MESSAGE_JSON,     /* an object */
	MESSAGE_AUTO,     /* the record is the message, which is removed at once */
	MESSAGE_CURSOR    /* the record is the message, which is not taken */
};

enum message_until { MESSAGE_VISIBLE, MESSAGE_EMPTY, MESSAGE_EVER };

struct message_receive {
	struct queue *queue;
	const char *path; /* of the queue */
	enum message_form form;
	const char *name; /* of the session or cursor */
	uint64_t limit;   /* messages, at most */
	int64_t wait;     /* milliseconds for a first message; -1: as the queue says */
	enum message_until until;
	int64_t visibility; /* milliseconds; -1: the queue's */
	int from_now;       /* 1: a new cursor begins after the messages that are there */
	enum queue_sync sync;
};

/*
 * Writes messages to standard output, until there are enough, or no more. *next: the watermark for
 * command_end. Returns the number of messages.
 */
uint64_t message_receive(const struct message_receive *, struct rec_out *, uint64_t *next, struct command_fault *);

/*
 * To be called after the output has ended. A session of which both processes are dead is over. If
 * the one that commits has only just been started, it gets a second to take its lock.
 */
void message_receive_linger(const struct message_receive *, uint64_t received);

/* Writes all messages, in envelopes without receipts, oldest first. */
uint64_t message_dump(struct queue *, struct rec_out *, struct command_fault *);

/* Appends what the queue holds, and its attributes, as lines or as an object of JSON. */
void message_stat(struct queue *, int json, struct buf *out, struct command_fault *);

/* Appends lines about the first messages, harmless to a terminal, or objects of JSON. */
void message_peek(struct queue *, uint64_t limit, int json, struct buf *out, struct command_fault *);

/* ---- messages that were received ---- */

/*
 * Reads receipts, at the beginning of records or as .receipt, and removes the messages, or makes
 * them visible in ms.
 */
void message_finish(struct queue *, enum queue_verdict, int64_t ms, struct rec_in *, struct command_fault *);

/*
 * Acknowledges what a session has received, as far as the lowest watermark of all inputs, and
 * releases the rest in the end.
 */
void message_commit(struct queue *, const char *path, const char *session, struct rec_in *const ins[], size_t count,
    struct command_fault *);

/* ---- what both need ---- */

/*
 * A thread that renews the lease of a session while the process lives. It has the queue open for
 * itself. Begin returns 0, or -1: there is none, and the lease lasts as long as it was given.
 */
struct message_keeper;
struct message_keeper *message_keeper_begin(const char *path, const char *session, int64_t every_ms);
void message_keeper_end(struct message_keeper *);

/* Reports what the queue has failed with. */
void message_failed(struct queue *, int status, struct command_fault *);

#endif
