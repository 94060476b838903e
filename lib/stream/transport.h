#ifndef TRANSPORT_H
#define TRANSPORT_H

/*
 * transport: how the blocks of a stream travel: through a pipe, a socket or a file (rec_in_pipe,
 * rec_out_pipe), through a ring that two ends of a pipe have agreed on (rec_in_hop, rec_out_hop),
 * or through a named ring (rec_in_shm, rec_out_shm). rec_in and rec_out know no kind of transport
 * by its name: they ask one of these tables, `via`. A transport may put another one in its place
 * between two blocks, as a pipe and a hop do. What it must remember lies in `port`, which is its
 * own. Functions that are marked optional may be NULL. A new transport is a file rec_in_X.c or
 * rec_out_X.c with its table, and a function that opens an input or output with it (rec_in_open_by,
 * rec_out_open_by). rec_in_private.h and rec_out_private.h have what such a file needs.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "record/block.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

struct rec_group;

struct transport_in {
	/*
	 * Receives the next block of any kind, and checks what block.h can check of a single block.
	 * Returns 1 with the block, which stays valid until the next call; or 0 if the input has
	 * ended (the function has called rec_in_finish), or if in->nowait is set and no block has
	 * come (the function has set in->dry). If in->nowait is not set, the function waits by
	 * rec_out_await, or flushes and serves all outputs before it sleeps. rec_in_receive does
	 * all of that for a transport of bytes, which then needs `read`.
	 */
	int (*next)(struct rec_in *, struct block *);

	/*
	 * Optional, for rec_in_receive: reads up to n bytes. Returns their number, 0 at the end, or
	 * -1 with errno: EAGAIN if in->nowait is set and nothing has come, ECANCELED if
	 * rec_out_stop is or came true.
	 */
	ssize_t (*read)(struct rec_in *, void *to, size_t n);

	/*
	 * Optional. Returns the kind of the block that comes next, which stays to be received,
	 * after a wait for it; or 0 if that cannot be found out, there is none, or it has records.
	 */
	int (*peek)(struct rec_in *);

	/*
	 * Before a sleep, after `next` has set dry. Returns 1 with two descriptors to poll (fd -1:
	 * none), or 0 if `next` should be called at once.
	 */
	int (*sleeps)(struct rec_in *, struct pollfd p[2]);

	/* Optional. A good end mark has come: the blocks that follow may be another writer's. */
	void (*segment)(struct rec_in *);

	/*
	 * Optional. The input has ended: its writer must not wait any more for this side to take
	 * something. May be called more than once.
	 */
	void (*leave)(struct rec_in *);

	/* Closes what the input has opened. Called once, after `leave`. */
	void (*close)(struct rec_in *);

	/*
	 * Optional. Returns 1 if no writer has come yet, and the stream exists only while it is
	 * used; else 0.
	 */
	int (*unmet)(const struct rec_in *);
};

struct transport_out {
	/*
	 * Optional. Called before a block is put under way, when nothing is under way, if
	 * out->begins_at bytes or more have been put before.
	 */
	void (*begin)(struct rec_out *);

	/*
	 * Optional: takes a block, instead of the bytes that it would be in the stream. Writes or
	 * copies what it needs before it returns. If something is left for `push`, it calls
	 * rec_out_leaves. `last`: an end mark that is the output's end.
	 */
	void (*take)(struct rec_out *, const struct block *, int last);

	/*
	 * Moves some of what is under way: the parts of out->writer, and what the transport itself
	 * holds (then it has set out->pending). If `wait`, it may wait. Returns 1, 0 if nothing
	 * could be moved without waiting, or -1 with errno, EPIPE if the reader has gone.
	 */
	int (*push)(struct rec_out *, int wait);

	/* Optional: finds memory for a payload, as rec_out_place does. */
	int (*place)(struct rec_out *, size_t before, size_t want, char **data, size_t *room);

	/*
	 * Before a poll, which is to end when `push` can go on (`busy`), or else when the reader
	 * has gone. Returns 1 with the descriptor to poll (fd -1: none), or 0 if `push` should be
	 * called at once.
	 */
	int (*polled)(struct rec_out *, int busy, struct pollfd *);

	/* Optional. The poll of that descriptor has ended with p->revents, which is not 0. */
	void (*seen)(struct rec_out *, const struct pollfd *p);

	/*
	 * Optional. Returns the number of blocks in shared memory that the reader has not given
	 * back, with the size of the last one in *last.
	 */
	size_t (*used)(struct rec_out *, size_t *last);

	/* Optional, if a poll does not show it: returns 1 if the reader has gone, else 0. */
	int (*gone)(struct rec_out *);

	/*
	 * Optional. Returns 1 if no reader has come yet, and the stream exists only while it is
	 * used; else 0.
	 */
	int (*unmet)(const struct rec_out *);

	/*
	 * Optional. The output takes no more (its state says why): frees what only writing needs.
	 */
	void (*failed)(struct rec_out *);

	/*
	 * Optional. In a signal's handler, between two blocks: puts an end mark of n bytes with
	 * that status and reason, if that can be done at once. Async-signal-safe.
	 */
	void (*last_words)(struct rec_out *, void *mark, size_t n, uint32_t status, const char *reason);

	/* All is written, also the end mark: lets the reader see the end, without waiting. */
	void (*close)(struct rec_out *);

	/*
	 * Optional, after `close`. Returns 1 as long as `end` would wait for the reader to take
	 * something; else 0.
	 */
	int (*lingers)(struct rec_out *);

	/*
	 * Optional. The output ends: waits until the reader has taken what it needs, and closes the
	 * rest.
	 */
	void (*end)(struct rec_out *);

	/*
	 * Optional. Returns an exit status, with one line in *why, if the output's failure means
	 * more than its errno says; else 0.
	 */
	int (*verdict)(const struct rec_out *, const char **why);
};

/* ---- what a transport in another folder needs ---- */

/*
 * Ends the input. format: the reason, after the input's name; NULL: none. Returns 0, so that `next`
 * can return it.
 */
int rec_in_finish(struct rec_in *, enum rec_in_end, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Returns 1 if `next` must not wait, else 0. */
int rec_in_hurries(const struct rec_in *);

/* The block that `next` is about to return is in memory that the input cannot keep. */
void rec_in_lends(struct rec_in *);

/*
 * Waits for a FIFO's first writer, or sets dry if there is none yet and `next` must not wait.
 * Before a writer has opened the FIFO, poll is silent, and a read would find an end that is none.
 * Returns 1 once it has, or had, a writer, and for all that is no FIFO; or 0 if dry is set, or the
 * input has ended.
 */
int rec_in_arrived(struct rec_in *);

/* Closes the descriptor: for `close`. */
void rec_in_pipe_close(struct rec_in *);

/* Returns the table of the block that `take` has been given, or NULL. */
struct table *rec_out_sent(const struct rec_out *);

/* The output is bytes, also on a terminal, where records would be shown otherwise. */
void rec_out_bytes(struct rec_out *);

/* Something is left for `push`, or, if not `left`, nothing is any more. */
void rec_out_leaves(struct rec_out *, int left);

/*
 * As rec_in_open and rec_out_open, with a transport and its port (via NULL: the one for a
 * descriptor), and with the group of an output. fd is the transport's; an output chooses by its
 * kind of file whether to write checksums.
 */
int rec_in_open_by(struct rec_in *, const struct transport_in *via, void *port, int fd, const char *name);
int rec_out_open_by(struct rec_out *, struct rec_group *, const struct transport_out *via, void *port, int fd,
    const char *name);

#endif
