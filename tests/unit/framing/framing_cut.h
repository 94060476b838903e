#ifndef FRAMING_CUT_H
#define FRAMING_CUT_H

/*
 * framing_cut: what the framings' tests share: sets of records, and splitting with the input given
 * in pieces of several patterns, one byte at a time among them: what is found must not depend on
 * the pattern.
 */

#include <stdlib.h>
#include <string.h>

#include "framing/framing.h"
#include "unit/unit.h"

/* ---- records in a row ---- */

struct set {
	struct buf bytes;
	struct buf ends; /* size_t each */
};

static inline size_t
count(const struct set *set)
{
	return set->ends.len / sizeof(size_t);
}

static inline size_t
end_of(const struct set *set, size_t i)
{
	size_t end;

	memcpy(&end, set->ends.data + i * sizeof end, sizeof end);
	return end;
}

static inline void
add(struct set *set, const char *data, size_t len)
{
	size_t end;

	if (buf_add(&set->bytes, data, len) == -1)
		abort();
	end = set->bytes.len;
	if (buf_add(&set->ends, &end, sizeof end) == -1)
		abort();
}

static inline const char *
record(const struct set *set, size_t i, size_t *len)
{
	size_t start = i > 0 ? end_of(set, i - 1) : 0;

	*len = end_of(set, i) - start;
	return set->bytes.len > 0 ? set->bytes.data + start : "";
}

static inline int
equal(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/*
 * Appends the text as it comes back: from jsonl without the white space outside of strings, else as
 * it is.
 */
static inline void
came_back(struct buf *out, const char *name, const char *data, size_t len)
{
	int within = 0;

	for (size_t i = 0; i < len; i++) {
		int space = memchr(" \t\r\n", data[i], 4) != NULL;

		if (strcmp(name, "jsonl") == 0 && space && !within)
			continue;
		if (data[i] == '"')
			within = !within;
		if (buf_addc(out, data[i]) == -1)
			abort();
		if (within && data[i] == '\\' && i + 1 < len && buf_addc(out, data[++i]) == -1)
			abort();
	}
}

static inline int
same(const struct set *a, const struct set *b)
{
	return equal(&a->bytes, &b->bytes) && equal(&a->ends, &b->ends);
}

static inline void
set_free(struct set *set)
{
	buf_free(&set->bytes);
	buf_free(&set->ends);
}

/* ---- splitting in pieces ---- */

struct result {
	struct set records;
	struct buf lost; /* size_t each: records before a text that was lost */
	struct buf error;
	int lacks_gap;
};

static inline void
result_free(struct result *r)
{
	set_free(&r->records);
	buf_free(&r->lost);
	buf_free(&r->error);
}

enum { WHOLE, BYTES, SMALL, LARGE, PATTERNS };

static inline size_t
piece(int pattern, size_t left)
{
	size_t n = pattern == WHOLE ? left : pattern == BYTES ? 1 : 1 + unit_random(pattern == SMALL ? 9 : 65536);

	return n < left ? n : left;
}

/* Adds what one call found, and checks that it is within the bounds. */
static inline void
take(const struct framing *f, const struct framing_found *found, const char *data, size_t len, struct result *r)
{
	unsigned char byte = 0;
	int gap = framing_gap(f, &byte), good = found->used <= len && found->count <= found->max;
	size_t i, start = 0;

	for (i = 0; good && i < found->count; i++) {
		size_t end = found->ends[i];

		if (gap == -1)
			start = found->starts[i];
		good = start <= end && end <= found->used;
		if (good)
			add(&r->records, data + start, end - start);
		start = end + (size_t)gap;
		if (good && gap == 1 && end < found->used)
			good = (unsigned char)data[end] == byte;
	}
	CHECK(good);
	if (found->lost > 0) {
		size_t before = count(&r->records);

		CHECK(found->lost == 1 && found->used > 0);
		buf_add(&r->lost, &before, sizeof before);
	}
	r->lacks_gap |= found->lacks_gap;
}

/*
 * Splits data[0, len), given in pieces, in memory that holds other bytes until they arrive. For
 * small inputs, also checks that the split changes no bytes that it is not done with.
 */
static inline void
split(const struct framing *f, const char *data, size_t len, int pattern, struct result *r)
{
	uint32_t starts[64], ends[64];
	struct framing_split s = { .framing = f };
	struct framing_found found = { .starts = starts, .ends = ends };
	char *area = malloc(len + 1);
	size_t at = 0, arrived = 0;
	unsigned char byte;
	int eof = 0, status = 0;
	uint64_t open = 0; /* the least length of the open record, by framing_open_length */

	if (area == NULL)
		abort();
	found.starts = framing_gap(f, &byte) == -1 ? starts : NULL;
	memset(area, len % 3 == 0 ? '\n' : len % 3 == 1 ? '"' : 'x', len + 1);
	while (status == 0 && !eof) {
		size_t n = piece(pattern, len - arrived);

		memcpy(area + arrived, data + arrived, n);
		arrived += n;
		/* The end may be known with the last bytes or only later. */
		eof = arrived == len && (n == 0 || unit_random(2));
		do {
			found.max = pattern == WHOLE ? 64 : 1 + unit_random(64);
			status = framing_split(&s, area + at, arrived - at, eof, &found);
			if (found.count > 0 && !f->allow_short && found.lost == 0)
				CHECK(f->ere.program != NULL ||
				      open <= (size_t)(found.ends[0] - (found.starts != NULL ? starts[0] : 0)));
			if (found.used > 0)
				open = 0;
			take(f, &found, area + at, arrived - at, r);
			at += found.used;
			if (arrived <= 2000)
				CHECK(status == -1 || memcmp(area + at, data + at, arrived - at) == 0);
		} while (status == 0 && (found.used > 0 || found.count == found.max));
		open = framing_open_length(&s, area + at, arrived - at);
	}
	if (status == 0)
		CHECK(at == len && s.record == count(&r->records) && s.offset == len);
	else
		CHECK(s.error.len > 0 && buf_add(&r->error, s.error.data, s.error.len) == 0);
	framing_split_free(&s);
	free(area);
}

/* Splits in every pattern; all must find the same. */
static inline void
split_all(const struct framing *f, const char *data, size_t len, struct result *r)
{
	int pattern;

	split(f, data, len, WHOLE, r);
	for (pattern = BYTES; pattern < PATTERNS; pattern++) {
		struct result other = { 0 };

		split(f, data, len, pattern, &other);
		CHECK(same(&r->records, &other.records));
		CHECK(equal(&r->lost, &other.lost));
		CHECK(equal(&r->error, &other.error));
		CHECK(r->lacks_gap == other.lacks_gap);
		result_free(&other);
	}
}

static inline void
named(struct framing *f, const char *name)
{
	struct buf error = { 0 };
	int status = framing_init(f, name, &error);

	CHECK(status == 0 && error.len == 0);
	if (status == -1)
		printf("%s\n", buf_string(&error));
	buf_free(&error);
}

#endif
