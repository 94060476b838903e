/*
 * range: see range.h. The words are read in range_parse.c; the units are found in range_units.c,
 * range_named.c and range_json.c.
 */

#include <string.h>

#include "base/bom.h"
#include "base/jsonstring.h"
#include "match/range_step.h"

static int
columns(const struct range_step *s, struct range_view *v)
{
	int64_t first, last;

	if (!range_resolve(s->from, s->to, (int64_t)v->len, &first, &last))
		return 0;
	v->data += first - 1;
	v->len = (size_t)(last - first + 1);
	return 1;
}

static int
take_step(struct range_step *s, struct range_view *v)
{
	switch (s->unit) {
	case RANGE_COLUMNS:
		return columns(s, v);
	case RANGE_WORDS:
		return range_words(s, v);
	case RANGE_FIELDS:
		return range_fields_step(s, v);
	case RANGE_ROW:
	case RANGE_CSV:
		return range_csv(s, v);
	case RANGE_REST:
		return range_rest(s, v);
	case RANGE_KEY:
		return range_key(s, v);
	case RANGE_NAMED:
		return range_named(s, v);
	case RANGE_MEMBER:
		return range_member(s, v);
	case RANGE_ELEMENT:
		return range_element(s, v);
	default:
		return range_value(s, v);
	}
}

/* The record as the part's first step sees it: text without a byte order mark before it. */
static inline struct range_view
as_text(const struct range_part *part, const char *data, size_t len)
{
	size_t mark = part->steps[0].unit >= RANGE_CSV ? bom_utf8(data, len) : 0;

	return (struct range_view){ data + mark, len - mark };
}

void
range_find_escapes(struct range *range)
{
	range->escapes = 0;
	for (size_t i = 0; i < range->count; i++)
		for (size_t k = 0; k < range->parts[i].count; k++) {
			enum range_unit unit = range->parts[i].steps[k].unit;

			if (unit == RANGE_ROW || unit == RANGE_CSV)
				range->escapes |= RANGE_QUOTE;
			else if (unit == RANGE_VALUE)
				range->escapes |= RANGE_BACKSLASH;
			else if (unit == RANGE_KEY || unit == RANGE_NAMED)
				range->escapes |= RANGE_MADE;
		}
}

int
range_view(struct range *range, size_t i, const char *data, size_t len, struct range_view *view)
{
	struct range_part *part = &range->parts[i];
	struct range_view v = as_text(part, data, len);

	part->asked++;
	for (size_t k = 0; k < part->count; k++) {
		/* An empty view contains no part. */
		int result = v.len > 0 ? take_step(&part->steps[k], &v) : 0;

		if (result <= 0) {
			view->data = NULL;
			view->len = 0;
			return result;
		}
	}
	part->found = 1;
	*view = v;
	return 1;
}

int
range_nth(struct range *range, size_t i, int64_t n, const char *data, size_t len, struct range_view *view)
{
	struct range_step *step = &range->parts[i].steps[0];
	int64_t from = step->from, to = step->to;
	int result = 0;

	*view = (struct range_view){ data, len };
	if (len > 0) {
		step->from = step->to = n;
		result = step->columns > 0 ? range_rest(step, view) : take_step(step, view);
		step->from = from;
		step->to = to;
	}
	if (result <= 0)
		*view = (struct range_view){ NULL, 0 };
	return result;
}

int64_t
range_number(const struct range *range, size_t i, const char *data, size_t len)
{
	const struct range_step *step = &range->parts[i].steps[0];
	struct range_view view = { data, len };

	if (len == 0)
		return 0;
	switch (step->unit) {
	case RANGE_ROW:
		return range_count_csv(step, &view);
	case RANGE_WORDS:
	case RANGE_REST:
		return range_count_rest(step, &view);
	default:
		return range_count_fields(step, &view);
	}
}

int
range_is_whole(const struct range *range, size_t i)
{
	const struct range_part *part = &range->parts[i];

	return part->count == 1 && part->steps[0].unit == RANGE_COLUMNS && part->steps[0].from == 1 &&
	    part->steps[0].to == RANGE_LAST;
}

int
range_is_json(const struct range *range, size_t i)
{
	const struct range_part *part = &range->parts[i];

	return part->count > 0 && part->steps[part->count - 1].unit == RANGE_VALUE;
}

enum range_way
range_short(const struct range *range, size_t i, char *separator, uint32_t *n)
{
	const struct range_part *part = &range->parts[i];
	const struct range_step *step = &part->steps[0];

	if (part->count != 1 || step->from < 1 || step->from != step->to || step->from > UINT32_MAX)
		return RANGE_LONG;
	*n = (uint32_t)step->from;
	if (step->unit == RANGE_WORDS && step->len == 0)
		return RANGE_WORD;
	if ((step->unit != RANGE_FIELDS && step->unit != RANGE_ROW) || step->len != 1)
		return RANGE_LONG;
	*separator = step->text[0];
	return step->unit == RANGE_ROW ? RANGE_QUOTED : RANGE_FIELD;
}

int
range_json(struct range *range, size_t i, const char *data, size_t len, struct range_view *view, char *first)
{
	struct range_part *part = &range->parts[i];
	struct range_view v = as_text(part, data, len);

	part->asked++;
	*view = (struct range_view){ NULL, 0 };
	for (size_t k = 0; k < part->count; k++) {
		int result;

		/*
		 * Before the last step, v begins with the value itself: the spaces before it have
		 * been skipped.
		 */
		if (v.len > 0)
			*first = v.data[0];
		if ((result = v.len > 0 ? take_step(&part->steps[k], &v) : 0) <= 0)
			return result;
	}
	part->found = 1;
	*view = v;
	return 1;
}

int
range_written(struct range *range, size_t i, const char *data, size_t len, struct range_view *view)
{
	struct range_part *part = &range->parts[i];
	struct range_view v = as_text(part, data, len);
	int result = v.len > 0;

	part->asked++;
	*view = (struct range_view){ NULL, 0 };
	for (size_t k = 0; k + 1 < part->count && result > 0; k++)
		result = take_step(&part->steps[k], &v) > 0 && v.len > 0;
	/* The value may be the record itself, or a column, with spaces before it. */
	while (result > 0 && v.len > 0 && strchr(" \t\r\n", *v.data) != NULL && *v.data != '\0') {
		v.data++;
		v.len--;
	}
	if (result <= 0 || v.len == 0)
		return 0;
	if (*v.data == '"') {
		const char *quote = jsonstring_end(v.data + 1, v.data + v.len, NULL);

		if (quote == NULL)
			return 0;
		v.len = (size_t)(quote + 1 - v.data);
	} else if ((result = take_step(&part->steps[part->count - 1], &v)) <= 0) {
		return result;
	}
	part->found = 1;
	*view = v;
	return 1;
}

int
range_views(struct range *range, const char *data, size_t len)
{
	int there = 0;

	for (size_t i = 0; i < range->count; i++) {
		int result = range_view(range, i, data, len, &range->views[i]);

		if (result < 0)
			return -1;
		there += result;
	}
	return there;
}
