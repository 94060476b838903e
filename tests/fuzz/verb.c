/*
 * verb: locate and nlocate of any texts in any block, against a search record by record that
 * compares byte by byte. The input's first byte has the verb, case and gap, the second the number
 * of texts; texts and records follow, each after its length in a byte. Each way of searching that
 * the processor has must agree.
 */
#include <string.h>

#include "fuzz/main.h"
#include "match/verb.h"

enum { TEXTS = 4 };

struct input {
	const uint8_t *at;
	size_t left;
};

/* Takes the next length and that number of bytes, or as many as there are. */
static const uint8_t *
next_part(struct input *in, size_t *n)
{
	const uint8_t *part;

	*n = *in->at++;
	in->left--;
	if (*n > in->left)
		*n = in->left;
	part = in->at;
	in->at += *n;
	in->left -= *n;
	return part;
}

static int
same(uint8_t a, uint8_t b, int fold)
{
	if (fold && a >= 'A' && a <= 'Z')
		a |= 32;
	if (fold && b >= 'A' && b <= 'Z')
		b |= 32;
	return a == b;
}

static int
holds(const char *data, size_t len, const uint8_t *text, size_t n, int fold)
{
	for (size_t i = 0; i + n <= len; i++) {
		size_t k = 0;

		while (k < n && same((uint8_t)data[i + k], text[k], fold))
			k++;
		if (k == n)
			return 1;
	}
	return 0;
}

static void
give(struct verb *s, const uint8_t *text, size_t n)
{
	struct buf word = { 0 }, error = { 0 };
	char *words[1];

	MUST(buf_adds(&word, n > 0 ? "x" : "//") == 0);
	for (size_t i = 0; i < n; i++)
		MUST(buf_addf(&word, "%02X", text[i]) == 0);
	words[0] = buf_string(&word);
	MUST(verb_operands(s, words, 1, &error) == 0 && error.len == 0);
	buf_free(&word);
	buf_free(&error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t gaps[] = { 0, 1, 2, 200 };
	static const char *const ways[] = { "plain", "sse2", "avx2" };
	static struct verb s;
	struct input in;
	const uint8_t *texts[TEXTS];
	size_t lens[TEXTS], count;
	int negated, fold;
	struct block b = { .kind = BLOCK_DATA };
	uint32_t *ends;
	char *payload, *exact;

	if (len < 2)
		return 0;
	in = (struct input){ data + 2, len - 2 };
	negated = data[0] & 1;
	fold = data[0] >> 1 & 1;
	b.gap = gaps[data[0] >> 2 & 3];
	for (count = 0; count < data[1] % (TEXTS + 1) && in.left > 0; count++)
		texts[count] = next_part(&in, &lens[count]);

	ends = calloc(in.left + 1, sizeof *ends);
	payload = malloc(in.left * 201 + 1);
	MUST(ends != NULL && payload != NULL);
	while (in.left > 0 && b.count < BLOCK_RECORDS) {
		size_t n;
		const uint8_t *part = next_part(&in, &n);

		if (n > 0)
			memcpy(payload + b.size, part, n);
		b.size += (uint32_t)n;
		ends[b.count++] = b.size;
		/* The gap's bytes continue what is beside it, so that hits reach into it. */
		memset(payload + b.size, n > 0 ? part[n - 1] : 'g', b.gap);
		b.size += b.gap;
	}
	if (data[0] & 16 && b.count > 0)
		b.size = ends[b.count - 1];
	/* In memory of its exact size, so that a sanitizer sees reads beyond it. */
	exact = malloc(b.size > 0 ? b.size : 1);
	MUST(exact != NULL);
	memcpy(exact, payload, b.size);
	b.payload = exact;
	b.ends = ends;

	for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
		struct buf error = { 0 };
		uint32_t found = 0, judged;

		MUST(scan_choose(ways[way]) != NULL);
		memset(&s, 0, sizeof s);
		memset(s.hits, 0xA5, sizeof s.hits);
		s.ignore_case = fold;
		MUST(verb_choose(&s, negated ? "nlocate" : "locate", "", &error) == 0);
		for (size_t t = 0; t < count; t++)
			give(&s, texts[t], lens[t]);
		judged = verb_judge(&s, &b);
		for (uint32_t i = 0; i < b.count; i++) {
			size_t n = ends[i] - block_start(&b, i);
			int hit = count == 0 && n > 0;

			for (size_t t = 0; t < count; t++)
				hit |= holds(exact + block_start(&b, i), n, texts[t], lens[t], fold);
			MUST((int)(s.hits[i / 64] >> i % 64 & 1) == (hit != negated));
			found += (uint32_t)(hit != negated);
		}
		MUST(judged == found);
		verb_free(&s);
	}
	free(ends);
	free(payload);
	free(exact);
	return 0;
}
