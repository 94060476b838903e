/*
 * Functions of conditions, by the table of rec-expr(7): what each gives, also for wrong input;
 * values that are each element of an array; calls that are refused.
 */
#include <locale.h>

#include "unit/condition.h"

/*
 * SAME: as a string, the value of the call is that, written as in a condition. BYTES: without
 * UTF-8.
 */
#define SAME(call, data, want) IS(call " \"\" == \"" want "\"", data, 1)
#define BYTES(call, data, want) WITH(0, call " \"\" == \"" want "\"", data, 1)
#define MISSING(call, data) IS(call " == null", data, 1)

static void
texts(void)
{
	SAME("upper($1)", "aB1", "AB1");
	SAME("lower($1)", "aB1\303\211", "ab1\303\251");
	IS("upper($1) == toupper($1) && lower($2) == tolower($2)", "ab CD", 1);
	SAME("upper($9)", "a", "");
	SAME("upper(12e1)", "", "120");

	SAME("trim($0)", " \t a b \r\n", "a b");
	SAME("trim($0)", "ab", "ab");
	SAME("trim($0)", " \v\f ", "");
	SAME("trim($0)", "", "");
	SAME("trim($9)", "a", "");
	IS("trim($0) + 1 == 6 && trim($0) == \"5\"", " 5 ", 1);
	IS("trim($0) == 5", " 5.0 ", 0); /* a string */

	SAME("pad($1, 5)", "ab", "   ab");
	SAME("pad($1, -5)", "ab", "ab   ");
	SAME("pad($1, 2)", "ab", "ab");
	SAME("pad($1, 1)", "ab", "ab");
	SAME("pad($1, 0)", "ab", "ab");
	SAME("pad($1, 5, 0)", "42", "00042");
	SAME("pad($1, -6.9, \"xyz\")", "ab", "abxyzx");
	SAME("pad($1, 4, \"\")", "ab", "ab");
	SAME("pad($1, 3)", "\303\251", "  \303\251");
	BYTES("pad($1, 3)", "\303\251", " \303\251");
	SAME("pad($1, 3, \"\303\251\")", "a", "\303\251\303\251a");
	SAME("pad($9, 2)", "a", "  ");
	SAME("pad($1, $2)", "a x", "a");
	IS("pad($1, $2) || 1", "a 1e9", 0); /* undefined */
	IS("!pad($1, $2)", "a 65536", 0);
	IS("length(pad($1, $2)) == 65535", "a 65535", 1);
	IS("pad($1, $2) == \"a\"", "a nan", 1);

	SAME("reverse($1)", "abc", "cba");
	SAME("reverse($1)", "a\303\251\377z", "z\377\303\251a");
	BYTES("reverse($1)", "a\303\251", "\251\303a");
	SAME("reverse($0)", "", "");
	SAME("reverse(12)", "", "21");

	IS("contains($0, \"b c\")", "a b c", 1);
	IS("contains($0, \"x\")", "a b c", 0);
	IS("contains($0, \"\") && contains($9, \"\") && !contains($9, 1)", "a", 1);
	IS("contains($1, \"B\")", "abc", 0);
	WITH(EXPR_IGNORE_CASE, "contains($1, \"B\") && startswith($1, \"AB\") && endswith($1, \"BC\")", "abc", 1);
	IS("contains($1, \"a\\0b\")", "xa\0by", 1);
	IS("startswith($0, \"a b\") && !startswith($0, \"b\") && !startswith($0, \"a b c d\")", "a b c", 1);
	IS("endswith($0, \"b c\") && !endswith($0, \"b\") && !endswith($0, \"x a b c\")", "a b c", 1);
	IS("startswith($9, \"\") && endswith($0, \"\")", "a", 1);
	IS("startswith(12, 1) + endswith(12, 2) == 2", "", 1);
}

static void
replaced(void)
{
	SAME("sub($0, /b+/, \"x\")", "abbcbb", "axcbb");
	SAME("gsub($0, /b+/, \"x\")", "abbcbb", "axcx");
	SAME("gsub($0, /b/, \"\")", "abbcbb", "ac");
	SAME("gsub($0, /x/, \"y\")", "abc", "abc");
	SAME("gsub($0, \"b\", \"[&]\")", "abc", "a[b]c");
	SAME("gsub($0, /b/, \"[\\\\&]\")", "abc", "a[&]c");
	SAME("gsub($0, /b/, \"\\\\\\\\&\")", "abc", "a\\\\bc");
	SAME("gsub($0, /b/, \"\\\\\\\\\\\\&\")", "abc", "a\\\\&c");
	SAME("gsub($0, /b/, \"\\\\x\")", "abc", "a\\\\xc");
	SAME("gsub($0, /b/, \"&&\")", "abc", "abbc");
	SAME("gsub($0, /x*/, \"-\")", "abc", "-a-b-c-");
	SAME("gsub($0, /b*/, \"-\")", "abc", "-a-c-");
	SAME("gsub($0, /x*/, \"-\")", "", "-");
	SAME("sub($0, /x*/, \"-\")", "abc", "-abc");
	SAME("gsub($0, /$/, \"!\")", "abc", "abc!");
	SAME("gsub($0, /^/, \"!\")", "abc", "!abc");
	SAME("gsub($0, /^a/, \"b\")", "aaa", "baa");
	SAME("gsub($0, /\\<./, \"x\")", "ab cd", "xb xd");
	SAME("gsub($0, /x*/, \"-\")", "\303\251a", "-\303\251-a-");
	SAME("gsub($0, /./, \"x\")", "\303\251a", "xx");
	BYTES("gsub($0, /./, \"x\")", "\303\251a", "xxx");
	SAME("gsub($1, /b/, $2)", "abc &&", "abbc");
	SAME("gsub($1, /b/, $9)", "abc", "ac");
	SAME("gsub($9, /b/, \"x\")", "abc", "");
	SAME("gsub(gsub($0, /a/, \"b\"), /b/, \"c\")", "ab", "cc");
	SAME("gsub(121, \"1\", 0)", "", "020");
	SAME("gsub($0, /b/, POS)", "b", "41");
	SAME("sub($0, /[0-9]+/, \"N\") gsub($0, /[0-9]+/, \"N\")", "a1b22", "aNb22aNbN");
	WITH(EXPR_IGNORE_CASE, "gsub($0, /B/, \"x\") == \"axc\"", "abc", 1);
	IS("gsub($0, /b/, \"&\") == 5", "5.0", 0); /* a string */
	IS("gsub($0, \"\\\\.\", \",\") == \"a,b\"", "a.b", 1);
	IS("length(gsub($0, /\\0/, \"x\")) == 3", "a\0b", 1);
	SAME("gsub(\"a b\", / /, \"_\")", "", "a_b");

	SAME("split($0, \",\")", "a,b,,c", "4");
	SAME("split($0, \",\", 1)", "a,b,,c", "a");
	SAME("split($0, \",\", 4)", "a,b,,c", "c");
	SAME("split($0, \",\", -1)", "a,b,,c", "c");
	SAME("split($0, \",\", -4)", "a,b,,c", "a");
	IS("split($0, \",\", 3) == \"\" && split($0, \",\", 3) != null", "a,b,,c", 1);
	MISSING("split($0, \",\", 5)", "a,b,,c");
	MISSING("split($0, \",\", -5)", "a,b,,c");
	MISSING("split($0, \",\", 0)", "a,b,,c");
	MISSING("split($0, \",\", $9)", "a");
	MISSING("split($0, \",\", $1 - $1)", "nan");
	MISSING("split($0, \",\", 1)", "");
	SAME("split($0, \",\")", "", "0");
	SAME("split($0, \",\")", "a", "1");
	SAME("split($0, \",\")", ",", "2");
	SAME("split($0, \" \")", "  a  b\tc\n", "3");
	SAME("split($0, \" \", 2)", "  a  b\tc\n", "b");
	SAME("split($0, \" \", -1)", "  a  b\tc\n", "c");
	SAME("split($0, \" \")", "   ", "0");
	SAME("split($0, \"::\", 2)", "a::b::c", "b");
	SAME("split($0, \".\")", "a.b", "2"); /* a text, not any character */
	SAME("split($0, /[,;]+/)", "a,;b;c", "3");
	SAME("split($0, /[,;]+/, 2)", "a,;b;c", "b");
	SAME("split($0, /,*/)", "ab,c", "2");
	SAME("split($0, /,/)", ",a,", "3");
	SAME("split($0, /^a/)", "aaa", "2");
	SAME("split($0, $1)", "xay x", "2");
	IS("split($1, \":\", 2) > 9 && split($1, \":\", 2) == 10.0", "9:10", 1); /* as a field */
	SAME("split($0, $9)", "abc", "1"); /* nothing separates */
	SAME("split(1.5, \".\", 2)", "", "5");
}

static void
formatted(void)
{
	SAME("sprintf(\"x\")", "", "x");
	SAME("sprintf(\"\")", "", "");
	SAME("sprintf(\"100%%\")", "", "100%");
	SAME("sprintf(\"%d-%s\", $1, $2)", "1.9 b", "1-b");
	SAME("sprintf(\"%5d|%-5d|%05d|%+d|% d\", 42, 42, 42, 42, 42)", "", "   42|42   |00042|+42| 42");
	SAME("sprintf(\"%i %u\", -1.9, 2.9)", "", "-1 2");
	SAME("sprintf(\"%x %X %o %#x %#o\", 255, 255, 8, 255, 8)", "", "ff FF 10 0xff 010");
	SAME("sprintf(\"%.2f %e %g %G\", 3.14159, 1e10, 1e-10, 1e-10)", "", "3.14 1.000000e+10 1e-10 1E-10");
	SAME("sprintf(\"%.3d\", 7)", "", "007");
	SAME("sprintf(\"%5s|%-5s|%.2s|%5.1s\", \"abc\", \"abc\", \"abc\", \"abc\")", "", "  abc|abc  |ab|    a");
	SAME("sprintf(\"%3s|%.1s\", $1, $1)", "\303\251a", " \303\251a|\303\251");
	BYTES("sprintf(\"%3s|%.1s\", $1, $1)", "\303\251a", "\303\251a|\303");
	SAME("sprintf(\"%c%c%c\", 65, \"xyz\", $1)", "\303\251", "Ax\303\251");
	SAME("sprintf(\"%c%c\", 233, 8364)", "", "\303\251\342\202\254");
	BYTES("sprintf(\"%c\", 256 + 65)", "", "A");
	SAME("sprintf(\"%c\", $1)", "65", "A"); /* a field that looks like a number */
	SAME("sprintf(\"%3c|%-3c|\", \"a\", \"b\")", "", "  a|b  |");
	SAME("sprintf(\"%c\", $9)", "a", "");
	SAME("length(sprintf(\"%c\", 0))", "", "1");
	SAME("sprintf(\"%d %s|\", $9, $9)", "a", "0 |");
	SAME("sprintf(\"%d\", $1)", "x5", "0");
	SAME("sprintf(\"%d\", $1)", "9007199254740993", "9007199254740993");
	SAME("sprintf(\"%d\", $1)", "-9223372036854775807", "-9223372036854775807");
	SAME("sprintf(\"%d\", $1)", "9223372036854775807", "9223372036854775807");
	SAME("sprintf(\"%d\", 2^70)", "", "1180591620717411303424");
	SAME("sprintf(\"%d\", 1e999)", "", "inf");
	SAME("sprintf(\"%s\", 0.1 + 0.2)", "", "0.3");
	SAME("sprintf(\"%s %s\", 1e6, $1)", "1.50", "1000000 1.50");
	SAME("sprintf(\"%s %d\", .a, .b)", "{\"a\":true,\"b\":\"7x\"}", "true 7");
	SAME("sprintf(\"%--++##05d\", 1)", "", "+1   ");
	SAME("length(sprintf(\"%65535s%.65535f\", 1, 1))", "", "131072");
	SAME("sprintf(\"a\\0%s\", 1)", "", "a\\0001");
}

static void
numbers(void)
{
	SAME("int(1.9) int(-1.9) int(\"3\") int($1)", "7.5x", "1-137");
	SAME("int($9) int($1)", "x", "00");
	SAME("int(2^60)", "", "1152921504606846976");
	SAME("round(1.5) \" \" round(-1.5) \" \" round(2.4) \" \" round(2.5)", "", "2 -2 2 3");
	SAME("floor(1.5) \" \" floor(-1.5) \" \" ceil(1.2) \" \" ceil(-1.2)", "", "1 -2 2 -1");
	SAME("abs(-3) abs(3) abs($1)", "-2x", "332");
	SAME("log(exp(1)) \" \" exp(0) \" \" sqrt(16)", "", "1 1 4");
	SAME("log(0) \" \" log(-1) \" \" sqrt(-1) \" \" exp(1000)", "", "-inf nan nan inf");
	SAME("log($1) exp($9)", "x", "-inf1");

	SAME("min(3, 1, 2) max(3, 1, 2) min(5) max($1)", "x", "135x");
	SAME("min($1, $2) \" \" max($1, $2)", "10 9", "9 10");
	SAME("min($1, $2) \" \" max($1, $2)", "10 9x", "10 9x");
	SAME("min($1, $9, 3) max($9, $1)", "7", "37");
	MISSING("min($9)", "a");
	MISSING("max($9, $8)", "a");
	SAME("min(\"b\", \"a\") max(\"b\", \"a\")", "", "ab");
	SAME("max(.a, .b, .c)", "{\"a\":3,\"b\":20,\"c\":null}", "20");
	SAME("min(.a, .b)", "{\"a\":true,\"b\":5}", "true"); /* without an order the first stays */
	IS("max($1, 5) == 7.0 && max($1, 5) \"\" == \"7\"", "7", 1);
	SAME("max($1, 1)", "1297353019288453122", "1297353019288453122");

	IS("isnumber($1) && !isnumber($2) && !isnumber($9) && isnumber($3)", "5 5x -.5e3", 1);
	IS("isnumber(5) && isnumber(\"5\") && isnumber(trim($0)) && !isnumber(\"\")", " 5 ", 1);
	IS("isnumber(sqrt(-1)) || isnumber(\"0x10\") || isnumber(\"inf\")", "", 0);
	IS("isnumber(.a) && !isnumber(.b) && !isnumber(.c) && !isnumber(.d) && !isnumber(.e)",
	    "{\"a\":1,\"b\":\"1\",\"c\":true,\"d\":null}", 1);
	IS("isnumber(1 > 2)", "", 1);

	SAME("coalesce($9, $1, $2)", "a b", "a");
	SAME("coalesce(.a, .b, 7)", "{\"a\":null}", "7");
	SAME("coalesce($2, 1)", "a", "1");
	IS("coalesce($1, 1) == 10.0", "10", 1); /* still a field */
	IS("coalesce(.a, \"x\") == \"\"", "{\"a\":\"\"}", 1); /* there, but empty */
	MISSING("coalesce($9, $8)", "a");
	SAME("coalesce(time($1), time($1, \"%d/%m/%Y\"))", "01/01/1970", "0");
}

static void
json(void)
{
	IS("isjson", "{\"a\":1}", 1);
	IS("isjson()", "\357\273\277[1]", 1);
	IS("isjson($0)", "{\"a\":1", 0);
	IS("!isjson", "no", 1);
	IS("isjson($2)", "x [1,{}]", 1);
	IS("isjson($2) || isjson($9) || isjson(\"\")", "x [1,", 0);
	IS("isjson(.a)", "{\"a\":\"{\\\"b\\\":1}\"}", 1); /* JSON in a string */
	IS("isjson(.a)", "{\"a\":\"b\"}", 0);
	/*
	 * A condition that asks is not made false by other records; in these, members are missing.
	 */
	IS("!isjson || .a == 1", "no", 1);
	IS("!isjson || .a == 1", "{\"a\":1}", 1);
	IS("!isjson || .a == 1", "{\"a\":2}", 0);
	IS("isjson == 0 && .a == null", "{\"a\":1", 1);
	IS(".a == 1 || isjson", "{\"a\":1", 0);
	IS(".a[] == 1 || isjson", "{\"a\":[1", 0);
	IS("isjson($1) || .a == null", "no", 0); /* not the record */
	IS("isnumber(.a) == 0", "no", 0);

	IS("NR == 42 && NR == POS + 1", "", 1);
	IS("NR \"\" == \"42\" && NR % 2 == 0 && $(NR - 41) == \"a\"", "a", 1);
}

static void
codes(void)
{
	SAME("base64($0)", "foob", "Zm9vYg==");
	SAME("base64($9) base64(12)", "a", "MTI=");
	SAME("unbase64($0)", "Zm9vYg==", "foob");
	IS("unbase64(base64($0)) == $0 && unhex(hex($0)) == $0 && unurl(url($0)) == $0", "\377\0a%", 1);
	MISSING("unbase64($0)", "Zm9vYg");
	MISSING("unbase64($0)", "Zm9v\n");
	SAME("unbase64($9)", "a", "");
	SAME("url($0)", "a b/\303\251", "a%20b%2F%C3%A9");
	SAME("unurl($0)", "a%20b%2f+", "a b/+");
	MISSING("unurl($0)", "100%");
	MISSING("unurl($0)", "%zz");
	SAME("hex($0) unhex(\"6A6b\")", "\377a", "ff61jk");
	MISSING("unhex($0)", "f");
	MISSING("unhex($0)", "fg");
	IS("crc32c($0) == 3808858755", "123456789", 1);
	SAME("crc32c($9)", "a", "0");
	SAME("md5($0)", "abc", "900150983cd24fb0d6963f7d28e17f72");
	SAME("sha1($0)", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	SAME("sha256($0)", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	SAME("md5($9)", "a", "d41d8cd98f00b204e9800998ecf8427e");
	IS("unbase64($1) == $2 && md5($2) == \"37b51d194a7513e45b56f6524f2d51f2\"", "YmFy bar", 1);
}

static void
times(void)
{
	SAME("time($0)", "2026-11-30T10:15:30Z", "1796033730");
	IS("time($0) == 1796030130 && time($0) < time(\"2027-01-01\")", "2026-11-30T10:15:30+01:00", 1);
	SAME("time($0)", "2026-11-30T10:15:30.25Z", "1796033730.25");
	SAME("time($0)", "1969-12-31T23:59:58.75Z", "-1.25");
	SAME("time($0)", "1969-12-31T23:59:59.999999999Z", "-0.000000001");
	IS("time($0) * 4 == 7184134921 && time($0) > 1796033730", "2026-11-30T10:15:30.25Z", 1);
	SAME("time($0, \"%d/%b/%Y:%H:%M:%S %z\")", "30/Nov/2026:10:15:30 +0100", "1796030130");
	SAME("time(.t, \"%s\")", "{\"t\":1796033730}", "1796033730");
	MISSING("time($0)", "yesterday");
	MISSING("time($9)", "a");
	MISSING("time($0)", "2026-02-29");
	MISSING("date(int(time($0) / 300) * 300)", "yesterday");
	MISSING("-time($0) ^ 2 % (1 + 2)", "yesterday");
	MISSING("1 / time($0)", "yesterday");
	MISSING("1 + ($1 + 1 > 0 ? time($1) : 2)", "x");
	SAME("time($1) + ($2 + 1 > 0 ? 1 : 2) \"\"", "2026-11-30 1", "1795996801");
	SAME("(time($1) < 0) + 1", "x", "2");
	SAME("sprintf(\"%d\", abs(time($1)))", "x", "0");
	SAME("$9 + 1", "x", "1");
	MISSING("time($0, \"%Y\")", "2026x");
	MISSING("time(.t)", "{\"t\":null}");

	SAME("time($0, \"%F %T\", \"CET-1CEST,M3.5.0,M10.5.0/3\")", "2026-11-30 10:15:30", "1796030130");
	SAME("time($0, \"%F %T\", \"CET-1CEST,M3.5.0,M10.5.0/3\")", "2026-07-01 00:00:00", "1782856800");
	SAME("time($0, \"%F %T.%N\", \"EST5\")", "1969-12-31 18:59:59.75", "-0.25");
	/* The text's own offset counts. */
	SAME("time($0, \"%F %T %z\", \"EST5\")", "2026-11-30 10:15:30 +0100", "1796030130");
	SAME("time($0, \"%s\", \"EST5\")", "7", "7");
	SAME("time($0, \"%F\", \"UTC\")", "1970-01-02", "86400");
	MISSING("time($0, \"%F\", \"EST5\")", "1970-01-32");
	SAME("date($0, \"%F %R %Z\", \"EST5\")", "0", "1969-12-31 19:00 EST");

	SAME("date($0)", "1796033730", "2026-11-30T10:15:30Z");
	SAME("date($0)", " 1796033730.9 ", "2026-11-30T10:15:30Z");
	SAME("date(-0.5)", "", "1969-12-31T23:59:59Z");
	SAME("date($0, \"%F %T.%3N\")", "1796033730.1239", "2026-11-30 10:15:30.123");
	SAME("date($0, \"%9N\")", "-1.123456789", "876543211");
	SAME("date($0 + 0, \"%T.%6N\")", "1796033730.123456", "10:15:30.123456");
	SAME("date(time($0) + 86400, \"%F\")", "2024-02-28", "2024-02-29");
	SAME("date(time($0), \"%a %j\")", "1900-03-01", "Thu 060");
	SAME("date(.t, \"%H\", \"UTC\")", "{\"t\":3600}", "01");
	SAME("date(0, \"%Z %z\")", "", "UTC +0000");
	SAME("date($0)", "253402300799", "9999-12-31T23:59:59Z");
	MISSING("date($0)", "253402300800");
	MISSING("date($0)", "-1e300");
	MISSING("date($0)", "x");
	MISSING("date($0)", "");
	MISSING("date($9)", "a");
	MISSING("date(log($0))", "-1");
	MISSING("date($0, \"%F\", \"UTC\")", "1e18");
	MISSING("date(.t)", "{\"t\":true}");
	SAME("date(time($1)) date(time($2))", "2000-01-01 2000-13-01", "2000-01-01T00:00:00Z");

	IS("now() > 1.7e9 && now() < 1e11 && now() <= now() && isnumber(now())", "", 1);
	IS("now() ~ /^[0-9]+(\\.[0-9]+)?$/", "", 1);
	IS("date(now(), \"%Y\") >= 2026", "", 1);
}

static void
arrays(void)
{
	IS(".a[] == 2", "{\"a\":[1,2,3]}", 1);
	IS(".a[] == 4", "{\"a\":[1,2,3]}", 0);
	IS("2 == .a[]", "{\"a\":[1,2,3]}", 1);
	IS(".a[] == \"x\"", "{\"a\":[\"y\",\"x\"]}", 1);
	IS(".a[] != \"x\"", "{\"a\":[\"x\",\"y\"]}", 1);
	IS(".a[] != \"x\"", "{\"a\":[\"x\"]}", 0);
	IS("!(.a[] == \"x\")", "{\"a\":[\"y\"]}", 1);
	IS("!(.a[] == \"x\")", "{\"a\":[\"x\",\"y\"]}", 0);
	IS(".a[] == \"x\\ny\"", "{\"a\":[\"\\u0078\\ny\"]}", 1);
	IS(".a[] == \"\"", "{\"a\":[\"\"]}", 1);
	IS(".a[] > 2 && .a[] < 2", "{\"a\":[1,3]}", 1); /* each for itself */
	IS(".a[] ~ /^b/", "{\"a\":[\"ab\",\"ba\"]}", 1);
	IS(".a[] !~ /^b/", "{\"a\":[\"ba\"]}", 0);
	IS(".a[] in (7, \"q\")", "{\"a\":[1,\"q\"]}", 1);
	IS("$1 in (.a[], 5)", "{\"a\":[1]}", 0);
	IS("5 in (.a[], 6)", "{\"a\":[1,5]}", 1);
	IS(".a[] == null", "{\"a\":[1,null]}", 1);
	IS(".a[] == null", "{\"a\":[1]}", 0);
	IS(".a[] == null || .a[]", "{\"a\":[]}", 0);
	IS(".a[] == null || .a[]", "{\"b\":[1]}", 0);
	IS(".a[] == 1", "{\"a\":1}", 0);
	IS(".a[] == 1", "{\"a\":\"[1]\"}", 0);
	IS(".a[] == 1", "{\"a\":{\"b\":1}}", 0);
	IS(".a[]", "{\"a\":[0,false,null,\"\"]}", 0);
	IS(".a[]", "{\"a\":[0,true]}", 1);
	IS("!.a[]", "{\"a\":[0,true]}", 0);
	IS("!.a[]", "{\"a\":[0]}", 1);
	IS(".a[] && 1", "{\"a\":[0,5]}", 1);
	IS("0 || .a[]", "{\"a\":[0,5]}", 1);
	IS(".a[] ? .b : 0", "{\"a\":[0,5],\"b\":1}", 1);
	IS("(.a[]) == 5 && .b == 1", "{\"a\":[0,5],\"b\":1}", 1);
	IS(".a[] + 1 == 6", "{\"a\":[0,5]}", 1);
	IS("length(.a[]) == 3 && upper(.a[]) == \"XYZ\"", "{\"a\":[\"a\",\"xyz\"]}", 1);
	IS("startswith(.a[], \"x\")", "{\"a\":[\"a\",\"xyz\"]}", 1);
	IS("isnumber(.a[])", "{\"a\":[\"5\",5]}", 1);
	IS("isnumber(.a[])", "{\"a\":[\"5\"]}", 0);
	IS(".a[] == 99999999999999999999", "{\"a\":[1,99999999999999999998]}", 0);
	IS(".a[] == 99999999999999999999", "{\"a\":[1,99999999999999999999]}", 1);
	IS(".i[].sku == \"b\"", "{\"i\":[{\"sku\":\"a\"},{\"sku\":\"b\"}]}", 1);
	IS(".i[].sku == null", "{\"i\":[{\"sku\":\"a\"},{}]}", 1);
	IS(".i[].sku == null", "{\"i\":[{\"sku\":\"a\"}]}", 0);
	IS(".i[].t[] == 3", "{\"i\":[{\"t\":[1]},{\"t\":5},{},{\"t\":[2,3]}]}", 1);
	IS(".i[].t[].x[0] == 3", "{\"i\":[{\"t\":[1]},{\"t\":[{\"x\":[3]}]}]}", 1);
	IS(".i[][] == 3", "{\"i\":[[1,2],[],4,[3]]}", 1);
	IS(".i[][1] == 2", "{\"i\":[[1,2]]}", 1);
	IS(".[] == 2", "[1,2]", 1);
	IS(".[].a == 2", " [{\"a\":1},{\"a\":2}]", 1);
	IS(".[] == 2", "\357\273\277[1,2]", 1);
	IS(".[] == 2", "{\"a\":2}", 0);
	IS(".a.\"b c\"[] == 2", "{\"a\":{\"b c\":[2]}}", 1);
	IS(".a[1][] == 2", "{\"a\":[1,[2]]}", 1);
	IS(".a.[] == 2", "{\"a\":[2]}", 1);
	/* What is not JSON satisfies nothing. */
	IS(".a[] == 2", "{\"a\":[2]", 0);
	IS(".a[] == 2", "{\"a\":[2,}", 0);
	IS(".a[] == 2", ", 2", 0);
	IS("!(.a[] == 2)", "no", 0);
	IS(".a[] == .b", "{\"a\":[1,2],\"b\":2}", 1);
	WITH(EXPR_IGNORE_CASE, ".a[] == \"X\"", "{\"a\":[\"x\"]}", 1);

	REFUSED(".a[] == .b[]", "at \".b[]\" (byte 9): only one value of a comparison can be each element of an array");
	REFUSED(".a[][][][][][][][][][][][][][][][][]", "at \".a[][][][][][][][][]\" (byte 1): more than 16 [] in a path");
	REFUSED(".a[]x", "at \"x\" (byte 5): no such word; a string is \"x\", a column or a member of JSON .x");
	REFUSED(".a[", "at \".a[\" (byte 1): .a[: an element of an array is written [0], the last one [-1]");
	REFUSED(".a[].b[x]", "at \".a[].b[x]\" (byte 1): .b[x]: an element of an array is written [0], the last one [-1]");
}

static void
refused(void)
{
	REFUSED("trim", "at the end (byte 5): a parenthesis is expected: trim(S)");
	REFUSED("trim()", "at \"trim()\" (byte 1): it is written trim(S)");
	REFUSED("trim(1, 2)", "at \"trim(1, 2)\" (byte 1): it is written trim(S)");
	REFUSED("now", "at the end (byte 4): a parenthesis is expected: now()");
	REFUSED("now(1)", "at \"now(1)\" (byte 1): it is written now()");
	REFUSED("1 + sqrt()", "at \"sqrt()\" (byte 5): it is written sqrt(N)");
	REFUSED("sqrt(\"x\")", "at \"\"x\")\" (byte 6): a number is expected: sqrt(N)");
	REFUSED("substr($1, \"x\")", "at \"\"x\")\" (byte 12): a number is expected: substr(S, FROM), substr(S, FROM, COUNT)");
	REFUSED("min()", "at \"min()\" (byte 1): it is written min(A, B, ...)");
	REFUSED("coalesce(null)", "at \")\" (byte 14): null goes only with == and !=");
	REFUSED("contains($1, /x/)",
	    "at \"/x/)\" (byte 14): a value is expected, not a regular expression: contains(S, TEXT)");
	REFUSED("gsub(/a/, \"b\", $1)",
	    "at \"/a/, \"b\", $1)\" (byte 6): a value is expected, not a regular expression: gsub(S, /ERE/, TEXT)");
	REFUSED("gsub($1, /a/)", "at \"gsub($1, /a/)\" (byte 1): it is written gsub(S, /ERE/, TEXT)");
	REFUSED("gsub($1, $2, \"x\")",
	    "at \"$2, \"x\")\" (byte 10): a regular expression is written in the condition itself: gsub(S, /ERE/, TEXT)");
	REFUSED("sub($1, /a(/, \"x\")",
	    "at \"/a(/, \"x\")\" (byte 9): within the regular expression at \"(\" (byte 2): no ) closes the parenthesis");
	REFUSED("split($1, \"\")",
	    "at \"\"\")\" (byte 11): a separator has a character at least: split(S, SEPARATOR), split(S, SEPARATOR, NUMBER)");
	REFUSED("split($1)", "at \"split($1)\" (byte 1): it is written split(S, SEPARATOR), split(S, SEPARATOR, NUMBER)");
	REFUSED("sprintf($1)", "at \"$1)\" (byte 9): a string in quotes is expected: sprintf(FORMAT, VALUE, ...)");
	REFUSED("sprintf(\"%d\")", "at \"sprintf(\"%d\")\" (byte 1): the format takes 1 value, not 0");
	REFUSED("sprintf(\"%d %s\", 1, 2, 3)", "at \"sprintf(\"%d %s\", 1, \" (byte 1): the format takes 2 values, not 3");
	REFUSED("sprintf(\"%\")", "at \"sprintf(\"%\")\" (byte 1): the format ends after a percent sign; that itself is %%");
	REFUSED("sprintf(\"%*d\", 1, 2)", "at \"sprintf(\"%*d\", 1, 2)\" (byte 1): a width in a format is written as a number, "
	                                  "not as *; pad(S, WIDTH) takes any");
	REFUSED("sprintf(\"%y\", 1)", "at \"sprintf(\"%y\", 1)\" (byte 1): a format has, after a percent sign, one of d i o u x X e "
	                              "E f F g G a A c s and %");
	REFUSED("sprintf(\"%65536d\", 1)", "at \"sprintf(\"%65536d\", 1\" (byte 1): a width in a format is at most 65535");
	REFUSED("sprintf(\"%.99999999999999999999d\", 1)",
	    "at \"sprintf(\"%.999999999\" (byte 1): a precision in a format is at most 65535");
	REFUSED("pad($1, 65536)", "at \"65536)\" (byte 9): a width is at most 65535");
	REFUSED("pad($1, -1e99)", "at \"-1e99)\" (byte 9): a width is at most 65535");
	REFUSED("time(\"yesterday\")", "at \"time(\"yesterday\")\" (byte 1): no time such as "
	                             "2026-11-30T10:15:30+01:00; others are time(TEXT, FORMAT)");
	REFUSED("time(\"x\", \"%F\")", "at \"time(\"x\", \"%F\")\" (byte 1): the text does not have that format");
	REFUSED("time($1, \"Europe/Berlin\")", "at \"\"Europe/Berlin\")\" (byte 10): a format such as \"%Y-%m-%d\" is "
	                                       "expected: time(TEXT), time(TEXT, FORMAT), time(TEXT, FORMAT, ZONE)");
	REFUSED("date($1, \"\")", "at \"\"\")\" (byte 10): a format such as \"%Y-%m-%d\" is expected: date(SECONDS), "
	                          "date(SECONDS, FORMAT), date(SECONDS, FORMAT, ZONE)");
	REFUSED("split($0, a, \",\")", "at \"a, \",\")\" (byte 11): there are no arrays of parts: split(S, SEPARATOR), "
	                              "split(S, SEPARATOR, NUMBER)");
	REFUSED("split($0, \",\")[1]", "at \"[1]\" (byte 15): an operator is expected, or the end; a part is "
	                               "split(S, SEPARATOR, NUMBER), an element .name[0] or .\"3166\"[0]");
	REFUSED("lenght($1) > 1", "at \"lenght($1) > 1\" (byte 1): no such function, but length, length(S)");
	REFUSED("starts_With($1, 2)", "at \"starts_With($1, 2)\" (byte 1): no such function, but startswith(S, TEXT)");
	REFUSED("uper($1)", "at \"uper($1)\" (byte 1): no such function, but upper(S)");
	REFUSED("sine($1)", "at \"sine($1)\" (byte 1): no such function; rec-expr(7) lists those that there are");
	REFUSED("sin($1)", "at \"sin($1)\" (byte 1): no such function; rec-expr(7) lists those that there are");
	REFUSED("aVeryLongNameOfAFunction($1)",
	    "at \"aVeryLongNameOfAFunc\" (byte 1): no such function; rec-expr(7) lists those that there are");
	REFUSED("any(.a[]; 1)", "at \"any(.a[]; 1)\" (byte 1): any element is .tags[] == \"x\"");
	REFUSED("time($1, \"%q\")", "at \"\"%q\")\" (byte 10): %q is nothing in the format of a time");
	REFUSED("time($1, \"%Y%\")",
	    "at \"\"%Y%\")\" (byte 10): % is nothing in the format of a time; a percent sign is %%");
	REFUSED("time($1, $2)", "at \"$2)\" (byte 10): a string in quotes is expected: time(TEXT), time(TEXT, "
	                       "FORMAT), time(TEXT, FORMAT, ZONE)");
	REFUSED("date(\"x\")",
	    "at \"\"x\")\" (byte 6): a number is expected: date(SECONDS), date(SECONDS, FORMAT), date(SECONDS, FORMAT, ZONE)");
	REFUSED("date(1e99)", "at \"date(1e99)\" (byte 1): no time from year 0 to 9999");
	REFUSED("date(0, \"%F\", \"Nowhere\")", "at \"\"Nowhere\")\" (byte 15): no such time zone here; its name is one "
	    "of the TZ database (tzdata), such as \"Europe/Berlin\", or \"UTC\", \"local\" or a rule such as "
	    "\"EST5EDT,M3.2.0,M11.1.0\"");
	REFUSED("date(0, \"%F\", $1)", "at \"$1)\" (byte 15): a string in quotes is expected: date(SECONDS), date(SECONDS, "
	                               "FORMAT), date(SECONDS, FORMAT, ZONE)");
	REFUSED("unbase64(\"x\")", "at \"unbase64(\"x\")\" (byte 1): no base64");
	REFUSED("unhex(\"x\")", "at \"unhex(\"x\")\" (byte 1): no pairs of hexadecimal digits");
	REFUSED("unurl(\"%\")",
	    "at \"unurl(\"%\")\" (byte 1): a percent sign is not followed by two hexadecimal digits");
	REFUSED("strftime(\"%F\")", "at \"strftime(\"%F\")\" (byte 1): it is written date(SECONDS, FORMAT)");
	REFUSED("upper($1", "at the end (byte 9): a comma or the parenthesis that closes upper is expected");
}

int
main(void)
{
	CHECK(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
	CHECK(unsetenv("TZ") == 0);
	texts();
	replaced();
	formatted();
	numbers();
	json();
	codes();
	times();
	arrays();
	refused();
	return unit_end("expr_function");
}
