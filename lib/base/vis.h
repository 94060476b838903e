#ifndef VIS_H
#define VIS_H

/*
 * vis: any bytes made visible and harmless for a person's terminal.
 *
 * Control bytes become ^X (^@ for NUL, ^? for DEL). Bytes that are not valid UTF-8 (RFC 3629)
 * become \xHH. These become \u{H...}: C1 controls; the invisible characters that change how a
 * terminal or a reader orders text (U+202A-202E, U+2066-2069, U+200E-200F, U+061C, U+2028-2029,
 * U+FEFF); those that nothing shows (U+00AD, U+034F, U+115F-1160, U+180E, U+200B, U+2060-2065,
 * U+206A-206F, U+3164, U+FFA0, U+E0000-E007F); and what the C library does not know as printable.
 * If the locale is not UTF-8, every byte above 0x7F is \xHH. The caller must have called setlocale.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Is put before the records that a command shows on a terminal: "normal colours", which a person
 * does not see, but rec_in recognizes.
 */
#define VIS_MARK "\033[m"

enum {
	/*
	 * Newline (no columns) and tab (to the next multiple of 8) stay as they are, for data of
	 * several lines.
	 */
	VIS_NEWLINES = 1,
	/*
	 * Escapes are coloured (SGR 35, then 39), so that they differ from the same characters in
	 * the data.
	 */
	VIS_COLOUR = 2
};

/*
 * Appends data[0, len) to out as far as it fits in width terminal columns; 0 is no limit. Never
 * stops within a character or an escape. A combining character takes no column, so it is shown
 * after the last character that fits. Returns the number of bytes of data that it showed, or
 * SIZE_MAX with errno ENOMEM. Sets *columns (which may be NULL) to the number of columns used; with
 * VIS_NEWLINES that is the sum over all lines.
 */
size_t vis_bytes(struct buf *out, const char *data, size_t len, size_t width, int flags, size_t *columns);

/*
 * Appends data[0, len) as vis_bytes does. If it does not fit, appends what fits and the number of
 * bytes that are left out ("... +1,234 bytes"); the two are within width if that is at least 40.
 * Returns 0, or -1 with errno ENOMEM.
 */
int vis_cut(struct buf *out, const char *data, size_t len, size_t width, int flags);

/*
 * Appends the text as vis_bytes shows it, as valid UTF-8 of at most `most` bytes, which is 32 or
 * more. A text that is too long loses its middle, which " ... " replaces: a message has a name at
 * its beginning and the reason at its end. Returns the number of bytes appended; 0 if text is NULL,
 * or without memory.
 */
size_t vis_fit(struct buf *out, const char *text, size_t most);

/*
 * Appends a row of a hexadecimal dump of data[0, len), len from 1 to VIS_HEX: the offset `at`, the
 * bytes, the bytes as ASCII with a dot for each that is not printable, and a newline. At most 79
 * columns. Returns 0, or -1 with errno ENOMEM.
 */
enum { VIS_HEX = 16 };
int vis_hex(struct buf *out, size_t at, const char *data, size_t len);

#endif
