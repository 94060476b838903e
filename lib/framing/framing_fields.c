/*
 * framing_fields: paragraphs of `Name: value` lines (fields, fields:mail, fields:ldif), in both
 * directions. As framing_split.c and framing_join.c. match/fields.h says what a line is.
 *
 * A record is a paragraph as it stands, from its first line to its last one, without that one's
 * newline. If a CR is before that, it stays, and then the empty line that follows the record is
 * written with one, too: so lines that end with CR LF come back as they were.
 */
#include <string.h>

#include "base/bom.h"
#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"
#include "match/fields.h"

/* What is known of the paragraph that is open. */
enum {
	BEGUN = 1,      /* it has a line */
	FIELD = 2,      /* it has what makes it a record */
	GOES_ON = 4,    /* its last line is one that can be continued */
	BASE64 = 8,     /* a value in base64 is open, whose line is at `value` */
	VERSIONED = 16, /* it has a version of LDIF */
	NEWEST = 32     /* its last line is that version */
};

struct paragraph {
	enum fields_kind kind;
	int state;
	const char *value;
	struct buf *memory; /* of the caller, for values */
};

/*
 * The field that is open is complete, and ends at end. Returns NULL; or what is wrong with it at
 * *at, or framing_no_memory.
 */
static const char *
end_field(struct paragraph *g, const char *end, const char **at)
{
	const char *p = g->value;
	struct fields_field field;
	struct range_view v;
	int got = 1;

	if (!(g->state & BASE64))
		return NULL;
	g->state &= ~BASE64;
	*at = p;
	if (fields_next(g->kind, &p, end, &field))
		got = fields_value(g->kind, &field, &v, g->memory);
	return got < 0 ? framing_no_memory : got == 0 ? "a value that is not base64" : NULL;
}

/*
 * Returns 1 if the line [p, end), which has its colon there, is a version of LDIF as RFC 2849 has
 * it, a name in any case and digits, else 0. Anything else of that name is data, and no paragraph
 * of data is passed over.
 */
static int
is_version(const char *p, const char *colon, const char *end)
{
	static const char version[] = "version";

	if ((size_t)(colon - p) != sizeof version - 1)
		return 0;
	for (size_t i = 0; i < sizeof version - 1; i++)
		if ((p[i] | 32) != version[i])
			return 0;
	if (end[-1] == '\r')
		end--;
	for (p = colon + 1; p < end && *p == ' ';)
		p++;
	if (p == end)
		return 0;
	for (; p < end; p++)
		if (*p < '0' || *p > '9')
			return 0;
	return 1;
}

/*
 * Takes a line of the paragraph, [p, end) without its newline, which is not empty. Returns as
 * end_field does.
 */
static const char *
take_line(struct paragraph *g, const char *p, const char *end, const char **at)
{
	const char *wrong = NULL, *place = p, *open;
	enum fields_line line = fields_line(g->kind, p, end, &wrong, &place);

	if (line != FIELDS_MORE && (open = end_field(g, p, at)) != NULL)
		return open;
	*at = place;
	if (line == FIELDS_WRONG)
		return wrong;
	if (line == FIELDS_MORE) {
		if (g->state & NEWEST)
			g->state |= FIELD;
		return g->state & GOES_ON ? NULL : "a continuation without a field before it";
	}
	g->state = (g->state & ~NEWEST) | BEGUN | GOES_ON;
	if (line == FIELDS_HYPHEN)
		g->state &= ~GOES_ON;
	if (line == FIELDS_NAMED) {
		const char *colon = memchr(p, ':', (size_t)(end - p));

		/* A version of LDIF is part of an entry only if that follows at once. */
		if (g->kind == FIELDS_LDIF && !(g->state & VERSIONED) && is_version(p, colon, end))
			g->state |= VERSIONED | NEWEST;
		else
			g->state |= FIELD;
		if (g->kind == FIELDS_LDIF && colon + 1 < end && colon[1] == ':') {
			g->state |= BASE64;
			g->value = p;
		}
	}
	return NULL;
}

static int
is_empty(const char *data, size_t line, size_t end)
{
	return line == end || (line + 1 == end && data[line] == '\r');
}

/* Notes what is wrong at that place, or that there is no memory. Returns -1. */
static int
fault(struct framing_split *s, const struct framing_found *f, const char *data, const char *at, const char *wrong)
{
	if (wrong == framing_no_memory)
		return framing_fault_memory(s, f, (size_t)(at - data));
	return framing_fault(s, f, (size_t)(at - data), "%s", wrong);
}

/*
 * The paragraph from used on ends at `end`, and what follows it begins at next. Returns 1; 0 if the
 * call should end, because nothing was a record yet; or -1 with the error.
 */
static int
end_paragraph(struct framing_split *s, struct framing_found *f, const char *data, struct paragraph *g, size_t end,
    size_t next)
{
	const char *at, *wrong = end_field(g, data + end, &at);
	int record = g->state & FIELD;

	if (wrong != NULL)
		return fault(s, f, data, at, wrong);
	if (record)
		framing_add(f, f->used, end);
	f->used = next;
	g->state = 0;
	/* Else a paragraph of comments would seem to have been the beginning of the next one. */
	return record || f->count > 0;
}

/*
 * Private numbers: state: as above; mark: where the line begins that is not complete, counted from
 * used; left: the same of the value in base64.
 */
int
framing_split_fields(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	struct paragraph g = { s->framing->fields, s->state, data + s->left, &s->levels };
	size_t at = s->seen, line = (size_t)s->mark;
	int go_on = 1;

	while (go_on > 0 && f->count < f->max) {
		size_t end = at = scan_byte(data, len, at, '\n'), next = end < len ? end + 1 : len;
		const char *wrong, *where;

		if (end == len && (!eof || f->used == len))
			break;
		if (!is_empty(data, line, end)) {
			if ((wrong = take_line(&g, data + line, data + end, &where)) != NULL)
				return fault(s, f, data, where, wrong);
			if (next < len || !eof) {
				line = at = next;
				continue;
			}
			/* The input ends with this line. */
			go_on = end_paragraph(s, f, data, &g, end, next);
		} else if (g.state != 0) {
			go_on = end_paragraph(s, f, data, &g, line - 1, next);
		} else {
			f->used = next;
		}
		line = at = next;
	}
	s->state = g.state;
	s->seen = at - f->used;
	s->mark = line - f->used;
	s->left = g.state & BASE64 ? (uint64_t)(g.value - data) - f->used : 0;
	return go_on < 0 ? -1 : 0;
}

int
framing_idle_fields(struct framing_split *s, char *data, size_t len, struct framing_found *f)
{
	struct paragraph g = { s->framing->fields, s->state, data + s->left, &s->levels };
	size_t line = (size_t)s->mark;

	(void)len;
	if (line == 0 || !(g.state & FIELD) || f == NULL)
		return line > 0 && (g.state & FIELD);
	if (end_paragraph(s, f, data, &g, line - 1, line) < 0)
		return -1;
	s->seen = s->seen > line ? s->seen - line : 0;
	s->state = 0;
	s->mark = s->left = 0;
	return 1;
}

/* Only the line that is not complete may prove to be no part of the record. */
uint64_t
framing_fields_open(const struct framing_split *s, const char *data, size_t len)
{
	size_t line = (size_t)s->mark;

	if (!is_empty(data, line, len))
		return len;
	return line > 0 ? line - 1 : 0;
}

/* Reading goes on at the empty line that ends the paragraph. */
size_t
framing_resume_fields(const struct framing_split *s, const char *data, size_t start, size_t from, size_t len, int eof)
{
	size_t at = from;

	(void)s;
	/* The line at `from` may be one that began before it, and is empty so far. */
	if (at > start && data[at - 1] == '\r')
		at--;
	if (at > start && data[at - 1] != '\n')
		at = scan_byte(data, len, from, '\n') + 1;
	for (; at < len; at = scan_byte(data, len, at, '\n') + 1)
		if (data[at] == '\n' || (data[at] == '\r' && (at + 1 < len ? data[at + 1] == '\n' : eof)))
			return at;
	return eof ? len : 0;
}

const char *
framing_check_fields(struct framing_join *join, const char *data, size_t len)
{
	struct paragraph g = { join->framing->fields, 0, NULL, &join->levels };
	const char *wrong = NULL, *at;

	if (len == 0)
		return "it is empty, as no paragraph can be";
	if (join->record == 0 && (bom_utf8(data, len) > 0 || bom_utf16(data, len)))
		return "it begins with a byte order mark, which would not be part of the first record";
	for (size_t line = 0, end; line <= len && wrong == NULL; line = end + 1) {
		end = scan_byte(data, len, line, '\n');
		wrong = is_empty(data, line, end) ? "it holds an empty line, or ends with a newline" :
						    take_line(&g, data + line, data + end, &at);
	}
	if (wrong == NULL)
		wrong = end_field(&g, data + len, &at);
	return wrong == NULL && !(g.state & FIELD) ? "it has no field: a reader would pass it over" : wrong;
}

int
framing_join_fields(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	(void)join;
	return buf_add(out, data, len) < 0 ? -1 : buf_adds(out, len > 0 && data[len - 1] == '\r' ? "\n\r\n" : "\n\n");
}
