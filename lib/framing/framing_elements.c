/*
 * framing_elements: the elements of an array within a JSON document (json:.items[]), as they come.
 * As framing_split.c.
 *
 * Only the objects and arrays on the way to the array are followed here; every value in them is
 * read as a whole: an element is a record, and what is not on the path is checked and dropped,
 * piece by piece, so no more than one element is held. A value that is complete in the bytes that
 * have come is read by json_value, which is fast; any other by json_scan, which begins it again
 * once, and then goes on with each piece.
 */
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "base/num.h"
#include "base/utf8.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

/* ---- the path ---- */

struct step {
	size_t name, len; /* a member's name, as an offset in names */
	int element;      /* 1: an element of an array ... */
	uint64_t index;   /* ... this one */
	size_t end;       /* of the step, in text */
};

struct framing_path {
	struct step *steps;
	size_t count;
	struct buf names;
	struct buf text;  /* the path as it was written */
};

void
framing_path_free(struct framing_path *p)
{
	if (p == NULL)
		return;
	free(p->steps);
	buf_free(&p->names);
	buf_free(&p->text);
	free(p);
}

/* Appends a line about the path to error. Returns -1. */
static int
refuse(struct buf *error, const char *path, const char *why)
{
	(void)buf_addf(error, "json:%s: %s", path, why);
	return -1;
}

/* Reads [N] at *at. Returns 0, or -1 with a line in error. */
static int
read_index(const char *path, const char **at, struct step *step, struct buf *error)
{
	const char *p = *at + 1;
	size_t n = strspn(p, "0123456789");
	char digits[20];

	if (*p == '-')
		return refuse(
		    error, path, "elements are counted from the first one, [0], because the others come later");
	if (*p == ']')
		return refuse(error, path, "[] ends the path: the elements of one array are read");
	if (n == 0 || n >= sizeof digits || p[n] != ']')
		return refuse(error, path, "an element on the way is written [0]");
	memcpy(digits, p, n);
	digits[n] = '\0';
	if (num_digits(digits, UINT64_MAX, &step->index) < 0)
		return refuse(error, path, "an element on the way is written [0]");
	step->element = 1;
	*at = p + n + 1;
	return 0;
}

/* Reads .name or ."odd name" at *at. Returns 0, or -1 with a line in error. */
static int
read_name(const char *path, const char **at, struct step *step, struct buf *names, struct buf *error)
{
	const char *p = *at + 1, *quote;
	struct buf name = { 0 };
	size_t n = strcspn(p, " \t\n,().[]\"");
	int got = 1;

	if (*p == '"') {
		if ((quote = jsonstring_end(p + 1, p + strlen(p), NULL)) == NULL)
			return refuse(error, path, "the quote is not closed");
		got = jsonstring_decode(&name, p + 1, quote);
		*at = quote + 1;
	} else if (n == 0) {
		return refuse(error, path,
		    "the name of a member is expected after each dot, such as .items or .\"odd name\"");
	} else if (*p >= '0' && *p <= '9') {
		(void)buf_addf(error, "json:%s: a name that begins with a digit is written in quotes: .\"%.*s\"", path,
		    (int)n, p);
		return -1;
	} else {
		got = buf_add(&name, p, n) < 0 ? -1 : 1;
		*at = p + n;
	}
	step->name = names->len;
	step->len = name.len;
	if (got == 1)
		got = buf_add(names, name.data, name.len) < 0 || buf_terminate(names) < 0 ? -1 : 1;
	buf_free(&name);
	if (got == 0)
		return refuse(error, path, "a backslash in a name begins an escape of JSON; itself it is \\\\");
	return got < 0 ? refuse(error, path, framing_no_memory) : 0;
}

/* Reads the steps up to the [] at the end. Returns 0, or -1 with a line in error. */
static int
read_path(struct framing_path *path, const char *text, struct buf *error)
{
	const char *p = text;

	if (*p != '.')
		return refuse(error, text,
		    "the path of an array is expected, such as json:.items[], or json:.[] for the document");
	while (strcmp(p, "[]") != 0 && strcmp(p, ".[]") != 0) {
		struct step step = { 0 }, *more;
		int result;

		if (*p == '\0')
			return refuse(error, text, "a path ends with [], which means the elements");
		if (*p != '.' && *p != '[')
			return refuse(
			    error, text, "a dot or a bracket is expected after each name, such as .a.b[2].c[]");
		p += *p == '.' && p[1] == '[';
		if (*p == '[')
			result = read_index(text, &p, &step, error);
		else
			result = read_name(text, &p, &step, &path->names, error);
		if (result < 0)
			return -1;
		if ((more = reallocarray(path->steps, path->count + 1, sizeof *more)) == NULL)
			return refuse(error, text, framing_no_memory);
		step.end = (size_t)(p - text);
		path->steps = more;
		path->steps[path->count++] = step;
	}
	if (buf_adds(&path->text, text) < 0 || buf_terminate(&path->text) < 0)
		return refuse(error, text, framing_no_memory);
	return 0;
}

int
framing_path_init(struct framing *f, const char *parameter, struct buf *error)
{
	if ((f->path = calloc(1, sizeof *f->path)) == NULL)
		return refuse(error, parameter, framing_no_memory);
	return read_path(f->path, parameter, error);
}

/* ---- the document ---- */

/* What comes next. */
enum place {
	START,   /* a document; 0, so that zeros are ready */
	VALUE,   /* a value of what is open */
	FIRST,   /* its first value or member, or its end */
	NAME,    /* a member's name */
	COLON,
	AFTER,   /* what follows a value */
	/* Within one: */
	IN_NAME,
	IN_LONG, /* a name that is too long to be the one on the path */
	IN_BESIDE,
	IN_ELEMENT
};

/*
 * `depth` is the number of objects and arrays on the path that are open. The step that is looked
 * for in the innermost one is steps[depth - 1]; if there is none, that is the array of the records.
 */
static const struct step *
step_of(const struct framing_split *s)
{
	const struct framing_path *path = s->framing->path;

	return s->descent.depth <= path->count ? &path->steps[s->descent.depth - 1] : NULL;
}

static int
in_object(const struct framing_split *s)
{
	const struct step *step = step_of(s);

	return step != NULL && !step->element;
}

/*
 * Sets the error: there should be something else at data[at], or before the input's end. Returns
 * -1.
 */
static int
misplaced(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t at)
{
	int object = s->descent.depth > 0 && in_object(s);

	json_reset(&s->json);
	switch ((enum place)s->descent.state) {
	case FIRST:
		s->json.wrong = object ? "a member's name or '}'" : "a value or ']'";
		break;
	case NAME:
		s->json.wrong = "a member's name";
		break;
	case COLON:
		s->json.wrong = "a ':' after a member's name";
		break;
	case AFTER:
		s->json.wrong = object ? "',' or '}'" : "',' or ']'";
		break;
	default:
		s->json.wrong = "a value";
	}
	return framing_json_fault(s, f, data, len, at, "the input");
}

/*
 * Goes on over the value at data[*at, len), which begins there unless `begun`, and moves *at.
 * Returns 1 if it is complete; 0 if it needs more bytes; -1 with the error.
 */
static int
scan(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, int eof, int begun,
    size_t *at)
{
	enum json_verdict verdict;
	size_t n;
	int got;

	if (!begun) {
		json_reset(&s->json);
		if ((got = json_value(data + *at, len - *at, &s->levels, &n)) < 0)
			return framing_fault_memory(s, f, *at);
		if (got == 1) {
			*at += n;
			return 1;
		}
	}
	verdict = json_scan(&s->json, data + *at, len - *at, &n);
	*at += n;
	if (verdict == JSON_MORE && eof) {
		verdict = json_end(&s->json);
		if (verdict == JSON_DONE) {
			s->descent.state = AFTER;
			return misplaced(s, f, data, len, *at);
		}
	}
	if (verdict == JSON_NOMEM)
		return framing_fault_memory(s, f, *at);
	if (verdict == JSON_WRONG)
		return framing_json_fault(s, f, data, len, *at, "the input");
	return verdict == JSON_DONE;
}

/* Returns what a value is that begins with c, or NULL if none does. */
static const char *
kind_of(char c)
{
	switch (c) {
	case '{':
		return "an object";
	case '[':
		return "an array";
	case '"':
		return "a string";
	case 't':
		return "true";
	case 'f':
		return "false";
	case 'n':
		return "null";
	default:
		return c == '-' || (c >= '0' && c <= '9') ? "a number" : NULL;
	}
}

/*
 * Opens the object or array on the path that begins at data[at]. Returns 0, or -1 with the error.
 */
static int
open_path(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t at)
{
	const struct framing_path *path = s->framing->path;
	struct framing_descent *d = &s->descent;
	int object = d->depth < path->count && !path->steps[d->depth].element;
	size_t shown = d->depth > 0 ? path->steps[d->depth - 1].end : 0;

	if (kind_of(data[at]) == NULL)
		return misplaced(s, f, data, len, at);
	if (data[at] != (object ? '{' : '['))
		return framing_fault(s, f, at, "%.*s is %s, not %s", shown > 0 ? (int)shown : 12,
		    shown > 0 ? path->text.data : "the document", kind_of(data[at]), object ? "an object" : "an array");
	d->depth++;
	d->index = 0;
	d->found = 0;
	d->state = FIRST;
	return 0;
}

/* Closes the innermost of them, whose end is data[at]. Returns 0, or -1 with the error. */
static int
close_path(struct framing_split *s, const struct framing_found *f, size_t at)
{
	struct framing_descent *d = &s->descent;
	const struct step *step = step_of(s);

	if (step != NULL && !d->found)
		return framing_fault(s, f, at, "there is no %.*s", (int)step->end, s->framing->path->text.data);
	d->found = 1;
	d->state = --d->depth > 0 ? AFTER : START;
	if (d->depth > 0)
		d->index = step_of(s)->index;
	return 0;
}

/* The name data[from, at) is complete, quotes and all. Returns 0, or -1 with the error. */
static int
take_name(struct framing_split *s, const struct framing_found *f, const char *data, size_t from, size_t at)
{
	struct framing_descent *d = &s->descent;
	const struct step *step = step_of(s);
	const char *name = data + from + 1, *wanted = s->framing->path->names.data;
	size_t len = at - from - 2;

	if (memchr(name, '\\', len) != NULL) {
		if (jsonstring_decode(&s->levels, name, name + len) < 0)
			return framing_fault_memory(s, f, from);
		name = s->levels.data;
		len = s->levels.len;
	}
	d->match = len == step->len && (len == 0 || memcmp(name, wanted + step->name, len) == 0);
	if (d->match && d->found)
		return framing_fault(s, f, from, "%.*s comes twice", (int)step->end, s->framing->path->text.data);
	d->state = COLON;
	return 0;
}

/*
 * Takes the byte data[at], which is no white space and belongs to no value that is read as a whole.
 * Returns 1; 0 if such a value begins there; -1 with the error.
 */
static int
take_byte(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t at)
{
	struct framing_descent *d = &s->descent;
	const struct step *step = d->depth > 0 ? step_of(s) : NULL;
	int object = step != NULL && !step->element;
	char c = data[at];

	switch ((enum place)d->state) {
	case FIRST:
	case AFTER:
		if (c == (object ? '}' : ']'))
			return close_path(s, f, at) < 0 ? -1 : 1;
		if (d->state == AFTER && c == ',') {
			d->index++;
			d->state = object ? NAME : VALUE;
			return 1;
		}
		if (d->state == AFTER)
			return misplaced(s, f, data, len, at);
		break;
	case COLON:
		if (c != ':')
			return misplaced(s, f, data, len, at);
		d->state = VALUE;
		return 1;
	default:
		break;
	}
	if (object && d->state != VALUE) {
		if (c != '"')
			return misplaced(s, f, data, len, at);
		d->state = IN_NAME;
		return 0;
	}
	if (d->depth == 0 || (step != NULL && (object ? d->match : d->index == step->index)))
		return open_path(s, f, data, len, at) < 0 ? -1 : 1;
	/* json_scan would say less of what is expected. */
	if (kind_of(c) == NULL)
		return misplaced(s, f, data, len, at);
	d->state = step != NULL ? IN_BESIDE : IN_ELEMENT;
	return 0;
}

/*
 * The value that is read as a whole is complete, if `whole`, and data[f->used, at) of it is there.
 * Returns 0, or -1 with the error.
 */
static int
take_value(struct framing_split *s, struct framing_found *f, const char *data, size_t at, int whole)
{
	struct framing_descent *d = &s->descent;

	switch ((enum place)d->state) {
	case IN_NAME:
		if (whole) {
			if (take_name(s, f, data, f->used, at) < 0)
				return -1;
			break;
		}
		/* No byte of a name takes more than the six of \u00HH. */
		if (at - f->used <= 6 * step_of(s)->len + 2)
			return 0;
		d->state = IN_LONG;
		break;
	case IN_LONG:
		if (whole) {
			d->match = 0;
			d->state = COLON;
		}
		break;
	case IN_ELEMENT:
		if (!whole)
			return 0;
		framing_add(f, f->used, at);
		/* FALLTHROUGH */
	default:
		if (whole)
			d->state = AFTER;
	}
	/* A message names the first byte of a character, of which the last may be wrong. */
	if (!whole)
		at -= at - f->used < UTF8_MAX - 1 ? at - f->used : UTF8_MAX - 1;
	f->used = at;
	return 0;
}

uint64_t
framing_elements_open(const struct framing_split *s, size_t len)
{
	return s->descent.state == IN_ELEMENT ? len : 0;
}

int
framing_split_elements(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	struct framing_descent *d = &s->descent;
	size_t at = s->seen;
	int got;

	s->json.inside = 1;
	while (f->count < f->max) {
		int begun = d->state >= IN_NAME;

		if (!begun) {
			while (at < len && framing_is_json_space(data[at]))
				at++;
			f->used = at;
			if (at == len && eof && d->state != START)
				return misplaced(s, f, data, len, at);
			if (at < len && (got = take_byte(s, f, data, len, at)) != 0) {
				if (got < 0)
					return -1;
				f->used = ++at;
				continue;
			}
		}
		if (at == len && !(begun && eof))
			break;
		if ((got = scan(s, f, data, len, eof, begun, &at)) < 0 || take_value(s, f, data, at, got) < 0)
			return -1;
		if (!got)
			break;
	}
	s->seen = at - f->used;
	return 0;
}
