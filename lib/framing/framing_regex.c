/*
 * framing_regex: bytes to records if a regular expression separates them, or matches their first or
 * last lines; and the checks of the framings by lines, which can be written too.
 *
 * Lines are judged many at a time, so that a string that the expression needs is searched for in
 * all of them at once; and only complete lines, so that each is judged once. The private numbers of
 * start and end: mark: after the last newline, counted from used; seen: how far the next newline
 * has been looked for.
 */
#include <string.h>

#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

enum { LINES = 2048 }; /* at a time */

int
framing_split_regex(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	struct ere ere = s->framing->ere;
	size_t start, end;

	while (f->count < f->max && f->used < len) {
		int found = ere_seek(&ere, &s->seek, data + f->used, len - f->used, eof ? ERE_SEEK_LAST : ERE_SEEK_MORE,
		    &start, &end);

		if (found < 0)
			return framing_fault_memory(s, f, f->used);
		if (found) {
			framing_add(f, f->used, f->used + start);
			f->used += end;
		} else if (eof) {
			framing_add(f, f->used, len);
			f->used = len;
		} else {
			break;
		}
	}
	return 0;
}

int
framing_idle_regex(struct framing_split *s, char *data, size_t len, struct framing_found *f)
{
	struct ere ere = s->framing->ere;
	size_t start, end;
	int found;

	if (f == NULL)
		return s->seek.open;
	if ((found = ere_seek(&ere, &s->seek, data, len, ERE_SEEK_NOW, &start, &end)) < 0)
		return framing_fault_memory(s, f, 0);
	if (found) {
		framing_add(f, 0, start);
		f->used = end;
	}
	return found;
}

/* Cuts at the n lines that match. They begin at data[line], and their ends count from there. */
static void
cut(struct framing_found *f, size_t line, const uint32_t *ends, size_t n, const uint64_t *hits, int after)
{
	for (size_t w = 0; w < (n + 63) / 64; w++)
		for (uint64_t left = hits[w]; left != 0; left &= left - 1) {
			size_t i = 64 * w + (size_t)__builtin_ctzll(left);
			size_t at = after ? line + ends[i] + 1 : i > 0 ? line + ends[i - 1] + 1 : line;

			if (at > f->used) {
				framing_add(f, f->used, at - 1);
				f->used = at;
			}
		}
}

static int
split_lines(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f, int after)
{
	static uint32_t ends[LINES]; /* half of a small stack */
	struct ere ere = s->framing->ere;
	size_t line = (size_t)s->mark, from = s->seen;

	while (f->count < f->max) {
		uint64_t hits[LINES / 64] = { 0 };
		/*
		 * Each line ends one record at most, so all that are judged here can be cut here.
		 */
		size_t room = f->max - f->count, looked, n;

		n = scan_bytes(
		    data + from, len - from, '\n', (uint32_t)(from - line), ends, room < LINES ? room : LINES, &looked);
		from += looked;
		if (n == 0)
			break;
		ere_match_all(&ere, data + line, ends[n - 1], ends, n, 1, hits);
		for (size_t w = 0; !s->matched && w < (n + 63) / 64; w++)
			s->matched = hits[w] != 0;
		cut(f, line, ends, n, hits, after);
		line += ends[n - 1] + (size_t)1;
	}
	if (eof && f->count < f->max) {
		/* The last line may lack its newline. */
		int matches = line < len && ere_match(&ere, data + line, len - line);

		s->matched |= matches;
		if (!after && matches && line > f->used) {
			framing_add(f, f->used, line - 1);
			f->used = line;
		}
		if (line == len && f->used < len && f->count < f->max) {
			framing_add(f, f->used, len - 1);
			f->used = len;
		}
		framing_last(s, len, eof, f);
		line = line > f->used ? line : f->used;
		from = len;
	}
	s->mark = line - f->used;
	s->seen = from - f->used;
	return 0;
}

int
framing_split_start(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	return split_lines(s, data, len, eof, f, 0);
}

int
framing_split_end(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	return split_lines(s, data, len, eof, f, 1);
}

/*
 * Returns 1 if the line data[from, ...) of the record matches, else 0. Moves *from past its
 * newline, or past len + 1 if it is the last line.
 */
static int
line_matches(struct framing_join *join, const char *data, size_t len, size_t *from)
{
	struct ere ere = join->framing->ere;
	size_t end = scan_byte(data, len, *from, '\n');
	int matches = ere_match(&ere, data + *from, end - *from);

	*from = end + 1;
	return matches;
}

const char *
framing_check_start(struct framing_join *join, const char *data, size_t len)
{
	size_t from = 0;

	if (!line_matches(join, data, len, &from) && join->record > 0)
		return "its first line does not match, and would continue the record before it";
	while (from <= len)
		if (line_matches(join, data, len, &from))
			return "a line within it matches, and would begin another record";
	return NULL;
}

/*
 * Private number: state: the record before did not end as it should, which only the last one of all
 * may do.
 */
const char *
framing_check_end(struct framing_join *join, const char *data, size_t len)
{
	size_t from = 0;
	int matches = 0;

	if (join->state)
		return "the last line of the record before it does not match, and this one would continue it";
	while (from <= len) {
		if (matches)
			return "a line within it matches, and would end it there";
		matches = line_matches(join, data, len, &from);
	}
	join->state = !matches;
	return NULL;
}
