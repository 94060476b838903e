/*
 * rec_out_terminal: an output to a terminal: its records are shown there, made harmless, one after
 * another.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vis.h"
#include "os/io.h"
#include "stream/rec_out_private.h"

/*
 * Appends the records of a data block, made harmless (vis.h), one after another. Returns 0, or not
 * 0 with errno ENOMEM.
 */
static int
show_records(struct buf *to, const struct block *b)
{
	int bad = 0;

	for (uint32_t i = 0; i < b->count; i++) {
		const char *data = b->payload + block_start(b, i);
		size_t len = b->ends[i] - block_start(b, i);

		bad |= vis_bytes(to, data, len, 0, VIS_NEWLINES, NULL) == SIZE_MAX;
		bad |= buf_addc(to, '\n');
		/* An empty line follows a record of several lines. */
		if (memchr(data, '\n', len) != NULL)
			bad |= buf_addc(to, '\n');
	}
	return bad;
}

void
rec_out_terminal(struct rec_out *out, const struct block *b)
{
	struct buf text = { 0 };
	const char *term = getenv("TERM");
	int bad = 0;

	/*
	 * The mark says "reset all colours": a person does not see it, but rec_in recognizes
	 * records that were shown on a terminal by it.
	 */
	if (!out->tinted && term != NULL && strcmp(term, "dumb") != 0)
		bad |= buf_adds(&text, VIS_MARK);
	out->tinted = 1;
	if (b->kind == BLOCK_DATA)
		bad |= show_records(&text, b);
	if (bad != 0)
		rec_out_fail(out, ENOMEM);
	else if (io_write(out->fd, text.data, text.len) < 0)
		rec_out_fail(out, errno);
	buf_free(&text);
}
