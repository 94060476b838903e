/*
 * sortkey: keys and records of any bytes. The input is the words of the keys, each ended by a
 * newline, an empty line, then records with a newline between them. If its first byte is below 10
 * or above 0xF0, there is a table of that kind (tables.h), whose header is the first record. What
 * must hold:
 * - the order is one: no record comes before itself, of two only one comes first, and if a comes
 *   before b and b before c, then a before c;
 * - numbers of sortkey_prefix say what the bytes say;
 * - keys that are named twice, so that they are made, have the order of those that are not.
 */

#include <string.h>

#include "fuzz/main.h"
#include "fuzz/tables.h"
#include "match/sortkey.h"

enum { WORDS = 8, RECORDS = 12 };

struct keyed {
	struct buf made;
	struct range_view key;
};

static int
sign(int n)
{
	return (n > 0) - (n < 0);
}

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

static int
compare(const struct sortkey *k, const struct keyed *a, const struct keyed *b)
{
	uint64_t x = sortkey_prefix(k, a->key.data, a->key.len, 0), y = sortkey_prefix(k, b->key.data, b->key.len, 0);
	int order = sign(sortkey_compare(k, &a->key, &b->key, 0));

	if (x != y)
		MUST(order == (x < y ? -1 : 1));
	else if (!sortkey_more(k, a->key.data, a->key.len, 0) && !sortkey_more(k, b->key.data, b->key.len, 0))
		MUST(order == 0);
	return order;
}

/* Makes the keys of the records, each in memory of its exact size. */
static void
make(struct sortkey *k, char *const *records, const size_t *lens, size_t n, struct keyed *keys)
{
	for (size_t i = 0; i < n; i++)
		MUST(sortkey_make(k, records[i], lens[i], &keys[i].made, &keys[i].key) == 0);
}

static void
judge(struct sortkey *once, struct sortkey *twice, char *const *records, const size_t *lens, size_t n)
{
	static struct keyed keys[RECORDS], others[RECORDS];

	make(once, records, lens, n, keys);
	make(twice, records, lens, n, others);
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++) {
			int order = compare(once, &keys[a], &keys[b]);

			MUST(order == -compare(once, &keys[b], &keys[a]));
			MUST(a != b || order == 0);
			MUST(order == compare(twice, &others[a], &others[b]));
			for (size_t c = 0; c < n && order <= 0; c++)
				if (compare(once, &keys[b], &keys[c]) <= 0)
					MUST(compare(once, &keys[a], &keys[c]) <= 0);
		}
	for (size_t i = 0; i < n; i++) {
		buf_free(&keys[i].made);
		buf_free(&others[i].made);
	}
}

/*
 * Returns 1 if a word may set a separator, with which the words mean other parts the second time.
 */
static int
separates(char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasestr(words[i], "ws") != NULL || strcasestr(words[i], "fs") != NULL ||
		    strcasestr(words[i], "sep") != NULL)
			return 1;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end, *p;
	struct buf error = { 0 };
	struct sortkey once = { 0 }, twice = { 0 };
	char *words[2 * WORDS], *records[RECORDS];
	size_t lens[RECORDS], count, n = 0, header = 0;
	unsigned kind = 0;
	struct table *t;

	if (len > 0 && (data[0] < 10 || data[0] > 0xF0)) {
		kind = *data & 15;
		data++;
		len--;
	}
	end = data + len;
	p = read_words(data, end, words, &count);
	memcpy(words + count, words, count * sizeof *words);
	t = some_table(kind, (const char *)p, (size_t)(end - p), &header);
	p += header;
	while (p < end && n < RECORDS) {
		const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));

		lens[n] = (size_t)((stop != NULL ? stop : end) - p);
		MUST((records[n] = malloc(lens[n] + (lens[n] == 0))) != NULL);
		memcpy(records[n], p, lens[n]);
		n++;
		p = stop != NULL ? stop + 1 : end;
	}
	if (sortkey_parse(&once, NULL, words, count, &error) == 0) {
		int bound, times = separates(words, count) ? 1 : 2;

		MUST(error.len == 0);
		MUST(sortkey_parse(&twice, NULL, words, (size_t)times * count, &error) == 0);
		bound = sortkey_table(&once, t, &error);
		MUST(bound == 0 ? error.len == 0 : error.len > 0);
		error.len = 0;
		MUST(sortkey_table(&twice, bound == 0 ? t : NULL, &error) == 0);
		judge(&once, &twice, records, lens, n);
	} else {
		MUST(error.len > 0);
	}
	sortkey_free(&once);
	sortkey_free(&twice);
	table_drop(t);
	buf_free(&error);
	while (n > 0)
		free(records[--n]);
	while (count > 0)
		free(words[--count]);
	return 0;
}
