/* names: see names.h. */

#include <inttypes.h>

#include "base/bom.h"
#include "choose/names.h"
#include "command/command.h"
#include "match/json.h"

void
names_look(struct names *n, const struct block *b)
{
	n->total += b->count;
	if (!n->used || n->tabled || n->json)
		return;
	for (uint32_t i = 0; i < b->count && !n->json; i++) {
		const char *p = b->payload + block_start(b, i);
		size_t len = b->ends[i] - block_start(b, i), mark = bom_utf8(p, len);

		/* Without memory the line is not worth an error. */
		n->json = json_valid(p + mark, len - mark, &n->nested) != 0;
	}
	n->records += b->count;
}

void
names_lacking(struct names *n, const struct range *range)
{
	/* Without memory the line is not worth an error. */
	if (n->total > 0)
		(void)range_lacking(range, n->total, &n->lacking);
}

int
names_end(struct names *n)
{
	int say = n->used && !n->tabled && !n->json && n->records > 0;

	if (say && n->records == 1)
		die_warn("the record is not JSON; for CSV: rec-split -f csv -H");
	else if (say)
		die_warn("none of %" PRIu64 " records is JSON; for CSV: rec-split -f csv -H", n->records);
	else if (n->lacking.len > 0)
		die_warn("no record has %s", buf_string(&n->lacking));
	say |= n->lacking.len > 0;
	buf_free(&n->nested);
	buf_free(&n->lacking);
	return say;
}
