#ifndef FRAMED_OUT_H
#define FRAMED_OUT_H

/*
 * framed_out: a record output that becomes bytes in a framing, such as a file of CSV (csv:PATH):
 * they are written as rec-join writes them, in this process. Whoever writes the output gives it
 * blocks, a table and an end, as to a stream. A regular file is written beside its place, and
 * replaces what was there after a good end mark (publish.h); anything else is written as records
 * come. A record that the framing cannot express is a failure of the output.
 */

#include "stream/rec_out.h"

struct framed_out; /* private */

/*
 * Make the struct an output in the framing of that name, as rec-join -f takes it: to the regular
 * file path, which need not be there, or over fd. name is what messages call the output; it and the
 * framing are borrowed. They return 0, and the output owns fd; or -1 with errno, and fd stays the
 * caller's. In both cases framed_out_free frees *framed, which may be NULL, after rec_out_free; it
 * removes a file that has not replaced path.
 */
int framed_out_file(struct rec_out *, struct framed_out **framed, const char *path, const char *name,
    const char *framing);
int framed_out_open(struct rec_out *, struct framed_out **framed, int fd, const char *name, const char *framing);
void framed_out_free(struct framed_out *);

#endif
