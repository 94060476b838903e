/* sort_check: sees if a stream is sorted. */

#include <inttypes.h>

#include "change/sort_private.h"
#include "record/position.h"

int
sort_check(struct sort *s, struct rec_in *in, struct command_fault *fault, struct buf *why)
{
	struct buf made[2] = { { 0 }, { 0 } }, kept = { 0 };
	struct range_view keys[2] = { { NULL, 0 }, { NULL, 0 } };
	int any = 0, now = 0, good = 1;
	struct block b;

	sort_begin(s, in, fault);
	while (good && fault->status == 0 && rec_in_block(in, &b)) {
		if (b.kind == BLOCK_LOSS)
			continue;
		names_look(&s->names, &b);
		for (uint32_t i = 0; i < b.count && good; i++, now = !now, any = 1) {
			uint32_t start = block_start(&b, i);
			int order;

			if (sortkey_make(&s->key, b.payload + start, b.ends[i] - start, &made[now], &keys[now]) < 0) {
				(void)sort_no_memory(s);
				break;
			}
			sort_note_time(s, &b, i);
			order = any ? sortkey_compare(&s->key, &keys[!now], &keys[now], 0) : -1;
			if (order > 0 || (order == 0 && s->unique != SORT_ALL)) {
				good = 0;
				(void)buf_addf(why, "the record at position %" PRIu64 " %s the one before it",
				    position_source(block_position(&b, i)),
				    order > 0 ? "belongs before" : "has the key of");
				rec_in_enough(in, block_position(&b, i));
			}
		}
		/* The key of the last record outlives its block. */
		kept.len = 0;
		if (any && good && keys[!now].data != NULL) {
			if (buf_reserve(&kept, keys[!now].len + 1) < 0 ||
			    buf_add(&kept, keys[!now].data, keys[!now].len) < 0)
				(void)sort_no_memory(s);
			else
				keys[!now].data = kept.data;
		}
	}
	if (rec_in_whole(in))
		names_lacking(&s->names, &s->key.range);
	if (in->end == REC_IN_OPEN)
		rec_in_enough(in, in->next);
	for (int i = 0; i < 2; i++)
		buf_free(&made[i]);
	buf_free(&kept);
	return good;
}
