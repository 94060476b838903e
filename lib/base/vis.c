/*
 * vis: see vis.h.
 *
 * The data is divided into pieces. A piece is a run of printable ASCII, which is appended as it is,
 * or one character or byte, which is appended as it is or as an escape. The first piece that does
 * not fit is the end. A piece of no columns (a combining character) always fits, so the last letter
 * keeps its accent.
 */

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/num.h"
#include "base/utf8.h"
#include "base/vis.h"

enum {
	TAB = 8,
	LEAST = 8 /* columns of data that vis_cut shows in the narrowest window, before the number of bytes left out */
};

/* A character or byte of the data, and how it is shown. */
struct piece {
	size_t len;      /* bytes of the data */
	char escape[16]; /* as a string; empty: it is shown as it is */
	size_t columns;
};

/*
 * Returns 1 for C1 controls, for marks that make text look like other text ("Trojan Source", 2021),
 * and for characters that nothing shows, so that two names look alike; else 0. Joiners (U+200C,
 * U+200D) are none of these: words and emoji look different without them.
 */
static int
is_trick(uint32_t c)
{
	return (c >= 0x80 && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C ||
	       c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0x00AD || c == 0x034F || c == 0x200B ||
	       (c >= 0x2060 && c <= 0x2065) || (c >= 0x206A && c <= 0x206F) || c == 0x115F || c == 0x1160 ||
	       c == 0x180E || c == 0x3164 || c == 0xFFA0 || (c >= 0xE0000 && c <= 0xE007F);
}

/* Returns the first character or byte of data[0, len), len > 0. */
static struct piece
next_piece(const char *data, size_t len, int utf8)
{
	unsigned char byte = (unsigned char)data[0];
	struct piece piece = { .len = 1 };
	uint32_t c;
	size_t n;
	int width;

	if (byte < 0x20 || byte == 0x7F) {
		snprintf(piece.escape, sizeof(piece.escape), "^%c", byte ^ 0x40);
	} else if (byte < 0x7F) {
		piece.columns = 1;
		return piece;
	} else if (!utf8 || (n = utf8_decode(data, len, &c)) == 0) {
		snprintf(piece.escape, sizeof(piece.escape), "\\x%02X", byte);
	} else {
		piece.len = n;
		width = is_trick(c) ? -1 : wcwidth((wchar_t)c);
		if (width >= 0) {
			piece.columns = (size_t)width;
			return piece;
		}
		snprintf(piece.escape, sizeof(piece.escape), "\\u{%X}", (unsigned)c);
	}
	piece.columns = strlen(piece.escape);
	return piece;
}

static size_t
ascii_run(const char *data, size_t len)
{
	size_t n = 0;

	while (n < len && data[n] >= 0x20 && data[n] < 0x7F)
		n++;
	return n;
}

/* Begins (on) or ends the colour of escapes, unless that is so already. */
static int
tint(struct buf *out, int *tinted, int on)
{
	if (*tinted == on)
		return 0;
	*tinted = on;
	return buf_adds(out, on ? "\033[35m" : "\033[39m");
}

size_t
vis_bytes(struct buf *out, const char *data, size_t len, size_t width, int flags, size_t *columns)
{
	int utf8 = utf8_locale();
	size_t done = 0, used = 0, line = 0; /* line: the value of used when the line began, for its tabs */
	int tinted = 0;

	while (done < len) {
		const char *p = data + done;
		size_t run = len - done;
		struct piece piece;

		if (width != 0 && run > width - used)
			run = width - used;
		run = ascii_run(p, run);
		if ((run > 0 && tint(out, &tinted, 0) != 0) || buf_add(out, p, run) != 0)
			return SIZE_MAX;
		used += run;
		done += run;
		if (done == len)
			break;
		p += run;
		piece = next_piece(p, len - done, utf8);
		if ((flags & VIS_NEWLINES) && (*p == '\n' || *p == '\t')) {
			piece.escape[0] = '\0';
			piece.columns = *p == '\t' ? TAB - (used - line) % TAB : 0;
		}
		if (width != 0 && piece.columns > width - used)
			break;
		if (tint(out, &tinted, (flags & VIS_COLOUR) && piece.escape[0] != '\0') != 0)
			return SIZE_MAX;
		if (piece.escape[0] != '\0' ? buf_adds(out, piece.escape) != 0
					    : buf_add(out, p, piece.len) != 0)
			return SIZE_MAX;
		used += piece.columns;
		done += piece.len;
		if ((flags & VIS_NEWLINES) && *p == '\n')
			line = used;
	}
	if (tint(out, &tinted, 0) != 0)
		return SIZE_MAX;
	if (columns != NULL)
		*columns = used;
	return done;
}

int
vis_cut(struct buf *out, const char *data, size_t len, size_t width, int flags)
{
	size_t before = out->len, shown = vis_bytes(out, data, len, width, flags, NULL), tail;
	char number[NUM_GROUPED];

	if (shown == SIZE_MAX || shown == len)
		return shown == len ? 0 : -1;
	out->len = before;
	tail = strlen("... + bytes") + strlen(num_grouped(len, number));
	shown = vis_bytes(out, data, len, width > tail + LEAST ? width - tail : LEAST, flags, NULL);
	if (shown == SIZE_MAX || shown == len)
		return shown == len ? 0 : -1;
	return buf_addf(out, "%s... +%s bytes%s", (flags & VIS_COLOUR) ? "\033[2m" : "",
	    num_grouped(len - shown, number), (flags & VIS_COLOUR) ? "\033[22m" : "");
}

int
vis_hex(struct buf *out, size_t at, const char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char hex[VIS_HEX * 3 + 2], text[VIS_HEX];

	memset(hex, ' ', sizeof hex);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];
		char *p = hex + 1 + i * 3 + (i >= VIS_HEX / 2);

		p[0] = digits[c >> 4];
		p[1] = digits[c & 15];
		text[i] = c >= 0x20 && c < 0x7F ? (char)c : '.';
	}
	return buf_addf(out, "%08zx %.*s |%.*s|\n", at, (int)sizeof hex, hex, (int)len, text);
}

size_t
vis_fit(struct buf *out, const char *text, size_t most)
{
	static const char mark[] = " ... ";
	size_t at = out->len, n, len, tail, kept = 0;
	const char *end;

	if (text == NULL || vis_bytes(out, text, strlen(text), 0, 0, NULL) == SIZE_MAX)
		return 0;
	n = out->len - at;
	if (n <= most)
		return n;
	/* The characters at both edges of what is left out stay whole. */
	tail = most / 4;
	while (tail > 0 && utf8_continues(out->data[out->len - tail]))
		tail--;
	while (kept + strlen(mark) + tail < most &&
	    (len = utf8_decode(out->data + at + kept, n - kept, NULL)) > 0 &&
	    kept + len + strlen(mark) + tail <= most)
		kept += len;
	end = out->data + out->len - tail;
	memcpy(out->data + at + kept, mark, strlen(mark));
	memmove(out->data + at + kept + strlen(mark), end, tail);
	n = kept + strlen(mark) + tail;
	out->len = at + n;
	return n;
}
