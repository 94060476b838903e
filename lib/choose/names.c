/* names: see names.h. */

#include <inttypes.h>

#include "base/bom.h"
#include "choose/names.h"
#include "command/command.h"
#include "match/json.h"

void
names_look(struct names *n, const struct block *b)
{
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

int
names_end(struct names *n)
{
	int say = n->used && !n->tabled && !n->json && n->records > 0;

	if (say && n->records == 1)
		die_warn("the record is not JSON; for CSV: rec-split -f csv -H");
	else if (say)
		die_warn("none of %" PRIu64 " records is JSON; for CSV: rec-split -f csv -H", n->records);
	buf_free(&n->nested);
	return say;
}
