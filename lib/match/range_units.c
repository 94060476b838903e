/*
 * range_units: words, fields and csv fields, which are units between separators. A range that
 * counts from the beginning is read from there, one that counts from the end from the end, and only
 * as far as it goes. All units are counted first only for a range that counts from both sides, and
 * for one that counts from the end if the separator has several bytes: where such separators are
 * can only be found from the beginning.
 */

#include <string.h>

#include "base/bytemask.h"
#include "base/scan.h"
#include "match/csvfield.h"
#include "match/range_step.h"

int
range_resolve(int64_t from, int64_t to, int64_t total, int64_t *first, int64_t *last)
{
	*first = from > 0 ? from : total + from + 1;
	*last = to > total ? total : to > 0 ? to : total + to + 1;
	if (*first < 1)
		*first = 1;
	return *first <= *last;
}

/* Returns the n-th byte c from p on, or NULL if there are fewer. */
static const char *
nth_byte(const char *p, const char *end, char c, int64_t n)
{
	while (p < end) {
		size_t chunk = end - p < 64 ? (size_t)(end - p) : 64;
		uint64_t mask = bytemask_of(p, chunk, c, 0);
		int found = __builtin_popcountll(mask);

		if (found >= n)
			return p + bytemask_nth(mask, n);
		n -= found;
		p += chunk;
	}
	return NULL;
}

/*
 * Returns the beginning of the n-th word from p on, or NULL if there are fewer. A word begins at p
 * if p is no separator.
 */
static const char *
nth_word(const char *p, const char *end, char c, int white, int64_t n)
{
	uint64_t before = 1;

	while (p < end) {
		size_t chunk = end - p < 64 ? (size_t)(end - p) : 64;
		uint64_t mask = bytemask_of(p, chunk, c, white), begins = ~mask & (mask << 1 | before);
		int found;

		if (chunk < 64)
			begins &= (UINT64_C(1) << chunk) - 1;
		found = __builtin_popcountll(begins);
		if (found >= n)
			return p + bytemask_nth(begins, n);
		n -= found;
		before = mask >> 63;
		p += chunk;
	}
	return NULL;
}

/* ---- words ---- */

static const char *
skip_separators(const struct range_step *s, const char *p, const char *end)
{
	if (s->len == 0) {
		while (p < end && bytemask_white(*p))
			p++;
	} else if (s->len == 1) {
		while (p < end && *p == s->text[0])
			p++;
	} else {
		while ((size_t)(end - p) >= s->len && memcmp(p, s->text, s->len) == 0)
			p += s->len;
	}
	return p;
}

/* Returns the first separator from p on, or end. */
static const char *
find_separator(const struct range_step *s, const char *p, const char *end)
{
	const char *found;

	if (s->len == 0) {
		while (p < end && !bytemask_white(*p))
			p++;
		return p;
	}
	found = s->len == 1 ? memchr(p, s->text[0], (size_t)(end - p)) : memmem(p, (size_t)(end - p), s->text, s->len);
	return found != NULL ? found : end;
}

static int64_t
count_words(const struct range_step *s, const struct range_view *v)
{
	const char *p = v->data, *end = p + v->len;
	int64_t n = 0;

	if (s->len < 2) { /* by masks, as nth_word */
		int white = s->len == 0;
		uint64_t before = 1;

		for (size_t chunk; p < end; p += chunk) {
			uint64_t mask, begins;

			chunk = end - p < 64 ? (size_t)(end - p) : 64;
			mask = bytemask_of(p, chunk, white ? ' ' : s->text[0], white);
			begins = ~mask & (mask << 1 | before);
			if (chunk < 64)
				begins &= (UINT64_C(1) << chunk) - 1;
			n += __builtin_popcountll(begins);
			before = mask >> 63;
		}
		return n;
	}
	while ((p = skip_separators(s, p, end)) < end) {
		n++;
		p = find_separator(s, p, end);
	}
	return n;
}

/*
 * Does what words_forward does, for separators of one byte and white space, by masks: that pays
 * from the third word on.
 */
static int
words_masked(const struct range_step *s, struct range_view *v, int64_t from, int64_t to)
{
	const char *end = v->data + v->len, *begin, *last, *found;
	int white = s->len == 0;
	char c = white ? ' ' : s->text[0];

	if ((begin = nth_word(v->data, end, c, white, from)) == NULL)
		return 0;
	last = from == to ? begin : to == RANGE_LAST ? NULL : nth_word(begin, end, c, white, to - from + 1);
	if (last != NULL) {
		uint64_t mask = bytemask_of(last, end - last < 64 ? (size_t)(end - last) : 64, c, white);

		found = mask != 0 ? last + __builtin_ctzll(mask) : find_separator(s, last, end);
	} else {
		for (found = end; white ? bytemask_white(found[-1]) : found[-1] == c;)
			found--;
	}
	v->data = begin;
	v->len = (size_t)(found - begin);
	return 1;
}

static int
words_forward(const struct range_step *s, struct range_view *v, int64_t from, int64_t to)
{
	const char *p = v->data, *end = p + v->len, *begin = NULL, *last = NULL;

	if (s->len == 0 && from == to && from <= UINT32_MAX) {
		if (!bytemask_word(p, end, (uint32_t)from, &begin, &last))
			return 0;
		v->data = begin;
		v->len = (size_t)(last - begin);
		return 1;
	}
	if (s->len < 2 && from > 2)
		return words_masked(s, v, from, to);
	for (int64_t n = 1; (p = skip_separators(s, p, end)) < end; n++) {
		if (n == from)
			begin = p;
		p = find_separator(s, p, end);
		if (n >= from)
			last = p;
		if (n == to)
			break;
	}
	if (begin == NULL)
		return 0;
	v->data = begin;
	v->len = (size_t)(last - begin);
	return 1;
}

/*
 * Sets v to the words from number from to number to, counted from the end; separators of one byte
 * and white space.
 */
static int
words_backward(const struct range_step *s, struct range_view *v, int64_t from, int64_t to)
{
	const char *begin = NULL, *last = NULL, *p = v->data + v->len;
	int white = s->len == 0;
	char c = white ? ' ' : s->text[0];

	for (int64_t n = 1; n <= from; n++) {
		while (p > v->data && (white ? bytemask_white(p[-1]) : p[-1] == c))
			p--;
		if (p == v->data)
			break;
		if (n == to)
			last = p;
		while (p > v->data && !(white ? bytemask_white(p[-1]) : p[-1] == c))
			p--;
		begin = p;
	}
	if (last == NULL)
		return 0;
	v->data = begin;
	v->len = (size_t)(last - begin);
	return 1;
}

int
range_words(const struct range_step *s, struct range_view *v)
{
	int64_t from = s->from, to = s->to;

	if (from > 0 && to > 0)
		return words_forward(s, v, from, to);
	if (s->len < 2 && from < 0 && (to < 0 || to == RANGE_LAST))
		return words_backward(s, v, -from, to < 0 ? -to : 1);
	return range_resolve(from, to, count_words(s, v), &from, &to) && words_forward(s, v, from, to);
}

/* ---- fields ---- */

/* Returns the first separator from p on, or NULL. */
static const char *
find_field_end(const struct range_step *s, const char *p, const char *end)
{
	if (s->len == 1)
		return memchr(p, s->text[0], (size_t)(end - p));
	return s->len > 0 ? memmem(p, (size_t)(end - p), s->text, s->len) : NULL;
}

int64_t
range_count_fields(const struct range_step *s, const struct range_view *v)
{
	const char *p = v->data, *end = p + v->len;
	int64_t n = 1;

	if (s->len == 1)
		return (int64_t)scan_count(p, v->len, s->text[0]) + 1;
	while ((p = find_field_end(s, p, end)) != NULL) {
		p += s->len;
		n++;
	}
	return n;
}

static int
fields_forward(const struct range_step *s, struct range_view *v, int64_t from, int64_t to)
{
	const char *p = v->data, *end = p + v->len, *stop = end;
	int64_t n = 1;

	if (s->len == 1 && from == to && from <= UINT32_MAX) {
		if (!bytemask_field(p, end, s->text[0], (uint32_t)from, &v->data, &stop))
			return 0;
		v->len = (size_t)(stop - v->data);
		return 1;
	}
	if (s->len == 1 && from > 2) { /* by masks, as words */
		if ((p = nth_byte(p, end, s->text[0], from - 1)) == NULL)
			return 0;
		p++;
		n = from;
	}
	for (; n < from; n++) {
		if ((p = find_field_end(s, p, end)) == NULL)
			return 0;
		p += s->len;
	}
	v->data = p;
	if (to != RANGE_LAST) {
		for (; (stop = find_field_end(s, p, end)) != NULL && n < to; n++)
			p = stop + s->len;
		if (stop == NULL)
			stop = end;
	}
	v->len = (size_t)(stop - v->data);
	return 1;
}

/*
 * Sets v to the fields from number from to number to, counted from the end; separators of one byte.
 */
static int
fields_backward(const struct range_step *s, struct range_view *v, int64_t from, int64_t to)
{
	const char *data = v->data, *last = data + v->len, *begin;
	int64_t n = 1;

	for (; n < to; n++)
		if ((last = memrchr(data, s->text[0], (size_t)(last - data))) == NULL)
			return 0;
	begin = last;
	while ((begin = memrchr(data, s->text[0], (size_t)(begin - data))) != NULL && n < from)
		n++;
	v->data = begin != NULL ? begin + 1 : data;
	v->len = (size_t)(last - v->data);
	return 1;
}

int
range_fields_step(const struct range_step *s, struct range_view *v)
{
	int64_t from = s->from, to = s->to;

	if (from > 0 && to > 0)
		return fields_forward(s, v, from, to);
	if (s->len == 1 && from < 0 && (to < 0 || to == RANGE_LAST))
		return fields_backward(s, v, -from, to < 0 ? -to : 1);
	return range_resolve(from, to, range_count_fields(s, v), &from, &to) && fields_forward(s, v, from, to);
}

/* ---- csv ---- */

int64_t
range_count_csv(const struct range_step *s, const struct range_view *v)
{
	const char *p = v->data, *end = p + v->len;
	int64_t n = 1;

	while ((p = csvfield_end(p, end, s->text, s->len)) < end) {
		p += s->len;
		n++;
	}
	return n;
}

int
range_csv(struct range_step *s, struct range_view *v)
{
	const char *p = v->data, *end = p + v->len, *stop;
	int64_t from = s->from, to = s->to, n = 1;

	if ((from < 0 || to < 0) && !range_resolve(from, to, range_count_csv(s, v), &from, &to))
		return 0;
	for (; n < from; n++) {
		if ((p = csvfield_end(p, end, s->text, s->len)) == end)
			return 0;
		p += s->len;
	}
	stop = csvfield_end(p, end, s->text, s->len);
	v->data = p;
	if (to == RANGE_LAST)
		stop = end;
	for (; n < to && stop < end; n++)
		stop = csvfield_end(stop + s->len, end, s->text, s->len);
	v->len = (size_t)(stop - p);
	/*
	 * Several fields keep their quotes, because without them separators could not be told from
	 * content.
	 */
	return s->from == s->to ? csvfield_value(v, &s->scratch) : 1;
}

/* ---- columns between blanks, by a table ---- */

int64_t
range_count_rest(const struct range_step *s, const struct range_view *v)
{
	int64_t n = count_words(s, v);

	return s->columns > 0 && n > s->columns ? s->columns : n;
}

int
range_rest(const struct range_step *s, struct range_view *v)
{
	const char *end = v->data + v->len;
	int64_t from = s->from, to = s->to;

	if ((from < 0 || to < 0) && !range_resolve(from, to, range_count_rest(s, v), &from, &to))
		return 0;
	if (s->columns == 0 || to < s->columns)
		return words_forward(s, v, from, to);
	if (from > s->columns || !words_forward(s, v, from, from))
		return 0;
	v->len = (size_t)(end - v->data);
	return 1;
}
