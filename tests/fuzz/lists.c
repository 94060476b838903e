/*
 * lists: what --texts and --eres read, any bytes. The input's first byte has the flags, and the
 * second the number of lines of the list that follow; the rest are the records, one a line. The
 * verb must keep what one line of the list keeps by itself: a string that is in the record, or an
 * expression that ere_match finds in it. If a line is no expression, the list is refused, and the
 * message names such a line.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz/main.h"
#include "match/verb.h"

enum { LINES = 64 };

static struct verb s;
static struct {
	const char *text;
	size_t len;
	struct ere ere;
	int bad; /* 1: it is no expression */
} list[LINES];
static size_t lines;

static const char *
line_end(const char *at, const char *end)
{
	const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

	return newline != NULL ? newline : end;
}

/* Returns 1 if a line of the list is in the record, else 0. */
static int
expected(int eres, const char *record, size_t n)
{
	for (size_t i = 0; i < lines; i++)
		if (eres ? ere_match(&list[i].ere, record, n) : memmem(record, n, list[i].text, list[i].len) != NULL)
			return 1;
	return 0;
}

/* Gives the list to the verb. Returns 1, or 0 if it is refused, and should be. */
static int
give(int eres, const char *text, size_t len)
{
	int flags = ere_locale_flags() | (s.ignore_case ? ERE_IGNORE_CASE : 0) | (s.each_line ? ERE_EACH_LINE : 0);
	int bad = 0;
	struct buf error = { 0 };
	size_t line = 0;

	for (size_t i = 0; eres && i < lines; i++) {
		list[i].bad = ere_compile(&list[i].ere, list[i].text, list[i].len, flags, &error) < 0;
		bad |= list[i].bad;
		error.len = 0;
	}
	if (verb_list(&s, "LIST", text, len, &error) == 0) {
		MUST(!bad && error.len == 0);
		MUST(verb_operands(&s, NULL, 0, &error) == 0 && error.len == 0);
	} else {
		MUST(bad && sscanf(buf_string(&error), "LIST: line %zu: ", &line) == 1);
		MUST(line >= 1 && line <= lines && list[line - 1].bad);
	}
	buf_free(&error);
	return !bad;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf error = { 0 };
	const char *begin = (const char *)data + 2, *end = (const char *)data + len, *records = begin;
	struct block b = { .kind = BLOCK_DATA, .gap = 1 };
	const char *name;
	int eres, negated;

	if (len < 2 || len > 4096)
		return 0;
	eres = data[0] & 1;
	negated = data[0] >> 1 & 1;
	memset(list, 0, sizeof list);
	for (lines = 0; records < end && lines < data[1] % LINES; lines++) {
		const char *stop = line_end(records, end);

		list[lines].text = records;
		list[lines].len = (size_t)(stop - records);
		records = stop < end ? stop + 1 : end;
	}
	memset(&s, 0, sizeof s);
	s.ignore_case = eres && (data[0] & 4);
	s.each_line = eres && (data[0] & 8);
	name = eres ? negated ? "nmatch" : "match" : negated ? "nlocate" : "locate";
	MUST(verb_choose(&s, name, name, &error) == 0);
	MUST(verb_lists(&s) == (eres ? VERB_LIST_ERES : VERB_LIST_TEXTS));
	if (give(eres, begin, (size_t)(records - begin))) {
		/* In memory of its exact size, so that a sanitizer sees reads beyond it. */
		b.size = (uint32_t)(end - records);
		b.payload = malloc(b.size > 0 ? b.size : 1);
		b.ends = calloc(len, sizeof *b.ends);
		MUST(b.ends != NULL && b.payload != NULL);
		memcpy(b.payload, records, b.size);
		for (const char *at = records; at < end; at = line_end(at, end) + 1)
			b.ends[b.count++] = (uint32_t)(line_end(at, end) - records);
		(void)verb_judge(&s, &b);
		MUST(!s.failed);
		for (uint32_t i = 0; i < b.count; i++) {
			uint32_t start = block_start(&b, i);

			MUST((int)(s.hits[i / 64] >> i % 64 & 1) ==
			    (expected(eres, b.payload + start, b.ends[i] - start) != negated));
		}
		free(b.ends);
		free(b.payload);
	}
	for (size_t i = 0; i < lines; i++)
		ere_free(&list[i].ere);
	verb_free(&s);
	buf_free(&error);
	return 0;
}
