/*
 * mkstream: record streams for tests, good and bad, made block by block from words; and streams as
 * text.
 *
 *   mkstream WORD ...        writes a stream
 *     data:BASE:TEXT,TEXT...   records at the positions from BASE on
 *     at:POS=TEXT,POS=TEXT...  records with positions of their own
 *     fill:BASE:COUNT:SIZE     COUNT records of SIZE letters
 *     mark:NEXT                a data block of no records, for its watermark
 *     loss:BASE:COUNT:NEXT     COUNT may be ?
 *     table:TEXT               a table; the blocks up to the next end mark get flag 4
 *     offer  switch  wake      blocks of the hop through shared memory
 *     end  end:STATUS:REASON   an end mark that counts the records before it
 *     raw:BYTES                no block, but these bytes
 *   for the blocks that follow:
 *     gap:BYTES                the bytes after each record: \n unless given
 *     sum  nosum               the checksum covers the payload, or (unless given) does not
 *   for the next block only:
 *     nogap                    its last record lacks the gap
 *     next:N                   its watermark, whatever is in it
 *     total:N                  end: how many records it counts, whatever came
 *     flags:N                  these of its flags are changed: 1 sum, 2 positions, 4 table
 *   what has been made so far:
 *     cut:N                    without its last N bytes
 *     flip:BYTE.BIT            with that bit changed
 *   TEXT, REASON and BYTES: \n \r \t \0 \\ \, and \xHH
 *
 *   mkstream dump            a stream on standard input as a line for each block
 *   mkstream records         as a line for each record, loss and the end; positions counted on from
 *                            segment to segment
 *   mkstream bytes           the bytes of the first table's header, then of all records with their
 *                            gaps, as they lie
 *     These end with 1 and the broken rule if the stream is not good.
 *   mkstream told FILE ...   of each file a line with its number, then, if it is a stream, its
 *                            records as above without the table, else its bytes as a text
 *
 *   mkstream                 checks itself
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "record/block.h"
#include "unit/unit.h"

struct maker {
	struct buf stream;
	struct buf gap;
	int sum, nogap, has_next, has_total, tabled;
	uint8_t flags;        /* of the next block: to be the other way round */
	uint64_t next, total; /* of the next block, if they are set */
	uint64_t mark;        /* the watermark so far */
	uint64_t records;     /* since the last end mark */
};

static _Noreturn void
quit(const char *word, const char *why)
{
	fprintf(stderr, "mkstream: %s: %s\n", word, why);
	exit(64);
}

static void
add(struct buf *b, const void *bytes, size_t n)
{
	if (buf_add(b, bytes, n) < 0)
		quit("memory", "not enough");
}

/* ---- words to blocks ---- */

/* Takes a number and the character after it. */
static uint64_t
number(const char **p, char behind, const char *word)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(*p, &end, 10);
	if (end == *p || **p < '0' || **p > '9' || errno != 0 || *end != behind)
		quit(word, "a number is missing");
	*p = end + (behind != '\0');
	return n;
}

/*
 * Takes text with escapes up to an end or, if stop is not NUL, that character. Returns the place
 * after it.
 */
static const char *
text(const char *p, char stop, struct buf *to, const char *word)
{
	static const char names[] = "nrt0\\,", bytes[] = "\n\r\t\0\\,";

	for (; *p != '\0' && *p != stop; p++) {
		const char *known;
		char c = *p;

		if (c == '\\' && p[1] == 'x') {
			unsigned value;
			int used = 0;

			if (sscanf(p + 2, "%2x%n", &value, &used) != 1 || used != 2)
				quit(word, "\\x is followed by two hexadecimal digits");
			c = (char)value;
			p += 3;
		} else if (c == '\\') {
			if (p[1] == '\0' || (known = strchr(names, p[1])) == NULL)
				quit(word, "an escape is unknown");
			c = bytes[known - names];
			p++;
		}
		add(to, &c, 1);
	}
	return p;
}

/* Appends a block to the stream, with its checksum and index by block_put. */
static void
put(struct maker *m, struct block *b)
{
	static const char zeros[8];
	unsigned char head[BLOCK_HEAD];
	char *index = calloc(block_index(b) + 8, 1); /* calloc aligns it as block_put wants it */

	if (index == NULL)
		quit("memory", "not enough");
	if (m->has_next)
		b->next = m->next;
	if (m->sum || b->kind == BLOCK_TABLE)
		b->flags |= BLOCK_SUMMED;
	if (m->tabled && b->kind <= BLOCK_LOSS)
		b->flags |= BLOCK_TABLED;
	b->flags ^= m->flags;
	block_put(b, head, index);
	add(&m->stream, head, sizeof head);
	add(&m->stream, b->payload, b->size);
	add(&m->stream, zeros, block_pad(b->size));
	add(&m->stream, index, block_index(b));
	free(index);
	m->mark = b->kind == BLOCK_END ? 0 : b->next;
	m->records = b->kind == BLOCK_END ? 0 : b->kind == BLOCK_DATA ? m->records + b->count : m->records;
	m->has_next = m->has_total = m->nogap = m->flags = 0;
	m->tabled = b->kind != BLOCK_END && (m->tabled || b->kind == BLOCK_TABLE);
}

/* The parts of a data block, as it grows. */
struct parts {
	struct buf payload, ends, positions;
	uint64_t base, last;
	int jumps;
	uint32_t count;
};

static void
add_record(struct maker *m, struct parts *p, uint64_t position, const char *data, size_t len)
{
	uint32_t end, offset;

	if (p->count == 0)
		p->base = position;
	else
		add(&p->payload, m->gap.data, m->gap.len);
	add(&p->payload, data, len);
	end = (uint32_t)p->payload.len;
	offset = (uint32_t)(position - p->base);
	add(&p->ends, &end, sizeof end);
	add(&p->positions, &offset, sizeof offset);
	p->last = position;
	p->count++;
}

static void
put_data(struct maker *m, struct parts *p)
{
	struct block b = { .kind = BLOCK_DATA, .gap = (uint8_t)m->gap.len, .count = p->count, .base = p->base };

	if (!m->nogap)
		add(&p->payload, m->gap.data, m->gap.len);
	b.size = (uint32_t)p->payload.len;
	b.status = m->gap.len == 1 ? (unsigned char)m->gap.data[0] : 0;
	b.flags = p->jumps ? BLOCK_POSITIONS : 0;
	b.next = p->jumps ? p->last : p->last + 1;
	b.payload = p->payload.data;
	b.ends = (uint32_t *)(void *)p->ends.data;
	b.positions = p->jumps ? (uint32_t *)(void *)p->positions.data : NULL;
	put(m, &b);
	buf_free(&p->payload);
	buf_free(&p->ends);
	buf_free(&p->positions);
}

/* data: and at: differ in where the positions are written. */
static void
data_word(struct maker *m, const char *p, int own, const char *word)
{
	struct parts parts = { .jumps = own };
	uint64_t position = own ? 0 : number(&p, ':', word);

	for (;;) {
		struct buf record = { 0 };

		if (own)
			position = number(&p, '=', word);
		p = text(p, ',', &record, word);
		add_record(m, &parts, position++, record.data, record.len);
		buf_free(&record);
		if (*p == '\0')
			break;
		p++;
	}
	put_data(m, &parts);
}

static void
fill_word(struct maker *m, const char *p, const char *word)
{
	uint64_t base = number(&p, ':', word), count = number(&p, ':', word), size = number(&p, '\0', word);
	struct parts parts = { 0 };
	char *record = malloc(size + 1);

	if (record == NULL || count == 0 || count > BLOCK_RECORDS || size > BLOCK_RECORD_MAX)
		quit(word, "too much");
	for (uint64_t i = 0; i < count; i++) {
		memset(record, 'a' + (int)(i % 26), size);
		add_record(m, &parts, base + i, record, size);
	}
	free(record);
	put_data(m, &parts);
}

static void
loss_word(struct maker *m, const char *p, const char *word)
{
	struct block b = { .kind = BLOCK_LOSS, .base = number(&p, ':', word), .count = BLOCK_LOST_UNKNOWN };

	if (p[0] == '?' && p[1] == ':')
		p += 2;
	else
		b.count = (uint32_t)number(&p, ':', word);
	b.next = number(&p, '\0', word);
	put(m, &b);
}

static void
end_word(struct maker *m, const char *p, const char *word)
{
	struct block b = { .kind = BLOCK_END, .base = m->has_total ? m->total : m->records, .next = m->mark };
	struct buf reason = { 0 };

	if (*p != '\0') {
		b.status = (uint32_t)number(&p, ':', word);
		text(p, '\0', &reason, word);
	}
	b.payload = reason.data;
	b.size = (uint32_t)reason.len;
	put(m, &b);
	buf_free(&reason);
}

static void
hop_word(struct maker *m, enum block_kind kind)
{
	static char payload[BLOCK_HOP] = "a ring that nobody has made";
	struct block b = { .kind = kind, .payload = payload, .size = kind == BLOCK_WAKE ? 0 : 27 };
	uint64_t mark = m->mark;
	int nogap = m->nogap;

	put(m, &b);
	m->mark = mark;
	m->nogap = nogap;
}

static void
table_word(struct maker *m, const char *p, const char *word)
{
	struct block b = { .kind = BLOCK_TABLE };
	struct buf payload = { 0 };
	uint64_t mark = m->mark;

	text(p, '\0', &payload, word);
	b.payload = payload.data;
	b.size = (uint32_t)payload.len;
	put(m, &b);
	m->mark = mark;
	buf_free(&payload);
}

static void
flip_word(struct maker *m, const char *p, const char *word)
{
	uint64_t at = number(&p, '.', word), bit = number(&p, '\0', word);

	if (at >= m->stream.len || bit > 7)
		quit(word, "there is no such bit");
	m->stream.data[at] ^= (char)(1 << bit);
}

static void
take(struct maker *m, const char *word)
{
	const char *colon = strchr(word, ':');
	size_t n = colon != NULL ? (size_t)(colon - word) : strlen(word);
	const char *p = colon != NULL ? colon + 1 : "";

#define IS(name) (n == sizeof name - 1 && memcmp(word, name, n) == 0)
	if (IS("data") || IS("at")) {
		data_word(m, p, n == 2, word);
	} else if (IS("fill")) {
		fill_word(m, p, word);
	} else if (IS("mark")) {
		struct block b = { .kind = BLOCK_DATA };

		b.base = b.next = number(&p, '\0', word);
		put(m, &b);
	} else if (IS("loss")) {
		loss_word(m, p, word);
	} else if (IS("table")) {
		table_word(m, p, word);
	} else if (IS("offer")) {
		hop_word(m, BLOCK_OFFER);
	} else if (IS("switch")) {
		hop_word(m, BLOCK_SWITCH);
	} else if (IS("wake")) {
		hop_word(m, BLOCK_WAKE);
	} else if (IS("end")) {
		end_word(m, p, word);
	} else if (IS("raw")) {
		text(p, '\0', &m->stream, word);
	} else if (IS("gap")) {
		m->gap.len = 0;
		text(p, '\0', &m->gap, word);
	} else if (IS("sum") || IS("nosum")) {
		m->sum = n == 3;
	} else if (IS("nogap")) {
		m->nogap = 1;
	} else if (IS("next")) {
		m->next = number(&p, '\0', word);
		m->has_next = 1;
	} else if (IS("total")) {
		m->total = number(&p, '\0', word);
		m->has_total = 1;
	} else if (IS("flags")) {
		m->flags = (uint8_t)number(&p, '\0', word);
	} else if (IS("cut")) {
		uint64_t off = number(&p, '\0', word);

		if (off > m->stream.len)
			quit(word, "there are not so many bytes");
		m->stream.len -= off;
	} else if (IS("flip")) {
		flip_word(m, p, word);
	} else {
		quit(word, "unknown; the words stand at the head of tests/tools/mkstream.c");
	}
#undef IS
}

static struct buf
make(const char *const *words)
{
	struct maker m = { 0 };

	add(&m.gap, "\n", 1);
	for (; *words != NULL; words++)
		take(&m, *words);
	buf_free(&m.gap);
	return m.stream;
}

/* ---- a stream as text ---- */

static void
say(struct buf *to, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];
		int bad = c == '\n' ? buf_adds(to, "\\n") :
		    c == '\\'       ? buf_adds(to, "\\\\") :
		    c < ' ' || c >= 0x7f ? buf_addf(to, "\\x%02x", c) :
					   buf_addc(to, (char)c);

		if (bad)
			quit("memory", "not enough");
	}
}

static void
say_records(struct buf *to, const struct block *b, uint64_t origin, char before)
{
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t start = block_start(b, i);

		if (before == ' ')
			add(to, &before, 1);
		(void)buf_addf(to, "%" PRIu64 "=", block_position(b, i) + origin);
		say(to, b->payload + start, b->ends[i] - start);
		if (before == '\n')
			add(to, &before, 1);
	}
}

static void
say_block(struct buf *to, const struct block *b)
{
	static const char *const names[] = { [BLOCK_DATA] = "data", [BLOCK_END] = "end", [BLOCK_LOSS] = "loss",
		[BLOCK_OFFER] = "offer", [BLOCK_SWITCH] = "switch", [BLOCK_WAKE] = "wake",
		[BLOCK_TABLE] = "table" };
	const char *sum = b->flags & BLOCK_SUMMED ? " sum" : "", *tabled = b->flags & BLOCK_TABLED ? " tabled" : "";

	(void)buf_adds(to, names[b->kind]);
	if (b->kind == BLOCK_DATA) {
		(void)buf_addf(to, "%s next=%" PRIu64 " gap=", sum, b->next);
		if (b->gap == 1)
			say(to, (char[]){ (char)b->status }, 1);
		else
			(void)buf_addf(to, "(%d)", b->gap);
		(void)buf_adds(to, block_lacks_gap(b) ? " nogap" : "");
		(void)buf_adds(to, tabled);
		say_records(to, b, 0, ' ');
	} else if (b->kind == BLOCK_LOSS) {
		(void)buf_addf(to, "%s next=%" PRIu64 " base=%" PRIu64 "%s count=", sum, b->next, b->base, tabled);
		(void)(b->count == BLOCK_LOST_UNKNOWN ? buf_addc(to, '?') : buf_addf(to, "%" PRIu32, b->count));
	} else if (b->kind == BLOCK_END) {
		(void)buf_addf(to, "%s next=%" PRIu64 " count=%" PRIu64 " status=%" PRIu32 "%s ", sum, b->next, b->base,
		    b->status, tabled);
		say(to, b->payload, b->size);
	} else if (b->kind == BLOCK_TABLE) {
		(void)buf_addf(to, "%s ", sum);
		say(to, b->payload, b->size);
	}
	add(to, "\n", 1);
}

static void
say_contents(struct buf *to, const struct block *b, uint64_t origin)
{
	if (b->kind == BLOCK_DATA) {
		say_records(to, b, origin, '\n');
	} else if (b->kind == BLOCK_TABLE) {
		(void)buf_adds(to, "table ");
		say(to, b->payload, b->size);
		add(to, "\n", 1);
	} else if (b->kind == BLOCK_LOSS) {
		(void)buf_addf(to, "loss %" PRIu64 " %" PRId64 "\n", b->base + origin,
		    b->count == BLOCK_LOST_UNKNOWN ? -1 : (int64_t)b->count);
	}
}

/* Appends the payload; of a table only what follows its line of JSON. */
static void
add_bytes(struct buf *to, const struct block *b)
{
	const char *newline = b->kind == BLOCK_TABLE ? memchr(b->payload, '\n', b->size) : NULL;
	size_t line = newline != NULL ? (size_t)(newline + 1 - b->payload) : 0;

	add(to, b->payload + line, b->size - line);
}

enum how { DUMP, RECORDS, BYTES };

/*
 * Checks the stream by the rules of block.h and appends its text. Returns NULL or the rule that is
 * broken.
 */
static const char *
tell(const struct buf *stream, enum how how, struct buf *to)
{
	struct block_order order = { 0 };
	uint64_t origin = 0, at = 0;
	struct block b = { 0 };
	size_t tables = 0;
	const char *rule;
	char *body;

	while (at < stream->len) {
		const unsigned char *head = (const unsigned char *)stream->data + at;

		if (stream->len - at < BLOCK_HEAD)
			return "cut off in a header";
		if ((rule = block_head(&b, head, BLOCK_RECORD_MAX)) != NULL)
			return rule;
		if (stream->len - at - BLOCK_HEAD < block_body(&b))
			return "cut off in a body";
		if ((body = malloc(block_body(&b) + 8)) == NULL)
			quit("memory", "not enough");
		memcpy(body, head + BLOCK_HEAD, block_body(&b));
		rule = block_check(&b, head, body, BLOCK_RECORD_MAX);
		if (rule == NULL && (b.kind <= BLOCK_LOSS || b.kind == BLOCK_TABLE))
			rule = block_follow(&order, &b);
		if (rule == NULL && b.kind == BLOCK_SWITCH && how != DUMP)
			rule = "it switches to a ring";
		if (rule == NULL && how == DUMP)
			say_block(to, &b);
		else if (rule == NULL && how == RECORDS)
			say_contents(to, &b, origin);
		else if (rule == NULL && (b.kind == BLOCK_DATA || (b.kind == BLOCK_TABLE && tables++ == 0)))
			add_bytes(to, &b);
		at += BLOCK_HEAD + block_body(&b);
		if (rule == NULL && b.kind == BLOCK_END) {
			origin += b.next;
			order = (struct block_order){ 0 };
			if (how == RECORDS && (b.status != 0 || at == stream->len)) {
				(void)buf_addf(to, "end %" PRIu64 " %" PRIu32 " ", origin, b.status);
				say(to, body, b.size);
				add(to, "\n", 1);
			}
		}
		free(body);
		if (rule != NULL)
			return rule;
	}
	return b.kind == BLOCK_END ? NULL : "no end mark";
}

static int
tell_input(enum how how)
{
	struct buf stream = { 0 }, out = { 0 };
	const char *rule;
	ssize_t n;

	do {
		if (buf_reserve(&stream, 65536) < 0 || (n = read(STDIN_FILENO, stream.data + stream.len, 65536)) < 0)
			quit("standard input", strerror(errno));
		stream.len += (size_t)n;
	} while (n > 0);
	rule = tell(&stream, how, &out);
	fwrite(out.data, 1, out.len, stdout);
	if (rule != NULL)
		printf("broken: %s\n", rule);
	buf_free(&stream);
	buf_free(&out);
	return rule != NULL || fflush(stdout) != 0;
}

/* ---- its own checks ---- */

static void
check_text(const char *const *words, enum how how, const char *want, const char *broken)
{
	struct buf stream = make(words), out = { 0 };
	const char *rule = tell(&stream, how, &out);

	CHECK(strcmp(buf_string(&out), want) == 0);
	CHECK(broken == NULL ? rule == NULL : rule != NULL && strcmp(rule, broken) == 0);
	if (unit_failures > 0)
		printf("of %s: %s\n%s", words[0], rule != NULL ? rule : "no rule is broken", out.data);
	buf_free(&stream);
	buf_free(&out);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static int
check_itself(void)
{
	/*
	 * One stream by hand, from the table of the format: the checksums are checked by
	 * block_check below.
	 */
	static const char data[] = "\xAB" "rec\1\1\2\1\2\0\0\0\5\0\0\0\7\0\0\0\0\0\0\0\x0B\0\0\0\0\0\0\0\n\0\0";
	static const char body[] = "a\nbc\n\0\0\0\1\0\0\0\4\0\0\0\0\0\0\0\4\0\0\0";
	struct buf stream = make(WORDS("at:7=a,11=bc", "end"));

	CHECK(stream.len == 40 + 8 + 16 + 40);
	CHECK(memcmp(stream.data, data, 35) == 0);
	CHECK(memcmp(stream.data + 40, body, 24) == 0);
	CHECK(memcmp(stream.data + 64, "\xAB" "rec\1\2\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\x0B", 25) == 0);
	buf_free(&stream);

	check_text(WORDS("data:0:alpha,be\\,ta,,\\n\\x00\\\\", "end"), DUMP,
	    "data next=4 gap=\\n 0=alpha 1=be,ta 2= 3=\\n\\x00\\\\\nend next=4 count=4 status=0 \n", NULL);
	check_text(WORDS("sum", "gap:\\0", "nogap", "data:3:a,b", "end"), DUMP,
	    "data sum next=5 gap=\\x00 nogap 3=a 4=b\nend sum next=5 count=2 status=0 \n", NULL);
	check_text(WORDS("gap:\\r\\n", "data:0:a", "gap:", "data:1:b,c", "end:3:it broke"), DUMP,
	    "data next=1 gap=(2) 0=a\ndata next=3 gap=(0) 1=b 2=c\nend next=3 count=3 status=3 it broke\n", NULL);
	check_text(WORDS("offer", "wake", "loss:0:2:2", "mark:9", "loss:9:?:10", "end"), DUMP,
	    "offer\nwake\nloss next=2 base=0 count=2\ndata next=9 gap=(0)\nloss next=10 base=9 count=?\n"
	    "end next=10 count=0 status=0 \n",
	    NULL);
	check_text(WORDS("at:5=x,5=y", "end", "data:0:z", "loss:1:4:5", "end"), RECORDS,
	    "5=x\n5=y\n5=z\nloss 6 4\nend 10 0 \n", NULL);
	check_text(WORDS("fill:2:3:4", "end"), RECORDS, "2=aaaa\n3=bbbb\n4=cccc\nend 5 0 \n", NULL);

	check_text(WORDS("table:{}\\na,b\\r\\n", "gap:\\r\\n", "data:0:1,2", "end"), DUMP,
	    "table sum {}\\na,b\\x0d\\n\ndata next=2 gap=(2) tabled 0=1 1=2\nend next=2 count=2 status=0 tabled \n", NULL);
	check_text(WORDS("table:{}\\na,b\\r\\n", "gap:\\r\\n", "data:0:1,2", "gap:\\n", "nogap", "data:2:3", "end",
		       "table:{}\\na,b\\n", "data:0:4", "end"), BYTES, "a,b\r\n1\r\n2\r\n34\n", NULL);
	check_text(WORDS("table:{}\\na", "data:0:x", "end"), RECORDS, "table {}\\na\n0=x\nend 1 0 \n", NULL);
	check_text(WORDS("flags:4", "data:0:x", "end"), RECORDS, "",
	    "the stream's table is missing (has another command read it?)");
	check_text(WORDS("table:{}\\na", "flags:4", "end"), RECORDS, "table {}\\na\n",
	    "it does not belong to the table before it");

	check_text(WORDS("data:0:a"), RECORDS, "0=a\n", "no end mark");
	check_text(WORDS("data:0:a", "cut:1"), RECORDS, "", "cut off in a body");
	check_text(WORDS("data:0:a", "end", "cut:1"), RECORDS, "0=a\n", "cut off in a header");
	check_text(WORDS("data:0:a", "end", "flip:16.0"), RECORDS, "", "the checksum does not match");
	check_text(WORDS("data:0:a", "end", "flip:40.0"), RECORDS, "0=`\nend 1 0 \n", NULL);
	check_text(WORDS("sum", "data:0:a", "end", "flip:40.0"), RECORDS, "", "the checksum does not match");
	check_text(WORDS("data:0:a", "total:2", "end"), RECORDS, "0=a\n", "the end mark counts other records than came");
	check_text(WORDS("data:0:a", "switch", "end"), RECORDS, "0=a\n", "it switches to a ring");
	check_text(WORDS("data:4:a", "next:9", "data:3:b", "end"), RECORDS, "4=a\n",
	    "its positions are below those that came before");
	check_text(WORDS("next:9", "data:4:a", "next:8", "data:9:b", "end"), RECORDS, "4=a\n", "the watermark goes back");
	check_text(WORDS("nogap", "data:0:a", "data:1:b", "end"), RECORDS, "0=a\n", "the block before it lacks its last gap");
	check_text(WORDS("raw:hello, there is no such block here: 40 bytes"), RECORDS, "",
	    "no block begins there (the magic is missing)");
	return unit_end("mkstream");
}

/* Appends a stream's records, losses and end, but not its table; or the bytes of any other file. */
static void
say_told(struct buf *to, const char *name)
{
	struct buf bytes = { 0 }, text = { 0 };
	FILE *f = fopen(name, "r");
	int c;

	if (f == NULL)
		quit(name, strerror(errno));
	while ((c = getc(f)) != EOF)
		add(&bytes, (char[]){ (char)c }, 1);
	(void)fclose(f);
	if (bytes.len >= 4 && memcmp(bytes.data, "\xabrec", 4) == 0) {
		const char *broken = tell(&bytes, RECORDS, &text);

		for (char *line = text.data, *end = line + text.len, *next; line < end; line = next) {
			next = (char *)memchr(line, '\n', (size_t)(end - line)) + 1;
			if (strncmp(line, "table ", 6) != 0)
				add(to, line, (size_t)(next - line));
		}
		if (broken != NULL)
			(void)buf_addf(to, "broken: %s\n", broken);
	} else if (bytes.len > 0) {
		say(to, bytes.data, bytes.len);
		add(to, "\n", 1);
	}
	buf_free(&bytes);
	buf_free(&text);
}

static void
print_out(const struct buf *b)
{
	if (fwrite(b->data, 1, b->len, stdout) != b->len || fflush(stdout) != 0)
		quit("standard output", strerror(errno));
}

int
main(int argc, char **argv)
{
	struct buf stream = { 0 };

	if (argc == 1)
		return check_itself();
	if (argc == 2 && strcmp(argv[1], "dump") == 0)
		return tell_input(DUMP);
	if (argc == 2 && strcmp(argv[1], "records") == 0)
		return tell_input(RECORDS);
	if (argc == 2 && strcmp(argv[1], "bytes") == 0)
		return tell_input(BYTES);
	if (strcmp(argv[1], "told") == 0) {
		for (int i = 2; i < argc; i++) {
			(void)buf_addf(&stream, "%d\n", i - 1);
			say_told(&stream, argv[i]);
		}
	} else {
		stream = make((const char *const *)argv + 1);
	}
	print_out(&stream);
	buf_free(&stream);
	return 0;
}
