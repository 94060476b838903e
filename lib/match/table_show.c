/* table_show: a table for a report, as text and as JSON. See table.h. */

#include <string.h>

#include "base/num.h"
#include "base/vis.h"
#include "match/json.h"
#include "match/table.h"

int
table_text(const struct table *t, struct buf *out)
{
	char number[NUM_GROUPED];
	int bad = vis_bytes(out, t->framing, strlen(t->framing), 0, 0, NULL) == SIZE_MAX;

	if (t->format == TABLE_WORDS) {
		bad |= buf_adds(out, ", separator WORDS");
	} else if (t->between_len > 0) {
		bad |= buf_adds(out, ", separator \"");
		bad |= vis_bytes(out, t->between, t->between_len, 0, 0, NULL) == SIZE_MAX;
		bad |= buf_addc(out, '"');
	}
	if (table_has_names(t))
		return bad | buf_adds(out, ", names in each record") ? -1 : 0;
	if (!t->named)
		return bad | buf_adds(out, ", columns without names") ? -1 : 0;
	bad |= buf_addf(out, ", %s column%s: ", num_grouped(t->count, number), t->count == 1 ? "" : "s");
	return bad | table_names(t, out) ? -1 : 0;
}

int
table_json(const struct table *t, struct buf *out)
{
	int bad = buf_adds(out, "{\"framing\":") | json_quote(out, t->framing, strlen(t->framing));

	bad |= buf_adds(out, ",\"separator\":");
	if (t->format == TABLE_WORDS)
		bad |= buf_adds(out, "\"WORDS\"");
	else
		bad |= t->between_len > 0 ? json_quote(out, t->between, t->between_len) : buf_adds(out, "null");
	if (!t->named)
		return bad | buf_adds(out, ",\"columns\":null}") ? -1 : 0;
	bad |= buf_adds(out, ",\"columns\":[");
	for (size_t i = 0; i < t->count; i++)
		bad |= buf_adds(out, i > 0 ? "," : "") | json_quote(out, t->names[i].data, t->names[i].len);
	return bad | buf_adds(out, "]}") ? -1 : 0;
}
