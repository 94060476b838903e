/*
 * framing_fields: paragraphs of fields, against a parser that looks at the whole input line by
 * line: random lines, right and wrong ones, in pieces of every pattern. The records, and the place
 * and the reason of the first fault, are the same. What is set aside is the paragraph of the fault,
 * and all others are found.
 */
#include "unit/framing/framing_cut.h"

enum { PLAIN, MAIL, LDIF };

static const char *const names[] = { "fields", "fields:mail", "fields:ldif" };

/* What the other parser finds. */
struct reading {
	struct set records;
	struct set bad;   /* paragraphs with a fault, without the end of their last line */
	struct buf error; /* about the first of them */
};

/* One paragraph, while its lines are read. */
struct open {
	size_t from;      /* where it begins */
	int lines, fields, more, coded;
	size_t coded_at, coded_line;
	struct buf code;  /* the value that should be base64, so far */
	const char *wrong;
	size_t at, line;  /* of what is wrong */
	int version;      /* 1: its last line is a version of LDIF */
	int versions;     /* how many lines are */
};

static void
blame(struct open *p, const char *wrong, size_t at, size_t line)
{
	if (p->wrong != NULL)
		return;
	p->wrong = wrong;
	p->at = at;
	p->line = line;
}

/* RFC 4648, section 4, with all that section 3 lets a reader demand. */
static int
is_base64(const char *p, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t padding = 0, last;

	if (n % 4 != 0)
		return 0;
	while (padding < 2 && n > 0 && p[n - 1] == '=') {
		padding++;
		n--;
	}
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\0' || strchr(letters, p[i]) == NULL)
			return 0;
	last = padding > 0 ? (size_t)(strchr(letters, p[n - 1]) - letters) : 0;
	return padding == 0 || (padding == 1 ? last % 4 == 0 : last % 16 == 0);
}

/* The field that was open is complete. */
static void
end_value(struct open *p)
{
	size_t n = 0;

	if (p->coded) {
		while (n < p->code.len && p->code.data[n] == ' ')
			n++;
		if (!is_base64(p->code.len > 0 ? p->code.data + n : "", p->code.len - n))
			blame(p, "a value that is not base64", p->coded_at, p->coded_line);
	}
	p->coded = 0;
	p->code.len = 0;
}

/* version: 12, in any case, with any spaces after the colon. */
static int
is_version(const char *line, size_t n)
{
	size_t i = 8;

	if (n < i || strncasecmp(line, "version:", i) != 0)
		return 0;
	while (i < n && line[i] == ' ')
		i++;
	if (i == n)
		return 0;
	while (i < n && line[i] >= '0' && line[i] <= '9')
		i++;
	return i == n;
}

/* Reads a line that is not empty, without its end. */
static void
read_line(struct open *p, int kind, const char *line, size_t n, size_t at, size_t number)
{
	size_t colon = 0, name;
	int blank = line[0] == ' ' || (line[0] == '\t' && kind != LDIF);

	p->lines++;
	if (blank) {
		size_t i = 0;

		while (i < n && strchr(" \t\r", line[i]) != NULL && line[i] != '\0')
			i++;
		if (kind == PLAIN && i == n)
			blame(p, "a line of nothing but blanks", at, number);
		else if (!p->more)
			blame(p, "a continuation without a field before it", at, number);
		if (p->coded)
			buf_add(&p->code, line + 1, n - 1);
		p->fields += p->version; /* no version goes on */
		return;
	}
	end_value(p);
	p->more = 1;
	p->version = 0;
	if (kind == LDIF && line[0] == '#')
		return;
	if (kind == LDIF && n == 1 && line[0] == '-') {
		p->more = 0;
		return;
	}
	while (colon < n && line[colon] != ':')
		colon++;
	if (colon == n) {
		blame(p, "a line without a colon", at, number);
		return;
	}
	for (name = colon; kind != LDIF && name > 0 && (line[name - 1] == ' ' || line[name - 1] == '\t');)
		name--;
	if (name == 0)
		blame(p, "a field without a name", at, number);
	for (size_t i = 0; i < name; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c == ' ' || c == '\t') {
			if (kind != PLAIN)
				blame(p, "a blank in the name of a field", at + i, number);
		} else if (c < ' ' || c == 0x7F) {
			blame(p, "a control byte in the name of a field", at + i, number);
		} else if (c >= 0x80 && kind != PLAIN) {
			blame(p, "a byte that is not ASCII in the name of a field", at + i, number);
		}
	}
	if (kind == LDIF && p->versions == 0 && is_version(line, n)) {
		p->version = 1;
		p->versions++;
	} else {
		p->fields++;
	}
	if (kind == LDIF && colon + 1 < n && line[colon + 1] == ':') {
		p->coded = 1;
		p->coded_at = at;
		p->coded_line = number;
		buf_add(&p->code, line + colon + 2, n - colon - 2);
	}
}

/*
 * The paragraph ends at `end`, without the newline of its last line, which is there if end < len.
 */
static void
end_paragraph(struct open *p, const char *data, size_t end, size_t len, struct reading *r)
{
	if (p->lines > 0) {
		end_value(p);
		if (p->wrong != NULL) {
			size_t stop = end;

			if (r->error.len == 0)
				buf_addf(&r->error, "record %zu at byte %zu (line %zu): %s", count(&r->records), p->at, p->line,
				    p->wrong);
			if (end < len && stop > p->from && data[stop - 1] == '\r')
				stop--;
			add(&r->bad, data + p->from, stop - p->from);
		} else if (p->fields > 0) {
			add(&r->records, data + p->from, end - p->from);
		}
	}
	buf_free(&p->code);
	*p = (struct open){ 0 };
}

/* Reads all, or, unless `on`, up to the first fault. */
static void
read_all(int kind, const char *data, size_t len, int on, struct reading *r)
{
	struct open p = { 0 };
	size_t number = 1;

	for (size_t at = 0, next; at < len && (on || r->error.len == 0); at = next, number++) {
		const char *newline = memchr(data + at, '\n', len - at);
		size_t end = newline != NULL ? (size_t)(newline - data) : len, n = end - at;

		next = newline != NULL ? end + 1 : len;
		n -= n > 0 && data[end - 1] == '\r';
		if (n == 0) {
			end_paragraph(&p, data, at > 0 ? at - 1 : 0, len, r);
			continue;
		}
		if (p.lines == 0)
			p.from = at;
		read_line(&p, kind, data + at, n, at, number);
		if (p.wrong != NULL && !on)
			end_paragraph(&p, data, end, len, r);
	}
	end_paragraph(&p, data, len - (len > 0 && data[len - 1] == '\n'), len, r);
}

static void
some_lines(struct buf *out)
{
	static const char *const lines[] = { "a: b", "B-c:", "d:e:f ", " more", "\tmore", "  ", "#c: d", "v:: YWI=", "w:: YW", " I=",
		"version: 1", "Version:", "VERSION:  2", "version: 1x", "-", "", "", "", "", "a b: c", "no", ":",
		"x\x01:", "\xC3\xA4:", "\r" };
	size_t kinds = unit_random(3) == 0 ? sizeof lines / sizeof *lines : 19, crlf = unit_random(3);

	for (size_t n = unit_random(14); n > 0; n--) {
		if (unit_random(12) == 0)
			for (size_t k = unit_random(6); k > 0; k--)
				buf_addc(out, "a: \t\r\n#:-="[unit_random(10)]);
		else
			buf_adds(out, lines[unit_random(kinds)]);
		buf_adds(out, crlf == 0 || (crlf == 1 && unit_random(2)) ? "\r\n" : "\n");
	}
	if (out->len > 0 && unit_random(3) == 0)
		out->len -= 1 + unit_random(out->len < 3 ? out->len : 3);
}

/* Splits with what is wrong set aside, in pieces. */
static void
split_aside(const struct framing *f, const char *data, size_t len, struct set *records, struct set *bad)
{
	uint32_t starts[8], ends[8];
	struct framing_split s = { .framing = f, .aside = 1 };
	struct framing_found found = { .starts = starts, .ends = ends, .max = 8 };
	size_t at = 0, to = 0;

	for (;;) {
		char *copy = malloc(to - at + 1);

		if (copy == NULL)
			abort();
		memcpy(copy, data + at, to - at);
		CHECK(framing_split(&s, copy, to - at, to == len, &found) == 0);
		for (size_t i = 0; i < found.count; i++)
			add(records, copy + starts[i], ends[i] - starts[i]);
		if (found.bad)
			add(bad, copy + found.bad_from, found.bad_to - found.bad_from);
		free(copy);
		at += found.used;
		if (found.used > 0 || found.count == found.max)
			continue;
		if (to == len)
			break;
		to += 1 + unit_random(9);
		to = to < len ? to : len;
	}
	CHECK(at == len);
	framing_split_free(&s);
}

static void
compare(int kind, const char *data, size_t len)
{
	struct framing f;
	struct result r = { 0 };
	struct reading want = { 0 }, all = { 0 };
	struct set records = { 0 }, bad = { 0 };
	int good;

	named(&f, names[kind]);
	split_all(&f, data, len, &r);
	read_all(kind, data, len, 0, &want);
	good = same(&r.records, &want.records) && equal(&r.error, &want.error);
	CHECK(good);
	if (!good)
		printf("%s: \"%.*s\"\n  %zu records, %s\n  wanted %zu, %s\n", names[kind], (int)len, data, count(&r.records),
		    buf_string(&r.error), count(&want.records), buf_string(&want.error));
	split_aside(&f, data, len, &records, &bad);
	read_all(kind, data, len, 1, &all);
	good = same(&records, &all.records) && same(&bad, &all.bad);
	CHECK(good);
	if (!good)
		printf("%s: \"%.*s\"\n  %zu records and %zu set aside, not %zu and %zu\n", names[kind], (int)len, data,
		    count(&records), count(&bad), count(&all.records), count(&all.bad));
	result_free(&r);
	set_free(&want.records);
	set_free(&want.bad);
	buf_free(&want.error);
	set_free(&all.records);
	set_free(&all.bad);
	buf_free(&all.error);
	set_free(&records);
	set_free(&bad);
	framing_free(&f);
}

int
main(void)
{
	while (unit_round()) {
		struct buf data = { 0 };

		some_lines(&data);
		compare((int)unit_random(3), data.data != NULL ? data.data : "", data.len);
		buf_free(&data);
	}
	return unit_end("framing_fields");
}
