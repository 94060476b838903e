/* fields: see fields.h. */

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/base64.h"
#include "match/fields.h"

static inline int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
}

int
fields_kind(const char *framing, enum fields_kind *kind)
{
	static const char *const names[] = { "fields", "fields:mail", "fields:ldif" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(framing, names[i]) == 0) {
			*kind = (enum fields_kind)i;
			return 1;
		}
	return 0;
}

/* ---- lines ---- */

/* Returns 1 if the line continues the one before it, else 0. */
static inline int
continues(enum fields_kind kind, char c)
{
	return c == ' ' || (c == '\t' && kind != FIELDS_LDIF);
}

/* Returns why the byte cannot be in a name of that kind, or NULL. */
static const char *
wrong_in_name(enum fields_kind kind, char c)
{
	if (is_blank(c))
		return kind == FIELDS_PLAIN ? NULL : "a blank in the name of a field";
	if ((unsigned char)c < ' ' || c == 0x7F)
		return "a control byte in the name of a field";
	return kind != FIELDS_PLAIN && (c & 0x80) ? "a byte that is not ASCII in the name of a field" : NULL;
}

/* Returns the end of the name [p, colon), without the blanks that may be before the colon. */
static const char *
name_end(enum fields_kind kind, const char *p, const char *colon)
{
	while (kind != FIELDS_LDIF && colon > p && is_blank(colon[-1]))
		colon--;
	return colon;
}

int
fields_is_name(enum fields_kind kind, const char *name, size_t len)
{
	size_t i = 0;

	while (i < len && name[i] != ':' && wrong_in_name(kind, name[i]) == NULL)
		i++;
	return len > 0 && i == len && !is_blank(name[0]) && !is_blank(name[len - 1]) &&
	    !(kind == FIELDS_LDIF && name[0] == '#');
}

static int
is_all_blank(const char *p, const char *end)
{
	while (p < end && (is_blank(*p) || *p == '\r'))
		p++;
	return p == end;
}

enum fields_line
fields_line(enum fields_kind kind, const char *p, const char *end, const char **wrong, const char **at)
{
	const char *colon, *stop;

	if (p == end || (*p == '\r' && p + 1 == end))
		return FIELDS_EMPTY;
	*at = p;
	if (continues(kind, *p)) {
		if (kind != FIELDS_PLAIN || !is_all_blank(p, end))
			return FIELDS_MORE;
		*wrong = "a line of nothing but blanks";
		return FIELDS_WRONG;
	}
	if (kind == FIELDS_LDIF && *p == '#')
		return FIELDS_COMMENT;
	if (kind == FIELDS_LDIF && *p == '-' && (p + 1 == end || (p[1] == '\r' && p + 2 == end)))
		return FIELDS_HYPHEN;
	if ((colon = memchr(p, ':', (size_t)(end - p))) == NULL) {
		*wrong = "a line without a colon";
		return FIELDS_WRONG;
	}
	if ((stop = name_end(kind, p, colon)) == p) {
		*wrong = "a field without a name";
		return FIELDS_WRONG;
	}
	for (; p < stop; p++)
		if ((*wrong = wrong_in_name(kind, *p)) != NULL) {
			*at = p;
			return FIELDS_WRONG;
		}
	return FIELDS_NAMED;
}

/* Returns the place of the next newline from p on, or end. */
static const char *
line_end(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline != NULL ? newline : end;
}

/*
 * Sets the field to the one whose line begins at p and whose colon is there; moves *next past it.
 */
static void
take(enum fields_kind kind, const char *p, const char *colon, const char *end, struct fields_field *f,
    const char **next)
{
	const char *text = colon + 1, *stop = line_end(text, end);

	while (end - stop > 1 && continues(kind, stop[1]))
		stop = line_end(stop + 1, end);
	*next = stop < end ? stop + 1 : end;
	f->name = (struct range_view){ p, (size_t)(name_end(kind, p, colon) - p) };
	f->base64 = kind == FIELDS_LDIF && text < stop && *text == ':';
	text += f->base64;
	if (stop > text && stop[-1] == '\r')
		stop--;
	f->text = (struct range_view){ text, (size_t)(stop - text) };
}

int
fields_next(enum fields_kind kind, const char **p, const char *end, struct fields_field *f)
{
	const char *line = *p, *wrong, *at;

	for (const char *stop; line < end; line = stop < end ? stop + 1 : end) {
		stop = line_end(line, end);
		if (fields_line(kind, line, stop, &wrong, &at) != FIELDS_NAMED)
			continue;
		take(kind, line, memchr(line, ':', (size_t)(stop - line)), end, f, p);
		return 1;
	}
	*p = end;
	return 0;
}

/* Returns the colon after the name, if the line at p has that one; else NULL. */
static inline const char *
after_name(enum fields_kind kind, const char *name, size_t len, const char *p, const char *end)
{
	if ((size_t)(end - p) <= len)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (fold(p[i]) != fold(name[i]))
			return NULL;
	for (p += len; kind != FIELDS_LDIF && p < end && is_blank(*p);)
		p++;
	return p < end && *p == ':' ? p : NULL;
}

/* Returns the next line after the one at p that begins with c, in either case; or NULL. */
static const char *
next_line(const char *p, const char *end, char c)
{
	char lower = (char)fold(c), upper = (char)(lower >= 'a' && lower <= 'z' ? lower & ~32 : lower);

#ifdef __SSE2__
	__m128i newline = _mm_set1_epi8('\n'), small = _mm_set1_epi8(lower), capital = _mm_set1_epi8(upper);

	for (; end - p > 16; p += 16) {
		__m128i here = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
		unsigned found = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(here, newline),
		    _mm_or_si128(_mm_cmpeq_epi8(next, small), _mm_cmpeq_epi8(next, capital))));

		if (found != 0)
			return p + __builtin_ctz(found) + 1;
	}
#endif
	for (; end - p > 1; p++)
		if (*p == '\n' && (p[1] == lower || p[1] == upper))
			return p + 1;
	return NULL;
}

int
fields_find(
    enum fields_kind kind, const char *name, size_t len, const char **p, const char *end, struct fields_field *f)
{
	const char *line = *p, *colon;

	*p = end;
	for (; line != NULL && line < end; line = next_line(line, end, name[0]))
		if ((colon = after_name(kind, name, len, line, end)) != NULL) {
			take(kind, line, colon, end, f, p);
			return 1;
		}
	return 0;
}

/* ---- values ---- */

/* Appends the text without what the kind drops at the ends of lines. Returns 0, or -1. */
static int
unfold(enum fields_kind kind, const char *p, const char *end, struct buf *out)
{
	for (const char *stop; p < end; p = stop) {
		const char *newline = line_end(p, end), *last = newline;

		stop = newline < end ? newline + 1 : end;
		if (newline < end && last > p && last[-1] == '\r')
			last--;
		if (buf_add(out, p, (size_t)(last - p)) < 0)
			return -1;
		if (newline < end && kind == FIELDS_PLAIN && buf_addc(out, '\n') < 0)
			return -1;
		if (kind == FIELDS_LDIF && stop < end && newline < end)
			stop++;
	}
	return 0;
}

/* Leaves out the blanks that are not part of the value. */
static void
trim(enum fields_kind kind, struct range_view *v)
{
	while (v->len > 0 && (*v->data == ' ' || (*v->data == '\t' && kind != FIELDS_LDIF))) {
		v->data++;
		v->len--;
	}
	while (kind != FIELDS_LDIF && v->len > 0 && is_blank(v->data[v->len - 1]))
		v->len--;
}

/* Returns 1 if the value of the text is in it as it stands, else 0. */
static int
is_whole(enum fields_kind kind, const struct range_view *text)
{
	if (text->len == 0 || memchr(text->data, '\n', text->len) == NULL)
		return 1;
	return kind == FIELDS_PLAIN && memchr(text->data, '\r', text->len) == NULL;
}

int
fields_value(enum fields_kind kind, const struct fields_field *f, struct range_view *v, struct buf *scratch)
{
	int result;
	size_t from;

	*v = f->text;
	scratch->len = 0;
	if (!is_whole(kind, v)) {
		if (unfold(kind, v->data, v->data + v->len, scratch) < 0)
			return -1;
		*v = (struct range_view){ scratch->data != NULL ? scratch->data : "", scratch->len };
	}
	trim(kind, v);
	if (!f->base64 || v->len == 0)
		return 1;
	/* The text may be in scratch, which must not move while the bytes are added to it. */
	from = scratch->len;
	if (from > 0) {
		size_t offset = (size_t)(v->data - scratch->data);

		if (buf_reserve(scratch, v->len) < 0)
			return -1;
		v->data = scratch->data + offset;
	}
	if ((result = base64_decode(scratch, v->data, v->len)) > 0)
		*v = (struct range_view){ scratch->data + from, scratch->len - from };
	return result;
}
