/* range_lacking: names that no record had, for messages. */

#include <string.h>

#include "match/range_step.h"
#include "match/spell.h"

/* Returns 1 if the list has that word already, else 0. */
static int
has(const struct buf *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list->data, *end = p + list->len;

	while (p != NULL && p < end && (p = memmem(p, (size_t)(end - p), word, n)) != NULL) {
		if ((p == list->data || p[-1] == ' ') && (p + n == end || p[n] == ',' || p[n] == ' '))
			return 1;
		p++;
	}
	return 0;
}

/* Returns 1 if it was asked for in so many records, and none had it; else 0. */
static int
is_lacking(const struct range_part *part, uint64_t records)
{
	enum range_unit first = part->steps[0].unit;

	if (part->found || part->asked < records || part->word == NULL)
		return 0;
	/* A column is there, if all rows are too short for it. */
	return part->count > 1 || first == RANGE_KEY || first == RANGE_NAMED;
}

int
range_lacking(const struct range *range, uint64_t records, struct buf *out)
{
	struct buf name = { 0 };
	int bad = 0;

	for (size_t i = 0; i < range->count && bad == 0; i++) {
		const struct range_part *part = &range->parts[i];
		struct range_view separator;
		size_t names = 0;

		if (!is_lacking(part, records) || range_kind(range, i, &separator) != RANGE_IS_PATH ||
		    has(out, part->word))
			continue;
		bad |= out->len > 0 ? buf_adds(out, ", ") : 0;
		bad |= buf_adds(out, part->word);
		name.len = 0;
		bad |= range_path(range, i, &name, &names) < 0;
		/* Commands of rec that make members of parts call them so. */
		if (names > 1 && bad == 0)
			bad = buf_adds(out, " (one member of that name is written ") |
			    spell_path(out, name.data, name.len, range->within) | buf_addc(out, ')');
	}
	buf_free(&name);
	return bad != 0 ? -1 : 0;
}
