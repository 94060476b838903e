#ifndef REC_OUT_H
#define REC_OUT_H

/*
 * rec_out: a record stream that a command writes.
 *
 * It builds blocks of single records, passes whole blocks through untouched, puts out watermarks, writes the end mark, and
 * checks every write and the close. A command's outputs are in one group (rec_group.h has more), because the promises are the
 * command's:
 *  - before any read that would block, all outputs are flushed, and if the reader of one goes away while the command waits, that
 *    is noticed (rec_out_wait);
 *  - while any write would block, the others are served: a command with several outputs never waits for one of them while another
 *    could take something;
 *  - TERM, INT and HUP write an end mark into each output that can take one (signals.h).
 * Not for several threads.
 *
 * Errors are sticky, as stdio's are: the functions that put records return nothing, a failed output takes no more, and
 * rec_out_stop tells the command's loop to end. An output whose reader has gone (EPIPE) is no failure: it takes no more.
 * If the descriptor is a terminal, the records are shown there instead, made harmless, one after another.
 *
 * All blocks go out through one function (send_block in rec_out.c), and from there by a transport (transport.h): a pipe, a ring.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "os/writer.h"
#include "record/block.h"
#include "shm/shm_port.h"
#include "stream/hop.h"

struct rec_group;     /* rec_group.h */
struct transport_out; /* transport.h */

struct rec {
	const char *data; /* borrowed until the next read */
	size_t len;
	uint64_t pos;
};

enum rec_out_state {
	REC_OUT_OPEN,   /* takes records */
	REC_OUT_GONE,   /* its reader has gone: quietly takes no more */
	REC_OUT_FAILED, /* a write failed: error says why */
	REC_OUT_CLOSED
};

struct rec_out {
	int fd;
	const char *name; /* for messages; borrowed, must outlive the output */
	enum rec_out_state state;
	int error;        /* errno of the failed write */
	/* What endpoints hang on: called once by rec_out_end when the descriptor is closed. Returns 0, or an exit status with
	 * one line in *why (owned by owner) if what read the output failed. May be NULL. */
	int (*closed)(struct rec_out *, const char **why);
	void *owner;
	/*
	 * Returns 1, with what to poll for (POLLIN, but the fd is -1 if only time tells), as long as closed would wait for what reads the
	 * output to end; else 0. NULL: closed never waits.
	 */
	int (*waits)(struct rec_out *, struct pollfd *);
	/* Puts what the caller still holds for the output, without waiting; returns 1 once that is all. For rec_out_tell. NULL: nothing. */
	int (*rest)(struct rec_out *);
	void *holder;     /* rest's own */
	int durable;      /* set by the caller: rec_out_end has the file synced (fdatasync) before it is closed */
	/* Set by the caller after opening, see rec_out_give_up: */
	int apart;        /* its positions are not the input's: numbered anew, or what a worker of this command reads */
	int lossy;        /* the user allows it to miss records: the others' watermarks do not wait for it */
	int late;         /* a command reads it: what has become of its records is not known before closed has returned, and the
	                     others' watermarks, and the end marks of standard output and files, wait for that */
	int reader;       /* to be read: it is a pipe, a socket, a terminal or a named ring, and no file */

	/* private */
	const struct transport_out *via; /* how its blocks travel */
	void *port;                      /* the transport's own */
	struct rec_group *group;
	struct rec_out *sibling; /* the list of its open outputs */
	int terminal;
	int sums;                /* the payload is checksummed */
	int tinted;              /* terminal: the mark of a shown stream is written */
	size_t target;           /* bytes of a usual block */
	uint64_t mark;           /* no record put from now on has a position below this */
	uint64_t sent_mark;      /* what of that has been put out */
	uint64_t sent_next;      /* the watermark last put out: at most sent_mark */
	uint64_t safe;           /* all records with positions below this have been written, when somebody asked last */
	uint64_t limit;          /* its watermark never passes this */
	uint64_t lag;            /* bytes of input since then */
	uint64_t origin;         /* what the present segment's positions count from (see rec_out.c) */
	uint64_t records;        /* in the present segment */
	int lacks_gap;           /* the last data block sent lacked its gap */
	volatile int between;    /* nothing of a block is half written, and an end mark may follow */
	int ending;              /* an end mark is the block under way */
	int told;                /* the end has been written, and the descriptor closed or given to rec_out_keep */
	int noted;               /* command's: that it has failed was said */
	int heeds;               /* the next wait ends when its reader has taken what lies in its ring */

	struct buf payload, index; /* the block being built; index: ends, then positions */
	uint32_t *ends, *positions;
	uint32_t count, room;
	uint64_t base, last;
	uint8_t gap;
	unsigned char gap_byte;
	int open_gap;              /* the last record in payload stands without its gap */
	int jumps;                 /* positions are not base + i */

	unsigned char head[BLOCK_HEAD]; /* the block being written */
	struct writer writer;           /* ... its parts under way */
	int pending;                    /* the transport itself has something under way */
	uint64_t begins_at;             /* the transport is asked before a block (begin) from so many bytes of the writer on */
	struct hop_out *hop;            /* the ring that rec_out_hop uses; NULL: none */
	struct buf packed;              /* its index, if that must be put together */
};

/*
 * Makes out an output over fd, which it owns from now on. Reads REC_BLOCK and REC_CHECKSUM. Enlarges the pipe if fd is
 * standard output. Returns 0, or -1 with errno (EBADF, ENOMEM).
 */
int rec_out_open(struct rec_out *, int fd, const char *name);

/* Makes in an output into a named ring, of which rec_out leaves at its end; then it is shm_port_close'd. As rec_out_open. */
int rec_out_open_shm(struct rec_out *, struct shm_port *, const char *name);

/* Returns 1 if its blocks go into a named ring, else 0. */
int rec_out_is_shm(const struct rec_out *);

/* Returns 1 if it is a regular file, which takes everything at once, else 0. */
int rec_out_is_file(const struct rec_out *);

/* Returns 1 if a data block has room after the records of which the output is building a block, and its gaps are theirs; else 0. */
int rec_out_fits(const struct rec_out *, const struct block *);

/* Returns 1 if something that was given to rec_out_begin is still to be written, so that its memory must stay; else 0. */
int rec_out_borrows(const struct rec_out *);

/* Several outputs of the same blocks share this teepipe, which is the caller's and must outlive them. */
void rec_out_share(struct rec_out *, struct teepipe *);

/* Returns an exit status, with one line in *why (borrowed), if there is more to say of its failure than errno does; else 0. */
int rec_out_verdict(const struct rec_out *, const char **why);

/* Puts one record, copied, after the others. Its position must not be below the one before. */
void rec_out_rec(struct rec_out *, const struct rec *);

/*
 * Puts records [from, to) of a data block, copied with the gaps between them. rec_out_block puts a whole block, of any kind
 * but BLOCK_END, by writing it as it lies before it returns: nothing is copied, and nothing of the block needed afterwards.
 * Neither writes anything into the block: it may be read-only, and end with the last byte of its memory.
 */
void rec_out_records(struct rec_out *, const struct block *, uint32_t from, uint32_t to);
void rec_out_block(struct rec_out *, const struct block *);

/*
 * The same for commands with many outputs, which never wait for one. rec_out_begin makes the block the one under way, whatever
 * was put before it; its memory must stay as it is until rec_out_idle. Returns 1, also if the output takes no more (its
 * state tells); or 0 if something else is still under way: to be called again later. rec_out_idle: nothing is under way or
 * being built. rec_out_push writes what can be written without waiting, and returns rec_out_idle.
 * rec_out_begin_end does so with the end mark (next, status and reason as for rec_out_end): nothing may be put after it, and
 * rec_out_end only closes. For a reader that is given up before the others, or whose answers must be read meanwhile.
 */
int rec_out_begin(struct rec_out *, const struct block *);
int rec_out_begin_end(struct rec_out *, uint64_t next, int status, const char *reason);
int rec_out_idle(const struct rec_out *);
int rec_out_push(struct rec_out *);

/*
 * For a command that gives a reader no more than it can work on. rec_out_load: about how many bytes its reader has not taken yet, in a
 * pipe, or in the ring beside it without the block that it may be at; 0 if that cannot be told. rec_out_taken: returns 1 if it has
 * taken, and is done with, all. rec_out_heed: if a ring's load is above 0, the next loop_wait ends also when it is 0 again: 1;
 * else 0: a pipe does not tell, and the caller has to look again after a while. rec_out_heeded: whether that has come. rec_out_put: bytes
 * that have gone into its pipe, so that as many unread ones mean a reader that has not begun.
 */
size_t rec_out_load(struct rec_out *);
int rec_out_taken(struct rec_out *);
int rec_out_heed(struct rec_out *);
int rec_out_heeded(struct rec_out *);
void rec_out_heed_none(void); /* takes all rec_out_heed back */
uint64_t rec_out_put(const struct rec_out *);

/* Copies what is left of the block under way to memory, which must then stay instead of the block's own. -1 with errno ENOMEM. */
int rec_out_detach(struct rec_out *, struct buf *memory);

/* The news, from elsewhere, that the output's reader has gone. */
void rec_out_left(struct rec_out *);

/* The same of a failure, with errno: what was put may be lost. As a write that has failed. */
void rec_out_broken(struct rec_out *, int error);

/* rec_out_push, which begins what was put and not written yet, the watermark too. */
int rec_out_settle(struct rec_out *);

/*
 * Memory to build the payload of the next block in, if the output has some that saves copying it (a slot of a ring): *data is a
 * page's beginning, with before bytes of room in front of it and at least want behind it; *room is how many there are, of
 * which a block's payload, padding and index may use all. Waits until it is free. To be followed at once by rec_out_block, with its payload
 * anywhere there, or by nothing: whatever is put instead may lie over it. Returns 1, or 0 if there is none at present.
 */
int rec_out_place(struct rec_out *, size_t before, size_t want, char **data, size_t *room);

/* Puts a loss: count records (or BLOCK_LOST_UNKNOWN) from position base on were dropped by a policy. */
void rec_out_loss(struct rec_out *, uint64_t base, uint32_t count, uint64_t next);

/* Says that all records put from now on have positions of next or above, and that all below it have been put. Put out with the next
 * block, or by itself after 1 MiB of input or before a wait. bytes: how much input the command has read since the last call. */
void rec_out_mark(struct rec_out *, uint64_t next, uint64_t bytes);

/*
 * The same of all outputs at once, for commands that divide a block among several by position: to be called before each run of
 * records, with the position behind it. While one output is waited for, the others' watermarks say that; so an ordered gather never
 * needs more of one output than what it can get.
 */
void rec_out_floor(uint64_t next);

/*
 * The watermark. What rec_out_mark says has two uses. Readers that merge streams want to know how far positions have come: that goes
 * out as the base of a block of no records. Whoever acknowledges records by the watermark (`next` of every block) relies on it that
 * none below it is lost, whatever happens to this command. So an output's watermark passes neither
 *  - a record that another output of this command has not written yet (one of a lossy output excepted), or that a command reads
 *    whose failure would count and is not known before it ends (late);
 *  - the watermark of the input (rec_out_bound, called by rec_in);
 *  - a record that was given up: a task that failed, what a dead worker has left unanswered. rec_out_give_up(position) makes the
 *    watermarks of all outputs stay where they are from there on; of outputs apart, where they have come to. rec_out does
 *    this by itself for an output that has failed. A command that gives records up must end with a failure.
 * A good end mark carries the watermark that rec_out_end is given, because what follows it counts from there.
 */
void rec_out_give_up(uint64_t position);
void rec_out_bound(uint64_t watermark);

/* Writes what has been put so far. */
void rec_out_flush(struct rec_out *);
void rec_out_flush_all(void);

/* Whether the command should stop: an output has failed, or there are outputs and none of their readers is left. */
int rec_out_stop(void);

/*
 * Returns 1 if standard output's reader has left, and no other output has one. If that stays so for REC_OUT_GRACE milliseconds, it is in
 * vain to wait for a reader that has not come yet, such as a FIFO's: it was part of the same pipeline, or would have come by then.
 */
enum { REC_OUT_GRACE = 5000 };
int rec_out_deserted(void);

/* Returns 1 if no reader has come to the output, a named ring, and it is in vain to wait for one (rec_out_deserted); else 0. */
int rec_out_lonely(const struct rec_out *);

/*
 * The command has a reason of its own to read its input to the end (it counts): only a failure stops it, or, if it has said by
 * rec_out_watch where the count goes, that nobody wants that nor any output.
 */
void rec_out_read_on(void);

/* Says that the command also writes bytes to fd, standard output: if their reader goes away during a wait, it is an output less. */
void rec_out_watch(int fd);

/* Why it takes no more, as learned in a wait: 0 if it still does, else an errno, for die_unwritten. */
int rec_out_watch_ended(void);

/* The first of the open outputs, and the one after out (in its group); NULL after the last. In the order of opening. */
struct rec_out *rec_out_first(void);
struct rec_out *rec_out_after(const struct rec_out *);

/*
 * Before a read of fd that might block: returns 1 as soon as fd is readable (or at its end, or fd cannot be polled, such as
 * a file). Where it is not at once, flushes all outputs first, then waits, at most so many milliseconds (-1: as long as it takes). Returns
 * 0 if rec_out_stop came true meanwhile, -1 with errno ETIMEDOUT when the time is over.
 */
int rec_out_wait(int fd, int ms);

/* The same for several descriptors, with events of their own: until one has them. All have been looked at before. */
int rec_out_await(struct pollfd mine[], size_t n, int ms);

/*
 * io_read, with rec_out_wait before it if it would block; if file is set, fd is a file, which is never waited for. -1
 * with errno ECANCELED if rec_out_stop is or came true, ETIMEDOUT if nothing came in that time.
 */
ssize_t rec_out_read(int fd, int file, void *, size_t, int ms);

/*
 * One poll over these descriptors and whatever the process's outputs wait for, for at most so many milliseconds (-1: as long as it
 * takes), after rec_out_go_on. Returns 1 when something may have happened, 2 when a signal has come, 0 when the time is over, -1 with errno.
 * rec_out_go_on writes what can be written without waiting, marks too: 1 if an output that was busy is idle now, or has failed.
 */
int rec_out_poll(struct pollfd more[], size_t n, int ms);
int rec_out_go_on(void);

/*
 * Waits until the readers have taken all that ended outputs left in shared memory. Before the process ends: what lies in a pipe
 * stays there without it, what lies in a ring does not.
 */
void rec_out_linger(void);

/*
 * Ends an output: writes what was put, then the end mark (watermark next, status 0 or the status and reason of a failure, of
 * which it takes at most BLOCK_REASON bytes of UTF-8), closes the descriptor, checks that, and calls closed.
 * Returns 0; or the exit status of what read the output, with *why; or -1 if writing or closing failed: state and
 * error tell. Takes the output off the list.
 */
int rec_out_end(struct rec_out *, uint64_t next, int status, const char *reason, const char **why);

/*
 * The same in steps that never wait, so that all outputs of a command can end side by side. rec_out_tell goes on writing what is left
 * (rest), the end mark, and closes the descriptor: 1 once all of that is done and its reader can see the end, or it takes no more; 0: to
 * be called again after rec_out_poll. The status and reason of the last call that returned 0 before the end mark was begun count.
 * rec_out_over, after that: 1 once rec_out_end would not wait any more: for what its reader has to take from shared memory, or
 * for its reader's own end; 0 with what to poll for besides rec_out_poll's own: nothing (fd -1, no events), or what waits says.
 */
int rec_out_tell(struct rec_out *, uint64_t next, int status, const char *reason);
int rec_out_over(struct rec_out *, struct pollfd *);

/* Frees the memory of an ended output. */
void rec_out_free(struct rec_out *);

#endif
