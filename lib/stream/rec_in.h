#ifndef REC_IN_H
#define REC_IN_H

/*
 * rec_in: a record stream that a command reads.
 *
 * Every rule of rec-stream(5) is checked before a block is handed out. Tables are not handed out:
 * the input takes them, and the outputs put them before their first blocks. Memory grows only as
 * bytes arrive. After an end mark in the middle (cat a.rec b.rec) positions are rebased. An input
 * reads exactly the blocks that it hands out, never a byte after them, so the next reader of the
 * same pipe finds the beginning of a block. If the pipe's writer offers a ring, blocks come through
 * that (hop.h). All ways by which blocks come are transports (transport.h). Before a read that
 * would wait, all outputs of the process are flushed (rec_out_wait).
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/block.h"
#include "record/held.h"
#include "shm/shm_port.h"
#include "stream/declared.h"
#include "stream/hop.h"
#include "stream/rec_out.h"

struct transport_in; /* transport.h */

/* How an input ended. */
enum rec_in_end {
	REC_IN_OPEN,       /* not yet */
	REC_IN_GOOD,       /* an end mark with status 0 */
	REC_IN_FAILED,     /* an end mark with a failure: status and reason are the producer's */
	REC_IN_CUT,        /* no end mark */
	REC_IN_DAMAGED,    /* a rule of the format is broken */
	REC_IN_NOT_STREAM, /* the input is something else */
	REC_IN_ERROR,      /* reading failed: errno is in error */
	REC_IN_UNWANTED    /* the outputs are no longer wanted, or one failed: the command stops */
};

struct rec_in {
	int fd;
	const char *name; /* for messages; borrowed */
	enum rec_in_end end;
	int status;         /* REC_IN_FAILED: the producer's; else for this command's end mark; 0 if all is well */
	struct buf reason;  /* one line, without this program's name; empty if all is well */
	size_t way;         /* where in reason the advice begins, after what is wrong; 0: there is none */
	int error;          /* errno, after REC_IN_ERROR */
	int misfit;         /* 1: REC_IN_DAMAGED, because its table is not that of the other records */
	/*
	 * No record to come has a position below this. At the end: the watermark of the command's
	 * own end mark.
	 */
	uint64_t next;
	/*
	 * The stream's, at most next. It is lower if a command before this one gave up records, or
	 * they are not safe yet.
	 */
	uint64_t watermark;
	uint64_t records;   /* handed out */
	uint64_t bytes;     /* of payload */
	uint64_t blocks;
	uint64_t ends;      /* the number of end marks, and so of streams that came one after another */
	int over;           /* REC_IN_GOOD: it has been read to its end, and not only as far as it was wanted */
	uint64_t lost;      /* records lost, summed from loss blocks, as far as it is known */
	int lost_unknown;   /* 1: a loss block did not say how many */
	uint64_t offset;    /* bytes of the stream read so far; after a fault: where the faulty block begins */
	int (*closed)(struct rec_in *, const char **why); /* as in rec_out.h */
	void *owner;

	/*
	 * Not NULL: the input is a FIFO that no writer has opened yet, and it is not at its end.
	 * Called when a writer has come.
	 */
	void (*arrived)(struct rec_in *);

	/*
	 * Set after rec_in_open. Not NULL: called if the records have a table (rec_in_table), once,
	 * when that has come, before the blocks after it. Returns 0; or -1 if the command refuses
	 * the table, and has reported that: then the input ends as by rec_in_enough, and no
	 * output gets the table.
	 */
	int (*tabled)(struct rec_in *, const struct table *t);
	void *tabled_by; /* its own */

	/*
	 * Set after rec_in_open: 1: its watermark does not bound the outputs', which have other
	 * positions or more inputs.
	 */
	int apart;
	int dry;   /* 1: rec_in_try has found that no block has come; loop_wait sets it to 0 again */

	void *port; /* the transport's own */

	/* private */
	const struct transport_in *via; /* how its blocks come */
	int bounds;  /* 1: the outputs' watermarks are bound by its own (rec_out_bound) */
	int nowait;  /* 1: `next` must not wait */
	uint64_t looked; /* the offset at which it was last looked for readers that have gone */
	struct hop_in hop;
	int slotted; /* 1: the last block is in the transport's memory, but for its index, and cannot be kept */
	int large;   /* 1: the ring has announced the block that comes through the pipe now */
	int whole;   /* 1: head and body hold the block handed out last: the next one begins anew */
	uint64_t record_max;
	uint64_t origin; /* is added to the positions of the present segment */
	struct block_order order;
	unsigned char head[BLOCK_HEAD];
	size_t have_head;
	char *body;
	size_t cap, have;
	int file;    /* 1: fd is a regular file */
	size_t read; /* for io_widen_late */
	int after_end; /* 1: the last block was an end mark */
	int made_up;   /* 1: the loss is the transport's own, and the next block begins a segment */
	struct table *table;       /* of the present segment: a share, or NULL */
	int bare;                  /* 1: records have come without a table: one without records declares nothing */
	struct declared *declared; /* the table of all records; NULL: `own` */
	struct declared own;
};

/*
 * Makes the struct an input over fd, which the input owns from now on. Reads REC_MAX. Returns 0, or
 * -1 with errno EINVAL if env_get refuses the environment.
 */
int rec_in_open(struct rec_in *, int fd, const char *name);

/*
 * Makes the struct an input from a named ring. The port is closed (shm_port_close) when the input
 * ends, or is closed. Returns as rec_in_open does.
 */
int rec_in_open_shm(struct rec_in *, struct shm_port *, const char *name);

/*
 * For a command that wants no records, but whose outputs have the input's table: reads that table,
 * if it comes before all records and watermarks, and calls `tabled`. Reads ends of segments before
 * it, and one watermark instead of it, so all records are left to the next reader. Waits for the
 * stream's first block besides ends. A watermark says that the segment has no table, and may be
 * followed by others for as long as the stream lasts. Does nothing if something has been read
 * before, or if the input is a named ring or bytes in a framing.
 */
void rec_in_begin(struct rec_in *);

/*
 * An input's table is that of all outputs of the default group, and of all other inputs. After
 * rec_in_own_table, to be called after rec_in_open, it is the input's alone: for answers of other
 * processes, and for inputs whose tables may differ.
 */
void rec_in_own_table(struct rec_in *);

/*
 * As rec_in_own_table, but several inputs have their table in common, in a struct of the caller,
 * which outlives them (declared_free). Their names must do so, too.
 */
void rec_in_share_table(struct rec_in *, struct declared *);

/* The inputs that have this one's table in common come together (declared.h). */
void rec_in_together(struct rec_in *);

/*
 * Returns the table of the records that have come, and of those that come next unless it changes
 * before; or NULL. It is the input's, or shared with other inputs (declared.h): valid until the
 * next block is read.
 */
struct table *rec_in_table(const struct rec_in *);

/* Returns 1 if it is a regular file, whose bytes are all there, else 0. */
int rec_in_is_file(const struct rec_in *);

/* Returns 1 if its blocks come from a named ring, else 0. */
int rec_in_is_shm(const struct rec_in *);

/*
 * Reads the next block: data (perhaps of no records, to report how far the stream has come) or
 * loss. Returns 1 with the block, which is valid until the next call; its positions are already
 * rebased, and its next is not below the last of them (the watermark itself is in the input). The
 * caller may change the payload, unless rec_in_is_shm: others read that memory, too. Returns 0 if
 * there is no further block: in->end says why.
 */
int rec_in_block(struct rec_in *, struct block *);

/*
 * The same without waiting, for commands that read several streams. Returns 1 with the next block;
 * 0 if it has not come, or not wholly (then dry is set); or -1 if there is no further block. The
 * block is touched only if 1 is returned. Outputs are neither flushed nor asked whether they want
 * more.
 */
int rec_in_try(struct rec_in *, struct block *);

/*
 * Before a sleep, if dry is set. Returns 1 with what to poll for, or 0 if rec_in_try should be
 * called instead.
 */
enum { REC_IN_POLLS = 2 };
int rec_in_sleeps(struct rec_in *, struct pollfd p[REC_IN_POLLS]);

/*
 * Returns the whole block that rec_in_block or rec_in_try has handed out last, to be kept (held.h):
 * a copy if it is small, else the memory that it lies in, for which the input gets other memory.
 * Returns NULL with errno ENOMEM.
 */
struct held *rec_in_hold(struct rec_in *, const struct block *);

/*
 * Stops reading although there may be more: the command has all it wants. next: position of the
 * first record not taken.
 */
void rec_in_enough(struct rec_in *, uint64_t next);

/*
 * Returns 1 if no writer has come yet, to a FIFO or to a ring that lasts only while it is used;
 * else 0.
 */
int rec_in_unmet(const struct rec_in *);

/*
 * Ends such an input as cut off, with that exit status and reason, before which its name is put:
 * the command no longer waits for a writer. A FIFO's name is removed as if a writer had come.
 */
void rec_in_give_up(struct rec_in *, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Returns 1 if the input ended well, or reading stopped because no more was wanted; else 0. */
static inline int
rec_in_well(const struct rec_in *in)
{
	return in->end == REC_IN_GOOD || in->end == REC_IN_UNWANTED;
}

/* Returns 1 if it ended well, and all its records have been read; else 0. */
static inline int
rec_in_whole(const struct rec_in *in)
{
	return in->end == REC_IN_GOOD && in->over;
}

/* Returns 1 if no byte of it has come, else 0. */
static inline int
rec_in_mute(const struct rec_in *in)
{
	return in->offset + in->have_head + in->have == 0;
}

/*
 * Closes the descriptor and calls closed. Returns 0, or the exit status of what wrote the input
 * with one line in *why; 0 if the input is closed already. A command that feeds a process must
 * close the process's answers as soon as they have ended by a failure: otherwise the process may
 * write into a pipe that is never read, and would never end.
 */
int rec_in_close(struct rec_in *, const char **why);
void rec_in_free(struct rec_in *);

#endif
