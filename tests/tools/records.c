/*
 * records: random records, and whether two record streams hold the same ones.
 *
 *   records make FRAMING SEED COUNT MOST
 *       COUNT records of up to MOST bytes that FRAMING can carry, the same for each SEED
 *   records same A B
 *       0 if the streams in the two files hold the same records, however divided into blocks
 *
 * Without arguments it checks itself, for every framing.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "framing/framing.h"
#include "framing/framing_private.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "unit/onerecord.h"
#include "unit/reader.h"
#include "unit/unit.h"

/* ---- random records ---- */

/* Short ones most of the time; then lengths around the edges of buffers; then any. */
static size_t
some_length(size_t most)
{
	static const size_t edges[] = { 0, 1, 8, 127, 128, 255, 256, 4096, 16384, 65536, 131072, 262144 };
	size_t n;

	switch (unit_random(8)) {
	case 0:
		n = edges[unit_random(sizeof edges / sizeof edges[0])] + unit_random(3);
		return n > 0 && n - 1 < most ? n - 1 : unit_random(2);
	case 1:
		return unit_random(most + 1);
	default:
		return unit_random(most < 40 ? most + 1 : 40);
	}
}

static void
add(struct buf *to, const void *bytes, size_t n)
{
	if (buf_add(to, bytes, n) < 0)
		abort();
}

static void
some_bytes(struct buf *to, size_t n)
{
	static const char special[] = "\n\r\t ,\"\\:ab{}[]\x1e\0"; /* with the NUL after them */
	size_t kind = unit_random(3);

	if (buf_reserve(to, n + 1) < 0)
		abort();
	while (n-- > 0)
		to->data[to->len++] = kind == 0 ? (char)unit_random(256) :
		    kind == 1			? special[unit_random(sizeof special)] :
						  (char)('a' + unit_random(26));
}

/*
 * A JSON value of about n bytes: numbers and strings in arrays and objects, sometimes with white
 * space between.
 */
static void
some_json(struct buf *to, size_t n)
{
	static const char *const plain[] = { "0", "-12.5e+3", "true", "false", "null", "\"\"", "\"\\u00e9\\n\\\"\"",
		"[]", "{}" };
	static const char *const spaces[] = { "", "", " ", "\n", "\t" };
	const char *word = plain[unit_random(sizeof plain / sizeof plain[0])];
	size_t object = unit_random(2), begin = to->len;

	if (n < 20) {
		add(to, word, strlen(word));
		return;
	}
	add(to, object ? "{" : "[", 1);
	for (int first = 1; to->len - begin < n; first = 0) {
		const char *space = spaces[unit_random(5)];

		if (!first)
			add(to, ",", 1);
		add(to, space, strlen(space));
		if (object)
			add(to, "\"k\":", 4);
		if (unit_random(4) == 0) {
			size_t letters = unit_random(n);

			add(to, "\"", 1);
			for (; letters > 0; letters--)
				add(to, "x", 1);
			add(to, "\"", 1);
		} else {
			some_json(to, unit_random(n / 4 + 1));
		}
	}
	add(to, object ? "}" : "]", 1);
}

/* Drops the white space between the values of some_json, whose strings have none. */
static void
drop_space(struct buf *text)
{
	size_t to = 0;

	for (size_t i = 0; i < text->len; i++)
		if (strchr(" \n\t", text->data[i]) == NULL)
			text->data[to++] = text->data[i];
	text->len = to;
}

/* A row of about n bytes, with quoted fields that hold anything. */
static void
some_row(struct buf *to, size_t n, char separator)
{
	size_t begin = to->len;

	do {
		if (to->len > begin)
			add(to, &separator, 1);
		if (unit_random(2) == 0) {
			size_t letters = unit_random(n + 1);

			for (; letters > 0; letters--)
				add(to, &"ab c;-"[unit_random(6)], 1);
			continue;
		}
		add(to, "\"", 1);
		for (size_t inside = unit_random(n + 1); inside > 0; inside--) {
			size_t which = unit_random(6);

			add(to, &"\"\n\r,x\0"[which], 1);
			if (which == 0)
				add(to, "\"", 1);
		}
		add(to, "\"", 1);
	} while (to->len - begin < n);
}

static void
some_letters(struct buf *to, size_t n, const char *letters)
{
	for (size_t i = 0; i <= n; i++)
		add(to, &letters[unit_random(strlen(letters))], 1);
}

/*
 * Pairs of logfmt, of about n bytes, at least one: values with and without quotes, and keys alone.
 */
static void
some_pairs(struct buf *to, size_t n)
{
	static const char *const values[] = { "", "=", "=\"\"", "=\"\\\"\\n\\u00e9\"", "=-1.5", "=a=b,{}\\", "=\"a=b \t\x01\"" };
	static const char *const blanks[] = { " ", " ", "  ", "\t", "\r " };
	size_t begin = to->len;

	do {
		const char *blank = blanks[unit_random(5)], *value = values[unit_random(7)];

		if (to->len > begin)
			add(to, blank, strlen(blank));
		some_letters(to, unit_random(8), "abcdefghk._-\\");
		add(to, value, strlen(value));
		if (unit_random(3) == 0 && value[0] == '=' && strchr(value, '"') == NULL)
			some_letters(to, unit_random(n / 2 + 1), "xyz=0123");
	} while (to->len - begin < n);
}

/* Fields of the kind, of about n bytes, at least one, with lines that continue them. */
static void
some_fields(struct buf *to, size_t n, enum fields_kind kind)
{
	size_t begin = to->len;
	int crlf = unit_random(4) == 0;

	do {
		size_t lines = unit_random(3);

		if (to->len > begin)
			add(to, &"\r\n"[!crlf], 1 + (size_t)crlf);
		if (kind == FIELDS_LDIF && unit_random(5) == 0)
			add(to, "#x", 2);
		some_letters(to, unit_random(9), "ABCdef-_");
		add(to, ":", 1);
		if (kind == FIELDS_LDIF && unit_random(4) == 0)
			add(to, ": YWJj", 6);
		else
			some_letters(to, unit_random(n / 2 + 1), " \tab:#\"\\\xC3");
		for (; lines > 0; lines--) {
			add(to, &"\r\n"[!crlf], 1 + (size_t)crlf);
			add(to, kind != FIELDS_LDIF && unit_random(2) ? "\t" : " ", 1);
			add(to, "ZGVm", 4);
		}
	} while (to->len - begin < n);
	/* A comment may have been all of it. */
	add(to, &"\r\nx:"[!crlf], 3 + (size_t)crlf);
}

/* Removes from the record what ends one in some framing. */
static void
tame(struct buf *record)
{
	for (size_t i = 0; i < record->len; i++)
		if (memchr("\n\r\t\v\f ,\":\\ab", record->data[i], sizeof "\n\r\t\v\f ,\":\\ab") != NULL)
			record->data[i] = 'x';
}

/* A record that the framing would give back. */
static void
some_record(struct buf *to, struct framing_join *join, const char *name, size_t most)
{
	const struct framing *f = join->framing;
	size_t n = some_length(most);

	for (int tries = 0;; tries++) {
		struct block b;
		uint32_t end;

		to->len = 0;
		if (strncmp(name, "json", 4) == 0) {
			some_json(to, n);
			if (strcmp(name, "jsonl") == 0)
				drop_space(to);
		}
		else if (strncmp(name, "csv", 3) == 0)
			some_row(to, n, f->separator);
		else if (strcmp(name, "logfmt") == 0)
			some_pairs(to, n);
		else if (strncmp(name, "fields", 6) == 0)
			some_fields(to, n, f->fields);
		else
			some_bytes(to, f->width > 0 && strncmp(name, "fixed", 5) == 0 ? f->width : n);
		if (tries > 2 && strcmp(name, "logfmt") != 0 && strncmp(name, "fields", 6) != 0)
			tame(to);
		for (uint32_t line = 1; line < f->lines; line++)
			add(to, "\nx", 2);
		/*
		 * A record that does not end as it should is allowed too, but must be the last one
		 * of all.
		 */
		if (strncmp(name, "end:", 4) == 0)
			add(to, "x", 1);
		b = onerecord(to->data != NULL ? to->data : "", to->len, 0, &end);
		if (framing_check_block(join, &b) == 1)
			return;
		/* Longer than the framing can say, or empty if the framing has no empty records. */
		if (tries > 6)
			n = n > 2 ? n / 2 : 1;
	}
}

static void
make(struct rec_out *out, const char *name, uint64_t seed, size_t count, size_t most)
{
	struct framing f;
	struct framing_join join = { .framing = &f, .strictness = FRAMING_STRICT };
	struct buf record = { 0 }, error = { 0 };
	const char *why;

	if (framing_init(&f, name, &error) < 0) {
		fprintf(stderr, "records: %s\n", buf_string(&error));
		exit(64);
	}
	unit_random_from(seed);
	for (uint64_t i = 0; i < count; i++) {
		some_record(&record, &join, name, most);
		rec_out_rec(out, &(struct rec){ record.data != NULL ? record.data : "", record.len, i });
	}
	if (rec_out_end(out, count, 0, NULL, &why) != 0) {
		fprintf(stderr, "records: writing failed\n");
		exit(74);
	}
	rec_out_free(out);
	buf_free(&record);
	framing_join_free(&join);
	framing_free(&f);
}

/* ---- comparing ---- */

static void
open_in(struct rec_in *in, int fd, const char *name)
{
	if (fd < 0 || rec_in_open(in, fd, name) < 0) {
		fprintf(stderr, "records: %s cannot be read\n", name);
		exit(66);
	}
	rec_in_own_table(in); /* two streams may be the same, whatever their tables are */
}

/*
 * Returns 1 if two streams hold the same records and end well, else 0 with the difference in
 * report. count gets the number of records.
 */
static int
same(struct rec_in *a, struct rec_in *b, uint64_t *count, FILE *report)
{
	struct reader one = { .in = a }, other = { .in = b };
	struct rec x, y;
	int more;

	for (*count = 0; (more = reader_next(&one, &x)) == reader_next(&other, &y) && more; ++*count)
		if (x.len != y.len || memcmp(x.data, y.data, x.len) != 0) {
			fprintf(report, "record %llu: %zu bytes in %s, %zu in %s, or other ones\n",
			    (unsigned long long)*count, x.len, a->name, y.len, b->name);
			return 0;
		}
	if (more || b->end == REC_IN_OPEN) {
		fprintf(report, "%s has more than %llu records\n", more ? a->name : b->name,
		    (unsigned long long)*count);
		return 0;
	}
	if (rec_in_well(a) && rec_in_well(b))
		return 1;
	fprintf(report, "%s\n", rec_in_well(a) ? buf_string(&b->reason) : buf_string(&a->reason));
	return 0;
}

/* ---- by itself ---- */

static int
made(const char *name, uint64_t seed, size_t count)
{
	int fd = memfd_create("records", MFD_CLOEXEC);
	struct rec_out out;

	/* The output closes its descriptor; another one of the same file stays. */
	if (fd < 0 || rec_out_open(&out, dup(fd), "memory") < 0)
		abort();
	make(&out, name, seed, count, 300);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int
alike(int a, int b, uint64_t *count)
{
	struct rec_in x, y;
	FILE *nowhere = fopen("/dev/null", "w");
	const char *why;
	int answer;

	if (nowhere == NULL)
		abort();
	open_in(&x, a, "a");
	open_in(&y, b, "b");
	answer = same(&x, &y, count, nowhere);
	rec_in_close(&x, &why);
	rec_in_close(&y, &why);
	rec_in_free(&x);
	rec_in_free(&y);
	fclose(nowhere);
	return answer;
}

static void
check_itself(void)
{
	uint64_t count;
	int a, other;

	rec_out_read_on(); /* although the outputs that wrote the streams are gone when they are read */

	for (size_t i = 0; framing_kind_at(i) != NULL; i++) {
		static const char *const named[] = { "delim:ab", "fixed:7", "start:^[a-z0-9]", "end:[a-z0-9]$",
			"lines:3" };
		const struct framing_kind *kind = framing_kind_at(i);
		const char *name = kind->name;

		if (kind->only_read != NULL || kind->only_joins != NULL)
			continue;
		for (size_t j = 0; j < sizeof named / sizeof named[0]; j++)
			if (kind->parameter != NULL && strncmp(named[j], name, strlen(name)) == 0 &&
			    named[j][strlen(name)] == ':')
				name = named[j];
		a = made(name, 1, 50);
		other = made(name, 2, 50);
		CHECK(!alike(a, other, &count));
		a = made(name, 1, 0);
		other = made(name, 2, 0);
		CHECK(alike(a, other, &count) && count == 0);
	}
}

int
main(int argc, char **argv)
{
	struct rec_in a, b;
	struct rec_out out;
	uint64_t count;
	int good;

	if (argc == 1) {
		check_itself();
		return unit_end("records");
	}
	if (argc == 6 && strcmp(argv[1], "make") == 0) {
		if (rec_out_open(&out, STDOUT_FILENO, "standard output") < 0)
			return 74;
		make(&out, argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "same") == 0) {
		open_in(&a, open(argv[2], O_RDONLY | O_CLOEXEC), argv[2]);
		open_in(&b, open(argv[3], O_RDONLY | O_CLOEXEC), argv[3]);
		if ((good = same(&a, &b, &count, stdout)))
			printf("%llu\n", (unsigned long long)count);
		rec_in_free(&a);
		rec_in_free(&b);
		return !good;
	}
	fprintf(stderr, "usage: records make FRAMING SEED COUNT MOST | records same A B\n");
	return 64;
}
