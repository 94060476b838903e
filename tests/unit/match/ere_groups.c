/*
 * What parentheses match: against a slow model of the rules (ere_groups_plain.h), and against
 * regexec of glibc, by random expressions and data.
 *
 * glibc gets no expressions in which parentheses are repeated, or that have intervals: there 2.36
 * does not follow the rules of POSIX (it gives 1-2 for ([bc]|b*b)* on "bb", whose first time can
 * take both bytes), and for some it never ends.
 */

#include <locale.h>
#include <regex.h>
#include <string.h>
#include <sys/types.h>

#include "fuzz/ere_groups_plain.h"
#include "match/ere.h"
#include "match/ere_groups.h"
#include "unit/unit.h"

enum { EXPRESSIONS = 40, INPUTS = 12, LENGTH = 14, GROUPS = 32 };

static unsigned long matches, glibc, differences;

static void
add_piece(char *text, const char *const pieces[], size_t count)
{
	strcat(text, pieces[unit_random(count)]);
}

static void
add_expression(char *text, int depth, int utf8, int simple)
{
	static const char *const plain[] = { "a", "b", "c", ".", "a", "b", "ab", "bc", "a", "[ab]", "[^a]", "[bc]" };
	static const char *const wide[] = { "\xC3\xA4", "\xE2\x82\xAC", "[^\xC3\xA4]", "[\xC3\xA4-\xC3\xBC]" };
	static const char *const repeats[] = { "*", "+", "?", "{2}", "{1,2}", "{2,}", "*", "{0,2}", "*", "{2,3}" };
	size_t parts = 1 + unit_random(3);

	for (size_t i = 0; i < parts && strlen(text) < 60; i++) {
		if (depth > 0 && unit_random(2) == 0) {
			strcat(text, "(");
			add_expression(text, depth - 1, utf8, simple);
			if (unit_random(2) == 0) {
				strcat(text, "|");
				add_expression(text, depth - 1, utf8, simple);
			}
			strcat(text, ")");
		} else if (utf8 && unit_random(4) == 0) {
			add_piece(text, wide, sizeof wide / sizeof wide[0]);
		} else {
			add_piece(text, plain, sizeof plain / sizeof plain[0]);
		}
		if (unit_random(5) < 2 && !(simple && text[strlen(text) - 1] == ')'))
			add_piece(text, repeats, simple ? 3 : sizeof repeats / sizeof repeats[0]);
	}
}

static void
add_input(char *text, int utf8)
{
	static const char *const plain[] = { "a", "b", "c", "a", "b", " " };
	static const char *const wide[] = { "\xC3\xA4", "\xE2\x82\xAC", "\xC3\xB6" };

	for (size_t n = unit_random(LENGTH); n > 0; n--) {
		if (utf8 && unit_random(4) == 0)
			add_piece(text, wide, 3);
		else
			add_piece(text, plain, sizeof plain / sizeof plain[0]);
	}
}

static void
compare(const char *expression, const struct ere_tree *tree, struct ere *ere, struct ere_groups *g,
    const regex_t *regex, const char *input)
{
	struct byteset_span spans[GROUPS], plain[GROUPS];
	size_t len = strlen(input), start, end;
	regmatch_t m[GROUPS + 1];
	int same = 1; /* the two have the same places */

	if (ere_search(ere, input, len, 0, &start, &end) != 1)
		return;
	matches++;
	CHECK(ere_groups_find(g, input, len, start, end, spans) == 0);
	groups_plain(tree, input, len, start, end, plain);
	for (size_t i = 0; i < g->count; i++)
		same &= spans[i].start == plain[i].start && spans[i].end == plain[i].end;
	CHECK(same);
	for (size_t i = 0; !same && i < g->count && unit_failures < UNIT_SHOWN; i++)
		printf("  %s on \"%s\" (%zu-%zu): \\%zu is %zd-%zd, by the rules %zd-%zd\n", expression, input, start,
		    end, i + 1, (ssize_t)spans[i].start, (ssize_t)spans[i].end, (ssize_t)plain[i].start,
		    (ssize_t)plain[i].end);
	if (regex == NULL || regexec(regex, input, g->count + 1, m, 0) != 0)
		return;
	glibc++;
	same = 1;
	for (size_t i = 0; i < g->count; i++)
		same &= (ssize_t)spans[i].start == m[i + 1].rm_so && (ssize_t)spans[i].end == m[i + 1].rm_eo;
	differences += !same;
}

static void
compare_all(int utf8)
{
	for (int i = 0; i < EXPRESSIONS; i++) {
		char expression[256] = "";
		int flags = utf8 ? ERE_UTF8 : 0;
		struct buf error = { 0 };
		struct ere_tree tree = { 0 };
		struct ere_groups g = { 0 };
		struct ere ere;
		regex_t regex;
		int theirs;

		add_expression(expression, 3, utf8, i % 2);
		CHECK(ere_compile(&ere, expression, strlen(expression), flags, &error) == 0);
		CHECK(ere_parse(&tree, expression, strlen(expression), flags | ERE_GROUPS, &error) == 0);
		CHECK(ere_groups_compile(&g, expression, strlen(expression), flags, &error) == 0);
		if (g.count == 0 || g.count > GROUPS) {
			ere_free(&ere);
			ere_groups_free(&g);
			ere_tree_free(&tree);
			continue;
		}
		theirs = i % 2 == 1 && regcomp(&regex, expression, REG_EXTENDED) == 0;
		for (int k = 0; k < INPUTS; k++) {
			char input[128] = "";

			add_input(input, utf8);
			compare(expression, &tree, &ere, &g, theirs ? &regex : NULL, input);
		}
		if (theirs)
			regfree(&regex);
		ere_groups_free(&g);
		ere_tree_free(&tree);
		ere_free(&ere);
	}
}

int
main(void)
{
	while (unit_round()) {
		CHECK(setlocale(LC_ALL, "C") != NULL);
		compare_all(0);
		if (setlocale(LC_ALL, "C.UTF-8") != NULL)
			compare_all(1);
	}
	CHECK(matches > 0 && glibc > 0);
	/* Where glibc differs, a part to the left matches less than it could. */
	CHECK(glibc < 1000 || differences * 50 < glibc);
	return unit_end("ere_groups");
}
