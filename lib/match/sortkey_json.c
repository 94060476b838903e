/*
 * sortkey_json: keys of values of JSON, in the order of jq(1): null, false, true, numbers, strings,
 * arrays, objects. Arrays are compared element by element. Objects are compared by their sorted
 * names first, and then by the values in the order of these. See sortkey_private.h.
 *
 * The text is read once, but for objects, whose values are looked for before they are read. What
 * is not JSON ends the value that it is in.
 */

#include <stdlib.h>

#include "base/jsonstring.h"
#include "match/sortkey_private.h"

enum { ENDS, IS_NULL, IS_FALSE, IS_TRUE, IS_NUMBER, IS_STRING = SORTKEY_JSON_STRING, IS_ARRAY, IS_OBJECT, IS_DEEP };

/* Levels of arrays and objects; a value that is deeper is compared as it is written. */
enum { DEEPEST = 256 };

struct reader {
	struct sortkey *key;
	struct buf *out;
	const char *end;
	unsigned letters;
	int depth;
};

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Returns the end of the number, true, false or null at p. */
static const char *
skip_scalar(const char *p, const char *end)
{
	while (p < end && memchr(" \t\n\r,:]}[{\"", *p, 11) == NULL)
		p++;
	return p;
}

/* Returns the place after the value at p, or the end. */
static const char *
skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	if (p < end && *p != '{' && *p != '[' && *p != '"')
		return skip_scalar(p, end);
	for (; p < end; p++) {
		if (*p == '"') {
			if ((p = jsonstring_end(p + 1, end, NULL)) == NULL)
				return end;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			depth--;
		}
		if (depth == 0)
			return p + 1;
	}
	return end;
}

/* Finds the string at p, and moves p after it. Returns 1 with its content; 0; or -1 with errno. */
static int
read_string(struct reader *r, const char **p, const char **data, size_t *len)
{
	const char *begin = *p + 1, *quote;
	int escapes, result = 1;

	if ((quote = jsonstring_end(begin, r->end, &escapes)) == NULL)
		return 0;
	*data = begin;
	*len = (size_t)(quote - begin);
	if (escapes) {
		if ((result = jsonstring_decode(&r->key->scratch, begin, quote)) > 0) {
			*data = r->key->scratch.data;
			*len = r->key->scratch.len;
		}
	}
	*p = quote + 1;
	return result < 0 ? -1 : 1;
}

static int put_value(struct reader *, const char **p);

static int
put_array(struct reader *r, const char **p)
{
	if (buf_addc(r->out, IS_ARRAY) < 0)
		return -1;
	*p = skip_space(*p + 1, r->end);
	while (*p < r->end && **p != ']') {
		const char *before = *p;

		if (put_value(r, p) < 0)
			return -1;
		*p = skip_space(*p, r->end);
		if (*p < r->end && **p == ',')
			*p = skip_space(*p + 1, r->end);
		if (*p == before)
			*p = r->end;
	}
	*p += *p < r->end;
	return buf_addc(r->out, ENDS);
}

/* Adds a member to those of the open objects. Returns 0 or -1. */
static int
add_member(struct sortkey *k, const char *name, size_t len, const char *value, size_t order)
{
	if (k->members_count == k->members_room) {
		size_t room = k->members_room > 0 ? 2 * k->members_room : 16;
		struct sortkey_member *more = reallocarray(k->members, room, sizeof *more);

		if (more == NULL)
			return -1;
		k->members = more;
		k->members_room = room;
	}
	k->members[k->members_count++] = (struct sortkey_member){ k->names.len, len, value, order };
	return buf_reserve(&k->names, len + 1) < 0 || buf_add(&k->names, name, len) < 0 ? -1 : 0;
}

static int
compare_members(const struct sortkey_member *x, const struct sortkey_member *y, const char *names)
{
	size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
	int order = n > 0 ? memcmp(names + x->name, names + y->name, n) : 0;

	if (order == 0)
		order = (x->name_len > y->name_len) - (x->name_len < y->name_len);
	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static void
sift(struct sortkey_member *m, size_t i, size_t n, const char *names)
{
	struct sortkey_member down = m[i];
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && compare_members(&m[child + 1], &m[child], names) > 0)
			child++;
		if (compare_members(&m[child], &down, names) <= 0)
			break;
		m[i] = m[child];
	}
	m[i] = down;
}

/*
 * Sorts members by name; qsort has no context for the names. A heap sort (J. W. J. Williams,
 * 1964).
 */
static void
sort_members(struct sortkey_member *m, size_t n, const char *names)
{
	for (size_t i = n / 2; i > 0; i--)
		sift(m, i - 1, n, names);
	for (size_t i = n; i > 1; i--) {
		struct sortkey_member last = m[i - 1];

		m[i - 1] = m[0];
		m[0] = last;
		sift(m, 0, i - 1, names);
	}
}

/* Finds the members of the object at p, which it moves after the object. Returns 0 or -1. */
static int
find_members(struct reader *r, const char **p)
{
	const char *q = skip_space(*p + 1, r->end), *name;
	size_t len, order = 0;
	int got = 0;

	for (; q < r->end && *q == '"'; q = skip_space(q, r->end)) {
		if ((got = read_string(r, &q, &name, &len)) <= 0)
			break;
		q = skip_space(q, r->end);
		if (q == r->end || *q != ':')
			break;
		q = skip_space(q + 1, r->end);
		if ((got = add_member(r->key, name, len, q, order++)) < 0)
			break;
		q = skip_space(skip_value(q, r->end), r->end);
		if (q < r->end && *q == ',')
			q++;
		else
			break;
	}
	*p = q < r->end && *q == '}' ? q + 1 : r->end;
	return got < 0 ? -1 : 0;
}

/* Of members with one name the last one counts: returns 1 if member i is that. */
static int
is_last(const struct sortkey *k, size_t i)
{
	const struct sortkey_member *m = &k->members[i], *next = m + 1;

	return i + 1 == k->members_count || next->name_len != m->name_len ||
	    (m->name_len > 0 && memcmp(k->names.data + m->name, k->names.data + next->name, m->name_len) != 0);
}

static int
put_object(struct reader *r, const char **p)
{
	struct sortkey *k = r->key;
	size_t from = k->members_count, names = k->names.len, to;
	int result = buf_addc(r->out, IS_OBJECT) < 0 ? -1 : find_members(r, p);

	if (k->members_count > from)
		sort_members(k->members + from, k->members_count - from, k->names.data);
	to = k->members_count;
	for (size_t i = from; i < to && result == 0; i++)
		if (is_last(k, i) &&
		    (buf_addc(r->out, IS_STRING) < 0 ||
			sortkey_put_string(r->out, k->names.data + k->members[i].name, k->members[i].name_len, 0) < 0))
			result = -1;
	if (result == 0)
		result = buf_addc(r->out, ENDS);
	for (size_t i = from; i < to && result == 0; i++) {
		const char *value = k->members[i].value;

		if (is_last(k, i))
			result = value < r->end ? put_value(r, &value) : buf_addc(r->out, IS_NULL);
	}
	k->members_count = from;
	k->names.len = names;
	return result;
}

static int
put_scalar(struct reader *r, const char **p)
{
	const char *begin = *p;
	size_t len;

	*p = skip_scalar(begin, r->end);
	len = (size_t)(*p - begin);
	if (len == 5 && memcmp(begin, "false", 5) == 0)
		return buf_addc(r->out, IS_FALSE);
	if (len == 4 && memcmp(begin, "true", 4) == 0)
		return buf_addc(r->out, IS_TRUE);
	if (len > 0 && (*begin == '-' || (*begin >= '0' && *begin <= '9')))
		return buf_addc(r->out, IS_NUMBER) < 0 ? -1 : sortkey_put_number(r->out, begin, len);
	return buf_addc(r->out, IS_NULL);
}

/* Puts the value at p, which it moves after it. */
static int
put_value(struct reader *r, const char **p)
{
	const char *data, *begin = *p;
	size_t len;
	int result;

	if (*begin == '"') {
		if ((result = read_string(r, p, &data, &len)) <= 0) {
			*p = r->end;
			return result < 0 ? -1 : buf_addc(r->out, IS_NULL);
		}
		return buf_addc(r->out, IS_STRING) < 0 ? -1 : sortkey_put_string(r->out, data, len, r->letters);
	}
	if (*begin != '[' && *begin != '{')
		return put_scalar(r, p);
	if (r->depth == DEEPEST) {
		*p = skip_value(begin, r->end);
		return buf_addc(r->out, IS_DEEP) < 0 ? -1 : sortkey_put_string(r->out, begin, (size_t)(*p - begin), 0);
	}
	r->depth++;
	result = *begin == '[' ? put_array(r, p) : put_object(r, p);
	r->depth--;
	return result;
}

int
sortkey_put_json(struct sortkey *k, struct buf *out, const char *data, size_t len, unsigned letters)
{
	struct reader r = { .key = k, .out = out, .end = data + len, .letters = letters };

	k->members_count = k->names.len = 0;
	return put_value(&r, &data);
}
