/*
 * specs: programs and records of any bytes. The input is the words of the program, each ended by a
 * newline, an empty line, then records with a newline between them; each record whose first byte is
 * a tab is of the second stream, without the tab. What must hold:
 *  - words are refused with one line, or make a program that comes to its end;
 *  - a record has at most LONGEST bytes, and nothing else changes what was in the buffer;
 *  - the program makes the same if each record is in memory of its own that goes as soon as it may,
 *    and if what it makes is appended to one buffer or to a new one each time.
 */
#include <string.h>

#include "change/specs.h"
#include "fuzz/main.h"

enum { WORDS = 32, LONGEST = 3000, MOST = 100000 };

/* The records of a stream, from `at` on. */
struct stream {
	const uint8_t *at, *end;
	int second;
	char *copy;
};

/* Gives the stream's next record, or says that there is none. */
static void
give(struct specs *s, struct stream *in)
{
	free(in->copy);
	in->copy = NULL;
	while (in->at < in->end) {
		const uint8_t *begin = in->at, *stop = memchr(begin, '\n', (size_t)(in->end - begin));
		size_t n;

		if (stop == NULL)
			stop = in->end;
		in->at = stop < in->end ? stop + 1 : stop;
		if ((begin < stop && *begin == '\t') != in->second)
			continue;
		begin += in->second;
		n = (size_t)(stop - begin);
		MUST((in->copy = malloc(n + (n == 0))) != NULL);
		memcpy(in->copy, begin, n);
		specs_give(s, in->second, in->copy, n);
		return;
	}
	specs_end(s, in->second);
}

/*
 * Appends what the program makes to out: after each record a newline, and a line for each failure.
 */
static void
run(struct specs *s, const uint8_t *data, const uint8_t *end, int anew, struct buf *out)
{
	struct stream streams[2] = { { .at = data, .end = end }, { .at = data, .end = end, .second = 1 } };
	unsigned long steps = 0;

	for (;;) {
		struct buf own = { 0 }, *to = anew ? &own : out;
		size_t before = to->len;
		enum specs_result result = specs_next(s, to);

		MUST(++steps < MOST && result != SPECS_ERROR && to->len >= before);
		if (result == SPECS_RECORD) {
			MUST(to->len - before <= LONGEST);
			if (anew && own.len > 0)
				MUST(buf_add(out, own.data, own.len) == 0);
			MUST(buf_addc(out, '\n') == 0);
		} else {
			MUST(to->len == before);
		}
		buf_free(&own);
		if (result == SPECS_BAD) {
			MUST(*specs_why(s) != '\0' && strchr(specs_why(s), '\n') == NULL);
			MUST(buf_addf(out, "!%s\n", specs_why(s)) == 0);
		}
		if (result == SPECS_FIRST || result == SPECS_SECOND) {
			MUST(result == SPECS_FIRST || specs_second(s));
			give(s, &streams[result == SPECS_SECOND]);
		} else if (result == SPECS_OVER) {
			break;
		}
	}
	free(streams[0].copy);
	free(streams[1].copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *p = data, *end = data + len;
	char *words[WORDS];
	size_t count = 0;
	struct buf error = { 0 }, out[2] = { { 0 }, { 0 } };
	int good = 0, clocked = 0; /* 1: an item may be the clock, which goes on between the two runs */

	while (p < end && *p != '\n' && count < WORDS) {
		const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((stop != NULL ? stop : end) - p);

		MUST((words[count] = calloc(1, n + 1)) != NULL);
		memcpy(words[count], p, n);
		clocked |= strcasestr(words[count++], "tod") != NULL;
		p = stop != NULL ? stop + 1 : end;
	}
	p += p < end && *p == '\n';
	for (int anew = 0; anew < 2; anew++) {
		struct specs *s = specs_new(words, count, NULL, &error);

		MUST(anew == 0 || (s != NULL) == good);
		good = s != NULL;
		MUST(good == (error.len == 0));
		MUST(good || memchr(error.data, '\n', error.len) == NULL);
		if (!good)
			break;
		specs_limit(s, LONGEST);
		run(s, p, end, anew, &out[anew]);
		specs_free(s);
	}
	if (good && !clocked)
		MUST(
		    out[0].len == out[1].len && (out[0].len == 0 || memcmp(out[0].data, out[1].data, out[0].len) == 0));
	for (size_t i = 0; i < count; i++)
		free(words[i]);
	buf_free(&error);
	buf_free(&out[0]);
	buf_free(&out[1]);
	return 0;
}
