/* range_part: what a part of a range is, for commands that make records of such parts. */

#include <string.h>

#include "match/range_step.h"

enum range_kind
range_kind(const struct range *range, size_t i, struct range_view *separator)
{
	const struct range_part *part = &range->parts[i];
	const struct range_step *step = &part->parsed[0];

	*separator = (struct range_view){ NULL, 0 };
	if (step->unit == RANGE_MEMBER || step->unit == RANGE_ELEMENT)
		return RANGE_IS_PATH;
	if (part->parsed_count != 1)
		return RANGE_IS_OTHER;
	*separator = (struct range_view){ step->text != NULL ? step->text : "", step->text != NULL ? step->len : 0 };
	switch (step->unit) {
	case RANGE_COLUMNS:
		return RANGE_IS_COLUMNS;
	case RANGE_WORDS:
		if (separator->len == 0)
			*separator = (struct range_view){ " ", 1 };
		return RANGE_IS_WORDS;
	case RANGE_FIELDS:
		return RANGE_IS_FIELDS;
	case RANGE_CSV:
		return RANGE_IS_CSV;
	default:
		*separator = (struct range_view){ NULL, 0 };
		return RANGE_IS_OTHER;
	}
}

int
range_columns(const struct range *range, size_t i, int64_t *from, int64_t *to)
{
	const struct range_part *part = &range->parts[i];
	enum range_unit written = part->parsed[0].unit;

	if (part->count != 1 || (written != RANGE_FIELDS && written != RANGE_CSV && written != RANGE_MEMBER))
		return 0;
	/* The value of a name of logfmt and fields is no column. */
	if (part->steps[0].unit == RANGE_KEY || part->steps[0].unit == RANGE_NAMED)
		return 0;
	*from = part->steps[0].from;
	*to = part->steps[0].to;
	return 1;
}

int
range_path(const struct range *range, size_t i, struct buf *out, size_t *names)
{
	const struct range_part *part = &range->parts[i];
	int bad = 0;

	*names = 0;
	for (size_t k = 0; k < part->parsed_count; k++) {
		const struct range_step *step = &part->parsed[k];

		if (step->unit != RANGE_MEMBER && step->unit != RANGE_ELEMENT)
			break;
		if (k > 0)
			bad |= buf_addc(out, '.');
		if (step->unit == RANGE_MEMBER)
			bad |= step->len > 0 ? buf_add(out, step->text, step->len) : 0;
		else
			bad |= buf_addf(out, "%lld", (long long)step->from);
		++*names;
	}
	return bad != 0 ? -1 : *names > 0;
}
