/*
 * select: see select.h.
 *
 * locate searches the whole payload of a block at once and looks up in the index which record was hit. A hit that does not lie
 * within one record (it touches a gap) is none; the search goes on at the beginning of the record that it ran into.
 */

#include <stdlib.h>
#include <string.h>

#include "select.h"
#include "text.h"

struct select_verb {
	const char *name;
	int (*operands)(struct select *, char *const words[], size_t count, struct buf *error);
	void (*judge)(struct select *, const struct block *); /* sets bits in hits, which are 0 before */
	int negated;                                          /* the others satisfy the verb */
};

static void
mark(struct select *s, uint32_t i)
{
	s->hits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* The first record from on that ends at end or behind; count if there is none. Near ones are found in few steps. */
static uint32_t
record_at(const struct block *b, uint32_t from, size_t end)
{
	uint32_t low = from, high, step = 1;

	/* low - 1 ends before end; high, where it exists, does not. */
	for (high = from; high < b->count && b->ends[high] < end; step *= 2) {
		low = high + 1;
		high = b->count - high > step ? high + step : b->count;
	}
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (b->ends[middle] < end)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
judge_text(struct select *s, const struct block *b, const struct scan_text *text)
{
	size_t at = 0;
	uint32_t i = 0;

	while ((at = scan_text(text, b->payload, b->size, at)) != SIZE_MAX) {
		if ((i = record_at(b, i, at + text->len)) == b->count)
			break;
		if (at < block_start(b, i)) {
			at = block_start(b, i);
			continue;
		}
		mark(s, i);
		if (++i == b->count)
			break;
		at = block_start(b, i);
	}
}

static void
judge_locate(struct select *s, const struct block *b)
{
	/* Without a text: what is not empty. The empty text is in every record. */
	if (s->count == 0) {
		for (uint32_t i = 0; i < b->count; i++)
			if (b->ends[i] > block_start(b, i))
				mark(s, i);
		return;
	}
	for (size_t t = 0; t < s->count; t++) {
		if (s->texts[t].len > 0) {
			judge_text(s, b, &s->texts[t]);
			continue;
		}
		for (uint32_t i = 0; i < b->count; i++)
			mark(s, i);
	}
}

static int
add_text(struct select *s, const char *text, size_t len)
{
	struct scan_text *more = reallocarray(s->texts, s->count + 1, sizeof *more);

	if (more == NULL)
		return -1;
	s->texts = more;
	if (scan_text_init(&s->texts[s->count], text, len, s->ignore_case) < 0)
		return -1;
	s->count++;
	return 0;
}

static int
take_texts(struct select *s, char *const words[], size_t count, struct buf *error)
{
	for (size_t i = 0; i < count; i++) {
		struct buf bytes = { 0 };
		int result;

		(void)buf_addf(error, "%s: ", s->verb->name);
		if ((result = text_parse(words[i], &bytes, error)) == 0)
			error->len = 0;
		if (result == 0 && (result = add_text(s, bytes.data != NULL ? bytes.data : "", bytes.len)) < 0)
			(void)buf_adds(error, "out of memory");
		buf_free(&bytes);
		if (result < 0)
			return -1;
	}
	return 0;
}

static const struct select_verb verbs[] = {
	{ "locate", take_texts, judge_locate, 0 },
	{ "nlocate", take_texts, judge_locate, 1 },
};

int
select_verb(struct select *s, const char *name, struct buf *error)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, name) == 0) {
			s->verb = &verbs[i];
			return 0;
		}
	(void)buf_addf(error, "%s: no such verb; there are", name);
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		(void)buf_addf(error, "%s %s", i > 0 ? "," : "", verbs[i].name);
	return -1;
}

int
select_text(struct select *s, const char *text)
{
	return add_text(s, text, strlen(text));
}

int
select_operands(struct select *s, char *const words[], size_t count, struct buf *error)
{
	return s->verb->operands(s, words, count, error);
}

uint32_t
select_judge(struct select *s, const struct block *b)
{
	size_t words = ((size_t)b->count + 63) / 64;
	uint32_t found = 0;

	memset(s->hits, 0, words * sizeof s->hits[0]);
	s->verb->judge(s, b);
	for (size_t w = 0; w < words; w++) {
		if (s->verb->negated) {
			s->hits[w] = ~s->hits[w];
			if (w == words - 1 && b->count % 64 != 0)
				s->hits[w] &= (UINT64_C(1) << (b->count % 64)) - 1;
		}
		found += (uint32_t)__builtin_popcountll(s->hits[w]);
	}
	return found;
}

void
select_free(struct select *s)
{
	for (size_t t = 0; t < s->count; t++)
		scan_text_free(&s->texts[t]);
	free(s->texts);
}
