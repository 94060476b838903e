/* range_named: values that a record has by its own names: logfmt and fields. See range_step.h. */

#include "match/logfmt.h"
#include "match/range_step.h"

int
range_key(struct range_step *s, struct range_view *v)
{
	return s->never ? 0 : logfmt_find(s->text, s->len, v->data, v->data + v->len, v, &s->scratch);
}

/* Finds the next field of the name. Returns 1 with its value; 0 if there is none; or -1. */
static int
next(struct range_step *s, const char **p, const char *end, struct range_view *v)
{
	struct fields_field field;

	return s->never || !fields_find(s->fields, s->text, s->len, p, end, &field) ? 0 :
	    fields_value(s->fields, &field, v, &s->scratch);
}

int
range_named(struct range_step *s, struct range_view *v)
{
	const char *p = v->data, *end = p + v->len;
	struct fields_field field;
	int64_t n = s->from;

	if (s->never)
		return 0;
	if (n < 0) {
		while (fields_find(s->fields, s->text, s->len, &p, end, &field))
			n++;
		if (n < 0)
			return 0;
		p = v->data;
	}
	for (; n > 0; n--)
		if (!fields_find(s->fields, s->text, s->len, &p, end, &field))
			return 0;
	return next(s, &p, end, v);
}

int
range_repeats(const struct range *range, size_t i)
{
	const struct range_part *part = &range->parts[i];

	/* .name[0] has a step less than was written. */
	return part->count == 1 && part->steps[0].unit == RANGE_NAMED && part->parsed_count == 2;
}

int
range_repeat(struct range *range, size_t i, struct range_view *rest, struct range_view *v)
{
	const char *p = rest->data, *end = p + rest->len;
	int result = rest->len > 0 ? next(&range->parts[i].steps[0], &p, end, v) : 0;

	*rest = (struct range_view){ p, (size_t)(end - p) };
	return result;
}
