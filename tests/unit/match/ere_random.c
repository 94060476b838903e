/*
 * ere against the definition (ere_plain.h): random expressions of all that rec-regex(7) has, with
 * anchors and edges of words anywhere, on random data with NULs, newlines and bytes that are not
 * UTF-8; from places in the middle of the data, and in pieces.
 */

#include <locale.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vis.h"
#include "fuzz/ere_pieces.h"
#include "fuzz/ere_plain.h"
#include "match/ere.h"
#include "unit/unit.h"

enum { EXPRESSIONS = 100, INPUTS = 20, LENGTH = 14 };

struct piece {
	const char *bytes;
	size_t len;
};

#define PIECE(text)                   \
	{                             \
		text, sizeof text - 1 \
	}

static void
add(struct buf *b, const struct piece pieces[], size_t count)
{
	const struct piece *p = &pieces[unit_random(count)];

	CHECK(buf_add(b, p->bytes, p->len) == 0);
}

static void
add_expression(struct buf *b, int depth)
{
	static const struct piece atoms[] = { PIECE("a"), PIECE("b"), PIECE("ab"), PIECE("."), PIECE("\0"),
		PIECE("\\x00"), PIECE("\\xC3"), PIECE("\\n"), PIECE("\\xff"), PIECE("\xC3\xA4"), PIECE("\xE2\x82\xAC"),
		PIECE("A"), PIECE("_"), PIECE("[^a]"), PIECE("[a-c]"), PIECE("\\w"), PIECE("\\W"), PIECE("\\s"),
		PIECE("\\D"), PIECE("\\S"), PIECE("[\xC3\xA4-\xE2\x82\xAC]"), PIECE("[^\n]"), PIECE("[[:alpha:]]"),
		PIECE("( |x)"), PIECE("()") };
	static const struct piece looks[] = { PIECE("^"), PIECE("$"), PIECE("\\b"), PIECE("\\B"), PIECE("\\<"),
		PIECE("\\>") };
	static const struct piece repeats[] = { PIECE("*"), PIECE("+"), PIECE("?"), PIECE("{2}"), PIECE("{0,2}"),
		PIECE("{1,}"), PIECE("{3,4}"), PIECE("{0}") };

	for (size_t n = unit_random(4) + (depth == 2); n > 0 && b->len < 80; n--) {
		if (unit_random(5) == 0) {
			add(b, looks, sizeof looks / sizeof looks[0]);
			continue;
		}
		if (depth > 0 && unit_random(3) == 0) {
			CHECK(buf_addc(b, '(') == 0);
			add_expression(b, depth - 1);
			if (unit_random(2) == 0) {
				CHECK(buf_addc(b, '|') == 0);
				add_expression(b, depth - 1);
			}
			CHECK(buf_addc(b, ')') == 0);
		} else {
			add(b, atoms, sizeof atoms / sizeof atoms[0]);
		}
		if (unit_random(3) == 0)
			add(b, repeats, sizeof repeats / sizeof repeats[0]);
	}
}

static void
add_data(struct buf *b)
{
	static const struct piece bytes[] = { PIECE("a"), PIECE("b"), PIECE("c"), PIECE("A"), PIECE(" "), PIECE("_"),
		PIECE("\0"), PIECE("\n"), PIECE("\xC3\xA4"), PIECE("\xC3\x84"), PIECE("\xE2\x82\xAC"), PIECE("\xC3"),
		PIECE("\xA4"), PIECE("\xFF"), PIECE("x"), PIECE("\xF0\x9F\x98\x80") };

	for (size_t n = unit_random(LENGTH); n > 0; n--)
		add(b, bytes, unit_random(2) ? 8 : sizeof bytes / sizeof bytes[0]);
}

static void
compare(struct ere *ere, const struct ere_tree *tree, const struct buf *expression)
{
	struct buf data = { 0 };
	size_t from, start = 0, end = 0, plain_start = 0, plain_end = 0;
	int found, plain;

	add_data(&data);
	found = ere_match(ere, data.data, data.len);
	plain = plain_search(tree, data.data, data.len, 0, &plain_start, &plain_end);
	CHECK(found == plain);
	from = unit_random(2) ? 0 : unit_random(data.len + 2);
	found = ere_search(ere, data.data, data.len, from, &start, &end);
	plain = plain_search(tree, data.data, data.len, from, &plain_start, &plain_end);
	CHECK(found == plain && (!found || (start == plain_start && end == plain_end)));
	found = ere_find(ere, data.data, data.len, from, &start, &end);
	CHECK(found == plain && (!found || (start == plain_start && end == plain_end)));
	CHECK(pieces_same(ere, data.data, data.len, 0, 0));
	CHECK(pieces_same(ere, data.data, data.len, 1 + unit_random(4), (unsigned)unit_random(1000)));
	if (unit_failures > 0 && unit_failures < UNIT_SHOWN) {
		(void)vis_bytes(&data, data.data, data.len, 0, 0, NULL);
		printf("  \"%.*s\" on %.*s from %zu: %d %zu-%zu, not %d %zu-%zu\n", (int)expression->len,
		    expression->data, (int)data.len, data.data, from, found, start, end, plain, plain_start, plain_end);
	}
	buf_free(&data);
}

/*
 * All matches, from one to the next: as they are found by ere_search one by one, with the rule of
 * awk.
 */
static void
walk_in(struct ere *ere, const char *expression, int flags, const struct buf *data)
{
	struct ere_walk w = { 0 };
	struct byteset_span spans[ERE_SPANS];
	size_t from = 0, last = 0, start, end, n = 0, count = 0;
	int any = 0, got, found;

	while ((found = ere_search(ere, data->data, data->len, from, &start, &end)) > 0) {
		if (start < end || !any || start > last) {
			if (n == count) {
				got = ere_spans(ere, data->data, data->len, &w, spans);
				CHECK(got > 0);
				count = got > 0 ? (size_t)got : 0;
				n = 0;
			}
			CHECK(n < count && spans[n].start == start && spans[n].end == end);
			if (n >= count || spans[n].start != start || spans[n].end != end) {
				printf("  \"%s\", flags %d\n", expression, flags);
				break;
			}
			n++;
			last = end;
			any = 1;
		}
		from = end;
		if (start == end) {
			size_t bytes = end < data->len && (flags & ERE_UTF8) != 0 && (data->data[end] & 0x80) != 0 ?
			    utf8_decode(data->data + end, data->len - end, NULL) : 1;

			if (end == data->len)
				break;
			from += bytes > 0 ? bytes : 1;
		}
	}
	CHECK(n == count);
	if (n == count) {
		CHECK(ere_spans(ere, data->data, data->len, &w, spans) == 0);
		CHECK(ere_spans(ere, data->data, data->len, &w, spans) == 0);
	}
}

/* In data by chance, some of which has more matches than are found at once. */
static void
walk(struct ere *ere, struct buf *expression, int flags)
{
	struct buf data = { 0 };

	for (size_t pieces = unit_random(3) == 0 ? 40 : 3; pieces > 0; pieces--)
		add_data(&data);
	walk_in(ere, buf_string(expression), flags, &data);
	buf_free(&data);
}

/*
 * A match is complete while one that began before it might still be; that one then is, or is not;
 * or it dies, and the one that is left is another.
 */
static void
overtaken(void)
{
	static const char *const expressions[] = { "abcd|bc", "abcd|b+c?", "aaab|aa", "abab|ba+", "(ab|bc)d|cde",
		"a.*d|b.", "a[bc]*d|(bc)+|c+b" };
	static const char letters[] = "abcd";
	struct buf error = { 0 };

	for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
		struct ere ere;

		CHECK(ere_compile(&ere, expressions[i], strlen(expressions[i]), 0, &error) == 0);
		/* All texts of seven letters. */
		for (unsigned text = 0; text < 1u << 14; text++) {
			char bytes[7];
			struct buf data = { .data = bytes, .len = sizeof bytes };

			for (size_t k = 0; k < sizeof bytes; k++)
				bytes[k] = letters[text >> 2 * k & 3];
			walk_in(&ere, expressions[i], 0, &data);
		}
		ere_free(&ere);
	}
}

/* Sets, runs of which are found without an automaton, alone and in what is none of these. */
static void
add_set(struct buf *b)
{
	static const struct piece sets[] = { PIECE("[ab]"), PIECE("[^a]"), PIECE("."), PIECE("\\W"), PIECE("a"),
		PIECE("[\xC3\xA4-\xE2\x82\xAC]"), PIECE("[a\xC3\xA4]"), PIECE("\\xff"), PIECE("[[:alpha:]]"), PIECE("\xC3\xA4"),
		PIECE("\\x00"), PIECE("[_\n]") };
	static const struct piece afters[] = { PIECE("+"), PIECE(""), PIECE("{1,}"), PIECE("*"), PIECE("{2,}"), PIECE("$"),
		PIECE("\\b"), PIECE("+x?"), PIECE("+$") };
	int grouped = unit_random(3) == 0;

	if (unit_random(6) == 0)
		CHECK(buf_addc(b, '^') == 0);
	if (grouped)
		CHECK(buf_addc(b, '(') == 0);
	add(b, sets, sizeof sets / sizeof sets[0]);
	if (grouped)
		CHECK(buf_addc(b, ')') == 0);
	add(b, afters, unit_random(2) ? 3 : sizeof afters / sizeof afters[0]);
}

/*
 * An expression that has more states than there is memory for, so that the automaton forgets them,
 * and gives up. Then two searches that take turns, so that each finds that all was forgotten for
 * the other; and the characters that only ere_sim knows.
 */
static void
forgetful(const char *expression, int flags, const char *letters, size_t len)
{
	struct ere_seek a = { 0 }, b = { 0 };
	struct buf data = { 0 }, error = { 0 };
	struct ere ere;
	size_t at = 0, n = 0, start, end, b_start, b_end, found = 0, kinds = strlen(letters);

	CHECK(ere_compile(&ere, expression, strlen(expression), flags, &error) == 0);
	for (size_t i = 0; i < len; i++)
		buf_addc(&data, letters[unit_random(kinds)]);
	CHECK(pieces_same(&ere, data.data, len, 4096, 1));
	while (n < len) {
		int got;

		n = n + 1000 < len ? n + 1000 : len;
		do {
			got = ere_seek(&ere, &a, data.data + at, n - at, ERE_SEEK_MORE, &start, &end);
			CHECK(ere_seek(&ere, &b, data.data + at, n - at, ERE_SEEK_MORE, &b_start, &b_end) == got);
			CHECK(got != 1 || (start == b_start && end == b_end));
			found += got == 1;
			at += got == 1 ? end : 0;
		} while (got == 1);
	}
	CHECK(found > 10);
	ere_seek_free(&a);
	ere_seek_free(&b);
	ere_free(&ere);
	buf_free(&data);
}

int
main(void)
{
	unsigned long compiled = 0;

	(void)setlocale(LC_ALL, "C.UTF-8");
	overtaken();
	forgetful("[ab]*a[ab]{14}c", 0, "abababababababababababababababc", 50000);
	forgetful("a[ab]{12}d|c+", 0, "abababababababababababababababc", 50000);
	forgetful("\\<a\\>+|b\\>", ERE_UTF8, "ab \xC3\xA4", 20000);
	while (unit_round())
		for (int i = 0; i < EXPRESSIONS; i++) {
			struct buf expression = { 0 }, error = { 0 };
			struct ere_tree tree = { 0 };
			struct ere ere;
			int flags = (int)unit_random(8);

			if (i % 4 == 0)
				add_set(&expression);
			else
				add_expression(&expression, 2);
			if (ere_compile(&ere, expression.data, expression.len, flags, &error) == 0) {
				CHECK(ere_parse(&tree, expression.data, expression.len, flags, &error) == 0);
				for (int k = 0; k < INPUTS; k++)
					compare(&ere, &tree, &expression);
				walk(&ere, &expression, flags);
				ere_free(&ere);
				compiled++;
			}
			ere_tree_free(&tree);
			buf_free(&expression);
			buf_free(&error);
		}
	CHECK(compiled > unit_rounds * EXPRESSIONS * 3 / 4);
	return unit_end("ere_random");
}
