/*
 * framing_groups: a fixed number of lines a record (lines:N), in both directions. As
 * framing_split.c and framing_join.c.
 */
#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

enum { LINES = 2048 }; /* at a time */

/*
 * At the input's end: takes what is left, the open record's lines. Returns 0, or -1 with the error.
 */
static int
take_rest(struct framing_split *s, const char *data, size_t len, struct framing_found *f)
{
	uint64_t lines = s->left + (data[len - 1] != '\n'), wanted = s->framing->lines;

	if (lines < wanted && !s->framing->allow_short)
		return framing_fault(s, f, f->used, "the input ends after %llu of the record's %llu lines",
		    (unsigned long long)lines, (unsigned long long)wanted);
	f->lacks_gap = data[len - 1] != '\n';
	framing_add(f, f->used, f->lacks_gap ? len : len - 1);
	f->used = len;
	s->left = 0;
	return 0;
}

/* Private number: left: newlines of the open record that have come. */
int
framing_split_groups(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	static uint32_t ends[LINES]; /* half of a small stack */
	uint64_t wanted = s->framing->lines;
	size_t from = s->seen;

	while (f->count < f->max) {
		/* This number of newlines ends no more records than there is room for. */
		uint64_t room = wanted - s->left + (f->max - f->count - 1) * wanted;
		size_t looked, n;

		room = room < LINES ? room : LINES;
		n = scan_bytes(data + from, len - from, '\n', (uint32_t)from, ends, (size_t)room, &looked);
		from += looked;
		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			if (++s->left == wanted) {
				framing_add(f, f->used, ends[i]);
				f->used = ends[i] + (size_t)1;
				s->left = 0;
			}
	}
	if (eof && f->count < f->max && f->used < len && take_rest(s, data, len, f) < 0)
		return -1;
	s->seen = from > f->used ? from - f->used : 0;
	return 0;
}

/* Private number: state: a short record was seen, which only the last one of all may be. */
const char *
framing_check_groups(struct framing_join *join, const char *data, size_t len)
{
	size_t lines = scan_count(data, len, '\n') + 1;

	if (join->state)
		return "the record before it has fewer lines than the framing";
	if (lines > join->framing->lines)
		return "it has more lines than the framing";
	if (lines == join->framing->lines)
		return NULL;
	if (!join->framing->allow_short)
		return "it has fewer lines than the framing";
	join->state = 1;
	return NULL;
}
