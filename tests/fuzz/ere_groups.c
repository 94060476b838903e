/*
 * ere_groups: what the parentheses of any expression matched in any data. The first byte has the
 * flags, the second the length of the expression; the rest is the expression and the data. If ere
 * finds a match, ere_groups must divide it as the slow model does (ere_groups_plain.h).
 */

#include <errno.h>
#include <locale.h>
#include <string.h>

#include "fuzz/ere_groups_plain.h"
#include "fuzz/main.h"
#include "match/ere.h"
#include "match/ere_groups.h"

enum { PARENTHESES = 16 };

static void
check(const char *pattern, size_t pattern_len, int flags, struct ere *ere, const char *data, size_t len)
{
	struct byteset_span spans[PARENTHESES], plain[PARENTHESES];
	struct ere_groups g = { 0 };
	struct ere_tree tree = { 0 };
	struct buf error = { 0 };
	size_t start, end;

	if (ere_groups_compile(&g, pattern, pattern_len, flags, &error) < 0) {
		MUST(error.len > 0 && errno == E2BIG);
		buf_free(&error);
		return;
	}
	MUST(ere_parse(&tree, pattern, pattern_len, flags | ERE_GROUPS, &error) == 0);
	MUST(tree.groups == g.count);
	for (size_t i = 0; i < g.count; i++)
		MUST(strlen(ere_groups_name(&g, i)) < pattern_len);
	if (g.count <= PARENTHESES && len <= 40 && ere_search(ere, data, len, 0, &start, &end) == 1) {
		MUST(ere_groups_find(&g, data, len, start, end, spans) == 0);
		groups_plain(&tree, data, len, start, end, plain);
		for (size_t i = 0; i < g.count; i++)
			MUST(spans[i].start == plain[i].start && spans[i].end == plain[i].end);
	}
	ere_tree_free(&tree);
	ere_groups_free(&g);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *pattern = (const char *)bytes + 2;
	static int located;
	struct buf error = { 0 };
	struct ere ere;
	size_t pattern_len;
	int flags;

	if (size < 2)
		return 0;
	if (!located) {
		MUST(setlocale(LC_CTYPE, "C.UTF-8") != NULL || setlocale(LC_CTYPE, "C") != NULL);
		located = 1;
	}
	flags = (bytes[0] & (ERE_IGNORE_CASE | ERE_EACH_LINE | ERE_UTF8)) | ERE_NAMED;
	/* The model tries all repetitions. */
	pattern_len = bytes[1] & 0x1F;
	if (pattern_len > size - 2)
		pattern_len = size - 2;
	if (ere_compile(&ere, pattern, pattern_len, flags, &error) < 0) {
		MUST(error.len > 0);
		buf_free(&error);
		return 0;
	}
	check(pattern, pattern_len, flags, &ere, pattern + pattern_len, size - 2 - pattern_len);
	ere_free(&ere);
	return 0;
}
