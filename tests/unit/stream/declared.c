/*
 * declared: segments of one stream and of several, with tables and without, with records and
 * without, in every order: which table there is, and what is said if they differ.
 */
#include <locale.h>
#include <string.h>

#include "stream/declared.h"
#include "unit/goodtable.h"
#include "unit/unit.h"

/* ---- by hand ---- */

static struct table *one, *same_as_one, *two;

static struct declared d;
static struct buf why;

static void
anew(void)
{
	declared_free(&d);
	why.len = 0;
}

/* Each returns 1 if the step has that result, and that reason if it is refused; else 0. */
static int
is(int got, int want, const char *reason)
{
	if (got == want && strcmp(buf_string(&why), reason) == 0)
		return 1;
	printf("%d: %s\n", got, buf_string(&why));
	return 0;
}

static int
begins(struct table *t, const char *from, int want, const char *reason)
{
	return is(declared_table(&d, t, from, &why), want, reason);
}

static int
has(struct table *t, const char *from, int want, const char *reason)
{
	return is(declared_records(&d, t, from, &why), want, reason);
}

static void
messages(void)
{
	/* A table that the command refuses was never declared. */
	CHECK(begins(one, "a", 1, "") && d.table == one);
	declared_refused(&d);
	CHECK(d.table == NULL && d.from == NULL && begins(two, "b", 1, "") && d.table == two);
	anew();
	/* Equal tables become one: the first. */
	CHECK(begins(one, "a", 1, "") && d.table == one);
	CHECK(begins(same_as_one, "b", 0, "") && d.table == one);
	CHECK(has(one, "a", 0, "") && has(same_as_one, "b", 0, "") && d.table == one);
	CHECK(begins(two, "a", -1, "its table differs from the one before: column 2 is \"amount\", not \"price\""));
	why.len = 0;
	CHECK(begins(two, "c", -1, "its table differs from that of a: column 2 is \"amount\", not \"price\""));
	why.len = 0;
	CHECK(has(NULL, "a", -1, "its records have no table, but one was declared before them (id, price)"));
	why.len = 0;
	CHECK(has(NULL, "b", -1, "its records have no table, but a declares one (id, price)"));

	/* Different ones differ before there are records, too. */
	anew();
	CHECK(begins(one, "a", 1, "") && begins(two, "b", -1, "its table differs from that of a: column 2 is \"amount\", not \"price\""));

	/* Records without a table, then some with one; a table alone says nothing. */
	anew();
	CHECK(has(NULL, "a", 0, "") && d.table == NULL);
	CHECK(begins(one, "a", 0, "") && d.table == NULL);
	CHECK(has(one, "a", -1, "it has a table (id, price), but the records before it have none"));
	why.len = 0;
	CHECK(has(one, "b", -1, "it has a table (id, price), but those of a have none"));

	/* A table holds without records, too: its header may have been written. */
	anew();
	CHECK(begins(one, "a", 1, "") && d.table == one);
	CHECK(has(NULL, "a", -1, "its records have no table, but one was declared before them (id, price)"));
	why.len = 0;
	CHECK(has(NULL, "b", -1, "its records have no table, but a declares one (id, price)") && d.table == one);

	/* If streams come together, a table beside another's records without one is refused. */
	anew();
	d.together = 1;
	CHECK(has(NULL, "a", 0, "") && has(NULL, "b", 0, ""));
	CHECK(begins(one, "b", -1, "it has a table (id, price), but those of a have none") && d.table == NULL);

	/* The command itself declares it. */
	anew();
	d.table = table_share(one);
	CHECK(begins(same_as_one, "a", 0, "") && has(same_as_one, "a", 0, "") && d.table == one);
	CHECK(begins(two, "a", -1, "its table differs from this command's: column 2 is \"amount\", not \"price\""));
	why.len = 0;
	CHECK(has(NULL, "a", -1, "its records have no table, but this command declares one (id, price)"));
	anew();
}

/* ---- every order ---- */

/* table: 0: none, 1: one, 2: the same in other bytes, 3: two. rows: 1: it has records. */
struct segment {
	int table, rows, stream;
};

/* Returns the first of n segments that must be refused, or n. */
static size_t
refused(const struct segment *s, size_t n, int together)
{
	int family = 0, bare[2] = { 0, 0 }; /* of the table in use, 0: none; that stream has had records without one */

	for (size_t i = 0; i < n; i++) {
		int mine = s[i].table == 2 ? 1 : s[i].table;

		if (mine != 0 && family != 0 && mine != family)
			return i;
		if (mine != 0 && (bare[0] || bare[1]) && (s[i].rows || (together && !bare[s[i].stream])))
			return i;
		if (mine != 0 && !bare[0] && !bare[1])
			family = mine;
		if (mine == 0 && s[i].rows && family != 0)
			return i;
		bare[s[i].stream] |= mine == 0 && s[i].rows;
	}
	return n;
}

/* Returns 1 if a segment is refused in an order in which those of two streams may come, else 0. */
static int
refused_by_any(const struct segment *s, size_t n)
{
	int none = 1;

	for (unsigned long order = 0; order < 1UL << n; order++) {
		struct segment mixed[4];
		size_t at[2] = { 0, 0 }, count = 0;

		for (; count < n; count++) {
			int stream = (int)(order >> count & 1);

			while (at[stream] < n && s[at[stream]].stream != stream)
				at[stream]++;
			if (at[stream] == n)
				break;
			mixed[count] = s[at[stream]++];
		}
		if (count == n)
			none &= refused(mixed, n, 1) == n;
	}
	return !none;
}

static void
orders(int together)
{
	static const char *const names[] = { "a", "b" };
	struct table *const tables[] = { NULL, one, same_as_one, two };
	size_t good = 0, bad = 0;

	for (unsigned long code = 0; code < 16 * 16 * 16 * 16; code++) {
		struct segment s[4];
		struct table *now = NULL; /* as the hook is told */
		int bare[2] = { 0, 0 };
		size_t i, n = 4, want;

		for (i = 0; i < n; i++) {
			unsigned digit = code >> (4 * i) & 15;

			s[i] = (struct segment){ (int)(digit & 3), digit >> 2 & 1, (int)(digit >> 3) };
		}
		want = refused(s, n, together);
		if (together)
			CHECK(refused_by_any(s, n) == (want < n));
		anew();
		d.together = together;
		for (i = 0; i < n; i++) {
			struct table *t = tables[s[i].table];
			int tells = t != NULL && !(together && bare[s[i].stream]);
			int news = tells ? declared_table(&d, t, names[s[i].stream], &why) : 0;

			if (news < 0)
				break;
			CHECK(news == (d.table != now));
			now = d.table;
			if (!s[i].rows)
				continue;
			bare[s[i].stream] |= t == NULL;
			news = declared_records(&d, t, names[s[i].stream], &why);
			if (news < 0)
				break;
			CHECK(news == 0 && d.table == now);
			CHECK((t == NULL) == (now == NULL) && (t == NULL || table_equal(t, now)));
		}
		CHECK(i == want && (i == n) == (why.len == 0));
		good += i == n;
		bad += i < n;
	}
	CHECK(good > 2000 && bad > 20000); /* of 65536 */
}

int
main(void)
{
	(void)setlocale(LC_ALL, "C.UTF-8");
	one = goodtable("{\"framing\":\"csv\"}\nid,price\n");
	same_as_one = goodtable("{\"framing\":\"csv-crlf\"}\n\"id\",price\r\n");
	two = goodtable("{\"framing\":\"csv\"}\nid,amount\n");
	messages();
	orders(0);
	orders(1);
	anew();
	buf_free(&why);
	/* All shares were given back but these: a sanitizer sees what is left or freed twice. */
	table_drop(one);
	table_drop(same_as_one);
	table_drop(two);
	return unit_end("declared");
}
