/*
 * map_pair: operands that several verbs have, /from/to/ after ranges, and records that do not
 * change.
 */

#include <ctype.h>
#include <string.h>

#include "base/bits.h"
#include "base/delimited.h"
#include "change/map_private.h"
#include "match/spell.h"

int
map_ranges(struct map *m, struct range *range, char *const words[], size_t count, size_t *used, struct buf *error)
{
	if (m->separator != NULL) {
		(void)buf_adds(error, "-F ");
		if (range_fields(range, m->separator, error) < 0)
			return -1;
		error->len = 0;
	}
	return range_take(range, words, count, used, error);
}

/* Says what is after the third delimiter. */
static int
refuse_rest(const char *word, const char *rest, struct buf *error)
{
	if (strcmp(rest, "g") == 0) {
		(void)buf_addf(error, "%s: all matches are replaced by gsub %.*s", word, (int)(rest - word), word);
		return -1;
	}
	(void)buf_addf(error,
	    "%s: there is more after the third %c: if a %c is part of a text, put another character between the texts, "
	    "such as %c",
	    word, *word, *word, delimited_delimiter(word));
	return -1;
}

int
map_pair(struct map *m, struct range *range, char *const words[], size_t count, struct map_pair *pair,
    const char *shape, struct buf *error)
{
	const char *word, *second, *third;
	size_t used = 0;

	if (map_ranges(m, range, words, count, &used, error) < 0)
		return -1;
	if (used == count) {
		(void)buf_addf(error, "%s is needed", shape);
		return -1;
	}
	word = words[used];
	if (used + 1 < count && spell_plain(word, strlen(word))) {
		(void)buf_addf(error, "%s: no part of a record; a column is .%s", word, word);
		return -1;
	}
	if (used + 1 < count) {
		(void)buf_addf(
		    error, "%s: one word too many: %s comes last, in one word of the shell", words[used + 1], shape);
		return -1;
	}
	second = *word != '\0' ? strchr(word + 1, *word) : NULL;
	third = second != NULL ? strchr(second + 1, *word) : NULL;
	if (!isascii((unsigned char)*word) || !ispunct((unsigned char)*word) || third == NULL) {
		(void)buf_addf(
		    error, "%s: %s is expected, with one character of punctuation at three places", word, shape);
		return -1;
	}
	if (third[1] != '\0')
		return refuse_rest(word, third + 1, error);
	pair->from = (struct range_view){ word + 1, (size_t)(second - word - 1) };
	pair->to = (struct range_view){ second + 1, (size_t)(third - second - 1) };
	return 0;
}

uint32_t
map_copy(struct map *m, const struct block *b, uint32_t from, const uint64_t *hits)
{
	uint32_t to = bits_next(hits, from, b->count, 1);
	struct made *made = &m->made;
	int same = map_text_can(m, b);
	size_t at, start;
	char *p;

	if (to == from)
		return to;
	if (from == 0 && to == b->count && same && !block_lacks_gap(b))
		return MAP_SAME;
	start = block_start(b, from);
	if (made_reserve(made, b->ends[to - 1] - start + (size_t)(to - from) * made->gap + 2, to - from) < 0)
		return from; /* apply says that memory is lacking */
	p = made->payload.data;
	at = made->payload.len;
	if (same) {
		size_t n = b->ends[to - 1] - start;

		memcpy(p + at, b->payload + start, n);
		memcpy(p + at + n, made->gaps, made->gap);
		made_run(made, b, from, to, at - start);
		return to;
	}
	for (; from < to; from++) {
		size_t n = b->ends[from] - block_start(b, from);

		/* A larger record than REC_MAX allows cannot be in the block. */
		memcpy(p + at, b->payload + block_start(b, from), n);
		at += n;
		memcpy(p + at, made->gaps, made->gap);
		made_note(made, at, block_position(b, from));
		at += made->gap;
	}
	return to;
}
