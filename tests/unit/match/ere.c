/*
 * ere by tables: an expression, data, and the beginning and end of the leftmost-longest match, from
 * the text of XBD chapter 9 (the numbers are its sections); what is refused, and with which words;
 * literals; large, hostile and slow expressions.
 */

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/ere_pieces.h"
#include "base/buf.h"
#include "match/ere.h"
#include "match/ere_program.h"
#include "unit/unit.h"

enum { NONE = -1 };

struct row {
	const char *pattern;
	size_t pattern_len;
	const char *data;
	size_t len;
	int start, end;
};

#define TEXT(s) s, sizeof s - 1

/* 9.4.1, 9.4.2: characters that match themselves; the leftmost match */
static const struct row ordinary[] = {
	{ TEXT("a"), TEXT("a"), 0, 1 },
	{ TEXT("a"), TEXT("b"), NONE, NONE },
	{ TEXT("a"), TEXT("bab"), 1, 2 },
	{ TEXT("abc"), TEXT("abc"), 0, 3 },
	{ TEXT("abc"), TEXT("xabcx"), 1, 4 },
	{ TEXT("abc"), TEXT("ab"), NONE, NONE },
	{ TEXT("abc"), TEXT("abdabc"), 3, 6 },
	{ TEXT(""), TEXT("abc"), 0, 0 },
	{ TEXT(""), TEXT(""), 0, 0 },
	{ TEXT("a"), TEXT(""), NONE, NONE },
	{ TEXT("}"), TEXT("}"), 0, 1 },
	{ TEXT("a}"), TEXT("a}"), 0, 2 },
	{ TEXT("]"), TEXT("]"), 0, 1 },
	{ TEXT("a]"), TEXT("xa]"), 1, 3 },
	{ TEXT(")"), TEXT(")"), 0, 1 },
	{ TEXT("a)"), TEXT("a)"), 0, 2 },
	{ TEXT("-"), TEXT("a-b"), 1, 2 },
	{ TEXT("/"), TEXT("a/b"), 1, 2 },
	{ TEXT(","), TEXT("a,b"), 1, 2 },
	{ TEXT("="), TEXT("="), 0, 1 },
	{ TEXT("A"), TEXT("a"), NONE, NONE },
	{ TEXT("aa"), TEXT("aaa"), 0, 2 },
	{ TEXT("ab"), TEXT("aab"), 1, 3 },
	{ TEXT("\n" ""), TEXT("a\n" "b"), 1, 2 },
	{ TEXT("\0" ""), TEXT("a\0" "b"), 1, 2 },
	{ TEXT("a\0" "b"), TEXT("xa\0" "b"), 1, 4 },
	{ TEXT("a\n" "b"), TEXT("a\n" "b"), 0, 3 },
	{ TEXT("\0" "\0" ""), TEXT("\0" "a\0" "\0" ""), 2, 4 },
	{ TEXT("x y"), TEXT("x y"), 0, 3 },
	{ TEXT("\t" ""), TEXT("a\t" ""), 1, 2 },
};

/* 9.4.3: special characters after a backslash */
static const struct row escapes[] = {
	{ TEXT("\\."), TEXT("a.b"), 1, 2 },
	{ TEXT("\\."), TEXT("ab"), NONE, NONE },
	{ TEXT("\\["), TEXT("["), 0, 1 },
	{ TEXT("\\]"), TEXT("]"), 0, 1 },
	{ TEXT("\\*"), TEXT("a*"), 1, 2 },
	{ TEXT("\\^"), TEXT("a^"), 1, 2 },
	{ TEXT("\\$"), TEXT("a$"), 1, 2 },
	{ TEXT("\\+"), TEXT("+"), 0, 1 },
	{ TEXT("\\?"), TEXT("?"), 0, 1 },
	{ TEXT("\\|"), TEXT("a|b"), 1, 2 },
	{ TEXT("\\("), TEXT("("), 0, 1 },
	{ TEXT("\\)"), TEXT(")"), 0, 1 },
	{ TEXT("\\{"), TEXT("{"), 0, 1 },
	{ TEXT("\\}"), TEXT("}"), 0, 1 },
	{ TEXT("\\\\"), TEXT("\\"), 0, 1 },
	{ TEXT("\\\\\\\\"), TEXT("a\\\\"), 1, 3 },
	{ TEXT("a\\.b"), TEXT("a.b"), 0, 3 },
	{ TEXT("a\\.b"), TEXT("axb"), NONE, NONE },
	{ TEXT("\\(a\\)"), TEXT("(a)"), 0, 3 },
	{ TEXT("\\**"), TEXT("***"), 0, 3 },
	{ TEXT("\\.+"), TEXT("a..."), 1, 4 },
	{ TEXT("\\/"), TEXT("/"), 0, 1 },
	{ TEXT("\\-"), TEXT("-"), 0, 1 },
	{ TEXT("\\n"), TEXT("a\n" ""), 1, 2 },
	{ TEXT("\\t"), TEXT("a\t" ""), 1, 2 },
	{ TEXT("\\x41"), TEXT("xA"), 1, 2 },
	{ TEXT("\\x00"), TEXT("a\0" ""), 1, 2 },
	{ TEXT("\\x4a\\x4B"), TEXT("JK"), 0, 2 },
	{ TEXT("\\x2e"), TEXT("ab"), NONE, NONE },
	{ TEXT("\\x2a*"), TEXT("**"), 0, 2 },
};

/* 9.4.4: the period */
static const struct row period[] = {
	{ TEXT("."), TEXT("a"), 0, 1 },
	{ TEXT("."), TEXT(""), NONE, NONE },
	{ TEXT("."), TEXT("\0" ""), 0, 1 },
	{ TEXT("."), TEXT("\n" ""), 0, 1 },
	{ TEXT(".."), TEXT("a"), NONE, NONE },
	{ TEXT(".."), TEXT("abc"), 0, 2 },
	{ TEXT("a.c"), TEXT("abc"), 0, 3 },
	{ TEXT("a.c"), TEXT("ac"), NONE, NONE },
	{ TEXT("a.c"), TEXT("a\n" "c"), 0, 3 },
	{ TEXT("a.c"), TEXT("a\0" "c"), 0, 3 },
	{ TEXT(".*"), TEXT("abc"), 0, 3 },
	{ TEXT(".*"), TEXT(""), 0, 0 },
	{ TEXT(".*"), TEXT("a\n" "b"), 0, 3 },
	{ TEXT(".+"), TEXT("a\0" "b"), 0, 3 },
	{ TEXT("a.*c"), TEXT("abcbc"), 0, 5 },
	{ TEXT("a.*c"), TEXT("xacd"), 1, 3 },
	{ TEXT("a..*c"), TEXT("ac"), NONE, NONE },
	{ TEXT(".b"), TEXT("ab"), 0, 2 },
	{ TEXT(".b"), TEXT("b"), NONE, NONE },
	{ TEXT(".*b"), TEXT("aab"), 0, 3 },
	{ TEXT(".?b"), TEXT("b"), 0, 1 },
	{ TEXT("(.)(.)"), TEXT("xyz"), 0, 2 },
	{ TEXT(".{3}"), TEXT("abcd"), 0, 3 },
	{ TEXT(".{3}"), TEXT("ab"), NONE, NONE },
};

/* 9.3.5, 9.4.5: bracket expressions */
static const struct row brackets[] = {
	{ TEXT("[a]"), TEXT("a"), 0, 1 },
	{ TEXT("[abc]"), TEXT("xb"), 1, 2 },
	{ TEXT("[abc]"), TEXT("d"), NONE, NONE },
	{ TEXT("[^a]"), TEXT("ab"), 1, 2 },
	{ TEXT("[^a]"), TEXT("a"), NONE, NONE },
	{ TEXT("[^a]"), TEXT("\n" ""), 0, 1 },
	{ TEXT("[^a]"), TEXT("\0" ""), 0, 1 },
	{ TEXT("[^abc]"), TEXT("cbad"), 3, 4 },
	{ TEXT("[a-c]"), TEXT("xc"), 1, 2 },
	{ TEXT("[a-c]"), TEXT("d"), NONE, NONE },
	{ TEXT("[^a-c]"), TEXT("abcd"), 3, 4 },
	{ TEXT("[a-cx-z]"), TEXT("my"), 1, 2 },
	{ TEXT("[0-9]"), TEXT("a7"), 1, 2 },
	{ TEXT("[]]"), TEXT("a]"), 1, 2 },
	{ TEXT("[]a]"), TEXT("a"), 0, 1 },
	{ TEXT("[]a]"), TEXT("]"), 0, 1 },
	{ TEXT("[^]]"), TEXT("]a"), 1, 2 },
	{ TEXT("[^]a]"), TEXT("]ab"), 2, 3 },
	{ TEXT("[a-]"), TEXT("-"), 0, 1 },
	{ TEXT("[a-]"), TEXT("a"), 0, 1 },
	{ TEXT("[-a]"), TEXT("-"), 0, 1 },
	{ TEXT("[^-a]"), TEXT("-ab"), 2, 3 },
	{ TEXT("[]-]"), TEXT("-"), 0, 1 },
	{ TEXT("[]-a]"), TEXT("_"), 0, 1 },
	{ TEXT("[]-a]"), TEXT("b"), NONE, NONE },
	{ TEXT("[--/]"), TEXT("."), 0, 1 },
	{ TEXT("[--/]"), TEXT(","), NONE, NONE },
	{ TEXT("[%--]"), TEXT("+"), 0, 1 },
	{ TEXT("[%--]"), TEXT("."), NONE, NONE },
	{ TEXT("[a-a]"), TEXT("a"), 0, 1 },
	{ TEXT("[.]"), TEXT("a."), 1, 2 },
	{ TEXT("[*]"), TEXT("a*"), 1, 2 },
	{ TEXT("[[]"), TEXT("["), 0, 1 },
	{ TEXT("[\\]"), TEXT("\\"), 0, 1 },
	{ TEXT("[\\n]"), TEXT("n"), 0, 1 },
	{ TEXT("[\\n]"), TEXT("\\"), 0, 1 },
	{ TEXT("[\\n]"), TEXT("\n" ""), NONE, NONE },
	{ TEXT("[a\\]b"), TEXT("\\b"), 0, 2 },
	{ TEXT("[$]"), TEXT("$"), 0, 1 },
	{ TEXT("[a^]"), TEXT("^"), 0, 1 },
	{ TEXT("[^^]"), TEXT("^a"), 1, 2 },
	{ TEXT("[(]"), TEXT("("), 0, 1 },
	{ TEXT("[)|]"), TEXT("|"), 0, 1 },
	{ TEXT("[{}]+"), TEXT("{}"), 0, 2 },
	{ TEXT("[+?]"), TEXT("?"), 0, 1 },
	{ TEXT("[ab][cd]"), TEXT("bd"), 0, 2 },
	{ TEXT("[ab]*"), TEXT("abba"), 0, 4 },
	{ TEXT("[^ab]*"), TEXT("cdab"), 0, 2 },
	{ TEXT("[\0" "]"), TEXT("a\0" ""), 1, 2 },
	{ TEXT("[^\0" "]"), TEXT("\0" "a"), 1, 2 },
	{ TEXT("[\n" "-a]"), TEXT("A"), 0, 1 },
	{ TEXT("[.a]"), TEXT("."), 0, 1 },
	{ TEXT("[=a]"), TEXT("="), 0, 1 },
	{ TEXT("[:a]"), TEXT(":"), 0, 1 },
	{ TEXT("[a:]"), TEXT(":"), 0, 1 },
	{ TEXT("[a.-z]"), TEXT("m"), 0, 1 },
};

/* 9.3.5 5, 6: collating elements, equivalence and character classes */
static const struct row classes[] = {
	{ TEXT("[[:alpha:]]"), TEXT("1a"), 1, 2 },
	{ TEXT("[[:alpha:]]"), TEXT("1"), NONE, NONE },
	{ TEXT("[[:digit:]]"), TEXT("a1"), 1, 2 },
	{ TEXT("[[:alnum:]]+"), TEXT("-a1-"), 1, 3 },
	{ TEXT("[[:upper:]]"), TEXT("aB"), 1, 2 },
	{ TEXT("[[:lower:]]"), TEXT("Ab"), 1, 2 },
	{ TEXT("[[:space:]]"), TEXT("a\n" ""), 1, 2 },
	{ TEXT("[[:space:]]+"), TEXT("a \t" "b"), 1, 3 },
	{ TEXT("[[:blank:]]"), TEXT("\n" " "), 1, 2 },
	{ TEXT("[[:blank:]]"), TEXT("\n" ""), NONE, NONE },
	{ TEXT("[[:punct:]]"), TEXT("a!"), 1, 2 },
	{ TEXT("[[:print:]]"), TEXT("\n" "a"), 1, 2 },
	{ TEXT("[[:graph:]]"), TEXT(" a"), 1, 2 },
	{ TEXT("[[:cntrl:]]"), TEXT("a\n" ""), 1, 2 },
	{ TEXT("[[:cntrl:]]"), TEXT("a\0" ""), 1, 2 },
	{ TEXT("[[:xdigit:]]+"), TEXT("xfF0g"), 1, 4 },
	{ TEXT("[^[:alpha:]]"), TEXT("a1"), 1, 2 },
	{ TEXT("[^[:space:]]+"), TEXT(" ab "), 1, 3 },
	{ TEXT("[[:alpha:]_]"), TEXT("-_"), 1, 2 },
	{ TEXT("[_[:digit:]]+"), TEXT("a_1"), 1, 3 },
	{ TEXT("[[:upper:][:digit:]]+"), TEXT("aB1c"), 1, 3 },
	{ TEXT("[^[:upper:][:digit:]]"), TEXT("B1c"), 2, 3 },
	{ TEXT("[[:digit:]-]"), TEXT("-"), 0, 1 },
	{ TEXT("[[:digit:]-]"), TEXT("a"), NONE, NONE },
	{ TEXT("[[.a.]]"), TEXT("a"), 0, 1 },
	{ TEXT("[[.-.]]"), TEXT("-"), 0, 1 },
	{ TEXT("[[.].]]"), TEXT("]"), 0, 1 },
	{ TEXT("[[.[.]]"), TEXT("["), 0, 1 },
	{ TEXT("[[...]]"), TEXT("."), 0, 1 },
	{ TEXT("[a[.-.]z]"), TEXT("-"), 0, 1 },
	{ TEXT("[a[.-.]z]"), TEXT("b"), NONE, NONE },
	{ TEXT("[[.a.]-c]"), TEXT("b"), 0, 1 },
	{ TEXT("[[.a.]-[.c.]]"), TEXT("b"), 0, 1 },
	{ TEXT("[[.-.]-/]"), TEXT("."), 0, 1 },
	{ TEXT("[^[.-.]]"), TEXT("-a"), 1, 2 },
	{ TEXT("[[=a=]]"), TEXT("a"), 0, 1 },
	{ TEXT("[[=a=]]"), TEXT("b"), NONE, NONE },
	{ TEXT("[[=a=]b]"), TEXT("b"), 0, 1 },
	{ TEXT("[^[=a=]]"), TEXT("ab"), 1, 2 },
	{ TEXT("[[=]=]]"), TEXT("]"), 0, 1 },
	{ TEXT("[[=-=]]"), TEXT("-"), 0, 1 },
	{ TEXT("[[:alpha:]][[:digit:]]"), TEXT("ab1"), 1, 3 },
};

/* 9.4.6: several characters, intervals */
static const struct row repeats[] = {
	{ TEXT("a*"), TEXT("aaa"), 0, 3 },
	{ TEXT("a*"), TEXT("b"), 0, 0 },
	{ TEXT("a*"), TEXT("baa"), 0, 0 },
	{ TEXT("a+"), TEXT("baa"), 1, 3 },
	{ TEXT("a+"), TEXT("b"), NONE, NONE },
	{ TEXT("a?"), TEXT("a"), 0, 1 },
	{ TEXT("a?"), TEXT("aa"), 0, 1 },
	{ TEXT("a?"), TEXT("b"), 0, 0 },
	{ TEXT("ab*c"), TEXT("ac"), 0, 2 },
	{ TEXT("ab*c"), TEXT("abbbc"), 0, 5 },
	{ TEXT("ab+c"), TEXT("ac"), NONE, NONE },
	{ TEXT("ab+c"), TEXT("abbc"), 0, 4 },
	{ TEXT("ab?c"), TEXT("ac"), 0, 2 },
	{ TEXT("ab?c"), TEXT("abc"), 0, 3 },
	{ TEXT("ab?c"), TEXT("abbc"), NONE, NONE },
	{ TEXT("a{2}"), TEXT("aaa"), 0, 2 },
	{ TEXT("a{2}"), TEXT("a"), NONE, NONE },
	{ TEXT("a{2,}"), TEXT("aaaa"), 0, 4 },
	{ TEXT("a{2,}"), TEXT("a"), NONE, NONE },
	{ TEXT("a{2,3}"), TEXT("aaaa"), 0, 3 },
	{ TEXT("a{2,3}"), TEXT("a"), NONE, NONE },
	{ TEXT("a{0}"), TEXT("a"), 0, 0 },
	{ TEXT("a{0}b"), TEXT("ab"), 1, 2 },
	{ TEXT("a{0,}"), TEXT("aa"), 0, 2 },
	{ TEXT("a{0,1}"), TEXT("aa"), 0, 1 },
	{ TEXT("a{1}"), TEXT("aa"), 0, 1 },
	{ TEXT("a{1,1}"), TEXT("aa"), 0, 1 },
	{ TEXT("a{,2}"), TEXT("aaa"), 0, 2 },
	{ TEXT("ba{2}"), TEXT("baab"), 0, 3 },
	{ TEXT("(ab)*"), TEXT("ababa"), 0, 4 },
	{ TEXT("(ab)+"), TEXT("xabab"), 1, 5 },
	{ TEXT("(ab)?"), TEXT("abab"), 0, 2 },
	{ TEXT("(ab){2}"), TEXT("ababab"), 0, 4 },
	{ TEXT("(ab){2}"), TEXT("ab"), NONE, NONE },
	{ TEXT("(ab){1,2}c"), TEXT("ababc"), 0, 5 },
	{ TEXT("(ab){3}c"), TEXT("ababc"), NONE, NONE },
	{ TEXT("(a|b)*"), TEXT("abba"), 0, 4 },
	{ TEXT("(a|b){2}"), TEXT("aba"), 0, 2 },
	{ TEXT("(a*)*"), TEXT("aa"), 0, 2 },
	{ TEXT("(a*)+"), TEXT("b"), 0, 0 },
	{ TEXT("(a+)*"), TEXT("aab"), 0, 2 },
	{ TEXT("(a*)*b"), TEXT("aab"), 0, 3 },
	{ TEXT("(a?){3}"), TEXT("aa"), 0, 2 },
	{ TEXT("(a?){3}b"), TEXT("aaaab"), 1, 5 },
	{ TEXT("(a{2}){2}"), TEXT("aaaaa"), 0, 4 },
	{ TEXT("(a{1,2}){2}"), TEXT("aaaaa"), 0, 4 },
	{ TEXT("(a{2,3}){2}"), TEXT("aaaaaaa"), 0, 6 },
	{ TEXT("[ab]{2}"), TEXT("xab"), 1, 3 },
	{ TEXT(".{2,3}"), TEXT("abcd"), 0, 3 },
	{ TEXT("a**"), TEXT("aa"), 0, 2 },
	{ TEXT("a*?"), TEXT("aa"), 0, 2 },
	{ TEXT("a+*"), TEXT("aa"), 0, 2 },
	{ TEXT("a{2}{2}"), TEXT("aaaaa"), 0, 4 },
	{ TEXT("a{2}*"), TEXT("aaaaa"), 0, 4 },
	{ TEXT("(a{0,2})*b"), TEXT("aaab"), 0, 4 },
	{ TEXT("x*y*"), TEXT("xxyy"), 0, 4 },
	{ TEXT("x*y*"), TEXT("yyx"), 0, 2 },
	{ TEXT("(){5}a"), TEXT("a"), 0, 1 },
	{ TEXT("()*a"), TEXT("ba"), 1, 2 },
	{ TEXT("(a|){3}"), TEXT("aa"), 0, 2 },
	{ TEXT("a{1,255}"), TEXT("aaaa"), 0, 4 },
	{ TEXT("a{256}"), TEXT("aaa"), NONE, NONE },
	{ TEXT("([ab]c){2,}"), TEXT("acbcac"), 0, 6 },
	{ TEXT("(a*b){2}"), TEXT("aabab"), 0, 5 },
	{ TEXT("(a*b){2}c"), TEXT("abaabc"), 0, 6 },
};

/* 9.4.7, 9.4.8: alternatives, precedence; the longest of the leftmost matches */
static const struct row alternatives[] = {
	{ TEXT("a|b"), TEXT("b"), 0, 1 },
	{ TEXT("a|b"), TEXT("c"), NONE, NONE },
	{ TEXT("a|b"), TEXT("cba"), 1, 2 },
	{ TEXT("abc|def"), TEXT("xdef"), 1, 4 },
	{ TEXT("ab|abc"), TEXT("abcd"), 0, 3 },
	{ TEXT("abc|ab"), TEXT("abcd"), 0, 3 },
	{ TEXT("a|ab|abc"), TEXT("abcd"), 0, 3 },
	{ TEXT("abcd|c"), TEXT("abcd"), 0, 4 },
	{ TEXT("abcd|c"), TEXT("abce"), 2, 3 },
	{ TEXT("b|abc"), TEXT("abc"), 0, 3 },
	{ TEXT("c|bcd|abx"), TEXT("abcd"), 1, 4 },
	{ TEXT("ab|cd"), TEXT("abd"), 0, 2 },
	{ TEXT("a(b|c)d"), TEXT("acd"), 0, 3 },
	{ TEXT("a(b|c)d"), TEXT("ad"), NONE, NONE },
	{ TEXT("a(b|)c"), TEXT("ac"), 0, 2 },
	{ TEXT("a(|b)c"), TEXT("abc"), 0, 3 },
	{ TEXT("(a|b)(c|d)"), TEXT("bd"), 0, 2 },
	{ TEXT("(a|ab)(c|bcd)"), TEXT("abcd"), 0, 4 },
	{ TEXT("(a|ab)(bcd|c)"), TEXT("abcd"), 0, 4 },
	{ TEXT("(ab|a)(bcd|c)"), TEXT("abcd"), 0, 4 },
	{ TEXT("(a|ab)(c|bcd)(d*)"), TEXT("abcd"), 0, 4 },
	{ TEXT("a|"), TEXT("a"), 0, 1 },
	{ TEXT("a|"), TEXT("b"), 0, 0 },
	{ TEXT("|a"), TEXT("a"), 0, 1 },
	{ TEXT("(|a)+"), TEXT("aaa"), 0, 3 },
	{ TEXT("a||b"), TEXT("b"), 0, 1 },
	{ TEXT("ab*|c"), TEXT("abbc"), 0, 3 },
	{ TEXT("ab|c*"), TEXT("ccab"), 0, 2 },
	{ TEXT("(ab|c)*"), TEXT("abcab"), 0, 5 },
	{ TEXT("(a|b|c|d|e)*"), TEXT("edcba"), 0, 5 },
	{ TEXT("((a|b)|(c|d))e"), TEXT("de"), 0, 2 },
	{ TEXT("(xx|x)(xx|x)"), TEXT("xxx"), 0, 3 },
	{ TEXT("(xxx|xx)*"), TEXT("xxxxx"), 0, 5 },
	{ TEXT("(aaa|aa)*"), TEXT("aaaaaaa"), 0, 7 },
	{ TEXT("(ab|ba|a)*b"), TEXT("abab"), 0, 4 },
	{ TEXT("foo|foobar|bar"), TEXT("foobar"), 0, 6 },
	{ TEXT("week|wee|night"), TEXT("weeknights"), 0, 4 },
	{ TEXT("(week|wee)(knights|night)"), TEXT("weeknights"), 0, 10 },
	{ TEXT("(a+|b+)*c"), TEXT("aabbc"), 0, 5 },
	{ TEXT("x(~~)*(z|ab)"), TEXT("x~~~~ab"), 0, 7 },
	{ TEXT("(((((a)))))"), TEXT("a"), 0, 1 },
	{ TEXT("(a)(b)(c)"), TEXT("abc"), 0, 3 },
	{ TEXT("((a)|b)*"), TEXT("abab"), 0, 4 },
	{ TEXT("(a(b(c)?)?)?d"), TEXT("abd"), 0, 3 },
	{ TEXT("(a.|.b)c"), TEXT("abc"), 0, 3 },
};

/* 9.4.9: anchors */
static const struct row anchors[] = {
	{ TEXT("^"), TEXT("abc"), 0, 0 },
	{ TEXT("^a"), TEXT("abc"), 0, 1 },
	{ TEXT("^a"), TEXT("ba"), NONE, NONE },
	{ TEXT("^abc"), TEXT("abcabc"), 0, 3 },
	{ TEXT("$"), TEXT("abc"), 3, 3 },
	{ TEXT("a$"), TEXT("aba"), 2, 3 },
	{ TEXT("a$"), TEXT("ab"), NONE, NONE },
	{ TEXT("^$"), TEXT(""), 0, 0 },
	{ TEXT("^$"), TEXT("a"), NONE, NONE },
	{ TEXT("^a$"), TEXT("a"), 0, 1 },
	{ TEXT("^a$"), TEXT("aa"), NONE, NONE },
	{ TEXT("^a*$"), TEXT("aaa"), 0, 3 },
	{ TEXT("^a*$"), TEXT("aab"), NONE, NONE },
	{ TEXT("a^b"), TEXT("a^b"), NONE, NONE },
	{ TEXT("a$b"), TEXT("a$b"), NONE, NONE },
	{ TEXT("(^a)"), TEXT("ab"), 0, 1 },
	{ TEXT("(^a)"), TEXT("ba"), NONE, NONE },
	{ TEXT("(a$)"), TEXT("ba"), 1, 2 },
	{ TEXT("(^a|b)c"), TEXT("bbc"), 1, 3 },
	{ TEXT("(^a|b)c"), TEXT("aac"), NONE, NONE },
	{ TEXT("^a|b"), TEXT("ab"), 0, 1 },
	{ TEXT("^a|b"), TEXT("cb"), 1, 2 },
	{ TEXT("a|^b"), TEXT("bb"), 0, 1 },
	{ TEXT("a|^b"), TEXT("cb"), NONE, NONE },
	{ TEXT("a$|b"), TEXT("ba"), 0, 1 },
	{ TEXT("a$|bc"), TEXT("abca"), 1, 3 },
	{ TEXT("(^|b)a"), TEXT("ba"), 0, 2 },
	{ TEXT("(^|b)a"), TEXT("ca"), NONE, NONE },
	{ TEXT("(^|b)a"), TEXT("a"), 0, 1 },
	{ TEXT("a($|b)"), TEXT("ca"), 1, 2 },
	{ TEXT("a($|b)"), TEXT("cab"), 1, 3 },
	{ TEXT("(^)*a"), TEXT("ba"), 1, 2 },
	{ TEXT("(^a)*b"), TEXT("aab"), 2, 3 },
	{ TEXT("^^a"), TEXT("a"), 0, 1 },
	{ TEXT("a$$"), TEXT("a"), 0, 1 },
	{ TEXT("x*$"), TEXT("axx"), 1, 3 },
	{ TEXT("^.*$"), TEXT("a\n" "b"), 0, 3 },
	{ TEXT("^b"), TEXT("a\n" "b"), NONE, NONE },
	{ TEXT("a$"), TEXT("a\n" "b"), NONE, NONE },
	{ TEXT("a$"), TEXT("a\n" ""), NONE, NONE },
	{ TEXT("(^a$)|b"), TEXT("cb"), 1, 2 },
	{ TEXT("($)a"), TEXT("a"), NONE, NONE },
	{ TEXT("a(^)"), TEXT("a"), NONE, NONE },
	{ TEXT("$^"), TEXT(""), 0, 0 },
	{ TEXT("$^"), TEXT("a"), NONE, NONE },
	{ TEXT("()^a"), TEXT("a"), 0, 1 },
	{ TEXT(".^"), TEXT("ab"), NONE, NONE },
	{ TEXT("$."), TEXT("ab"), NONE, NONE },
};

/* ^ and $ at lines (REG_NEWLINE of regcomp) */
static const struct row lines[] = {
	{ TEXT("^b"), TEXT("a\n" "b"), 2, 3 },
	{ TEXT("a$"), TEXT("a\n" "b"), 0, 1 },
	{ TEXT("^$"), TEXT("a\n" "\n" "b"), 2, 2 },
	{ TEXT("^a$"), TEXT("b\n" "a\n" "c"), 2, 3 },
	{ TEXT(".*"), TEXT("ab\n" "c"), 0, 2 },
	{ TEXT("."), TEXT("\n" "a"), 1, 2 },
	{ TEXT("[^a]"), TEXT("a\n" "b"), 2, 3 },
	{ TEXT("a.b"), TEXT("a\n" "b"), NONE, NONE },
	{ TEXT("a[^x]b"), TEXT("a\n" "b"), NONE, NONE },
	{ TEXT("a\n" "b"), TEXT("a\n" "b"), 0, 3 },
	{ TEXT("a\\nb"), TEXT("a\n" "b"), 0, 3 },
	{ TEXT("a\\sb"), TEXT("a\n" "b"), 0, 3 },
	{ TEXT("a[[:space:]]b"), TEXT("a\n" "b"), 0, 3 },
	{ TEXT("$\n" "^"), TEXT("a\n" "b"), 1, 2 },
	{ TEXT("^"), TEXT("\n" ""), 0, 0 },
	{ TEXT("b$"), TEXT("ab\n" ""), 1, 2 },
	{ TEXT("^b$"), TEXT("a\n" "b\n" ""), 2, 3 },
	{ TEXT("$."), TEXT("a\n" "b"), NONE, NONE },
	{ TEXT("a\\Wb"), TEXT("a\n" "b"), NONE, NONE },
	{ TEXT("a\n" "^b$"), TEXT("a\n" "b\n" "c"), 0, 3 },
};

/* case ignored */
static const struct row cases[] = {
	{ TEXT("a"), TEXT("A"), 0, 1 },
	{ TEXT("A"), TEXT("a"), 0, 1 },
	{ TEXT("aBc"), TEXT("AbC"), 0, 3 },
	{ TEXT("[a-c]"), TEXT("B"), 0, 1 },
	{ TEXT("[A-C]+"), TEXT("abc"), 0, 3 },
	{ TEXT("[^a]"), TEXT("Ab"), 1, 2 },
	{ TEXT("[[:upper:]]"), TEXT("a"), 0, 1 },
	{ TEXT("[[:lower:]]"), TEXT("A"), 0, 1 },
	{ TEXT("[^[:upper:]]"), TEXT("a1"), 1, 2 },
	{ TEXT("\\x41"), TEXT("a"), 0, 1 },
	{ TEXT("1a"), TEXT("1A"), 0, 2 },
	{ TEXT("@"), TEXT("`"), NONE, NONE },
	{ TEXT("[Z-a]"), TEXT("z"), 0, 1 },
	{ TEXT("k{2}"), TEXT("Kk"), 0, 2 },
	{ TEXT("error|WARN"), TEXT("a Warn"), 2, 6 },
};

/* the extensions of rec-regex(7) */
static const struct row words[] = {
	{ TEXT("\\w+"), TEXT("-ab_1-"), 1, 5 },
	{ TEXT("\\W+"), TEXT("a -b"), 1, 3 },
	{ TEXT("\\d+"), TEXT("a12b"), 1, 3 },
	{ TEXT("\\D+"), TEXT("1ab2"), 1, 3 },
	{ TEXT("\\s+"), TEXT("a \n" "b"), 1, 3 },
	{ TEXT("\\S+"), TEXT(" ab "), 1, 3 },
	{ TEXT("\\<a"), TEXT("ba a"), 3, 4 },
	{ TEXT("\\<"), TEXT(" ab"), 1, 1 },
	{ TEXT("a\\>"), TEXT("ab a"), 3, 4 },
	{ TEXT("\\>"), TEXT("ab "), 2, 2 },
	{ TEXT("\\bab\\b"), TEXT("cab ab"), 4, 6 },
	{ TEXT("\\b"), TEXT("  "), NONE, NONE },
	{ TEXT("\\Ba"), TEXT("a ba"), 3, 4 },
	{ TEXT("a\\B"), TEXT("a ab"), 2, 3 },
	{ TEXT("\\<ab\\>"), TEXT("ab"), 0, 2 },
	{ TEXT("\\<\\>"), TEXT("ab"), NONE, NONE },
	{ TEXT("\\B"), TEXT("ab"), 1, 1 },
	{ TEXT("\\B"), TEXT(""), 0, 0 },
	{ TEXT("\\b"), TEXT(""), NONE, NONE },
	{ TEXT("\\<."), TEXT("-a"), 1, 2 },
	{ TEXT("(\\<a|b\\>)+"), TEXT("aab"), 0, 1 },
	{ TEXT("a\\b."), TEXT("ab a-"), 3, 5 },
	{ TEXT("\\b_"), TEXT("a _"), 2, 3 },
	{ TEXT("\\w\\b\\W"), TEXT("ab-"), 1, 3 },
	{ TEXT("^\\B."), TEXT("-a"), 0, 1 },
};

/* characters of UTF-8 */
static const struct row utf8[] = {
	{ TEXT("."), TEXT("ä"), 0, 2 },
	{ TEXT(".."), TEXT("äb"), 0, 3 },
	{ TEXT("^.$"), TEXT("€"), 0, 3 },
	{ TEXT("^.$"), TEXT("😀"), 0, 4 },
	{ TEXT("^..$"), TEXT("😀"), NONE, NONE },
	{ TEXT("ä+"), TEXT("xää"), 1, 5 },
	{ TEXT("ä{2}"), TEXT("äää"), 0, 4 },
	{ TEXT("[ä-ü]"), TEXT("aö"), 1, 3 },
	{ TEXT("[^ä]"), TEXT("äb"), 2, 3 },
	{ TEXT("[^a]"), TEXT("€"), 0, 3 },
	{ TEXT("[[:alpha:]]+"), TEXT("1äß2"), 1, 5 },
	{ TEXT("[[:upper:]]"), TEXT("äÄ"), 2, 4 },
	{ TEXT("\\w+"), TEXT("-größe-"), 1, 8 },
	{ TEXT("\\W"), TEXT("ä€"), 2, 5 },
	{ TEXT("\\<ü"), TEXT("über"), 0, 2 },
	{ TEXT("\\<b"), TEXT("über"), NONE, NONE },
	{ TEXT("r\\>"), TEXT("überä"), NONE, NONE },
	{ TEXT("\\bäh\\b"), TEXT("uäh äh"), 5, 8 },
	{ TEXT("\\B"), TEXT("ä"), NONE, NONE },
	{ TEXT("\\xc3\\xa4"), TEXT("ä"), 0, 2 },
	{ TEXT("\\xc3"), TEXT("ä"), 0, 1 },
	{ TEXT("(ä|€)*"), TEXT("ä€x"), 0, 5 },
	{ TEXT("[[=ä=]]"), TEXT("ä"), 0, 2 },
	{ TEXT("[[.ä.]-ö]"), TEXT("å"), 0, 2 },
	{ TEXT("[€😀]"), TEXT("😀"), 0, 4 },
	{ TEXT("a.b"), TEXT("a😀b"), 0, 6 },
};

/*
 * If case is ignored, letters that share their counterpart match each other; but K and s match only
 * themselves.
 */
static const struct row shared[] = {
	{ TEXT("ΣΩΚΡΆΤΗΣ"), TEXT("-Σωκράτης"), 1, 17 },
	{ TEXT("ς"), TEXT("Σ"), 0, 2 },
	{ TEXT("ς"), TEXT("σ"), 0, 2 },
	{ TEXT("σ$"), TEXT("ς"), 0, 2 },
	{ TEXT("[^σ]"), TEXT("ςΣσa"), 6, 7 },
	{ TEXT("[ρ-τ]+"), TEXT("aΡΣΤς"), 1, 9 },
	{ TEXT("µ"), TEXT("Μμ"), 0, 2 },
	{ TEXT("μm"), TEXT("5 µm"), 2, 5 },
	{ TEXT("å"), TEXT("\u212B"), 0, 3 },
	{ TEXT("ß"), TEXT("ẞ"), 0, 3 },
	{ TEXT("ẞ"), TEXT("ß"), 0, 2 },
	{ TEXT("ǆ+"), TEXT("Ǆǅǆ"), 0, 6 },
	{ TEXT("k"), TEXT("\u212A"), NONE, NONE },
	{ TEXT("s"), TEXT("ſ"), NONE, NONE },
	{ TEXT("ä+"), TEXT("aÄäa"), 1, 5 },
};

static const struct {
	const struct row *rows;
	size_t count;
	int flags;
} tables[] = {
	{ ordinary, sizeof ordinary / sizeof ordinary[0], 0 },
	{ escapes, sizeof escapes / sizeof escapes[0], 0 },
	{ period, sizeof period / sizeof period[0], 0 },
	{ brackets, sizeof brackets / sizeof brackets[0], 0 },
	{ classes, sizeof classes / sizeof classes[0], 0 },
	{ repeats, sizeof repeats / sizeof repeats[0], 0 },
	{ alternatives, sizeof alternatives / sizeof alternatives[0], 0 },
	{ anchors, sizeof anchors / sizeof anchors[0], 0 },
	{ lines, sizeof lines / sizeof lines[0], ERE_EACH_LINE },
	{ cases, sizeof cases / sizeof cases[0], ERE_IGNORE_CASE },
	{ words, sizeof words / sizeof words[0], 0 },
	{ utf8, sizeof utf8 / sizeof utf8[0], ERE_UTF8 },
	{ shared, sizeof shared / sizeof shared[0], ERE_UTF8 | ERE_IGNORE_CASE },
};

static unsigned long rows_seen;

static void
check_row(const struct row *r, int flags)
{
	struct buf error = { 0 };
	size_t start = 0, end = 0;
	int found, good;
	struct ere ere;

	rows_seen++;
	good = ere_compile(&ere, r->pattern, r->pattern_len, flags, &error) == 0;
	CHECK(good);
	if (good) {
		found = ere_search(&ere, r->data, r->len, 0, &start, &end);
		good = found == (r->start != NONE) && (!found || (start == (size_t)r->start && end == (size_t)r->end));
		CHECK(good);
		CHECK(ere_match(&ere, r->data, r->len) == found);
		CHECK(ere_find(&ere, r->data, r->len, 0, &start, &end) == found);
		CHECK(!found || (start == (size_t)r->start && end == (size_t)r->end));
		ere_free(&ere);
	}
	if (!good)
		printf("  %s on \"%s\": %zu-%zu, not %d-%d %.*s\n", r->pattern, r->data, start, end, r->start, r->end,
		    (int)error.len, error.data);
	buf_free(&error);
}

static const struct {
	const char *pattern, *words; /* words that the message has */
	int flags, cause;
} refused[] = {
	{ "[a", "\"[a\" (byte 1): no ] closes", 0, EINVAL },
	{ "x[]", "\"[]\" (byte 2): no ] closes", 0, EINVAL },
	{ "[^]", "no ] closes", 0, EINVAL },
	{ "[[:alpha:]", "no ] closes", 0, EINVAL },
	{ "[[:alpha]", "no :] closes", 0, EINVAL },
	{ "[[.a]", "no .] closes", 0, EINVAL },
	{ "[[=a]", "no =] closes", 0, EINVAL },
	{ "[[:word:]]", "no such class", 0, EINVAL },
	{ "[[.ab.]]", "single character", 0, EINVAL },
	{ "[[=ab=]]", "single character", 0, EINVAL },
	{ "[z-a]", "ends before it begins", 0, EINVAL },
	{ "[[:alpha:]-z]", "can't begin a range", 0, EINVAL },
	{ "[a-[:alpha:]]", "can't end a range", 0, EINVAL },
	{ "[a-c-e]", "makes no range", 0, EINVAL },
	{ "(a", "no ) closes", 0, EINVAL },
	{ "((a)", "no ) closes", 0, EINVAL },
	{ "*a", "nothing to repeat", 0, EINVAL },
	{ "a|*b", "nothing to repeat", 0, EINVAL },
	{ "(+a)", "nothing to repeat", 0, EINVAL },
	{ "{2}", "nothing to repeat", 0, EINVAL },
	{ "^*", "anchor can't be repeated", 0, EINVAL },
	{ "a$+", "anchor can't be repeated", 0, EINVAL },
	{ "a{", "an interval is written", 0, EINVAL },
	{ "a{x}", "an interval is written", 0, EINVAL },
	{ "a{1", "an interval is written", 0, EINVAL },
	{ "a{1,2", "an interval is written", 0, EINVAL },
	{ "a{,}", "an interval is written", 0, EINVAL },
	{ "a{2,1}", "wrong order", 0, EINVAL },
	{ "a{32768}", "at most 32767", 0, EINVAL },
	{ "a{1,99999999999}", "at most 32767", 0, EINVAL },
	{ "a\\", "a backslash at the end", 0, EINVAL },
	{ "(a)\\1", "no back-references", 0, EINVAL },
	{ "\\q", "no such escape", 0, EINVAL },
	{ "\\x4", "two hexadecimal digits", 0, EINVAL },
	{ "\\xg0", "two hexadecimal digits", 0, EINVAL },
	{ "[\xff]", "no character of UTF-8", ERE_UTF8, EINVAL },
	{ "a{1,1000}{1,1000}", "too large", 0, E2BIG },
	{ "((a{100}){100}){100}", "too large", 0, E2BIG },
	{ "[[:alpha:]]{1,32767}", "too large", ERE_UTF8, E2BIG },
};

static void
check_refused(void)
{
	char *deep = malloc(2 * ERE_PATTERN_MAX + 2);
	struct buf error = { 0 };
	struct ere ere;

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		const char *p = refused[i].pattern;
		int result, there;

		error.len = 0;
		result = ere_compile(&ere, p, strlen(p), refused[i].flags, &error);
		CHECK(result == -1 && errno == refused[i].cause);
		there = buf_terminate(&error) == 0 && strstr(error.data, refused[i].words) != NULL;
		CHECK(there);
		if (!there)
			printf("  %s: %s\n", p, error.data);
	}
	memset(deep, '(', ERE_PATTERN_MAX / 2);
	memset(deep + ERE_PATTERN_MAX / 2, ')', ERE_PATTERN_MAX / 2);
	CHECK(ere_compile(&ere, deep, ERE_PATTERN_MAX, 0, &error) == -1 && errno == EINVAL);
	memset(deep, '*', ERE_PATTERN_MAX);
	deep[0] = 'a';
	CHECK(ere_compile(&ere, deep, ERE_PATTERN_MAX, 0, &error) == -1 && errno == EINVAL);
	memset(deep, 'a', ERE_PATTERN_MAX + 1);
	CHECK(ere_compile(&ere, deep, ERE_PATTERN_MAX + 1, 0, &error) == -1 && errno == E2BIG);
	CHECK(ere_compile(&ere, deep, ERE_PATTERN_MAX, 0, &error) == 0);
	ere_free(&ere);
	CHECK(ere_compile(&ere, deep, 2000, 0, &error) == 0);
	CHECK(ere_match(&ere, deep, 2000) == 1 && ere_match(&ere, deep, 1999) == 0);
	ere_free(&ere);
	free(deep);
	buf_free(&error);
}

/* Expressions, the literal of each or none, and whether it is exact. */
static const struct {
	const char *pattern, *text;
	int flags, exact;
} literals[] = {
	{ "abc", "abc", 0, 1 },
	{ "a(bc)d", "abcd", 0, 1 },
	{ "a\\.b", "a.b", 0, 1 },
	{ "ab+cd", "ab", 0, 0 },
	{ "(ab){2}x", "ab", 0, 0 },
	{ "x(abc)+y", "xabc", 0, 0 },
	{ "a|b", NULL, 0, 0 },
	{ "a*", NULL, 0, 0 },
	{ "", NULL, 0, 0 },
	{ "user[0-9]+5 .* 50[0-9]", "user", 0, 0 },
	{ "^abc", "abc", 0, 0 },
	{ "(x|y)long.z", "long", 0, 0 },
	{ "AbC", "abc", ERE_IGNORE_CASE, 1 },
	{ "\xC3\xA4x", "\xC3\xA4x", ERE_UTF8, 1 },
	{ "a{0}b", "b", 0, 0 },
	{ "ab{1}c", "abc", 0, 1 },
	{ "[a]b", "ab", 0, 1 },
	{ "\xF0\x9F\x98\x80|", NULL, ERE_UTF8, 0 },
	{ "\xE2\x82\xAC", "\xE2\x82\xAC", ERE_UTF8 | ERE_IGNORE_CASE, 1 },
};

static void
check_literals(void)
{
	for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
		struct buf error = { 0 };
		const char *want = literals[i].text;
		const struct ere_literals *found;
		const struct buf *text;
		struct ere ere;

		CHECK(ere_compile(&ere, literals[i].pattern, strlen(literals[i].pattern), literals[i].flags, &error) ==
		    0);
		found = &ere.program->literals;
		text = &found->text[found->longest];
		CHECK((found->count > 0) == (want != NULL) && found->exact == literals[i].exact);
		CHECK(want == NULL || (text->len == strlen(want) && memcmp(text->data, want, text->len) == 0));
		ere_free(&ere);
	}
}

/*
 * Expressions for which other methods take exponential time, or which fill the cache of states
 * again and again: on data of this size they end at once only if the time is linear.
 */
static void
check_slow(void)
{
	static const char *const slow[] = { "(a*)*b", "(a|aa)+$b", "(a?){64}a{64}b", "(a|b)*a(a|b){14}c", "((a+)+)+b",
		"(.*)(.*)(.*)(.*)x$", "[ab]*a[ab]{200}c" };
	enum { LEN = 40000 };
	char *data = malloc(LEN);
	clock_t begin = clock();

	for (size_t i = 0; i < LEN; i++)
		data[i] = unit_random(2) ? 'a' : 'b';
	memset(data, 'a', LEN / 2);
	for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
		struct buf error = { 0 };
		size_t start, end;
		struct ere ere;

		CHECK(ere_compile(&ere, slow[i], strlen(slow[i]), 0, &error) == 0);
		CHECK(ere_match(&ere, data, LEN) == (i == 0 || i == 2 || i == 4));
		CHECK(ere_search(&ere, data, LEN, 0, &start, &end) == (i == 0 || i == 2 || i == 4));
		ere_free(&ere);
	}
	/*
	 * It takes some seconds at most, also under sanitizers; exponential methods would take for
	 * ever.
	 */
	CHECK((clock() - begin) / CLOCKS_PER_SEC < 120);
	free(data);
}

/*
 * Matches that end inside a character, one after another: the search for the next one still knows
 * what is before it.
 */
static const struct {
	const char *pattern;
	const char *data;
	size_t len;
	const char *matches; /* in UTF-8 */
} inside[] = {
	{ "\\b\\xC3", TEXT("\0\na\xC3 \xC3\xA4\xC3\xA4\xFF" "aA\xC3\x84" "c_"), " 3-4 5-6" },
	/* the end of the character comes after its beginning has matched */
	{ "\\xC3|\\B\\xA4", TEXT("\xC3\xA4"), " 0-1" },
	{ "\\xE4|\\B\\xB8", TEXT("\xE4\xB8\x80"), " 0-1" },
	{ "\\xE4|\\xB8\\B", TEXT("\xE4\xB8\x80"), " 0-1" },
	{ "\\xE4|\\xB8\\B", TEXT("\xE4\xB8 "), " 0-1 1-2" },
	{ "\\xF0|\\xA0\\x80\\B", TEXT("\xF0\xA0\x80\x80"), " 0-1" },
	{ "\\xF0|\\xA0\\x80\\x80\\>", TEXT("\xF0\xA0\x80\x80 "), " 0-1 1-4" },
	/*
	 * letters of three and of four bytes, of which all but the last, some, or all have matched
	 */
	{ "\\xE4|\\b\\xC3", TEXT("\xE4\xB8\x80\xC3\xA4"), " 0-1" },
	{ "\\xB8|\\b\\xC3", TEXT("\xE4\xB8\x80\xC3\xA4"), " 1-2" },
	{ "\\x80|\\b\\xC3", TEXT("\xE4\xB8\x80\xC3\xA4"), " 2-3" },
	{ "\\xF0|\\b\\xC3", TEXT("\xF0\xA0\x80\x80\xC3\xA4"), " 0-1" },
	{ "\\xA0|\\b\\xC3", TEXT("\xF0\xA0\x80\x80\xC3\xA4"), " 1-2" },
	{ "\\xF0\\xA0\\x80|\\b\\xC3", TEXT("\xF0\xA0\x80\x80\xC3\xA4"), " 0-3" },
	{ "\\xF0\\xA0\\x80\\x80|\\b\\xC3", TEXT("\xF0\xA0\x80\x80\xC3\xA4"), " 0-4" },
	{ "\\xF0|\\xA0|\\x80|\\b\\xC3", TEXT("\xF0\xA0\x80\x80\xC3\xA4"), " 0-1 1-2 2-3 3-4" },
	/* no letters: there is an edge */
	{ "\\xE2|\\b\\xC3", TEXT("\xE2\x82\xAC\xC3\xA4"), " 0-1 3-4" },
	{ "\\xE4|\\xB8|\\b\\xC3", TEXT("\xE4\xB8\xC3\xA4"), " 0-1 1-2 2-3" },
	{ "\\xE4|\\ba", TEXT("\xE4\xB8\x80" "a\xB8\x80" "a"), " 0-1 6-7" },
	{ "\\xE4\\xB8|\\>\n|\\<b", TEXT("\xE4\xB8\x80\nb\x80\nb"), " 0-2 3-4 4-5 7-8" },
};

static void
check_inside(void)
{
	for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
		struct buf found = { 0 }, error = { 0 };
		struct ere ere;
		size_t from = 0, start, end;
		unsigned long failures = unit_failures;

		CHECK(ere_compile(&ere, inside[i].pattern, strlen(inside[i].pattern), ERE_UTF8, &error) == 0);
		for (; pieces_whole(&ere, inside[i].data, inside[i].len, from, &start, &end); from = end)
			CHECK(buf_addf(&found, " %zu-%zu", start, end) == 0);
		CHECK(strcmp(buf_string(&found), inside[i].matches) == 0);
		for (size_t most = 0; most <= 6; most++)
			for (unsigned seed = 0; seed < 30; seed++)
				CHECK(pieces_same(&ere, inside[i].data, inside[i].len, most, seed * 65536));
		if (unit_failures > failures)
			printf("  row %zu, \"%s\": ere_search finds%s\n", i, inside[i].pattern, buf_string(&found));
		ere_free(&ere);
		buf_free(&found);
		buf_free(&error);
	}
}

int
main(void)
{
	(void)setlocale(LC_ALL, "C.UTF-8");
	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (size_t i = 0; i < tables[t].count; i++)
			check_row(&tables[t].rows[i], tables[t].flags);
	CHECK(rows_seen >= 300);
	check_refused();
	check_literals();
	check_slow();
	check_inside();
	return unit_end("ere");
}
