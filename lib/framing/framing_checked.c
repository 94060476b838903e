/*
 * framing_checked: lines that are checked, each when it is whole (jsonl, logfmt), for splitting. As
 * framing_split.c; framing_rows.c finds the lines if they stay in place. Lines with nothing but
 * white space are no records.
 */
#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

int
framing_split_checked(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen;

	while (f->count < f->max) {
		size_t start = f->used, end = at = scan_byte(data, len, at, '\n');

		if (end == len && (!eof || start == len))
			break;
		if (end < len && end > start && data[end - 1] == '\r')
			end--;
		if (!framing_is_json_blank(data, start, end)) {
			if (framing_kind(s->framing)->line(s, f, data, start, end) < 0)
				return -1;
			framing_add(f, start, end);
		}
		f->used = at = at < len ? at + 1 : len;
	}
	s->seen = at - f->used;
	return 0;
}
