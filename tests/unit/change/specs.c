/*
 * specs: each form of input, conversion, output and alignment by a table; what is refused, by
 * another; and random programs against a model of the record that is written here in another way.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "change/specs.h"
#include "match/table.h"
#include "unit/unit.h"

/* ---- running a program ---- */

/* Records with | between them, of which a last one is not ended; NULL: none. */
struct input {
	const char *at, *end;
};

static void
give(struct specs *s, int stream, struct input *in)
{
	const char *stop;

	if (in->at == NULL) {
		specs_end(s, stream);
		return;
	}
	stop = memchr(in->at, '|', (size_t)(in->end - in->at));
	specs_give(s, stream, in->at, (size_t)((stop != NULL ? stop : in->end) - in->at));
	in->at = stop != NULL ? stop + 1 : NULL;
}

/*
 * Appends the records that the program makes of the inputs to out, with | between them, and a line
 * with ! before it for each cycle that is given up.
 */
static void
run(struct specs *s, struct input first, struct input second, struct buf *out)
{
	int records = 0;

	for (;;) {
		struct buf one = { 0 };
		enum specs_result result = specs_next(s, &one);

		if (result == SPECS_RECORD || result == SPECS_BAD) {
			if (records++ > 0)
				(void)buf_addc(out, '|');
			if (result == SPECS_BAD)
				(void)buf_addf(out, "!%s", specs_why(s));
			else if (one.len > 0)
				(void)buf_add(out, one.data, one.len);
		} else {
			CHECK(one.len == 0);
		}
		buf_free(&one);
		if (result == SPECS_FIRST)
			give(s, 0, &first);
		else if (result == SPECS_SECOND)
			give(s, 1, &second);
		else if (result != SPECS_RECORD && result != SPECS_BAD) {
			CHECK(result == SPECS_OVER);
			break;
		}
	}
	if (records == 0)
		(void)buf_adds(out, "NONE");
}

static struct input
input_of(const char *text)
{
	return (struct input){ text, text != NULL ? text + strlen(text) : NULL };
}

/* Makes a program of one word of the shell. */
static struct specs *
program(const char *text, size_t max, struct buf *error)
{
	char *word = (char *)(uintptr_t)text;
	struct specs *s = specs_new(&word, 1, NULL, error);

	if (s != NULL)
		specs_limit(s, max);
	return s;
}

/* What is expected has a dot in the middle for each space, so that all can be seen. */
static int
same(const struct buf *got, const char *expected)
{
	struct buf shown = { 0 };
	int result;

	for (size_t i = 0; i < got->len; i++)
		(void)buf_adds(&shown, got->data[i] == ' ' ? "·" : (char[]){ got->data[i], '\0' });
	result = strcmp(buf_string(&shown), expected) == 0;
	if (!result)
		printf("got %s instead of %s\n", buf_string(&shown), expected);
	buf_free(&shown);
	return result;
}

static const struct {
	const char *words, *first, *second, *expected;
} programs[] = {
	/* inputs */
	{ "1-* 1", "The rain", NULL, "The·rain" },
	{ "* 1", "The rain", NULL, "The·rain" },
	{ "1-* 5", "The rain", NULL, "····The·rain" },
	{ "w2 1 w1 nextword", "a b c", NULL, "b·a" },
	{ "word 2 1 words 1 nextword", "a b c", NULL, "b·a" },
	{ "W 2 1 WORDS 1 NEXTWORD", "a b c", NULL, "b·a" },
	{ "w2-* 1", "a b  c d", NULL, "b··c·d" },
	{ "w2.2 1", "a b  c d", NULL, "b··c" },
	{ "w-1 1 w-2 nw", "a b c d", NULL, "d·c" },
	{ "word -2 1", "a b c d", NULL, "c" },
	{ "2;-2 1", "abcd", NULL, "bc" },
	{ "-3;-2 1", "abcd", NULL, "bc" },
	{ "-2 1", "abcd", NULL, "c" },
	{ "3 1 2 2 1 3", "abcd", NULL, "cba" },
	{ "2.2 1", "abcd", NULL, "bc" },
	{ "f2 1 field 1 nw fields 3-* nw", "a\t\tc\td", NULL, "a·c\td" },
	{ "fs , f2 1 f3 nw", "a,b,c", NULL, "b·c" },
	{ "fieldsep , f2 1", "a,b,c", NULL, "b" },
	{ "fieldseparator , f2 1", "a,b,c", NULL, "b" },
	{ "fieldsepar , f2 1", "a,b,c", NULL, "b" },
	{ "fs 2C f2 1", "a,b,c", NULL, "b" },
	{ "fs BLANK f3 1", "a  c", NULL, "c" },
	{ "ws , w2 1", "a,,,b,c", NULL, "b" },
	{ "wordsep , w2 1 ws blank w2 nw", "a,b c", NULL, "b·c·c" },
	{ "substr 2-3 of w2 1", "abc defg", NULL, "ef" },
	{ "substring 1 of substr w2 of f2 1 w1 nw", "a\tb c", NULL, "c·a" },
	{ "substr fs / field -1 of word -1 1", "x /usr/lib/a.so", NULL, "a.so" },
	{ "substr fieldsep / f-1 of w-1 1 f2 nw", "x /usr/lib/a.so", NULL, "a.so·usr" },
	{ ".a 1 .\"b c\" nw", "{\"a\":1,\"b c\":\"x y\"}", NULL, "1·x·y" },
	{ "csv 2 1", "a,\"b, c\"", NULL, "b,·c" },
	{ "/abc/ 1", "x|y", NULL, "abc|abc" },
	{ "/a b/ 1 ,/, n", "x", NULL, "a·b/" },
	{ "// 1", "x", NULL, "" },
	{ "x41 1 H4243 next b01000100 next X 4 5", "x", NULL, "!" }, /* X alone is none: see below */
	{ "x4142 1 h43 next b0100010001000101 next", "x", NULL, "ABCDE" },
	{ "recno 1", "x|y", NULL, "·········1|·········2" },
	{ "number 1.3 right", "x|y", NULL, "··1|··2" },
	{ "number 1 left", "x|y", NULL, "1|2" },
	{ "recno from 10 by 5 1 left", "x|y|z", NULL, "10|15|20" },
	{ "recno by -1 1", "x|y|z", NULL, "·········1|·········0|········-1" },
	{ "recno from -2147483647 1", "x", NULL, "-2147483647" },
	{ "recno 1 word 1 nw", "one", NULL, "·········1·one" },
	{ "5-10 1", "123", NULL, "" },
	{ "5-10 3", "123", NULL, "" },
	{ "5-10 3.2", "123", NULL, "····" },
	{ "1-* 1", "", NULL, "" },
	{ "1-* 1", NULL, NULL, "NONE" },

	/* outputs and alignment */
	{ "2-3 3.4 right", "abcdefgh", NULL, "····bc" },
	{ "2-5 3.2 right", "abcdefgh", NULL, "··de" },
	{ "2-5 3.2 center", "abcdefgh", NULL, "··cd" },
	{ "2-5 3.2", "abcdefgh", NULL, "··bc" },
	{ "2-5 3.2 left", "abcdefgh", NULL, "··bc" },
	{ "1-3 1.2 centre 1-3 nw.6 c", "abcdefgh", NULL, "ab··abc··" },
	{ "1-2 1.5 c 1-2 nw.3 c", "abcdefgh", NULL, "·ab···ab·" },
	{ "1-3 3-5", "abcdefgh", NULL, "··abc" },
	{ "1-3 3-4", "abcdefgh", NULL, "··ab" },
	{ "1-3 3;6 1-1 7-*", "abcdefgh", NULL, "··abc·a" },
	{ "1.3 nw.5 right 4.3 nw.5 c 1.3 nw.5 ri", "abcdef", NULL, "··abc··def····abc" },
	{ "1-* 1.9 r", "  ab  ", NULL, "·······ab" },
	{ "1-* 1.9 l", "  ab  ", NULL, "ab·······" },
	{ "1-* 1.9", "  ab  ", NULL, "··ab·····" },
	{ "1-* 1 left", "  ab  ", NULL, "ab" },
	{ "1-* 4 1-2 1", "abc", NULL, "ab·abc" },
	{ "1-* 1 /-/ 2", "abc", NULL, "a-c" },
	{ "1-* 3 /x/ 1 /y/ next", "abc", NULL, "x·abcy" },
	{ "w1 next w2 n w3 n", "a b c", NULL, "abc" },
	{ "w1 nextword w2 nextw w9 nw w3 nword", "a b c", NULL, "a·b·c" },
	{ "w1 nw.3 w2 nextword.2 w9 nw.2 w3 n.2 /!/ n", "a b c", NULL, "a···b····c·!" },
	{ "pad * 1-2 4 pad 2e 1-2 next.4 right pad BLANK /x/ next.3", "ab", NULL, "***ab..abx··" },
	{ "pad 0 recno 1.4 right", "a", NULL, "0001" },
	{ "1.4 c2x 1 5.4 c2x nextword /*/ 19 1.8 next.8 /*/ next", "Short", NULL, "53686F72·74·······*Short···*" },

	/* strip, and conversions in their place */
	{ "1-* strip 1 /!/ n", "  a b ", NULL, "a·b!" },
	{ "1-* strip c2x 1", " a ", NULL, "61" },
	{ "1-* c2x 1", " a ", NULL, "206120" },
	{ "1-* strip x2c 1.4 right", "2041", NULL, "···A" },
	{ "1-* c2b 1", "A", NULL, "01000001" },
	{ "1-* x2b 1", "0f 41", NULL, "0000111101000001" },
	{ "1-* b2x 1", "01000001", NULL, "41" },
	{ "1-* d2x 1 1-* d2b nw.8", "65", NULL, "00000041·00000000" },
	{ "1-* x2d 1", "FFFFFFFE", NULL, "·········-2" },
	{ "1-* x2d 1 left", "80", NULL, "-128" },
	{ "1-* x2d 1 left", "0080", NULL, "128" },
	{ "1-* x2d 1", "0000000100000000", NULL, "··········4294967296" },
	{ "1-* f2x 1", "1|-0.5|0.1|0", NULL, "4110000000000000|C080000000000000|401999999999999A|0000000000000000" },
	{ "1-* x2f 1", "4110|C0800000|4019999A|401999999999999A|0000|7FFFFFFFFFFFFFFF|0010000000000000", NULL,
	    "1E+00|-5E-01|1E-01|1E-01|0E+00|7.2370055773322621E+75|5.397605346934028E-79" },
	{ "1-* p2x 1", "123|-1234|+0|-0|00012", NULL, "123C|01234D|0C|0C|012C" },
	{ "1-* p2x(2) 1", "1.23|-.5|7|1.2300", NULL, "123C|050D|700C|123C" },
	{ "1-* p2x(-2) 1", "1200|-100", NULL, "012C|1D" },
	{ "1-* x2p 1", "123C|01234D|0F|012B|0A", NULL, "123|-1234|0|-12|0" },
	{ "1-* x2p(2) 1", "123C|5D|0C", NULL, "1.23|-0.05|0.00" },
	{ "1-* x2p(-2) 1", "123C|0C", NULL, "12300|0" },
	{ "1-* v2x 1", "ab|", NULL, "00026162|0000" },
	{ "1-* x2v 1", "0002616263|0000", NULL, "ab|" },
	{ "1-* i2x 1 1-* i2x 17 i2c 99", "", NULL, "!" }, /* i2c is no input: see below */
	{ "1-* i2x 1", "19700101000000|1900|19000101000000000001|20420917235347370495|1970-01-01T00:00:01Z", NULL,
	    "7D91048BCA000000|0000000000000000|0000000000001000|FFFFFFFFFFFFF000|7D91048CBE240000" },
	{ "1-* x2i 1", "7D91048BCA000000|0000000000001FFF", NULL, "19700101000000000000|19000101000000000001" },

	/* what conversions refuse: the rest of the cycle is left out, the next one goes on */
	{ "w1 1 w2 x2c nw", "a 4|b 41", NULL, "!x2c:·\"4\":·it·is·not·pairs·of·hexadecimal·digits|b·A" },
	{ "1-* x2c 1", "4 1", NULL, "!x2c:·\"4·1\":·it·is·not·pairs·of·hexadecimal·digits" },
	{ "1-* b2c 1", "0100000", NULL, "!b2c:·\"0100000\":·it·is·not·groups·of·eight·digits·0·or·1" },
	{ "1-* b2c 1", "01000002", NULL, "!b2c:·\"01000002\":·it·is·not·groups·of·eight·digits·0·or·1" },
	{ "1-* d2c 1", "1x", NULL, "!d2c:·\"1x\":·it·is·not·a·decimal·integer" },
	{ "1-* d2c 1", "2147483648", NULL, "!d2c:·\"2147483648\":·it·has·no·place·in·the·4·bytes·of·d2c" },
	{ "1-* d2c 1", "99999999999x", NULL, "!d2c:·\"99999999999x\":·it·is·not·a·decimal·integer" },
	{ "1-* d2c 1", "-2147483649", NULL, "!d2c:·\"-2147483649\":·it·has·no·place·in·the·4·bytes·of·d2c" },
	{ "1-* c2d 1", "123456789", NULL, "!c2d:·\"123456789\":·it·is·longer·than·the·8·bytes·of·an·integer" },
	{ "1-* f2c 1", "1e", NULL, "!f2c:·\"1e\":·it·is·not·a·number" },
	{ "1-* f2c 1", "1e76", NULL,
	    "!f2c:·\"1e76\":·it·is·above·the·numbers·of·hexadecimal·floating·point,·which·end·at·7E+75" },
	{ "1-* c2f 1", "1", NULL, "!c2f:·\"1\":·it·is·not·the·2·to·8·bytes·of·hexadecimal·floating·point" },
	{ "1-* p2c 1", "1.5", NULL, "!p2c:·\"1.5\":·it·has·more·digits·after·the·point·than·the·scale·of·p2c·says" },
	{ "1-* p2c 1", "1,5", NULL, "!p2c:·\"1,5\":·it·is·not·a·decimal·number" },
	{ "1-* p2c 1", "12345678901234567890123456789012", NULL,
	    "!p2c:·\"12345678901234567890123456789012\":·it·has·more·than·the·31·digits·of·packed·decimal" },
	{ "1-* x2p 1", "12", NULL,
	    "!x2p:·\"12\":·it·is·not·packed·decimal:·digits,·and·a·sign·in·the·last·half·of·a·byte" },
	{ "1-* c2v 1", "a", NULL, "!c2v:·\"a\":·it·is·shorter·than·the·length·in·its·first·2·bytes·says" },
	{ "1-* i2c 1", "20260230", NULL,
	    "!i2c:·\"20260230\":·it·is·not·a·time·such·as·20261130101500·or·2026-11-30T10:15:00Z" },
	{ "1-* i2c 1", "2043", NULL,
	    "!i2c:·\"2043\":·it·is·not·a·time·from·1900·to·2042-09-17,·when·the·clock·of·i2c·ends" },
	{ "1-* i2c 1", "1899-12-31", NULL,
	    "!i2c:·\"1899-12-31\":·it·is·not·a·time·from·1900·to·2042-09-17,·when·the·clock·of·i2c·ends" },
	{ "1-* c2i 1", "1234567", NULL, "!c2i:·\"1234567\":·it·is·not·the·8·bytes·of·a·clock" },
	{ "w1 1 write w2 d2x 1", "a 1|b x|c 2", NULL,
	    "a|00000001|b|!d2x:·\"x\":·it·is·not·a·decimal·integer|c|00000002" },
	{ "w1 1 w1 200", "a", NULL, "!the·record·that·is·made·is·longer·than·REC_MAX" },
	{ "w1 1.101", "a", NULL, "!the·record·that·is·made·is·longer·than·REC_MAX" },
	{ "w1 100 w1 n", "a", NULL, "!the·record·that·is·made·is·longer·than·REC_MAX" },

	/* records in and out */
	{ "1-* 1 read 1-3 4", "123|ABCD", NULL, "123ABC" },
	{ "1-* 1 read 1-3 4", "123|ABCD|45", NULL, "123ABC|45" },
	{ "1-* 1 readstop 1-3 4 /x/ n", "123|ABCD|45", NULL, "123ABCx|45" },
	{ "1-* 1 read 1-3 4 /x/ n", "123|ABCD|45", NULL, "123ABCx|45x" },
	{ "readstop 1-* 1", "1|2|3", NULL, "2" },
	{ "1-3 1 write 4-6 4", "ABC123", NULL, "ABC|···123" },
	{ "1-3 1 write 4-6 4 write", "ABC123", NULL, "ABC|···123" },
	{ "write write", "a", NULL, "|" },
	{ "1-* 1 read 1-* nw read 1-* nw write recno 1 left", "a|b|c|d", NULL, "a·b·c|1|d|2" },
	{ "1-* 1 select 1 1-* nw", "a|b", "x|y", "a·x|b·y" },
	{ "1-* 1 select second 1-* nw select first 1 nw", "a|b", "x|y", "a·x·a|b·y·b" },
	{ "1-* 1 select 1 1-* nw", "a|b|c", "x", "a·x|b|c" },
	{ "1-* 1 select 1 1-* nw", "a", "x|y|z", "a·x|y|z" },
	{ "stop anyeof 1-* 1 select 1 1-* nw", "a|b|c", "x", "a·x" },
	{ "stop 1 1-* 1 select 1 1-* nw", "a", "x|y|z", "a·x" },
	{ "stop 2 1-* 1 select 1 1-* nw", "a", "x|y", "a·x|y" },
	{ "stop alleof 1-* 1 select 1 1-* nw", "a", "x|y", "a·x|y" },
	{ "1-* 1 select 1 read 1-* nw select 0 1-* nw", "a|b", "x|y|z", "a·y·a|b·b" },
	{ "select 1 1-* 1 select 0 read 1-* nw", "a|b", "x|y", "x·b|y" },
	{ "select 1 1-* 1 readstop 1-* nw", "a|b|c", "x|y|z", "x·y|z" },
	{ "1-* 1 select 1 1-* nw", NULL, NULL, "NONE" },
	{ "1-* 1 select 1 1-* nw", NULL, "x", "x" },
};

static void
test_programs(void)
{
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		struct buf error = { 0 }, out = { 0 };
		struct specs *s = program(programs[i].words, 100, &error);
		int good;

		if (strcmp(programs[i].expected, "!") == 0) {
			CHECK(s == NULL && error.len > 0);
			specs_free(s);
			buf_free(&error);
			continue;
		}
		CHECK(s != NULL);
		if (s == NULL) {
			printf("%s: %s\n", programs[i].words, buf_string(&error));
			continue;
		}
		CHECK(specs_second(s) == (strstr(programs[i].words, "select") != NULL));
		run(s, input_of(programs[i].first), input_of(programs[i].second), &out);
		good = same(&out, programs[i].expected);
		CHECK(good);
		if (!good)
			printf("  by %s\n", programs[i].words);
		specs_free(s);
		buf_free(&error);
		buf_free(&out);
	}
}

/* Each is the word, and a part of the message. */
static const struct {
	const char *words, *message;
} refused[] = {
	{ "", "an input and an output are expected" },
	{ "pad", "PAD: a character is expected" },
	{ "pad xy 1 1", "PAD xy" },
	{ "pad :: 1 1", "PAD ::: one character" },
	{ "fs", "FS: a character is expected" },
	{ "fs xy 1 1", "xy: a separator is" },
	{ "select", "SELECT: 0 or FIRST" },
	{ "select 2 1 1", "SELECT 2: there are two streams" },
	{ "stop", "STOP: ALLEOF" },
	{ "stop 3 1 1", "STOP: ALLEOF" },
	{ "stop 2 1 1", "STOP 2: there is one stream" },
	{ "1-*", "1-*: an output is expected" },
	{ "1-* strip", "an output is expected" },
	{ "1-* c2x", "an output is expected" },
	{ "1-* foo", "foo: not an output" },
	{ "1-* 0", "0: not an output" },
	{ "1-* 5-3", "5-3: not an output" },
	{ "1-* 3.0", "3.0: not an output" },
	{ "1-* 3.", "3.: not an output" },
	{ "1-* -3", "-3: not an output" },
	{ "1-* 99999999999", "99999999999: not an output" },
	{ "1-* n.", "n.: a length is expected" },
	{ "1-* nw.x", "nw.x: a length is expected" },
	{ "1-* c2c 1", "c2c: no such conversion" },
	{ "1-* a2e 1", "a2e: no such conversion" },
	{ "1-* p2d 1", "p2d: no such conversion: one of the two forms" },
	{ "1-* c2x(2) 1", "only conversions from and to p" },
	{ "1-* c2p(x) 1", "c2p(x): the scale is written c2p(2)" },
	{ "1-* c2p(32) 1", "the scale is written" },
	{ "1-* c2p( 1", "the scale is written" },
	{ "1-* c2p(2)x 1", "the scale is written" },
	{ "/abc 1", "the text is not closed" },
	{ "/abc/d 1", "more after the closing /" },
	{ "x414 1", "pairs of hexadecimal digits" },
	{ "b0101 1", "groups of eight bits" },
	{ "recno from x 1", "FROM x: a number" },
	{ "recno by", "BY: a number" },
	{ "recno from 4294967296 1", "at most 2147483647" },
	{ "recno from 123456789012345 1", "at most 32 bits" },
	{ "w 1", "w 1: an output is expected after it" },
	{ "w", "w: a number is expected after it" },
	{ "w x 1", "a number is expected after it" },
	{ "foo 1", "foo: not a part of a record" },
	{ "(1 2) 1", "" },
	{ "1,2 1", "one part is expected" },
	{ "5-3 1", "its end is before its beginning" },
	{ "0 1", "counted from 1" },
	{ "substr 1", "substr" },
	{ "substr 1-3 on w2 1", "\"of\" is expected" },
	{ "substr 1-3 of", "substr: substr 1-3 of: a range is expected" },
	{ "substr", "substr 1-3 of w2" },
	{ "w2 1 rightly", "rightly: not a part" },
};

static void
test_refused(void)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct buf error = { 0 };
		struct specs *s = program(refused[i].words, 100, &error);
		int good = s == NULL && error.len > 0 && strstr(buf_string(&error), refused[i].message) != NULL &&
		    strchr(buf_string(&error), '\n') == NULL;

		CHECK(good);
		if (!good)
			printf("%s: %s\n", refused[i].words, buf_string(&error));
		specs_free(s);
		buf_free(&error);
	}
}

/* Words of the shell: one that is a text, or an operand, may have spaces in it. */
static void
test_words(void)
{
	static const struct {
		const char *words[8];
		const char *expected;
	} tests[] = {
		{ { "w1", "1", "/ and /", "n", "w2", "n" }, "a·and·b" },
		{ { "w1 1", "/ and /", "n w2 n" }, "a·and·b" },
		{ { "w1 1 / and / n w2 n" }, "a·and·b" },
		{ { "pad", " ", "w1", "1.3" }, "a··" },
		{ { "fs", " ", "f2", "1" }, "b" },
		{ { "", "w1", "", "1" }, "a" },
		{ { "fs", "/ /", "f2", "1" }, "b" },
		{ { "/a/b/ 1" }, NULL },
		{ { "1,2 1" }, NULL },
		{ { "f1 1" }, "a·b" },
		{ { "fs", "a", "f2", "1" }, "·b" },
		{ { "\t w1\n1\t" }, "a" },
	};

	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		struct buf error = { 0 }, out = { 0 };
		size_t count = 0;
		struct specs *s;

		while (count < 8 && tests[i].words[count] != NULL)
			count++;
		s = specs_new((char *const *)(uintptr_t)tests[i].words, count, ",", &error);
		CHECK((s != NULL) == (tests[i].expected != NULL));
		if (s != NULL && tests[i].expected != NULL) {
			run(s, input_of("a b"), input_of(NULL), &out);
			CHECK(same(&out, tests[i].expected));
		}
		specs_free(s);
		buf_free(&error);
		buf_free(&out);
	}
}

/* The clock is that of now, one for a cycle. */
static void
test_clock(void)
{
	struct buf error = { 0 }, out = { 0 };
	struct specs *s = program("tod c2i 1 todclock c2i nw todclock nw.9 r", 100, &error);
	time_t before = time(NULL), now;
	struct tm tm;

	CHECK(s != NULL);
	run(s, input_of("x"), input_of(NULL), &out);
	CHECK(out.len == 20 + 1 + 20 + 1 + 9 && memcmp(out.data, out.data + 21, 20) == 0);
	memset(&tm, 0, sizeof tm);
	CHECK(sscanf(out.data, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		  &tm.tm_sec) == 6);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	now = timegm(&tm);
	CHECK(now >= before && now <= time(NULL));
	specs_free(s);
	buf_free(&error);
	buf_free(&out);
}

/* A stream holds records from the first item to the end of the cycle. */
static void
test_holds(void)
{
	struct buf error = { 0 }, out = { 0 };
	struct specs *s = program("1 1 read 1 2", 100, &error);

	CHECK(s != NULL && !specs_holds(s) && specs_next(s, &out) == SPECS_FIRST);
	specs_give(s, 0, "a", 1);
	CHECK(specs_next(s, &out) == SPECS_FIRST && out.len == 0 && specs_holds(s));
	CHECK(specs_next(s, &out) == SPECS_FIRST && out.len == 0 && specs_holds(s));
	specs_give(s, 0, "b", 1);
	(void)buf_adds(&out, "<");
	CHECK(specs_next(s, &out) == SPECS_RECORD && out.len == 3 && memcmp(out.data, "<ab", 3) == 0);
	CHECK(!specs_holds(s) && specs_next(s, &out) == SPECS_FIRST);
	specs_end(s, 0);
	CHECK(specs_next(s, &out) == SPECS_OVER && specs_next(s, &out) == SPECS_OVER);
	CHECK(!specs_names(s, 0) && !specs_names(s, 1));
	specs_free(s);
	buf_free(&error);
	buf_free(&out);
}

/* Columns of a table, whose quotes only a row that has them needs. */
static void
test_table(void)
{
	struct buf error = { 0 }, out = { 0 };
	struct specs *s = program(".b 1 f1 nw select 1 f2 nw", 100, &error);
	static const char payload[] = "{\"framing\":\"csv\"}\na,b\n";
	const char *rule;
	struct table *t = table_parse(payload, sizeof payload - 1, &rule);

	CHECK(s != NULL && t != NULL && specs_names(s, 0) && !specs_names(s, 1));
	CHECK(specs_table(s, 0, t, &error) == 0);
	run(s, input_of("1,x|2,\"y, z\"|\"q\",\"\"\"\""), input_of("a\tb|c"), &out);
	CHECK(same(&out, "x·1·b|y,·z·2|\"·q"));
	specs_free(s);
	s = program(".c 1", 100, &error);
	error.len = 0;
	CHECK(specs_table(s, 0, t, &error) < 0 && strstr(buf_string(&error), "no such column") != NULL);
	specs_free(s);
	table_drop(t);
	buf_free(&error);
	buf_free(&out);
}

/* ---- random programs ---- */

/*
 * What is put into a record, as the model does it: a line of 200 columns, of which `end` are in
 * use.
 */
struct line {
	char text[200];
	int end;
};

static void
model_put(struct line *l, const char *value, int len, int column, int width, int align, char pad)
{
	char field[200];
	int blank = 0;

	if (align != 0) {
		while (len > 0 && value[0] == ' ')
			value++, len--;
		while (len > 0 && value[len - 1] == ' ')
			len--;
	}
	if (column == -1) /* next */
		column = l->end;
	else if (column == -2) /* nextword */
		column = l->end + (blank = l->end > 0 && (len > 0 || width > 0));
	if (width == 0)
		width = len;
	for (int i = 0; i < width; i++) {
		/* How far to the right it is moved: half of what is too much or too little */
		int left = 0;

		if (align == 3)
			left = width - len;
		else if (align == 2)
			left = width >= len ? (width - len) / 2 : -((len - width) / 2);
		field[i] = i - left >= 0 && i - left < len ? value[i - left] : pad;
	}
	if (width > 0) {
		for (; l->end < column; l->end++)
			l->text[l->end] = blank ? ' ' : pad;
		memcpy(l->text + column, field, (size_t)width);
		if (l->end < column + width)
			l->end = column + width;
	}
}

static const char *const aligns[] = { "", " left", " center", " right" };

static void
test_random(void)
{
	while (unit_round()) {
		struct buf words = { 0 }, error = { 0 }, out = { 0 };
		char record[17], pad = ' ';
		int len = (int)unit_random(17), items = 1 + (int)unit_random(5);
		struct line line = { { 0 }, 0 };
		struct specs *s;

		for (int i = 0; i < len; i++)
			record[i] = "ab  c"[unit_random(5)];
		record[len] = '\0';
		for (int i = 0; i < items; i++) {
			int from = 1 + (int)unit_random(12), n = 1 + (int)unit_random(8),
			    column = (int)unit_random(14) - 2;
			int width = (int)unit_random(9), align = (int)unit_random(4), have;

			if (unit_random(4) == 0) {
				pad = "*0 "[unit_random(3)];
				(void)buf_addf(&words, "pad %s ", pad == ' ' ? "BLANK" : (char[]){ pad, '\0' });
			}
			(void)buf_addf(&words, "%d.%d ", from, n);
			if (column == -1)
				(void)buf_adds(&words, "next");
			else if (column == -2)
				(void)buf_adds(&words, "nextword");
			else
				(void)buf_addf(&words, "%d", column + 1);
			if (width > 0)
				(void)buf_addf(&words, ".%d", width);
			(void)buf_addf(&words, "%s ", aligns[align]);
			have = len - (from - 1) < n ? len - (from - 1) : n;
			if (have < 0)
				have = 0;
			model_put(&line, record + (have > 0 ? from - 1 : 0), have, column, width, align, pad);
		}
		s = program(buf_string(&words), 200, &error);
		CHECK(s != NULL);
		if (s != NULL) {
			run(s, input_of(record), input_of(NULL), &out);
			CHECK(out.len == (size_t)line.end && memcmp(buf_string(&out), line.text, out.len) == 0);
			if (out.len != (size_t)line.end || memcmp(out.data, line.text, out.len) != 0)
				printf("%s of \"%s\": \"%s\" instead of \"%.*s\"\n", buf_string(&words), record,
				    buf_string(&out), line.end, line.text);
		}
		specs_free(s);
		buf_free(&words);
		buf_free(&error);
		buf_free(&out);
	}
}

int
main(void)
{
	test_programs();
	test_refused();
	test_words();
	test_clock();
	test_holds();
	test_table();
	test_random();
	return unit_end("specs");
}
