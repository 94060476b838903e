#ifndef PUBLISH_H
#define PUBLISH_H

/*
 * publish: bytes that are not seen before they are complete. For a descriptor they are held back,
 * in memory and then in a temporary file. For a path they are written to a file beside it, which
 * then replaces it by rename(2) (POSIX: other processes see the old file or the new one, never a
 * part). TERM, INT and HUP remove the file beside.
 */

#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"

struct publish {
	int target;       /* the descriptor that gets the bytes in the end; -1 for a regular file */
	int own;          /* private: 1: target was opened here */
	int temporary;    /* private: the temporary file, or the file beside; -1: none is open */
	struct buf held;  /* private: bytes that are not yet in the temporary file */
	struct buf beside; /* private: the path of the file beside, as a string; empty: none */
	struct buf path;   /* private: the path that it will have */
	struct publish *next; /* private: the list of those that have a file beside */
};

/*
 * The number of bytes that are held back in memory before a temporary file (in TMPDIR, else /tmp)
 * takes them.
 */
#define PUBLISH_MEMORY ((size_t)1 << 20)

/* Begins to hold bytes back for the open descriptor target, which stays the caller's. */
void publish_held(struct publish *, int target);

/*
 * Begins a file beside path; if path is a symbolic link, beside what it points to. The new file
 * gets the mode of the old one, or that of a new file if there is none. If path is there but is no
 * regular file (a FIFO, /dev/null), opens it and holds the bytes back for it. Returns 0, or -1 with
 * errno.
 */
int publish_file(struct publish *, const char *path);

/*
 * Asks, before another file is opened for writing, whether a file beside that is neither published
 * nor dropped yet is going to replace it. `there` is what stat(2) says of it; NULL: it is not there
 * yet, and path leads to it, also by symbolic links. Returns 1 if so; else 0, also if a folder of
 * path is not there, or there is no memory to find out.
 */
int publish_replaces(const char *path, const struct stat *there);

/* Returns the descriptor of the file beside, or -1 if there is none. */
int publish_fd(const struct publish *);

/* Adds bytes. Returns 0, or -1 with errno. */
int publish_add(struct publish *, const void *bytes, size_t n);

/*
 * Makes the bytes visible: writes what was held back, or syncs and renames the file; the fsync
 * makes sure that a crash of the machine cannot leave the name with an empty file. What
 * publish_file has opened is closed. Returns 0, or -1 with errno; then a regular file is as it was.
 */
int publish_now(struct publish *);

/*
 * Drops the bytes that are not published, removes the file beside and frees memory. Must also be
 * called after publish_now.
 */
void publish_drop(struct publish *);

#endif
