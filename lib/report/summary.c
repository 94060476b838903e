/* summary: see summary.h. */

#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "base/vis.h"
#include "match/json.h"
#include "match/table.h"
#include "record/position.h"
#include "report/summary.h"

void
summary_block(struct summary *s, const struct block *b)
{
	if (b->kind == BLOCK_LOSS) {
		s->losses++;
		return;
	}
	s->data++;
	s->summed += (b->flags & BLOCK_SUMMED) != 0;
	if (b->count == 0)
		return;
	s->gaps[b->gap] = 1;
	if (b->gap == 1)
		s->gap_bytes[b->status] = 1;
	for (uint32_t i = 0; i < b->count; i++) {
		uint64_t at = position_source(block_position(b, i)), len = b->ends[i] - block_start(b, i);

		if (s->records == 0)
			s->first = at;
		else if (at > s->last) /* what a worker is sent may go back (position.h) */
			s->skipped += at - s->last - 1;
		if (s->records == 0 || len > s->largest) {
			s->largest = len;
			s->largest_at = at;
		}
		s->last = at;
		s->records++;
	}
}

/*
 * What rec_in says of a fault, without the input's name before it, which the report has elsewhere.
 */
static const char *
reason(const struct rec_in *in, size_t *len)
{
	size_t name = strlen(in->name) + 2;

	*len = in->reason.len;
	if (in->end == REC_IN_FAILED || *len < name)
		return in->reason.data;
	*len -= name;
	return in->reason.data + name;
}

/* ---- rows ---- */

static int
row(struct buf *out, const char *name)
{
	return buf_addf(out, "%-11s ", name);
}

static int
number_row(struct buf *out, const char *name, uint64_t n, const char *unit)
{
	char text[NUM_GROUPED];

	return buf_addf(out, "%-11s %s%s\n", name, num_grouped(n, text), unit);
}

static int
end_rows(const struct rec_in *in, struct buf *out)
{
	static const char *const words[] = { [REC_IN_FAILED] = "its producer failed", [REC_IN_DAMAGED] = "damaged",
		[REC_IN_ERROR] = "reading failed" };
	const char *word = in->end < sizeof words / sizeof words[0] ? words[in->end] : NULL;
	size_t len;
	const char *why = reason(in, &len);
	int bad = row(out, "end");

	if (rec_in_well(in))
		return bad | buf_adds(out, "good\n");
	if (word != NULL)
		bad |= buf_adds(out, word);
	if (in->end == REC_IN_FAILED)
		bad |= buf_addf(out, ", status %d", in->status);
	if (word != NULL)
		bad |= buf_adds(out, ": ");
	bad |= vis_bytes(out, why, len, 0, 0, NULL) == SIZE_MAX;
	return bad | buf_addc(out, '\n');
}

/* The row about the table that the stream declares, if it declares one. */
static int
table_row(const struct rec_in *in, struct buf *out)
{
	const struct table *t = rec_in_table(in);

	return t == NULL ? 0 : row(out, "table") | table_text(t, out) | buf_addc(out, '\n');
}

static int
position_rows(const struct summary *s, const struct rec_in *in, struct buf *out)
{
	char a[NUM_GROUPED], b[NUM_GROUPED];
	int bad = row(out, "positions");

	if (s->records == 0) {
		bad |= buf_adds(out, "none\n");
	} else {
		bad |= buf_addf(out, "%s to %s", num_grouped(s->first, a), num_grouped(s->last, b));
		if (s->skipped > 0)
			bad |= buf_addf(out, ", %s of them skipped", num_grouped(s->skipped, a));
		bad |= buf_addc(out, '\n');
	}
	bad |= number_row(out, "watermark", position_source(in->watermark), "");
	bad |= row(out, "largest");
	if (s->records == 0)
		return bad | buf_adds(out, "none\n");
	return bad |
	    buf_addf(out, "%s byte%s, at position %s\n", num_grouped(s->largest, a), s->largest == 1 ? "" : "s",
		num_grouped(s->largest_at, b));
}

static int
gap_row(const struct summary *s, struct buf *out)
{
	const char *comma = "";
	int bad = row(out, "gaps");

	for (int len = 0; len < 256; len++) {
		if (!s->gaps[len])
			continue;
		bad |= buf_adds(out, comma);
		comma = ", ";
		if (len != 1) { /* of longer ones only the length is the same throughout a block */
			bad |= buf_addf(out, "%d bytes", len);
			continue;
		}
		bad |= buf_adds(out, "1 byte (");
		for (int c = 0, other = 0; c < 256; c++) {
			char byte = (char)c;

			if (!s->gap_bytes[c])
				continue;
			bad |= other++ > 0 ? buf_addc(out, ' ') : 0;
			bad |= vis_bytes(out, &byte, 1, 0, 0, NULL) == SIZE_MAX;
		}
		bad |= buf_addc(out, ')');
	}
	return bad | buf_adds(out, *comma == '\0' ? "none\n" : "\n");
}

static int
loss_row(const struct summary *s, const struct rec_in *in, struct buf *out)
{
	char a[NUM_GROUPED], b[NUM_GROUPED];
	int bad = row(out, "lost");

	if (s->losses == 0)
		return bad | buf_adds(out, "none\n");
	bad |= buf_addf(out, "%s%s record%s", in->lost_unknown ? "more than " : "", num_grouped(in->lost, a),
	    in->lost == 1 ? "" : "s");
	return bad | buf_addf(out, ", reported by %s block%s\n", num_grouped(s->losses, b), s->losses == 1 ? "" : "s");
}

int
summary_table(const struct summary *s, const struct rec_in *in, struct buf *out)
{
	char a[NUM_GROUPED], b[NUM_GROUPED];
	int whole = in->end == REC_IN_GOOD || in->end == REC_IN_FAILED;
	int bad = row(out, "stream");

	bad |= vis_bytes(out, in->name, strlen(in->name), 0, 0, NULL) == SIZE_MAX;
	bad |= buf_addc(out, '\n');
	bad |= end_rows(in, out);
	bad |= table_row(in, out);
	bad |= number_row(out, "records", s->records, "");
	bad |= position_rows(s, in, out);
	bad |= number_row(out, "payload", in->bytes, " bytes");
	bad |= gap_row(s, out);
	bad |= loss_row(s, in, out);
	bad |= number_row(out, "size", in->offset, whole ? " bytes" : " bytes before the fault");
	bad |= number_row(out, "blocks", in->blocks, "");
	bad |= number_row(out, "end marks", in->ends, "");
	bad |= row(out, "checksums");
	bad |= buf_addf(out, "%s of %s data blocks\n", num_grouped(s->summed, a), num_grouped(s->data, b));
	return bad != 0 ? -1 : 0;
}

/* ---- JSON ---- */

/* The numbers whose flags are set. */
static int
json_set(const unsigned char flags[256], struct buf *out)
{
	const char *comma = "";
	int bad = 0;

	for (int i = 0; i < 256; i++) {
		if (!flags[i])
			continue;
		bad |= buf_addf(out, "%s%d", comma, i);
		comma = ",";
	}
	return bad;
}

int
summary_json(const struct summary *s, const struct rec_in *in, struct buf *out)
{
	static const char *const ends[] = { [REC_IN_OPEN] = "open", [REC_IN_GOOD] = "good", [REC_IN_FAILED] = "failed",
		[REC_IN_CUT] = "cut", [REC_IN_DAMAGED] = "damaged", [REC_IN_NOT_STREAM] = "not a stream",
		[REC_IN_ERROR] = "unreadable", [REC_IN_UNWANTED] = "unwanted" };
	size_t len;
	const char *why = reason(in, &len);
	int bad = buf_adds(out, "{\"stream\":");

	bad |= json_quote(out, in->name, strlen(in->name));
	bad |= buf_addf(out, ",\"end\":\"%s\",\"status\":%d,\"reason\":", ends[in->end], in->status);
	bad |= json_quote(out, why, len);
	if (rec_in_table(in) != NULL)
		bad |= buf_adds(out, ",\"table\":") | table_json(rec_in_table(in), out);
	bad |= buf_addf(out, ",\"records\":%" PRIu64, s->records);
	if (s->records > 0)
		bad |= buf_addf(out, ",\"first\":%" PRIu64 ",\"last\":%" PRIu64, s->first, s->last);
	else
		bad |= buf_adds(out, ",\"first\":null,\"last\":null");
	bad |= buf_addf(out, ",\"skipped\":%" PRIu64 ",\"watermark\":%" PRIu64 ",\"largest\":", s->skipped,
	    position_source(in->watermark));
	if (s->records > 0)
		bad |= buf_addf(out, "{\"bytes\":%" PRIu64 ",\"position\":%" PRIu64 "}", s->largest, s->largest_at);
	else
		bad |= buf_adds(out, "null");
	bad |= buf_addf(out, ",\"payload\":%" PRIu64 ",\"gaps\":[", in->bytes);
	bad |= json_set(s->gaps, out);
	bad |= buf_adds(out, "],\"gap_bytes\":[");
	bad |= json_set(s->gap_bytes, out);
	bad |= buf_addf(out, "],\"lost\":%" PRIu64 ",\"lost_unknown\":%s,\"losses\":%" PRIu64, in->lost,
	    in->lost_unknown ? "true" : "false", s->losses);
	bad |= buf_addf(out,
	    ",\"size\":%" PRIu64 ",\"blocks\":%" PRIu64 ",\"data_blocks\":%" PRIu64 ",\"end_marks\":%" PRIu64
	    ",\"checksums\":%" PRIu64 "}\n",
	    in->offset, in->blocks, s->data, in->ends, s->summed);
	return bad != 0 ? -1 : 0;
}
