/*
 * framing_regex: the framings by regular expressions: exact records by the page; comparison with
 * regexec(3) of libc; records that come out as soon as they can; inputs that fall silent.
 */
#include <locale.h>
#include <regex.h>

#include "unit/framing/framing_cut.h"

#define B(bytes) bytes, sizeof(bytes) - 1

/* What is found, each record followed by '|', and by '-' if the last one lacks its gap. */
static void
finds(const char *name, const char *data, size_t len, const char *want, size_t want_len)
{
	struct framing f;
	struct result r = { 0 };
	struct buf shown = { 0 };

	named(&f, name);
	split_all(&f, data, len, &r);
	for (size_t i = 0, n; i < count(&r.records); i++) {
		const char *bytes = record(&r.records, i, &n);

		buf_add(&shown, bytes, n);
		buf_addc(&shown, '|');
	}
	if (r.lacks_gap)
		buf_addc(&shown, '-');
	CHECK(r.error.len == 0 && shown.len == want_len && (want_len == 0 || memcmp(shown.data, want, want_len) == 0));
	if (shown.len != want_len || (want_len > 0 && memcmp(shown.data, want, want_len) != 0))
		printf("%s: \"%s\"\n  found  %s\n  wanted %s\n", name, data, buf_string(&shown), want);
	buf_free(&shown);
	result_free(&r);
	framing_free(&f);
}

static void
exact(void)
{
	finds("regex:,+", B("a,b,,c"), B("a|b|c|"));
	finds("regex:,", B("a,,b,"), B("a||b|")); /* a separator ends the last record too */
	finds("regex:,", B(",a"), B("|a|"));
	finds("regex:,+", B(",,,"), B("|"));
	finds("regex:,", B(""), B(""));
	finds("regex:\n-*\n", B("a\n---\nb\n-\n-\n"), B("a|b|-\n|"));
	finds("regex:a|ab|abc", B("xabcyabz"), B("x|y|z|")); /* the longest */
	finds("regex:abcd|b", B("xabcyabcdz"), B("xa|cy|z|")); /* the leftmost */
	finds("regex:[ ]*", B("a  b c"), B("a|b|c|")); /* an empty match separates nothing */
	finds("regex:(a.*z)?", B("bcabab"), B("bcabab|"));
	finds("regex:(a.*z)?", B("bcaXzXzb"), B("bc|b|"));
	finds("regex:^x", B("xax"), B("|ax|")); /* the edges are the input's */
	finds("regex:x$", B("xax\nx"), B("xax\n|"));
	finds("regex:,\\<", B(",a,,b, c"), B("|a,|b, c|"));
	finds("regex:\\bx", B("x.xxx"), B("|.|xx|")); /* what comes after a match knows its last byte */
	finds("regex:[^a-z]+", B("a\nb\0c \377d"), B("a|b|c|d|"));
	finds("regex:\\x00", B("a\0\0b"), B("a||b|"));

	finds("start:^a", B("a1\nx\na2\na3\n"), B("a1\nx|a2|a3|"));
	finds("start:^a", B("x\ny\na\nx"), B("x\ny|a\nx|-")); /* what comes before the first is a record */
	finds("start:^a", B("x\na"), B("x|a|-"));
	finds("start:^a", B("a\n\n"), B("a\n|"));
	finds("start:^a", B("\n"), B("|"));
	finds("start:^a", B(""), B(""));
	finds("start:^a", B("xa\nba\n"), B("xa\nba|"));
	finds("start:a$", B("xa\nba\nab\n"), B("xa|ba\nab|")); /* a line is judged without its newline */
	finds("start:^$", B("a\n\nb\n\n\nc\n"), B("a|\nb||\nc|"));
	finds("start:\\x00", B("a\n\0\nb\n"), B("a|\0\nb|"));
	finds("start:a\nb", B("a\nb\n"), B("a\nb|")); /* no line holds a newline */
	finds("end:;$", B("a\nb;\n;\nc"), B("a\nb;|;|c|-"));
	finds("end:;$", B("a;"), B("a;|-"));
	finds("end:;$", B("a\n"), B("a|"));
	finds("end:;$", B("a;b\nc;\n\n"), B("a;b\nc;||"));
	finds("end:^$", B("a\n\nb\n"), B("a\n|b|"));
}

static void
exact_utf8(void)
{
	/* The first bytes of one character are not a character. */
	finds("regex:\xC3\xA4|.\xE2\x82\xAC", B("x\xC3\xA4\xC3\xA5y\xE2\x82\xACz"), B("x|\xC3\xA5|z|"));
	finds("regex:\\>", B("a"), B("a|"));
	finds("regex:-\\<", B("a-\xC3\xA4-\xE2\x82\xAC--b"), B("a|\xC3\xA4-\xE2\x82\xAC-|b|"));
	finds("start:^.$", B("\xC3\xA4\nab\n\xE2\x82\xAC\n\xC3\n"), B("\xC3\xA4\nab|\xE2\x82\xAC\n\xC3|"));
}

/* ---- another opinion ---- */

static void
naive_regex(const regex_t *regex, const char *text, struct set *set)
{
	const char *record = text, *from = text;
	regmatch_t m;

	while (regexec(regex, from, 1, &m, from > text ? REG_NOTBOL : 0) == 0) {
		if (m.rm_eo > m.rm_so) {
			add(set, record, (size_t)(from + m.rm_so - record));
			record = from += m.rm_eo;
		} else if (from[m.rm_so] == '\0') {
			break;
		} else {
			from += m.rm_so + 1;
		}
	}
	if (*record != '\0')
		add(set, record, strlen(record));
}

static void
naive_lines(const regex_t *regex, const char *text, int behind, struct set *set)
{
	struct buf record = { 0 };
	int open = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		char line[256];
		int hit;

		memcpy(line, text, n);
		line[n] = '\0';
		hit = regexec(regex, line, 0, NULL, 0) == 0;
		if (open && hit && !behind) {
			add(set, record.data, record.len);
			record.len = 0;
			open = 0;
		}
		if (open)
			buf_addc(&record, '\n');
		buf_add(&record, line, n + 1);
		record.len--;
		open = 1;
		if (hit && behind) {
			add(set, record.data, record.len);
			record.len = 0;
			open = 0;
		}
		text += n + (text[n] == '\n');
	}
	if (open)
		add(set, record.data, record.len);
	buf_free(&record);
}

static void
second_opinion(void)
{
	static const char *const expressions[] = { "a", "^a", "a$", "^$", "a|b", "ab*", "a*", "(a|b)+c?", "[^a]b",
		"b.*c", "(ab|a)(c|bcd)?", "[ab]{2,3}", "c\n*", "^(a|b)*$" };
	static const char *const kinds[] = { "regex", "start", "end" };
	size_t records = 0;

	for (size_t e = 0; e < sizeof expressions / sizeof *expressions; e++) {
		regex_t regex;

		CHECK(regcomp(&regex, expressions[e], REG_EXTENDED) == 0);
		for (size_t k = 0; k < 3; k++) {
			struct buf name = { 0 };
			struct framing f;

			buf_addf(&name, "%s:%s", kinds[k], expressions[e]);
			named(&f, buf_string(&name));
			for (int i = 0; i < 60; i++) {
				char text[64];
				size_t n = unit_random(sizeof text);
				struct set set = { 0 };
				struct result r = { 0 };

				for (size_t c = 0; c < n; c++)
					text[c] = "aaabbcd\n\n"[unit_random(9)];
				text[n] = '\0';
				if (k == 0)
					naive_regex(&regex, text, &set);
				else
					naive_lines(&regex, text, k == 2, &set);
				split_all(&f, text, n, &r);
				CHECK(same(&set, &r.records));
				if (!same(&set, &r.records) && unit_failures < UNIT_SHOWN)
					printf("  %s on \"%s\"\n", buf_string(&name), text);
				records += count(&set);
				set_free(&set);
				result_free(&r);
			}
			framing_free(&f);
			buf_free(&name);
		}
		regfree(&regex);
	}
	CHECK(records > 5000);
}

/* ---- what comes when ---- */

struct one {
	struct framing f;
	struct framing_split s;
	uint32_t starts[8], ends[8];
	struct framing_found found;
};

static void
begin(struct one *o, const char *name)
{
	memset(o, 0, sizeof *o);
	named(&o->f, name);
	o->s.framing = &o->f;
	o->found = (struct framing_found){ .starts = o->starts, .ends = o->ends, .max = 8 };
}

static void
end(struct one *o)
{
	framing_split_free(&o->s);
	framing_free(&o->f);
}

/* Returns the number of bytes of the data that must have come before the first record is found. */
static size_t
needs(const char *name, const char *data)
{
	struct one o;
	size_t n, len = strlen(data);

	begin(&o, name);
	for (n = 0; n <= len; n++) {
		char copy[64];

		memcpy(copy, data, n);
		CHECK(framing_split(&o.s, copy, n, 0, &o.found) == 0);
		if (o.found.count > 0)
			break;
	}
	end(&o);
	return n;
}

static void
at_once(void)
{
	CHECK(needs("regex:;", "ab;c") == 3);
	CHECK(needs("regex:;+", "ab;c") == 4);
	CHECK(needs("regex:;;?", "ab;;c") == 4);
	CHECK(needs("regex:;$|;c", "ab;cd") == 4);
	CHECK(needs("regex:;\\<", "ab;cd") == 4);
	CHECK(needs("regex:abcd|bc", "abcx") == 4);
	CHECK(needs("regex:bc|abcd", "zbcx") == 3);
	CHECK(needs("regex:(;.*x)?|;", "a;b") == 4); /* never: it may always grow */
	CHECK(needs("start:^a", "b\na\nb") == 4);
	CHECK(needs("end:^a", "b\na\nb") == 4);
}

/*
 * Falls silent after data[0, len). Wants that record, or none, to be closed then, and that many
 * bytes to be left.
 */
static void
silent(const char *name, const char *data, size_t len, const char *want, size_t left)
{
	struct one o;
	char copy[64];
	size_t at = 0, start;
	int got;

	begin(&o, name);
	memcpy(copy, data, len);
	do {
		CHECK(framing_split(&o.s, copy + at, len - at, 0, &o.found) == 0);
		at += o.found.used;
	} while (o.found.used > 0);
	got = framing_split_idle(&o.s, copy + at, len - at, NULL);
	CHECK(want == NULL || got == 1);
	got = framing_split_idle(&o.s, copy + at, len - at, &o.found);
	CHECK(got == (want != NULL) && o.found.count == (size_t)got && (got || o.found.used == 0));
	start = o.found.count > 0 && framing_gap(&o.f, &(unsigned char){ 0 }) < 0 ? o.starts[0] : 0;
	if (want != NULL && got == 1)
		CHECK(o.ends[0] - start == strlen(want) && memcmp(copy + at + start, want, strlen(want)) == 0);
	at += o.found.used;
	CHECK(len - at == left && o.s.offset == at);
	/* A second time there is nothing. */
	CHECK(framing_split_idle(&o.s, copy + at, len - at, &o.found) == 0);
	end(&o);
}

static void
silence(void)
{
	silent("start:^a", B("a\nb\na\nc\n"), "a\nc", 0);
	silent("start:^a", B("a\nb\na\nc\nhal"), "a\nc", 3);
	silent("start:^a", B("half"), NULL, 4);
	silent("start:^a", B(""), NULL, 0);
	silent("end:;", B("a\nb\n"), "a\nb", 0);
	silent("end:;", B("a;\nb\nc"), "b", 1);
	silent("end:;", B("a;\n"), NULL, 0);
	silent("indented", B("a\n b\n"), "a\n b", 0);
	silent("indented", B("a\n b\n c"), "a\n b", 2);
	silent("indented", B("a"), NULL, 1);
	silent("paragraphs", B("\n\na\nb\n"), "a\nb", 0);
	silent("paragraphs", B("a\nb\nc"), "a\nb", 1);
	silent("paragraphs", B("a\n\n"), NULL, 0);
	silent("paragraphs", B("a"), NULL, 1);
	silent("regex:;+", B("a;b;;"), "b", 0);
	silent("regex:;+x?|;", B("a;b;;"), "b", 0);
	silent("regex:;.*x|;", B("a;b"), "a", 1);
	silent("regex:;+", B("a;b"), NULL, 1);
	silent("regex:;$", B("a;"), NULL, 2); /* it is not the end */
	silent("regex:abc$|c", B("abc"), "ab", 0);
	silent("regex:abc\\>|c", B("abc"), "ab", 0);
	silent("lines", B("a"), NULL, 1);
	silent("words", B("a b"), NULL, 1);
}

/*
 * Falls silent after data[0, first), and ends after all of it. Wants that text from
 * framing_split_unmatched then, or "none".
 */
static void
unmatched(const char *name, const char *data, size_t first, const char *want)
{
	struct one o;
	char copy[64];
	size_t at = 0, len = strlen(data);
	const char *got;

	begin(&o, name);
	memcpy(copy, data, len);
	do {
		CHECK(framing_split(&o.s, copy + at, first - at, 0, &o.found) == 0);
		at += o.found.used;
	} while (o.found.used > 0);
	(void)framing_split_idle(&o.s, copy + at, first - at, &o.found);
	at += o.found.used;
	do {
		CHECK(framing_split(&o.s, copy + at, len - at, 1, &o.found) == 0);
		at += o.found.used;
	} while (o.found.used > 0);
	got = framing_split_unmatched(&o.s);
	CHECK(strcmp(got != NULL ? got : "none", want) == 0);
	end(&o);
}

static void
no_match(void)
{
	unmatched("start:^x", "", 0, "none");
	unmatched("start:^x", "a\nb\n", 0, "no line matches start:^x: each input is one record");
	unmatched("start:^x", "a\nb", 3, "no line matches start:^x: only silence has ended records");
	unmatched("start:^x", "a\nb\n", 4, "no line matches start:^x: only silence has ended records");
	unmatched("start:^b", "a\nb\n", 2, "none");
	unmatched("end:x", "a\n", 2, "no line matches end:x: only silence has ended records");
	unmatched("indented", "a\nb\n", 2, "no line begins with a space or a tab: each line is a record by itself");
	/* What continues a record that has been closed. */
	unmatched("indented", "a\n b\n", 2, "none");
	unmatched("indented", "a\n\tb", 2, "none");
	unmatched("indented", "a\n b\n", 0, "none");
}

/* No line is lost or cut, whenever the input falls silent. */
static void
silence_anywhere(const char *name)
{
	for (int round = 0; round < 300; round++) {
		struct one o;
		struct buf out = { 0 };
		char text[80];
		size_t at = 0, arrived = 0, len = unit_random(sizeof text), closed = 0;
		int eof = 0;

		for (size_t i = 0; i < len; i++)
			text[i] = "ab; \n\n"[unit_random(6)];
		begin(&o, name);
		while (!eof) {
			size_t used;

			arrived += unit_random(9);
			if (arrived >= len)
				arrived = len, eof = 1;
			do {
				size_t start = 0;
				int idle = !eof && unit_random(3) == 0;

				if (idle)
					closed += (size_t)framing_split_idle(&o.s, text + at, arrived - at, &o.found);
				else
					CHECK(framing_split(&o.s, text + at, arrived - at, eof, &o.found) == 0);
				for (size_t i = 0; i < o.found.count; i++) {
					buf_add(&out, text + at + start, o.ends[i] - start);
					buf_addc(&out, '\n');
					start = o.ends[i] + (size_t)1;
					CHECK(o.ends[i] == arrived - at || text[at + o.ends[i]] == '\n');
				}
				used = o.found.used;
				at += used;
			} while (used > 0);
		}
		if (len > 0 && text[len - 1] != '\n')
			out.len--;
		CHECK(at == len && out.len == len && (len == 0 || memcmp(out.data, text, len) == 0));
		CHECK(closed < 80);
		buf_free(&out);
		end(&o);
	}
}

int
main(void)
{
	exact();
	second_opinion();
	at_once();
	silence();
	no_match();
	silence_anywhere("start:^a");
	silence_anywhere("end:;");
	silence_anywhere("indented");
	if (setlocale(LC_CTYPE, "C.UTF-8") != NULL)
		exact_utf8();
	return unit_end("framing_regex");
}
