/* framing_write: see framing_write.h. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "base/vis.h"
#include "framing/framing_private.h"
#include "framing/framing_write.h"
#include "record/position.h"

/* What is owed: what ends the records that follow; or the end of a row, whatever ends those. */
enum { OWED_NOTHING, OWED_END, OWED_LF, OWED_CRLF };

/* ---- the framing ---- */

static int
no_memory(struct framing_write *w)
{
	(void)buf_adds(&w->error, framing_no_memory);
	return EX_OSERR;
}

/* Gets ready to write in the framing of that name. Returns 0, or an exit status. */
static int
choose(struct framing_write *w, const char *name)
{
	struct framing_join join = { .framing = &w->chosen };

	framing_join_free(&w->join);
	framing_free(&w->chosen);
	if (framing_init(&w->chosen, name, &w->error) < 0)
		return EX_DATAERR;
	w->chosen.allow_short = w->allow_short;
	join.strictness = w->strictness < 0 ? framing_usual(&w->chosen) : (enum framing_strictness)w->strictness;
	w->join = join;
	w->terminated = framing_terminator(&w->chosen, &w->end, &w->end_len);
	w->begun = 1;
	return 0;
}

/* The family of a framing whose records have parts; or NULL if it only divides. */
static const char *
family(const char *name)
{
	size_t len = strcspn(name, ":");
	enum fields_kind kind;
	static const struct {
		const char *name, *family;
	} formats[] = { { "csv", "csv" }, { "csv-crlf", "csv" }, { "tsv", "tsv" }, { "json", "json" },
		{ "jsonl", "json" }, { "json-seq", "json" },
		{ "logfmt", "logfmt" } };

	/* How their values are written differs. */
	if (fields_kind(name, &kind))
		return name;

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strlen(formats[i].name) == len && strncmp(formats[i].name, name, len) == 0)
			return formats[i].family;
	return NULL;
}

static int
is_kind(const char *name, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(name, kind, len) == 0 && (name[len] == '\0' || name[len] == ':');
}

/* Refuses to write the records of a table in the framing `asked`. Returns the exit status. */
static int
refuse_format(struct framing_write *w, const struct table *t, const char *asked)
{
	const char *other = family(asked);

	(void)buf_adds(&w->error, "the records are ");
	(void)vis_bytes(&w->error, table_kind(t), strlen(table_kind(t)), 0, 0, NULL);
	if (t->format == TABLE_CSV && strcmp(other, "csv") == 0) {
		(void)buf_adds(&w->error, " with the separator \"");
		(void)vis_bytes(&w->error, t->between, t->between_len, 0, 0, NULL);
		(void)buf_adds(&w->error, "\": the framing csv writes that");
		return EX_DATAERR;
	}
	(void)buf_addf(&w->error, ": put rec-map to %s before it", other);
	return EX_DATAERR;
}

/*
 * Appends the name of the framing to write the records of a table in: the one that was asked for,
 * with the separator of the table if it has none of its own. Sets w->declared. Returns 0, or an
 * exit status.
 */
static int
name_framing(struct framing_write *w, const struct table *t, struct buf *name)
{
	const char *asked = w->framing != NULL ? w->framing : t->framing, *parameter = strchr(t->framing, ':');
	const char *own = family(t->framing), *other = family(asked);
	int bad;

	w->declared = strcmp(asked, t->framing) == 0;
	bad = buf_adds(name, asked);
	if (other != NULL && (own == NULL || strcmp(other, own) != 0))
		return refuse_format(w, t, asked);
	if (other != NULL && strcmp(other, "csv") == 0) {
		w->declared = 1;
		if (strchr(asked, ':') == NULL && parameter != NULL)
			bad |= buf_adds(name, parameter);
	}
	w->declared |= other != NULL && is_kind(asked, "json");
	return bad != 0 || buf_terminate(name) < 0 ? no_memory(w) : 0;
}

/*
 * Chooses the framing for a table. Returns 0, or an exit status. Rows keep their ends, unless
 * csv-crlf was asked for, and the table does not say that itself.
 */
static int
choose_for(struct framing_write *w, const struct table *t)
{
	struct buf name = { 0 };
	int result = name_framing(w, t, &name);

	if (result == 0)
		result = choose(w, name.data);
	if (result == 0 && w->declared && t->format == TABLE_CSV && w->chosen.separator != t->between[0])
		result = refuse_format(w, t, name.data);
	buf_free(&name);
	if (result != 0)
		return result;
	w->rows = w->declared && framing_has_rows(&w->chosen) &&
	    !(w->framing != NULL && is_kind(w->framing, "csv-crlf") && !is_kind(t->framing, "csv-crlf"));
	w->completes = w->declared && framing_has_rows(&w->chosen) && !w->rows;
	w->row_end_len = 0;
	if (w->terminated && w->end_len <= 2) {
		memcpy(w->row_end, w->end, w->end_len);
		w->row_end_len = w->end_len;
	}
	if (w->rows && t->row_end_len > 0) {
		memcpy(w->row_end, t->row_end, t->row_end_len);
		w->row_end_len = t->row_end_len;
	}
	return 0;
}

/* ---- writing ---- */

static int
put(struct framing_write *w, const void *bytes, size_t n)
{
	return n == 0 || w->put(w->sink, bytes, n) == 0 ? 0 : EX_IOERR;
}

int
framing_write_table(struct framing_write *w, const struct table *t)
{
	size_t len;
	int result;

	w->declared = w->rows = w->completes = 0;
	if (t == NULL) {
		w->begun = 0;
		return 0;
	}
	if ((result = choose_for(w, t)) != 0)
		return result;
	if (t->header_len == 0 || w->no_header || !w->declared)
		return 0;
	len = t->header_len - t->row_end_len;
	w->join.record = 1; /* rows are not the first thing in the bytes */
	if (w->rows || !w->terminated) {
		/* A header without the end of its row gets one if rows follow. */
		w->owed = t->row_end_len == 0 && w->terminated ? OWED_END : OWED_NOTHING;
		return put(w, t->header, t->header_len);
	}
	if ((result = put(w, t->header, len)) != 0)
		return result;
	w->owed = t->row_end_len == 0 && !w->completes ? OWED_END : OWED_NOTHING;
	return w->owed != OWED_NOTHING ? 0 : put(w, w->end, w->end_len);
}

static int
refuse(struct framing_write *w, const struct block *b, uint32_t i)
{
	if (w->join.why == NULL)
		return no_memory(w);
	(void)buf_addf(&w->error, "record %" PRIu64 ": %s", position_source(block_position(b, i)), w->join.why);
	return EX_DATAERR;
}

/* Returns 1 if every gap of the block is CR LF, else 0. */
static int
is_crlf(const struct block *b)
{
	for (uint32_t i = 0; i < b->count - (uint32_t)block_lacks_gap(b); i++)
		if (memcmp(b->payload + b->ends[i], "\r\n", 2) != 0)
			return 0;
	return 1;
}

/*
 * Sets what ends the rows of the block. Returns 1 if that is what they came with, because it is the
 * end of a row, else 0.
 */
static int
choose_end(struct framing_write *w, const struct block *b)
{
	if (b->gap == 1 && b->status == '\n')
		w->end = "\n";
	else if (b->gap == 2 && is_crlf(b))
		w->end = "\r\n";
	else
		w->end = w->row_end;
	w->end_len = w->end == w->row_end ? w->row_end_len : strlen(w->end);
	/* A last row without an end may have a CR as its last byte. */
	w->join.crlf = w->end_len == 2 || block_lacks_gap(b);
	return w->end != w->row_end;
}

/*
 * Returns 1 if all gaps of the block, and the gap's byte in its header, are what is to be written.
 */
static int
has_ends(const struct framing_write *w, const struct block *b)
{
	if (b->gap != w->end_len || (b->gap == 1 && (unsigned char)b->status != (unsigned char)*w->end))
		return 0;
	for (uint32_t i = 0; i < b->count - (uint32_t)block_lacks_gap(b); i++) {
		const char *gap = b->payload + b->ends[i];

		if (b->gap == 1 ? *gap != *w->end : memcmp(gap, w->end, w->end_len) != 0)
			return 0;
	}
	return 1;
}

/* Writes the end of records into every gap of the block; gaps are as long as it. */
static void
fill_gaps(const struct framing_write *w, struct block *b)
{
	for (uint32_t i = 0; i < b->count - (uint32_t)block_lacks_gap(b); i++)
		memcpy(b->payload + b->ends[i], w->end, w->end_len);
	b->status = b->gap == 1 ? (unsigned char)*w->end : 0;
}

static int
put_copied(struct framing_write *w, const struct block *b, uint32_t count)
{
	w->bytes.len = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t start = block_start(b, i);

		if (buf_add(&w->bytes, b->payload + start, b->ends[i] - start) < 0 ||
		    (!(i == b->count - 1 && block_lacks_gap(b)) && buf_add(&w->bytes, w->end, w->end_len) < 0))
			return no_memory(w);
	}
	return put(w, w->bytes.data, w->bytes.len);
}

/* The last row came without an end, and others follow. */
static int
put_owed(struct framing_write *w)
{
	int owed = w->owed;

	w->owed = OWED_NOTHING;
	if (owed == OWED_END)
		return put(w, w->end, w->end_len);
	return owed == OWED_LF ? put(w, "\n", 1) : owed == OWED_CRLF ? put(w, "\r\n", 2) : 0;
}

/*
 * Returns what is owed for the last row of the block, which has no end: the end of the rows of its
 * block. If the row itself ends with CR, that is CR LF: before a newline alone, its CR would be
 * taken for a part of the row's end.
 */
static int
owe_row(const struct framing_write *w, const struct block *b)
{
	return *w->end == '\r' || b->payload[b->size - 1] == '\r' ? OWED_CRLF : OWED_LF;
}

/*
 * Writes a block of which some records are set aside. The first `good` ones have been checked.
 * same: its gaps are what is written.
 */
static int
write_around(struct framing_write *w, const struct block *b, uint32_t good, int same)
{
	int owed = OWED_NOTHING, result;

	w->bytes.len = 0;
	for (uint32_t i = 0; i < b->count; i++) {
		const char *data = b->payload + block_start(b, i);
		size_t len = b->ends[i] - block_start(b, i);

		if (i >= good && framing_check(&w->join, data, len) < 0) {
			if (w->join.why == NULL)
				return no_memory(w);
			w->aside(w->sink, b, i, w->join.why);
			continue;
		}
		if (i == b->count - 1 && block_lacks_gap(b) && same && !w->completes && len > 0)
			owed = w->rows ? owe_row(w, b) : OWED_END;
		if (buf_add(&w->bytes, data, len) < 0 || (!owed && buf_add(&w->bytes, w->end, w->end_len) < 0))
			return no_memory(w);
	}
	if (w->bytes.len == 0)
		return 0;
	if ((result = put_owed(w)) != 0)
		return result;
	w->owed = owed;
	return put(w, w->bytes.data, w->bytes.len);
}

static int
write_terminated(struct framing_write *w, struct block *b)
{
	int same, in_place, result;
	uint32_t count;

	same = (w->rows && choose_end(w, b)) || has_ends(w, b);
	in_place = same || (b->gap == w->end_len && !w->keeps_blocks);
	if (in_place && !same)
		fill_gaps(w, b);
	count = w->join.strictness == FRAMING_AS_IS ? b->count : framing_check_block(&w->join, b);
	if (count < b->count && w->aside != NULL)
		return write_around(w, b, count, same);
	if (count > 0) {
		int whole = count < b->count || !block_lacks_gap(b);

		if ((result = put_owed(w)) != 0)
			return result;
		if (in_place)
			result = put(w, b->payload, b->ends[count - 1] + (whole ? w->end_len : 0));
		else
			result = put_copied(w, b, count);
		if (result != 0)
			return result;
		/*
		 * A last line that came without a newline is written without one; any other last
		 * record gets its terminator.
		 */
		if (!whole && same && !w->completes && b->ends[count - 1] > block_start(b, count - 1))
			w->owed = w->rows ? owe_row(w, b) : OWED_END;
		if (!whole && !w->owed && (result = put(w, w->end, w->end_len)) != 0)
			return result;
	}
	return count < b->count ? refuse(w, b, count) : 0;
}

/*
 * jsonl: says what ends the lines of the block: LF, or CR LF if they came with that. Returns the
 * number of bytes that its last line is to be written without, because it came so; or 0.
 */
static size_t
choose_line_end(struct framing_write *w, const struct block *b)
{
	w->join.crlf = b->gap == 2 && is_crlf(b);
	if (!block_lacks_gap(b) || !(w->join.crlf || (b->gap == 1 && b->status == '\n')))
		return 0;
	return w->join.crlf ? 2 : 1;
}

static int
write_framed(struct framing_write *w, const struct block *b)
{
	size_t left = framing_has_rows(&w->chosen) ? choose_line_end(w, b) : 0;
	uint32_t i;
	int good = 1, result = put_owed(w);

	if (result != 0)
		return result;
	w->bytes.len = 0;
	for (i = 0; i < b->count && good; i++) {
		uint32_t start = block_start(b, i);

		good = framing_join(&w->join, b->payload + start, b->ends[i] - start, &w->bytes) == 0;
		if (!good && w->aside != NULL && w->join.why != NULL) {
			w->aside(w->sink, b, i, w->join.why);
			good = 1;
			left = i + 1 < b->count ? left : 0;
		}
	}
	if (framing_join_flush(&w->join, &w->bytes) < 0)
		return no_memory(w);
	if (good && left > 0) {
		w->bytes.len -= left;
		w->owed = left == 2 ? OWED_CRLF : OWED_LF;
	}
	if ((result = put(w, w->bytes.data, w->bytes.len)) != 0)
		return result;
	return good ? 0 : refuse(w, b, i - 1);
}

int
framing_write_block(struct framing_write *w, struct block *b)
{
	int result;

	if (b->count == 0)
		return 0;
	if (!w->begun && (result = choose(w, w->framing != NULL ? w->framing : "lines")) != 0)
		return result;
	return w->terminated ? write_terminated(w, b) : write_framed(w, b);
}

void
framing_write_free(struct framing_write *w)
{
	buf_free(&w->bytes);
	buf_free(&w->error);
	framing_join_free(&w->join);
	framing_free(&w->chosen);
	w->begun = 0;
}
