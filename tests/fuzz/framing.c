/*
 * framing: any bytes through any framing. The low seven bits of the first byte choose the framing
 * (REC_FUZZ_FRAMING=NAME sets it instead, so that each can be fuzzed by itself), its high bit
 * allows a short last record; the second byte is for the sizes of the pieces in which the rest
 * arrives.
 * New framings are added at the end: a file of the corpus is named after the framing that its first
 * byte chooses, which is checked here. What must hold:
 * - the result (records, lost texts, the error) is that of the whole input in one piece;
 * - records that the strict join takes come back the same (from jsonl, without white space); one
 *   that it refuses does not, if written as it is;
 * - an open record was never reported as longer than it is; by regular expressions, than all that
 *   was there;
 * - a split that sets bytes aside finds the same in pieces, meets no fault but that of UTF-16, and
 *   if it sets nothing aside, finds what the other one does.
 */
#include <string.h>

#include "framing/framing.h"
#include "fuzz/main.h"

static const char *const framings[] = { "lines", "crlf", "nul", "delim:ab", "delim:aa", "delim:aba", "paragraphs",
	"indented", "fixed:1", "fixed:3", "words", "escaped", "netstring", "u8", "u16be", "u16le", "u32be", "u32le",
	"u64be", "u64le", "varint", "v", "vb", "csv", "csv:;", "csv-crlf", "tsv", "json", "json-seq",
	"regex:,+",
	"regex:(a.*b)?|\\bc", "regex:\n*$|,\\>", "start:^a", "start:b|^$", "end:;$", "end:a.*b", "jsonl",
	"lines:2", "lines:3", "json:.[]", "json:.a[]", "json:.[1].\"b\"[]",
	"logfmt", "fields", "fields:mail", "fields:ldif" };

enum { MAX = 16 }; /* entries that the arrays hold at most */

/*
 * Records as one string of bytes in which each has its length before it, so that memcmp compares
 * them.
 */
struct result {
	struct buf records;
	struct buf lost; /* the number of records before each lost text */
	struct buf bad;  /* the same of the bytes that were set aside, with them, their line and the reason */
	size_t bads;
	struct buf error;
	size_t count;
	int lacks_gap;
};

static void
result_free(struct result *r)
{
	buf_free(&r->records);
	buf_free(&r->lost);
	buf_free(&r->bad);
	buf_free(&r->error);
}

static int
equal(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static int
same(const struct result *a, const struct result *b)
{
	return equal(&a->records, &b->records) && equal(&a->lost, &b->lost) && equal(&a->bad, &b->bad) &&
	    equal(&a->error, &b->error);
}

static void
add(struct result *r, const char *data, size_t len)
{
	MUST(buf_add(&r->records, &len, sizeof len) == 0 && buf_add(&r->records, data, len) == 0);
	r->count++;
}

/* Adds a record as it comes back: from jsonl without the white space outside of strings. */
static void
add_back(const struct framing *f, struct result *r, const char *data, size_t len)
{
	struct buf back = { 0 };
	int within = 0;

	if (strcmp(framing_name(f), "jsonl") != 0) {
		add(r, data, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (!within && strchr(" \t\r\n", data[i]) != NULL)
			continue;
		within ^= data[i] == '"';
		MUST(buf_addc(&back, data[i]) == 0);
		if (data[i] == '\\')
			MUST(buf_addc(&back, data[++i]) == 0);
	}
	add(r, back.data, back.len);
	buf_free(&back);
}

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16 & 0x7FFF;
}

/* What one call found. data is a copy of exactly len bytes. */
static void
take(const struct framing *f, const struct framing_found *found, const char *data, size_t len, uint64_t open,
    struct result *r)
{
	unsigned char byte = 0;
	int gap = framing_gap(f, &byte);
	size_t start = 0;

	MUST(found->used <= len && found->count <= found->max && found->lost <= 1);
	for (size_t i = 0; i < found->count; i++) {
		size_t end = found->ends[i];

		if (gap == -1)
			start = found->starts[i];
		MUST(start <= end && end <= found->used);
		MUST(i > 0 || found->lost || f->allow_short || open <= (f->ere.program != NULL ? len : end - start));
		add(r, data + start, end - start);
		start = end + (size_t)gap;
		MUST(gap != 1 || end == len || (unsigned char)data[end] == byte);
	}
	if (found->lost > 0)
		MUST(found->used > 0 && buf_add(&r->lost, &r->count, sizeof r->count) == 0);
	r->lacks_gap |= found->lacks_gap;
}

/* The bytes that a call set aside. */
static void
take_bad(const struct framing_split *s, const struct framing_found *found, const char *data, struct result *r)
{
	size_t len = found->bad_to - found->bad_from;

	if (!found->bad)
		return;
	MUST(found->bad_from <= found->bad_to && found->bad_to <= found->used && found->used > found->bad_from);
	MUST(buf_addf(&r->bad, "%zu %llu %zu ", r->count, (unsigned long long)s->bad_line, len) == 0);
	MUST(buf_add(&r->bad, data + found->bad_from, len) == 0);
	MUST(buf_add(&r->bad, s->error.data, s->error.len) == 0 && s->why < s->error.len);
	r->bads++;
}

/* pieces 0: all at once. */
static void
split_aside(const struct framing *f, const char *data, size_t len, unsigned pieces, int aside, struct result *r)
{
	uint32_t starts[MAX], ends[MAX];
	struct framing_split s = { .framing = f, .aside = aside };
	struct framing_found found = { .starts = starts, .ends = ends };
	size_t at = 0, arrived = 0;
	unsigned seed = pieces;
	uint64_t open = 0;
	int status = 0, eof = 0;

	if (len == 0)
		data = "";
	while (status == 0 && !eof) {
		size_t n = pieces == 0 ? len : pieces < 16 ? pieces : 1 + next_random(&seed) % pieces;

		arrived = n < len - arrived ? arrived + n : len;
		eof = arrived == len && (pieces & 1 || n == 0 || at == len || next_random(&seed) & 1);
		do {
			size_t size = arrived - at;
			char *copy = malloc(size > 0 ? size : 1);

			MUST(copy != NULL);
			if (size > 0)
				memcpy(copy, data + at, size);
			found.max = 1 + next_random(&seed) % MAX;
			status = framing_split(&s, size > 0 ? copy : NULL, size, eof, &found);
			take(f, &found, copy, size, open, r);
			take_bad(&s, &found, copy, r);
			at += found.used;
			if (found.used > 0)
				open = 0;
			free(copy);
		} while (status == 0 && (found.used > 0 || found.count == found.max));
		open = framing_open_length(&s, data + at, arrived - at);
	}
	if (status == 0)
		MUST(at == len && s.offset == len && s.record == r->count + r->bads);
	else
		MUST(s.error.len > 0 && buf_add(&r->error, s.error.data, s.error.len) == 0);
	framing_split_free(&s);
}

static void
split(const struct framing *f, const char *data, size_t len, unsigned pieces, struct result *r)
{
	split_aside(f, data, len, pieces, 0, r);
}

/* plain: what a split that sets nothing aside finds. */
static void
aside(const struct framing *f, const char *data, size_t len, unsigned pieces, const struct result *plain)
{
	struct result whole = { 0 }, parts = { 0 };

	split_aside(f, data, len, 0, 1, &whole);
	split_aside(f, data, len, pieces, 1, &parts);
	MUST(same(&whole, &parts) && whole.bads == parts.bads && whole.lacks_gap == parts.lacks_gap);
	MUST(whole.error.len == 0 || memmem(whole.error.data, whole.error.len, "UTF-16", 6) != NULL);
	MUST(whole.bads > 0 || same(&whole, plain));
	MUST(whole.bads == 0 || plain->error.len > 0);
	result_free(&whole);
	result_free(&parts);
}

/*
 * Joins the records that the framing accepts and expects them back; but not the first one that it
 * refuses.
 */
static void
join(const struct framing *f, const struct result *found, unsigned pieces)
{
	struct framing_join strict = { .framing = f, .strictness = FRAMING_STRICT };
	struct framing_join as_is = { .framing = f, .strictness = FRAMING_AS_IS };
	struct result want = { 0 }, got = { 0 };
	struct buf out = { 0 }, all = { 0 };
	int refused = 0;
	size_t len;

	for (size_t at = 0; at < found->records.len; at += len) {
		const char *data;

		memcpy(&len, found->records.data + at, sizeof len);
		at += sizeof len;
		data = found->records.data + at;
		if (framing_join(&strict, data, len, &out) == 0) {
			add_back(f, &want, data, len);
			if (!refused)
				MUST(framing_join(&as_is, data, len, &all) == 0);
			continue;
		}
		MUST(strict.why != NULL);
		if (refused++ > 0 || framing_join(&as_is, data, len, &all) == -1)
			continue;
		MUST(framing_join_flush(&as_is, &all) == 0);
		add(&want, data, len);
		split(f, all.data, all.len, 0, &got);
		MUST(!same(&want, &got));
		want.records.len -= sizeof len + len;
		want.count--;
		result_free(&got);
		got = (struct result){ 0 };
	}
	MUST(framing_join_flush(&strict, &out) == 0);
	split(f, out.data, out.len, pieces, &got);
	MUST(same(&want, &got));
	result_free(&want);
	result_free(&got);
	buf_free(&out);
	buf_free(&all);
	framing_join_free(&strict);
	framing_join_free(&as_is);
}

#ifndef FUZZER
/* The file is called KIND_ANYTHING. */
static void
is_named_so(const char *framing)
{
	const char *slash = strrchr(replaying, '/'), *file = slash != NULL ? slash + 1 : replaying;
	size_t len = strcspn(framing, ":");

	MUST(strcspn(file, "_") != strlen(file) && strcspn(file, "_") == len && memcmp(file, framing, len) == 0);
}
#endif

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const char *name = getenv("REC_FUZZ_FRAMING");
	struct result whole = { 0 }, parts = { 0 };
	struct framing f;
	struct buf error = { 0 };
	const char *data = (const char *)input + 2;
	unsigned pieces;

	if (len < 2)
		return 0;
	if (name == NULL)
		name = framings[(input[0] & 0x7F) % (sizeof framings / sizeof *framings)];
	MUST(framing_init(&f, name, &error) == 0);
#ifndef FUZZER
	if (getenv("REC_FUZZ_FRAMING") == NULL)
		is_named_so(name);
#endif
	f.allow_short = input[0] >> 7;
	pieces = input[1] > 0 ? input[1] : 1;
	split(&f, data, len - 2, 0, &whole);
	split(&f, data, len - 2, pieces, &parts);
	MUST(same(&whole, &parts) && whole.lacks_gap == parts.lacks_gap);
	if (framing_sets_aside(&f))
		aside(&f, data, len - 2, pieces, &whole);
	if (framing_joins(&f))
		join(&f, &whole, pieces);
	result_free(&whole);
	result_free(&parts);
	framing_free(&f);
	return 0;
}
