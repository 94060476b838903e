#ifndef VIS_H
#define VIS_H

/*
 * vis: any bytes made visible and harmless for a person's terminal.
 *
 * Control bytes become ^X (^@ for NUL, ^? for DEL), bytes that are not valid UTF-8 (RFC 3629) \xHH, C1 controls and the
 * other invisible characters that change how a terminal or a reader orders text (U+202A-202E, U+2066-2069, U+200E-200F,
 * U+061C, U+2028-2029, U+FEFF), and what the C library does not know as printable, \u{H...}.
 * Where the locale is not UTF-8 every byte above 0x7F is \xHH. The caller has called setlocale.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What begins the records that a command shows on a terminal: "normal colours", seen by nobody, known again by rec_in. */
#define VIS_MARK "\033[m"

enum {
	VIS_NEWLINES = 1, /* newline (no columns) and tab (to the next multiple of 8) stay as they are, for text of several lines */
	VIS_COLOUR = 2    /* escapes stand out from the same characters in the data by colour (SGR 35, then 39) */
};

/*
 * Appends data[0, len) to out, as far as it fits in width terminal columns (0: no limit). Never stops within a
 * character or an escape. Returns how many bytes of data it showed, or SIZE_MAX with errno ENOMEM.
 * A combining character takes no column, so it is shown behind the last one too.
 * *columns (may be NULL) gets the columns used; with VIS_NEWLINES that is the sum over all lines.
 */
size_t vis_bytes(struct buf *out, const char *data, size_t len, size_t width, int flags, size_t *columns);

/*
 * The same where the rest is not shown either: what does not fit is told behind it by its number ("... +1,234 bytes"), within the
 * width where that is at least 40. Returns 0, or -1 with errno ENOMEM.
 */
int vis_cut(struct buf *out, const char *data, size_t len, size_t width, int flags);

/*
 * Appends the text (which may be NULL), shown as by vis_bytes, in at most so many bytes, 32 or more, of valid UTF-8: what is too long
 * loses its middle, for which " ... " stands, because a name stands at the beginning of a message and the reason at its end. Returns
 * how many bytes; 0 also without memory.
 */
size_t vis_fit(struct buf *out, const char *text, size_t most);

/*
 * Appends the row of a hexadecimal dump for data[0, len), len from 1 to 16, and a newline: the offset at, the bytes, the bytes as
 * ASCII with a dot for those that are not printable. 79 columns. Returns 0, or -1 with errno ENOMEM.
 */
enum { VIS_HEX = 16 };
int vis_hex(struct buf *out, size_t at, const char *data, size_t len);

#endif
