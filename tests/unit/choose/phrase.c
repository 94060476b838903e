/*
 * phrase_string against the same words on a command line: both must come to the same verb, options,
 * ranges and texts, and judge the same records. Then what it answers to strings that are no
 * phrases, and the record that names the columns.
 */
#include <stdlib.h>
#include <string.h>

#include "choose/phrase.h"
#include "match/table.h"
#include "unit/unit.h"

enum { WORDS = 12 };

static const char letters[] = "+:" PHRASE_LETTERS;
static const struct option longs[] = { PHRASE_LONGS, { NULL, 0, NULL, 0 } };

/* As a command does it. 0, or -1 with a line in error. */
static int
by_words(struct phrase *p, char *const words[], struct buf *error)
{
	char *argv[WORDS + 2] = { (char[]){ "x" } };
	int argc = 1;

	while (words[argc - 1] != NULL) {
		argv[argc] = words[argc - 1];
		argc++;
	}
	opterr = 0;
	optind = 0;
	if (phrase_getopt(p, argc, argv, letters, longs) != -1 || optind == argc ||
	    phrase_verb(p, argv[optind++], error) < 0 || phrase_getopt(p, argc, argv, letters, longs) != -1)
		return -1;
	return phrase_operands(p, argv + optind, (size_t)(argc - optind), error);
}

static const char *const records[] = { "id,name,f3", "a b,x,5", "7,ERROR,5 6", "a  b;5", ",,",
	"{\"a\":{\"odd name\":\"a b\"}}", "{\"a\\\" b\":\"a b\"}", "w1 (w2) -3 100", "one, two", "",
	"\"a \"\"q\"\"\",b" };

static struct block
some_records(void)
{
	enum { COUNT = sizeof records / sizeof records[0] };
	static char payload[400];
	static uint32_t ends[COUNT + 1];
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .count = COUNT, .payload = payload, .ends = ends };

	for (uint32_t i = 0; i < COUNT; i++) {
		size_t n = strlen(records[i]);

		memcpy(payload + b.size, records[i], n);
		ends[i] = b.size + (uint32_t)n;
		payload[ends[i]] = '\n';
		b.size = ends[i] + 1;
	}
	return b;
}

static int
equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
check_same(const char *string, char *const words[])
{
	static struct phrase a, b;
	struct command_fault fault = { 0 };
	struct buf error = { 0 };
	struct block block = some_records();
	uint32_t found[2];

	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	CHECK(by_words(&a, words, &error) == 0);
	optind = 7;
	optarg = (char[]){ "kept" };
	CHECK(phrase_string(&b, string, &error) == 0);
	CHECK(error.len == 0 && optind == 7 && strcmp(optarg, "kept") == 0);
	if (error.len > 0 || a.verb.verb == NULL || b.verb.verb == NULL) {
		printf("%s: %s\n", string, buf_string(&error));
		return;
	}
	CHECK(a.verb.verb == b.verb.verb && a.verb.ignore_case == b.verb.ignore_case);
	CHECK(a.verb.each_line == b.verb.each_line && a.names.used == b.names.used);
	CHECK(equal(a.verb.separator, b.verb.separator) && a.verb.range.count == b.verb.range.count);
	CHECK(a.verb.count == b.verb.count && a.options == b.options);
	for (size_t i = 0; i < a.verb.count && i < b.verb.count; i++)
		CHECK(a.verb.texts[i].len == b.verb.texts[i].len &&
		    memcmp(a.verb.texts[i].text, b.verb.texts[i].text, a.verb.texts[i].len) == 0);
	found[0] = phrase_judge(&a, &block, &fault);
	found[1] = phrase_judge(&b, &block, &fault);
	CHECK(fault.status == 0 && found[0] == found[1]);
	CHECK(a.verb.hits[0] == b.verb.hits[0]);
	phrase_free(&a);
	phrase_free(&b);
	buf_free(&error);
}

#define W(...) ((char *const[]){ __VA_ARGS__, NULL })
#define S(s) ((char[]){ s })

static void
test_same(void)
{
	check_same("locate /a b/", W(S("locate"), S("/a b/")));
	check_same("  locate\t/a b/ \n", W(S("locate"), S("/a b/")));
	check_same("locate", W(S("locate")));
	check_same("locate -i /ERROR/", W(S("locate"), S("-i"), S("/ERROR/")));
	check_same("-i locate /ERROR/", W(S("-i"), S("locate"), S("/ERROR/")));
	check_same("-F , match f3 /^5/", W(S("-F"), S(","), S("match"), S("f3"), S("/^5/")));
	check_same("-F, match f3 /^5 6/", W(S("-F,"), S("match"), S("f3"), S("/^5 6/")));
	check_same("--sep=, match --text=^5 --each f3", W(S("-F,"), S("match"), S("--text=^5"), S("--each"), S("f3")));
	check_same("-iF, match f3 /^5/", W(S("-iF,"), S("match"), S("f3"), S("/^5/")));
	check_same("-iF , -- match -ie b f3", W(S("-iF"), S(","), S("--"), S("match"), S("-ie"), S("b"), S("f3")));
	check_same("--separator=, match f3 /^5/", W(S("-F,"), S("match"), S("f3"), S("/^5/")));
	check_same("match --separator , f3 /^5/", W(S("match"), S("-F,"), S("f3"), S("/^5/")));
	check_same("--each-line --ignore-case match =a b=", W(S("match"), S("-i"), S("--each-line"), S("/a b/")));
	check_same("locate /a b/ ,a  b, x3b /a b/", W(S("locate"), S("/a b/"), S("/a  b/"), S("x3b"), S("/a b/")));
	check_same("locate / / //", W(S("locate"), S("/ /"), S("//")));
	check_same("locate (1.2 w3 fs , f2) /a b/",
	    W(S("locate"), S("(1.2"), S("w3"), S("fs"), S(","), S("f2)"), S("/a b/")));
	check_same("locate 1-2, w3 /, /", W(S("locate"), S("1-2,w3"), S("/, /")));
	check_same("locate w2 (1.2 , 3.1) |5 6|", W(S("locate"), S("w2"), S("(1.2 , 3.1)"), S("|5 6|")));
	check_same("locate -3 /f/", W(S("locate"), S("-3"), S("/f/")));
	check_same("locate -- -3 /f/", W(S("locate"), S("--"), S("-3"), S("/f/")));
	check_same("locate substr 1-3 of w2 /ERR/", W(S("locate"), S("substr 1-3 of w2"), S("/ERR/")));
	check_same("locate .a.\"odd name\" /a b/", W(S("locate"), S(".a.\"odd name\""), S("/a b/")));
	check_same("locate (.a.\"odd name\" w1) /a b/", W(S("locate"), S("(.a.\"odd name\""), S("w1)"), S("/a b/")));
	check_same("locate .\"a\\\" b\" /a b/", W(S("locate"), S(".\"a\\\" b\""), S("/a b/")));
	check_same("locate csv 1 \"a \"", W(S("locate"), S("csv"), S("1"), S("/a /")));
	check_same("locate .\"name\" /x/", W(S("locate"), S(".name"), S("/x/")));
	check_same("locate (csv 3 f3 .\"a name\") /x/",
	    W(S("locate"), S("(csv"), S("3"), S("f3"), S(".\"a name\")"), S("/x/")));
	check_same("-e ERROR -e b, locate", W(S("-e"), S("ERROR"), S("-eb,"), S("locate")));
	check_same("find /a _ b/", W(S("find"), S("/a _ b/")));
	check_same("strfind .a b.", W(S("strfind"), S(".a b.")));
	check_same("nmatch '^(a|7) *'", W(S("nmatch"), S("/^(a|7) */")));
}

static const struct {
	const char *string, *error;
} wrong[] = {
	{ "", "a verb is needed, such as locate" },
	{ " \t\n", "a verb is needed, such as locate" },
	{ "-i", "a verb is needed, such as locate" },
	{ "--", "a verb is needed, such as locate" },
	{ "-x locate", "-x: not an option of a verb" },
	{ "-ix locate", "-x: not an option of a verb" },
	{ "--header locate", NAMES_NO_HEADER },
	{ "-iH locate", NAMES_NO_HEADER },
	{ "locate -H .a", NAMES_NO_HEADER },
	{ "--limit 3 locate", "--limit: not an option of a verb, or ambiguous" },
	{ "locate --header=3 /a/", "--header=3: no argument is allowed" },
	{ "locate --head=3 /a/", "--head=3: no argument is allowed" },
	{ "locate --headers /a/", "--headers: not an option of a verb, or ambiguous" },
	{ "--te=a locate", "--te=a: not an option of a verb, or ambiguous" }, /* --text or --texts */
	{ "--= locate", "--=: not an option of a verb, or ambiguous" },
	{ "locate -i5 /a/", "-5: not an option of a verb" },
	{ "locate -iF", "-F: an argument is needed" },
	{ "locate -F", "-F: an argument is needed" },
	{ "locate --text", "--text: an argument is needed" },
	{ "seek /a/", "seek: no such verb; there are" },
	{ "locate /a b", "locate: /a b: the string is not closed by a second / within the word" },
	{ "locate /usr/bin/ x", "locate: /usr/bin/: there is more after the closing /: write ,/usr/bin/,, or" },
	{ "locate a b", "locate: a: write /a/, or -e a" },
	{ "locate 500 /a b/", "locate: 500: a column range is 500-500 or 500-*, a string is /500/" },
	{ "locate (w1 /a b/", "locate: /a: not a part of a record such as" },
	{ "locate /a b/ w2", "locate: w2: ranges come before the strings" },
	{ "match /a b/ /c/", "match: /c/: one expression is expected, not 2" },
	{ "match /a (b/", "match: at \"(b\"" },
	{ "locate csv name /a/", "locate: csv name: a column is named by a dot: .name, and rec-split -f csv -H" },
	{ "-F abc locate f1", "-F abc: a separator is one character" },
};

static void
test_wrong(void)
{
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct phrase p = { 0 };
		struct buf error = { 0 };
		int good;

		CHECK(phrase_string(&p, wrong[i].string, &error) == -1);
		good = error.len > 0 && strncmp(buf_string(&error), wrong[i].error, strlen(wrong[i].error)) == 0;
		CHECK(good);
		if (!good)
			printf("%s: %s\n", wrong[i].string, error.len > 0 ? buf_string(&error) : "no error");
		/* getopt has not been in the middle of a word. */
		optind = 0;
		CHECK(getopt_long(2, (char *[]){ S("x"), S("-i"), NULL }, "+:i", longs, NULL) == 'i');
		phrase_free(&p);
		buf_free(&error);
	}
}

/* A verb whose operand is the rest of the phrase, where there is one. */
static void
test_rest(void)
{
	struct phrase p = { 0 };
	struct buf error = { 0 };
	int there = verb_choose(&p.verb, "where", "where", &error) == 0;

	CHECK(there || error.len > 0);
	if (there) {
		CHECK(verb_takes(&p.verb) == VERB_REST);
		check_same("-F , where $3  ==  5 && $1 ~ / b/", W(S("-F,"), S("where"), S("$3  ==  5 && $1 ~ / b/")));
		check_same("where -F, -1 < $3", W(S("where"), S("-F,"), S("-1 < $3")));
	}
	CHECK(verb_choose(&p.verb, "locate", "locate", &error) == 0 && verb_takes(&p.verb) == VERB_RANGES);
	phrase_free(&p);
	buf_free(&error);
}

static void
test_table(void)
{
	static struct phrase p;
	struct command_fault fault = { 0 };
	struct buf error = { 0 };
	struct block b = some_records();
	struct table *t = table_make(&(struct table_parts){ .framing = "csv", .header = "id,name\n", .header_len = 8 },
	    &(const char *){ NULL });

	memset(&p, 0, sizeof p);
	CHECK(t != NULL && phrase_string(&p, "nlocate .name /x/", &error) == 0 && error.len == 0 && p.names.used);
	CHECK(phrase_table(&p, t, &fault) == 0 && fault.status == 0 && p.names.tabled);
	CHECK(phrase_judge(&p, &b, &fault) == b.count - 1 && fault.status == 0 && (p.verb.hits[0] & 3) == 1);
	CHECK(phrase_table(&p, NULL, &fault) == 0 && phrase_judge(&p, &b, &fault) == b.count);
	phrase_free(&p);
	memset(&p, 0, sizeof p);
	CHECK(phrase_string(&p, "locate f2 /x/", &error) == 0 && !p.names.used);
	CHECK(phrase_table(&p, t, &fault) == 0 && phrase_judge(&p, &b, &fault) == 1 && p.verb.hits[0] == 2);
	phrase_free(&p);
	memset(&p, 0, sizeof p);
	CHECK(phrase_string(&p, "where .x == 1", &error) == 0 && p.names.used);
	CHECK(verb_table(&p.verb, t, &error) == -1);
	CHECK(strcmp(buf_string(&error), "where: .x: no such column (the table has id, name)") == 0);
	phrase_free(&p);
	table_drop(t);
	buf_free(&error);
}

int
main(void)
{
	test_same();
	test_wrong();
	test_rest();
	test_table();
	return unit_end("phrase");
}
