/*
 * sortkey, random: records of random parts, with random letters, are in the order of their keys as
 * a model has it that compares the parts one by one. Numbers are held against digits in columns,
 * versions against a walk over both texts, values of JSON against the trees that they were made of.
 */

#include <ctype.h>
#include <string.h>

#include "base/timestamp.h"
#include "match/sortkey.h"
#include "unit/unit.h"

enum { RECORDS = 24, PARTS = 3, TEXT = 400, COLUMNS = 700, POINT = 350 };

/* ---- numbers ---- */

/* Sets the digits of a number to their columns. Returns its sign. */
static int
columns_of(const char *p, char digits[COLUMNS])
{
	char all[TEXT] = { 0 };
	int negative, n = 0, point = -1, exponent = 0, any = 0;

	memset(digits, '0', COLUMNS);
	while (*p == ' ' || *p == '\t')
		p++;
	negative = *p == '-';
	p += *p == '-' || *p == '+';
	for (; isdigit((unsigned char)*p) || (*p == '.' && point < 0); p++) {
		if (*p == '.')
			point = n;
		else
			all[n++] = *p;
	}
	if (point < 0)
		point = n;
	if (n > 0 && (*p == 'e' || *p == 'E'))
		exponent = atoi(p + 1);
	for (int i = 0; i < n; i++) {
		digits[POINT + i - point - exponent] = all[i];
		any |= all[i] != '0';
	}
	return any ? (negative ? -1 : 1) : 0;
}

static int
compare_numbers(const char *a, const char *b)
{
	char x[COLUMNS], y[COLUMNS];
	int s = columns_of(a, x), t = columns_of(b, y);

	return s != t ? s - t : s * memcmp(x, y, COLUMNS);
}

/* ---- versions ---- */

/* The rank of a byte that is in a text, or of the end of that. */
static int
rank(const char *p)
{
	unsigned char c = (unsigned char)*p;

	if (c == '~')
		return -2;
	if (c == '\0' || isdigit(c))
		return 0;
	return isalpha(c) ? c : c + 256;
}

static int
walk(const char *a, const char *b)
{
	while (*a != '\0' || *b != '\0') {
		size_t x, y;

		while ((*a != '\0' && !isdigit((unsigned char)*a)) || (*b != '\0' && !isdigit((unsigned char)*b))) {
			if (rank(a) != rank(b))
				return rank(a) - rank(b);
			a++;
			b++;
		}
		a += strspn(a, "0");
		b += strspn(b, "0");
		x = strspn(a, "0123456789");
		y = strspn(b, "0123456789");
		if (x != y)
			return x < y ? -1 : 1;
		if (memcmp(a, b, x) != 0)
			return memcmp(a, b, x);
		a += x;
		b += y;
	}
	return 0;
}

/* Copies the text without its endings. */
static void
cut(char *to, const char *text)
{
	size_t n = strlen(text);

	memcpy(to, text, n + 1);
	for (;;) {
		char *point = strrchr(to, '.');

		if (point == NULL || point == to || !(isalpha((unsigned char)point[1]) || point[1] == '~'))
			break;
		if (point[1 + strspn(point + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789~")] !=
		    '\0')
			break;
		*point = '\0';
	}
}

static int
kind_of_name(const char *p)
{
	if (*p == '\0')
		return 0;
	if (*p != '.')
		return 4;
	return p[1] == '\0' ? 1 : p[1] == '.' && p[2] == '\0' ? 2 : 3;
}

static int
compare_versions(const char *a, const char *b)
{
	char x[TEXT], y[TEXT];
	int order;

	if (kind_of_name(a) != kind_of_name(b) || kind_of_name(a) < 3)
		return kind_of_name(a) - kind_of_name(b);
	cut(x, a);
	cut(y, b);
	order = walk(x, y);
	return order != 0 ? order : walk(a, b);
}

/* ---- others ---- */

static int
compare_times(const char *a, const char *b)
{
	struct timestamp x, y;
	int s = timestamp_read_iso(a, strlen(a), &x), t = timestamp_read_iso(b, strlen(b), &y);

	if (!s || !t)
		return s - t;
	if (x.seconds != y.seconds)
		return x.seconds < y.seconds ? -1 : 1;
	return (x.nanoseconds > y.nanoseconds) - (x.nanoseconds < y.nanoseconds);
}

static int
compare_folded(const char *a, const char *b)
{
	while (*a != '\0' && toupper((unsigned char)*a) == toupper((unsigned char)*b)) {
		a++;
		b++;
	}
	return toupper((unsigned char)*a) - toupper((unsigned char)*b);
}

static int
compare_parts(char letter, const char *a, const char *b)
{
	switch (letter) {
	case 'n':
		return compare_numbers(a, b);
	case 'V':
		return compare_versions(a, b);
	case 't':
		return compare_times(a, b);
	case 'f':
		return compare_folded(a, b);
	default:
		return strcmp(a, b);
	}
}

static void
make_part(char *to)
{
	static const char *const pieces[] = { "a", "B", "b", "0", "1", "10", "007", ".", "-", "~", "rc", ".tar", "_",
		"99", "z" };
	static const char *const times[] = { "2026-11-30T12:00+02:00", "2026-11-30T10:00Z", "2026-11-30",
		"20261130T100000.5", "no time" };
	size_t n = unit_random(5);

	*to = '\0';
	switch (unit_random(4)) {
	case 0:
		strcpy(to, times[unit_random(5)]);
		break;
	case 1:
		sprintf(to, "%s%s%zu",
		    unit_random(3) == 0     ? "-" :
			unit_random(6) == 0 ? " +" :
					      "",
		    unit_random(4) == 0 ? "000" : "", unit_random(2) == 0 ? unit_random(3) : unit_random(200000));
		if (unit_random(2) == 0)
			sprintf(to + strlen(to), ".%0*zu%s", (int)unit_random(4), unit_random(50),
			    unit_random(3) == 0 ? "00" : "");
		if (unit_random(4) == 0)
			sprintf(to + strlen(to), "e%d", (int)unit_random(120) - 60);
		else if (unit_random(6) == 0)
			memcpy(to + strlen(to), "111111111111111111111111111111111111111", 40);
		break;
	default:
		while (n-- > 0)
			strcat(to, pieces[unit_random(sizeof pieces / sizeof pieces[0])]);
	}
}

/* Returns the order as -1, 0 or 1; and checks that the prefixes agree with it. */
static int
order_of(const struct sortkey *k, const struct range_view *a, const struct range_view *b)
{
	int order = sortkey_compare(k, a, b, 0);
	uint64_t x = sortkey_prefix(k, a->data, a->len, 0), y = sortkey_prefix(k, b->data, b->len, 0);

	order = (order > 0) - (order < 0);
	if (x != y)
		CHECK(order == (x < y ? -1 : 1));
	else if (!sortkey_more(k, a->data, a->len, 0) && !sortkey_more(k, b->data, b->len, 0))
		CHECK(order == 0);
	return order;
}

static void
test_letters(void)
{
	static char texts[RECORDS][PARTS][TEXT];
	struct sortkey k = { 0 };
	struct buf error = { 0 }, made[RECORDS] = { { 0 } }, records[RECORDS] = { { 0 } };
	struct range_view keys[RECORDS];
	char words[PARTS][16], *list[PARTS], letters[PARTS];
	int reversed[PARTS];
	size_t part[PARTS], parts = 1 + unit_random(PARTS);

	for (size_t i = 0; i < parts; i++) {
		letters[i] = "nVtf "[unit_random(5)];
		reversed[i] = unit_random(2) == 0;
		part[i] = unit_random(PARTS);
		sprintf(words[i], "f%zu%s%.*s%s", part[i] + 1, letters[i] != ' ' || reversed[i] ? ":" : "",
		    letters[i] != ' ', &letters[i], reversed[i] ? "r" : "");
		list[i] = words[i];
	}
	CHECK(sortkey_parse(&k, "|", list, parts, &error) == 0);
	for (size_t r = 0; r < RECORDS; r++) {
		for (size_t i = 0; i < PARTS; i++) {
			make_part(texts[r][i]);
			CHECK(buf_addf(&records[r], "%s%s", i > 0 ? "|" : "", texts[r][i]) == 0);
		}
		CHECK(sortkey_make(&k, records[r].data, records[r].len, &made[r], &keys[r]) == 0);
	}
	for (size_t a = 0; a < RECORDS; a++)
		for (size_t b = 0; b < RECORDS; b++) {
			int want = 0;

			for (size_t i = 0; i < parts && want == 0; i++) {
				want = compare_parts(letters[i], texts[a][part[i]], texts[b][part[i]]);
				want = reversed[i] ? -want : want;
			}
			want = (want > 0) - (want < 0);
			if (order_of(&k, &keys[a], &keys[b]) != want) {
				printf("%s|%s|%s: %s, %s\n", words[0], parts > 1 ? words[1] : "",
				    parts > 2 ? words[2] : "", buf_string(&records[a]), buf_string(&records[b]));
				CHECK(!"the order of the model");
			}
		}
	for (size_t r = 0; r < RECORDS; r++) {
		buf_free(&records[r]);
		buf_free(&made[r]);
	}
	sortkey_free(&k);
	buf_free(&error);
}

/* ---- JSON ---- */

enum { KINDS = 7, KIDS = 3 };

struct tree {
	int kind; /* null, false, true, number, string, array, object */
	int number;
	char text[8];
	size_t count;
	char names[KIDS][2];
	struct tree *kids[KIDS];
};

static struct tree trees[4096];
static size_t trees_count;

static struct tree *
grow(int depth)
{
	struct tree *t = &trees[trees_count++];

	*t = (struct tree){ .kind = (int)unit_random(depth > 0 ? KINDS : 5) };
	t->number = (int)unit_random(30) - 10;
	for (size_t i = unit_random(4); i > 0; i--)
		t->text[i - 1] = "ab\"z"[unit_random(4)];
	for (size_t i = 0; i < sizeof t->text - 1; i++)
		if (t->text[i] == '\0')
			t->text[i + 1] = '\0';
	if (t->kind >= 5)
		t->count = unit_random(KIDS + 1);
	for (size_t i = 0; i < t->count; i++) {
		t->names[i][0] = (char)('a' + unit_random(2) + 2 * i); /* in their order */
		t->kids[i] = grow(depth - 1);
	}
	return t;
}

static void
space(struct buf *out)
{
	if (unit_random(8) == 0)
		CHECK(buf_adds(out, unit_random(2) == 0 ? " " : "\r\n\t") == 0);
}

static void
write_tree(struct buf *out, const struct tree *t)
{
	static const char *const words[] = { "null", "false", "true" };
	size_t first = t->count > 0 ? unit_random(t->count) : 0;

	space(out);
	if (t->kind < 3) {
		CHECK(buf_adds(out, words[t->kind]) == 0);
	} else if (t->kind == 3) {
		CHECK(buf_addf(out,
			  unit_random(2) == 0     ? "%d.5" :
			      unit_random(2) == 0 ? "%d.50" :
						    "%d.5e0",
			  t->number) == 0);
	} else if (t->kind == 4) {
		CHECK(buf_addc(out, '"') == 0);
		for (const char *p = t->text; *p != '\0'; p++)
			CHECK(buf_addf(out, *p == '"' || unit_random(4) == 0 ? "\\u%04x" : "%c", *p) == 0);
		CHECK(buf_addc(out, '"') == 0);
	} else {
		CHECK(buf_addc(out, t->kind == 5 ? '[' : '{') == 0);
		for (size_t i = 0; i < t->count; i++) {
			/* Members are in any order, elements in theirs. */
			size_t k = t->kind == 5 ? i : (i + first) % t->count;

			CHECK(i == 0 || buf_addc(out, ',') == 0);
			if (t->kind == 6) {
				space(out);
				CHECK(
				    buf_addf(out, unit_random(3) == 0 ? "\"\\u%04x\"" : "\"%c\"", t->names[k][0]) == 0);
				space(out);
				CHECK(buf_addc(out, ':') == 0);
			}
			write_tree(out, t->kids[k]);
		}
		space(out);
		CHECK(buf_addc(out, t->kind == 5 ? ']' : '}') == 0);
	}
	space(out);
}

static int
compare_trees(const struct tree *a, const struct tree *b)
{
	size_t n = a->count < b->count ? a->count : b->count;
	int order = 0;

	if (a->kind != b->kind)
		return a->kind - b->kind;
	if (a->kind == 3)
		/* -3.5 is below -2.5, but 0.5 is what both 0 and -0 begin: there is no -0. */
		return a->number == b->number ? 0 :
		    (a->number < 0 ? a->number - 0.5 : a->number + 0.5) <
			(b->number < 0 ? b->number - 0.5 : b->number + 0.5) ?
						-1 :
						1;
	if (a->kind == 4)
		return strcmp(a->text, b->text);
	for (size_t i = 0; i < n && order == 0 && a->kind == 6; i++)
		order = a->names[i][0] - b->names[i][0];
	if (a->kind == 6 && order == 0)
		order = (a->count > b->count) - (a->count < b->count);
	for (size_t i = 0; i < n && order == 0; i++)
		order = compare_trees(a->kids[i], b->kids[i]);
	return order != 0 ? order : (a->count > b->count) - (a->count < b->count);
}

static void
test_json(void)
{
	struct sortkey k = { 0 };
	struct buf error = { 0 }, made[RECORDS] = { { 0 } }, record = { 0 };
	struct range_view keys[RECORDS];
	struct tree *roots[RECORDS];
	int reversed = unit_random(2) == 0;
	char word[] = ".k:r", *list[] = { word };

	if (!reversed)
		word[2] = '\0';
	trees_count = 0;
	CHECK(sortkey_parse(&k, NULL, list, 1, &error) == 0);
	for (size_t r = 0; r < RECORDS; r++) {
		roots[r] = grow(3);
		record.len = 0;
		CHECK(buf_adds(&record, "{\"x\":[1],\"k\":") == 0);
		write_tree(&record, roots[r]);
		CHECK(buf_addc(&record, '}') == 0);
		CHECK(sortkey_make(&k, record.data, record.len, &made[r], &keys[r]) == 0);
	}
	for (size_t a = 0; a < RECORDS; a++)
		for (size_t b = 0; b < RECORDS; b++) {
			int want = compare_trees(roots[a], roots[b]);

			want = reversed ? -want : want;
			CHECK(order_of(&k, &keys[a], &keys[b]) == (want > 0) - (want < 0));
		}
	for (size_t r = 0; r < RECORDS; r++)
		buf_free(&made[r]);
	sortkey_free(&k);
	buf_free(&error);
	buf_free(&record);
}

int
main(void)
{
	while (unit_round())
		for (int i = 0; i < 20; i++) {
			test_letters();
			test_json();
		}
	return unit_end("sortkey");
}
