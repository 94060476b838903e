#ifndef REC_OUT_H
#define REC_OUT_H

/*
 * rec_out: a record stream that a command writes.
 *
 * It builds blocks of single records, passes whole blocks through untouched, puts out watermarks,
 * writes the end mark, and checks every write and the close. A command's outputs are in one group
 * (rec_group.h has more), because the promises are the command's:
 *  - before any read that would wait, all outputs are flushed, and the command notices while it
 *    waits if the reader of one goes away (rec_out_wait);
 *  - while any write would wait, the other outputs are served: a command never waits for one of
 *    them while another could take something;
 *  - TERM, INT and HUP write an end mark into each output that can take one (signals.h).
 * Not for several threads.
 *
 * Errors are sticky, as stdio's are: the functions that put records return nothing, a failed output
 * takes no more, and rec_out_stop tells the command's loop to end. If the reader has gone (EPIPE),
 * that is no failure: the output takes no more. If the descriptor is a terminal, the records are
 * shown there instead, made harmless, one after another.
 *
 * All blocks go out through one function (send_block in rec_out.c), and from there by a transport
 * (transport.h): a pipe, a ring.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "match/table.h"
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
	REC_OUT_GONE,   /* its reader has gone: it takes no more, which is no failure */
	REC_OUT_FAILED, /* a write failed: error says why */
	REC_OUT_CLOSED
};

struct rec_out {
	int fd;
	const char *name; /* for messages; borrowed, must outlive the output */
	enum rec_out_state state;
	int error;        /* errno of the failed write */
	/*
	 * May be NULL; an endpoint sets it. rec_out_end calls it once, when the descriptor is
	 * closed. Returns 0, or, if the program that read the output failed, an exit status with
	 * one line in *why (which is owner's).
	 */
	int (*closed)(struct rec_out *, const char **why);
	void *owner;
	/*
	 * Returns 1 as long as closed would wait for the program that reads the output to end, with
	 * what to poll for (POLLIN; the fd is -1 if no descriptor shows that end); else 0. NULL:
	 * closed never waits.
	 */
	int (*waits)(struct rec_out *, struct pollfd *);
	/*
	 * Puts what the caller still holds for the output, without waiting; returns 1 once that is
	 * all. For rec_out_tell. NULL: nothing.
	 */
	int (*rest)(struct rec_out *);
	void *holder; /* rest's own */
	int durable;  /* set by the caller: rec_out_end has the file synced (fdatasync) before it is closed */
	/* Set by the caller after opening, see rec_out_give_up: */
	int apart;    /* 1: its positions are not the input's: numbered anew, or a worker of this command reads it */
	int lossy;    /* 1: the user allows it to miss records, and the others' watermarks do not wait for it */
	/*
	 * 1: what has become of its records is not known before its end: a command reads it, and
	 * closed returns how that has ended; or a file has them only then (framed_out). The others'
	 * watermarks, and the end marks of standard output and files, wait for that.
	 */
	int late;
	int noted;    /* the caller's own, 0 at first: 1: it has reported the failure */
	int reader;   /* to be read: 1: it is a pipe, a socket, a terminal or a named ring, and no file */

	void *port;   /* the transport's own */

	/* private */
	const struct transport_out *via; /* how its blocks travel */
	struct rec_group *group;
	struct rec_out *sibling; /* the list of its group's open outputs */
	int terminal;
	int sums;                /* 1: the payload is checksummed */
	int tinted;              /* terminal: 1: the mark of a shown stream is written */
	size_t target;           /* bytes of a usual block */
	uint64_t mark;           /* no record put from now on has a position below this */
	uint64_t sent_mark;      /* the mark that has been put out */
	uint64_t sent_next;      /* the watermark last put out, at most sent_mark */
	uint64_t safe;           /* all records with positions below this have been written, as last asked */
	uint64_t limit;          /* its watermark never passes this */
	uint64_t lag;            /* bytes of input since the last block was put out */
	uint64_t origin;         /* positions of the present segment count from this (see rec_out.c) */
	uint64_t records;        /* in the present segment */
	int lacks_gap;           /* 1: the last data block sent lacked its gap */
	volatile int between;    /* 1: no block is half written, and an end mark may follow */
	int ending;              /* 1: the block under way is an end mark */
	int told;                /* 1: the end has been written, and the descriptor closed or left to rec_out_hop.c */
	int heeds;               /* 1: the next wait ends when its reader has taken what is in its ring */

	struct buf payload, index; /* the block being built; index: ends, then positions */
	uint32_t *ends, *positions;
	uint32_t count, room;
	uint64_t base, last;
	uint8_t gap;
	unsigned char gap_byte;
	int open_gap;              /* 1: the last record in payload is without its gap */
	int jumps;                 /* 1: positions are not base + i */

	struct table *table;     /* the output's own, with own_table: a share, or NULL */
	int own_table;           /* 1: its table is not that of the group */
	struct table *sent;      /* the table that the present segment has begun with: a share, or NULL */
	int begun;               /* 1: the present segment has a block */

	unsigned char head[BLOCK_HEAD]; /* the block being written */
	struct writer writer;           /* ... its parts under way */
	int pending;                    /* 1: the transport itself has something under way */
	uint64_t begins_at;             /* the transport's `begin` is called from that number of bytes on */
	struct hop_out *hop;            /* the ring that rec_out_hop uses; NULL: none */
	struct buf packed;              /* the index of the block being written, if it must be put together */
};

/*
 * Makes the struct an output over fd, which the output owns from now on. Reads REC_BLOCK and
 * REC_CHECKSUM. The pipe of standard output is enlarged once more than a little has gone through
 * it. Returns 0, or -1 with errno: EINVAL if env_get refuses the environment, or ENOMEM.
 */
int rec_out_open(struct rec_out *, int fd, const char *name);

/*
 * Makes the struct an output into a named ring. The port is closed (shm_port_close) when the output
 * ends. Returns as rec_out_open does.
 */
int rec_out_open_shm(struct rec_out *, struct shm_port *, const char *name);

/*
 * All outputs of the default group have the table of the inputs (rec_in_own_table), which they put
 * before their first blocks. rec_out_own_table gives an output a table of its own, or with NULL
 * none; it adds a share to the table. A table that comes after records begins a new segment, which
 * readers refuse. rec_out_declare is for a command whose inputs are no record streams: the records
 * of the input `from`, which is borrowed for ever, have that table. Returns as declared_table does.
 */
void rec_out_own_table(struct rec_out *, struct table *);
int rec_out_declare(struct table *, const char *from, struct buf *why);

/*
 * For such a command, too, before it puts the first records of the input `from`, which have that
 * table (NULL: none). Returns as declared_records does.
 */
int rec_out_declared(const struct table *, const char *from, struct buf *why);

/* Returns 1 if its blocks go into a named ring, else 0. */
int rec_out_is_shm(const struct rec_out *);

/* Returns 1 if it is a regular file, which takes everything at once, else 0. */
int rec_out_is_file(const struct rec_out *);

/* Returns 1 if it is a terminal, where the records are shown and the stream ends; else 0. */
int rec_out_is_terminal(const struct rec_out *);

/*
 * Returns 1 if records were put that wait in a block being built, which must go out before
 * rec_out_begin can begin another one; else 0.
 */
int rec_out_builds(const struct rec_out *);

/*
 * Returns 1 if a data block has room in the block that the output is building, and has the same
 * gaps; else 0.
 */
int rec_out_fits(const struct rec_out *, const struct block *);

/*
 * Returns 1 if something that was given to rec_out_begin is still to be written, so that its memory
 * must stay; else 0.
 */
int rec_out_borrows(const struct rec_out *);

/*
 * Several outputs of the same blocks share this teepipe, which is the caller's and must outlive
 * them.
 */
void rec_out_share(struct rec_out *, struct teepipe *);

/*
 * Returns an exit status, with one line in *why (borrowed), if there is more to say of its failure
 * than errno does; else 0.
 */
int rec_out_verdict(const struct rec_out *, const char **why);

/*
 * Puts one record, copied, after the others. Its position must not be below the one before. A
 * newline follows it as its gap, or what ends the header of the output's table, if that is CR LF.
 */
void rec_out_rec(struct rec_out *, const struct rec *);

/*
 * Puts records [from, to) of a data block, copied with the gaps between them. rec_out_block puts a
 * whole block, of any kind but BLOCK_END. It writes the block as it lies, before it returns:
 * nothing is copied, and the block is not needed afterwards. Neither writes anything into the
 * block: it may be read-only, and end with the last byte of its memory.
 */
void rec_out_records(struct rec_out *, const struct block *, uint32_t from, uint32_t to);
void rec_out_block(struct rec_out *, const struct block *);

/*
 * Puts n runs of records, copied as by rec_out_records, but in the order given, which need not be
 * that of any block: they get the positions pos, pos + 1 and so on. A run has at least one record.
 */
struct rec_run {
	const struct block *block; /* a data block; not needed after the call */
	uint32_t from, to;         /* its records [from, to) */
};
void rec_out_gather(struct rec_out *, const struct rec_run *, size_t n, uint64_t pos);

/*
 * The same for commands with many outputs, which never wait for one. rec_out_begin makes the block
 * the one under way, after what was put before. The block's memory must stay as it is until
 * rec_out_idle. Returns 1, also if the output takes no more (its state says so); or 0 if something
 * else is still under way, and the call must be repeated later. rec_out_idle returns 1 if nothing
 * is under way or being built, else 0. rec_out_push writes what can be written without waiting, and
 * returns as rec_out_idle does. rec_out_begin_end begins the end mark (next, status and reason as
 * for rec_out_end). Nothing may be put after it, and rec_out_end then only closes. It is for a
 * reader that is given up before the others, or whose answers must be read meanwhile.
 */
int rec_out_begin(struct rec_out *, const struct block *);
int rec_out_begin_end(struct rec_out *, uint64_t next, int status, const char *reason);
int rec_out_idle(const struct rec_out *);
int rec_out_push(struct rec_out *);

/*
 * For a command that gives a reader no more than it can work on.
 *  - rec_out_load returns about the number of bytes that the reader has not taken yet, in a pipe,
 *    or in the ring beside it without the block that the reader may be working on; 0 if that is
 *    not known.
 *  - rec_out_taken returns 1 if the reader has taken all, and is done with it; else 0.
 *  - rec_out_heed returns 1 if a ring's load is above 0: then the next loop_wait also ends when it
 *    is 0 again. Returns 0 otherwise: no poll shows that of a pipe, and the caller must look again
 *    after a while. It is for outputs of the default group only: loop_wait asks no other.
 *  - rec_out_heeded returns 1 if rec_out_heed has returned 1, and the load is 0 now; else 0.
 *  - rec_out_put returns the number of bytes that were written. If as many are unread, the reader
 *    has not begun.
 */
size_t rec_out_load(struct rec_out *);
int rec_out_taken(struct rec_out *);
int rec_out_heed(struct rec_out *);
int rec_out_heeded(struct rec_out *);
void rec_out_heed_none(void); /* takes all rec_out_heed back */
uint64_t rec_out_put(const struct rec_out *);

/*
 * Copies what is left of the block under way to memory, which must then stay instead of the block's
 * own. Returns 0, or -1 with errno ENOMEM.
 */
int rec_out_detach(struct rec_out *, struct buf *memory);

/* The caller knows from elsewhere that the output's reader has gone. */
void rec_out_left(struct rec_out *);

/*
 * The caller knows from elsewhere that the output has failed, with errno: what was put may be lost,
 * as after a write that failed.
 */
void rec_out_broken(struct rec_out *, int error);

/* As rec_out_push, but also begins what was put and not written yet, and the watermark. */
int rec_out_settle(struct rec_out *);

/*
 * Finds memory to build the payload of the next block in, if the output has memory that saves a
 * copy (a slot of a ring). Waits until it is free. Returns 1, or 0 if there is none at present.
 * *data is the beginning of a page, with `before` bytes of room before it; *room is the number of
 * bytes from *data on, at least `want`, all of which the block's payload, padding and index may
 * use. rec_out_block must be called next, with its payload anywhere there, or nothing: anything
 * that is put instead may overwrite that memory, and so may a table that is declared before.
 */
int rec_out_place(struct rec_out *, size_t before, size_t want, char **data, size_t *room);

/*
 * Returns the output's mark: what rec_out_mark has said last, or the `next` of a block that was
 * put, if that is higher.
 */
uint64_t rec_out_marked(const struct rec_out *);

/*
 * Puts a loss: count records (or BLOCK_LOST_UNKNOWN) from position base on were dropped by a
 * policy.
 */
void rec_out_loss(struct rec_out *, uint64_t base, uint32_t count, uint64_t next);

/*
 * Says that all records put from now on have positions of next or above, and that all below it have
 * been put. Put out with the next block, or by itself after 1 MiB of input or before a wait. bytes:
 * the number of bytes of input that the command has read since the last call.
 */
void rec_out_mark(struct rec_out *, uint64_t next, uint64_t bytes);

/*
 * Says the same of all outputs at once, for commands that divide a block among several by position:
 * to be called before each run of records, with the position after it. While one output is waited
 * for, the others' watermarks carry that position. So a reader that gathers the outputs in order
 * never needs more of one output than it can get.
 */
void rec_out_floor(uint64_t next);

/*
 * The watermark. What rec_out_mark says has two uses. Readers that merge streams want to know how
 * far positions have come: that goes out as the base of a block of no records. Readers that
 * acknowledge records by the watermark (`next` of every block) rely on it that no record below it
 * is lost, whatever happens to this command. So an output's watermark passes none of these:
 *  - a record that another output of this command has not written yet (unless that output is
 *    lossy), or whose fate there is not known before that output's end (late);
 *  - the watermark of the input (rec_out_bound, called by rec_in);
 *  - a record that was given up: a task that failed, or what a dead worker has left unanswered.
 *    rec_out_give_up(position) stops the watermarks of all outputs at that position; those of
 *    outputs apart at their present marks. rec_out itself does this for an output that has failed.
 *    A command that gives records up must end with a failure.
 * A good end mark carries the watermark that rec_out_end is given, because the positions of a
 * stream after it count from there.
 */
void rec_out_give_up(uint64_t position);
void rec_out_bound(uint64_t watermark);

/* Writes what has been put so far. */
void rec_out_flush(struct rec_out *);
void rec_out_flush_all(void);

/*
 * Returns 1 if the command should stop, because an output has failed, or there are outputs and none
 * of their readers is left; else 0.
 */
int rec_out_stop(void);

/*
 * Returns 1 if standard output's reader has left, and no other output has a reader; else 0. If that
 * stays so for REC_OUT_GRACE milliseconds, it is in vain to wait for a reader that has not come
 * yet, such as a FIFO's: it was part of the same pipeline, or would have come by then.
 */
enum { REC_OUT_GRACE = 5000 };
int rec_out_deserted(void);

/*
 * Returns 1 if no reader has come to the output, a named ring, and it is in vain to wait for one
 * (rec_out_deserted); else 0.
 */
int rec_out_lonely(const struct rec_out *);

/*
 * The command has a reason of its own to read its input to the end (it counts records). From now on
 * only a failure stops it; or, if it has said by rec_out_watch where the count goes, that neither
 * the count nor any output is wanted any more.
 */
void rec_out_read_on(void);

/*
 * Says that the command also writes bytes to fd, standard output. If their reader goes away during
 * a wait, the command has an output less.
 */
void rec_out_watch(int fd);

/* Returns that descriptor, or -1. */
int rec_out_watched(void);

/*
 * Returns 0 if that reader has not gone, as far as a wait has shown; else an errno, for
 * die_unwritten.
 */
int rec_out_watch_ended(void);

/*
 * Return the first open output of the default group, and the one after an output in its group, in
 * the order of opening; or NULL.
 */
struct rec_out *rec_out_first(void);
struct rec_out *rec_out_after(const struct rec_out *);

/*
 * Before a read of fd that might wait. Returns 1 as soon as fd is readable (or at its end, or fd
 * cannot be polled, such as a file). If it is not at once, flushes all outputs first, then waits,
 * for at most ms milliseconds (-1: as long as it takes). Returns 0 if rec_out_stop is or came true,
 * or -1 with errno ETIMEDOUT if the time is over.
 */
int rec_out_wait(int fd, int ms);

/*
 * The same for several descriptors, each with its events, until one has them. The caller has looked
 * at each before.
 */
int rec_out_await(struct pollfd mine[], size_t n, int ms);

/*
 * Reads as io_read does, after rec_out_wait if the read would wait. If file is set, fd is a file,
 * which is never waited for. Returns -1 with errno ECANCELED if rec_out_stop is or came true, or
 * ETIMEDOUT if nothing came in that time.
 */
ssize_t rec_out_read(int fd, int file, void *, size_t, int ms);

/*
 * rec_out_poll, called after rec_out_go_on, makes one poll over more[] and all that the process's
 * outputs wait for, for at most ms milliseconds (-1: as long as it takes). Returns 1 if something
 * may have happened, 2 if a signal has come, 0 if the time is over, or -1 with errno. rec_out_go_on
 * writes what can be written without waiting, also watermarks. Returns 1 if an output that was busy
 * is idle now, or one has failed or lost its reader; else 0.
 */
int rec_out_poll(struct pollfd more[], size_t n, int ms);
int rec_out_go_on(void);

/*
 * Waits until the readers have taken all that ended outputs left in shared memory. To be called
 * before the process ends: what is in a pipe stays there without the process, what is in a ring
 * does not.
 */
void rec_out_linger(void);

/*
 * Ends an output: writes what was put, then the end mark (watermark next, status 0 or the status
 * and reason of a failure, of which it takes at most BLOCK_REASON bytes of UTF-8), closes the
 * descriptor, checks that, and calls closed. Returns 0; or the exit status of the program that read
 * the output, with *why; or -1 if writing or closing failed: state and error say how. Takes the
 * output off the list.
 */
int rec_out_end(struct rec_out *, uint64_t next, int status, const char *reason, const char **why);

/*
 * The same in steps that never wait, so that all outputs of a command can end side by side.
 * rec_out_tell writes what is left (rest) and the end mark, and closes the descriptor. Returns 1
 * once all of that is done and the reader can see the end, or if the output takes no more; or 0 if
 * it must be called again after rec_out_poll. The end mark gets the status and reason of the call
 * that begins it. rec_out_over is called after that. Returns 1 once rec_out_end would not wait any
 * more, for the reader to take what is in shared memory, or for the reader's own end; or 0 with
 * what to poll for besides rec_out_poll's own: nothing (fd -1, no events), or what `waits` sets.
 */
int rec_out_tell(struct rec_out *, uint64_t next, int status, const char *reason);
int rec_out_over(struct rec_out *, struct pollfd *);

/* Returns 1 if rec_out_tell has returned 1 for the output, else 0. */
int rec_out_told(const struct rec_out *);

/* Frees the memory of an ended output. */
void rec_out_free(struct rec_out *);

#endif
