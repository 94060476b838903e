/*
 * Conditions: a table of what each is for a record, and of what is refused and with which words, by
 * the sections of rec-expr(7). Each record is in memory of its exact size. Then numbers of random
 * digits against strtod, and limits.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "match/expr.h"
#include "match/table.h"
#include "unit/condition.h"
#include "unit/unit.h"

static void
numbers_and_strings(void)
{
	/* A field that looks like a number is one. */
	IS("$1 == 10", "10", 1);
	IS("$1 == 10", "10.0", 1);
	IS("$1 == 10", "1e1", 1);
	IS("$1 == 10", "+10", 1);
	IS("$1 == 10", "010", 1);
	IS("$1 == 10", "10x", 0);
	IS("$1 == 10", "0xA", 0);
	IS("$1 == 16", "0x10", 0);
	IS("$1 < 9", "10", 0);
	IS("$1 < \"9\"", "10", 1);
	IS("$1 > $2", "10 9", 1);
	IS("$1 > $2", "10 9a", 0);
	IS("$1 == $2", "1.0 1", 1);
	IS("$1 == $2", "1.0 1x", 0);
	IS("$1 == \"1.0\"", "1.0", 1);
	IS("$1 == \"1\"", "1.0", 0);
	IS("$1 > 5", "abc", 1);
	IS("$1 < 5", "abc", 0);
	IS("$1 < 5", "-abc", 1);
	IS("$1 == 0", "-0", 1);
	IS("$1 == 0", ".", 0);
	IS("$1 == 0", "-", 0);
	IS("$1 == 0", "+.e1", 0);
	IS("$1 == 5", "5.", 1);
	IS("$1 == .5", ".5", 1);
	IS("$1 == 5", "5e", 0);
	IS("$1 == 5", "5e+", 0);
	IS("$1 == 50", "5e+1", 1);
	IS("$1 == .5", "5E-1", 1);
	IS("$1 == 5", "5e0x", 0);
	IS("$1 > 5", "inf", 1); /* a string */
	IS("$1 == $1 + 0", "nan", 0);
	IS("$1 == 1e400", "1e400", 1); /* both infinite */
	IS("$1 == 0", "1e-400", 1);
	IS("$1 < 0", "-12345678", 1);
	IS("$1 == 12345678", "12345678", 1);
	IS("$1 == 1234567", "1234567", 1);
	IS("$1 == 123456789", "123456789", 1);
	IS("$1 == 12345678", "1234567:", 0);
	IS("$1 == 12345678", "1234567/", 0);
	IS("$1 == 9007199254740993", "9007199254740993", 1);
	IS("$1 == 9007199254740992", "9007199254740993", 0);
	IS("$1 == 0.1", "0.1000000000000000055511151231257827", 1);
	IS("$1 == 0.3", "0.30000000000000004", 0);
	IS("$1 == 99999999999999999999", "1e20", 1);
	IS("$0 == 10", " 10 ", 1);
	IS("$0 == 10", "\t10\r", 1);
	IS("$0 == 10", "1 0", 0);
	BY(",", "$2 == 7", "a, 7 ,b", 1);
	BY(",", "$2 == \" 7 \"", "a, 7 ,b", 1);
	BY(",", "$2 == 7", "a,7\0,b", 0);

	/* Constants are what they are written as. */
	IS("10 < 9", "", 0);
	IS("\"10\" < 9", "", 1);
	IS("\"10\" < \"9\"", "", 1);
	IS("\"10\" == 10", "", 1);
	IS("\"10.0\" == 10", "", 0);
	IS("1.0 == \"1\"", "", 1);
	IS("0.1 + 0.2 \"\" == \"0.3\"", "", 1);
	IS("1e6 \"\" == \"1000000\"", "", 1);
	IS("100000 * 100000 \"\" == \"10000000000\"", "", 1);
	IS("2^53 \"\" == \"9007199254740992\"", "", 1);
	IS("0.000001 \"\" == \"1e-06\"", "", 1);
	IS("3.14159265 \"\" == \"3.14159\"", "", 1);
	IS("-1 \" \" -1 == \"-1-1\"", "", 1); /* the second - subtracts, as in awk */
	IS("1 \" \" (-1) == \"1 -1\"", "", 1);

	/* A field that is not there is the empty string, and 0 only in arithmetic. */
	IS("$4 == 0", "a b", 0);
	IS("0 == $4", "a b", 0);
	IS("$4 != 0", "a b", 1);
	IS("$4 == -0", "a b", 0);
	IS("$4 == 0", "a b ", 0);
	BY(",", "$4 == 0", "a,b", 0);
	BY("::", "$4 == 0", "a::b", 0);
	IS("$(2+2) == 0", "a b", 0);
	IS("csv(4) == 0", "a,b", 0);
	IS("range(\"4-4\") == 0", "ab", 0);
	IS("$4 in (0, 1)", "a b", 0);
	IS("$4 in (\"\")", "a b", 1);
	IS("0 == $1 || $1 == 0", "", 0);
	IS("$4 == \"\"", "a b", 1);
	IS("$4 == $5", "a b", 1);
	IS("$4", "a b", 0);
	IS("!$4", "a b", 1);
	IS("$4 == null", "a b", 1);
	IS("$2 == null", "a b", 0);
	IS("null != $2", "a b", 1);
	IS("$4 < 1", "a b", 1);
	IS("$4 > -1", "a b", 0);
	IS("$4 < \"a\"", "a b", 1);
	IS("$4 + 3 == 3", "a b", 1);
	IS("$4 * 2 == 0", "a b", 1);
	IS("-$4 == 0", "a b", 1);
	BY(",", "$2 == 0", "a,,b", 0); /* empty, but there */
	BY(",", "$2 == null", "a,,b", 0);
	BY(",", "$2 == \"\"", "a,,b", 1);
	IS("$4 == $1", "0", 0); /* as strings */
	IS("$1 >= $4", "-3", 1);
	IS("$4 == $1", "x", 0);

	/* Truth. */
	IS("1", "", 1);
	IS("0", "", 0);
	IS("\"0\"", "", 1);
	IS("\"\"", "", 0);
	IS("$1", "0", 0);
	IS("$1", "0.0", 0);
	IS("$1", "00x", 1);
	IS("$1", "a", 1);
	IS("$0", "", 0);
	IS("$0", "  ", 1);
	IS("$0", " 0 ", 0);
	IS("$1 \"\"", "0", 1);
	IS("$1 + 0", "0x1", 0);
	IS("$1 + 0 == 12", "12abc", 1);
	IS("$1 + 0 == -1.5", "-1.5e", 1);
	IS("+$1 == 12", "12abc", 1);
	IS("-$1 == -12", "12abc", 1);
	IS("true", "", 1);
	IS("false", "", 0);
	IS("!false", "", 1);
	IS("true == \"true\"", "", 0);
	IS("true == true", "", 1);
	IS("true != false", "", 1);
	IS("true <= true || true < false || true > false || false < true", "", 0);
	IS("$1 == true", "true", 1); /* as a field has it */
	IS("$1 == true", "1", 0);
	IS("$1 in (false, true)", "true", 1);
	IS("1 == true", "", 0);
	IS("true + 1 == 2", "", 1);
}

static void
operators(void)
{
	IS("1 + 2 * 3 == 7", "", 1);
	IS("(1 + 2) * 3 == 9", "", 1);
	IS("7 % 4 * 2 == 6", "", 1);
	IS("2 * 7 % 4 == 2", "", 1);
	IS("-7 % 4 == -3", "", 1);
	IS("7.5 % 2 == 1.5", "", 1);
	IS("2 ^ 3 ^ 2 == 512", "", 1);
	IS("-2 ^ 2 == -4", "", 1);
	IS("2 ^ -1 == .5", "", 1);
	IS("2 ^ .5 > 1.414 && 2 ^ .5 < 1.415", "", 1);
	IS("$1 ^ 2 == 9", "3", 1);
	IS("2 ^ 3 * 2 == 16", "", 1);
	IS("!2 ^ 3 == 0", "", -1);
	IS("(!2 ^ 3) == 0", "", 1);
	IS("!1 + 1 == 1", "", 1);
	IS("- - 1 == 1", "", 1);
	IS("!!$1", "x", 1);
	IS("10 - 3 - 2 == 5", "", 1);
	IS("100 / 10 / 5 == 2", "", 1);
	IS("$1 -1 == 4", "5", 1);
	IS("$1-1 == 4", "5", 1);
	IS("1 + 1 \"\" 2 + 1 == 23", "", 1);
	IS("1 + 1 \"\" 2 + 1 == \"23\"", "", 1);
	IS("\"a\" \"b\" < \"ac\"", "", 1);
	IS("\"x\" 1 < 2", "", 0);
	IS("$1 $2 == \"ab\"", "a b", 1);
	IS("$1$2 == \"ab\"", "a b", 1);
	IS("($1)($2) == \"ab\"", "a b", 1);
	IS("$1 5 == \"a5\"", "a", 1);
	IS("$1 length == \"a1\"", "a", 1);
	IS("$1 (1 > 0) == \"a1\"", "a", 1);
	IS("1 < 2 && 2 < 3", "", 1);
	IS("0 && 1 || 1", "", 1);
	IS("1 || 1 && 0", "", 1);
	IS("(1 || 1) && 0", "", 0);
	IS("!0 && !0", "", 1);
	IS("!(1 && 0)", "", 1);
	IS("$1 == 1 && $2 == 2 && $3 == 3", "1 2 3", 1);
	IS("$1 == 1 && $2 == 2 && $3 == 3", "1 2 4", 0);
	IS("$1 == 1 || $2 == 2 || $3 == 3", "0 0 3", 1);
	IS("1 ? 2 : 3", "", 1);
	IS("(0 ? 2 : 3) == 3", "", 1);
	IS("0 ? 1 : 0 ? 1 : 0", "", 0);
	IS("1 ? 0 : 1 ? 1 : 1", "", 0);
	IS("$1 > 5 ? $2 == \"b\" : $2 == \"c\"", "6 b", 1);
	IS("$1 > 5 ? $2 == \"b\" : $2 == \"c\"", "5 b", 0);
	IS("($1 ? \"a\" : \"b\") == \"a\"", "1", 1);
	IS("3 > 2", "", 1);
	IS("2 >= 2", "", 1);
	IS("2 <= 1", "", 0);
	IS("2 != 2", "", 0);
	IS("5 < $1", "6", 1);
	IS("5 <= $1", "5", 1);
	IS("5 > $1", "6", 0);
	IS("5 >= $1", "5", 1);
	IS("5 != $1", "5", 0);
	IS("\"b\" < $1", "c", 1);
	IS("\"b\" > $1", "c", 0);
	IS("\"ab\" < \"abc\"", "", 1);
	IS("\"\" < \"a\"", "", 1);
	IS("\"\\377\" > \"a\"", "", 1);
	IS("$1 != $2", "nan 1", 1);
	IS("1e999 - 1e999 == 1", "", 0);
	IS("1e999 - 1e999 != 1", "", 1);

	/* Nothing is divided by zero: the record does not satisfy. */
	IS("1 / 0", "", 0);
	IS("1 / $1 > 0", "0", 0);
	IS("!(1 / $1 > 0)", "0", 0);
	IS("1 % $1 == 0 || 1", "0", 0);
	IS("1 || 1 % $1 == 0", "0", 1);
	IS("$1 != 0 && 10 / $1 > 3", "0", 0);
	IS("$1 != 0 && 10 / $1 > 3", "2", 1);
	IS("$1 / $2 == 2", "4 2", 1);
	IS("1 / $9 || 1", "x", 0);
	IS("0 ^ -1 > 1e300", "", 1);

	IS("$1 in (\"a\", \"b\")", "b", 1);
	IS("$1 in (\"a\", \"b\")", "c", 0);
	IS("$1 in (500, 503)", "503.0", 1);
	IS("$1 in (500, \"503\")", "503.0", 0);
	IS("$1 in ($2, $3)", "3 4 3.0", 1);
	IS("!($1 in (1, 2))", "3", 1);
	IS("$1 in (1, 2) && $2 in (3)", "2 3", 1);
	IS("$1 ~ /^a/ in (1)", "ab", 1);
	IS("$1 > 2 in (1)", "3", 1);
	IS("$1 in (1) in (1)", "1", 1);
	IS("1 in (2, 1)", "", 1);
}

static void
matches(void)
{
	IS("/b/", "abc", 1);
	IS("!/b/", "abc", 0);
	IS("/b/ && /c/", "abc", 1);
	IS("/b/ && !/d/ && /a/", "abc", 1);
	IS("/b/ + /c/ == 2", "abc", 1);
	IS("$0 ~ /^a.c$/", "abc", 1);
	IS("$0 ~ /^a.c$/", "a\nc", 1);
	IS("$0 !~ /x/", "abc", 1);
	IS("$2 ~ /^b$/", "a b c", 1);
	IS("$2 !~ /^b$/", "a b c", 0);
	IS("$9 ~ /^$/", "a", 1);
	IS("$1 ~ \"^a\"", "ab", 1);
	IS("$1 ~ \"a\" \"b\"", "ab", 1);
	IS("$1 ~ \"\\\\.\"", "a.b", 1);
	IS("$1 ~ \"\\\\.\"", "axb", 0);
	IS("$1 ~ 1", "213", 1);
	IS("$1 * 2 ~ /^4$/", "2", 1);
	IS("$1 $2 ~ /ab/", "a b", 1);
	IS("$0 ~ /a\\/b/", "a/b", 1);
	IS("$0 ~ /[/]/", "a/b", 1);
	IS("$0 ~ /[^/]b/", "a/b", 0);
	IS("$0 ~ /[]/]$/", "a]", 1);
	IS("$0 ~ /[\\]x]$/", "a]", 1);
	IS("$0 ~ /[\\]x]$/", "a\\", 0);
	IS("$0 ~ /[a\\]x]$/", "a]", 1);
	IS("$0 ~ /[\\/]/", "a\\b", 0);
	IS("$0 ~ /[\\t]/", "a\tb", 1);
	IS("$0 ~ /[\\t]/", "atb", 0);
	IS("$0 ~ \"[\\t]\"", "a\tb", 1);
	IS("$0 ~ \"[\\\\t]\"", "a\tb", 1);
	IS("$0 ~ /\\t/", "a\tb", 1);
	IS("$0 ~ /\\101/", "A", 1);
	IS("$0 ~ /[\\101]/", "A", 1);
	IS("$0 ~ /[\\55a]/", "-", 1);
	IS("$0 ~ /\\0/", "a\0b", 1);
	IS("$0 ~ /[[:digit:]\\]]/", "]", 1);
	IS("$0 ~ /[[:digit:]/]x/", "/x", 1);
	IS("$0 ~ /[a\\-z]/", "m", 0);
	IS("$0 ~ /[a\\-z]/", "-", 1);
	IS("$0 ~ /[\\^a]/", "^", 1);
	IS("$0 ~ /\\\"/", "\"", 1);
	IS("$0 ~ /\"/", "\"", 1);
	IS("/(a|b)+{2}/", "ab", 1);
	IS("$0 ~ /^.$/", "\303\251", 1);
	WITH(0, "$0 ~ /^.$/", "\303\251", 0);
	IS("\"abc\" ~ /b/ && $1", "x", 1);
	IS("4 / 2 / 1 == 2", "", 1);
	IS("$1/$2/1 == 2", "4 2", 1);

	WITH(EXPR_IGNORE_CASE, "/B/", "abc", 1);
	WITH(EXPR_IGNORE_CASE, "$1 == \"ABC\"", "aBc", 1);
	WITH(EXPR_IGNORE_CASE, "$1 < \"B\"", "a", 1);
	WITH(EXPR_IGNORE_CASE, "$1 > \"B\"", "c", 1);
	WITH(EXPR_IGNORE_CASE, "$1 == $2", "ab AB", 1);
	WITH(EXPR_IGNORE_CASE, "$1 in (\"X\", \"Y\")", "y", 1);
	WITH(EXPR_IGNORE_CASE, "index($0, \"BC\") == 2", "abc", 1);
	WITH(EXPR_IGNORE_CASE, "$1 == \"@\"", "`", 0);
	WITH(EXPR_IGNORE_CASE, "\"A\" == \"a\"", "", 1);
	IS("$1 == \"ABC\"", "aBc", 0);
}

static void
parts(void)
{
	IS("$1 == \"a\" && $3 == \"c\"", "  a \t b\n c ", 1);
	IS("NF == 3", "  a \t b\n c ", 1);
	IS("NF == 0", "  \n\t", 1);
	IS("NF == 0", "", 1);
	IS("$NF == \"c\"", "a b c ", 1);
	IS("$(NF) == \"c\"", "a b c ", 1);
	IS("$(NF-1) == \"b\"", "a b c", 1);
	IS("$(NF-1) == \"a\"", "a", 1); /* $0 */
	IS("$(NF-2) == null", "a", 1);
	IS("$NF == null", "", 0);
	IS("$NF-1 == 4", "1 5", 1);
	IS("$(1+1) == 5", "1 5", 1);
	IS("$$1 == \"c\"", "3 b c", 1);
	IS("$($1) == \"c\"", "3 b c", 1);
	IS("$1.9 == 3", "3", 1);
	IS("$\"2\" == \"b\"", "a b", 1);
	IS("$ 2 == \"b\"", "a b", 1);
	IS("$0 == \"a b\"", "a b", 1);
	IS("$($1) == null", "1e30", 1);
	IS("$($1) == null", "-5", 1);
	IS("$(-1 + $1) == 1", "1", 1);
	IS("POS == 41", "", 1);
	IS("POS % 2 == 1", "", 1);
	IS("$65 == 65",
	    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 "
	    "39 40 41 42 43 "
	    "44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66",
	    1);
	BY(",", "NF == 66 && $65 == 65 && $66 == 66 && $67 == null && $NF == 66",
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
	    "25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,"
	    "60,61,62,63,64,65,66",
	    1);
	BY("TAB", "$2 == \"b c\"", "a\tb c\td", 1);
	BY("\\t", "NF == 3", "a\tb c\t", 1);
	BY("\\t", "$3 == \"\" && $3 != null", "a\tb c\t", 1);
	BY("::", "$2 == \":b\" && NF == 3", "a:::b::c", 1);
	BY("::", "$NF == \"c\" && $(NF-1) == \":b\"", "a:::b::c", 1);
	BY("|", "$2 == 2", "1|2", 1);
	BY(",", "$1 == null && NF == 0", "", 1);
	BY(",", "$1 == \"\" && NF == 2", ",", 1);
	BY(",", "$12345678 == null", "a,b", 1);

	IS(".a == 1", "{\"a\":1}", 1);
	IS(".a == \"1\"", "{\"a\":1}", 0);
	IS(".a == 1", "{\"a\":\"1\"}", 0);
	IS(".a > 5", "{\"a\":\"10\"}", 0); /* a string */
	IS(".a > 5", "{\"a\":10}", 1);
	IS(".a == 10", "{\"a\": 1.0e1 }", 1);
	IS(".a \"\" == \"1.0e1\"", "{\"a\": 1.0e1 }", 1);
	IS(".a == -12345678", "{\"a\":-12345678}", 1);
	IS(".a == 123", "{\"a\":123}", 1);
	IS(".a == 123", "{\"a\":123", 0);
	IS(".a.b == 1 && .a.c == \"x\"", "{\"z\":{\"b\":2},\"a\":{\"b\":1,\"c\":\"x\"}}", 1);
	IS(".a[0].b == 1", "{\"a\":[{\"b\":1}]}", 1);
	IS(".a[-1] == 3", "{\"a\":[1,2,3]}", 1);
	IS(".[1] == 2", "[1,2]", 1);
	IS(".\"odd name\" == 1", "{\"odd name\":1}", 1);
	IS(".\"a\\\"b\".\"\\u00e9 \" == 1", "{\"a\\\"b\":{\"\303\251 \":1}}", 1);
	IS(".a.\"odd name\"[1] == 1", "{\"a\":{\"odd name\":[0,1]}}", 1);
	IS(".\303\251 == 1", "{\"\303\251\":1}", 1);
	IS(".a_b-1 == 1", "{\"a_b\":2}", 1);
	IS(".a .b == \"12\"", "{\"a\":1,\"b\":2}", 1);
	IS(".a.b == null", "{\"a\":{}}", 1);
	IS(".a == null", "{\"a\":null}", 1);
	IS(".a == \"\" || .a == 0 || .a", "{\"a\":null}", 0);
	IS(".a == null", "{\"a\":\"null\"}", 0);
	IS(".a", "{\"a\":true}", 1);
	IS(".a", "{\"a\":false}", 0);
	IS("!.a", "{\"a\":false}", 1);
	IS(".a == true", "{\"a\":true}", 1);
	IS(".a == false", "{\"a\":false}", 1);
	IS(".a == true", "{\"a\":false}", 0);
	IS(".a != true", "{\"a\":1}", 1);
	IS(".a == \"true\"", "{\"a\":true}", 0);
	IS(".a == true", "{\"a\":\"true\"}", 0);
	IS(".a != true", "{\"a\":\"true\"}", 1);
	IS(".a == .b", "{\"a\":true,\"b\":\"true\"}", 0);
	IS(".a == .b && !(.a < .b) && !(.a <= .b)", "{\"a\":true,\"b\":true}", 1);
	IS(".a == 1", "{\"a\":true}", 0);
	IS(".a + 1 == 2", "{\"a\":true}", 1);
	IS(".a", "{\"a\":\"0\"}", 1);
	IS(".a", "{\"a\":0}", 0);
	IS(".a", "{\"a\":\"\"}", 0);
	IS(".a", "{\"a\":{}}", 1);
	IS(".a == \"[1, 2]\"", "{\"a\": [1, 2] }", 0);
	IS(".a \"\" == \"[1, 2]\"", "{\"a\": [1, 2] }", 1);
	IS(".a == .b && !(.a != .b)", "{\"a\":[1],\"b\":[1]}", 1);
	IS(".a != .b", "{\"a\":[1],\"b\":{}}", 1);
	IS(".a < .b || .a >= .b", "{\"a\":[1],\"b\":[1]}", 0);
	IS(".a == \"\303\251\"", "{\"a\":\"\\u00e9\"}", 1);
	IS(".a == .b", "{\"a\":\"\\u00e9\",\"b\":\"\\u00E9\"}", 1);
	IS(".a == .b", "{\"a\":1.0,\"b\":1}", 1);
	IS(".a == .b", "{\"a\":\"1.0\",\"b\":1}", 0);
	IS("length(.a) == 1", "{\"a\":\"\\u00e9\"}", 1);
	IS(".a ~ /^1$/", "{\"a\":1}", 1);
	IS(".a ~ /^x y$/", "{\"a\":\"x y\"}", 1);
	IS(".status in (500, 503)", "{\"status\":503}", 1);
	IS(".a in (true)", "{\"a\":true}", 1);
	IS(".a == null", "no json", 0);
	IS(".a == null", "", 0);
	IS(".a == 5", "{\"a\":5x}", 0);

	BY(",", "csv(1) == \"a,b\"", "\"a,b\",2", 1);
	BY(NULL, "csv(2) == 2", "\"a,b\",2", 1);
	BY(NULL, "csv(1) == \"say \\\"x\\\"\"", "\"say \"\"x\"\"\",2", 1);
	BY(NULL, "csv(-1) == 2", "a,2", 1);
	BY(NULL, "csv(9) == null", "a,2", 1);
	BY("TAB", "csv(2) == 2", "\"a\tb\"\t2", 1);
	IS("range(\"w2\") == \"b\"", "a b c", 1);
	IS("range(\"1-2\") == 12", "123", 1);
	IS("range(\"-2:-1\") > 22", "123", 1);
	IS("range(\"w7\") == null", "a b c", 1);
	IS("range(\"substr 1-1 of w2\") == \"b\"", "a bc", 1);
	IS("range(\"fs : f2\") == 2 && range(\"f2\") == null", "1:2", 1);
	IS("range(\".a\") == 1", "{\"a\":1}", 1);
}

static void
tabled(int line, const char *text, const char *data, int want, const char *message)
{
	said[0] = '\0';
	row(line, text, EXPR_UTF8, NULL, data, strlen(data), want);
	if (strcmp(said, message) != 0)
		printf("line %d: %s\n", line, said);
	CHECK(strcmp(said, message) == 0);
}

#define T(text, data, want) tabled(__LINE__, text, data, want, "")
#define NO(text, message) tabled(__LINE__, text, "1,2", -2, message)

static void
make_table(const char *framing, const char *separator, const char *header)
{
	const struct table_parts parts = { .framing = framing, .separator = separator, .header = header,
		.header_len = strlen(header) };
	const char *rule;

	table_drop(table);
	CHECK((table = table_make(&parts, &rule)) != NULL);
}

static void
tables(void)
{
	char record[200];

	make_table("csv", NULL, "id,price,\"unit, price\",a.b,j,j2,j2\n");
	T(".price > 9", "1,10", 1);
	T(".price > 9", "1,9", 0);
	T(".price > 9", "\"1,1\",\"10\",x", 1);
	T(".price > 9", "\"1\"\"\",\"1\"0,x", 1); /* the rest after the closing quote is content */
	T(".price == 10", "1, 10 ,x", 1);
	T(".price == 10", "1,1e1,x", 1);
	T(".price == \"10\"", "1,\"10\"", 1);
	T(".price == \"1e1\"", "1,1e1", 1);
	T(".price < 9", "1,abc", 0); /* a string is compared as one */
	T(".price == null", "1", 1);
	T(".price == null", "", 1);
	T(".price == \"\"", "1", 1);
	T(".price == null", "1,", 0);
	T(".price == null", "1,\"\"", 0);
	T(".price == \"\"", "1,\"\"", 1);
	T(".price == 0", "1,", 0);
	T(".price + 1 == 1", "1", 1);
	T(".\"unit, price\" == 3", "1,2,3", 1);
	T(".\"a.b\" == 4 && .price == 2", "1,2,3,4", 1);
	T("$2 == 10 && csv(2) == 10 && range(\"f2\") == 10 && $(1+1) == 10", "\"a,b\",\"10\"", 1);
	T("$1 == \"a,b\" && $NF == 10 && NF == 2 && $(NF-1) == $1", "\"a,b\",\"10\"", 1);
	T("$0 == \"1,2\" && length == 3", "1,2", 1);
	T("range(\"w2\") == \"2,3\"", "1 2,3", 1);
	T("NF == 0 && $NF == \"\"", "", 1);
	T("$9 == null", "1,2", 1);
	T("csv(-1) == 2", "1,\"2\"", 1);
	T(".j.k == 5", "1,2,3,4,\"{\"\"k\"\":5}\"", 1);
	T(".j.k == \"5\"", "1,2,3,4,\"{\"\"k\"\":5}\"", 0); /* within JSON by its type */
	T(".j[1] == 123456", "1,2,3,4,\"[\"\"\"\",123456]\"", 1);
	T(".j == \"{}\"", "1,2,3,4,{}", 1);
	T(".j.k == null", "1,2,3,4,text", 1);
	T(".price ~ /^1.$/ && index(.price, \"0\") == 2 && .price in (3, 10)", "1,10", 1);
	T("toupper(.id) == \"A\"", "a,10", 1);
	for (size_t at = 0; at < 150; at++) { /* a quote before, in and after the field, over all edges of masks */
		memset(record, 'x', sizeof record);
		(void)snprintf(record + at, sizeof record - at, ",10");
		T(".price == 10", record, 1);
		record[at] = 'x';
		record[0] = '"';
		if (at > 1)
			record[at - 1] = '"';
		(void)snprintf(record + at, sizeof record - at, ",10,\"");
		T(".price == 10", record, at != 1);
	}
	NO(".prise > 9", ".prise: no such column (the table has id, price, \"unit, price\", \"a.b\", j, j2, j2)");
	NO("$1 == 2 || .a.b == 1", ".a.b: no such column (the table has id, price, \"unit, price\", \"a.b\", j, j2, j2); "
	                           "that column is written .\"a.b\"");
	NO(".j2 == 1", ".j2: two columns have that name (the table has id, price, \"unit, price\", \"a.b\", j, j2, j2)");
	NO("range(\"fs , f2\") == 1", "fs: the table has its separator");
	BY(";", "$2 == 1", "1,2", -2);
	CHECK(strcmp(said, "-F: the table has its separator") == 0);

	make_table("tsv", NULL, "id\tprice\n");
	T(".price == 10 && $2 == 10 && csv(2) == 10 && NF == 3", "1\t10\t", 1);
	T(".price == \"\\\"1\\\"\"", "0\t\"1\"", 1);
	T(".price.a == 1", "0\t{\"a\":1}", 1);
	make_table("lines", "WORDS", "PID CMD\n");
	T(".CMD == \"a  b \" && NF == 2 && $NF == \"a  b \" && $2 == .CMD && .PID == 5", " 5  a  b ", 1);
	T("range(\"w3\") == \"b\" && $3 == null && .PID > 4", "5 a b", 1);
	/* Arrays in a column. */
	make_table("csv", NULL, "id,t\n");
	T(".t[] == \"x\" && $1 == 1", "1,\"[\"\"y\"\",\"\"x\"\"]\"", 1);
	T(".t[].id == 7", "1,\" [{\"\"id\"\":7}]\"", 1);
	T(".t.a[] == 7", "1,\"{\"\"a\"\":[7]}\"", 1);
	T(".t[] == 1", "1,1", 0);
	T(".t[] == 5", "1,\",5\"", 0);
	T(".t[] == 1 || 1", "1", 1);
	NO(".x[] == 1", ".x: no such column (the table has id, t)");
	make_table("lines", "::", "a::b\n");
	T(".b == 2 && NF == 3 && $NF == 3 && $1 == 1", "1::2::3", 1);
	make_table("csv", NULL, "");
	T("$2 == 2 && NF == 2 && csv(1) == 1", "\"1\",2", 1);
	NO(".price == 1", ".price: the table has no names (rec-split -H takes them from the first row)");
	table_drop(table);
	table = table_make(&(struct table_parts){ .framing = "json", .count = 1,
	    .names = &(struct range_view){ "a", 1 } }, &(const char *){ NULL });
	T(".a == 1 && $1 == \"{\\\"a\\\":1}\" && NF == 1", "{\"a\":1}", 1);
	T(".a == null", "1 2", 0);
	NO(".b == 1", ".b: no such column (the table has a)");
	T(".a[] == 2", "{\"a\":[1,2]}", 1);
	BY(",", "$2 == 2", "1,2", 1);
	table_drop(table);
	table = NULL;
}

/* A condition may be bound again, also after a table that it does not go with. */
static void
bound_again(void)
{
	struct buf error = { 0 };
	struct expr e;
	struct table *comma, *semicolon;

	make_table("csv", NULL, "a,b\n");
	comma = table_share(table);
	make_table("csv:;", NULL, "b;c\n");
	semicolon = table_share(table);
	CHECK(expr_compile(&e, ".b == 2 && $1 != \"\"", 19, 0, NULL, &error) == 0 && expr_names(&e));
	CHECK(judge_one(&e, "{\"b\":2}", 7, 0) == 1 && judge_one(&e, "1,2", 3, 0) == 0);
	CHECK(expr_table(&e, comma, &error) == 0 && judge_one(&e, "1,2", 3, 0) == 1 && judge_one(&e, "2;1", 3, 0) == 0);
	CHECK(expr_table(&e, semicolon, &error) == 0 && judge_one(&e, "2;1", 3, 0) == 1);
	make_table("csv", NULL, "a,c\n");
	CHECK(expr_table(&e, table, &error) == -1 && error.len > 0);
	CHECK(judge_one(&e, "{\"b\":2}", 7, 0) == 1 && judge_one(&e, "2;1", 3, 0) == 0);
	CHECK(expr_table(&e, comma, &error) == 0 && judge_one(&e, "1,2", 3, 0) == 1);
	CHECK(expr_table(&e, NULL, &error) == 0 && judge_one(&e, "{\"b\":2}", 7, 0) == 1);
	expr_free(&e);
	CHECK(!expr_names(&e));
	table_drop(comma);
	table_drop(semicolon);
	table_drop(table);
	table = NULL;
	buf_free(&error);
}

static void
functions(void)
{
	IS("length == 3", "abc", 1);
	IS("length() == 3", "abc", 1);
	IS("length($1) == 2", "ab c", 1);
	IS("length ($1) == 2", "ab c", 1);
	IS("length > 2", "abc", 1);
	IS("length == 2", "\303\251a", 1);
	WITH(0, "length == 3", "\303\251a", 1);
	IS("length == 3", "\303a\251", 1); /* not UTF-8: a byte each */
	IS("length == 18", "abcdefgh\303\251ijklmnopq", 1);
	IS("length(12345) == 5", "", 1);
	IS("length(1/4) == 4", "", 1);
	IS("length($9) == 0", "a", 1);
	IS("length + 1 == 4", "abc", 1);
	IS("substr($0, 2) == \"bcd\"", "abcd", 1);
	IS("substr($0, 2, 2) == \"bc\"", "abcd", 1);
	IS("substr($0, 0, 2) == \"ab\"", "abcd", 1); /* a place before the first character is the first, as in gawk */
	IS("substr($0, -1, 3) == \"abc\"", "abcd", 1);
	IS("substr($0, 0.5, 1) == \"a\"", "abcd", 1);
	IS("substr($0, -5) == \"abcd\"", "abcd", 1);
	IS("substr($0, 3, 99) == \"cd\"", "abcd", 1);
	IS("substr($0, 9) == \"\"", "abcd", 1);
	IS("substr($0, 2, 0) == \"\"", "abcd", 1);
	IS("substr($0, 2, -1) == \"\"", "abcd", 1);
	IS("substr($0, 1.7) == \"abcd\"", "abcd", 1); /* fractions are cut off */
	IS("substr($0, 2.5, 1.9) == \"b\"", "abcd", 1);
	IS("substr($0, 2, .9) == \"\"", "abcd", 1);
	IS("substr($0, 1.4) == \"abcd\"", "abcd", 1);
	IS("substr($0, 1, 1.7) == \"a\"", "abcd", 1);
	IS("substr($0, 1e300) == \"\"", "abcd", 1);
	IS("substr($0, -1e300) == \"abcd\"", "abcd", 1);
	IS("substr($0, 1, 1e300) == \"abcd\"", "abcd", 1);
	IS("substr($0, 1e999 - 1e999) == \"abcd\"", "abcd", 1);
	IS("substr($0, 2, 1e999 - 1e999) == \"\"", "abcd", 1);
	IS("substr($0, 2, 1) == \"\303\251\"", "a\303\251b", 1);
	WITH(0, "substr($0, 2, 1) == \"\\303\"", "a\303\251b", 1);
	IS("substr(12345, 2, 3) < 1000", "", 0); /* a string, and so compared */
	IS("substr(12345, 2, 3) == \"234\"", "", 1);
	IS("substr($1 + 0, 2, 3) == \"234\"", "12345", 1);
	IS("substr($1 + 0, 2) substr($1 + 1, 2) == \"23452346\"", "12345", 1);
	IS("index($0, \"c\") == 3", "abcd", 1);
	IS("index($0, \"x\") == 0", "abcd", 1);
	IS("index($0, \"\") == 1", "abcd", 1); /* as in all awks */
	IS("index($0, \"\") == 1 && index($9, $9) == 1", "", 1);
	WITH(EXPR_IGNORE_CASE, "index($0, $9) == 1", "abcd", 1);
	WITH(EXPR_IGNORE_CASE, "index(\"xAbC\", $0) == 2 && index($0, 1) == 0", "aBc", 1);
	WITH(EXPR_IGNORE_CASE | EXPR_UTF8, "index($0, \"B\") == 3", "a\303\251b", 1);
	WITH(EXPR_IGNORE_CASE, "index($1, $2) == 2 && toupper($1) == \"XAB\"", "xAb aB", 1);
	IS("index($0, \"abcde\") == 0", "abcd", 1);
	IS("index($0, \"b\") == 3", "a\303\251b", 1);
	WITH(0, "index($0, \"b\") == 4", "a\303\251b", 1);
	IS("index($0, $1)", "a b", 1);
	IS("index(12345, 34) == 3", "", 1);
	IS("tolower($1) == \"abc1\"", "aBC1", 1);
	IS("toupper($1) == \"ABC1\"", "aBC1", 1);
	IS("toupper($1) == \"A\\303\"", "a\303", 1);
	IS("toupper($1) tolower($1) == \"ABab\"", "aB", 1);
	IS("toupper(substr($1, 2)) == \"BC\"", "abc", 1);
	IS("\"\\a\\b\\f\\n\\r\\t\\v\\\"\\\\\\/\\101\\x41\" == \"\\7\\10\\14\\12\\15\\11\\13\\42\\134\\57AA\"", "", 1);
	IS("$0 == \"a\\0b\"", "a\0b", 1);
	IS("length == 3 && substr($0, 2, 1) == \"\\0\"", "a\0b", 1);
	IS("$0 ~ /a\\nb/", "a\nb", 1);
	IS(" \n 1 \t == 1 \n ", "", 1);
}

static void
refused(void)
{
	REFUSED("", "at the end (byte 1): a value is expected");
	REFUSED("$1 = 3", "at \"= 3\" (byte 4): a comparison is ==");
	REFUSED("($1 = 3)", "at \"= 3)\" (byte 5): a comparison is ==");
	REFUSED("$1 === 3", "at \"=== 3\" (byte 4): a comparison is ==");
	REFUSED("$1 =~ /x/", "at \"=~ /x/\" (byte 4): a match is written ~");
	REFUSED("$1 <> 3", "at \"<> 3\" (byte 4): a comparison is !=");
	REFUSED("$1 += 3", "at \"+= 3\" (byte 4): a comparison is ==");
	REFUSED("$1++", "at \"++\" (byte 3): there are no variables to be counted up or down");
	REFUSED("--$1", "at \"--$1\" (byte 1): there are no variables to be counted up or down");
	REFUSED("$1 ** 2", "at \"** 2\" (byte 4): a power is written ^");
	REFUSED("$1 & 2", "at \"& 2\" (byte 4): & is written &&");
	REFUSED("$1 | 2", "at \"| 2\" (byte 4): | is written ||, and a function takes its value in parentheses: "
	                    "length(.a)");
	REFUSED(".a // 1", "at \"// 1\" (byte 4): another value for one that is missing is coalesce(A, B)");
	REFUSED("/abc/i", "at \"i\" (byte 6): case is ignored by -i, for the whole condition");
	REFUSED(".a == NULL", "at \"NULL\" (byte 7): it is written null");
	REFUSED(".a is null", "at \"is null\" (byte 4): a comparison is ==: E == null");
	REFUSED("$1 > 2 {print}", "at \"{print}\" (byte 8): a condition has no actions: what satisfies it is kept");
	REFUSED("{print}", "at \"{print}\" (byte 1): a condition has no actions: what satisfies it is kept");
	REFUSED("print $1", "at \"print $1\" (byte 1): a condition has no actions: what satisfies it is kept");
	REFUSED("$1 == 'x'", "at \"'x'\" (byte 7): a string is written in double quotes");
	REFUSED("$1 eq \"x\"", "at \"eq \"x\"\" (byte 4): a comparison is ==");
	REFUSED("$1 and $2", "at \"and $2\" (byte 4): and is written &&");
	REFUSED("FNR > 1", "at \"FNR > 1\" (byte 1): the number of a record in its source is NR");
	REFUSED("price > 1", "at \"price > 1\" (byte 1): no such word; a string is \"price\", a column or a "
	                     "member of JSON .price");
	REFUSED("rand() == 2",
	    "at \"rand() == 2\" (byte 1): no such function; rec-expr(7) lists those that there are");
	REFUSED("gensub (/a/, 1)", "at \"gensub (/a/, 1)\" (byte 1): parts of a match, \\1, are put in by the verb rec-map gsub; "
	    "gsub(S, /ERE/, TEXT) has none");
	REFUSED("if($1 > 2, 1, 0)", "at \"if($1 > 2, 1, 0)\" (byte 1): a choice is written CONDITION ? A : B");
	REFUSED("round($1, 2)", "at \"round($1, 2)\" (byte 1): it is written round(N); with two decimals sprintf(\"%.2f\", N)");
	REFUSED("$1 . \"x\"", "at \". \"x\"\" (byte 4): strings are written one after another, without a dot");
	REFUSED("$1 == GET",
	    "at \"GET\" (byte 7): no such word; a string is \"GET\", a column or a member of JSON .GET");
	REFUSED("$x", "at \"$x\" (byte 1): a column has no $: .x");
	REFUSED("1 || $.user.id == 5", "at \"$.user.id == 5\" (byte 6): a column has no $: .user.id");
	REFUSED("$.\"unit price\"==5", "at \"$.\"unit price\"==5\" (byte 1): a column has no $: .\"unit price\"");
	REFUSED("$\"unit price\"", "at \"$\"unit price\"\" (byte 1): a column has no $: .\"unit price\"");
	REFUSED("$\"qty\" > 1", "at \"$\"qty\" > 1\" (byte 1): a column has no $: .qty");
	REFUSED("f4 == 5", "at \"f4 == 5\" (byte 1): field 4 is $4");
	REFUSED("w12 == 5", "at \"w12 == 5\" (byte 1): word 12 is range(\"w12\")");
	REFUSED("f4x", "at \"f4x\" (byte 1): no such word; a string is \"f4x\", a column or a member of JSON .f4x");
	REFUSED("1 || .3 == 5",
	    "at \".3 == 5\" (byte 6): a number; a column whose name begins with a digit is .\"3\", column 3 $3");
	REFUSED(".unit price > 2", "at \"price > 2\" (byte 7): no such word; a string is \"price\", a column or a member "
	                           "of JSON .price or .\"unit price\"");
	REFUSED(".eol-lts > 0", "at \"lts > 0\" (byte 6): no such word; a string is \"lts\", a column or a member of JSON "
	                        ".lts or .\"eol-lts\"");
	REFUSED(".eol - lts > 0",
	    "at \"lts > 0\" (byte 8): no such word; a string is \"lts\", a column or a member of JSON .lts");
	REFUSED(".Use% > 10", "at \"> 10\" (byte 7): a value is expected, such as $1, 5, \"text\", /ere/ or .member; "
	                      "a column is .\"Use%\"");
	REFUSED(".a#b > 1", "at \"#b > 1\" (byte 3): an operator is expected, or the end; a column is .\"a#b\"");
	REFUSED(" > 4", "at \"> 4\" (byte 2): a value is expected, such as $1, 5, \"text\", /ere/ or .member; "
	                "in double quotes the shell takes $3 away: write '$3 > 4'");
	REFUSED("$-1",
	    "at \"$-1\" (byte 1): fields are counted from 1; the last one is $NF, the one before it $(NF-1)");
	REFUSED("$(-1)",
	    "at \"$(-1)\" (byte 1): fields are counted from 1; the last one is $NF, the one before it $(NF-1)");
	REFUSED("$99999999999", "at \"$99999999999\" (byte 1): no record has that many fields");
	REFUSED("$", "at the end (byte 2): a value is expected");
	REFUSED("$/x/", "at \"$/x/\" (byte 1): the number of a field is expected after $");
	REFUSED("!$1 ~ /x/", "at \"~ /x/\" (byte 5): awks do not agree on ! before ~: write !(A ~ B), or (!A) ~ B");
	REFUSED("!$1 == 2", "at \"== 2\" (byte 5): awks do not agree on ! before ==: write !(A == B), or (!A) == B");
	REFUSED("$2 && !$1 in (1)",
	    "at \"in (1)\" (byte 11): awks do not agree on ! before in: write !(A in B), or (!A) in B");
	REFUSED("1 < 2 < 3", "at \"< 3\" (byte 7): comparisons do not chain: A < B && B < C");
	REFUSED("$1 ~ /a/ ~ /b/", "at \"~ /b/\" (byte 10): matches do not chain: A ~ /B/ && A ~ /C/");
	REFUSED("$1 ~ $2",
	    "at \"$2\" (byte 6): a regular expression is written in the condition itself, as /ERE/ or \"ERE\"");
	REFUSED("$1 ~ /a", "at \"/a\" (byte 6): the regular expression is not closed by a slash");
	REFUSED("$1 ~ /a(/",
	    "at \"/a(/\" (byte 6): within the regular expression at \"(\" (byte 2): no ) closes the parenthesis");
	REFUSED("$1 == \"a", "at \"\"a\" (byte 7): the string is not closed by a quote");
	REFUSED("\"a\\q\"", "at \"\\q\"\" (byte 3): no escape of a string; a backslash itself is \\\\");
	REFUSED("\"\\x4\"", "at \"\\x4\"\" (byte 2): two hexadecimal digits are expected after \\x");
	REFUSED("(1", "at \"(1\" (byte 1): no parenthesis closes this one");
	REFUSED("1)", "at \")\" (byte 2): a parenthesis is closed that is not open");
	REFUSED("(1 2", "at \"(1 2\" (byte 1): no parenthesis closes this one");
	REFUSED("()", "at \")\" (byte 2): a value is expected, such as $1, 5, \"text\", /ere/ or .member");
	REFUSED("1 ? 2", "at the end (byte 6): a colon is expected: a condition ? one value : the other");
	REFUSED("1 +", "at the end (byte 4): a value is expected");
	REFUSED("&& 1", "at \"&& 1\" (byte 1): a value is expected, such as $1, 5, \"text\", /ere/ or .member");
	REFUSED("== 1", "at \"== 1\" (byte 1): a comparison is ==, a match ~");
	REFUSED("1, 2", "at \", 2\" (byte 2): an operator is expected, or the end");
	REFUSED("10k", "at \"10k\" (byte 1): a number cannot be followed by a letter");
	REFUSED("0x1F", "at \"0x1F\" (byte 1): a number cannot be followed by a letter");
	REFUSED("$1 in 5", "at \"5\" (byte 7): a list is expected after in: $1 in (\"a\", \"b\")");
	REFUSED("$1 in (5", "at the end (byte 9): a comma or the parenthesis that closes the list is expected");
	REFUSED("$1 in ()", "at \")\" (byte 8): a value is expected, such as $1, 5, \"text\", /ere/ or .member");
	REFUSED("null", "at \"null\" (byte 1): null goes only with == and !=");
	REFUSED("null < 1", "at \"< 1\" (byte 6): null goes only with == and !=");
	REFUSED("null + 1", "at the end (byte 9): null goes only with == and !=");
	REFUSED("substr($1)", "at \"substr($1)\" (byte 1): it is written substr(S, FROM), substr(S, FROM, COUNT)");
	REFUSED("index $1", "at \"$1\" (byte 7): a parenthesis is expected: index(S, TEXT)");
	REFUSED("substr($1, 2", "at the end (byte 13): a comma or the parenthesis that closes substr is expected");
	REFUSED("toupper()", "at \"toupper()\" (byte 1): it is written toupper(S)");
	REFUSED("csv", "at the end (byte 4): a parenthesis is expected: csv(3), range(\"w3\")");
	REFUSED("csv()", "at \")\" (byte 5): the number of a column is expected: csv(3)");
	REFUSED("csv(.price)", "at \"csv(.price)\" (byte 1): a column is named by a dot: .price, and rec-split -f csv "
			       "-H takes the names from the first row");
	REFUSED("csv(price) > 9", "at \"csv(price) > 9\" (byte 1): a column is named by a dot: .price, and rec-split -f csv "
	                          "-H takes the names from the first row");
	REFUSED("csv( price )", "at \"csv( price )\" (byte 1): a column is named by a dot: .price, and rec-split -f csv "
	                        "-H takes the names from the first row");
	REFUSED("csv(\"a \\\"b\")", "at \"csv(\"a \\\"b\")\" (byte 1): a column is named by a dot: .\"a \\\"b\", and rec-split "
	                          "-f csv -H takes the names from the first row");
	REFUSED("csv(\"3\")", "at \"csv(\"3\")\" (byte 1): a column is named by a dot: .\"3\", and rec-split -f csv -H "
	                      "takes the names from the first row");
	REFUSED("csv(\"\")", "at \"csv(\"\")\" (byte 1): a column is named by a dot: .\"\", and rec-split -f csv -H "
	                     "takes the names from the first row");
	REFUSED("range(\"csv price\") == 1", "at \"range(\"csv price\") =\" (byte 1): csv price: a column is named by a "
	                                     "dot: .price, and rec-split -f csv -H takes the names from the first row");
	REFUSED("csv(3", "at the end (byte 6): csv is not closed by a parenthesis");
	REFUSED("csv(0)", "at \"csv(0)\" (byte 1): 0: columns, words and fields are counted from 1");
	REFUSED("range(w3)", "at \"w3)\" (byte 7): a range is written in quotes: range(\"w3\")");
	REFUSED("range(\"w3", "at \"\"w3\" (byte 7): the string is not closed by a quote");
	REFUSED("range(\"x3\")",
	    "at \"range(\"x3\")\" (byte 1): x3: not a part of a record such as 1-8, w2, f3 or csv 4; a column is .x3");
	REFUSED("range(\"w1 w2\")", "at \"range(\"w1 w2\")\" (byte 1): one part of the record is expected, not 2");
	REFUSED(".",
	    "at \".\" (byte 1): the name of a member is expected after the dot, such as .user.id or .\"odd name\"");
	REFUSED(".\"a", "at \".\"a\" (byte 1): the name of the member is not closed by a quote");
	REFUSED(".\"a\\\"", "at \".\"a\\\"\" (byte 1): the name of the member is not closed by a quote");
	REFUSED(".\"\\q\"",
	    "at \".\"\\q\"\" (byte 1): .\"\\q\": a backslash in a name begins an escape of JSON; itself it is \\\\");
	REFUSED(".a[x]", "at \".a[x]\" (byte 1): .a[x]: an element of an array is written [0], the last one [-1]");
	REFUSED("$1 == \"a\" # b", "at \"# b\" (byte 11): an operator is expected, or the end");
	REFUSED("\303\251 == 1",
	    "at \"\303\251 == 1\" (byte 1): a value is expected, such as $1, 5, \"text\", /ere/ or .member");
	REFUSED("1 \303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251x",
	    "at \"\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\303\251\" (byte 3): an "
	    "operator is expected, or the end");
}

/*
 * Compiles `before`, then `repeated` that many times, then `after`. Returns what expr_compile
 * returns.
 */
static int
compiles(const char *before, const char *repeated, size_t times, const char *after, struct buf *error)
{
	struct buf text = { 0 };
	struct expr e;
	int result;

	CHECK(buf_adds(&text, before) == 0);
	for (size_t i = 0; i < times; i++)
		CHECK(buf_adds(&text, repeated) == 0);
	CHECK(buf_adds(&text, after) == 0);
	error->len = 0;
	result = expr_compile(&e, text.data, text.len, 0, NULL, error);
	if (result == 0) {
		(void)judge_one(&e, "1 2 3", 5, 0);
		CHECK(!e.failed);
		expr_free(&e);
	} else {
		CHECK(buf_terminate(error) == 0);
	}
	buf_free(&text);
	return result;
}

static void
limits(void)
{
	static const char *const nested[][3] = { { "", "(", "" }, { "", "!", "" }, { "", "- ", "1" }, { "", "$", "1" },
		{ "1", "^1", "" }, { "", "1 ? 1 : ", "1" }, { "", "1 in (", "" }, { "", "length(", "" },
		{ "", "1 - (", "" } };
	struct buf error = { 0 };

	for (size_t i = 0; i < sizeof nested / sizeof nested[0]; i++) {
		CHECK(compiles(nested[i][0], nested[i][1], 3000, nested[i][2], &error) == -1);
		CHECK(strstr(error.data, "nested deeper than 500") != NULL);
	}
	CHECK(compiles("", "- ", 400, "1", &error) == 0);
	CHECK(compiles("1", " + 1", 900, "", &error) == 0);
	CHECK(compiles("$1", " + 1", 900, "", &error) == 0);
	CHECK(compiles("$1", " + 1", 1100, "", &error) == -1 && strstr(error.data, "more than 1000 operators") != NULL);
	/* Operators with any number of operands count as one. */
	CHECK(compiles("$1", " || $1", 4000, "", &error) == 0);
	CHECK(compiles("$1", " && $2", 4000, "", &error) == 0);
	CHECK(compiles("$1", " $2", 4000, "", &error) == 0);
	CHECK(compiles("$1 in (1", ", 1", 8000, ")", &error) == 0);
	CHECK(compiles("1", " || /x/", 99, "", &error) == 0);
	CHECK(compiles("1", " || /x/", 101, "", &error) == -1 &&
	      strstr(error.data, "more than 100 regular expressions") != NULL);
	CHECK(compiles("1", " ", EXPR_TEXT_MAX - 1, "", &error) == 0);
	CHECK(compiles("1", " ", EXPR_TEXT_MAX, "", &error) == -1 &&
	      strcmp(error.data, "the condition has 32769 bytes; at most 32768 are allowed") == 0);
	buf_free(&error);
}

/* Returns the letters of those comparisons that hold, in the order <, <=, ==, !=, >=, >. */
static const char *
outcomes(const char *left, const char *right, const char *record)
{
	static const char *const operators[] = { "<", "<=", "==", "!=", ">=", ">" };
	static char result[8];
	size_t n = 0;

	for (size_t i = 0; i < 6; i++) {
		char condition[256];

		(void)snprintf(condition, sizeof condition, "%s %s %s", left, operators[i], right);
		if (judge_bytes(condition, EXPR_UTF8, NULL, record, strlen(record)) == 1)
			result[n++] = "<l=!g>"[i];
	}
	result[n] = '\0';
	return result;
}

/*
 * Compares every type of value with every other one: as members of a record, and as a constant and
 * a member, both ways round.
 */
static void
types(void)
{
	static const struct {
		const char *json, *constant; /* as it is written in a record and in a condition; NULL: it has none */
		int type, rank;              /* 0 nothing, 1 number, 2 string, 3 true or false, 4 object or array */
	} values[] = { { "null", NULL, 0, 0 }, { NULL, NULL, 0, 0 }, { "-1", "-1", 1, 1 }, { "0", "0", 1, 2 },
		{ "10", "10", 1, 3 }, { "1297353019288453121", "1297353019288453121", 1, 4 },
		{ "1297353019288453122", "1297353019288453122", 1, 5 }, { "\"\"", "\"\"", 2, 1 },
		{ "\"0\"", "\"0\"", 2, 2 }, { "\"10\"", "\"10\"", 2, 3 }, { "\"9\"", "\"9\"", 2, 4 },
		{ "\"true\"", "\"true\"", 2, 5 }, { "true", "true", 3, 1 }, { "false", "false", 3, 2 },
		{ "{}", NULL, 4, 1 }, { "[1]", NULL, 4, 2 } };
	size_t count = sizeof values / sizeof values[0], compared = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			int a = values[i].type, b = values[k].type, ra = values[i].rank, rb = values[k].rank;
			const char *want, *got;
			char record[128];
			int n = snprintf(record, sizeof record, "{");

			if (a > 2 || b > 2)
				want = a == b && ra == rb ? "=" : "!";
			else if (a != b)
				want = a == 0 ? "<l!" : b == 0 ? "!g>" : "!";
			else
				want = ra == rb ? "l=g" : ra < rb ? "<l!" : "!g>";
			if (values[i].json != NULL)
				n += snprintf(record + n, sizeof record - (size_t)n, "\"a\":%s,", values[i].json);
			if (values[k].json != NULL)
				n += snprintf(record + n, sizeof record - (size_t)n, "\"b\":%s,", values[k].json);
			(void)snprintf(record + n, sizeof record - (size_t)n, "\"z\":0}");
			for (int way = 0; way < 3; way++) {
				if ((way == 1 && values[k].constant == NULL) ||
				    (way == 2 && values[i].constant == NULL))
					continue;
				got = outcomes(way == 2 ? values[i].constant : ".a",
				    way == 1 ? values[k].constant : ".b", record);
				if (strcmp(got, want) != 0)
					printf("way %d of %s: %s, not %s\n", way, record, got, want);
				CHECK(strcmp(got, want) == 0);
				compared++;
			}
		}
	CHECK(compared == 16 * 16 + 2 * 16 * 12);
}

/* Members and fields compared with each other, missing members, and several members of one name. */
static void
members(void)
{
	IS(".exit_code == 0", "{\"a\":1}", 0);
	IS(".exit_code != 0", "{\"a\":1}", 1);
	IS(".exit_code in (0, \"\")", "{\"a\":1}", 0);
	IS(".exit_code == \"\"", "{\"a\":1}", 0);
	IS(".exit_code + 0 == 0 && .exit_code \"\" == \"\" && length(.exit_code) == 0", "{\"a\":1}", 1);
	IS(".a == .b", "{\"a\":0}", 0);
	IS(".a == .b", "{\"a\":null}", 1);
	IS(".a[0] == null && .a.b == null", "{\"a\":5}", 1);
	IS(".n + 1 == 6 && .n \"\" == \"5\"", "{\"n\":\"5\"}", 1);
	/* A field is a number to a number, and else a string. */
	IS(".a == range(\"7-7\")", "{\"a\": 7}", 1);
	IS(".a == range(\"8-8\")", "{\"a\": \"7\"}", 1);
	IS(".a == range(\"7-9\")", "{\"a\": [7]}", 0);
	IS(".a == $9 && $9 == .a", "{\"a\":null}", 1);
	IS(".a == $9 || .a < $9", "{\"a\":\"\"}", 0);
	IS(".a > $9", "{\"a\":\"\"}", 1);
	IS(".a == toupper(.b)", "{\"a\":\"X\",\"b\":\"x\"}", 1);
	IS("(.a == 5 ? .b : .c) == true", "{\"a\":5,\"b\":true}", 1);
	WITH(EXPR_IGNORE_CASE, ".a == \"X\" && .a == .b", "{\"a\":\"x\",\"b\":\"X\"}", 1);
	WITH(EXPR_IGNORE_CASE, ".a == .b", "{\"a\":[\"x\"],\"b\":[\"X\"]}", 0);

	/* The last one of several members of one name counts. */
	IS(".a == 2", "{\"a\":1,\"a\":2}", 1);
	IS(".a == 1", "{\"a\":1,\"a\":2}", 0);
	IS(".a == 3", "{\"a\":1,\"b\":{\"a\":9},\"a\":2,\"c\":[],\"a\" : 3 , \"d\":\"\\\"a\\\":4\"}", 1);
	IS(".a == 1", "{\"a\":1,\"b\":{\"a\":9}}", 1);
	IS(".a == null", "{\"a\":1,\"a\":null}", 1);
	IS(".a == 2", "{\"a\":1,\"\\u0061\":2}", 1);
	IS(".ab == 2", "{\"ab\":1,\"a long other member here\":\"x\",\"a\\u0062\":2}", 1);
	IS(".a.b == null && .a.c == 2", "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", 1);
	IS(".a.b == 3", "{\"a\":{\"b\":1,\"b\":3},\"b\":5}", 1);
	IS(".\"a/b\" == 2", "{\"a/b\":1,\"a\\/b\":2}", 1);
	IS(".\"a\\\"\" == 2", "{\"a\\\"\":1,\"x\":\"y\",\"a\\u0022\":2}", 1);
	IS(".\"\" == 2", "{\"\":1,\"\":2}", 1);
	for (size_t gap = 0; gap < 50; gap++) {
		char record[128];

		(void)snprintf(record, sizeof record, "{\"ab\":1,\"%.*s\":0,\"ab\":2}", (int)gap,
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		CHECK(judge_bytes(".ab == 2", 0, NULL, record, strlen(record)) == 1);
		(void)snprintf(record, sizeof record, "{\"ab\":1,\"%.*s\":0}", (int)gap,
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		CHECK(judge_bytes(".ab == 1", 0, NULL, record, strlen(record)) == 1);
	}

	/* A record that is not a JSON text satisfies no condition with a member of JSON. */
	static const char *const wrong[] = { "", " ", "x", "{\"a\":1", "{\"a\":1}}", "{\"a\":1} 2", "{\"a\":1,}",
		"{\"a\":01}", "{\"a\":1,\"b\":tru}", "{\"a\":1,\"b\":\"\t\"}", "{\"a\":1,\"b\":\"\\x\"}",
		"{\"a\":1,\"b\":[}", "{\"a\":1 \"b\":2}", "{'a':1}", "{a:1}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}",
		"{\"a\":1e}", "{\"a\":NaN}", "[1", "\"a" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		static const char *const conditions[] = { ".a == 1", "!(.a == 1)", ".a != 1", ".a == null",
			".a != null", "1 || .a == 1", ".a == 1 || 1", "!(.a == 1 && .a == 2)", ".a ~ /1/ || 1",
			"length(.a) >= 0", "1 ? 1 : .a", "range(\".a\") != \"x\"", "!.[0].b" };

		for (size_t k = 0; k < sizeof conditions / sizeof conditions[0]; k++)
			row(__LINE__, conditions[k], 0, NULL, wrong[i], strlen(wrong[i]), 0);
	}
	IS("$1 != \"x\" && range(\"substr .a of w1\") == null", "no json", 1); /* not the record's member */
	/*
	 * A string may have any bytes, and white space may be around values; a byte order mark is
	 * not part of the text.
	 */
	IS(".a == 1", "{\"a\":1,\"b\":\"\377\303\"}", 1);
	IS(".a == \"\\377\"", " {\"a\":\"\377\"}\r\n", 1);
	IS(".a == 1 && .b == null", "\357\273\277{\"a\":1}", 1);
	IS("csv(1) == 1 && csv(2) == \"b\"", "\357\273\2771,b", 1);
	IS("csv(1) == \"a,\\\"b\"", "\357\273\277\"a,\"\"b\",c", 1);
	IS("csv(1) == \"\" && csv(1) != null", "\357\273\277,b", 1);
	IS("csv(1) == null", "\357\273\277", 1);
	IS("$1 == 1", "\357\273\2771", 0); /* a word is bytes */
	/* Values of any depth. */
	for (size_t depth = 1; depth < 200; depth++) {
		struct buf deep = { 0 };

		CHECK(buf_adds(&deep, "{\"a\":1,\"b\":") == 0);
		for (size_t i = 0; i < depth; i++)
			CHECK(buf_adds(&deep, i % 3 == 1 ? "{\"x\":" : "[") == 0);
		CHECK(buf_adds(&deep, "null") == 0);
		for (size_t i = depth; i-- > 0;)
			CHECK(buf_addc(&deep, i % 3 == 1 ? '}' : ']') == 0);
		CHECK(buf_addc(&deep, '}') == 0);
		CHECK(judge_bytes(".a == 1", 0, NULL, deep.data, deep.len) == 1);
		deep.data[deep.len - 1 - depth / 2] ^= ']' ^ '}';
		CHECK(judge_bytes(".a == 1", 0, NULL, deep.data, deep.len) == 0);
		buf_free(&deep);
	}
}

/* Integers are compared by their digits. */
static void
integers(void)
{
	static const char *const ordered[] = { "-100000000000000000000000000000001",
		"-100000000000000000000000000000000", "-9223372036854775809", "-9223372036854775808",
		"-1297353019288453122", "-1297353019288453121", "-9007199254740993", "-9007199254740992", "-1", "0",
		"1", "9007199254740992", "9007199254740993", "9007199254740994", "1297353019288453121",
		"1297353019288453122", "9223372036854775807", "9223372036854775808", "9223372036854775809",
		"18446744073709551616", "99999999999999999999", "100000000000000000000", "100000000000000000001" };
	size_t count = sizeof ordered / sizeof ordered[0];
	char record[2000], digits[320];

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			const char *want = i < k ? "<l!" : i > k ? "!g>" : "l=g";

			(void)snprintf(record, sizeof record, "%s %s", ordered[i], ordered[k]);
			CHECK(strcmp(outcomes("$1", "$2", record), want) == 0);
			CHECK(strcmp(outcomes("$1", ordered[k], record), want) == 0);
			CHECK(strcmp(outcomes(ordered[i], "$2", record), want) == 0);
			CHECK(strcmp(outcomes(ordered[i], ordered[k], record), want) == 0);
			(void)snprintf(record, sizeof record, "{\"a\":%s,\"b\":%s}", ordered[i], ordered[k]);
			CHECK(strcmp(outcomes(".a", ".b", record), want) == 0);
			CHECK(strcmp(outcomes(".a", ordered[k], record), want) == 0);
			CHECK(strcmp(outcomes(ordered[i], ".b", record), want) == 0);
		}
	IS("$1 in (1297353019288453121, 5)", "1297353019288453122", 0);
	IS("$1 in (5, 1297353019288453122)", "1297353019288453122", 1);
	IS(".a in (1297353019288453121)", "{\"a\":1297353019288453122}", 0);
	IS(".a in (-1297353019288453122)", "{\"a\":-1297353019288453122}", 1);
	IS(".a in (-1297353019288453121)", "{\"a\":-1297353019288453122}", 0);
	IS("$1 == 1297353019288453121", "+0001297353019288453121", 1);
	IS("$0 == 1297353019288453121", " 1297353019288453121 ", 1);
	IS("$1 == +001297353019288453121", "1297353019288453121", 1);
	IS("$1 == - -1297353019288453121", "1297353019288453121", 1);
	IS("$1 == -(1297353019288453121)", "-1297353019288453122", 0);
	IS("(1 ? 1297353019288453121 : 0) == $1", "1297353019288453122", 0);
	/* A number that is worked out, or not written as an integer, is a double. */
	IS("$1 == $2", "1297353019288453121 1297353019288453121.0", 1);
	IS("$1 == $2", "1297353019288453122 1297353019288453121.0", 1);
	IS("$1 == $2 + 0", "1297353019288453122 1297353019288453121", 1);
	IS("$1 == $2", "9007199254740993 9007199254740992e0", 1);
	IS("$1 == $2", "9007199254740994 9007199254740992e0", 0);

	/* As strings. */
	IS("2^63 \"\" == \"9223372036854775808\"", "", 1);
	IS("-2^63 \"\" == \"-9223372036854775808\"", "", 1);
	IS("2^70 \"\" == \"1180591620717411303424\"", "", 1);
	IS("-(2^64) \"\" == \"-18446744073709551616\"", "", 1);
	IS("$1 * 2 \"\" == \"18446744073709551616\"", "9223372036854775808", 1);
	IS("1297353019288453121 \"\" == \"1297353019288453121\"", "", 1);
	IS("-00099999999999999999999 \"\" == \"-99999999999999999999\"", "", 1);
	IS("$1 \"\" == \"0001297353019288453121\"", "0001297353019288453121", 1);
	IS(".a \"\" == \"1297353019288453121\"", "{\"a\":1297353019288453121}", 1);
	IS("length(10^30) == 31 && substr(2^63 + 0 * $1, 16) == \"5808\"", "1", 1);
	IS("$1 ~ 12973530192884531210", "x12973530192884531210", 1);
	IS("1e999 \"\" == \"inf\" && -1e999 \"\" == \"-inf\"", "", 1);
	(void)snprintf(digits, sizeof digits, "%.0f", 1.7976931348623157e308);
	(void)snprintf(record, sizeof record,
	    "1.7976931348623157e308 \"\" == \"%s\" && (-1) * 1.7976931348623157e308 $1 == \"-%sx\"", digits, digits);
	CHECK(judge_bytes(record, 0, NULL, "x", 1) == 1);

	/* A position has all its digits. */
	{
		static const char condition[] = "POS == 9223372036854775809 && POS \"\" == \"9223372036854775809\"";
		struct expr e;
		struct buf error = { 0 };

		CHECK(expr_compile(&e, condition, sizeof condition - 1, 0, NULL, &error) == 0);
		CHECK(judge_one(&e, "", 0, UINT64_C(9223372036854775809)) == 1);
		CHECK(judge_one(&e, "", 0, UINT64_C(9223372036854775808)) == 0);
		expr_free(&e);
		buf_free(&error);
	}
}

/* What a condition has made for one record means nothing for the next one. */
static void
one_after_another(void)
{
	static const char *const conditions[] = { "($1 > 3) ($2 > 3) == \"11\"", "($1 == \"x\") ($2 != 5) == \"01\"",
		"($1 + 1) ($1 > 3) == \"41\"", "length($1 + $2) == 1 && ($1 < 5) \"\" == \"1\"",
		"substr($1 * 2, 1) == 6", "toupper($1) tolower($2) == \"X5\"", "index($1, 3) || ($2 ~ 5) \"\" == \"1\"",
		"(POS > 3) \"\" == \"0\"", "-$1 \"\" == \"-3\"", "($1 ? $2 : 7) \"\" == \"7\"",
		"(.a == 5) \"\" == \"1\"", "($1 in (3, \"x\")) \"\" == \"1\"",
		"length(99999999999999999999 + $1) > 2 && (99999999999999999999 \"\") ($1 > 3) == \"999999999999999999991\"" };
	static const char *const records[] = { "3 5", "1e 9a", "4 4", "0 0", "x 5", "", "1e 9a", "3", "{\"a\":5}",
		"5x 100", "{\"a\":6}", "-1 7" };

	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		struct buf error = { 0 };
		struct expr e;

		CHECK(expr_compile(&e, conditions[i], strlen(conditions[i]), 0, NULL, &error) == 0);
		for (size_t k = 0; k < 200; k++) {
			const char *record = records[k < 12 ? k : unit_random(12)];
			int got = judge_one(&e, record, strlen(record), 41),
			    want = judge_bytes(conditions[i], 0, NULL, record, strlen(record));

			if (got != want)
				printf("%s of \"%s\" is %d after others, %d alone\n", conditions[i], record, got, want);
			CHECK(got == want);
		}
		expr_free(&e);
		buf_free(&error);
	}
}

/* Numbers of random digits against strtod, as a field and as a JSON value: the same doubles. */
static void
random_numbers(void)
{
	for (int i = 0; i < 20000; i++) {
		char text[80], record[200], condition[64];
		size_t n = 0, digits = 1 + unit_random(i % 3 == 0 ? 40 : 9), point = unit_random(2 * digits);
		struct expr e;
		struct buf error = { 0 };
		double want;

		if (unit_random(3) == 0)
			text[n++] = '-';
		for (size_t k = 0; k < digits; k++) {
			if (k == point && k > 0)
				text[n++] = '.';
			text[n++] = (char)(k == 0 ? '1' + unit_random(9) : '0' + unit_random(10)); /* no leading zero */
		}
		if (unit_random(3) == 0)
			n += (size_t)snprintf(text + n, sizeof text - n, "e%d", (int)unit_random(640) - 330);
		text[n] = '\0';
		want = strtod(text, NULL);
		/*
		 * The number is written so that no digit is lost, and read by the same function,
		 * which must agree with itself and with strtod.
		 */
		(void)snprintf(condition, sizeof condition, "$1 == %.17e", want);
		if (want > 1e308 || want < -1e308 || (want < 1e-300 && want > -1e-300))
			continue;
		(void)snprintf(record, sizeof record, "{\"a\":%s}", text);
		CHECK(expr_compile(&e, condition, strlen(condition), 0, NULL, &error) == 0);
		CHECK(judge_one(&e, text, n, 0) == 1);
		expr_free(&e);
		(void)snprintf(condition, sizeof condition, ".a == %.17e", want);
		CHECK(expr_compile(&e, condition, strlen(condition), 0, NULL, &error) == 0);
		CHECK(judge_one(&e, record, strlen(record), 0) == 1);
		expr_free(&e);
		buf_free(&error);
	}
}

/*
 * A number just above the middle of two doubles, with more digits than decide how it is rounded: of
 * those after these, only the last one is not 0.
 */
static void
long_numbers(void)
{
	struct buf record = { 0 };
	struct expr e;
	struct buf error = { 0 };

	CHECK(buf_adds(&record, "9007199254740993.") == 0);
	for (int i = 0; i < 2000; i++)
		CHECK(buf_addc(&record, '0') == 0);
	CHECK(expr_compile(&e, "$1 == 9007199254740992", 22, 0, NULL, &error) == 0);
	CHECK(judge_one(&e, record.data, record.len, 0) == 1);
	CHECK(buf_addc(&record, '1') == 0);
	CHECK(judge_one(&e, record.data, record.len, 0) == 0);
	expr_free(&e);
	CHECK(expr_compile(&e, "$1 == 9007199254740994", 22, 0, NULL, &error) == 0);
	CHECK(judge_one(&e, record.data, record.len, 0) == 1);
	expr_free(&e);
	/* Many zeros, which the exponent makes up for. */
	record.len = 0;
	CHECK(buf_adds(&record, "0.") == 0);
	for (int i = 0; i < 2000; i++)
		CHECK(buf_addc(&record, '0') == 0);
	CHECK(buf_adds(&record, "25e2001") == 0);
	CHECK(expr_compile(&e, "$1 == 2.5", 9, 0, NULL, &error) == 0);
	CHECK(judge_one(&e, record.data, record.len, 0) == 1);
	record.len = 1;
	record.data[0] = '1';
	for (int i = 0; i < 2000; i++)
		CHECK(buf_addc(&record, '0') == 0);
	CHECK(buf_adds(&record, "e-2000") == 0);
	expr_free(&e);
	CHECK(expr_compile(&e, "$1 == 1", 7, 0, NULL, &error) == 0);
	CHECK(judge_one(&e, record.data, record.len, 0) == 1);
	expr_free(&e);
	buf_free(&record);
	buf_free(&error);
}

/* This would take hours if the cost were the product of the two lengths. */
static void
long_texts(void)
{
	enum { LONG = 8 << 20 };
	char *data = malloc(LONG * 2);

	CHECK(data != NULL);
	memset(data, 'a', LONG * 2);
	data[LONG] = ' ';
	data[LONG * 2 - 1 - LONG / 2] = 'b';
	CHECK(judge_bytes("index($1, $2) == 0", EXPR_IGNORE_CASE, NULL, data, LONG * 2 - LONG / 2) == 1);
	CHECK(judge_bytes("index($1, $2) == 0", 0, NULL, data, LONG * 2 - LONG / 2) == 1);
	free(data);
}

int
main(void)
{
	CHECK(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
	numbers_and_strings();
	operators();
	matches();
	parts();
	tables();
	bound_again();
	functions();
	IS("toupper($1) == \"\303\211A\"", "\303\251a", 1);
	WITH(0, "toupper($1) == \"\303\251A\"", "\303\251a", 1);
	types();
	members();
	integers();
	one_after_another();
	refused();
	limits();
	random_numbers();
	long_numbers();
	long_texts();
	return unit_end("expr");
}
