/*
 * framing: random records and random bytes through every framing, in both directions. Records that
 * the check accepts come back, those that it refuses do not, and nothing depends on how the input
 * is divided into pieces.
 */
#include "framing/framing_private.h"
#include "unit/framing/framing_cut.h"
#include "unit/onerecord.h"

static size_t
some_length(void)
{
	switch (unit_random(8)) {
	case 0:
		return 0;
	case 1:
	case 2:
	case 3:
		return 1 + unit_random(8);
	case 4:
		return unit_random(4000);
	default:
		return unit_random(260); /* around the limit of a prefix of one byte */
	}
}

/* Bytes of all kinds, or out of those that mean something in some framing, or harmless ones. */
static void
some_bytes(struct buf *out, size_t len)
{
	static const char special[] = "\n\r\0 \t\"\\,a-b:;{}[]0x\x1E\xFF\xC3\xA9";
	size_t kind = unit_random(4), kinds = 1 + unit_random(sizeof special);

	while (len-- > 0) {
		int c = (int)unit_random(256);

		if (kind == 0)
			c = special[unit_random(kinds)];
		else if (kind == 1 || (kind == 2 && unit_random(20) != 0))
			c = 'a' + c % 26;
		else if (kind == 2)
			c = special[unit_random(sizeof special)];
		buf_addc(out, (char)c);
	}
}

static void
some_space(struct buf *out)
{
	static const char space[] = " \n\t\r";

	while (unit_random(4) == 0)
		buf_addc(out, space[unit_random(4)]);
}

static void
some_json(struct buf *out, unsigned depth)
{
	static const char *const scalars[] = { "true", "false", "null", "0", "-0.0e-7", "10", "3.25", "1E+30", "\"\"",
		"\"a\\u00e9\\\"\xC3\xA9\xF0\x9F\x98\x80\"" };
	size_t i, n;
	int object = (int)unit_random(2);

	if (depth == 0 || unit_random(3) == 0) {
		buf_adds(out, scalars[unit_random(sizeof scalars / sizeof *scalars)]);
		return;
	}
	buf_addc(out, object ? '{' : '[');
	some_space(out);
	for (i = 0, n = unit_random(4); i < n; i++) {
		if (i > 0)
			buf_addc(out, ',');
		some_space(out);
		if (object) {
			buf_adds(out, "\"k]\"");
			some_space(out);
			buf_addc(out, ':');
			some_space(out);
		}
		some_json(out, depth - 1);
		some_space(out);
	}
	buf_addc(out, object ? '}' : ']');
}

static void
some_row(struct buf *out, char separator)
{
	size_t n = unit_random(5);

	while (n-- > 0) {
		struct buf field = { 0 };
		size_t i;
		int quoted = (int)unit_random(2);

		some_bytes(&field, unit_random(12));
		if (quoted)
			buf_addc(out, '"');
		for (i = 0; i < field.len; i++) {
			char c = field.data[i];

			if (quoted && c == '"')
				buf_addc(out, '"');
			buf_addc(out, !quoted && (c == '\n' || c == '"') ? 'n' : c);
		}
		buf_adds(out, quoted ? "\"" : "");
		if (n > 0)
			buf_addc(out, separator);
		buf_free(&field);
	}
}

/* Fields, or pairs of logfmt. */
static void
some_names(struct buf *out, const char *name)
{
	static const char *const lines[] = { "a: b\n", "B-c:\n", "d:e:f \n", "x: y\r\n", " more\n", "\tmore\r\n", "#c: d\n",
		"v:: YWI=\n", "version: 1\n", "-\n", "\n", "a b: c\n", "no\n" };
	static const char *const pairs[] = { "a=1", "b=\"c \\n d\"", "e", " ", "\t", "f=g=h,{}", "i=\"", "=j", "\"", "\x01" };
	int logfmt = strcmp(name, "logfmt") == 0;
	size_t kinds = logfmt ? sizeof pairs / sizeof *pairs : sizeof lines / sizeof *lines;

	kinds -= unit_random(6); /* the last ones are wrong */
	for (size_t n = 1 + unit_random(6); n > 0; n--) {
		buf_adds(out, logfmt ? pairs[unit_random(kinds)] : lines[unit_random(kinds)]);
		buf_adds(out, logfmt && n > 1 ? " " : "");
	}
	if (!logfmt && unit_random(8) != 0)
		out->len--;
}

/* A record that has a good chance of being one of the framing's. */
static void
some_record(struct buf *out, const struct framing *f, const char *name)
{
	size_t i, mode = unit_random(8);

	out->len = 0;
	if (strncmp(name, "json", 4) == 0 && mode > 0) {
		some_json(out, 5);
	} else if ((strcmp(name, "logfmt") == 0 || strncmp(name, "fields", 6) == 0) && mode > 0) {
		some_names(out, name);
	} else if (f->separator != 0 && mode > 1) {
		some_row(out, f->separator);
	} else if (f->width > 0 && mode > 0) {
		some_bytes(out, f->width);
	} else if (f->lines > 0 && mode > 0) {
		for (i = unit_random(20) == 0 ? unit_random(4) : f->lines; i > 0; i--) {
			size_t from = out->len;

			some_bytes(out, unit_random(20));
			for (; from < out->len; from++)
				if (out->data[from] == '\n')
					out->data[from] = 'x';
			buf_adds(out, i > 1 ? "\n" : "");
		}
	} else {
		some_bytes(out, some_length());
		/* Newlines in places that may have one. */
		for (i = 0; mode > 2 && i + 1 < out->len; i++)
			if (out->data[i] == '\n' && strcmp(name, "indented") == 0)
				out->data[i + 1] = ' ';
			else if (out->data[i] == '\n' && strcmp(name, "paragraphs") == 0)
				out->data[i + 1] = 'x';
	}
}

static void
join_all(struct framing_join *join, const struct set *set, struct buf *out, int flushing)
{
	size_t i, n;

	for (i = 0; i < count(set); i++) {
		const char *data = record(set, i, &n);

		CHECK(framing_join(join, data, n, out) == 0);
		if (flushing && unit_random(4) == 0)
			CHECK(framing_join_flush(join, out) == 0);
	}
	CHECK(framing_join_flush(join, out) == 0);
}

/* The refused record, written unchanged after the accepted ones, must not come back. */
static void
refused(const struct framing *f, const struct set *accepted, const char *data, size_t len)
{
	struct framing_join join = { .framing = f, .strictness = FRAMING_AS_IS };
	struct set all = { 0 };
	struct result r = { 0 };
	struct buf out = { 0 };
	size_t i, n;

	join_all(&join, accepted, &out, 0);
	for (i = 0; i < count(accepted); i++) {
		const char *bytes = record(accepted, i, &n);

		add(&all, bytes, n);
	}
	add(&all, data, len);
	if (framing_join(&join, data, len, &out) == 0) {
		framing_join_flush(&join, &out);
		split(f, out.len > 0 ? out.data : "", out.len, WHOLE, &r);
		CHECK(!same(&all, &r.records) || r.lost.len > 0 || r.error.len > 0);
	} else {
		CHECK(join.why != NULL && strncmp(join.why, "it is longer than the ", 22) == 0);
	}
	result_free(&r);
	set_free(&all);
	buf_free(&out);
	framing_join_free(&join);
}

/*
 * Splits the bytes, which must give the records of the set; and joins these, which must give the
 * bytes.
 */
static void
come_back(const struct framing *f, const struct set *set, const struct buf *bytes)
{
	struct framing_join again = { .framing = f, .strictness = FRAMING_STRICT };
	struct buf out = { 0 };
	struct result r = { 0 };

	split_all(f, bytes->len > 0 ? bytes->data : "", bytes->len, &r);
	CHECK(r.error.len == 0 && r.lost.len == 0 && !r.lacks_gap);
	CHECK(same(set, &r.records));
	join_all(&again, &r.records, &out, 0);
	CHECK(equal(bytes, &out));
	framing_join_free(&again);
	buf_free(&out);
	result_free(&r);
}

/* Joins those random records that the check accepts. Returns their number. */
static size_t
round_trip(const struct framing *f, const char *name)
{
	struct framing_join join = { .framing = f, .strictness = FRAMING_STRICT };
	struct framing_join flushing = { .framing = f, .strictness = FRAMING_AS_IS };
	struct set set = { 0 };
	struct buf out = { 0 }, candidate = { 0 }, back = { 0 };
	struct result r = { 0 };
	size_t n = unit_random(12), accepted;

	while (n-- > 0) {
		struct framing_join alone = { .framing = f, .record = join.record, .state = join.state };
		struct block b;
		uint32_t end;
		int good;

		some_record(&candidate, f, name);
		if (candidate.data == NULL)
			buf_reserve(&candidate, 1);
		good = framing_join(&join, candidate.data, candidate.len, &out) == 0;
		/*
		 * framing_check_block must give the same result, also if the record is too long to
		 * be written.
		 */
		b = onerecord(candidate.data, candidate.len, 0, &end);
		CHECK(framing_check_block(&alone, &b) == (uint32_t)good);
		CHECK(join.record == count(&set) + (size_t)good);
		back.len = 0;
		came_back(&back, name, candidate.data, candidate.len);
		if (good)
			add(&set, back.data, back.len);
		else
			CHECK(join.why != NULL), refused(f, &set, candidate.data, candidate.len);
		framing_join_free(&alone);
	}
	framing_join_flush(&join, &out);
	come_back(f, &set, &out);
	out.len = 0;
	join_all(&flushing, &set, &out, 1);
	split(f, out.len > 0 ? out.data : "", out.len, SMALL, &r);
	CHECK(same(&set, &r.records));
	accepted = count(&set);
	result_free(&r);
	framing_join_free(&join);
	framing_join_free(&flushing);
	set_free(&set);
	buf_free(&out);
	buf_free(&candidate);
	buf_free(&back);
	return accepted;
}

/* Records of up to longest bytes with content for every framing. */
static void
large(const struct framing *f, const char *name, size_t longest, int pattern)
{
	struct framing_join join = { .framing = f, .strictness = FRAMING_STRICT };
	struct set set = { 0 };
	struct buf out = { 0 }, data = { 0 };
	struct result r = { 0 };
	int json = strncmp(name, "json", 4) == 0, csv = f->separator != 0;
	size_t limit = name[0] == 'v' && name[1] != 'a'   ? 32752
	               : strcmp(name, "u8") == 0          ? 255
	               : name[0] == 'u' && name[1] == '1' ? 65535
	                                                  : longest;
	size_t i, k;

	for (k = 0; k < 3; k++) {
		size_t n = f->width > 0 ? f->width : k == 0 ? limit : unit_random(limit) + 2;

		data.len = 0;
		for (i = 0; i < n; i++)
			buf_addc(&data, (char)(csv && i % 50 == 25 ? '\n' : 'A' + i % 7));
		if (strncmp(name, "fields", 6) == 0)
			data.data[1] = ':';
		if (json || csv)
			data.data[0] = data.data[n - 1] = '"';
		if (name[0] == 'i') /* indented */
			for (i = 10; i + 2 < n; i += 40)
				memcpy(data.data + i, "\n ", 2);
		for (i = 1; i < f->lines; i++)
			data.data[i] = '\n';
		if (name[0] == 'p') /* paragraphs */
			for (i = 10; i + 2 < n; i += 40)
				data.data[i] = '\n';
		CHECK(framing_join(&join, data.data, n, &out) == 0);
		add(&set, data.data, n);
	}
	framing_join_flush(&join, &out);
	split(f, out.data, out.len, pattern, &r);
	CHECK(same(&set, &r.records));
	result_free(&r);
	framing_join_free(&join);
	set_free(&set);
	buf_free(&out);
	buf_free(&data);
}

static void
random_records(const char *name, int allow_short)
{
	struct framing f;
	size_t i, accepted = 0;

	named(&f, name);
	f.allow_short = allow_short;
	for (i = 0; i < 250; i++)
		accepted += round_trip(&f, name);
	CHECK(accepted > 250);
	if (accepted <= 250)
		printf("%s: only %zu records accepted\n", name, accepted);
	large(&f, name, 3000000, WHOLE);
	large(&f, name, 3000000, LARGE);
	large(&f, name, 60000, BYTES); /* this would take for ever if the cost were not linear */
	framing_free(&f);
}

static int
by_ere(const char *name)
{
	return strcmp(name, "regex") == 0 || strcmp(name, "start") == 0 || strcmp(name, "end") == 0;
}

/* Returns 1 if entry i is the one with a parameter of two of one name, else 0. */
static int
is_second(size_t i)
{
	return i > 0 && strcmp(framing_kind_at(i)->name, framing_kind_at(i - 1)->name) == 0;
}

static void
all_random(void)
{
	static const char *const more[] = { "delim:x", "delim:aa", "delim:aba", "delim:--\\n",
		"delim:\\n\\n\\na\\n\\n\\n", "fixed:1", "fixed:7", "fixed:300", "csv:;", "csv:\\t", "csv-crlf:a",
		"lines:1", "lines:2", "lines:3", "fields:mail", "fields:ldif",
		"start:^[a-mA]", "start:.", "end:^$|[n-zA-G]$", "end:[a-zA-G]$" };
	struct buf long_delim = { 0 };
	const struct framing_kind *kind;
	size_t i;

	for (i = 0; (kind = framing_kind_at(i)) != NULL; i++)
		if (strcmp(kind->name, "delim") != 0 && strcmp(kind->name, "fixed") != 0 && !by_ere(kind->name) &&
		    !is_second(i) && kind->split != NULL)
			random_records(kind->name, 0);
	for (i = 0; i < sizeof more / sizeof *more; i++)
		random_records(more[i], 0);
	random_records("fixed:7", 1);
	random_records("lines:3", 1);
	buf_adds(&long_delim, "delim:");
	for (i = 0; i < 300; i++)
		buf_addc(&long_delim, i % 7 == 6 ? 'b' : 'a');
	random_records(buf_string(&long_delim), 0);
	buf_free(&long_delim);
}

/*
 * Bytes that are in no particular framing: what is found must not depend on the pieces, and nothing
 * is read outside.
 */
static void
all_junk(void)
{
	size_t i, k;

	for (i = 0; framing_kind_at(i) != NULL; i++) {
		const char *name = framing_kind_at(i)->name;
		struct framing f;

		if (framing_kind_at(i)->split == NULL)
			continue; /* only written */
		named(&f, is_second(i) ? (*name == 'l' ? "lines:3" : "json:.a[]") :
		    strcmp(name, "delim") == 0	     ? "delim:ab" :
		    strcmp(name, "fixed") == 0       ? "fixed:5" :
		    strcmp(name, "regex") == 0       ? "regex:[,;]+|a*" :
		    strcmp(name, "start") == 0       ? "start:^[a-m]|^ " :
		    strcmp(name, "end") == 0         ? "end:[a-m]$" :
		                                       name);
		for (k = 0; k < 300; k++) {
			struct buf junk = { 0 };
			struct result r = { 0 };

			if (strcmp(name, "json-seq") == 0)
				buf_addc(&junk, 0x1E);
			if (f.path != NULL)
				buf_adds(&junk, unit_random(2) ? "{\"a\":[" : "{\"a");
			some_bytes(&junk, unit_random(50));
			split_all(&f, junk.len > 0 ? junk.data : "", junk.len, &r);
			result_free(&r);
			buf_free(&junk);
		}
		framing_free(&f);
	}
}

int
main(void)
{
	all_junk();
	all_random();
	return unit_end("framing");
}
