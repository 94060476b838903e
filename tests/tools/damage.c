/*
 * damage: tests that no record is lost or changed in silence. A small record stream is cut off at
 * every byte, and every single bit of it is inverted. Each time exactly the records of the whole
 * blocks before the damage may come through, and the reader must report the damage. Only the bits
 * of a payload without a checksum may pass, and then nothing else is changed.
 *
 *   damage BIN STREAM [STRIDE [EACH]]
 *       the commands in BIN: rec-join alone for every case (or every EACHth, if a sanitizer makes
 *       them slow), three commands in a row for every STRIDEth of these (every 37th unless given)
 *
 * Without arguments: rec_in alone, on streams made here.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/block.h"
#include "stream/rec_group.h"
#include "stream/rec_in.h"
#include "unit/unit.h"

extern char **environ;

/* ---- a stream and what of it may come through ---- */

struct place {
	/*
	 * Offsets: of the block, of its payload, of what follows the payload, and of the next
	 * block.
	 */
	size_t begin, payload, after, end;
	size_t before; /* bytes of payload in the blocks before */
	int summed, data;
};

struct stream {
	char *bytes;
	size_t len;
	struct place at[64];
	size_t blocks;
	int joined; /* set by the caller: 1: text has the header of a table, too */
	char *text; /* the payloads of all data blocks: what rec-join makes of lines */
	size_t text_len;
};

static void *
room(size_t n)
{
	void *p = malloc(n + 1);

	if (p == NULL)
		abort();
	return p;
}

static void
take_apart(struct stream *s)
{
	size_t at = 0;
	struct block b;

	s->blocks = 0;
	s->text = room(s->len);
	s->text_len = 0;
	while (at < s->len) {
		struct place *p = &s->at[s->blocks++];

		if (s->blocks == sizeof s->at / sizeof s->at[0] || s->len - at < BLOCK_HEAD ||
		    block_head(&b, (unsigned char *)s->bytes + at, BLOCK_RECORD_MAX) != NULL ||
		    s->len - at < BLOCK_HEAD + block_body(&b)) {
			fprintf(stderr, "damage: no small record stream\n");
			exit(64);
		}
		p->begin = at;
		p->payload = at + BLOCK_HEAD;
		p->after = p->payload + b.size;
		p->end = p->payload + block_body(&b);
		p->before = s->text_len;
		p->summed = (b.flags & BLOCK_SUMMED) != 0;
		p->data = b.kind == BLOCK_DATA;
		if (p->data) {
			memcpy(s->text + s->text_len, s->bytes + p->payload, b.size);
			s->text_len += b.size;
		} else if (b.kind == BLOCK_TABLE && s->joined) {
			const char *line = memchr(s->bytes + p->payload, '\n', b.size);
			size_t len = line != NULL ? (size_t)(s->bytes + p->after - line) - 1 : 0;

			memcpy(s->text + s->text_len, s->bytes + p->after - len, len);
			s->text_len += len;
		}
		at = p->end;
	}
}

/* One way to damage it, and what must come of that. */
struct fault {
	size_t len;  /* bytes left */
	size_t flip; /* the byte changed; SIZE_MAX: none */
	char bit;
	int passes;  /* the damage cannot be noticed */
	size_t text; /* bytes of text that must come through */
	size_t flipped; /* the byte of it that is changed; SIZE_MAX: none */
};

static struct fault
cut_at(const struct stream *s, size_t len)
{
	struct fault f = { .len = len, .flip = SIZE_MAX, .flipped = SIZE_MAX };

	for (size_t i = 0; i < s->blocks; i++)
		if (s->at[i].end <= len)
			f.text = i + 1 < s->blocks ? s->at[i + 1].before : s->text_len;
	return f;
}

static struct fault
flip_at(const struct stream *s, size_t byte, int bit)
{
	struct fault f = { .len = s->len, .flip = byte, .bit = (char)(1 << bit), .flipped = SIZE_MAX };
	const struct place *p = s->at;

	while (p->end <= byte)
		p++;
	f.text = p->before;
	if (p->data && !p->summed && byte >= p->payload && byte < p->after) {
		f.passes = 1;
		f.text = s->text_len;
		f.flipped = p->before + (byte - p->payload);
	}
	return f;
}

static char *
damaged(const struct stream *s, const struct fault *f)
{
	char *bytes = room(s->len);

	memcpy(bytes, s->bytes, s->len);
	if (f->flip != SIZE_MAX)
		bytes[f->flip] ^= f->bit;
	return bytes;
}

/*
 * Returns 1 if that is the text that must come through, else 0. A newline between two records may
 * come through unchanged: it is known.
 */
static int
delimited_is(const struct stream *s, const struct fault *f, const char *text, size_t len)
{
	char *want = room(s->text_len);
	int same;

	memcpy(want, s->text, s->text_len);
	if (f->flipped != SIZE_MAX && (want[f->flipped] != '\n' || len <= f->flipped || text[f->flipped] != '\n'))
		want[f->flipped] ^= f->bit;
	same = len == f->text && memcmp(want, text, len) == 0;
	free(want);
	return same;
}

static void
complain(const struct fault *f, const char *what)
{
	if (f->flip == SIZE_MAX)
		printf("cut after %zu bytes: %s\n", f->len, what);
	else
		printf("byte %zu, bits %02x changed: %s\n", f->flip, (unsigned char)f->bit, what);
}

/* Every case, in order; n counts them. */
static void
all_cases(const struct stream *s, void (*try)(const struct stream *, const struct fault *, size_t n))
{
	size_t n = 0;
	struct fault f;

	for (size_t len = 0; len < s->len; len++) {
		f = cut_at(s, len);
		try(s, &f, n++);
	}
	for (size_t byte = 0; byte < s->len; byte++)
		for (int bit = 0; bit < 8; bit++) {
			f = flip_at(s, byte, bit);
			try(s, &f, n++);
		}
}

/* ---- rec_in alone ---- */

static int
memory_file(const char *bytes, size_t len)
{
	int fd = memfd_create("damage", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

static void
try_inside(const struct stream *s, const struct fault *f, size_t n)
{
	struct rec_in in;
	struct block b;
	char *bytes = damaged(s, f), *text = room(s->text_len);
	size_t len = 0;
	const char *why;
	int good = 1;

	(void)n;
	if (rec_in_open(&in, memory_file(bytes, f->len), "x") < 0)
		abort();
	while (rec_in_block(&in, &b)) {
		if (b.kind != BLOCK_DATA)
			continue;
		if (len + b.size > s->text_len) {
			good = 0;
			break;
		}
		memcpy(text + len, b.payload, b.size);
		len += b.size;
	}
	good &= delimited_is(s, f, text, len) && (in.status == 0) == f->passes && rec_in_well(&in) == f->passes;
	good &= (in.reason.len > 0) == !f->passes;
	if (!good)
		complain(f, "rec_in took it otherwise");
	CHECK(good);
	rec_in_close(&in, &why);
	rec_in_free(&in);
	declared_free(&rec_group_default.declared); /* the next input is another command's */
	free(bytes);
	free(text);
}

static void
put_block(struct stream *s, struct block b)
{
	uint32_t index[8] = { 0 };

	memset(s->bytes + s->len, 0, 256);
	block_put(&b, (unsigned char *)s->bytes + s->len, (char *)index);
	if (b.size > 0)
		memcpy(s->bytes + s->len + BLOCK_HEAD, b.payload, b.size);
	memcpy(s->bytes + s->len + BLOCK_HEAD + b.size + block_pad(b.size), index, block_index(&b));
	s->len += BLOCK_HEAD + block_body(&b);
}

/*
 * A stream with everything that a stream can hold: positions that jump, a watermark, a loss, an
 * offer, two streams in a row; with or without a table.
 */
static void
inside(int flags, int tabled)
{
	static char one[] = "one\n\ntwo\n", more[] = "a\nb", offer[] = "offer";
	static char csv[] = "{\"framing\":\"csv\"}\nid\n";
	const uint8_t flag = tabled ? BLOCK_TABLED : 0;
	uint32_t ends1[] = { 3, 4, 8 }, ends2[] = { 1, 3 }, positions[] = { 0, 5 };
	struct stream s = { .bytes = room(4096) };
	struct block table = { .kind = BLOCK_TABLE, .flags = BLOCK_SUMMED, .size = sizeof csv - 1, .payload = csv };
	struct block data = { .kind = BLOCK_DATA, .flags = (uint8_t)flags | flag, .gap = 1, .status = '\n', .count = 3,
		.size = 9, .next = 3, .payload = one, .ends = ends1 };
	struct block jump = { .kind = BLOCK_DATA,
		.flags = (uint8_t)(flags | flag | BLOCK_POSITIONS),
		.gap = 1,
		.status = '\n',
		.count = 2,
		.size = 3,
		.base = 10,
		.next = 20,
		.payload = more,
		.ends = ends2,
		.positions = positions };

	if (tabled)
		put_block(&s, table);
	put_block(&s, data);
	put_block(&s, (struct block){ .kind = BLOCK_DATA, .flags = flag, .base = 5, .next = 5 });
	put_block(&s, (struct block){ .kind = BLOCK_LOSS, .flags = flag, .count = 4, .base = 5, .next = 9 });
	put_block(&s, (struct block){ .kind = BLOCK_OFFER, .flags = BLOCK_SUMMED, .size = 5, .payload = offer });
	put_block(&s, jump);
	put_block(&s, (struct block){ .kind = BLOCK_END, .flags = flag, .base = 5, .next = 20 });
	if (tabled)
		put_block(&s, table);
	put_block(&s, data);
	put_block(&s, (struct block){ .kind = BLOCK_END, .flags = flag, .base = 3, .next = 3 });
	take_apart(&s);
	CHECK(s.blocks == (tabled ? 10 : 8) && s.text_len == 21);
	/* The whole is good. */
	try_inside(&s,
	    &(struct fault){ .len = s.len, .flip = SIZE_MAX, .passes = 1, .text = s.text_len, .flipped = SIZE_MAX }, 0);
	/* A cut right after the first end mark leaves a whole stream. */
	for (size_t len = 0; len < s.len; len++) {
		struct fault f = cut_at(&s, len);

		f.passes = len == s.at[tabled ? 6 : 5].end;
		try_inside(&s, &f, 0);
	}
	for (size_t byte = 0; byte < s.len; byte++)
		for (int bit = 0; bit < 8; bit++) {
			struct fault f = flip_at(&s, byte, bit);

			try_inside(&s, &f, 0);
		}
	free(s.bytes);
	free(s.text);
}

/* ---- the commands ---- */

static const char *bin;
static size_t stride = 37, each = 1;

struct batch_run {
	pid_t pid;
	int status; /* as a shell reports it */
};

static void
start(struct batch_run *r, const char *command, char *const argv[], int in, int out, int err)
{
	char path[4096];
	posix_spawn_file_actions_t files;

	snprintf(path, sizeof path, "%s/%s", bin, command);
	if (posix_spawn_file_actions_init(&files) != 0 || posix_spawn_file_actions_adddup2(&files, in, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&files, out, 1) != 0 ||
	    posix_spawn_file_actions_adddup2(&files, err, 2) != 0)
		abort();
	if (posix_spawn(&r->pid, path, &files, NULL, argv, environ) != 0) {
		fprintf(stderr, "damage: %s cannot be run\n", path);
		exit(64);
	}
	posix_spawn_file_actions_destroy(&files);
}

static void
finish(struct batch_run *r)
{
	int status;

	if (waitpid(r->pid, &status, 0) < 0)
		abort();
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
pipe_pair(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
}

/*
 * The whole contents of a memory file as a string in room of its own, of which *len are bytes.
 * Closes it.
 */
static char *
contents(int fd, size_t *len)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *bytes = room(size > 0 ? (size_t)size : 0);

	if (size < 0 || pread(fd, bytes, (size_t)size, 0) != size)
		abort();
	close(fd);
	bytes[size] = '\0';
	*len = (size_t)size;
	return bytes;
}

/* A pipe that holds the damaged stream, which is small enough for it, and then ends. */
static int
source(const struct stream *s, const struct fault *f)
{
	char *bytes = damaged(s, f);
	int ends[2];

	pipe_pair(ends);
	if (f->len > 0 && write(ends[1], bytes, f->len) != (ssize_t)f->len)
		abort();
	close(ends[1]);
	free(bytes);
	return ends[0];
}

static int
lines(const char *text)
{
	int n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

static void
judge(const struct stream *s, const struct fault *f, int good, const char *what, int out, char *message)
{
	size_t len;
	char *text = contents(out, &len);

	if (!delimited_is(s, f, text, len))
		complain(f, "other records came through");
	CHECK(delimited_is(s, f, text, len));
	if (!good) {
		complain(f, what);
		printf("%s", message);
	}
	CHECK(good);
	free(text);
	free(message);
}

/* rec-join alone finds the damage and is the last command: one line, 65. */
static void
alone(const struct stream *s, const struct fault *f)
{
	char *argv[] = { (char[]){ "rec-join" }, NULL }, *message;
	int in = source(s, f), out = memory_file("", 0), err = memory_file("", 0);
	struct batch_run join;
	size_t len;

	start(&join, argv[0], argv, in, out, err);
	close(in);
	finish(&join);
	message = contents(err, &len);
	judge(s, f,
	    f->passes ? join.status == 0 && len == 0 :
	                join.status == 65 && lines(message) == 1 &&
	                    strncmp(message, "rec-join: standard input: ", 26) == 0,
	    "rec-join judged it otherwise", out, message);
}

/*
 * Of three commands the first finds the damage, the second is silent, the third reports what the
 * first has found; all exit 65.
 */
static void
in_a_row(const struct stream *s, const struct fault *f)
{
	char name[] = "rec-filter", locate[] = "locate", all[] = "//", join[] = "rec-join";
	char *filter[] = { name, locate, all, NULL }, *last[] = { join, NULL }, want[4096], *message, *end;
	int in = source(s, f), out = memory_file("", 0), err = memory_file("", 0), a[2], b[2], good;
	struct batch_run run[3];
	size_t len;

	pipe_pair(a);
	pipe_pair(b);
	start(&run[0], name, filter, in, a[1], err);
	start(&run[1], name, filter, a[0], b[1], err);
	start(&run[2], join, last, b[0], out, err);
	close(in);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
	for (int i = 0; i < 3; i++)
		finish(&run[i]);
	message = contents(err, &len);
	if (f->passes) {
		good = run[0].status == 0 && run[1].status == 0 && run[2].status == 0 && len == 0;
	} else {
		good = run[0].status == 65 && run[1].status == 65 && run[2].status == 65 && lines(message) == 2;
		end = strchr(message, '\n');
		if (good) {
			snprintf(want, sizeof want, "%.*s\nrec-join: standard input: its producer failed: %.*s\n",
			    (int)(end - message), message, (int)(end - message), message);
			good = strncmp(message, "rec-filter: standard input: ", 28) == 0 && strcmp(message, want) == 0;
		}
	}
	judge(s, f, good, "three commands judged it otherwise", out, message);
}

static void
try_commands(const struct stream *s, const struct fault *f, size_t n)
{
	if (n % each != 0)
		return;
	alone(s, f);
	if (n / each % stride == 0)
		in_a_row(s, f);
}

int
main(int argc, char **argv)
{
	struct stream s = { .joined = 1 };
	FILE *from;

	if (argc == 1) {
		for (int tabled = 0; tabled < 2; tabled++) {
			inside(0, tabled);
			inside(BLOCK_SUMMED, tabled);
		}
		return unit_end("damage");
	}
	if (argc < 3 || argc > 5 || (from = fopen(argv[2], "rb")) == NULL) {
		fprintf(stderr, "usage: damage BIN STREAM [STRIDE [EACH]]\n");
		return 64;
	}
	bin = argv[1];
	if (argc > 3 && (stride = strtoul(argv[3], NULL, 10)) == 0)
		stride = 1;
	if (argc > 4 && (each = strtoul(argv[4], NULL, 10)) == 0)
		each = 1;
	s.bytes = room(16384);
	s.len = fread(s.bytes, 1, 16384, from);
	fclose(from);
	take_apart(&s);
	if (s.len == 16384 || s.blocks < 2 || s.text_len == 0) {
		fprintf(stderr, "damage: %s: not a small record stream with records\n", argv[2]);
		return 64;
	}
	alone(&s,
	    &(struct fault){ .len = s.len, .flip = SIZE_MAX, .passes = 1, .text = s.text_len, .flipped = SIZE_MAX });
	all_cases(&s, try_commands);
	free(s.bytes);
	free(s.text);
	return unit_end("damage");
}
