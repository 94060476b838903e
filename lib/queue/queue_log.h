#ifndef QUEUE_LOG_H
#define QUEUE_LOG_H

/*
 * queue_log: the files of a queue's log: segments, and spare files that wait for a full disk. It
 * opens, reads, writes and syncs them, and knows nothing of what the frames mean.
 *
 * Functions return 0, or -1 with errno, unless they say something else. EDQUOT and EFBIG are
 * returned as ENOSPC: a quota and a limit of file sizes are a full disk, too.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "queue/queue_frame.h"
#include "queue/queue_index.h"

enum {
	QUEUE_FILES = 8,           /* that are kept open */
	QUEUE_WINDOW = 256 * 1024, /* bytes that are read at a time */
	QUEUE_SPARES = 3
};

struct queue_file {
	int fd; /* -1: none */
	uint64_t number, base, random;
	uint64_t used; /* private: for the choice of what is closed */
};

struct queue_log {
	int dir;       /* the queue's directory; the caller's */
	unsigned mode; /* of new files */
	unsigned char id[16];

	/* private */
	struct queue_file files[QUEUE_FILES];
	uint64_t uses;
	char *window; /* QUEUE_WINDOW bytes and more of the log */
	size_t room;
	uint64_t number, from, to; /* of that segment, from lsn to lsn */
};

/* The id and the mode are set. queue_log_close closes the files and frees memory. */
void queue_log_open(struct queue_log *, int dir);
void queue_log_close(struct queue_log *);

/*
 * Returns the open file of a segment; it stays so until the next call. NULL with errno: EBADMSG if
 * it is another's.
 */
struct queue_file *queue_log_file(struct queue_log *, uint64_t number);

/*
 * Returns n bytes of a segment from lsn on, at an address with the same remainder by 8; valid until
 * the next call. `end`: the bytes from there on are not to be read. NULL with errno: EBADMSG if
 * they are not there.
 */
const char *queue_log_bytes(struct queue_log *, const struct queue_segment *, uint64_t lsn, size_t n, uint64_t end);

/* To be called after bytes were read that others may write yet: what was read is forgotten. */
void queue_log_forget(struct queue_log *);

/* Reads the head of a frame. Returns 1; 0 if there is none; -1 with errno. */
int queue_log_frame(struct queue_log *, const struct queue_segment *, uint64_t lsn, uint64_t end, struct queue_frame *);

/*
 * Returns the lsn of the first head of a frame at lsn, a multiple of 8 from the segment's base, or
 * after it; or `end`.
 */
uint64_t queue_log_find(struct queue_log *, const struct queue_segment *, uint64_t lsn, uint64_t end);

/* Writes parts, one after another, from lsn on. The parts are changed. */
int queue_log_write(struct queue_log *, const struct queue_segment *, uint64_t lsn, struct iovec *, int parts);

/* Waits until the bytes of the segment are on the disk (fdatasync). */
int queue_log_sync(struct queue_log *, uint64_t number);

/*
 * Makes the segment's file: a head and one frame, whose head is set but for lsn and sum, with its
 * body. All of that is on the disk when the file gets its name. If `spare` is not 0, it is made of
 * a spare file, which has that many bytes; else of a new file of `bytes`. Sets the members of
 * *made. ENOSPC: there is no room. If it fails, and made->number is not 0, a crash may bring back
 * the name: no frame must be written at or after base but in a new segment of that number.
 */
int queue_log_make(struct queue_log *, uint64_t number, uint64_t base, uint64_t bytes, uint64_t spare,
    struct queue_frame *, const void *body, struct queue_segment *made);

/* Makes all spare files have that many bytes. */
int queue_log_reserve(struct queue_log *, uint64_t bytes);

/* Counts the spare files, and sets the bytes of the smallest. */
unsigned queue_log_spares(struct queue_log *, uint64_t *bytes);

/* Gives back what is preallocated from lsn on, if it is worth it. Returns 1 if so, else 0. */
int queue_log_shorten(struct queue_log *, const struct queue_segment *, uint64_t lsn);

/*
 * Removes the file of a segment. Recycle makes it a spare file instead, if one is missing: on a
 * full disk a file system may not give the space of a removed file at once. It returns 1 if so,
 * else 0.
 */
int queue_log_remove(struct queue_log *, uint64_t number);
int queue_log_recycle(struct queue_log *, uint64_t number);

/*
 * Lists the segments of the directory in order of their numbers: base and bytes are set. Those
 * whose heads are damaged have base UINT64_MAX. *list is malloc'ed, also if there are none.
 */
int queue_log_list(struct queue_log *, struct queue_segment **list, size_t *count);

/* Renames as renameat(2) does, but replaces nothing: EEXIST. Not every libc has renameat2(2). */
int queue_log_rename(int from_dir, const char *from, int to_dir, const char *to);

/* Makes a file of that many bytes, all allocated. */
int queue_log_allocate(int fd, uint64_t bytes);

#endif
