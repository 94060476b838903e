#ifndef TEEPIPE_H
#define TEEPIPE_H

/*
 * teepipe: one block that several writers write into pipes: it is copied into a pipe of the process's own once, and from there its pages
 * are shared out by tee(2), so that each further reader costs no copy. The pages are the kernel's, and nobody changes them any
 * more; memory of this process, which it uses again, is never lent to a pipe (as by vmsplice): who has read a pipe empty may have
 * passed its pages on, and nothing tells when the last one has gone.
 *
 * It is a short cut that may be left at any time: what it does not take is written as ever.
 */

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* One of zeros is empty. */
struct teepipe {
	int off;            /* it cannot be made */
	int ends[2];        /* the pipe; both 0: not made yet */
	size_t left;        /* bytes in it */
	int tried;          /* the present block is in it, or does not fit */
	struct iovec is[5]; /* what is in it; the first part is compared by its bytes, which lie in head */
	int parts;          /* -1: what is left in it is no whole block */
	char head[64];
	unsigned asked, before; /* so many writers have wanted the present block, and the one before it */
};

/*
 * Another block is to be written from now on. To be called before the memory of the one before it is changed or freed: what lies at
 * the same place would else be taken for it.
 */
void teepipe_next(struct teepipe *);

/*
 * Writes all of the n parts into the pipe fd, as far as that takes them, without waiting. Returns bytes; 0 where this is nothing for
 * the stock and has to be written otherwise; or -1 with errno, EAGAIN where the pipe is full, EPIPE where its reader has gone. The
 * parts must be those of a whole block, of which nothing has been written into fd, the first of them its header. *asked is
 * 0 when that is wanted for the first time.
 */
ssize_t teepipe_write(struct teepipe *, int fd, const struct iovec *, int n, int *asked);

void teepipe_free(struct teepipe *);

#endif
