/*
 * rec_in and rec_out over streams with tables (streams.h): when an output puts its table, when an
 * input tells of one, what comes through both, and what is damage.
 */
#include "stream/loop.h"
#include "stream/rec_group.h"
#include "unit/goodtable.h"
#include "unit/stream/streams.h"

#define CSV "{\"framing\":\"csv\"}\n"

/* Returns a table of about that many bytes. */
static struct table *
large_table(size_t len)
{
	struct buf b = { 0 };
	struct table *t;

	sure(buf_adds(&b, CSV "id,"));
	while (b.len < len)
		sure(buf_adds(&b, "0123456789,"));
	t = goodtable(buf_string(&b));
	buf_free(&b);
	return t;
}

static void
one_record(struct rec_out *out, uint64_t pos)
{
	rec_out_rec(out, &(struct rec){ "1,2", 3, pos });
}

/*
 * Appends the blocks of a stream to text: D and the number of records, M and the base of a block
 * without records, L, E and the status, T and the header; in small letters if the block has flag 4.
 */
static void
say_blocks(int fd, struct buf *text)
{
	struct block b;
	int got;

	text->len = 0;
	while ((got = get_block(fd, &b)) == 1) {
		const char *line = b.size > 0 ? memchr(b.payload, '\n', b.size) : NULL;
		int small = b.flags & BLOCK_TABLED ? 'a' - 'A' : 0;

		sure(text->len > 0 ? buf_addc(text, ' ') : 0);
		switch (b.kind) {
		case BLOCK_TABLE:
			sure(buf_addf(text, "T%.*s", (int)strcspn(line + 1, "\n"), line + 1));
			break;
		case BLOCK_DATA:
			sure(buf_addf(
			    text, "%c%d", (b.count > 0 ? 'D' : 'M') + small, b.count > 0 ? (int)b.count : (int)b.base));
			break;
		case BLOCK_END:
			sure(buf_addf(text, "%c%d", 'E' + small, (int)b.status));
			break;
		default:
			sure(buf_addf(text, "%c", 'L' + small));
		}
	}
	if (got < 0)
		sure(buf_adds(text, " damaged"));
	close(fd);
}

static int
blocks_are(int fd, const char *want)
{
	struct buf text = { 0 };
	int right;

	say_blocks(fd, &text);
	if (!(right = strcmp(buf_string(&text), want) == 0))
		printf("%s\n  wanted: %s\n", text.data, want);
	buf_free(&text);
	return right;
}

static struct rec_out out;
static struct tap tap;

/* Opens the output, and ends it with that status; then its blocks must be these. */
static void
begin(void)
{
	sure(rec_out_open(&out, tap_file(&tap), "out"));
}

static int
ends(int status, const char *want)
{
	const char *why;
	int good = rec_out_end(&out, 100, status, status != 0 ? "why" : NULL, &why) == 0;

	rec_out_free(&out);
	return good && blocks_are(tap_end(&tap), want);
}

/* From now on the outputs have that table (NULL: none), whatever they had before. */
static void
declare(struct table *t)
{
	declared_free(&rec_group_default.declared);
	rec_group_default.declared.table = table_share(t);
}

/* ---- outputs ---- */

/* Records that are made get the end that the header has, if that is CR LF. */
static void
built(void)
{
	struct table *crlf = goodtable(CSV "id,n\r\n");

	declare(crlf);
	begin();
	one_record(&out, 0);
	one_record(&out, 1);
	CHECK(out.gap == 2 && out.payload.len == 10 && memcmp(out.payload.data, "1,2\r\n1,2\r\n", 10) == 0);
	CHECK(ends(0, "Tid,n\r d2 e0"));
	declare(NULL);
	begin();
	one_record(&out, 0);
	CHECK(out.gap == 1 && out.gap_byte == '\n' && out.payload.len == 4);
	CHECK(ends(0, "D1 E0"));
	table_drop(crlf);
}

static void
put(void)
{
	struct table *ids = goodtable(CSV "id,n\n"), *others = goodtable(CSV "a,b\n");
	struct block lacking = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 1, .size = 1, .base = 6,
		.next = 7,
		.payload = (char[]){ "x" }, .ends = (uint32_t[]){ 1 } };

	/* Before the first block, whatever that is. */
	begin();
	declare(ids);
	one_record(&out, 0);
	CHECK(ends(0, "Tid,n d1 e0"));
	begin();
	CHECK(ends(0, "Tid,n e0"));
	begin();
	CHECK(ends(65, "Tid,n e65"));
	begin();
	rec_out_loss(&out, 0, 3, 5);
	one_record(&out, 6);
	CHECK(ends(0, "Tid,n l d1 e0"));
	begin();
	rec_out_block(&out, &(struct block){ .kind = BLOCK_DATA, .base = 4, .next = 4 });
	CHECK(ends(0, "Tid,n m4 e0"));
	/* By itself, if nothing else comes: before a wait, and when it is flushed. */
	begin();
	CHECK(rec_out_settle(&out) == 1);
	CHECK(lseek(tap.file, 0, SEEK_END) == (off_t)(BLOCK_HEAD + ids->len + block_pad(ids->len)));
	rec_out_flush(&out);
	CHECK(ends(0, "Tid,n e0"));
	/* It moves no watermark. */
	begin();
	rec_out_mark(&out, 9, 1);
	rec_out_flush(&out);
	CHECK(ends(0, "Tid,n m9 e0"));

	/* After a block that lacks its last gap another segment begins: it repeats the table. */
	begin();
	rec_out_block(&out, &lacking);
	one_record(&out, 8);
	CHECK(ends(0, "Tid,n d1 e0 Tid,n d1 e0"));

	/* The table comes after blocks without records, after a loss, and after records. */
	declare(NULL);
	begin();
	rec_out_mark(&out, 5, 1);
	rec_out_flush(&out);
	declare(ids);
	one_record(&out, 7);
	CHECK(ends(0, "M5 E0 Tid,n d1 e0"));
	declare(NULL);
	begin();
	rec_out_loss(&out, 0, 1, 2);
	declare(ids);
	CHECK(ends(0, "L E0 Tid,n e0"));
	declare(NULL);
	begin();
	rec_out_block(&out, &lacking);
	declare(ids);
	one_record(&out, 8);
	CHECK(ends(0, "D1 E0 Tid,n d1 e0"));
	/* It is withdrawn; it is another one; records that were put before keep theirs. */
	begin();
	rec_out_flush(&out);
	declare(NULL);
	one_record(&out, 0);
	CHECK(ends(0, "Tid,n e0 D1 E0"));
	declare(ids);
	begin();
	one_record(&out, 0);
	rec_out_flush(&out);
	declare(others);
	one_record(&out, 1);
	CHECK(ends(0, "Tid,n d1 e0 Ta,b d1 e0"));

	/* Its own table, or none of its own; the group's is another's. */
	begin();
	rec_out_own_table(&out, ids);
	one_record(&out, 0);
	CHECK(ends(0, "Tid,n d1 e0"));
	begin();
	rec_out_own_table(&out, NULL);
	one_record(&out, 0);
	CHECK(ends(0, "D1 E0"));
	begin();
	rec_out_own_table(&out, ids);
	rec_out_own_table(&out, ids);
	rec_out_own_table(&out, others);
	CHECK(ends(0, "Ta,b e0"));

	/* Freed twice, as by command_end and then by its owner. */
	begin();
	one_record(&out, 0);
	rec_out_own_table(&out, ids);
	CHECK(ids->shares == 2);
	sure(rec_out_end(&out, 1, 0, NULL, &(const char *){ NULL }));
	CHECK(ids->shares == 3);
	rec_out_free(&out);
	rec_out_free(&out);
	CHECK(ids->shares == 1);
	close(tap_end(&tap));

	/* The shares are the outputs' and the group's own. */
	declare(NULL);
	CHECK(ids->shares == 1 && others->shares == 1);
	table_drop(ids);
	table_drop(others);
}

/* Positions and counts are those of a stream without a table. */
static void
positions(void)
{
	struct table *ids = goodtable(CSV "id,n\n");
	struct model got = { 0 };

	begin();
	rec_out_mark(&out, 10, 1);
	rec_out_flush(&out);
	declare(ids);
	one_record(&out, 12);
	one_record(&out, 15);
	rec_out_flush(&out);
	declare(NULL);
	sure(rec_out_end(&out, 20, 0, NULL, &(const char *){ NULL }));
	rec_out_free(&out);
	/* All of it is one stream for a reader, in which the positions count on. */
	read_back(tap_end(&tap), &got);
	CHECK(count(&got) == 2 && items(&got)[0].pos == 12 && items(&got)[1].pos == 15 && got.next == 20);
	model_free(&got);
	table_drop(ids);
}

/* Several outputs, one of them opened when records have gone out already. */
static void
several(void)
{
	struct table *ids = goodtable(CSV "id,n\n");
	struct rec_out late, own;
	struct tap late_tap, own_tap;
	const char *why;

	begin();
	sure(rec_out_open(&own, tap_file(&own_tap), "own"));
	rec_out_own_table(&own, NULL);
	declare(ids);
	one_record(&out, 0);
	rec_out_flush_all();
	sure(rec_out_open(&late, tap_file(&late_tap), "late"));
	one_record(&late, 1);
	one_record(&own, 1);
	rec_out_flush_all();
	CHECK(rec_out_end(&late, 2, 0, NULL, &why) == 0 && rec_out_end(&own, 2, 0, NULL, &why) == 0);
	rec_out_free(&late);
	rec_out_free(&own);
	CHECK(blocks_are(tap_end(&late_tap), "Tid,n d1 e0"));
	CHECK(blocks_are(tap_end(&own_tap), "D1 E0"));
	CHECK(rec_out_end(&out, 2, 0, NULL, &why) == 0);
	rec_out_free(&out);
	close(tap_end(&tap));
	declare(NULL);
	table_drop(ids);
}

/* Reads a pipe to its end. Returns a file with the bytes. */
static int
drained(int from)
{
	int to = file();
	char bytes[3000];
	ssize_t n;

	while ((n = read(from, bytes, sizeof bytes)) > 0)
		sure((int)write(to, bytes, (size_t)n));
	close(from);
	sure((int)lseek(to, 0, SEEK_SET));
	return to;
}

/* Without waiting: into a pipe that is smaller than the table, which is dropped meanwhile. */
static void
begun(void)
{
	struct table *t = large_table(30000);
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 1, .size = 4, .next = 1,
		.payload = (char[]){ "1,2\n" }, .ends = (uint32_t[]){ 3 } };
	struct buf kept = { 0 };
	char some[4096];
	const char *why;
	int p[2], copy = file(), tries = 0;
	ssize_t n;

	sure(pipe2(p, O_CLOEXEC | O_NONBLOCK));
	sure(fcntl(p[1], F_SETPIPE_SZ, 4096));
	sure(fcntl(p[1], F_SETFL, 0));
	sure(rec_out_open(&out, p[1], "out"));
	declare(t);
	while (!rec_out_begin(&out, &b)) {
		CHECK(rec_out_borrows(&out) && !rec_out_idle(&out) && !rec_out_push(&out));
		if (tries++ == 2) {
			sure(rec_out_detach(&out, &kept));
			table_drop(t); /* the output has a share */
			t = NULL;
		}
		n = read(p[0], some, sizeof some);
		sure((int)write(copy, some, n > 0 ? (size_t)n : 0));
	}
	CHECK(tries > 5 && t == NULL);
	while (!rec_out_begin_end(&out, 1, 65, "the reason") || !rec_out_push(&out)) {
		n = read(p[0], some, sizeof some);
		sure((int)write(copy, some, n > 0 ? (size_t)n : 0));
	}
	CHECK(rec_out_end(&out, 1, 65, "the reason", &why) == 0);
	rec_out_free(&out);
	buf_free(&kept);
	n = read(p[0], some, sizeof some);
	sure((int)write(copy, some, n > 0 ? (size_t)n : 0));
	close(p[0]);
	sure((int)lseek(copy, 0, SEEK_SET));
	{
		struct block got;

		CHECK(get_block(copy, &got) == 1 && got.kind == BLOCK_TABLE && got.size > 30000);
		CHECK(got.flags == BLOCK_SUMMED);
		CHECK(get_block(copy, &got) == 1 && got.kind == BLOCK_DATA && got.count == 1);
		CHECK(got.flags & BLOCK_TABLED);
		CHECK(get_block(copy, &got) == 1 && got.kind == BLOCK_END && got.status == 65 && got.size == 10 &&
		    memcmp(got.payload, "the reason", 10) == 0);
		CHECK(get_block(copy, &got) == 0);
	}
	declare(NULL);
}

/* Only an end, told without waiting, while the table is under way. */
static void
told(void)
{
	struct table *t = large_table(20000);
	const char *why;
	int p[2], fd;
	pid_t pid;

	sure(pipe2(p, O_CLOEXEC));
	sure(fcntl(p[1], F_SETPIPE_SZ, 4096));
	sure(rec_out_open(&out, p[1], "out"));
	declare(t);
	CHECK(rec_out_tell(&out, 7, 0, NULL) == 0);
	fflush(stdout);
	if ((pid = sure(fork())) == 0) {
		struct buf text = { 0 };

		keep_only(p[0], -1);
		fd = drained(p[0]);
		say_blocks(fd, &text);
		_exit(text.len > 19000 && memcmp(text.data, "Tid,0123", 8) == 0 &&
			    strcmp(buf_string(&text) + text.len - 3, " e0") == 0 ?
			0 :
			1);
	}
	close(p[0]);
	while (!rec_out_tell(&out, 7, 0, NULL))
		(void)rec_out_poll(NULL, 0, 100);
	CHECK(rec_out_end(&out, 7, 0, NULL, &why) == 0);
	rec_out_free(&out);
	CHECK(finished(pid) == 0);
	declare(NULL);
	table_drop(t);
}

/*
 * A process that ends by a signal: before the table has gone out; if when is above 1,000, after it;
 * above 2,000, after a record.
 */
static int
dies(int when, int fd, int unused)
{
	struct table *t = goodtable(CSV "id,n\n");

	(void)unused;
	sure(rec_out_open(&out, fd, "out"));
	declare(t);
	if (when > 2000)
		one_record(&out, 0);
	if (when > 1000)
		rec_out_flush(&out);
	raise(SIGTERM);
	return 9;
}

static void
last_words(void)
{
	static const char *const want[] = { "E143", "Tid,n e143", "Tid,n d1 e143" };

	for (int i = 0; i < 3; i++) {
		int fd = tap_file(&tap);

		CHECK(finished(start(dies, 1000 * i + 500, fd, -1)) == -SIGTERM);
		close(fd);
		CHECK(blocks_are(tap_end(&tap), want[i]));
	}
}

/* ---- inputs ---- */

static struct buf made;
static int flagged; /* the blocks of this segment get flag 4 */

static void
lay(struct block b)
{
	static const char zeros[8];
	unsigned char head[BLOCK_HEAD];
	_Alignas(8) char index[64];

	if (flagged && b.kind != BLOCK_TABLE)
		b.flags |= BLOCK_TABLED;
	block_put(&b, head, index);
	sure(buf_add(&made, head, sizeof head));
	sure(buf_add(&made, b.payload, b.size));
	sure(buf_add(&made, zeros, block_pad(b.size)));
	sure(buf_add(&made, index, block_index(&b)));
}

static void
lay_table(const char *payload)
{
	lay((struct block){ .kind = BLOCK_TABLE, .flags = BLOCK_SUMMED, .size = (uint32_t)strlen(payload),
	    .payload = (char *)(uintptr_t)payload });
	flagged = 1;
}

static void
lay_word(const char *word)
{
	static uint64_t at, records;

	switch (*word) {
	case 'T':
		lay_table(strcmp(word, "T2") == 0 ? CSV "id,amount\n" :
			strcmp(word, "T=") == 0   ? "{\"framing\":\"csv-crlf\"}\n\"id\",n\r\n" :
						    CSV "id,n\n");
		return;
	case 'd':
		lay((struct block){ .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 2,
		    .size = 4 - (word[1] == '-'), .base = at, .next = at + 2, .payload = (char[]){ "1\n2\n" },
		    .ends = (uint32_t[]){ 1, 3 } });
		at += 2;
		records += 2;
		return;
	case 'm':
		lay((struct block){ .kind = BLOCK_DATA, .base = at, .next = at });
		return;
	case 'l':
		lay((struct block){ .kind = BLOCK_LOSS, .count = 1, .base = at, .next = at + 1 });
		at++;
		return;
	case 'e':
		lay((struct block){ .kind = BLOCK_END, .base = records, .next = at });
		break;
	case '!': /* flag 4 the other way round */
		flagged = !flagged;
		return;
	default:
		break;
	}
	at = records = 0;
	flagged = 0;
}

/* Makes a stream of words. */
static void
lay_all(const char *text)
{
	char copy[200], *save = NULL;

	made.len = 0;
	lay_word("."); /* the counts begin anew */
	sure(snprintf(copy, sizeof copy, "%s", text));
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		lay_word(word);
}

static struct buf seen;
static int refusing;

/* The input tells of a table. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	CHECK(rec_in_table(in) == t);
	sure(buf_adds(&seen, "["));
	if (t != NULL)
		sure(table_names(t, &seen));
	sure(buf_adds(&seen, "] "));
	return refusing ? -1 : 0;
}

static void
say_one(const struct rec_in *in, const struct block *b)
{
	if (b->kind == BLOCK_LOSS)
		sure(buf_adds(&seen, "loss "));
	else
		sure(buf_addf(&seen, "%u%s ", b->count, rec_in_table(in) != NULL ? "t" : ""));
}

static void
say_end(struct rec_in *in)
{
	static const char *const ways[] = { "open", "good", "failed", "cut", "", "text", "error", "unwanted" };

	sure(buf_addf(&seen, "%s%s", ways[in->end], in->reason.len > 0 ? buf_string(&in->reason) : ""));
}

static void
open_laid(struct rec_in *in, const char *name, const char *text)
{
	int fd = file();

	lay_all(text);
	sure((int)write(fd, made.data, made.len));
	sure((int)lseek(fd, 0, SEEK_SET));
	sure(rec_in_open(in, fd, name));
	in->tabled = tabled;
}

static void
close_in(struct rec_in *in)
{
	const char *why;

	CHECK(rec_in_close(in, &why) == 0);
	rec_in_free(in);
}

static int
seen_is(const char *want)
{
	int right = strcmp(buf_string(&seen), want) == 0;

	if (!right)
		printf("%s\n  wanted: %s\n", seen.data, want);
	seen.len = 0;
	return right;
}

/* Reads a stream of words: a table and what is told of it, the blocks, and how it ends. */
static int
reads(const char *text, const char *want)
{
	for (int own = 0; own < 3; own++) {
		struct rec_in in;
		struct block b;

		open_laid(&in, "in", text);
		if (own == 1)
			rec_in_own_table(&in);
		if (own == 2) { /* from a pipe, in small pieces */
			close_in(&in);
			sure(rec_in_open(&in, feed(made.data, made.len, 7), "in"));
			in.tabled = tabled;
		}
		while (rec_in_block(&in, &b))
			say_one(&in, &b);
		say_end(&in);
		CHECK(rec_in_block(&in, &b) == 0);
		close_in(&in);
		declare(NULL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!seen_is(want))
			return 0;
	}
	return 1;
}

static void
read_tables(void)
{
	CHECK(reads("T d d e", "[id, n] 2t 2t good"));
	CHECK(reads("T e", "[id, n] good"));
	CHECK(reads("T m l d e", "[id, n] 0t loss 2t good"));
	CHECK(reads("d e", "2 good"));
	/* Equal tables become one; a segment without records may lack it. */
	CHECK(reads("T d e T= d e T e", "[id, n] 2t 2t good"));
	CHECK(reads("T d e e m e l e T d e", "[id, n] 2t 0t loss 2t good"));
	CHECK(reads("e T d e e", "[id, n] 2t good"));
	/* A table holds without records; it says nothing if records without one came before. */
	CHECK(reads("T e d e", "[id, n] in: block 3 at byte 104: its records have no table, but one was declared "
			       "before them (id, n)"));
	CHECK(reads("T e m e l e", "[id, n] 0t loss good"));
	CHECK(reads("d e T e d e", "2 2 good"));
	/* A segment that is only a table is cut off. */
	CHECK(reads("T", "[id, n] cutin: cut off after 0 whole records, without an end mark"));
	CHECK(reads("T d e T", "[id, n] 2t cutin: cut off after 2 whole records, without an end mark"));
	CHECK(reads("d e T", "2 cutin: cut off after 2 whole records, without an end mark"));

	CHECK(reads("T d e T2 d e", "[id, n] 2t in: block 4 at byte 160: its table differs from the one before: "
	    "column 2 is \"amount\", not \"n\""));
	CHECK(reads("T e T2 e", "[id, n] in: block 3 at byte 104: its table differs from the one before: "
	    "column 2 is \"amount\", not \"n\""));
	CHECK(reads("T d e d e",
	    "[id, n] 2t in: block 4 at byte 160: its records have no table, but one was declared before "
	    "them (id, n)"));
	CHECK(reads(
	    "d e T d e", "2 in: block 4 at byte 160: it has a table (id, n), but the records before it have none"));

	/* The rules of the format. */
	CHECK(reads("T T", "[id, n] in: block 2 at byte 64: a second table in one stream"));
	CHECK(reads("T d T", "[id, n] 2t in: block 3 at byte 120: a second table in one stream"));
	CHECK(reads("d T", "2 in: block 2 at byte 56: a table that is not the stream's first block"));
	CHECK(reads("m T", "0 in: block 2 at byte 40: a table that is not the stream's first block"));
	CHECK(reads("l T", "loss in: block 2 at byte 40: a table that is not the stream's first block"));
	CHECK(reads("! d", "in: block 1 at byte 0: the stream's table is missing (has another command read it?)"));
	CHECK(reads("! e", "in: block 1 at byte 0: the stream's table is missing (has another command read it?)"));
	CHECK(reads("! l", "in: block 1 at byte 0: the stream's table is missing (has another command read it?)"));
	CHECK(reads("T ! d", "[id, n] in: block 2 at byte 64: it does not belong to the table before it"));
	CHECK(reads("T ! e", "[id, n] in: block 2 at byte 64: it does not belong to the table before it"));
	CHECK(reads("T e ! d",
	    "[id, n] in: block 3 at byte 104: the stream's table is missing (has another command read it?)"));
}

/* A payload that is no table. */
static void
read_others(void)
{
	struct rec_in in;
	struct block b;
	int fd = file();

	made.len = 0;
	lay_table("{\"framing\":\"csv\"} \nid\n");
	sure((int)write(fd, made.data, made.len));
	sure((int)lseek(fd, 0, SEEK_SET));
	sure(rec_in_open(&in, fd, "in"));
	in.tabled = tabled;
	CHECK(rec_in_block(&in, &b) == 0 && in.status == 65);
	say_end(&in);
	CHECK(seen_is("in: block 1 at byte 0: the table's first line is no JSON object"));
	CHECK(in.end == REC_IN_DAMAGED && in.table == NULL);
	close_in(&in);
}

/* The command refuses a table: it has reported that, and reads no more. */
static void
refused(void)
{
	struct rec_in in;
	struct block b;

	refusing = 1;
	open_laid(&in, "in", "T d e");
	CHECK(rec_in_block(&in, &b) == 0 && in.end == REC_IN_GOOD && in.next == 0 && in.records == 0 && !in.over);
	CHECK(seen_is("[id, n] "));
	CHECK(rec_in_block(&in, &b) == 0 && seen_is(""));
	close_in(&in);
	declare(NULL);
	refusing = 0;
}

/* Inputs that share the table of the command, and those that do not. */
static void
inputs(void)
{
	struct rec_in a, c;
	struct block b;

	open_laid(&a, "a", "T d e");
	open_laid(&c, "c", "T= d e");
	CHECK(rec_in_block(&a, &b) == 1 && rec_in_block(&c, &b) == 1 && seen_is("[id, n] "));
	CHECK(rec_in_table(&a) == rec_in_table(&c) && rec_in_table(&a)->header_len == 5);
	CHECK(rec_in_block(&a, &b) == 0 && rec_in_block(&c, &b) == 0 && a.end == REC_IN_GOOD && c.end == REC_IN_GOOD);
	close_in(&a);
	close_in(&c);

	open_laid(&c, "c", "T2 d e");
	CHECK(rec_in_block(&c, &b) == 0 && c.end == REC_IN_DAMAGED);
	say_end(&c);
	CHECK(seen_is("c: block 1 at byte 0: its table differs from that of a: column 2 is \"amount\", not \"n\""));
	close_in(&c);
	open_laid(&c, "c", "d e");
	CHECK(rec_in_block(&c, &b) == 0 && c.end == REC_IN_DAMAGED);
	say_end(&c);
	CHECK(seen_is("c: block 1 at byte 0: its records have no table, but a declares one (id, n)"));
	close_in(&c);
	open_laid(&c, "c", "e");
	CHECK(rec_in_block(&c, &b) == 0 && c.end == REC_IN_GOOD && seen_is(""));
	close_in(&c);

	open_laid(&c, "c", "T2 d e");
	rec_in_own_table(&c);
	CHECK(rec_in_block(&c, &b) == 1 && seen_is("[id, amount] ") && rec_in_table(&c)->count == 2);
	CHECK(rec_in_block(&c, &b) == 0 && c.end == REC_IN_GOOD);
	close_in(&c);
	declare(NULL);
}

/* Byte by byte, without waiting: the hook is called with the table's last byte, and once. */
static void
tried(void)
{
	struct rec_in in;
	struct block b = { .count = 77 };
	size_t table_len;
	int p[2];

	lay_all("T");
	table_len = made.len;
	lay_all("T d e");
	sure(pipe2(p, O_CLOEXEC));
	sure(rec_in_open(&in, p[0], "in"));
	in.tabled = tabled;
	for (size_t i = 0; i < made.len; i++) {
		CHECK(rec_in_try(&in, &b) == 0 && in.dry && b.count == (i >= table_len + 56 ? 2u : 77u));
		CHECK(seen.len == (i < table_len ? 0 : 8));
		sure((int)write(p[1], made.data + i, 1));
		if (i + 1 != table_len + 56)
			continue;
		CHECK(rec_in_try(&in, &b) == 1 && b.kind == BLOCK_DATA && b.count == 2);
	}
	close(p[1]);
	CHECK(rec_in_try(&in, &b) == -1 && in.end == REC_IN_GOOD && in.blocks == 3 && in.offset == made.len);
	CHECK(seen_is("[id, n] "));
	close_in(&in);
	declare(NULL);
}

/* ---- through both ---- */

static int
passes(const char *text, const char *want)
{
	for (int way = 0; way < 2; way++) {
		struct rec_in in;
		struct block b;

		begin();
		open_laid(&in, "in", text);
		while (rec_in_block(&in, &b))
			if (way == 0 || b.kind != BLOCK_DATA) {
				rec_out_block(&out, &b);
			} else {
				rec_out_records(&out, &b, 0, b.count);
				rec_out_flush(&out);
			}
		CHECK(rec_out_end(&out, in.next, in.status, buf_string(&in.reason), &(const char *){ NULL }) == 0);
		rec_out_free(&out);
		close_in(&in);
		seen.len = 0;
		if (!blocks_are(tap_end(&tap), want))
			return 0;
		declare(NULL);
	}
	return 1;
}

static void
through(void)
{
	CHECK(passes("T d d e", "Tid,n d2 d2 e0"));
	CHECK(passes("T e", "Tid,n e0"));
	/* The first one's bytes are written; equal tables become one. */
	CHECK(passes("T d e T= d e", "Tid,n d2 d2 e0"));
	CHECK(passes("T= d e T d e", "T\"id\",n\r d2 d2 e0"));
	CHECK(passes("T d- e T= d e", "Tid,n d2 e0 Tid,n d2 e0"));
	CHECK(passes("T e d e", "Tid,n e65"));
	CHECK(passes("d e T e", "D2 E0"));
	/* All records before a fault go out. */
	CHECK(passes("T d e T2 d e", "Tid,n d2 e65"));
	CHECK(passes("T d e d e", "Tid,n d2 e65"));
	CHECK(passes("d e T d e", "D2 E65"));
	CHECK(passes("T d T", "Tid,n d2 e65"));
	CHECK(passes("T", "Tid,n e65"));
}

int
main(int argc, char *argv[])
{
	streams_begin(argc, argv);
	RUN(put, "", "");
	RUN(built, "", "");
	RUN(positions, "", "");
	RUN(several, "", "");
	RUN(begun, "", "");
	RUN(told, "", "");
	RUN(last_words, "", "");
	RUN(read_tables, "", "");
	RUN(read_others, "", "");
	RUN(refused, "", "");
	RUN(inputs, "", "");
	RUN(tried, "", "");
	RUN(through, "", "");
	buf_free(&made);
	buf_free(&seen);
	return unit_end("rec_table");
}
