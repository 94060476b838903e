/*
 * framing_elements: elements of arrays in JSON documents (json:PATH[]), against a parser of JSON
 * that reads the whole document by recursion: random documents, whole and with a byte changed, in
 * pieces of every pattern. Exact faults, and how much is held, come after them.
 */
#include "base/utf8.h"
#include "framing/framing_private.h"
#include "unit/framing/framing_cut.h"

#define B(bytes) bytes, sizeof(bytes) - 1

/* ---- the other parser ---- */

struct way {
	const char *name[4]; /* a member; NULL: an element */
	size_t index[4], count;
	const char *framing;
};

static const struct way ways[] = {
	{ .framing = "json:.[]" },
	{ .name = { "a" }, .count = 1, .framing = "json:.a[]" },
	{ .name = { "a", "b" }, .count = 2, .framing = "json:.a.b[]" },
	{ .index = { 1 }, .count = 1, .framing = "json:.[1][]" },
	{ .name = { "a", NULL, "b" }, .index = { 0, 2 }, .count = 3, .framing = "json:.\"a\"[2].b[]" },
	{ .name = { NULL, NULL, "a", NULL }, .index = { 0, 1, 0, 0 }, .count = 4, .framing = "json:.[0][1].a.[0].[]" },
};

struct reading {
	const char *p, *end;
	const struct way *way;
	struct set *found;
};

static void
space(struct reading *r)
{
	while (r->p < r->end && memchr(" \t\r\n", *r->p, 4) != NULL)
		r->p++;
}

static int
next_is(struct reading *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return 0;
	r->p++;
	return 1;
}

static int
text(struct reading *r)
{
	if (!next_is(r, '"'))
		return 0;
	while (r->p < r->end && *r->p != '"') {
		size_t n = utf8_decode(r->p, (size_t)(r->end - r->p), NULL);

		if (n == 0 || (unsigned char)*r->p < 0x20)
			return 0;
		if (*r->p != '\\') {
			r->p += n;
			continue;
		}
		if (r->end - r->p < 2)
			return 0;
		n = r->p[1] == 'u' ? 6 : 2;
		if ((size_t)(r->end - r->p) < n || r->p[1] == '\0' || strchr("\"\\/bfnrtu", r->p[1]) == NULL)
			return 0;
		for (size_t i = 2; i < n; i++)
			if (r->p[i] == '\0' || strchr("0123456789abcdefABCDEF", r->p[i]) == NULL)
				return 0;
		r->p += n;
	}
	return next_is(r, '"');
}

static int
digits(struct reading *r)
{
	const char *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > from;
}

static int
scalar(struct reading *r)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < 3; i++)
		if ((size_t)(r->end - r->p) >= strlen(words[i]) && memcmp(r->p, words[i], strlen(words[i])) == 0) {
			r->p += strlen(words[i]);
			return r->p < r->end && memchr(" \t\r\n,]}{[\"", *r->p, 10) != NULL;
		}
	(void)next_is(r, '-');
	if (!next_is(r, '0') && !digits(r))
		return 0;
	if (next_is(r, '.') && !digits(r))
		return 0;
	if (next_is(r, 'e') || next_is(r, 'E')) {
		if (!next_is(r, '+'))
			(void)next_is(r, '-');
		if (!digits(r))
			return 0;
	}
	return r->p < r->end && memchr(" \t\r\n,]}{[\"", *r->p, 10) != NULL;
}

enum { BESIDE = -1 };

static int value(struct reading *, int step);

/* The rest of an object, or of an array, whose first byte has been read. */
static int
members(struct reading *r, int step)
{
	int found = 0;

	space(r);
	if (!next_is(r, '}'))
		for (;;) {
			const char *name = (space(r), r->p);
			int match = 0;

			if (!text(r))
				return 0;
			if (step != BESIDE) {
				size_t n = (size_t)(r->p - name);
				char escaped[9] = "\"\\u0061\"", plain[3] = "\"a\"";

				escaped[6] = (char)('1' + r->way->name[step][0] - 'a');
				plain[1] = r->way->name[step][0];
				match = (n == 8 && memcmp(name, escaped, 8) == 0) ||
				    (n == 3 && memcmp(name, plain, 3) == 0);
				if (match && found++)
					return 0;
			}
			space(r);
			if (!next_is(r, ':') || !value(r, match ? step + 1 : BESIDE))
				return 0;
			space(r);
			if (next_is(r, '}'))
				break;
			if (!next_is(r, ','))
				return 0;
		}
	return step == BESIDE || found;
}

static int
elements(struct reading *r, int step)
{
	int target = step == (int)r->way->count;
	size_t n = 0;

	space(r);
	if (!next_is(r, ']'))
		for (;; n++) {
			const char *from = (space(r), r->p);

			if (!value(r, step != BESIDE && !target && n == r->way->index[step] ? step + 1 : BESIDE))
				return 0;
			if (target)
				add(r->found, from, (size_t)(r->p - from));
			space(r);
			if (next_is(r, ']')) {
				n++;
				break;
			}
			if (!next_is(r, ','))
				return 0;
		}
	return step == BESIDE || target || n > r->way->index[step];
}

static int
value(struct reading *r, int step)
{
	int object = step != BESIDE && step < (int)r->way->count && r->way->name[step] != NULL;

	space(r);
	if (r->p == r->end)
		return 0;
	if (step != BESIDE && *r->p != (object ? '{' : '['))
		return 0;
	if (next_is(r, '{'))
		return members(r, step);
	if (next_is(r, '['))
		return elements(r, step);
	return *r->p == '"' ? text(r) : scalar(r);
}

/* ---- random documents ---- */

static void
some_space(struct buf *out)
{
	while (unit_random(4) == 0)
		buf_addc(out, " \n\t\r"[unit_random(4)]);
}

static void
some_value(struct buf *out, unsigned depth)
{
	static const char *const scalars[] = { "true", "false", "null", "0", "-0.0e-7", "10", "3.25", "1E+30", "\"\"",
		"\"a\\u00e9\\\"]}\xC3\xA9\xF0\x9F\x98\x80 a longer text, of more than sixteen bytes\"" };
	size_t n = unit_random(4);
	int object = (int)unit_random(2);

	if (depth == 0 || unit_random(3) == 0) {
		buf_adds(out, scalars[unit_random(sizeof scalars / sizeof *scalars)]);
		return;
	}
	buf_addc(out, object ? '{' : '[');
	some_space(out);
	for (size_t i = 0; i < n; i++) {
		buf_adds(out, i > 0 ? "," : "");
		some_space(out);
		buf_adds(out, object ? unit_random(2) ? "\"a\":" : "\"\\u0062\": " : "");
		some_value(out, depth - 1);
		some_space(out);
	}
	buf_addc(out, object ? '}' : ']');
}

/* A value of the way from that step on. */
static void
some_way(struct buf *out, const struct way *w, size_t step)
{
	int object = step < w->count && w->name[step] != NULL, absent = unit_random(30) == 0;
	size_t place = step == w->count || absent ? SIZE_MAX : object ? unit_random(4) : w->index[step];
	size_t n = place == SIZE_MAX ? unit_random(5) : place + 1 + unit_random(3);

	if (unit_random(40) == 0) {
		some_value(out, 2);
		return;
	}
	buf_addc(out, object ? '{' : '[');
	some_space(out);
	for (size_t i = 0; i < n; i++) {
		buf_adds(out, i > 0 ? "," : "");
		some_space(out);
		if (object && i == place && unit_random(2))
			buf_addf(out, "\"%s\"", w->name[step]);
		else if (object && i == place)
			buf_addf(out, "\"\\u%04x\"", (unsigned)w->name[step][0]);
		else if (object && unit_random(60) == 0)
			buf_addf(out, "\"%s\"", w->name[step]); /* perhaps for the second time */
		else if (object)
			buf_adds(out, unit_random(3) ? "\"c\"" : "\"a rather long name, \\\" and all\"");
		some_space(out);
		buf_adds(out, object ? ":" : "");
		some_space(out);
		if (i == place)
			some_way(out, w, step + 1);
		else
			some_value(out, 3);
		some_space(out);
	}
	buf_addc(out, object ? '}' : ']');
}

/* What is found must be what the other parser finds, and a fault where that has one. */
static void
compare(const struct way *w, const char *data, size_t len)
{
	struct set want = { 0 };
	struct result r = { 0 };
	struct reading reading = { .p = data, .end = data + len, .way = w, .found = &want };
	struct framing f;
	int good = 1;

	named(&f, w->framing);
	while (good && (space(&reading), reading.p < reading.end))
		good = value(&reading, 0);
	split_all(&f, data, len, &r);
	CHECK(same(&want, &r.records));
	CHECK(good == (r.error.len == 0) && !r.lacks_gap);
	if (!same(&want, &r.records) || good != (r.error.len == 0))
		printf("%s: \"%.*s\"\n  %zu and %zu records, %s\n", w->framing, (int)len, data, count(&want),
		    count(&r.records), buf_string(&r.error));
	result_free(&r);
	set_free(&want);
	framing_free(&f);
}

static void
by_chance(void)
{
	static const char letters[] = "[]{}\",: \n0a\\\x80-e";
	struct buf document = { 0 };
	unsigned long whole = 0;

	while (unit_round()) {
		const struct way *w = &ways[unit_random(sizeof ways / sizeof *ways)];

		document.len = 0;
		for (size_t n = unit_random(3); n > 0; n--) {
			some_space(&document);
			some_way(&document, w, 0);
		}
		some_space(&document);
		if (document.len == 0)
			continue;
		compare(w, document.data, document.len);
		whole++;
		compare(w, document.data, unit_random(document.len));
		document.data[unit_random(document.len)] = letters[unit_random(sizeof letters - 1)];
		compare(w, document.data, document.len);
	}
	CHECK(whole > 0);
	buf_free(&document);
}

/* ---- what is held ---- */

/*
 * Of a document in pieces of a few bytes, no more is left unused than an element has, or a name on
 * the path could have, however long what stands beside it is.
 */
static void
held(void)
{
	static char data[4096];
	uint32_t starts[4], ends[4];
	struct framing f;
	struct framing_split s = { .framing = &f };
	struct framing_found found = { .starts = starts, .ends = ends, .max = 4 };
	struct buf document = { 0 };
	size_t at = 0, left = 0, most = 0, records = 0;

	buf_adds(&document, "{\"");
	for (size_t i = 0; i < 50000; i++)
		buf_addc(&document, 'n');
	buf_adds(&document, "\":[");
	for (size_t i = 0; i < 20000; i++)
		buf_adds(&document, "{\"x\":[1, \"y\"]},");
	buf_adds(&document, "1], \"items\"   :\n [");
	for (size_t i = 0; i < 5000; i++)
		buf_adds(&document, i % 2 == 0 ? "\"twelve bytes\" ,                                          \n" : "[],");
	buf_adds(&document, "{}], \"z\": \"");
	for (size_t i = 0; i < 50000; i++)
		buf_addc(&document, 'z');
	buf_adds(&document, "\"}");
	named(&f, "json:.items[]");
	for (;;) {
		size_t n = document.len - at < 7 ? document.len - at : 7;

		memcpy(data + left, document.data + at, n);
		at += n;
		left += n;
		do {
			if (framing_split(&s, data, left, at == document.len, &found) < 0) {
				CHECK(0);
				goto out;
			}
			records += found.count;
			left -= found.used;
			memmove(data, data + found.used, left);
		} while (found.used > 0);
		most = left > most ? left : most;
		CHECK(framing_open_length(&s, data, left) <= left);
		if (n == 0 || left > sizeof data - 7)
			break;
	}
out:
	CHECK(records == 5001 && left == 0);
	CHECK(most < 6 * 5 + 2 + 7);
	framing_split_free(&s);
	framing_free(&f);
	buf_free(&document);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		compare(&ways[i], "", 0);
		compare(&ways[i], B("[[1,2],[3,{}],{\"b\":[4]}]"));
		compare(&ways[i], B("{\"a\":[1,[],{\"b\":[\"x\",{}]}]}"));
	}
	held();
	by_chance();
	return unit_end("framing_elements");
}
