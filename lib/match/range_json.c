/*
 * range_json: members and elements of a JSON text (RFC 8259), found by reading it once, from the
 * left, without building anything.
 *
 * What is skipped is not checked: strings are read to their closing quote, and objects and arrays
 * by counting brackets outside of strings, so nesting costs no memory. If the text is not JSON up
 * to the part that is looked for, the part is not there. The framing json, unlike this, checks all
 * of a text. If an object has several members of one name, the last one that can be reached counts.
 */

#include <stdint.h>
#include <string.h>

#include "base/jsonstring.h"
#include "match/object.h"
#include "match/range_step.h"

/*
 * Returns 1 if the name at p, up to its closing quote, is the one that the step looks for; 0 if
 * not; -1 with errno ENOMEM.
 */
static int
name_is(struct range_step *s, const char *p, const char *quote, int escapes)
{
	int result;

	if (!escapes)
		return (size_t)(quote - p) == s->len && (s->len == 0 || memcmp(p, s->text, s->len) == 0);
	if ((result = jsonstring_decode(&s->scratch, p, quote)) <= 0)
		return result;
	return s->scratch.len == s->len && (s->len == 0 || memcmp(s->scratch.data, s->text, s->len) == 0);
}

/*
 * Returns 1 if p may be in the step's name: that name begins there as most texts write it, or an
 * escape that could be part of it. Else returns 0.
 */
static inline int
is_candidate(const struct range_step *s, const char *p, const char *end)
{
	return *p == '\\' || ((size_t)(end - p) >= s->len + 2 && memcmp(p, s->quoted, s->len + 2) == 0);
}

/*
 * Returns 1 if [p, end) may contain a member of the step's name, or 0. It searches for the name's
 * first two bytes: that is several times faster than going from member to member, and seldom finds
 * them. Of the escapes only those with \u count: others can be in a name only if it has a quote, a
 * backslash or the like in it.
 */
static int
may_repeat(const struct range_step *s, const char *p, const char *end)
{
	char second = s->quoted[1];

	if (s->odd)
		return 1;
#ifdef __SSE2__
	if (end - p > 16) {
		__m128i quote = _mm_set1_epi8('"'), letter = _mm_set1_epi8(second), back = _mm_set1_epi8('\\'),
			u = _mm_set1_epi8('u');

		for (;; p += 16) {
			__m128i here, next;
			unsigned found;

			if (end - p < 17)
				p = end - 17;
			here = _mm_loadu_si128((const __m128i *)(const void *)p);
			next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
			found = (unsigned)_mm_movemask_epi8(
			    _mm_or_si128(_mm_and_si128(_mm_cmpeq_epi8(here, quote), _mm_cmpeq_epi8(next, letter)),
				_mm_and_si128(_mm_cmpeq_epi8(here, back), _mm_cmpeq_epi8(next, u))));
			for (; found != 0; found &= found - 1)
				if (is_candidate(s, p + __builtin_ctz(found), end))
					return 1;
			if (end - p == 17)
				return 0;
		}
	}
#endif
	for (; end - p > 1; p++)
		if (((*p == '"' && p[1] == second) || (*p == '\\' && p[1] == 'u')) && is_candidate(s, p, end))
			return 1;
	return 0;
}

int
range_member(struct range_step *s, struct range_view *v)
{
	const char *end = v->data + v->len, *p = object_space(v->data, end), *quote, *value = NULL;

	if (p == end || *p++ != '{')
		return 0;
	for (;;) {
		int escapes, found;

		p = object_space(p, end);
		if (p == end || *p++ != '"' || (quote = jsonstring_end(p, end, &escapes)) == NULL)
			break;
		if ((found = name_is(s, p, quote, escapes)) < 0)
			return -1;
		p = object_space(quote + 1, end);
		if (p == end || *p++ != ':' || (p = object_space(p, end)) == end)
			break;
		if (found) {
			value = p;
			if (!may_repeat(s, p, end))
				break;
		}
		if ((p = object_value_end(p, end)) == NULL)
			break;
		p = object_space(p, end);
		if (p == end || *p++ != ',')
			break;
	}
	if (value == NULL)
		return 0;
	v->data = value;
	v->len = (size_t)(end - value);
	return 1;
}

/*
 * Returns the number of elements of the array whose opening bracket is right before p, or -1 if it
 * is not a whole array.
 */
static int64_t
count_elements(const char *p, const char *end)
{
	int64_t n = 0;

	if ((p = object_space(p, end)) < end && *p == ']')
		return 0;
	for (;;) {
		n++;
		if ((p = object_value_end(object_space(p, end), end)) == NULL || (p = object_space(p, end)) == end)
			return -1;
		if (*p == ']')
			return n;
		if (*p++ != ',')
			return -1;
	}
}

int
range_element(const struct range_step *s, struct range_view *v)
{
	const char *end = v->data + v->len, *p = object_space(v->data, end);
	int64_t n = s->from;

	if (p == end || *p++ != '[')
		return 0;
	if (n < 0) {
		int64_t count = count_elements(p, end);

		if (count < -n)
			return 0;
		n += count;
	}
	for (;; n--) {
		p = object_space(p, end);
		if (p == end || *p == ']')
			return 0;
		if (n == 0)
			break;
		if ((p = object_value_end(p, end)) == NULL)
			return 0;
		p = object_space(p, end);
		if (p == end || *p++ != ',')
			return 0;
	}
	v->data = p;
	v->len = (size_t)(end - p);
	return 1;
}

int
range_each(struct range_view *rest, struct range_view *element)
{
	const char *end = rest->data + rest->len, *p = object_space(rest->data, end), *stop;
	char before = p < end ? *p : '\0';

	/* What is left begins with the bracket, or with the comma before the next element. */
	if (before != '[' && before != ',')
		return 0;
	p = object_space(p + 1, end);
	if (p == end || (before == '[' && *p == ']') || (stop = object_value_end(p, end)) == NULL)
		return 0;
	element->data = p;
	element->len = (size_t)(stop - p);
	rest->data = stop;
	rest->len = (size_t)(end - stop);
	return 1;
}

int
range_value(struct range_step *s, struct range_view *v)
{
	const char *end = v->data + v->len, *p = object_space(v->data, end), *stop;
	int escapes, result;

	if (p < end && *p == '"') {
		p++;
		if ((stop = jsonstring_end(p, end, &escapes)) == NULL)
			return 0;
		if (escapes) {
			if ((result = jsonstring_decode(&s->scratch, p, stop)) <= 0)
				return result;
			p = s->scratch.data;
			stop = p + s->scratch.len;
		}
	} else if ((stop = object_value_end(p, end)) == NULL) {
		return 0;
	}
	v->data = p;
	v->len = (size_t)(stop - p);
	return 1;
}
