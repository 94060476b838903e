#ifndef TEEPIPE_H
#define TEEPIPE_H

/*
 * teepipe: one block that several writers write into pipes. It is copied once into a pipe of this
 * process, and tee(2) shares its pages from there, so that each further reader costs no copy. The
 * pages are the kernel's, and are never changed. Memory of this process, which is used again, is
 * never lent to a pipe (as vmsplice would): a reader may have passed pages on, and nothing shows
 * when the last one is gone.
 *
 * It is a short cut that may be left at any time: what it does not take is written in the usual
 * way.
 */

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* A struct of zeros is empty. All members are private. */
struct teepipe {
	int off;            /* 1: the pipe cannot be made */
	int ends[2];        /* the pipe; both 0: not made yet */
	size_t left;        /* bytes in it */
	int tried;          /* 1: the present block was put into it, or does not fit */
	struct iovec is[5]; /* the present block's parts; the bytes of the first are in head, and are compared */
	int parts;          /* of the present block; 0: not known yet; -1: what is left in the pipe is no whole block */
	char head[64];
	unsigned asked, before; /* the number of writers that wanted the present block, and the block before it */
};

/*
 * Says that another block is written from now on. Must be called before the memory of the last
 * block is changed or freed: the block that comes to the same place would be taken for it.
 */
void teepipe_next(struct teepipe *);

/*
 * Writes the n parts, as much of them as fits, into the pipe fd, without waiting. Returns the
 * number of bytes written; 0 if the caller must write them in the usual way; or -1 with errno,
 * EAGAIN if the pipe is full, EPIPE if its reader has gone. The parts must be a whole block, its
 * header first, of which nothing has been written into fd. The caller sets *asked to 0 before the
 * first call for a block and fd.
 */
ssize_t teepipe_write(struct teepipe *, int fd, const struct iovec *, int n, int *asked);

/* Closes the pipe; the struct is empty again. */
void teepipe_free(struct teepipe *);

#endif
