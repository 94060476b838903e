/* range_parse: makes parts of words. range_lex.h says how the words of the shell are read. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/delimited.h"
#include "base/jsonstring.h"
#include "match/range_lex.h"
#include "match/range_step.h"
#include "match/spell.h"

enum { NESTED = 16 }; /* substr of substr, at most */

static int
add(struct range_reader *r, struct range_part *part, const struct range_step *step)
{
	struct range_step *more = reallocarray(part->parsed, part->parsed_count + 1, sizeof *more);

	if (more == NULL)
		return range_no_memory(r);
	part->steps = part->parsed = more;
	part->parsed[part->parsed_count++] = *step;
	part->count = part->parsed_count;
	return 0;
}

static int
copy(struct range_reader *r, char **to, size_t *len, const char *bytes, size_t n)
{
	if ((*to = malloc(n + 1)) == NULL)
		return range_no_memory(r);
	if (n > 0)
		memcpy(*to, bytes, n);
	(*to)[n] = '\0';
	*len = n;
	return 0;
}

/* Makes the step one to the member of that name: keeps the name as it is, and also in quotes. */
static int
set_member(struct range_reader *r, struct range_step *step, const char *name, size_t n)
{
	step->unit = RANGE_MEMBER;
	if (copy(r, &step->text, &step->len, name, n) < 0)
		return -1;
	if ((step->quoted = malloc(n + 2)) == NULL) {
		free(step->text);
		return range_no_memory(r);
	}
	step->quoted[0] = step->quoted[n + 1] = '"';
	if (n > 0)
		memcpy(step->quoted + 1, name, n);
	for (size_t i = 0; i < n; i++)
		step->odd |= (unsigned char)name[i] < 0x20 || name[i] == '"' || name[i] == '\\' || name[i] == '/';
	return 0;
}

/* Copies the separator that is in force for the step's unit into the step. */
static int
set_separator(struct range_reader *r, struct range_step *step)
{
	const struct buf *b = &r->range->words;

	if (step->unit == RANGE_WORDS)
		return b->len == 0 ? 0 : copy(r, &step->text, &step->len, b->data, b->len);
	b = &r->range->fields;
	step->own = b->len > 0;
	if (b->len == 0)
		return copy(r, &step->text, &step->len, step->unit == RANGE_CSV ? "," : "\t", 1);
	if (step->unit == RANGE_CSV && memchr(b->data, '"', b->len) != NULL)
		return range_wrong(r, "csv: a quote cannot separate csv fields");
	return copy(r, &step->text, &step->len, b->data, b->len);
}

static int
read_csv(struct range_reader *r, struct range_step *step)
{
	struct buf name = { 0 };
	int result = range_read_value(r, &name, RANGE_KEY_CSV);

	if (result >= 0 && buf_terminate(&name) < 0)
		result = range_no_memory(r);
	if (result == 0 && range_is_number(name.data)) {
		struct range_reader number = { .range = r->range, .error = r->error, .p = name.data };

		result = range_read_span(&number, step, number.p);
	} else if (result >= 0) {
		result = range_refuse_csv(r, &name);
	}
	buf_free(&name);
	return result;
}

/* Reads ."odd name", with the escapes of JSON, at r->p. */
static int
read_name(struct range_reader *r, struct range_step *step, const char *path)
{
	const char *begin = r->p + 2, *quote = jsonstring_end(begin, begin + strlen(begin), NULL);
	struct buf name = { 0 };
	int result;

	if (quote == NULL)
		return range_wrong(r, "%s: the quote is not closed", path);
	r->p = quote + 1;
	if ((result = jsonstring_decode(&name, begin, quote)) < 0)
		(void)range_no_memory(r);
	else if (result == 0)
		result = range_wrong(r, "%s: a backslash in a name begins an escape of JSON; itself it is \\\\", path);
	else
		result = set_member(r, step, name.data, name.len);
	buf_free(&name);
	return result;
}

/* Reads a path such as .user.id, .items[0].sku or ."odd name" at r->p. */
static int
read_path(struct range_reader *r, struct range_part *part)
{
	const char *begin = r->p;
	struct range_step step;

	if (isdigit((unsigned char)r->p[1]))
		return range_refuse_digit(r, begin);
	while (*r->p == '.' || *r->p == '[') {
		memset(&step, 0, sizeof step);
		if (*r->p == '.' && r->p[1] == '[')
			r->p++;
		if (*r->p == '[') {
			step.unit = RANGE_ELEMENT;
			r->p = range_read_number(r->p + 1, &step.from, 0, 1);
			if (r->p == NULL || *r->p++ != ']')
				return range_wrong(r, "%s: an element of an array is written [0], the last one [-1]",
				    begin);
		} else if (r->p[1] == '"') {
			if (read_name(r, &step, begin) < 0)
				return -1;
		} else {
			size_t n = strcspn(r->p + 1, " \t\n,().[]\""), digits = strspn(r->p + 1, "0123456789");

			if (n == 0)
				return range_wrong_word(r,
				    "%s: the name of a member is expected after each dot, such as .user.id or %s",
				    begin, r->range->within ? ".\"odd name\"" : "'.\"odd name\"'");
			if (digits < n && !spell_plain(r->p + 1 + digits, n - digits))
				return range_refuse_name(r, begin, n);
			if (set_member(r, &step, r->p + 1, n) < 0)
				return -1;
			r->p += 1 + n;
		}
		if (add(r, part, &step) < 0) {
			free(step.text);
			free(step.quoted);
			return -1;
		}
	}
	if (part->word == NULL && (part->word = strndup(begin, (size_t)(r->p - begin))) == NULL)
		return range_no_memory(r);
	memset(&step, 0, sizeof step);
	step.unit = RANGE_VALUE;
	return add(r, part, &step);
}

/*
 * Reads a part without substr, of one step or several. keyword is what has been read of it already.
 */
static int
read_simple(struct range_reader *r, struct range_part *part, enum range_keyword keyword)
{
	const char *name = keyword == RANGE_KEY_FIELD ? "field" : "word";
	struct range_step step = { .unit = RANGE_COLUMNS };
	const char *begin = r->p;
	int result;

	if (keyword == RANGE_KEY_NONE && *r->p == '.')
		return read_path(r, part);
	if (keyword == RANGE_KEY_NONE && (*r->p == 'w' || *r->p == 'W' || *r->p == 'f' || *r->p == 'F') &&
	    range_is_number(r->p + 1)) {
		step.unit = *r->p == 'w' || *r->p == 'W' ? RANGE_WORDS : RANGE_FIELDS;
		r->p++;
	} else if (keyword == RANGE_KEY_WORD || keyword == RANGE_KEY_FIELD) {
		step.unit = keyword == RANGE_KEY_WORD ? RANGE_WORDS : RANGE_FIELDS;
		if (!range_skip_spaces(r) || !range_is_number(r->p))
			return range_wrong(r, "%s: a number is expected after it: %s 2, %ss 3-5%s%s%s", name, name,
			    name, r->texts ? "; that word itself is /" : "", r->texts ? name : "", r->texts ? "/" : "");
		begin = r->p;
	} else if (keyword == RANGE_KEY_CSV) {
		step.unit = RANGE_CSV;
	} else if (!range_is_number(r->p)) {
		if (r->texts && r->p == r->words[r->at] && delimited_is(r->p))
			return range_wrong(r, "%s: a part of the record is expected before the string%s", r->p,
			    r->depth > 0 ? ", or the parenthesis that closes the list" : "");
		return range_refuse_word(r);
	}
	result = step.unit == RANGE_CSV ? read_csv(r, &step) : range_read_span(r, &step, begin);
	if (result == 0 && step.unit != RANGE_COLUMNS)
		result = set_separator(r, &step);
	if (result == 0)
		result = add(r, part, &step);
	if (result < 0)
		free(step.text);
	return result;
}

/*
 * Reads any number of settings (ws, fs). Returns the keyword of the part that follows them, or -1
 * with a message.
 */
static int
read_settings(struct range_reader *r)
{
	for (;;) {
		enum range_keyword keyword;
		struct buf value = { 0 };
		int result;

		if (!range_skip_spaces(r))
			return range_wrong(r, "%s: a range is expected after it, such as w2", r->words[r->count - 1]);
		keyword = range_read_keyword(r);
		if (keyword != RANGE_KEY_WS && keyword != RANGE_KEY_FS)
			return (int)keyword;
		result = range_read_value(r, &value, keyword);
		if (result == 0)
			result = range_separator(keyword == RANGE_KEY_WS ? &r->range->words : &r->range->fields,
			    value.data != NULL ? value.data : "", value.len, r->error);
		buf_free(&value);
		if (result < 0)
			return -1;
	}
}

static void
free_part(struct range_part *part)
{
	range_unbind(part);
	for (size_t i = 0; i < part->parsed_count; i++) {
		free(part->parsed[i].text);
		free(part->parsed[i].quoted);
		buf_free(&part->parsed[i].scratch);
	}
	free(part->parsed);
	free(part->word);
}

/*
 * Reads a part with any number of "substr ... of" before it. The part that is named last is looked
 * up first, so its steps come first.
 */
static int
read_part(struct range_reader *r, struct range_part *part)
{
	struct range_part inner = { 0 };
	int keyword = read_settings(r), result;

	if (keyword < 0)
		return -1;
	if (keyword != RANGE_KEY_SUBSTR)
		return read_simple(r, part, (enum range_keyword)keyword);
	if ((keyword = read_settings(r)) < 0)
		return -1;
	if (keyword == RANGE_KEY_SUBSTR || r->nested == NESTED)
		return range_wrong(r, keyword == RANGE_KEY_SUBSTR
					  ? "substr: the part of a part is written substr 1-3 of w2"
					  : "substr: nested too deep");
	if (read_simple(r, &inner, (enum range_keyword)keyword) < 0) {
		free_part(&inner);
		return -1;
	}
	if (!range_skip_spaces(r) || range_token(r->p) != 2 || strncasecmp(r->p, "of", 2) != 0) {
		free_part(&inner);
		return range_wrong(r, "substr: \"of\" is expected after the part: substr 1-3 of w2");
	}
	r->p += 2;
	r->nested++;
	result = read_part(r, part);
	r->nested--;
	if (result == 0)
		for (size_t i = 0; i < inner.parsed_count && result == 0; i++) {
			if ((result = add(r, part, &inner.parsed[i])) == 0) {
				inner.parsed[i].text = NULL;
				inner.parsed[i].quoted = NULL;
			}
		}
	free_part(&inner);
	return result;
}

static int
add_part(struct range_reader *r)
{
	struct range *range = r->range;
	struct range_part *parts = reallocarray(range->parts, range->count + 1, sizeof *parts);
	struct range_view *views;

	if (parts == NULL)
		return range_no_memory(r);
	range->parts = parts;
	if ((views = reallocarray(range->views, range->count + 1, sizeof *views)) == NULL)
		return range_no_memory(r);
	range->views = views;
	memset(&parts[range->count], 0, sizeof *parts);
	views[range->count].data = NULL;
	return read_part(r, &parts[range->count++]);
}

/* Returns 1 if the next thing to be read begins a word of the shell, which may be empty, or 0. */
static int
at_word(struct range_reader *r)
{
	if (r->at == r->count || r->p == r->words[r->at])
		return r->at < r->count;
	while (range_is_space(*r->p))
		r->p++;
	if (*r->p != '\0' || ++r->at == r->count)
		return 0;
	r->p = r->words[r->at];
	return 1;
}

/* Reads parts, within parentheses or not, until none can follow. */
static int
read_list(struct range_reader *r)
{
	int comma = 0, parts = 0;

	for (;;) {
		/* Outside of a list a new word of the shell may be a string, or no part at all. */
		if (at_word(r) && r->depth == 0 && !comma && r->texts) {
			if (!range_begins(r->p))
				return 0;
			if (strspn(r->p, "0123456789") == strlen(r->p))
				return range_wrong(r, "%s: a column range is %s-%s or %s-*, a string is /%s/", r->p,
				    r->p, r->p, r->p, r->p);
		}
		if (!range_skip_spaces(r)) {
			if (r->depth > 0)
				return range_wrong(r, "%s: the list is not closed by a parenthesis",
				    r->words[r->count - 1]);
			if (!comma)
				return 0;
			return range_wrong(r, "%s: a part is expected after the comma", r->words[r->count - 1]);
		}
		if (*r->p == ',') {
			if (comma || !parts)
				return range_wrong(r, "%s: a part is expected before the comma", r->words[r->at]);
			comma = 1;
			r->p++;
			continue;
		}
		if (*r->p == ')') {
			if (r->depth == 0 || comma || !parts)
				return range_wrong_word(r, "%s: %s", r->words[r->at],
				    r->depth == 0 ? "a parenthesis is closed that is not open"
						  : "a part is expected before the parenthesis");
			r->depth--;
			r->p++;
			continue;
		}
		if (*r->p == '(') {
			if (r->depth > 0)
				return range_wrong_word(r, "%s: a list in a list", r->words[r->at]);
			r->depth++;
			r->p++;
			parts = comma = 0;
			continue;
		}
		if (add_part(r) < 0)
			return -1;
		parts = 1;
		comma = 0;
		if (r->at < r->count && *r->p != '\0' && !range_is_space(*r->p) && *r->p != ',' && *r->p != ')')
			return range_wrong_word(r, "%s: a part cannot be followed by %s", r->words[r->at], r->p);
	}
}

int
range_take(struct range *range, char *const words[], size_t count, size_t *used, struct buf *error)
{
	struct range_reader r = { .range = range, .words = words, .count = count, .texts = 1, .error = error };

	if (count > 0)
		r.p = words[0];
	if (read_list(&r) < 0)
		return -1;
	*used = r.at;
	range_find_escapes(range);
	return 0;
}

int
range_all(struct range *range, char *const words[], size_t count, struct buf *error)
{
	struct range_reader r = { .range = range, .words = words, .count = count, .error = error };

	if (count > 0)
		r.p = words[0];
	if (read_list(&r) < 0)
		return -1;
	range_find_escapes(range);
	return 0;
}

int
range_next(struct range *range, const struct range *before, const char *text, size_t *at, struct buf *error)
{
	char *const word = (char *)(uintptr_t)text + *at;
	struct range_reader r = { .range = range, .words = &word, .count = 1, .p = word, .error = error };

	if (before != NULL) {
		range->separated = before->separated;
		if ((before->words.len > 0 && buf_add(&range->words, before->words.data, before->words.len) < 0) ||
		    (before->fields.len > 0 && buf_add(&range->fields, before->fields.data, before->fields.len) < 0))
			return range_no_memory(&r);
	}
	if (!range_skip_spaces(&r))
		return range_wrong(&r, "a part of the record is expected");
	if (add_part(&r) < 0)
		return -1;
	range_find_escapes(range);
	*at = (size_t)(r.p - text);
	return 0;
}

void
range_free(struct range *range)
{
	for (size_t i = 0; i < range->count; i++)
		free_part(&range->parts[i]);
	free(range->parts);
	free(range->views);
	buf_free(&range->words);
	buf_free(&range->fields);
	buf_free(&range->between);
	memset(range, 0, sizeof *range);
}
