/*
 * view: see view.h. A large record that is not cut is made visible and written in pieces, so that
 * memory is bounded.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vis.h"
#include "record/position.h"
#include "report/view.h"

enum { PIECE = 16 * 1024 }; /* bytes of a record that are made visible before they are written */

int
view_flush(struct view *rows)
{
	if (rows->bad != 0)
		return -1;
	if (rows->out.len > 0)
		rows->write(rows->out.data, rows->out.len);
	rows->out.len = 0;
	return 0;
}

static void
add(struct view *rows, const char *colour, const char *text, int len)
{
	rows->bad |= buf_addf(&rows->out, "%s%.*s%s", rows->colour ? colour : "", len, text, rows->colour ? VIEW_PLAIN : "");
}

/*
 * Shows the position and the length, or the word for what takes a record's place. Returns the
 * columns used.
 */
static int
show_place(struct view *rows, uint64_t pos, const char *what)
{
	char text[64];
	int at = snprintf(text, sizeof text, "%6" PRIu64, position_source(pos));
	int len = snprintf(text + at, sizeof text - (size_t)at, " %7s", what);

	add(rows, VIEW_GREEN, text, at);
	add(rows, VIEW_DIM, text + at, len);
	return at + len;
}

const char *
view_rest(void)
{
	return utf8_locale() ? "\342\200\246" : "~";
}

void
view_bytes(struct view *rows, const char *data, size_t len, int flags)
{
	while (len > PIECE) {
		size_t n = PIECE;

		/* Not within a character: its first byte is at most three bytes before its last. */
		while (n > PIECE - 3 && ((unsigned char)data[n] & 0xC0) == 0x80)
			n--;
		if (((unsigned char)data[n] & 0xC0) == 0x80)
			n = PIECE;
		rows->bad |= vis_bytes(&rows->out, data, n, 0, flags, NULL) == SIZE_MAX;
		(void)view_flush(rows);
		data += n;
		len -= n;
	}
	rows->bad |= vis_bytes(&rows->out, data, len, 0, flags, NULL) == SIZE_MAX;
}

/* One row of content, which begins at column begin, after that many spaces. */
static void
show_row(struct view *rows, const char *data, size_t len, int begin, int spaces)
{
	int flags = (rows->lines ? VIS_NEWLINES : 0) | (rows->colour ? VIS_COLOUR : 0);
	size_t width = rows->width > (size_t)begin ? rows->width - (size_t)begin : 1;

	if (len > 0)
		rows->bad |= buf_addf(&rows->out, "%*s", spaces, "");
	if (rows->width == 0)
		view_bytes(rows, data, len, flags);
	else
		rows->bad |= vis_cut(&rows->out, data, len, width, flags);
	rows->bad |= buf_addc(&rows->out, '\n');
	if (rows->out.len > PIECE)
		(void)view_flush(rows);
}

void
view_record(struct view *rows, const struct block *b, uint32_t i)
{
	const char *data = b->payload + block_start(b, i), *newline;
	size_t len = b->ends[i] - block_start(b, i);
	char number[32];
	int used, begin, spaces;

	snprintf(number, sizeof number, "%zu", len);
	used = show_place(rows, block_position(b, i), number);
	if (rows->hex) {
		rows->bad |= buf_addc(&rows->out, '\n');
		for (size_t at = 0; at < len; at += VIS_HEX) {
			rows->bad |= vis_hex(&rows->out, at, data + at, len - at < VIS_HEX ? len - at : VIS_HEX);
			if (rows->out.len > PIECE)
				(void)view_flush(rows);
		}
		return;
	}
	begin = (used + 2 + 7) / 8 * 8; /* a multiple of 8, as tabs want */
	spaces = begin - used;
	for (; rows->lines && (newline = memchr(data, '\n', len)) != NULL; spaces = begin) {
		show_row(rows, data, (size_t)(newline - data), begin, spaces);
		len -= (size_t)(newline + 1 - data);
		data = newline + 1;
	}
	show_row(rows, data, len, begin, spaces);
}

void
view_loss(struct view *rows, const struct block *b)
{
	char text[64] = "an unknown number of records";

	(void)show_place(rows, b->base, "lost");
	if (b->count != BLOCK_LOST_UNKNOWN)
		snprintf(text, sizeof text, "%" PRIu32 " record%s", b->count, b->count == 1 ? "" : "s");
	rows->bad |= buf_adds(&rows->out, "  ");
	add(rows, VIEW_RED, text, (int)strlen(text));
	rows->bad |= buf_addc(&rows->out, '\n');
}

void
view_heading(struct view *rows, const char *name)
{
	struct buf text = { 0 };

	rows->bad |= buf_adds(&text, "==> ");
	rows->bad |= vis_bytes(&text, name, strlen(name), 0, 0, NULL) == SIZE_MAX;
	rows->bad |= buf_adds(&text, " <==");
	add(rows, VIEW_BOLD, text.data, (int)text.len);
	rows->bad |= buf_addc(&rows->out, '\n');
	buf_free(&text);
	(void)view_flush(rows);
}
