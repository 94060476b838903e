/*
 * verb_judge: see verb_private.h.
 *
 * locate searches the whole payload of a block at once, for several strings by scan_many, and looks
 * up in the index which record was hit. A hit that is not within one record, because part of it is
 * in a gap, does not count: the search goes on at the beginning of the record that the hit reaches
 * into. With ranges, that search only finds the records that are worth a closer look, because a
 * string in a part of a record is in the record too, except if the record writes it with escapes.
 * All records are looked at if their values may be written in yet other ways.
 */

#include <string.h>

#include "base/bits.h"
#include "match/verb.h"
#include "match/verb_private.h"

enum { SIFTED = 4096 }; /* records after which a sieve that holds little back is turned off */

static void
judge_text(struct verb *s, const struct block *b)
{
	const struct scan_text *text = &s->texts[0];
	size_t at = 0;
	uint32_t i = 0;

	while ((at = scan_text(text, b->payload, b->size, at)) != SIZE_MAX) {
		if ((i = (uint32_t)scan_ends(b->ends, i, b->count, at + text->len)) == b->count)
			break;
		if (at < block_start(b, i)) {
			at = block_start(b, i);
			continue;
		}
		bits_set(s->hits, i);
		if (++i == b->count)
			break;
		at = block_start(b, i);
	}
}

/*
 * Makes scan_many ready for all strings when the first data is judged: all strings are known then,
 * and the data shows which bytes are frequent in it. Returns 0, or -1 without memory.
 */
static int
need_many(struct verb *s, const char *data, size_t len)
{
	if (s->many.count == s->count)
		return 0;
	scan_many_free(&s->many);
	if (scan_many_init(&s->many, s->texts, s->count, data, len) == 0)
		return 0;
	scan_many_free(&s->many);
	s->failed = 1;
	return -1;
}

/*
 * Marks the records that contain one of the strings. There is at least one string, and none is
 * empty.
 */
static void
judge_texts(struct verb *s, const struct block *b)
{
	if (s->count == 1)
		judge_text(s, b);
	else if (need_many(s, b->payload, b->size) == 0)
		scan_many_records(&s->many, b->payload, b->size, b->ends, b->count, b->gap, s->hits);
}

static int
holds_text(struct verb *s, const char *data, size_t len)
{
	if (s->count == 1)
		return scan_text(&s->texts[0], data, len, 0) != SIZE_MAX;
	return need_many(s, data, len) == 0 && scan_many(&s->many, data, len);
}

/* Marks the records that contain the byte. */
static void
judge_byte(struct verb *s, const struct block *b, char c)
{
	size_t at = 0;
	uint32_t i = 0;

	while ((at = scan_byte(b->payload, b->size, at, c)) < b->size) {
		if ((i = (uint32_t)scan_ends(b->ends, i, b->count, at + 1)) == b->count)
			break;
		if (at >= block_start(b, i))
			bits_set(s->hits, i);
		/*
		 * From a hit in the gap before record i go on in that record; from one in the
		 * record, after it.
		 */
		at = at < block_start(b, i) ? block_start(b, i) : b->ends[i];
	}
}

/*
 * Returns 1 if a part of the record contains one of the strings, or, with `any`, if the record has
 * one of the parts at all; else 0.
 */
static int
look(struct verb *s, const struct block *b, uint32_t i, int any)
{
	uint32_t start = block_start(b, i);

	for (size_t part = 0; part < s->range.count; part++) {
		struct range_view view;
		int there = range_view(&s->range, part, b->payload + start, b->ends[i] - start, &view);

		s->failed |= there < 0;
		if (there <= 0)
			continue;
		if (any)
			return 1;
		if (holds_text(s, view.data, view.len))
			return 1;
	}
	return 0;
}

static void
judge_ranges(struct verb *s, const struct block *b)
{
	if (s->count == 0 && s->listed)
		return;
	/* Every part that is there contains the empty string. */
	if (s->count == 0 || s->empty_text || s->range.escapes & RANGE_MADE) {
		for (uint32_t i = 0; i < b->count; i++)
			if (look(s, b, i, s->count == 0 || s->empty_text))
				bits_set(s->hits, i);
		return;
	}
	judge_texts(s, b);
	if (s->range.escapes & RANGE_BACKSLASH)
		judge_byte(s, b, '\\');
	if (s->range.escapes & RANGE_QUOTE)
		judge_byte(s, b, '"');
	for (uint32_t w = 0; w < (b->count + 63) / 64; w++)
		for (uint64_t left = s->hits[w]; left != 0; left &= left - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(left);

			if (!look(s, b, w * 64 + bit, 0))
				s->hits[w] &= ~(UINT64_C(1) << bit);
		}
}

void
verb_judge_locate(struct verb *s, const struct block *b)
{
	if (s->range.count > 0) {
		judge_ranges(s, b);
		return;
	}
	/*
	 * Without a string, records that are not empty satisfy it, but none if there is a list.
	 * Every record contains the empty string.
	 */
	if (s->count == 0 && s->listed)
		return;
	if (s->count == 0) {
		for (uint32_t i = 0; i < b->count; i++)
			if (b->ends[i] > block_start(b, i))
				bits_set(s->hits, i);
		return;
	}
	if (s->empty_text) {
		for (uint32_t i = 0; i < b->count; i++)
			bits_set(s->hits, i);
		return;
	}
	judge_texts(s, b);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/*
 * Returns 1 if data begins with the string, which is in lower case if case is ignored; or 0. If
 * wild, a space in the string matches any byte, and an underscore a space.
 */
static int
begins_with(const struct scan_text *text, const char *data, int wild)
{
	if (!wild && !text->ignore_case)
		return text->len == 0 || memcmp(data, text->text, text->len) == 0;
	for (size_t i = 0; i < text->len; i++) {
		char want = text->text[i], have = text->ignore_case ? lower(data[i]) : data[i];

		if (wild && want == ' ')
			continue;
		if (have != (wild && want == '_' ? ' ' : want))
			return 0;
	}
	return 1;
}

static void
judge_beginning(struct verb *s, const struct block *b, int wild)
{
	const struct scan_text *text = &s->texts[0];

	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t start = block_start(b, i);

		if (b->ends[i] - start >= text->len && begins_with(text, b->payload + start, wild))
			bits_set(s->hits, i);
	}
}

void
verb_judge_find(struct verb *s, const struct block *b)
{
	judge_beginning(s, b, s->literals == 0);
}

void
verb_judge_strfind(struct verb *s, const struct block *b)
{
	judge_beginning(s, b, 0);
}

/* Returns 1 if one of the expressions matches in the bytes, else 0. */
static int
matches(const struct verb *s, const char *data, size_t len)
{
	for (size_t e = 0; e < s->eres_count; e++)
		if (ere_match(&s->eres[e], data, len))
			return 1;
	return 0;
}

/*
 * Judges by the sieve: only records that contain one of its texts. Turns it off for the blocks to
 * come if these are so many that the automata are faster by themselves.
 */
static void
judge_sifted(struct verb *s, const struct block *b)
{
	judge_texts(s, b);
	for (uint32_t w = 0; w < BITS_WORDS(b->count); w++)
		for (uint64_t left = s->hits[w]; left != 0; left &= left - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(left), start = block_start(b, w * 64 + bit);

			s->caught++;
			if (!matches(s, b->payload + start, b->ends[w * 64 + bit] - start))
				s->hits[w] &= ~(UINT64_C(1) << bit);
		}
	s->sifted += b->count;
	s->no_sieve = s->sifted >= SIFTED && s->caught > s->sifted / 4;
}

void
verb_judge_match(struct verb *s, const struct block *b)
{
	if (s->range.count == 0 && s->count > 0 && !s->no_sieve) {
		judge_sifted(s, b);
		return;
	}
	if (s->range.count == 0) {
		for (size_t e = 0; e < s->eres_count; e++)
			ere_match_all(&s->eres[e], b->payload, b->size, b->ends, b->count, b->gap, s->hits);
		return;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t start = block_start(b, i);

		for (size_t part = 0; part < s->range.count; part++) {
			struct range_view view;
			int there = range_view(&s->range, part, b->payload + start, b->ends[i] - start, &view);

			s->failed |= there < 0;
			if (there > 0 && matches(s, view.data, view.len)) {
				bits_set(s->hits, i);
				break;
			}
		}
	}
}

void
verb_judge_where(struct verb *s, const struct block *b)
{
	expr_judge_all(&s->expr, b, s->hits);
	s->failed |= s->expr.failed;
}
