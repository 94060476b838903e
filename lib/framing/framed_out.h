#ifndef FRAMED_OUT_H
#define FRAMED_OUT_H

/*
 * framed_out: a record output that becomes bytes in a framing, such as a file of CSV: they are
 * written as rec-join writes them, in this process. A regular file is written beside its place, and
 * replaces what was there after a good end mark; anything else is written as records come.
 */

#include "stream/rec_out.h"

struct framed_out; /* private */

/*
 * Make the struct an output in the framing of that name: to the regular file path, which need not
 * be there, or over fd, which the output owns from now on. *framed is what framed_out_free frees
 * after rec_out_free, or after a failure. They return 0; or -1 with errno, and fd stays the
 * caller's. The output fails with what rec_out_verdict says, if a record cannot be written in the
 * framing; the records before it are written first, unless they are for a file.
 */
int framed_out_file(struct rec_out *, struct framed_out **framed, const char *path, const char *name,
    const char *framing);
int framed_out_open(struct rec_out *, struct framed_out **framed, int fd, const char *name, const char *framing);
void framed_out_free(struct framed_out *);

#endif
