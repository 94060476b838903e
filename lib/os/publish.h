#ifndef PUBLISH_H
#define PUBLISH_H

/*
 * publish: bytes that nobody sees before they are whole: held back in memory and then in an unlinked temporary file, or
 * written beside a file that they then replace by rename(2) (POSIX: others see the old file or the new one, never a part).
 * TERM, INT and HUP remove what is written beside.
 */

#include <stddef.h>

#include "base/buf.h"

struct publish {
	int target;       /* held back: the descriptor that gets the bytes in the end; -1 for a file */
	int own;          /* private: target was opened here */
	int temporary;    /* -1: none is open */
	struct buf held;  /* not yet in the temporary file */
	struct buf beside; /* path of the file written beside; empty: none */
	struct buf path;   /* path that it will have */
};

/* Bytes held back in memory before a temporary file (in TMPDIR, else /tmp) takes them. */
#define PUBLISH_MEMORY ((size_t)1 << 20)

/* Holds bytes back for the open descriptor target, which stays the caller's. */
void publish_held(struct publish *, int target);

/*
 * Begins a file beside path (where that is a symbolic link, beside what it points to), with the mode of the file that is there,
 * else that of a new one. Where path is no regular file (a FIFO, /dev/null) it is opened, and the bytes are held back for
 * it. Returns 0, or -1 with errno.
 */
int publish_file(struct publish *, const char *path);

/* Adds bytes. 0, or -1 with errno. */
int publish_add(struct publish *, const void *bytes, size_t n);

/*
 * Lets the bytes be seen: writes what was held back, or syncs the file (fsync, so that a crash of the machine cannot leave the
 * name with an empty file) and renames it. What publish_file has opened is closed. Returns 0, or -1 with errno; then nothing was published of a file.
 */
int publish_now(struct publish *);

/* Forgets the bytes and removes the file written beside; also to be called after publish_now. */
void publish_drop(struct publish *);

#endif
