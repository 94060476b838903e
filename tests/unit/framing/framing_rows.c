/*
 * Rows that keep their ends (framing_rows.c): whatever the bytes, and however they come, the rows
 * are those that a caller without `rows` gets, each run of them is as it was in the bytes, and what
 * follows each row there is the gap. The same holds if what is not in the framing is set aside, and
 * if rows must be strict: that is judged here a byte at a time. So are rows of csv that have a
 * quote too many and no end, or none within what a record may hold.
 */
#include <string.h>

#include "framing/framing.h"
#include "unit/unit.h"

enum { MAX = 40, LEN = 120 };

static int sets_aside, strict; /* of the comparison under way */
static size_t longest;

/* Rows as bytes with a mark after each, and the fault. */
struct seen {
	char rows[LEN * 3];
	size_t len;
	char error[300];
};

static void
put(struct seen *s, const char *data, size_t len)
{
	memcpy(s->rows + s->len, data, len);
	s->len += len;
	s->rows[s->len++] = '|';
}

static void
put_bad(struct seen *s, const char *data, const struct framing_found *found)
{
	if (!found->bad)
		return;
	s->rows[s->len++] = '!';
	put(s, data + found->bad_from, found->bad_to - found->bad_from);
}

/* Returns the number of fields of a row, or 0 if something follows a closing quote. */
static size_t
fields(const char *row, size_t len, char separator)
{
	enum { BEGIN, PLAIN, QUOTED, CLOSED } state = BEGIN;
	size_t n = 1;

	for (size_t i = 0; i < len; i++) {
		char c = row[i];

		if (state != QUOTED && c == separator) {
			n++;
			state = BEGIN;
		} else if (state == CLOSED && c != '"') {
			return 0;
		} else if (c == '"' && separator != '\t' && state != PLAIN) {
			state = state == QUOTED ? CLOSED : QUOTED;
		} else if (state == BEGIN) {
			state = PLAIN;
		}
	}
	return n;
}

static void
fault(struct seen *s, struct framing_split *split)
{
	snprintf(s->error, sizeof s->error, "%s", buf_string(&split->error));
}

/* All at once, and copied. lines are told apart from their ends here. */
static void
copied(const char *name, const char *bytes, size_t len, struct seen *s)
{
	static char data[LEN];
	uint32_t starts[LEN], ends[LEN];
	struct framing f;
	struct buf error = { 0 };
	struct framing_split split = { .framing = &f, .aside = sets_aside };
	struct framing_found found = { .starts = starts, .ends = ends, .max = LEN };
	uint32_t start = 0;
	size_t done = 0, columns = 0;

	CHECK(framing_init(&f, name, &error) == 0);
	memcpy(data, bytes, len);
	do {
		if (framing_split(&split, data + done, len - done, 1, &found) < 0)
			fault(s, &split);
		for (size_t i = 0; i < found.count; i++) {
			uint32_t from = strcmp(name, "lines") == 0 ? start : starts[i], to = ends[i];

			start = to + 1;
			if (strcmp(name, "lines") == 0 && to > from && data[to - 1] == '\r' && to < len)
				to--;
			if (strict) {
				char separator = *name == 't' ? '\t' : name[3] == ':' ? ';' : ',';
				size_t n = fields(data + done + from, to - from, separator);

				columns = columns == 0 ? n : columns;
				if (n == 0 || n != columns)
					s->rows[s->len++] = '!';
			}
			put(s, data + done + from, to - from);
		}
		put_bad(s, data + done, &found);
		done += found.used;
	} while (found.used > 0 && *s->error == '\0');
	framing_split_free(&split);
	framing_free(&f);
}

/* In pieces, and in place. */
static void
in_place(const char *name, const char *bytes, size_t len, struct seen *s)
{
	static char data[LEN];
	uint32_t ends[MAX];
	struct framing f;
	struct buf error = { 0 };
	struct framing_split split = { .framing = &f, .aside = sets_aside, .strict = strict, .longest = longest };
	struct framing_found found = { .ends = ends, .max = 1 + unit_random(MAX) };
	size_t from = 0, to = 0;

	CHECK(framing_init(&f, name, &error) == 0 && framing_has_rows(&f));
	f.rows = 1;
	memcpy(data, bytes, len);
	for (;;) {
		int eof = to == len;
		uint32_t start = 0;

		if (framing_split(&split, data + from, to - from, eof, &found) < 0)
			fault(s, &split);
		CHECK(found.count == 0 || found.gap == 1 || found.gap == 2);
		for (size_t i = 0; i < found.count; i++) {
			const char *run = data + from + found.first, *gap = run + ends[i];

			CHECK(ends[i] >= start && found.first + ends[i] <= found.used);
			put(s, run + start, ends[i] - start);
			if (i + 1 == found.count && found.lacks_gap) {
				CHECK(eof && gap == data + len);
				break;
			}
			CHECK(gap + found.gap <= data + from + found.used);
			CHECK(found.gap == 1 ? *gap == '\n' && (ends[i] == start || gap[-1] != '\r') :
					       memcmp(gap, "\r\n", 2) == 0);
			start = ends[i] + found.gap;
		}
		put_bad(s, data + from, &found);
		from += found.used;
		if (*s->error != '\0' || (eof && found.used == 0))
			break;
		if (found.used == 0 && found.count < found.max) {
			to += 1 + unit_random(9);
			to = to > len ? len : to;
		}
	}
	framing_split_free(&split);
	framing_free(&f);
}

/* csv, with wrong rows set aside, a byte at a time. */
static void
judged(const char *name, const char *bytes, size_t len, struct seen *s)
{
	char separator = name[3] == ':' ? ';' : ',';
	size_t at = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	while (at < len) {
		const char *line = memchr(bytes + at, '\n', len - at);
		size_t end = at, first = line != NULL ? (size_t)(line - bytes) : len, size;
		int quoted = 0;

		for (; end < len && (quoted || bytes[end] != '\n'); end++) {
			if (bytes[end] != '"')
				continue;
			if (!quoted)
				quoted = end == at || bytes[end - 1] == separator;
			else if (end + 1 < len && bytes[end + 1] == '"')
				end++;
			else
				quoted = 0;
		}
		size = end - at - (end < len && end > at && bytes[end - 1] == '\r');
		if (quoted || (first < end && longest > 0 && size > longest)) {
			size = first - at - (first < len && first > at && bytes[first - 1] == '\r');
			s->rows[s->len++] = '!';
			put(s, bytes + at, size);
			at = first + 1;
			continue;
		}
		if (size > 0)
			put(s, bytes + at, size);
		at = end + 1;
	}
}

static void
compare_so(const char *name, const char *bytes, size_t len)
{
	static struct seen a, b;

	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	if (longest > 0)
		judged(name, bytes, len, &a);
	else
		copied(name, bytes, len, &a);
	in_place(name, bytes, len, &b);
	CHECK(a.len == b.len && memcmp(a.rows, b.rows, a.len) == 0);
	CHECK(strcmp(a.error, b.error) == 0);
	if (a.len != b.len || memcmp(a.rows, b.rows, a.len) != 0 || strcmp(a.error, b.error) != 0)
		printf("%s: \"%.*s\"\n  copied   %.*s %s\n  in place %.*s %s\n", name, (int)len, bytes, (int)a.len, a.rows,
		    a.error, (int)b.len, b.rows, b.error);
}

static void
compare(const char *name, const char *bytes, size_t len)
{
	sets_aside = strict = 0;
	compare_so(name, bytes, len);
	if (strcmp(name, "lines") == 0)
		return;
	sets_aside = 1;
	compare_so(name, bytes, len);
	longest = 1 + unit_random(LEN);
	if (*name == 'c' && (len < 2 || memcmp(bytes, "\xFF\xFE", 2) != 0))
		compare_so(name, bytes, len);
	longest = 0;
	/* Lines that are checked have no fields to be counted. */
	if (strcmp(name, "jsonl") == 0 || strcmp(name, "logfmt") == 0)
		return;
	strict = 1;
	compare_so(name, bytes, len);
}

int
main(void)
{
	static const char *const names[] = { "csv", "csv:;", "csv-crlf", "tsv", "lines", "jsonl", "jsonl", "logfmt", "logfmt" };
	static const char letters[] = "aab,,;\"\"\n\n\n\r\r\t", pairs[] = "aaab==  \t\r\n\n\n\n\"", values[] = "11[]{}\"\"\n\n\n\n\r\r  \t,:";
	static const char *const exact[] = { "", "\n", "\r\n", "a", "a\r", "a\n", "a\r\n", "a\nb\r\nc\n",
		"1\n[2]\r\n 3 \n\n \r\n\r\n{}\r\n[\r]\r\n4", " \n1\n2\n2 3\n4\n", "\t\n", "1\n \r", "{}\n[",
		"\n\na\n\n\nb", "\"", "a,\"\n", "\"a\"\"\n\",b\r\nc", "\xEF\xBB\xBF", "\xEF\xBB\xBF" "a\n\nb\n", "\xFF\xFE" "a", "\"\"\n\"\"", "a\"b\nc" };
	char bytes[LEN];

	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
			compare(names[k], exact[i], strlen(exact[i]));
	while (unit_round()) {
		const char *name = names[unit_random(sizeof names / sizeof *names)];
		size_t len = unit_random(LEN);
		int json = strcmp(name, "jsonl") == 0, logfmt = strcmp(name, "logfmt") == 0;

		for (size_t i = 0; i < len; i++)
			bytes[i] = json ? values[unit_random(sizeof values - 1)] :
			    logfmt ? pairs[unit_random(sizeof pairs - 1)] : letters[unit_random(sizeof letters - 1)];
		/* Most of it is JSON, with a fault now and then. */
		for (size_t i = 0; json && unit_random(8) != 0 && i < len; i++)
			if (strchr("[]{}\",:", bytes[i]) != NULL)
				bytes[i] = '\n';
		if (len > 3 && unit_random(8) == 0)
			memcpy(bytes, "\xEF\xBB\xBF", 3);
		compare(name, bytes, len);
	}
	return unit_end("framing_rows");
}
