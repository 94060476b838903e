/*
 * Every framing in both directions: exact bytes by the specifications, and random records. Input is always given in pieces of
 * several patterns, one byte at a time among them, and what is found must not depend on the pattern.
 */
#include <stdlib.h>
#include <string.h>

#include "framing.h"
#include "unit.h"

/* ---- records in a row ---- */

struct set {
	struct buf bytes;
	struct buf ends; /* size_t each */
};

static size_t
count(const struct set *set)
{
	return set->ends.len / sizeof(size_t);
}

static size_t
end_of(const struct set *set, size_t i)
{
	size_t end;

	memcpy(&end, set->ends.data + i * sizeof end, sizeof end);
	return end;
}

static void
add(struct set *set, const char *data, size_t len)
{
	size_t end;

	if (buf_add(&set->bytes, data, len) == -1)
		abort();
	end = set->bytes.len;
	if (buf_add(&set->ends, &end, sizeof end) == -1)
		abort();
}

static const char *
record(const struct set *set, size_t i, size_t *len)
{
	size_t start = i > 0 ? end_of(set, i - 1) : 0;

	*len = end_of(set, i) - start;
	return set->bytes.len > 0 ? set->bytes.data + start : "";
}

static int
equal(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static int
same(const struct set *a, const struct set *b)
{
	return equal(&a->bytes, &b->bytes) && equal(&a->ends, &b->ends);
}

static void
set_free(struct set *set)
{
	buf_free(&set->bytes);
	buf_free(&set->ends);
}

/* ---- splitting in pieces ---- */

struct result {
	struct set records;
	struct buf lost; /* size_t each: records before a text that was lost */
	struct buf error;
	int lacks_gap;
};

static void
result_free(struct result *r)
{
	set_free(&r->records);
	buf_free(&r->lost);
	buf_free(&r->error);
}

enum { WHOLE, BYTES, SMALL, LARGE, PATTERNS };

static size_t
piece(int pattern, size_t left)
{
	size_t n = pattern == WHOLE ? left : pattern == BYTES ? 1 : 1 + unit_random(pattern == SMALL ? 9 : 65536);

	return n < left ? n : left;
}

/* Takes over what one call found, and checks that it is within the bounds. */
static void
take(const struct framing *f, const struct framing_found *found, const char *data, size_t len, struct result *r)
{
	unsigned char byte = 0;
	int gap = framing_gap(f, &byte), good = found->used <= len && found->count <= found->max;
	size_t i, start = 0;

	for (i = 0; good && i < found->count; i++) {
		size_t end = found->ends[i];

		if (gap == -1)
			start = found->starts[i];
		good = start <= end && end <= found->used;
		if (good)
			add(&r->records, data + start, end - start);
		start = end + (size_t)gap;
		if (good && gap == 1 && end < found->used)
			good = (unsigned char)data[end] == byte;
	}
	CHECK(good);
	if (found->lost > 0) {
		size_t before = count(&r->records);

		CHECK(found->lost == 1 && found->used > 0);
		buf_add(&r->lost, &before, sizeof before);
	}
	r->lacks_gap |= found->lacks_gap;
}

/*
 * Splits data[0, len), handed over in pieces in memory that holds other bytes until they arrive. Small inputs are also
 * checked for bytes changed that the split was not done with.
 */
static void
split(const struct framing *f, const char *data, size_t len, int pattern, struct result *r)
{
	uint32_t starts[64], ends[64];
	struct framing_split s = { .framing = f };
	struct framing_found found = { .starts = starts, .ends = ends };
	char *area = malloc(len + 1);
	size_t at = 0, arrived = 0;
	unsigned char byte;
	int eof = 0, status = 0;
	uint64_t open = 0; /* what the open record was said to be long at least */

	if (area == NULL)
		abort();
	found.starts = framing_gap(f, &byte) == -1 ? starts : NULL;
	memset(area, len % 3 == 0 ? '\n' : len % 3 == 1 ? '"' : 'x', len + 1);
	while (status == 0 && !eof) {
		size_t n = piece(pattern, len - arrived);

		memcpy(area + arrived, data + arrived, n);
		arrived += n;
		/* The end may be known with the last bytes or only later. */
		eof = arrived == len && (n == 0 || unit_random(2));
		do {
			found.max = pattern == WHOLE ? 64 : 1 + unit_random(64);
			status = framing_split(&s, area + at, arrived - at, eof, &found);
			if (found.count > 0 && !f->allow_short && found.lost == 0)
				CHECK(open <= (size_t)(found.ends[0] - (found.starts != NULL ? starts[0] : 0)));
			if (found.used > 0)
				open = 0;
			take(f, &found, area + at, arrived - at, r);
			at += found.used;
			if (arrived <= 2000)
				CHECK(status == -1 || memcmp(area + at, data + at, arrived - at) == 0);
		} while (status == 0 && (found.used > 0 || found.count == found.max));
		open = framing_open_length(&s, area + at, arrived - at);
	}
	if (status == 0)
		CHECK(at == len && s.record == count(&r->records) && s.offset == len);
	else
		CHECK(s.error.len > 0 && buf_add(&r->error, s.error.data, s.error.len) == 0);
	framing_split_free(&s);
	free(area);
}

/* Splits in every pattern; all must find the same. */
static void
split_all(const struct framing *f, const char *data, size_t len, struct result *r)
{
	int pattern;

	split(f, data, len, WHOLE, r);
	for (pattern = BYTES; pattern < PATTERNS; pattern++) {
		struct result other = { 0 };

		split(f, data, len, pattern, &other);
		CHECK(same(&r->records, &other.records));
		CHECK(equal(&r->lost, &other.lost));
		CHECK(equal(&r->error, &other.error));
		CHECK(r->lacks_gap == other.lacks_gap);
		result_free(&other);
	}
}

static void
named(struct framing *f, const char *name)
{
	struct buf error = { 0 };
	int status = framing_init(f, name, &error);

	CHECK(status == 0 && error.len == 0);
	if (status == -1)
		printf("%s\n", buf_string(&error));
	buf_free(&error);
}

/* ---- exact bytes ---- */

#define B(bytes) bytes, sizeof(bytes) - 1

/*
 * What is found, as one string: each record followed by '|', '~' for a lost text at its place, '-' at the end if the last
 * record lacks its gap, '!' and the message if the input is not in the framing.
 */
static void
finds(const char *name, const char *data, size_t len, const char *want, size_t want_len)
{
	struct framing f;
	struct result r = { 0 };
	struct buf shown = { 0 };
	size_t i, n, lost = 0, before;

	named(&f, name);
	split_all(&f, data, len, &r);
	for (i = 0; i <= count(&r.records); i++) {
		for (; lost < r.lost.len; lost += sizeof before) {
			memcpy(&before, r.lost.data + lost, sizeof before);
			if (before > i)
				break;
			buf_addc(&shown, '~');
		}
		if (i < count(&r.records)) {
			const char *bytes = record(&r.records, i, &n);

			buf_add(&shown, bytes, n);
			buf_addc(&shown, '|');
		}
	}
	if (r.lacks_gap)
		buf_addc(&shown, '-');
	if (r.error.len > 0) {
		buf_addc(&shown, '!');
		buf_add(&shown, r.error.data, r.error.len);
	}
	CHECK(shown.len == want_len && (want_len == 0 || memcmp(shown.data, want, want_len) == 0));
	if (shown.len != want_len || (want_len > 0 && memcmp(shown.data, want, want_len) != 0))
		printf("%s: \"%s\"\n  found  %s\n  wanted %s\n", name, data, buf_string(&shown), want);
	buf_free(&shown);
	result_free(&r);
	framing_free(&f);
}

/* Joins the records of a string in which each is followed by '|'; wants those bytes, and the records back from them. */
static void
gives(const char *name, const char *records, size_t records_len, const char *want, size_t want_len)
{
	struct framing f;
	struct framing_join join = { .framing = &f, .strictness = FRAMING_STRICT };
	struct buf out = { 0 };
	size_t at = 0;

	named(&f, name);
	while (at < records_len) {
		size_t n = (size_t)((const char *)memchr(records + at, '|', records_len - at) - (records + at));

		CHECK(framing_join(&join, records + at, n, &out) == 0);
		at += n + 1;
	}
	CHECK(framing_join_flush(&join, &out) == 0);
	CHECK(out.len == want_len && memcmp(out.data, want, want_len) == 0);
	if (out.len != want_len || memcmp(out.data, want, want_len) != 0)
		printf("%s: \"%s\" gave %s\n", name, records, buf_string(&out));
	buf_free(&out);
	framing_join_free(&join);
	framing_free(&f);
	finds(name, want, want_len, records, records_len);
}

static void
golden_delimited(void)
{
	gives("lines", B("a||bc|"), B("a\n\nbc\n"));
	finds("lines", B(""), B(""));
	finds("lines", B("a\nb"), B("a|b|-"));
	finds("lines", B("\r\n\0"), B("\r|\0|-"));
	gives("crlf", B("a||b\nc|d\r|\n|"), B("a\r\n\r\nb\nc\r\nd\r\r\n\n\r\n"));
	finds("crlf", B("a\nb\r"), B("a\nb\r|-"));
	gives("nul", B("a||b\nc|"), B("a\0\0b\nc\0"));
	finds("nul", B("a\0b"), B("a|b|-"));
	gives("delim:--", B("a||-b|"), B("a------b--"));
	finds("delim:--", B("a---b-"), B("a|-b-|-"));
	gives("delim:\\x41\\102\\n", B("x|y|"), B("xAB\nyAB\n"));
	gives("delim:\\0", B("x|y|"), B("x\0y\0"));
	gives("delim::", B("x|y|"), B("x:y:"));

	gives("paragraphs", B("a|b\nc|"), B("a\n\nb\nc\n\n"));
	finds("paragraphs", B("\n\n\na\nb\n\n\n\n \n\nc\n"), B("a\nb| |c|"));
	finds("paragraphs", B("a"), B("a|"));
	finds("paragraphs", B("\n\n"), B(""));
	finds("paragraphs", B("a\r\n\r\nb"), B("a\r\n\r\nb|")); /* a line with a CR is not empty */

	gives("indented", B(" a|b\n c\n\td||e|"), B(" a\nb\n c\n\td\n\ne\n"));
	finds("indented", B("a\n b"), B("a\n b|-"));
	finds("indented", B("a\n \n"), B("a\n |"));
	finds("indented", B("\n\n"), B("||"));
	gives("words", B("a|bc|"), B("a\nbc\n"));
	finds("words", B(" a\t\tb\v\f\r\nc"), B("a|b|c|"));
	finds("words", B("a\xC2\xA0" "b \n"), B("a\xC2\xA0" "b|")); /* C locale: a no-break space is none */

	gives("escaped", B("||a\nb\r\t\0\\\x01\x7F\xFFg\xC3\xA9|\\|"),
	    B("\\\n\\\na\\nb\\r\\t\\0\\\\\\x01\\x7f\\xffg\xC3\xA9\n\\\\\n"));
	finds("escaped", B("\n\\\n\\x4A\\x4b\na\xFF\r"), B("||JK|a\xFF\r|"));
	finds("escaped", B("ab\na\\q\n"), B("ab|!record 1 at byte 4: a backslash and 'q' is no escape: \\\\ \\n \\r \\t \\0 \\xHH are"));
	finds("escaped", B("a\\"), B("!record 0 at byte 1: a backslash ends the line; one backslash is written as two"));
	finds("escaped", B("\\x4\n"), B("!record 0 at byte 0: a backslash and 'x' is no escape: \\\\ \\n \\r \\t \\0 \\xHH are"));
}

static void
golden_counted(void)
{
	gives("fixed:3", B("abc|de\n|"), B("abcde\n"));
	finds("fixed:3", B("abcde"), B("abc|!record 1 at byte 3: the input ends after 2 of the record's 3 bytes"));

	/* D. J. Bernstein, "Netstrings" (1997), has the first and the empty one. */
	gives("netstring", B("hello world!|"), B("12:hello world!,"));
	gives("netstring", B("||a,|"), B("0:,0:,2:a,,"));
	finds("netstring", B("1:a,01:b,"), B("a|!record 1 at byte 4: the netstring's length begins with a zero"));
	finds("netstring", B("1:a,x"), B("a|!record 1 at byte 4: a netstring begins with its length, not with 'x'"));
	finds("netstring", B("12x"), B("!record 0 at byte 2: the netstring's length is followed by 'x', not ':'"));
	finds("netstring", B("12\n:"), B("!record 0 at byte 2: the netstring's length is followed by the byte 0x0A, not ':'"));
	finds("netstring", B(":"), B("!record 0 at byte 0: a netstring begins with its length, not with ':'"));
	finds("netstring", B("1:ab"), B("!record 0 at byte 3: the netstring's bytes are followed by 'b', not ','"));
	finds("netstring", B("1:a,5:ab"), B("a|!record 1 at byte 4: the input ends after 2 of the record's 5 bytes"));
	finds("netstring", B("1:a"), B("!record 0 at byte 3: the input ends where a netstring's ',' should stand"));
	finds("netstring", B("1:a,1"), B("a|!record 1 at byte 4: the input ends within the record's length"));
	finds("netstring", B("18446744073709551616:"), B("!record 0 at byte 0: the netstring's length is above 64 bits"));

	gives("u8", B("a||bc|"), B("\1a\0\2bc"));
	gives("u16be", B("a||bc|"), B("\0\1a\0\0\0\2bc"));
	gives("u16le", B("a||bc|"), B("\1\0a\0\0\2\0bc"));
	gives("u32be", B("a||"), B("\0\0\0\1a\0\0\0\0"));
	gives("u32le", B("a||"), B("\1\0\0\0a\0\0\0\0"));
	gives("u64be", B("a|"), B("\0\0\0\0\0\0\0\1a"));
	gives("u64le", B("a|"), B("\1\0\0\0\0\0\0\0a"));
	finds("u16be", B("\0\1a\0\3b"), B("a|!record 1 at byte 3: the input ends after 1 of the record's 3 bytes"));
	finds("u16be", B("\0"), B("!record 0 at byte 0: the input ends within the record's length"));
	finds("u64le", B("\377\377\377\377\377\377\377\377"),
	    B("!record 0 at byte 0: the input ends after 0 of the record's 18446744073709551615 bytes"));

	/* DWARF 5, section 7.6: 128 is 80 01. */
	gives("varint", B("||a|"), B("\0\0\1a"));
	finds("varint", B("\1a\200\0"), B("a|!record 1 at byte 2: the varint is longer than its value needs"));
	finds("varint", B("\377\377\377\377\377\377\377\377\377\2"), B("!record 0 at byte 0: the varint is above 64 bits"));
	finds("varint", B("\377\377\377\377\377\377\377\377\377\1"),
	    B("!record 0 at byte 0: the input ends after 0 of the record's 18446744073709551615 bytes"));
	finds("varint", B("\200"), B("!record 0 at byte 0: the input ends within the record's length"));
}

static void
golden_ibm(void)
{
	gives("v", B("a||bc|"), B("\0\5\0\0a\0\4\0\0\0\6\0\0bc"));
	gives("vb", B("a||bc|"), B("\0\23\0\0\0\5\0\0a\0\4\0\0\0\6\0\0bc"));
	/* Blocks with two-byte and four-byte lengths. */
	finds("vb", B("\0\11\0\0\0\5\0\0a\200\0\0\11\0\5\0\0b"), B("a|b|"));
	/* Spanned records, in blocks too. */
	finds("v", B("\0\6\1\0ab\0\4\3\0\0\5\3\0c\0\7\2\0def\0\5\0\0g\0\4\1\0\0\4\2\0"), B("abcdef|g||"));
	finds("vb", B("\0\17\0\0\0\5\0\0x\0\6\1\0ab\0\11\0\0\0\5\3\0c\0\16\0\0\0\5\2\0d\0\5\0\0y"), B("x|abcd|y|"));

	finds("v", B("\0\5\0\0a\0\3\0\0"), B("a|!record 1 at byte 5: the record descriptor word says 3 bytes; 4 to 32760 are possible"));
	finds("v", B("\177\371\0\0"), B("!record 0 at byte 0: the record descriptor word says 32761 bytes; 4 to 32760 are possible"));
	finds("v", B("\0\5\4\0a"),
	    B("!record 0 at byte 0: bytes 3 and 4 of the record descriptor word are 04 00; 00 to 03 and 00 are possible"));
	finds("v", B("\0\5\3\0a"), B("!record 0 at byte 0: a spanned record begins without its first segment"));
	finds("v", B("\0\5\1\0a\0\5\0\0b"), B("!record 0 at byte 5: a record begins before the last segment of the spanned one"));
	finds("v", B("\0\5\1\0a"), B("!record 0 at byte 0: the input ends before the last segment of the spanned record"));
	finds("v", B("\0\5\0\0a\0\7\0\0b"), B("a|!record 1 at byte 5: the input ends within a record or its descriptor word"));
	finds("vb", B("\0\20\0\0\0\5\0\0a\0\5\0\0b"), B("a|!record 1 at byte 9: the input ends within a record or its descriptor word"));
	finds("vb", B("\0\12\0\0\0\5\0\0a\0"), B("a|!record 1 at byte 9: the input ends within a record or its descriptor word"));
	finds("vb", B("\0\17\0\0\0\5\0\0a"), B("a|!record 1 at byte 9: the input ends 6 bytes before the block does"));
	finds("vb", B("\0\11\0\0\0\6\0\0ab"), B("!record 0 at byte 4: the record descriptor word says 6 bytes, its block has 5 left"));
	finds("vb", B("\0\7\0\0\0\5\0\0a"), B("!record 0 at byte 0: the block descriptor word is wrong: 00070000"));
	finds("vb", B("\0\11\0\1\0\5\0\0a"), B("!record 0 at byte 0: the block descriptor word is wrong: 00090001"));
}

static void
golden_csv(void)
{
	gives("csv", B("a,b|\"x\ny\",\"\"\"\"|\"\"||5\" disk|"), B("a,b\n\"x\ny\",\"\"\"\"\n\"\"\n\n5\" disk\n"));
	gives("csv-crlf", B("a,b|\"x\r\ny\",c|d\r|"), B("a,b\r\n\"x\r\ny\",c\r\nd\r\r\n"));
	/* The examples of RFC 4180, section 2. */
	finds("csv", B("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), B("aaa,bbb,ccc|zzz,yyy,xxx|"));
	finds("csv", B("aaa,bbb,ccc\r\nzzz,yyy,xxx"), B("aaa,bbb,ccc|zzz,yyy,xxx|"));
	finds("csv", B("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx"), B("\"aaa\",\"b\r\nbb\",\"ccc\"|zzz,yyy,xxx|"));
	finds("csv", B("\"aaa\",\"b\"\"bb\",\"ccc\"\r\n"), B("\"aaa\",\"b\"\"bb\",\"ccc\"|"));
	finds("csv", B("a,\"b\"c\"\nd\n\"e\" ,\"f\n"), B("a,\"b\"c\"|d|!record 2 at byte 15: the quote that opens here is never closed"));
	finds("csv", B("a\n\"\"\"\n"), B("a|!record 1 at byte 2: the quote that opens here is never closed"));
	finds("csv", B("\"a\""), B("\"a\"|"));
	finds("csv", B("a;\"b\n"), B("a;\"b|"));
	finds("csv:;", B("a;\"b\nc\"\nd,\"e\n"), B("a;\"b\nc\"|d,\"e|"));
	finds("csv:\\t", B("a\t\"b\nc\"\n"), B("a\t\"b\nc\"|"));
	finds("csv", B("\"\n\",\"\n\"x\n\n"), B("\"\n\",\"\n\"x||"));
}

static void
golden_json(void)
{
	gives("json", B("{\"a\":[1,2]}|\"x\"|12|null|"), B("{\"a\":[1,2]}\n\"x\"\n12\nnull\n"));
	finds("json", B(" {} [\n]\"a\"1 true{\"b\":\n{}}-0.5e+3[]false"), B("{}|[\n]|\"a\"|1|true|{\"b\":\n{}}|-0.5e+3|[]|false|"));
	finds("json", B("\n \t\r"), B(""));
	finds("json", B("1,2"), B("!record 0 at byte 1: not JSON: ',' stands where a digit, or white space after a number should"));
	finds("json", B("[1] {\"a\" 1}"),
	    B("[1]|!record 1 at byte 9: not JSON: '1' stands where a ':' after a member's name should"));
	finds("json", B("[1] {\"a\""), B("[1]|!record 1 at byte 8: the input ends where a ':' after a member's name should stand"));
	finds("json", B("truefalse"), B("!record 0 at byte 4: not JSON: 'f' stands where white space after a value should"));
	finds("json", B("1\n\xEF\xBB\xBF{}"), B("1|!record 1 at byte 2: not JSON: the byte 0xEF stands where a value should"));

	gives("json-seq", B("{}|12|\"a\"|"), B("\x1E{}\n\x1E" "12\n\x1E\"a\"\n"));
	finds("json-seq", B(""), B(""));
	finds("json-seq", B("{}\n"), B("!record 0 at byte 0: a sequence of JSON texts begins with RS (0x1E)"));
	finds("json-seq", B("\x1E\x1E{}\n\x1E\x1E\x1E[]\x1E \"a\" \n"), B("{}|[]|\"a\"|"));
	finds("json-seq", B("\x1E[]"), B("[]|"));
	/* RFC 7464, section 2.4: these may have been cut short unless white space follows. */
	finds("json-seq", B("\x1E" "12\x1E" "1 \x1Etrue\x1Enull\n\x1E-3"), B("~1|~null|~"));
	finds("json-seq", B("\x1E{\"a\":1\x1E{}\n\x1Etru\n\x1E[1\n]\n"), B("~{}|~[1\n]|"));
	finds("json-seq", B("\x1E{}x\n\x1E{}\nx\n\x1E\n\x1E[]\n"), B("~{}|~~[]|"));
	finds("json-seq", B("\x1E[] {}\n\x1E"), B("~~"));
}

/* ---- names ---- */

static void
refuses_name(const char *name, const char *want)
{
	struct framing f;
	struct buf error = { 0 };

	CHECK(framing_init(&f, name, &error) == -1);
	CHECK(strncmp(buf_string(&error), want, strlen(want)) == 0);
	if (strncmp(buf_string(&error), want, strlen(want)) != 0)
		printf("%s: %s\n", name, buf_string(&error));
	buf_free(&error);
}

static void
names(void)
{
	struct framing f = { 0 };
	const char *bytes;
	unsigned char byte;
	struct buf name = { 0 };
	size_t i, len;

	CHECK(framing_gap(&f, &byte) == 1 && byte == '\n'); /* zeros are lines */
	CHECK(framing_terminator(&f, &bytes, &len) && len == 1 && *bytes == '\n');
	CHECK(strcmp(framing_name(0), "lines") == 0);
	for (i = 0; framing_name(i) != NULL; i++)
		;
	CHECK(i == 24);
	named(&f, "crlf");
	CHECK(framing_gap(&f, &byte) == 2);
	framing_free(&f);
	named(&f, "nul");
	CHECK(framing_gap(&f, &byte) == 1 && byte == 0);
	framing_free(&f);
	named(&f, "fixed:2K");
	CHECK(framing_gap(&f, &byte) == 0 && f.width == 2048 && framing_terminator(&f, &bytes, &len) && len == 0);
	framing_free(&f);
	named(&f, "csv-crlf:\\t");
	CHECK(framing_gap(&f, &byte) == -1 && f.separator == '\t' && framing_terminator(&f, &bytes, &len) && len == 2);
	framing_free(&f);
	named(&f, "json-seq");
	CHECK(framing_gap(&f, &byte) == -1 && !framing_terminator(&f, &bytes, &len));
	framing_free(&f);
	buf_adds(&name, "delim:");
	for (i = 0; i < 255; i++)
		buf_addc(&name, 'x');
	named(&f, buf_string(&name));
	CHECK(framing_gap(&f, &byte) == 255);
	framing_free(&f);
	buf_addc(&name, 'x');
	named(&f, buf_string(&name));
	CHECK(framing_gap(&f, &byte) == -1 && framing_terminator(&f, &bytes, &len) && len == 256);
	framing_free(&f);
	buf_free(&name);

	refuses_name("line", "line: no such framing; there are lines crlf nul delim:STRING ");
	refuses_name("", ": no such framing");
	refuses_name("lines:x", "lines:x: this framing has no parameter: write lines");
	refuses_name("delim", "delim: a delimiter is needed: delim:STRING");
	refuses_name("delim:", "delim: a delimiter is needed: delim:STRING");
	refuses_name("delim:a\\q", "delim: \"\\q\" is no escape: ");
	refuses_name("delim:\\", "delim: \"\\\" is no escape: ");
	refuses_name("delim:\\400", "delim: \"\\4\" is no escape: ");
	refuses_name("delim:\\x4", "delim: \"\\x\" is no escape: ");
	refuses_name("fixed", "fixed: a width is needed: fixed:80");
	refuses_name("fixed:0", "fixed: 0: the width is a number of bytes from 1 on");
	refuses_name("fixed:8x", "fixed: 8x: the width is");
	refuses_name("csv:ab", "csv: the separator is one byte");
	refuses_name("csv:\"", "csv: the separator is one byte");
	refuses_name("csv:", "csv: the separator is one byte");
}

/* ---- random records ---- */

static size_t
some_length(void)
{
	switch (unit_random(8)) {
	case 0:
		return 0;
	case 1:
	case 2:
	case 3:
		return 1 + unit_random(8);
	case 4:
		return unit_random(4000);
	default:
		return unit_random(260); /* around the limit of a prefix of one byte */
	}
}

/* Bytes of all kinds, or out of those that mean something in some framing, or harmless ones. */
static void
some_bytes(struct buf *out, size_t len)
{
	static const char special[] = "\n\r\0 \t\"\\,a-b:;{}[]0x\x1E\xFF\xC3\xA9";
	size_t kind = unit_random(4), kinds = 1 + unit_random(sizeof special);

	while (len-- > 0) {
		int c = (int)unit_random(256);

		if (kind == 0)
			c = special[unit_random(kinds)];
		else if (kind == 1 || (kind == 2 && unit_random(20) != 0))
			c = 'a' + c % 26;
		else if (kind == 2)
			c = special[unit_random(sizeof special)];
		buf_addc(out, (char)c);
	}
}

static void
some_space(struct buf *out)
{
	static const char space[] = " \n\t\r";

	while (unit_random(4) == 0)
		buf_addc(out, space[unit_random(4)]);
}

static void
some_json(struct buf *out, unsigned depth)
{
	static const char *const scalars[] = { "true", "false", "null", "0", "-0.0e-7", "10", "3.25", "1E+30", "\"\"",
		"\"a\\u00e9\\\"\xC3\xA9\xF0\x9F\x98\x80\"" };
	size_t i, n;
	int object = (int)unit_random(2);

	if (depth == 0 || unit_random(3) == 0) {
		buf_adds(out, scalars[unit_random(sizeof scalars / sizeof *scalars)]);
		return;
	}
	buf_addc(out, object ? '{' : '[');
	some_space(out);
	for (i = 0, n = unit_random(4); i < n; i++) {
		if (i > 0)
			buf_addc(out, ',');
		some_space(out);
		if (object) {
			buf_adds(out, "\"k]\"");
			some_space(out);
			buf_addc(out, ':');
			some_space(out);
		}
		some_json(out, depth - 1);
		some_space(out);
	}
	buf_addc(out, object ? '}' : ']');
}

static void
some_row(struct buf *out, char separator)
{
	size_t n = unit_random(5);

	while (n-- > 0) {
		struct buf field = { 0 };
		size_t i;
		int quoted = (int)unit_random(2);

		some_bytes(&field, unit_random(12));
		if (quoted)
			buf_addc(out, '"');
		for (i = 0; i < field.len; i++) {
			char c = field.data[i];

			if (quoted && c == '"')
				buf_addc(out, '"');
			buf_addc(out, !quoted && (c == '\n' || c == '"') ? 'n' : c);
		}
		buf_adds(out, quoted ? "\"" : "");
		if (n > 0)
			buf_addc(out, separator);
		buf_free(&field);
	}
}

/* A record that has a good chance of being one of the framing's. */
static void
some_record(struct buf *out, const struct framing *f, const char *name)
{
	size_t i, mode = unit_random(8);

	out->len = 0;
	if (strncmp(name, "json", 4) == 0 && mode > 0) {
		some_json(out, 5);
	} else if (f->separator != 0 && mode > 1) {
		some_row(out, f->separator);
	} else if (f->width > 0 && mode > 0) {
		some_bytes(out, f->width);
	} else {
		some_bytes(out, some_length());
		/* Newlines where they may be. */
		for (i = 0; mode > 2 && i + 1 < out->len; i++)
			if (out->data[i] == '\n' && strcmp(name, "indented") == 0)
				out->data[i + 1] = ' ';
			else if (out->data[i] == '\n' && strcmp(name, "paragraphs") == 0)
				out->data[i + 1] = 'x';
	}
}

static void
join_all(struct framing_join *join, const struct set *set, struct buf *out, int flushing)
{
	size_t i, n;

	for (i = 0; i < count(set); i++) {
		const char *data = record(set, i, &n);

		CHECK(framing_join(join, data, n, out) == 0);
		if (flushing && unit_random(4) == 0)
			CHECK(framing_join_flush(join, out) == 0);
	}
	CHECK(framing_join_flush(join, out) == 0);
}

/* The refused record, written as it is behind the accepted ones, must not come back. */
static void
refused(const struct framing *f, const struct set *accepted, const char *data, size_t len)
{
	struct framing_join join = { .framing = f, .strictness = FRAMING_AS_IS };
	struct set all = { 0 };
	struct result r = { 0 };
	struct buf out = { 0 };
	size_t i, n;

	join_all(&join, accepted, &out, 0);
	for (i = 0; i < count(accepted); i++) {
		const char *bytes = record(accepted, i, &n);

		add(&all, bytes, n);
	}
	add(&all, data, len);
	if (framing_join(&join, data, len, &out) == 0) {
		framing_join_flush(&join, &out);
		split(f, out.len > 0 ? out.data : "", out.len, WHOLE, &r);
		CHECK(!same(&all, &r.records) || r.lost.len > 0 || r.error.len > 0);
	} else {
		CHECK(join.why != NULL && strncmp(join.why, "it is longer than the ", 22) == 0);
	}
	result_free(&r);
	set_free(&all);
	buf_free(&out);
	framing_join_free(&join);
}

/* There and back; and the bytes again out of what came back. */
static void
come_back(const struct framing *f, const struct set *set, const struct buf *bytes)
{
	struct framing_join again = { .framing = f, .strictness = FRAMING_STRICT };
	struct buf out = { 0 };
	struct result r = { 0 };

	split_all(f, bytes->len > 0 ? bytes->data : "", bytes->len, &r);
	CHECK(r.error.len == 0 && r.lost.len == 0 && !r.lacks_gap);
	CHECK(same(set, &r.records));
	join_all(&again, &r.records, &out, 0);
	CHECK(equal(bytes, &out));
	framing_join_free(&again);
	buf_free(&out);
	result_free(&r);
}

/* Of random records those are joined that the check accepts. Returns how many. */
static size_t
round_trip(const struct framing *f, const char *name)
{
	struct framing_join join = { .framing = f, .strictness = FRAMING_STRICT };
	struct framing_join flushing = { .framing = f, .strictness = FRAMING_AS_IS };
	struct set set = { 0 };
	struct buf out = { 0 }, candidate = { 0 };
	struct result r = { 0 };
	size_t n = unit_random(12), accepted;

	while (n-- > 0) {
		struct framing_join alone = { .framing = f, .record = join.record, .state = join.state };
		int good;

		some_record(&candidate, f, name);
		if (candidate.data == NULL)
			buf_reserve(&candidate, 1);
		good = framing_join(&join, candidate.data, candidate.len, &out) == 0;
		/* framing_check says the same; it alone also when the record is too long to be written. */
		CHECK((framing_check(&alone, candidate.data, candidate.len) == 0) == good);
		CHECK(join.record == count(&set) + (size_t)good);
		if (good)
			add(&set, candidate.data, candidate.len);
		else
			CHECK(join.why != NULL), refused(f, &set, candidate.data, candidate.len);
		framing_join_free(&alone);
	}
	framing_join_flush(&join, &out);
	come_back(f, &set, &out);
	out.len = 0;
	join_all(&flushing, &set, &out, 1);
	split(f, out.len > 0 ? out.data : "", out.len, SMALL, &r);
	CHECK(same(&set, &r.records));
	accepted = count(&set);
	result_free(&r);
	framing_join_free(&join);
	framing_join_free(&flushing);
	set_free(&set);
	buf_free(&out);
	buf_free(&candidate);
	return accepted;
}

/* Records of up to 3 MB, as content for every framing; one byte at a time, which takes for ever unless the cost is linear. */
static void
large(const struct framing *f, const char *name)
{
	struct framing_join join = { .framing = f, .strictness = FRAMING_STRICT };
	struct set set = { 0 };
	struct buf out = { 0 }, data = { 0 };
	struct result r = { 0 };
	int json = strncmp(name, "json", 4) == 0, csv = f->separator != 0;
	size_t limit = name[0] == 'v' && name[1] != 'a' ? 32752 : strcmp(name, "u8") == 0 ? 255 : name[0] == 'u' && name[1] == '1' ? 65535 : 3000000;
	size_t i, k;

	for (k = 0; k < 3; k++) {
		size_t n = f->width > 0 ? f->width : k == 0 ? limit : unit_random(limit) + 2;

		data.len = 0;
		for (i = 0; i < n; i++)
			buf_addc(&data, (char)(csv && i % 50 == 25 ? '\n' : 'A' + i % 7));
		if (json || csv)
			data.data[0] = data.data[n - 1] = '"';
		if (name[0] == 'i') /* indented */
			for (i = 10; i + 2 < n; i += 40)
				memcpy(data.data + i, "\n ", 2);
		if (name[0] == 'p') /* paragraphs */
			for (i = 10; i + 2 < n; i += 40)
				data.data[i] = '\n';
		CHECK(framing_join(&join, data.data, n, &out) == 0);
		add(&set, data.data, n);
	}
	framing_join_flush(&join, &out);
	for (i = 0; i < PATTERNS; i++) {
		split(f, out.data, out.len, (int)i, &r);
		CHECK(same(&set, &r.records));
		result_free(&r);
	}
	framing_join_free(&join);
	set_free(&set);
	buf_free(&out);
	buf_free(&data);
}

static void
random_records(const char *name, int allow_short)
{
	struct framing f;
	size_t i, accepted = 0;

	named(&f, name);
	f.allow_short = allow_short;
	for (i = 0; i < 250; i++)
		accepted += round_trip(&f, name);
	CHECK(accepted > 250);
	if (accepted <= 250)
		printf("%s: only %zu records accepted\n", name, accepted);
	large(&f, name);
	framing_free(&f);
}

static void
all_random(void)
{
	static const char *const more[] = { "delim:x", "delim:aa", "delim:aba", "delim:--\\n", "delim:\\n\\n\\na\\n\\n\\n", "fixed:1",
		"fixed:7", "fixed:300", "fixed:1M", "csv:;", "csv:\\t", "csv-crlf:a" };
	struct buf long_delim = { 0 };
	size_t i;

	for (i = 0; framing_name(i) != NULL; i++)
		if (strcmp(framing_name(i), "delim") != 0 && strcmp(framing_name(i), "fixed") != 0)
			random_records(framing_name(i), 0);
	for (i = 0; i < sizeof more / sizeof *more; i++)
		random_records(more[i], 0);
	random_records("fixed:7", 1);
	buf_adds(&long_delim, "delim:");
	for (i = 0; i < 300; i++)
		buf_addc(&long_delim, i % 7 == 6 ? 'b' : 'a');
	random_records(buf_string(&long_delim), 0);
	buf_free(&long_delim);
}

/* Bytes that are in no framing in particular: what is found does not depend on the pieces, and nothing is read outside. */
static void
all_junk(void)
{
	size_t i, k;

	for (i = 0; framing_name(i) != NULL; i++) {
		const char *name = framing_name(i);
		struct framing f;

		named(&f, strcmp(name, "delim") == 0 ? "delim:ab" : strcmp(name, "fixed") == 0 ? "fixed:5" : name);
		for (k = 0; k < 300; k++) {
			struct buf junk = { 0 };
			struct result r = { 0 };

			if (strcmp(name, "json-seq") == 0)
				buf_addc(&junk, 0x1E);
			some_bytes(&junk, unit_random(50));
			split_all(&f, junk.len > 0 ? junk.data : "", junk.len, &r);
			result_free(&r);
			buf_free(&junk);
		}
		framing_free(&f);
	}
}

/* An input after the first: record numbers go on, offsets begin again. */
static void
next_input(void)
{
	struct framing f;
	struct framing_split s = { .framing = &f };
	uint32_t starts[4], ends[4];
	struct framing_found found = { .starts = starts, .ends = ends, .max = 4 };
	char first[] = "1:a,1:b,7:b", second[] = "1:c,x";

	named(&f, "netstring");
	CHECK(framing_split(&s, first, sizeof first - 1, 1, &found) == -1 && found.count == 2 && found.used == 8);
	CHECK(strcmp(buf_string(&s.error), "record 2 at byte 8: the input ends after 1 of the record's 7 bytes") == 0);
	CHECK(framing_open_length(&s, "70:", 3) == 70 && framing_open_length(&s, "70", 2) == 2);
	framing_split_next(&s);
	CHECK(framing_split(&s, second, sizeof second - 1, 1, &found) == -1 && found.count == 1 && found.used == 4);
	CHECK(strcmp(buf_string(&s.error), "record 3 at byte 4: a netstring begins with its length, not with 'x'") == 0);
	framing_split_free(&s);
	framing_free(&f);
}

int
main(void)
{
	golden_delimited();
	golden_counted();
	golden_ibm();
	golden_csv();
	golden_json();
	names();
	next_input();
	all_junk();
	all_random();
	return unit_end("framing");
}
