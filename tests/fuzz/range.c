/*
 * range: ranges and records of any bytes. The input is the words of the ranges, each ended by a
 * newline, an empty line, a text and a newline, then records with a newline between them. What must
 * hold:
 * - each view lies in the record, or in memory of the range's own, and a second look sees the same;
 * - what range_begins says of a word agrees with what range_take makes of it;
 * - locate keeps exactly the records in which a view holds the text, however it searches.
 */
#include <string.h>

#include "fuzz/main.h"
#include "match/verb.h"

enum { WORDS = 16, RECORDS = 4096 };

static struct verb s;

/* Takes words to strings of their own. Returns the place after the empty line. */
static const uint8_t *
read_words(const uint8_t *p, const uint8_t *end, char **words, size_t *count)
{
	*count = 0;
	while (p < end && *p != '\n' && *count < WORDS) {
		const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((stop != NULL ? stop : end) - p);

		MUST((words[*count] = calloc(1, n + 1)) != NULL);
		memcpy(words[(*count)++], p, n);
		p = stop != NULL ? stop + 1 : end;
	}
	return p < end && *p == '\n' ? p + 1 : p;
}

/*
 * Returns 1 if a view of the record, in memory of its exact size, holds the text (text NULL: if
 * there is a view at all), else 0.
 */
static int
holds(struct range *range, const char *data, size_t len, const char *text, size_t n)
{
	char *copy = malloc(len + (len == 0));
	int there, result = 0;

	MUST(copy != NULL);
	memcpy(copy, data, len);
	MUST((there = range_views(range, copy, len)) >= 0);
	for (size_t i = 0; i < range->count; i++) {
		struct range_view v = range->views[i], again;

		MUST(range_view(range, i, copy, len, &again) == (v.data != NULL));
		MUST(again.data == v.data && again.len == v.len);
		there -= v.data != NULL;
		if (v.data == NULL)
			continue;
		MUST(range->escapes != 0 || (v.data >= copy && v.data + v.len <= copy + len));
		/* Every byte is read, so that a sanitizer sees a view that is wrong. */
		for (size_t k = 0; k < v.len; k++)
			result |= (v.data[k] == 1) & 0;
		result |= text == NULL || n == 0 || memmem(v.data, v.len, text, n) != NULL;
	}
	MUST(there == 0);
	free(copy);
	return result;
}

static void
judge(char *const words[], size_t count, const uint8_t *p, const uint8_t *end)
{
	static uint32_t ends[RECORDS];
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .ends = ends };
	struct buf error = { 0 }, payload = { 0 };
	char text[64];
	size_t n = 0;

	while (p < end && *p != '\n' && n < sizeof text - 1)
		text[n++] = (char)*p++;
	text[n] = '\0';
	if (p < end && *p == '\n')
		p++;
	MUST(buf_add(&payload, p, (size_t)(end - p)) == 0 && buf_addc(&payload, '\n') == 0);
	b.payload = payload.data;
	for (uint32_t i = 0; i < payload.len && b.count < RECORDS; i++)
		if (payload.data[i] == '\n') {
			ends[b.count++] = i;
			b.size = i + 1;
		}
	memset(&s, 0, sizeof s);
	s.header = 1;
	MUST(verb_choose(&s, "locate", &error) == 0);
	if (n > 0)
		MUST(verb_text(&s, text) == 0);
	MUST(verb_operands(&s, words, count, &error) == 0);
	if (s.range.count > 0 && (s.range.named == NULL || verb_header(&s, b.payload, ends[0], &error) == 0)) {
		verb_judge(&s, &b);
		MUST(!s.failed);
		for (uint32_t i = 0; i < b.count; i++) {
			uint32_t start = block_start(&b, i);
			int kept = holds(&s.range, b.payload + start, ends[i] - start, n > 0 ? s.texts[0].text : NULL,
			    n > 0 ? s.texts[0].len : 0);

			MUST(kept == (int)(s.hits[i / 64] >> i % 64 & 1));
		}
	}
	verb_free(&s);
	buf_free(&error);
	buf_free(&payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end = data + len, *p;
	struct buf error = { 0 };
	struct range range = { 0 };
	char *words[WORDS];
	size_t count, used = 0;
	int result;

	p = read_words(data, end, words, &count);
	result = range_take(&range, words, count, &used, &error);
	MUST(result == 0 ? error.len == 0 && used <= count : error.len > 0);
	if (result == 0 && count > 0)
		MUST((used > 0) == range_begins(words[0]) && (range.count > 0) == (used > 0));
	range_free(&range);
	if (result == 0 && used == count)
		judge(words, count, p, end);
	/* The same words if no texts follow. */
	error.len = 0;
	result = range_all(&range, words, count, &error);
	MUST(result == 0 ? error.len == 0 : error.len > 0);
	range_free(&range);
	buf_free(&error);
	while (count > 0)
		free(words[--count]);
	return 0;
}
