/*
 * framing_join: records to bytes, and the checks that tell whether a record would come back the
 * same. A check judges the record together with what follows it and, if that matters, with the
 * records before it.
 */
#include <errno.h>
#include <string.h>

#include "base/bom.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

const char framing_no_memory[] = "out of memory";

/* ---- the checks: return NULL, or why the record would not come back the same ---- */

/*
 * The first delimiter must be the one that ends the record. It may begin earlier: within the
 * record, or with j bytes of the record and the rest in the delimiter itself ("ba" and "aa" make
 * "baaa", which is "b" and a rest).
 */
const char *
framing_check_delim(struct framing_join *join, const char *data, size_t len)
{
	const char *delim;
	size_t width, j;

	framing_terminator(join->framing, &delim, &width);
	if (width == 1) {
		if (scan_byte(data, len, 0, *delim) == len)
			return NULL;
		return *delim == '\n'   ? "it holds a newline"
		       : *delim == '\0' ? "it holds a NUL byte"
		                        : "it holds the delimiter";
	}
	if (memmem(data, len, delim, width) != NULL)
		return *delim == '\r' ? "it holds CR LF" : "it holds the delimiter";
	for (j = 1; j < width && j <= len; j++)
		if (memcmp(data + len - j, delim, j) == 0 && memcmp(delim + j, delim, width - j) == 0)
			return "its end and the delimiter would be taken for the delimiter and a rest";
	return NULL;
}

const char *
framing_check_paragraph(struct framing_join *join, const char *data, size_t len)
{
	size_t at;

	(void)join;
	if (len == 0)
		return "it is empty, as no paragraph can be";
	if (data[0] == '\n' || data[len - 1] == '\n')
		return "it begins or ends with a newline";
	for (at = 0; (at = scan_byte(data, len, at, '\n')) < len; at += 2) /* at is not the last byte */
		if (data[at + 1] == '\n')
			return "it holds an empty line";
	return NULL;
}

const char *
framing_check_indented(struct framing_join *join, const char *data, size_t len)
{
	size_t at;

	if (join->record > 0 && len > 0 && (data[0] == ' ' || data[0] == '\t'))
		return "it begins with a space or a tab, and would continue the record before it";
	for (at = 0; (at = scan_byte(data, len, at, '\n')) < len; at++)
		if (at + 1 == len || (data[at + 1] != ' ' && data[at + 1] != '\t'))
			return "it holds a newline that no space or tab follows";
	return NULL;
}

/* Private number: state: a short record was seen, which only the last one of all may be. */
const char *
framing_check_fixed(struct framing_join *join, const char *data, size_t len)
{
	uint32_t width = join->framing->width;

	(void)data;
	if (join->state)
		return "the record before it is shorter than the framing's width";
	if (len == width)
		return NULL;
	if (len > width)
		return "it is longer than the framing's width";
	if (len == 0)
		return "it is empty";
	if (!join->framing->allow_short)
		return "it is shorter than the framing's width";
	join->state = 1;
	return NULL;
}

const char *
framing_check_word(struct framing_join *join, const char *data, size_t len)
{
	size_t i;

	(void)join;
	if (len == 0)
		return "it is empty, as no word can be";
	for (i = 0; i < len; i++)
		if (framing_is_space(data[i]))
			return "it holds white space";
	return NULL;
}

const char *
framing_check_csv(struct framing_join *join, const char *data, size_t len)
{
	size_t at = 0, open = 0, width;
	int quoted = 0;
	const char *end;

	if (len == 0)
		return "it is empty, as no row can be; an empty value is written \"\"";
	if (join->record == 0 && (bom_utf8(data, len) > 0 || bom_utf16(data, len)))
		return "it begins with a byte order mark, which would not be part of the first row";
	if (framing_csv_row(data, 0, len, 1, join->framing->separator, &at, &quoted, &open) < len)
		return "it holds a newline outside of quotes: it is more than one row";
	if (quoted)
		return "it holds a quote that is never closed";
	framing_terminator(join->framing, &end, &width);
	/* A reader drops one CR before the newline; csv-crlf writes that itself. */
	if (width == 1 && !join->crlf && len > 0 && data[len - 1] == '\r')
		return "it ends with CR, which would be part of the row's end";
	return NULL;
}

const char *
framing_check_tsv(struct framing_join *join, const char *data, size_t len)
{
	if (join->record == 0 && (bom_utf8(data, len) > 0 || bom_utf16(data, len)))
		return "it begins with a byte order mark, which would not be part of the first row";
	if (scan_byte(data, len, 0, '\n') < len)
		return "it holds a newline";
	if (len > 0 && data[len - 1] == '\r' && !join->crlf)
		return "it ends with CR, which would be part of the row's end";
	return NULL;
}

const char *
framing_check_none(struct framing_join *join, const char *data, size_t len)
{
	(void)join;
	(void)data;
	(void)len;
	return "nothing is written between records, so it would not come back";
}

const char *
framing_check_json(struct framing_join *join, const char *data, size_t len)
{
	enum json_verdict verdict;
	size_t used;

	json_reset(&join->json);
	verdict = json_scan(&join->json, data, len, &used);
	if (verdict == JSON_MORE)
		verdict = json_end(&join->json);
	if (verdict == JSON_NOMEM)
		return framing_no_memory;
	if (verdict == JSON_WRONG)
		return len > 0 && framing_is_json_space(data[0]) ? "it has white space before its JSON value"
		                                                 : "it is not a JSON value (RFC 8259)";
	return used < len ? "it has more after its JSON value" : NULL;
}

/* ---- the ways to write a record that is not just followed by a terminator ---- */

/*
 * Returns the length of the run at data[at, len) that escaped lines hold unchanged: printable ASCII
 * and valid UTF-8.
 */
static size_t
unescaped(const char *data, size_t len, size_t at)
{
	size_t from = at, n;

	while (at < len) {
		unsigned char c = (unsigned char)data[at];

		if (c < 0x20 || c == 0x7F || c == '\\')
			break;
		n = c < 0x80 ? 1 : utf8_decode(data + at, len - at, NULL);
		if (n == 0)
			break;
		at += n;
	}
	return at - from;
}

/*
 * Writes a line for programs that know only lines: those in C++ and Java that take text for UTF-8
 * garble bytes that are not, and many drop empty lines, so an empty record is a lone backslash.
 */
int
framing_join_escaped(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	static const char bytes[] = "\\\n\r\t", names[] = "\\nrt0";
	size_t at = 0;

	(void)join;
	if (len == 0)
		return buf_add(out, "\\\n", 2);
	while (at < len) {
		size_t n = unescaped(data, len, at);
		const char *known;

		if (n > 0 && buf_add(out, data + at, n) == -1)
			return -1;
		if ((at += n) == len)
			break;
		/* The NUL after bytes is one of them. */
		known = memchr(bytes, data[at], sizeof bytes);
		if (known != NULL ? buf_addc(out, '\\') == -1 || buf_addc(out, names[known - bytes]) == -1
				  : buf_addf(out, "\\x%02x", (unsigned char)data[at]) == -1)
			return -1;
		at++;
	}
	return buf_addc(out, '\n');
}

int
framing_join_netstring(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	(void)join;
	return buf_addf(out, "%zu:", len) == -1 || buf_add(out, data, len) == -1 ? -1 : buf_addc(out, ',');
}

int
framing_join_prefix(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	const struct framing_kind *k = framing_kind(join->framing);
	char prefix[8];
	unsigned i;

	for (i = 0; i < k->width; i++)
		prefix[k->little ? i : k->width - 1 - i] = (char)((uint64_t)len >> 8 * i);
	return buf_add(out, prefix, k->width) == -1 ? -1 : buf_add(out, data, len);
}

int
framing_join_varint(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	uint64_t rest = len;
	char prefix[10];
	size_t n = 0;

	(void)join;
	for (; rest > 0x7F; rest >>= 7)
		prefix[n++] = (char)((rest & 0x7F) | 0x80);
	prefix[n++] = (char)rest;
	return buf_add(out, prefix, n) == -1 ? -1 : buf_add(out, data, len);
}

/* Appends a record or block descriptor word: the length including the word, and two bytes of 0. */
static int
add_word(struct buf *out, size_t len)
{
	char word[4] = { (char)((len + 4) >> 8), (char)(len + 4), 0, 0 };

	return buf_add(out, word, sizeof word);
}

int
framing_join_v(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	(void)join;
	return add_word(out, len) == -1 ? -1 : buf_add(out, data, len);
}

/* The open block is appended to out when the next record does not fit into it. */
int
framing_join_vb(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	/* Memory is reserved first, so that a failure changes neither the block nor out. */
	if (buf_reserve(&join->block, len + 4) == -1)
		return -1;
	if (4 + join->block.len + 4 + len > FRAMING_RDW_MAX && framing_join_flush(join, out) == -1)
		return -1;
	return framing_join_v(join, data, len, &join->block);
}

int
framing_join_json_seq(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	(void)join;
	return buf_addc(out, FRAMING_RS) == -1 || buf_add(out, data, len) == -1 ? -1 : buf_addc(out, '\n');
}

/* ---- all of them ---- */

/* Sets why and errno. Returns -1. */
static int
refuse(struct framing_join *join, const char *why)
{
	join->why = why != framing_no_memory ? why : NULL;
	errno = why != framing_no_memory ? EINVAL : ENOMEM;
	return -1;
}

/* Checks a record, and does not count it. */
static int
check(struct framing_join *join, enum framing_strictness strictness, const char *data, size_t len)
{
	const struct framing_kind *k = framing_kind(join->framing);
	const char *why = NULL;

	if (k->only_read != NULL)
		why = "records can't be written in this framing";
	else if (k->max > 0 && len > k->max)
		why = k->too_long;
	else if (strictness == FRAMING_STRICT && k->check != NULL)
		why = k->check(join, data, len);
	return why != NULL ? refuse(join, why) : 0;
}

int
framing_join(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	const struct framing_kind *k = framing_kind(join->framing);
	size_t was = out->len, width;
	const char *bytes;
	int got;

	if (len == 0)
		data = "";
	if (check(join, join->strictness, data, len) == -1)
		return -1;
	if (k->join != NULL)
		got = k->join(join, data, len, out);
	else if ((got = buf_add(out, data, len)) == 0 && framing_terminator(join->framing, &bytes, &width))
		got = buf_add(out, bytes, width);
	if (got == -1) {
		out->len = was;
		return refuse(join, framing_no_memory);
	}
	join->record++;
	return 0;
}

int
framing_join_flush(struct framing_join *join, struct buf *out)
{
	struct buf *block = &join->block;

	if (block->len == 0)
		return 0;
	if (buf_reserve(out, 4 + block->len) == -1)
		return -1;
	add_word(out, block->len);
	buf_add(out, block->data, block->len);
	block->len = 0;
	return 0;
}

void
framing_join_free(struct framing_join *join)
{
	buf_free(&join->block);
	json_free(&join->json);
	buf_free(&join->levels);
	*join = (struct framing_join){ 0 };
}

int
framing_check(struct framing_join *join, const char *data, size_t len)
{
	if (check(join, FRAMING_STRICT, len > 0 ? data : "", len) == -1)
		return -1;
	join->record++;
	return 0;
}

/*
 * Returns 1 if the records of a data block, which has gaps of one newline, are rows of csv or tsv,
 * and nothing in them needs a closer look; else 0.
 */
static int
are_plain_rows(const struct framing_join *j, const struct block *b)
{
	uint32_t shortest = b->ends[0];
	int csv = framing_kind(j->framing)->check == framing_check_csv;

	if (!csv && framing_kind(j->framing)->check != framing_check_tsv)
		return 0;
	if (j->record == 0 || b->gap != 1 || b->status != '\n' || b->size == 0 ||
	    scan_count(b->payload, b->size, '\n') != b->count - (uint32_t)block_lacks_gap(b) ||
	    memchr(b->payload, '\r', b->size) != NULL)
		return 0;
	for (uint32_t i = 1; i < b->count; i++) {
		uint32_t len = b->ends[i] - b->ends[i - 1] - 1;

		shortest = len < shortest ? len : shortest;
	}
	return !csv || (shortest > 0 && memchr(b->payload, '"', b->size) == NULL);
}

uint32_t
framing_check_block(struct framing_join *j, const struct block *b)
{
	const char *end;
	size_t len;

	if (b->count > 0 && are_plain_rows(j, b)) {
		j->record += b->count;
		return b->count;
	}

	if (framing_kind(j->framing)->check == framing_check_delim && framing_terminator(j->framing, &end, &len) &&
	    len == 1 && b->gap == 1 && (unsigned char)*end == b->status &&
	    scan_count(b->payload, b->size, *end) == b->count - (uint32_t)block_lacks_gap(b)) {
		j->record += b->count;
		return b->count;
	}
	for (uint32_t i = 0; i < b->count; i++)
		if (framing_check(j, b->payload + block_start(b, i), b->ends[i] - block_start(b, i)) < 0)
			return i;
	return b->count;
}
