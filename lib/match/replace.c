/* replace: see replace.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/vis.h"
#include "match/replace.h"

enum { IS_TEXT = -1 };

struct replace_piece {
	int group;        /* 0: the match; 1 to 9: what that parenthesis matched; IS_TEXT: text[from, from + len) */
	size_t from, len; /* bytes of the text */
};

void
replace_free(struct replace *r)
{
	free(r->pieces);
	buf_free(&r->made);
	*r = (struct replace){ 0 };
}

/* Adds a piece, unless it is a text of no bytes. */
static int
add(struct replace *r, int group, size_t from, size_t len)
{
	if (group == IS_TEXT && len == 0)
		return 0;
	if (r->count == r->room) {
		size_t room = r->room > 0 ? 2 * r->room : 8;
		struct replace_piece *more = reallocarray(r->pieces, room, sizeof *more);

		if (more == NULL)
			return -1;
		r->pieces = more;
		r->room = room;
	}
	r->pieces[r->count++] = (struct replace_piece){ group, from, len };
	return 0;
}

int
replace_awk(struct replace *r, const char *text, size_t len)
{
	size_t at = 0;

	r->text = text;
	r->len = len;
	r->count = 0;
	if (len == 0 || memchr(text, '&', len) == NULL)
		return 0;
	while (at < len) {
		const char *found = memchr(text + at, '&', len - at);
		size_t ampersand = found != NULL ? (size_t)(found - text) : len, plain = ampersand, backslashes;

		if (found == NULL)
			return add(r, IS_TEXT, at, len - at);
		while (plain > at && text[plain - 1] == '\\')
			plain--;
		backslashes = ampersand - plain;
		if (add(r, IS_TEXT, at, plain - at + backslashes / 2) < 0 ||
		    (backslashes % 2 == 1 ? add(r, IS_TEXT, ampersand, 1) : add(r, 0, 0, 0)) < 0)
			return -1;
		at = ampersand + 1;
	}
	return 0;
}

/* ---- by the rules of sed ---- */

static int
refuse(const char *text, size_t len, size_t at, const char *why, struct buf *error)
{
	(void)buf_adds(error, "replacement: at \"");
	(void)vis_bytes(error, text + at, len - at, 24, 0, NULL);
	(void)buf_addf(error, "\" (byte %zu): %s", at + 1, why);
	errno = EINVAL;
	return -1;
}

/*
 * Reads the escape at text[*at], after its backslash. Sets *group to its piece, or appends the
 * byte.
 */
static int
read_escape(struct replace *r, const char *text, size_t len, size_t *at, int *group, struct buf *error)
{
	static const char letters[] = "ntrfva", bytes[] = "\n\t\r\f\v\a";
	size_t from = *at - 1;
	const char *found;
	int high, low;
	char c;

	*group = IS_TEXT;
	if (*at == len)
		return refuse(text, len, from, "a backslash at the end; a backslash itself is \\\\", error);
	c = text[(*at)++];
	if (c >= '0' && c <= '9') {
		*group = c - '0';
		return 0;
	}
	if (c == 'x') {
		if (len - *at < 2 || (high = num_hex(text[*at])) < 0 || (low = num_hex(text[*at + 1])) < 0)
			return refuse(text, len, from, "two hexadecimal digits are expected after \\x", error);
		*at += 2;
		return buf_addc(&r->made, (char)(high << 4 | low));
	}
	if (c != '\0' && (found = strchr(letters, c)) != NULL)
		return buf_addc(&r->made, bytes[found - letters]);
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return refuse(text, len, from,
		    "no such escape; there are \\1 to \\9, \\& \\\\ \\n \\t \\r \\f \\v \\a \\xHH", error);
	return buf_addc(&r->made, c);
}

int
replace_text(struct replace *r, const char *text, size_t len, struct buf *error)
{
	size_t begun = 0, at = 0;
	int pieces = 0;

	r->count = 0;
	r->made.len = 0;
	r->highest = 0;
	while (at < len) {
		int group = IS_TEXT, result = 0;
		char c = text[at++];

		if (c == '&')
			group = 0;
		else if (c == '\\')
			result = read_escape(r, text, len, &at, &group, error);
		else
			result = buf_addc(&r->made, c);
		if (result == 0 && group != IS_TEXT) {
			result = add(r, IS_TEXT, begun, r->made.len - begun) < 0 ? -1 : add(r, group, 0, 0);
			begun = r->made.len;
			pieces = 1;
			r->highest = group > r->highest ? group : r->highest;
		}
		if (result < 0) {
			if (error->len == 0)
				(void)buf_adds(error, "out of memory");
			return -1;
		}
	}
	r->text = r->made.data != NULL ? r->made.data : "";
	r->len = r->made.len;
	if (pieces && add(r, IS_TEXT, begun, r->made.len - begun) < 0) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	return 0;
}

const char *
replace_plain(const struct replace *r, size_t *len)
{
	*len = r->len;
	return r->count == 0 ? r->text : NULL;
}

/* ---- a string ---- */

/*
 * Appends n bytes, for which there is room. Most are few: 16 are copied at once, if there are as
 * many, and what follows overwrites those that are too many.
 */
static inline void
put(char **to, const char *room, const char *data, size_t n, const char *end)
{
	if (n <= 16 && end - data >= 16 && room - *to >= 16)
		memcpy(*to, data, 16);
	else if (n > 0)
		memcpy(*to, data, n);
	*to += n;
}

/* A string that is being changed. */
struct string {
	const char *data;
	size_t len, done;                  /* data[0, done) is copied, or replaced */
	const struct byteset_span *groups; /* what parentheses match is set here; NULL: that is not asked for */
};

/* Appends what replaces a match. */
static int
add_match(const struct replace_how *how, struct string *s, const struct byteset_span *match, struct buf *out)
{
	const struct replace *r = how->with;

	if (s->groups != NULL &&
	    ere_groups_find(how->groups, s->data, s->len, match->start, match->end, how->groups->spans) < 0)
		return -1;
	for (size_t i = 0; i < r->count; i++) {
		const struct replace_piece *p = &r->pieces[i];
		const struct byteset_span *span = p->group == 0 ? match :
		    p->group > 0 && s->groups != NULL           ? &s->groups[p->group - 1] :
								  NULL;

		if (p->group == IS_TEXT ? buf_add(out, r->text + p->from, p->len) < 0 :
					  span != NULL && span->start < span->end &&
			    buf_add(out, s->data + span->start, span->end - span->start) < 0)
			return -1;
	}
	return 0;
}

/* Appends the string from s->done to the last of the matches, with these replaced. */
static int
add_replaced(
    const struct replace_how *how, struct string *s, const struct byteset_span *spans, size_t count, struct buf *out)
{
	const char *end = s->data + s->len, *text = how->with->text;
	size_t n = how->with->len, done = s->done;
	char *to;

	if (how->with->count > 0) {
		for (size_t i = 0; i < count; i++) {
			if ((spans[i].start > s->done &&
				buf_add(out, s->data + s->done, spans[i].start - s->done) < 0) ||
			    add_match(how, s, &spans[i], out) < 0)
				return -1;
			s->done = spans[i].end;
		}
		return 0;
	}
	if (n > (SIZE_MAX - s->len) / ERE_SPANS || buf_reserve(out, spans[count - 1].start - done + count * n + 16) < 0)
		return -1;
	to = out->data + out->len;
	for (size_t i = 0; i < count; i++) {
		put(&to, out->data + out->cap, s->data + done, spans[i].start - done, end);
		if (n == 1)
			*to++ = *text;
		else if (n > 0)
			put(&to, out->data + out->cap, text, n, text + n);
		done = spans[i].end;
	}
	s->done = done;
	out->len = (size_t)(to - out->data);
	return 0;
}

int
replace_run(const struct replace_how *how, const char *data, size_t len, struct buf *out)
{
	struct byteset_span spans[ERE_SPANS];
	struct string s = { .data = data, .len = len };
	struct ere_walk walk = { 0 };
	size_t before = out->len;
	int found, any = 0;

	for (;;) {
		found = how->all ? ere_spans(how->ere, data, len, &walk, spans) :
				   ere_find(how->ere, data, len, 0, &spans[0].start, &spans[0].end);
		if (found <= 0)
			break;
		if (!any && how->take != NULL && how->take(how->arg) < 0)
			return -1;
		if (how->groups != NULL && how->with->highest > 0)
			s.groups = how->groups->spans;
		any = 1;
		if (add_replaced(how, &s, spans, (size_t)found, out) < 0)
			return -1;
		if (out->len - before > how->most)
			return REPLACE_TOO_LONG;
		if (!how->all)
			break;
	}
	if (found < 0 || (any && s.done < len && buf_add(out, data + s.done, len - s.done) < 0))
		return -1;
	return any;
}
