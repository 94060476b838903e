/*
 * framing_kind: the table of framings, and how the parameters of their names are read.
 */
#include <string.h>

#include "base/escape.h"
#include "base/num.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

static int init_delim(struct framing *, const char *, struct buf *);
static int init_fixed(struct framing *, const char *, struct buf *);
static int init_groups(struct framing *, const char *, struct buf *);
static int init_csv(struct framing *, const char *, struct buf *);
static int init_fields(struct framing *, const char *, struct buf *);
static int init_ere(struct framing *, const char *, struct buf *);

#define ENDED_BY(bytes) .terminator = bytes, .terminator_len = sizeof bytes - 1
#define PREFIX(bytes, is_little, longest, text)                                                                      \
	.gap = -1, .width = bytes, .little = is_little, .split = framing_split_counted, .head = framing_head_prefix, \
	.join = framing_join_prefix, .max = longest, .too_long = text
#define LONGEST_U32 "it is longer than the 4294967294 bytes that its prefix can hold"

static const struct framing_kind kinds[] = {
	{ .name = "lines",
	    ENDED_BY("\n"),
	    .gap = 1,
	    .rows = 1,
	    .split = framing_split_byte,
	    .check = framing_check_delim },
	{ .name = "lines",
	    .parameter = "lines:N",
	    .init = init_groups,
	    ENDED_BY("\n"),
	    .gap = 1,
	    .slack = 1,
	    .split = framing_split_groups,
	    .check = framing_check_groups },
	{ .name = "crlf",
	    ENDED_BY("\r\n"),
	    .gap = 2,
	    .slack = 1,
	    .split = framing_split_crlf,
	    .check = framing_check_delim },
	{ .name = "nul", ENDED_BY("\0"), .gap = 1, .split = framing_split_byte, .check = framing_check_delim },
	{ .name = "delim",
	    .parameter = "delim:STRING",
	    .init = init_delim,
	    .split = framing_split_delim,
	    .check = framing_check_delim },
	{ .name = "paragraphs",
	    ENDED_BY("\n\n"),
	    .gap = -1,
	    .slack = 1,
	    .split = framing_split_paragraphs,
	    .idle = framing_idle_lines,
	    .check = framing_check_paragraph },
	{ .name = "indented",
	    ENDED_BY("\n"),
	    .gap = 1,
	    .slack = 1,
	    .split = framing_split_indented,
	    .idle = framing_idle_lines,
	    .check = framing_check_indented },
	{ .name = "fixed",
	    .parameter = "fixed:N",
	    .init = init_fixed,
	    .split = framing_split_fixed,
	    .check = framing_check_fixed },
	{ .name = "words", ENDED_BY("\n"), .gap = -1, .split = framing_split_words, .check = framing_check_word },
	{ .name = "escaped",
	    .gap = -1,
	    .lines = 2,
	    .split = framing_split_escaped,
	    .resume = framing_resume_line,
	    .join = framing_join_escaped },
	{ .name = "netstring",
	    .gap = -1,
	    .split = framing_split_counted,
	    .head = framing_head_netstring,
	    .terminator_len = 1,
	    .join = framing_join_netstring },
	{ .name = "u8", PREFIX(1, 0, UINT8_MAX, "it is longer than the 255 bytes that its prefix can hold") },
	{ .name = "u16be", PREFIX(2, 0, UINT16_MAX, "it is longer than the 65535 bytes that its prefix can hold") },
	{ .name = "u16le", PREFIX(2, 1, UINT16_MAX, "it is longer than the 65535 bytes that its prefix can hold") },
	{ .name = "u32be", PREFIX(4, 0, UINT32_MAX - 1, LONGEST_U32) },
	{ .name = "u32le", PREFIX(4, 1, UINT32_MAX - 1, LONGEST_U32) },
	{ .name = "u64be", PREFIX(8, 0, 0, NULL) },
	{ .name = "u64le", PREFIX(8, 1, 0, NULL) },
	{ .name = "varint",
	    .gap = -1,
	    .split = framing_split_counted,
	    .head = framing_head_varint,
	    .join = framing_join_varint },
	{ .name = "v",
	    .gap = -1,
	    .split = framing_split_v,
	    .join = framing_join_v,
	    .max = FRAMING_RDW_MAX - 4,
	    .too_long = "it is longer than the 32756 bytes of a record of format V" },
	{ .name = "vb",
	    .gap = -1,
	    .split = framing_split_v,
	    .join = framing_join_vb,
	    .max = FRAMING_RDW_MAX - 8,
	    .too_long = "it is longer than the 32752 bytes of a record of format VB",
	    .blocks = 1 },
	{ .name = "csv",
	    .parameter = "csv:SEP",
	    .init = init_csv,
	    .rows = 1,
	    ENDED_BY("\n"),
	    .gap = -1,
	    .slack = 1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_csv,
	    .resume = framing_resume_row,
	    .check = framing_check_csv },
	{ .name = "csv-crlf",
	    .parameter = "csv-crlf:SEP",
	    .init = init_csv,
	    .rows = 1,
	    ENDED_BY("\r\n"),
	    .gap = -1,
	    .slack = 1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_csv,
	    .resume = framing_resume_row,
	    .check = framing_check_csv },
	{ .name = "tsv",
	    ENDED_BY("\n"),
	    .gap = -1,
	    .rows = 1,
	    .slack = 1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_tsv,
	    .resume = framing_resume_row,
	    .check = framing_check_tsv },
	{ .name = "json",
	    ENDED_BY("\n"),
	    .gap = -1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_json,
	    .resume = framing_resume_json,
	    .check = framing_check_json },
	{ .name = "json",
	    .parameter = "json:.PATH[]",
	    .init = framing_path_init,
	    .gap = -1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_elements,
	    .only_read = "it only splits bytes; -f json and -f jsonl write what are values of JSON" },
	{ .name = "jsonl",
	    .also = "ndjson",
	    .gap = -1,
	    .rows = 2,
	    .slack = 1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_checked,
	    .line = framing_line_jsonl,
	    .resume = framing_resume_line,
	    .check = framing_check_jsonl,
	    .join = framing_join_jsonl },
	{ .name = "json-seq",
	    .gap = -1,
	    .split = framing_split_json_seq,
	    .check = framing_check_json,
	    .join = framing_join_json_seq },
	{ .name = "logfmt",
	    ENDED_BY("\n"),
	    .gap = -1,
	    .rows = 1,
	    .slack = 1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_checked,
	    .line = framing_line_logfmt,
	    .resume = framing_resume_line,
	    .check = framing_check_logfmt },
	{ .name = "fields",
	    .parameter = "fields:KIND",
	    .init = init_fields,
	    .gap = -1,
	    .marked = 1,
	    .lines = 1,
	    .split = framing_split_fields,
	    .resume = framing_resume_fields,
	    .idle = framing_idle_fields,
	    .check = framing_check_fields,
	    .join = framing_join_fields },
	{ .name = "none",
	    ENDED_BY(""),
	    .check = framing_check_none,
	    .only_joins = "it only joins records, because nothing says where one ends" },
	{ .name = "regex",
	    .parameter = "regex:ERE",
	    .init = init_ere,
	    .gap = -1,
	    .split = framing_split_regex,
	    .idle = framing_idle_regex,
	    .only_read = "it only splits bytes, because it does not say what to write; "
			 "-d STR writes STR after each record" },
	{ .name = "start",
	    .parameter = "start:ERE",
	    .init = init_ere,
	    ENDED_BY("\n"),
	    .gap = 1,
	    .slack = 1,
	    .split = framing_split_start,
	    .idle = framing_idle_lines,
	    .check = framing_check_start },
	{ .name = "end",
	    .parameter = "end:ERE",
	    .init = init_ere,
	    ENDED_BY("\n"),
	    .gap = 1,
	    .slack = 1,
	    .split = framing_split_end,
	    .idle = framing_idle_lines,
	    .check = framing_check_end },
};

/* Appends text to out with its C escapes replaced. Returns 0, or -1 with a line in error. */
static int
add_unescaped(struct buf *out, const char *name, const char *text, struct buf *error)
{
	const char *wrong = escape_decode(out, text);

	if (wrong == NULL)
		return 0;
	if (*wrong == '\\')
		buf_addf(error, "%s: \"%.2s\" is no escape: \\a \\b \\f \\n \\r \\t \\v \\\\ \\ooo \\xHH are", name,
		    wrong);
	else
		buf_addf(error, "%s: %s", name, framing_no_memory);
	return -1;
}

/*
 * Gives the framing its name: that of its kind, with bytes as the parameter, in printable
 * characters. Returns 0, or -1 with a line in error.
 */
static int
spell(struct framing *f, const char *bytes, size_t n, struct buf *error)
{
	int bad = 0;

	f->name.len = 0;
	bad |= buf_addf(&f->name, "%s:", f->kind->name);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		bad |= c == '\t'                                ? buf_adds(&f->name, "\\t") :
		    c < ' ' || c >= 0x7F || c == '\\' ? buf_addf(&f->name, "\\x%02X", c) :
						       buf_addc(&f->name, (char)c);
	}
	if (bad == 0 && buf_terminate(&f->name) == 0)
		return 0;
	(void)buf_addf(error, "%s: %s", f->kind->name, framing_no_memory);
	return -1;
}

static int
init_delim(struct framing *f, const char *parameter, struct buf *error)
{
	if (parameter == NULL || *parameter == '\0') {
		buf_adds(error, "delim: a delimiter is needed: delim:STRING");
		return -1;
	}
	if (add_unescaped(&f->delim, "delim", parameter, error) == -1)
		return -1;
	return spell(f, f->delim.data, f->delim.len, error);
}

static int
init_fixed(struct framing *f, const char *parameter, struct buf *error)
{
	uint64_t n;

	if (parameter == NULL || *parameter == '\0') {
		buf_adds(error, "fixed: a width is needed: fixed:80");
		return -1;
	}
	if (num_size(parameter, UINT32_MAX - 256, &n) == -1 || n == 0) {
		buf_addf(error, "fixed: %s: the width is a number of bytes from 1 on: fixed:80, fixed:4K", parameter);
		return -1;
	}
	f->width = (uint32_t)n;
	return 0;
}

static int
init_groups(struct framing *f, const char *parameter, struct buf *error)
{
	uint64_t n;

	if (num_count(parameter, UINT32_MAX, &n) < 0 || n == 0) {
		(void)buf_addf(error, "lines:%s: the number of lines in a record is expected, such as lines:4", parameter);
		return -1;
	}
	f->lines = (uint32_t)n;
	return 0;
}

static int
init_csv(struct framing *f, const char *parameter, struct buf *error)
{
	struct buf separator = { 0 };
	int status = 0;

	f->separator = ',';
	if (parameter == NULL)
		return 0;
	if (add_unescaped(&separator, f->kind->name, parameter, error) == -1) {
		status = -1;
	} else if (separator.len != 1 || strchr("\"\r\n", *separator.data) != NULL) {
		/* strchr finds NUL too, which is no text as a separator. */
		buf_addf(error, "%s: the separator is one byte, not a quote or a line's end: %s:';', %s:'\\t'",
		    f->kind->name, f->kind->name, f->kind->name);
		status = -1;
	} else {
		status = framing_separate(f, *separator.data, error);
	}
	buf_free(&separator);
	return status;
}

int
framing_separate(struct framing *f, char separator, struct buf *error)
{
	f->separator = separator;
	return spell(f, &separator, 1, error);
}

static int
init_fields(struct framing *f, const char *parameter, struct buf *error)
{
	if (fields_kind(f->name.data, &f->fields))
		return 0;
	(void)buf_addf(error, "fields:%s: there are fields, fields:mail and fields:ldif", parameter);
	return -1;
}

static int
init_ere(struct framing *f, const char *parameter, struct buf *error)
{
	struct buf why = { 0 };
	int status;

	if (parameter == NULL || *parameter == '\0') {
		buf_addf(error, "%s: a regular expression is needed: %s", f->kind->name, f->kind->parameter);
		return -1;
	}
	if ((status = ere_compile(&f->ere, parameter, strlen(parameter), ere_locale_flags(), &why)) == -1)
		buf_addf(error, "%s: %s: %s", f->kind->name, parameter, buf_string(&why));
	buf_free(&why);
	return status;
}

const struct framing_kind *
framing_kind_at(size_t i)
{
	return i < sizeof kinds / sizeof *kinds ? &kinds[i] : NULL;
}

const struct framing_kind *
framing_kind(const struct framing *f)
{
	return f->kind != NULL ? f->kind : &kinds[0];
}
