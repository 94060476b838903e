/*
 * ere: any expression on any data. The first byte has the flags, the second the length of the
 * expression and the place at which to begin to search; the rest is the expression and the data.
 * What must hold:
 * - ere_search finds what the definition of the tree says (ere_plain.h), if the data is short
 *   enough to ask;
 * - ere_find and ere_spans find the same;
 * - ere_match, ere_match_all (the data as several records too) and the automaton run state by state
 *   agree with it;
 * - ere_seek finds the matches that are not empty one after the other, however the data are cut;
 * - what matches holds the literal, and if the literal is all, what holds it matches;
 * - an expression that is refused has a reason.
 */

#include <errno.h>
#include <locale.h>
#include <string.h>

#include "base/scan.h"
#include "fuzz/ere_pieces.h"
#include "fuzz/ere_plain.h"
#include "fuzz/main.h"
#include "match/ere.h"
#include "match/ere_program.h"

enum { RECORDS = 24, STATES = 3000 };

/* How often the definition would look at a kid: nested intervals multiply. */
static double
cost(const struct ere_tree *t, uint32_t node)
{
	const struct ere_node *n = &t->nodes[node];
	double sum = 1;

	if (n->op == ERE_CAT || n->op == ERE_ALT)
		for (uint32_t kid = n->first; kid != 0; kid = t->nodes[kid].next)
			sum += cost(t, kid);
	if (n->op == ERE_REPEAT) {
		double times = n->max == ERE_NO_LIMIT ? n->min + PLAIN_MAX : n->max;

		sum += (times > PLAIN_MAX + 1 ? times : PLAIN_MAX + 1) * cost(t, n->first);
	}
	return sum;
}

static void
check_search(const struct ere_tree *tree, struct ere *ere, const char *data, size_t len, size_t from)
{
	size_t start = 0, end = 0, plain_start = 0, plain_end = 0, s_start = 0, s_end = 0;
	int found = ere_search(ere, data, len, from, &start, &end);
	struct ere_nfa nfa = { 0 };
	struct ere_sim sim = { 0 };

	MUST(found == 0 || (found == 1 && from <= start && start <= end && end <= len));
	MUST(from > 0 || ere_match(ere, data, len) == found);
	if (from <= len && ere_nfa_build(&nfa, tree, 0) == 0 && nfa.count < STATES) {
		MUST(ere_sim_init(&sim, nfa.count) == 0);
		MUST(ere_sim_run(&sim, &nfa, data, len, from, &s_start, &s_end) == found);
		MUST(!found || (s_start == start && s_end == end));
		MUST(ere_sim_run(&sim, &nfa, data, len, from, NULL, NULL) == found);
		ere_sim_free(&sim);
	}
	ere_nfa_free(&nfa);
	if (len > PLAIN_MAX || from > len || cost(tree, tree->root) > 20000)
		return;
	MUST(plain_search(tree, data, len, from, &plain_start, &plain_end) == found);
	MUST(!found || (plain_start == start && plain_end == end));
}

/*
 * The ways that are fast: the next match, and all of them, each of which is the next one after the
 * one before.
 */
static void
check_find(struct ere *ere, const char *data, size_t len, size_t from)
{
	size_t start = 0, end = 0, found_start = 0, found_end = 0, last = 0;
	struct ere_walk w = { 0 };
	struct byteset_span spans[ERE_SPANS];
	int found = ere_search(ere, data, len, from, &start, &end), count, any = 0;

	MUST(ere_find(ere, data, len, from, &found_start, &found_end) == found);
	MUST(!found || (found_start == start && found_end == end));
	do {
		count = ere_spans(ere, data, len, &w, spans);
		MUST(count >= 0 && count <= ERE_SPANS);
		for (int i = 0; i < count; i++) {
			MUST(ere_search(ere, data, len, last, &start, &end) == 1);
			/* One that is empty, and right after another match, is left out. */
			if (any && start == end && start == last)
				MUST(last < len && ere_search(ere, data, len, last + 1, &start, &end) == 1);
			MUST((spans[i].start == start && spans[i].end == end) || spans[i].start > last);
			last = spans[i].end;
			any = 1;
		}
	} while (count > 0);
}

static void
check_literal(const struct ere *ere, const char *data, size_t len, int flags, int found)
{
	const struct ere_literals *l = &ere->program->literals;
	const struct buf *text = &l->text[l->longest];
	struct scan_text scan;
	int there;

	if (l->count == 0) {
		MUST(!l->exact);
		return;
	}
	MUST(scan_text_init(&scan, text->data, text->len, (flags & ERE_IGNORE_CASE) != 0) == 0);
	there = scan_text(&scan, data, len, 0) != SIZE_MAX;
	MUST(!found || there);
	MUST(!l->exact || found == there);
	scan_text_free(&scan);
}

static void
check_records(struct ere *ere, const char *data, size_t len, size_t gap)
{
	uint32_t ends[RECORDS];
	uint64_t hits = 0;
	size_t count = 0, piece = len / RECORDS + 1;

	for (size_t start = 0; count < RECORDS && start <= len; count++) {
		ends[count] = (uint32_t)(len - start < piece + count % 3 ? len : start + piece + count % 3);
		start = ends[count] + gap;
	}
	ere_match_all(ere, data, len, ends, count, gap, &hits);
	for (size_t i = 0; i < count; i++) {
		size_t start = i == 0 ? 0 : ends[i - 1] + gap;

		MUST((int)(hits >> i & 1) == ere_match(ere, data + start, ends[i] - start));
	}
	MUST(count == RECORDS || hits >> count == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int located;
	const char *pattern = (const char *)bytes + 2, *data;
	struct buf error = { 0 };
	struct ere_tree tree = { 0 };
	struct ere ere;
	size_t pattern_len, len;
	int flags;

	if (size < 2)
		return 0;
	if (!located) {
		MUST(setlocale(LC_CTYPE, "C.UTF-8") != NULL || setlocale(LC_CTYPE, "C") != NULL);
		located = 1;
	}
	flags = bytes[0] & (ERE_IGNORE_CASE | ERE_EACH_LINE);
	/*
	 * Classes in UTF-8 take milliseconds under a sanitizer: one input in four is enough of
	 * them.
	 */
	if ((bytes[0] & (ERE_UTF8 | 0x80)) == ERE_UTF8)
		flags |= ERE_UTF8;
	pattern_len = bytes[1] & 0x7F;
	if (pattern_len > size - 2)
		pattern_len = size - 2;
	data = pattern + pattern_len;
	len = size - 2 - pattern_len;
	if (ere_compile(&ere, pattern, pattern_len, flags, &error) < 0) {
		MUST(error.len > 0 && memchr(error.data, '\n', error.len) == NULL && ere.program == NULL);
		MUST(errno == EINVAL || errno == E2BIG);
		buf_free(&error);
		return 0;
	}
	MUST(error.len == 0);
	MUST(ere_parse(&tree, pattern, pattern_len, flags, &error) == 0);
	check_search(&tree, &ere, data, len, 0);
	check_search(&tree, &ere, data, len, bytes[0] >> 3);
	check_find(&ere, data, len, bytes[0] >> 3);
	check_literal(&ere, data, len, flags, ere_match(&ere, data, len));
	check_records(&ere, data, len, bytes[1] >> 7);
	if (len <= 200) {
		MUST(pieces_same(&ere, data, len, 0, 0));
		MUST(pieces_same(&ere, data, len, 1, bytes[1]));
		MUST(pieces_same(&ere, data, len, 1 + bytes[0] % 9, bytes[1]));
	}
	ere_tree_free(&tree);
	ere_free(&ere);
	return 0;
}
