/*
 * framing_exact: exact bytes of every framing, by its specification and by the pages: what is
 * found, what is written, and the messages for input that is not in the framing; names and
 * parameters.
 */
#include "framing/framing_private.h"
#include "unit/framing/framing_cut.h"

#define B(bytes) bytes, sizeof(bytes) - 1

/*
 * What is found, as one string: each record followed by '|', '~' for a lost text at its place, '-'
 * at the end if the last record lacks its gap, '!' and the message if the input is not in the
 * framing.
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

/*
 * Joins the records of a string in which each is followed by '|'; wants those bytes, and the
 * records back from them.
 */
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
	gives("delim:--", B("a||-b|"), B("a-----b--"));
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
	finds("escaped", B("ab\na\\q\n"),
	    B("ab|!record 1 at byte 4 (line 2): a backslash and 'q' is no escape: \\\\ \\n \\r \\t \\0 \\xHH are"));
	finds("escaped", B("a\\"),
	    B("!record 0 at byte 1 (line 1): a backslash ends the line; one backslash is written as two"));
	finds("escaped", B("\\x4\n"),
	    B("!record 0 at byte 0 (line 1): a backslash and 'x' is no escape: \\\\ \\n \\r \\t \\0 \\xHH are"));
	/* What unescaping has made a newline is not a newline of the input. */
	finds("escaped", B("a\\nb\\nc\n\nd\\q\n"),
	    B("a\nb\nc||!record 2 at byte 10 (line 3): a backslash and 'q' is no escape: \\\\ \\n \\r \\t \\0 \\xHH "
	      "are"));
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
	finds("netstring", B("12\n:"),
	    B("!record 0 at byte 2: the netstring's length is followed by the byte 0x0A, not ':'"));
	finds("netstring", B(":"), B("!record 0 at byte 0: a netstring begins with its length, not with ':'"));
	finds("netstring", B("1:ab"), B("!record 0 at byte 3: the netstring's bytes are followed by 'b', not ','"));
	finds("netstring", B("1:a,5:ab"), B("a|!record 1 at byte 4: the input ends after 2 of the record's 5 bytes"));
	finds("netstring", B("1:a"), B("!record 0 at byte 3: the input ends before a netstring's ','"));
	finds("netstring", B("1:a,1"), B("a|!record 1 at byte 4: the input ends within the record's length"));
	finds(
	    "netstring", B("18446744073709551616:"), B("!record 0 at byte 0: the netstring's length is above 64 bits"));

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
	finds("varint", B("\377\377\377\377\377\377\377\377\377\2"),
	    B("!record 0 at byte 0: the varint is above 64 bits"));
	finds("varint", B("\377\377\377\377\377\377\377\377\377\1"),
	    B("!record 0 at byte 0: the input ends after 0 of the record's 18446744073709551615 bytes"));
	finds("varint", B("\200"), B("!record 0 at byte 0: the input ends within the record's length"));
}

static void
golden_groups(void)
{
	gives("lines:2", B("a\nb|\n|@x\n@|"), B("a\nb\n\n\n@x\n@\n"));
	gives("lines:1", B("a||b|"), B("a\n\nb\n"));
	finds("lines:3", B("1\n2\n3\n4\n5\n6"), B("1\n2\n3|4\n5\n6|-"));
	finds("lines:2", B("1\n\n"), B("1\n|"));
	finds("lines:4", B("1\n2\n3\n4\n5\n6\n"),
	    B("1\n2\n3\n4|!record 1 at byte 8: the input ends after 2 of the record's 4 lines"));
	finds("lines:2", B("1"), B("!record 0 at byte 0: the input ends after 1 of the record's 2 lines"));
	finds("lines:2", B(""), B(""));

	/* The length -1 is how a missing value is written; a length of 16 bits has none. */
	finds("u32be", B("\377\377\377\377\0\0\0\1a\377\377\377\377"), B("|a||"));
	finds("u32le", B("\377\377\377\377\1\0\0\0a"), B("|a|"));
	finds("u32be", B("\377\377\377\376"),
	    B("!record 0 at byte 0: the input ends after 0 of the record's 4294967294 bytes"));
	finds("u16be", B("\377\377"),
	    B("!record 0 at byte 0: the input ends after 0 of the record's 65535 bytes"));
}

/* A rest of fewer lines, if it is allowed, in both directions. */
static void
short_group(void)
{
	static const struct {
		const char *bytes, *record;
		int lacks;
	} rests[] = { { "x", "x", 1 }, { "x\n", "x", 0 }, { "x\n\n", "x\n", 0 }, { "\n", "", 0 }, { "x\ny", "x\ny", 1 } };
	struct framing f;

	named(&f, "lines:3");
	f.allow_short = 1;
	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		struct framing_join join = { .framing = &f, .strictness = FRAMING_STRICT };
		struct buf bytes = { 0 }, out = { 0 };
		struct set want = { 0 };
		struct result r = { 0 };
		size_t n = strlen(rests[i].record);

		buf_adds(&bytes, "1\n2\n3\n");
		buf_adds(&bytes, rests[i].bytes);
		add(&want, "1\n2\n3", 5);
		add(&want, rests[i].record, n);
		split_all(&f, bytes.data, bytes.len, &r);
		CHECK(same(&want, &r.records) && r.error.len == 0 && r.lacks_gap == rests[i].lacks);
		CHECK(framing_join(&join, "1\n2\n3", 5, &out) == 0 && framing_join(&join, rests[i].record, n, &out) == 0);
		buf_adds(&bytes, rests[i].lacks ? "\n" : "");
		CHECK(equal(&bytes, &out));
		CHECK(framing_join(&join, "1\n2\n3", 5, &out) == -1 &&
		    strcmp(join.why, "the record before it has fewer lines than the framing") == 0);
		framing_join_free(&join);
		buf_free(&bytes);
		buf_free(&out);
		set_free(&want);
		result_free(&r);
	}
	framing_free(&f);
}

/* none writes all, but nothing of it would come back. */
static void
nothing_between(void)
{
	struct framing f;
	struct framing_join join = { .framing = &f };
	struct buf out = { 0 };

	named(&f, "none");
	CHECK(framing_joins(&f) && !framing_splits(&f) && framing_usual(&f) == FRAMING_AS_IS);
	CHECK(framing_join(&join, "a\n", 2, &out) == 0 && framing_join(&join, "", 0, &out) == 0 &&
	    framing_join(&join, "\0b", 2, &out) == 0);
	CHECK(out.len == 4 && memcmp(out.data, "a\n\0b", 4) == 0);
	join.strictness = FRAMING_STRICT;
	CHECK(framing_join(&join, "a", 1, &out) == -1 &&
	    strcmp(join.why, "nothing is written between records, so it would not come back") == 0);
	framing_join_free(&join);
	buf_free(&out);
	framing_free(&f);
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

	finds("v", B("\0\5\0\0a\0\3\0\0"),
	    B("a|!record 1 at byte 5: the record descriptor word says 3 bytes; 4 to 32760 are possible"));
	finds("v", B("\177\371\0\0"),
	    B("!record 0 at byte 0: the record descriptor word says 32761 bytes; 4 to 32760 are possible"));
	finds("v", B("\0\5\4\0a"),
	    B("!record 0 at byte 0: bytes 3 and 4 of the record descriptor word are 04 00; 00 to 03 and 00 are "
	      "possible"));
	finds("v", B("\0\5\3\0a"), B("!record 0 at byte 0: a spanned record begins without its first segment"));
	finds("v", B("\0\5\1\0a\0\5\0\0b"),
	    B("!record 0 at byte 5: a record begins before the last segment of the spanned one"));
	finds("v", B("\0\5\1\0a"),
	    B("!record 0 at byte 0: the input ends before the last segment of the spanned record"));
	finds("v", B("\0\5\0\0a\0\7\0\0b"),
	    B("a|!record 1 at byte 5: the input ends within a record or its descriptor word"));
	finds("vb", B("\0\20\0\0\0\5\0\0a\0\7\0\0b"),
	    B("a|!record 1 at byte 9: the input ends within a record or its descriptor word"));
	finds("vb", B("\0\12\0\0\0\5\0\0a\0"),
	    B("a|!record 1 at byte 9: the input ends within a record or its descriptor word"));
	finds("vb", B("\0\17\0\0\0\5\0\0a"), B("a|!record 1 at byte 9: the input ends 6 bytes before the block does"));
	finds("vb", B("\0\11\0\0\0\6\0\0ab"),
	    B("!record 0 at byte 4: the record descriptor word says 6 bytes, its block has 5 left"));
	finds("vb", B("\0\7\0\0\0\5\0\0a"), B("!record 0 at byte 0: the block descriptor word is wrong: 00070000"));
	finds("vb", B("\0\11\0\1\0\5\0\0a"), B("!record 0 at byte 0: the block descriptor word is wrong: 00090001"));
}

/* Two records that fill a block to its 32,760 bytes, and two that are one byte too many for one. */
static void
full_blocks(void)
{
	static char bytes[32760];
	struct framing f;

	named(&f, "vb");
	for (size_t more = 0; more < 2; more++) {
		struct framing_join join = { .framing = &f, .strictness = FRAMING_AS_IS };
		struct buf out = { 0 };

		CHECK(framing_join(&join, bytes, 16374, &out) == 0);
		CHECK(framing_join(&join, bytes, 16374 + more, &out) == 0);
		CHECK(out.len == more * (16374 + 8));
		CHECK(framing_join_flush(&join, &out) == 0);
		CHECK(out.len == 32760 + more * 5);
		CHECK(more || memcmp(out.data, "\x7F\xF8\0\0\x3F\xFA\0\0", 8) == 0);
		/* The limits hold also as-is: there is no way to write more. */
		CHECK(framing_join(&join, bytes, 32752, &out) == 0);
		CHECK(framing_join(&join, bytes, 32753, &out) == -1 && join.why != NULL && join.record == 3);
		framing_join_free(&join);
		buf_free(&out);
	}
	framing_free(&f);
	named(&f, "v");
	{
		struct framing_join join = { .framing = &f };
		struct buf out = { 0 };

		CHECK(framing_join(&join, bytes, 32756, &out) == 0 && framing_join(&join, bytes, 32757, &out) == -1);
		framing_join_free(&join);
		buf_free(&out);
	}
	framing_free(&f);
}

static void
golden_csv(void)
{
	gives("csv", B("a,b|\"x\ny\",\"\"\"\"|\"\"|5\" disk|"), B("a,b\n\"x\ny\",\"\"\"\"\n\"\"\n5\" disk\n"));
	gives("csv-crlf", B("a,b|\"x\r\ny\",c|d\r|"), B("a,b\r\n\"x\r\ny\",c\r\nd\r\r\n"));
	/* The examples of RFC 4180, section 2. */
	finds("csv", B("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), B("aaa,bbb,ccc|zzz,yyy,xxx|"));
	finds("csv", B("aaa,bbb,ccc\r\nzzz,yyy,xxx"), B("aaa,bbb,ccc|zzz,yyy,xxx|"));
	finds("csv", B("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx"), B("\"aaa\",\"b\r\nbb\",\"ccc\"|zzz,yyy,xxx|"));
	finds("csv", B("\"aaa\",\"b\"\"bb\",\"ccc\"\r\n"), B("\"aaa\",\"b\"\"bb\",\"ccc\"|"));
	finds("csv", B("a,\"b\"c\"\nd\n\"e\" ,\"f\n"),
	    B("a,\"b\"c\"|d|!record 2 at byte 15 (line 3): the quote that opens here is never closed"));
	finds("csv", B("a\n\"\"\"\n"), B("a|!record 1 at byte 2 (line 2): the quote that opens here is never closed"));
	finds("csv", B("\"a\""), B("\"a\"|"));
	finds("csv", B("a;\"b\n"), B("a;\"b|"));
	finds("csv:;", B("a;\"b\nc\"\nd,\"e\n"), B("a;\"b\nc\"|d,\"e|"));
	finds("csv:\\t", B("a\t\"b\nc\"\n"), B("a\t\"b\nc\"|"));
	finds("csv", B("\"\n\",\"\n\"x\n\n"), B("\"\n\",\"\n\"x|"));
	/*
	 * Empty lines are no rows, in any place; within quotes they are content, and spaces are a
	 * value.
	 */
	finds("csv", B("\n\r\na,b\n\n\r\n\nc\r\n\r\n\n"), B("a,b|c|"));
	finds("csv", B("\n"), B(""));
	finds("csv", B("\r\n\r\n"), B(""));
	finds("csv", B("\"a\n\n\r\nb\"\n \n,\n\"\"\n"), B("\"a\n\n\r\nb\"| |,|\"\"|"));
	finds("csv", B("\n\na\n\n\"b\nc\"\n\"\n"),
	    B("a|\"b\nc\"|!record 2 at byte 11 (line 7): the quote that opens here is never closed"));
	/* A byte order mark before the first row, or parts of one. */
	finds("csv", B("\xEF\xBB\xBF\"a\nb\",c\nd\n"), B("\"a\nb\",c|d|"));
	finds("csv-crlf", B("\xEF\xBB\xBF" "a\r\nb"), B("a|b|"));
	finds("csv", B("\xEF\xBB\xBF"), B(""));
	finds("csv", B("\xEF\xBB\xBF\xEF\xBB\xBFx"), B("\xEF\xBB\xBFx|"));
	finds("csv", B("\xEF\xBB"), B("\xEF\xBB|"));
	finds("csv", B("\xEF"), B("\xEF|"));
	finds("csv", B("\xFF"), B("\xFF|"));
	finds("csv", B("a\n\xEF\xBB\xBFx\n\xFF\xFE\n"), B("a|\xEF\xBB\xBFx|\xFF\xFE|"));
	finds("csv", B("\xEF\xBB\xBF\"a"),
	    B("!record 0 at byte 3 (line 1): the quote that opens here is never closed"));
	finds("csv", B("\xFF\xFE" "a\0,\0"),
	    B("!record 0 at byte 0 (line 1): this is UTF-16, and what is needed is UTF-8: iconv -f UTF-16 -t UTF-8 "
	      "makes UTF-8 of it"));
	finds("csv", B("\xFE\xFF\0a"),
	    B("!record 0 at byte 0 (line 1): this is UTF-16, and what is needed is UTF-8: iconv -f UTF-16 -t UTF-8 "
	      "makes UTF-8 of it"));
	finds("lines", B("\xFF\xFE" "a\n\n\xEF\xBB\xBF" "b\n"), B("\xFF\xFE" "a||\xEF\xBB\xBF" "b|"));
}

static void
golden_elements(void)
{
	finds("json:.[]", B(" [1, {\"a\": [2]} ,\"x\"\n]"), B("1|{\"a\": [2]}|\"x\"|"));
	finds("json:.[]", B("[]"), B(""));
	finds("json:.[]", B("[1][2]\n[3]"), B("1|2|3|"));
	finds("json:.[]", B(" \n"), B(""));
	finds("json:.items[]", B("\xEF\xBB\xBF{\"n\":[7,{\"items\":[8]}],\"items\":[1,[2]],\"m\":0}"), B("1|[2]|"));
	finds("json:.items[]", B("{\"it\\u0065ms\":[1]}"), B("1|"));
	finds("json:.\"it e\\u006ds\"[]", B("{\"it ems\":[1]}"), B("1|"));
	finds("json:.a.\"\"[1].b[]", B("{\"a\":{\"\":[{\"b\":[0]},{\"b\":[1,2]}]}}"), B("1|2|"));

	/* The path leads nowhere. */
	finds("json:.[]", B("{\"a\":1}"),
	    B("!record 0 at byte 0 (line 1): the document is an object, not an array"));
	finds("json:.a[]", B("\n12"), B("!record 0 at byte 1 (line 2): the document is a number, not an object"));
	finds("json:.a.b[]", B("{\"a\":{\n\"c\":[]\n}}"), B("!record 0 at byte 14 (line 3): there is no .a.b"));
	finds("json:.a.b[]", B("{}"), B("!record 0 at byte 1 (line 1): there is no .a"));
	finds("json:.a[2][]", B("{\"a\":[[],[]]}"), B("!record 0 at byte 11 (line 1): there is no .a[2]"));
	finds("json:.a[]", B("{\"a\":null}"), B("!record 0 at byte 5 (line 1): .a is null, not an array"));
	finds("json:.a.b[]", B("{\"a\":[1]}"), B("!record 0 at byte 5 (line 1): .a is an array, not an object"));
	finds("json:.a[]", B("{\"a\":[1],\"a\":[2]}"), B("1|!record 1 at byte 9 (line 1): .a comes twice"));
	finds("json:.a[]", B("{\"a\":[1]}{\"b\":[2]}"), B("1|!record 1 at byte 17 (line 1): there is no .a"));

	/* What is not JSON, before the array, within it and after it. */
	finds("json:.a[]", B("{\"b\":tru,\"a\":[1]}"),
	    B("!record 0 at byte 8 (line 1): not JSON: ',' instead of \"true\""));
	finds("json:.a[]", B("{\"a\":[1,\n2 3]}"), B("1|2|!record 2 at byte 11 (line 2): not JSON: '3' instead of ',' or ']'"));
	finds("json:.a[]", B("{\"a\":[1,]}"), B("1|!record 1 at byte 8 (line 1): not JSON: ']' instead of a value"));
	finds("json:.a[]", B("{\"a\":[,]}"), B("!record 0 at byte 6 (line 1): not JSON: ',' instead of a value or ']'"));
	finds("json:.a[]", B("{\"a\":[1],\"b\" 2}"),
	    B("1|!record 1 at byte 13 (line 1): not JSON: '2' instead of a ':' after a member's name"));
	finds("json:.a[]", B("{\"a\":[1],}"), B("1|!record 1 at byte 9 (line 1): not JSON: '}' instead of a member's name"));
	finds("json:.a[]", B("{,}"), B("!record 0 at byte 1 (line 1): not JSON: ',' instead of a member's name or '}'"));
	finds("json:.a[]", B("{\"a\":[1]]"), B("1|!record 1 at byte 8 (line 1): not JSON: ']' instead of ',' or '}'"));
	finds("json:.a[]", B("{\"a\":[1]} x"), B("1|!record 1 at byte 10 (line 1): not JSON: 'x' instead of a value"));
	finds("json:.[]", B("[\"\xC3\"]"), B("!record 0 at byte 2 (line 1): not JSON: the byte 0xC3 begins no valid UTF-8"));
	finds("json:.[]", B("[1,2"), B("1|!record 1 at byte 4 (line 1): the input ends before ',' or ']'"));
	finds("json:.[]", B("[1,"), B("1|!record 1 at byte 3 (line 1): the input ends before a value"));
	finds("json:.a[]", B("{\"a\":[]"), B("!record 0 at byte 7 (line 1): the input ends before ',' or '}'"));
	finds("json:.a[]", B("{\"b"),
	    B("!record 0 at byte 3 (line 1): the input ends before a character of a string (control bytes are escaped)"));
	finds("json:.[]", B("\xFF\xFE[\0"),
	    B("!record 0 at byte 0 (line 1): this is UTF-16, and what is needed is UTF-8: iconv -f UTF-16 -t UTF-8 "
	      "makes UTF-8 of it"));
}

/* jsonl writes a record strictly so, and otherwise in the other way. */
static void
compacts(const char *data, size_t len, const char *strict, const char *as_is)
{
	struct framing f;
	struct buf out = { 0 };

	named(&f, "jsonl");
	for (int i = 0; i < 4; i++) {
		struct framing_join join = { .framing = &f, .strictness = i % 2 == 0 ? FRAMING_STRICT : FRAMING_AS_IS,
			.crlf = i > 1 };
		struct buf want = { 0 };

		buf_adds(&want, i % 2 == 0 ? strict : as_is);
		want.len -= (size_t)join.crlf;
		buf_adds(&want, join.crlf ? "\r\n" : "");
		out.len = 0;
		CHECK(framing_join(&join, data, len, &out) == 0 && equal(&out, &want));
		framing_join_free(&join);
		buf_free(&want);
	}
	buf_free(&out);
	framing_free(&f);
}

/* Records with names of their own. */
static void
golden_names(void)
{
	gives("logfmt", B("a=1 b=\"x \\\"y\\\"\" c| a\t|a=|a=b=c|"), B("a=1 b=\"x \\\"y\\\"\" c\n a\t\na=\na=b=c\n"));
	finds("logfmt", B("\n \t\r\na\r\n\r\nb=\"\xFF\x01\""), B("a|b=\"\xFF\x01\"|"));
	finds("logfmt", B("\xEF\xBB\xBF" "a"), B("a|"));
	finds("logfmt", B("a\n\nb c=\"d\n\"\n"), B("a|!record 1 at byte 7 (line 3): a quote that is never closed"));
	finds("logfmt", B("a=\"b\"c"), B("!record 0 at byte 5 (line 1): no blank after the quote that closes a value"));
	finds("logfmt", B("a=\"\\q\""), B("!record 0 at byte 3 (line 1): an escape that JSON does not have"));
	finds("logfmt", B("a=\"\\u12g4\""), B("!record 0 at byte 3 (line 1): an escape that JSON does not have"));
	finds("logfmt", B("a =b"), B("!record 0 at byte 2 (line 1): a value without a key"));
	finds("logfmt", B("a b\"c\""), B("!record 0 at byte 3 (line 1): a quote within a key"));
	finds("logfmt", B("\"a\"=b"), B("!record 0 at byte 0 (line 1): a quote before a key"));
	finds("logfmt", B("a=b\"c\""),
	    B("!record 0 at byte 3 (line 1): a quote within a value that does not begin with one"));
	finds("logfmt", B("a=b=\"c\""),
	    B("!record 0 at byte 4 (line 1): a quote within a value that does not begin with one"));
	finds("logfmt", B("a=\0"), B("!record 0 at byte 2 (line 1): a control byte outside of quotes"));
	finds("logfmt", B("a\x1B" "b"), B("!record 0 at byte 1 (line 1): a control byte outside of quotes"));
	finds("logfmt", B("x\n\xEF\xBB\xBF" "a"), B("x|\xEF\xBB\xBF" "a|")); /* only the first line has a mark */

	gives("fields", B("a: 1|B c\t:\n\td\n e|x:\r\n y\r|\xC3\xA4:\nb:c:|# x: #|"),
	    B("a: 1\n\nB c\t:\n\td\n e\n\nx:\r\n y\r\n\r\n\xC3\xA4:\nb:c:\n\n# x: #\n\n"));
	finds("fields", B("\n\r\n\na:1\n\r\n\n\nb:2\r\n\r\nc:"), B("a:1|b:2\r|c:|"));
	finds("fields", B("\xEF\xBB\xBF\na:\n\r"), B("a:|"));
	finds("fields", B("\n\n"), B(""));
	finds("fields", B("a:1\n\nb\n"), B("a:1|!record 1 at byte 5 (line 3): a line without a colon"));
	finds("fields", B("a:1\n\n b:2\n"),
	    B("a:1|!record 1 at byte 5 (line 3): a continuation without a field before it"));
	finds("fields", B("a:1\n \t\r\nb:2"), B("!record 0 at byte 4 (line 2): a line of nothing but blanks"));
	finds("fields", B("a:1\n:2\n"), B("!record 0 at byte 4 (line 2): a field without a name"));
	finds("fields", B("ab\x7F:1"), B("!record 0 at byte 2 (line 1): a control byte in the name of a field"));
	finds("fields", B("\xFF\xFE" "a:"),
	    B("!record 0 at byte 0 (line 1): this is UTF-16, and what is needed is UTF-8: iconv -f UTF-16 -t UTF-8 "
	      "makes UTF-8 of it"));

	gives("fields:mail", B("A-b : 1\n \n\tx|\x21\x7E:|-:\n |"), B("A-b : 1\n \n\tx\n\n\x21\x7E:\n\n-:\n \n\n"));
	finds("fields:mail", B("From a b: c\n"), B("!record 0 at byte 4 (line 1): a blank in the name of a field"));
	finds("fields:mail", B("a:\n\xC3\xA4:\n"),
	    B("!record 0 at byte 3 (line 2): a byte that is not ASCII in the name of a field"));
	finds("fields:mail", B("a:\n#b\n"), B("!record 0 at byte 3 (line 2): a line without a colon"));

	gives("fields:ldif", B("#c\n d\ndn: a\n b\nx:: YWI=\n#e|version: 1\ndn:|dn:x\nadd: a\n-\n-|y::YW\n I=|Versions: 1|"),
	    B("#c\n d\ndn: a\n b\nx:: YWI=\n#e\n\nversion: 1\ndn:\n\ndn:x\nadd: a\n-\n-\n\ny::YW\n I=\n\nVersions: 1\n\n"));
	/* Comments and the version are no entry. */
	finds("fields:ldif", B("version: 1\n\n# a\n b\n\ndn: c\n\nVERSION:2\n#\n\n#"), B("dn: c|"));
	finds("fields:ldif", B("a: 1\nb:: YW!=\nc\n"), B("!record 0 at byte 5 (line 2): a value that is not base64"));
	finds("fields:ldif", B("a: 1\n\nb:: YWI\n\n"), B("a: 1|!record 1 at byte 6 (line 3): a value that is not base64"));
	finds("fields:ldif", B("b:: YWI= "), B("!record 0 at byte 0 (line 1): a value that is not base64"));
	finds("fields:ldif", B("a:\n-\n b\n"),
	    B("!record 0 at byte 5 (line 3): a continuation without a field before it"));
	finds("fields:ldif", B("a:\n\tb\n"), B("!record 0 at byte 3 (line 2): a line without a colon"));
	finds("fields:ldif", B("a :b\n"), B("!record 0 at byte 1 (line 1): a blank in the name of a field"));
}

static void
golden_json(void)
{
	gives("json", B("{\"a\":[1,2]}|\"x\"|12|null|"), B("{\"a\":[1,2]}\n\"x\"\n12\nnull\n"));
	finds("json", B(" {} [\n]\"a\"1 true{\"b\":\n{}}-0.5e+3[]false"),
	    B("{}|[\n]|\"a\"|1|true|{\"b\":\n{}}|-0.5e+3|[]|false|"));
	finds("json", B("\n \t\r"), B(""));
	finds("json", B("1,2"),
	    B("!record 0 at byte 1 (line 1): not JSON: ',' instead of a digit, or white space after a number"));
	finds("json", B("[1] {\"a\" 1}"),
	    B("[1]|!record 1 at byte 9 (line 1): not JSON: '1' instead of a ':' after a member's name"));
	finds("json", B("[1] {\"a\""),
	    B("[1]|!record 1 at byte 8 (line 1): the input ends before a ':' after a member's name"));
	finds("json", B("truefalse"),
	    B("!record 0 at byte 4 (line 1): not JSON: 'f' instead of white space after a value"));
	finds("json", B("1\n\xEF\xBB\xBF{}"),
	    B("1|!record 1 at byte 2 (line 2): not JSON: the byte 0xEF instead of a value"));

	finds("json", B("\xEF\xBB\xBF{\"a\":1}\n2"), B("{\"a\":1}|2|"));
	finds("json", B("\xEF\xBB\xBF"), B(""));
	finds("json", B("\xEF\xBB"), B("!record 0 at byte 0 (line 1): not JSON: the byte 0xEF instead of a value"));
	finds("json", B("\xFF\xFE{\0"),
	    B("!record 0 at byte 0 (line 1): this is UTF-16, and what is needed is UTF-8: iconv -f UTF-16 -t UTF-8 "
	      "makes UTF-8 of it"));
	finds("json", B("{\0}\0"),
	    B("!record 0 at byte 1 (line 1): not JSON: the byte 0x00 instead of a member's name or '}' (is it UTF-16? "
	      "iconv -f UTF-16 -t UTF-8 makes UTF-8 of it)"));
	finds("json", B("\0{"),
	    B("!record 0 at byte 0 (line 1): not JSON: the byte 0x00 instead of a value (is it UTF-16? iconv -f UTF-16 "
	      "-t UTF-8 makes UTF-8 of it)"));
	finds("json", B("{}\n\n[\n\0"),
	    B("{}|!record 1 at byte 6 (line 4): not JSON: the byte 0x00 instead of a value or ']'"));
	/* The message names the byte that is wrong, not the one that shows it. */
	finds("json", B("1\n\n\"a\xC3\" "),
	    B("1|!record 1 at byte 5 (line 3): not JSON: the byte 0xC3 begins no valid UTF-8"));
	finds("json", B("\"\xE2\x82x\""),
	    B("!record 0 at byte 1 (line 1): not JSON: the byte 0xE2 begins no valid UTF-8"));
	finds("json", B("\"\xC3\xA9\xF0\x9F\x98\xC3\xA9\""),
	    B("!record 0 at byte 3 (line 1): not JSON: the byte 0xF0 begins no valid UTF-8"));
	finds("json", B("\"\xC3\xA9\xE2\x82\xAC\x80\""),
	    B("!record 0 at byte 6 (line 1): not JSON: the byte 0x80 begins no valid UTF-8"));
	finds("json", B("\"\xFF\""), B("!record 0 at byte 1 (line 1): not JSON: the byte 0xFF begins no valid UTF-8"));
	finds("json", B("\"\xED\xA0\x80\""),
	    B("!record 0 at byte 1 (line 1): not JSON: the byte 0xED begins no valid UTF-8"));

	/* Within an array or object no white space is needed after a number or a literal. */
	finds("json", B("[01]"),
	    B("!record 0 at byte 2 (line 1): not JSON: '1' instead of ',' or the end of an array or object"));
	finds("json", B("{\"a\":1.5"),
	    B("!record 0 at byte 8 (line 1): the input ends before ',' or the end of an array or object"));
	finds("json", B("[true"),
	    B("!record 0 at byte 5 (line 1): the input ends before ',' or the end of an array or object"));
	finds("json:.[]", B("[00]"),
	    B("!record 0 at byte 2 (line 1): not JSON: '0' instead of ',' or the end of an array or object"));
	finds("json:.[]", B("[1,null;2]"),
	    B("1|!record 1 at byte 7 (line 1): not JSON: ';' instead of ',' or the end of an array or object"));

	gives("jsonl", B("{\"a\":[1,2]}|\"x \"|12|null|"), B("{\"a\":[1,2]}\n\"x \"\n12\nnull\n"));
	/* A record is its line as it is. Blank lines are none, in any place. */
	finds("jsonl", B("\n \r\n{ \"a\" : 1 }\t\r\n\r\n\n [1]\n\t"), B("{ \"a\" : 1 }\t| [1]|"));
	finds("jsonl", B("1\r\n2\r\r\n3"), B("1|2\r|3|"));
	finds("jsonl", B("\n \t\r\n\r"), B(""));
	finds("jsonl", B("\xEF\xBB\xBF" "1\n\n2"), B("1|2|"));
	finds("jsonl", B("1\n\n2 3\n4\n"),
	    B("1|!record 1 at byte 5 (line 3): the line has more after its JSON value"));
	finds("jsonl", B("1\n{\"a\":\n1}\n"),
	    B("1|!record 1 at byte 7 (line 2): the line ends before a value"));
	finds("jsonl", B("{\"a\":"), B("!record 0 at byte 5 (line 1): the line ends before a value"));
	finds("jsonl", B("1\n\n  1,2\n"),
	    B("1|!record 1 at byte 6 (line 3): not JSON: ',' instead of a digit, or white space after a number"));
	finds("jsonl", B("[1]\n\"a\xC3\"\n"),
	    B("[1]|!record 1 at byte 6 (line 2): not JSON: the byte 0xC3 begins no valid UTF-8"));
	finds("jsonl", B("1\n\xEF\xBB\xBF" "2\n"),
	    B("1|!record 1 at byte 2 (line 2): not JSON: the byte 0xEF instead of a value"));
	finds("jsonl", B("\xFF\xFE{\0"),
	    B("!record 0 at byte 0 (line 1): this is UTF-16, and what is needed is UTF-8: iconv -f UTF-16 -t UTF-8 "
	      "makes UTF-8 of it"));
	compacts(B(" {\n\"a b\" : [ 1 , \"\\\" ,\\\\\" , 2 ]\r\n} \t"), "{\"a b\":[1,\"\\\" ,\\\\\",2]}\n",
	    " {\n\"a b\" : [ 1 , \"\\\" ,\\\\\" , 2 ]\r\n} \t\n");
	compacts(B("\t-1.5e3 "), "-1.5e3\n", "\t-1.5e3 \n");

	golden_names();
	gives("json-seq", B("{}|12|\"a\"|"),
	    B("\x1E{}\n\x1E"
	      "12\n\x1E\"a\"\n"));
	finds("json-seq", B(""), B(""));
	finds("json-seq", B("{}\n"), B("!record 0 at byte 0: a sequence of JSON texts begins with RS (0x1E)"));
	finds("json-seq", B("\x1E\x1E{}\n\x1E\x1E\x1E[]\x1E \"a\" \n"), B("{}|[]|\"a\"|"));
	finds("json-seq", B("\x1E[]"), B("[]|"));
	/* RFC 7464, section 2.4: these may have been cut short unless white space follows. */
	finds("json-seq",
	    B("\x1E"
	      "12\x1E"
	      "1 \x1Etrue\x1Enull\n\x1E-3"),
	    B("~1|~null|~"));
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
	CHECK(strcmp(framing_kind_at(0)->name, "lines") == 0);
	for (i = 0; framing_kind_at(i) != NULL; i++)
		;
	CHECK(i == 34);
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

	named(&f, "ndjson");
	CHECK(strcmp(framing_name(&f), "jsonl") == 0 && framing_has_rows(&f));
	framing_free(&f);
	refuses_name("NDJSON", "NDJSON: no such framing, but jsonl");
	refuses_name("ndjson:", "ndjson:: this framing has no parameter: write jsonl");
	refuses_name("JSONL", "JSONL: no such framing, but jsonl");
	refuses_name("lin", "lin: no such framing; there are lines lines:N crlf nul ");
	refuses_name("line", "line: no such framing, but lines");
	refuses_name("LDIF", "LDIF: no such framing, but fields:ldif");
	refuses_name("", ": no such framing");
	refuses_name("lines:x", "lines:x: the number of lines in a record is expected, such as lines:4");
	refuses_name("lines:0", "lines:0: the number of lines in a record is expected, such as lines:4");
	refuses_name("lines:", "lines:: the number of lines in a record is expected, such as lines:4");
	refuses_name("crlf:x", "crlf:x: this framing has no parameter: write crlf");
	refuses_name("json:", "json:: the path of an array is expected, such as json:.items[], or json:.[] for the document");
	refuses_name("json:items[]", "json:items[]: the path of an array is expected, such as json:.items[]");
	refuses_name("json:.items", "json:.items: a path ends with [], which means the elements");
	refuses_name("json:.", "json:.: the name of a member is expected after each dot, such as .items or .\"odd name\"");
	refuses_name("json:.a..b[]", "json:.a..b[]: the name of a member is expected after each dot");
	refuses_name("json:.a[].b[]", "json:.a[].b[]: [] ends the path: the elements of one array are read");
	refuses_name("json:.a[-1][]", "json:.a[-1][]: elements are counted from the first one, [0], because");
	refuses_name("json:.a[x][]", "json:.a[x][]: an element on the way is written [0]");
	refuses_name("json:.a[99999999999999999999][]", "json:.a[99999999999999999999][]: an element on the way is written");
	refuses_name("json:.3[]", "json:.3[]: a name that begins with a digit is written in quotes: .\"3\"");
	refuses_name("json:.a.639-3[]",
	    "json:.a.639-3[]: a name that begins with a digit is written in quotes: .\"639-3\"");
	refuses_name("json:.\"a[]", "json:.\"a[]: the quote is not closed");
	refuses_name("json:.\"\\q\"[]", "json:.\"\\q\"[]: a backslash in a name begins an escape of JSON; itself it is");
	refuses_name("json:.a b[]", "json:.a b[]: a dot or a bracket is expected after each name, such as .a.b[2].c[]");
	refuses_name("json:.a[]x", "json:.a[]x: [] ends the path: the elements of one array are read");
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
	refuses_name("regex", "regex: a regular expression is needed: regex:ERE");
	refuses_name("start:", "start: a regular expression is needed: start:ERE");
	refuses_name("end:a(b", "end: a(b: at \"(b\" (byte 2): ");
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
	CHECK(framing_open_length(&s, "70:", 3) == 70 && framing_open_length(&s, "70", 2) == 0);
	framing_split_next(&s);
	CHECK(framing_split(&s, second, sizeof second - 1, 1, &found) == -1 && found.count == 1 && found.used == 4);
	CHECK(
	    strcmp(buf_string(&s.error), "record 3 at byte 4: a netstring begins with its length, not with 'x'") == 0);
	framing_split_free(&s);
	framing_free(&f);
}

int
main(void)
{
	golden_delimited();
	golden_counted();
	golden_groups();
	short_group();
	nothing_between();
	golden_ibm();
	full_blocks();
	golden_csv();
	golden_json();
	golden_elements();
	names();
	next_input();
	return unit_end("framing_exact");
}
