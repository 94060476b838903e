/*
 * framing: framings by their names, and what a command may ask of one. framing_kind.c has the
 * table; framing_split.c cuts bytes into records, framing_join.c makes bytes of records.
 */
#include <string.h>
#include <strings.h>

#include "framing/framing.h"
#include "framing/framing_private.h"

/* Formats that people know by other names than those of framings. */
static const struct {
	const char *name, *framing;
} formats[] = {
	{ "line", "lines" },
	{ "field", "fields" },
	{ "dpkg", "fields" },
	{ "deb822", "fields" },
	{ "mail", "fields:mail" },
	{ "ldif", "fields:ldif" },
	{ "fastq", "lines:4" },
	{ "jsonlines", "jsonl" },
};

/* Returns 1 if the kind has that name, else 0. */
static int
is_called(const struct framing_kind *k, const char *name, size_t len)
{
	return (strlen(k->name) == len && memcmp(k->name, name, len) == 0) ||
	    (k->also != NULL && strlen(k->also) == len && memcmp(k->also, name, len) == 0);
}

int
framing_init(struct framing *f, const char *name, struct buf *error)
{
	const char *colon = strchr(name, ':');
	const struct framing_kind *k;
	const struct framing_kind *next;
	size_t i, len = colon != NULL ? (size_t)(colon - name) : strlen(name);

	*f = (struct framing){ 0 };
	for (i = 0; (k = framing_kind_at(i)) != NULL; i++) {
		if (!is_called(k, name, len))
			continue;
		if (colon != NULL && (next = framing_kind_at(i + 1)) != NULL && strcmp(k->name, next->name) == 0)
			k = next;
		if (k->init == NULL && colon != NULL) {
			buf_addf(error, "%s: this framing has no parameter: write %s", name, k->name);
			return -1;
		}
		f->kind = k;
		if (buf_adds(&f->name, colon != NULL ? name : k->name) == -1 || buf_terminate(&f->name) == -1) {
			buf_adds(error, framing_no_memory);
			framing_free(f);
			return -1;
		}
		if (k->init != NULL && k->init(f, colon != NULL ? colon + 1 : NULL, error) == -1) {
			framing_free(f);
			return -1;
		}
		return 0;
	}
	for (i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcasecmp(formats[i].name, name) == 0) {
			buf_addf(error, "%s: no such framing, but %s", name, formats[i].framing);
			return -1;
		}
	for (i = 0; (k = framing_kind_at(i)) != NULL; i++)
		if ((strlen(k->name) == len && strncasecmp(k->name, name, len) == 0) ||
		    (k->also != NULL && strlen(k->also) == len && strncasecmp(k->also, name, len) == 0)) {
			buf_addf(error, "%s: no such framing, but %s", name, k->name);
			return -1;
		}
	buf_addf(error, "%s: no such framing; there are", name);
	for (i = 0; (k = framing_kind_at(i)) != NULL; i++)
		buf_addf(error, " %s", k->parameter != NULL ? k->parameter : k->name);
	return -1;
}

int
framing_option(struct framing *f, int letter, const char *argument, struct buf *error)
{
	static const struct {
		int letter;
		const char *kind;
	} sugar[] = { { 'd', "delim" }, { FRAMING_REGEX, "regex" }, { FRAMING_START, "start" },
		{ FRAMING_END, "end" } };
	const char *name = letter == '0' ? "nul" : letter == 'p' ? "paragraphs" : argument;
	int allow_short = f->allow_short, result;
	struct buf whole = { 0 };

	if (f->kind != NULL) {
		buf_adds(error, "more than one framing is named");
		return -1;
	}
	for (size_t i = 0; i < sizeof sugar / sizeof *sugar; i++) {
		if (letter != sugar[i].letter)
			continue;
		if (buf_addf(&whole, "%s:%s", sugar[i].kind, argument) < 0) {
			buf_adds(error, framing_no_memory);
			return -1;
		}
		name = buf_string(&whole);
	}
	result = framing_init(f, name, error);
	f->allow_short = allow_short;
	buf_free(&whole);
	return result;
}

void
framing_free(struct framing *f)
{
	buf_free(&f->delim);
	buf_free(&f->name);
	ere_free(&f->ere);
	framing_path_free(f->path);
	*f = (struct framing){ 0 };
}

enum framing_strictness
framing_usual(const struct framing *f)
{
	return framing_kind(f) == framing_kind_at(0) || !framing_splits(f) ? FRAMING_AS_IS : FRAMING_STRICT;
}

int
framing_splits(const struct framing *f)
{
	return framing_kind(f)->only_joins == NULL;
}

int
framing_joins(const struct framing *f)
{
	return framing_kind(f)->only_read == NULL;
}

const char *
framing_instead(const struct framing *f)
{
	const struct framing_kind *k = framing_kind(f);

	return k->only_read != NULL ? k->only_read : k->only_joins;
}

int
framing_has_rows(const struct framing *f)
{
	return framing_kind(f)->rows;
}

const char *
framing_name(const struct framing *f)
{
	const struct framing_kind *k = framing_kind(f);

	return f->name.len > 0 ? f->name.data : k->name;
}

int
framing_is_text(const struct framing *f)
{
	const struct framing_kind *k = framing_kind(f);

	return k->lines > 0 || k->marked || k->split == framing_split_json_seq || f->rows;
}

int
framing_sets_aside(const struct framing *f)
{
	return framing_kind(f)->resume != NULL;
}

int
framing_strict(const struct framing *f)
{
	return framing_kind(f)->split == framing_split_csv || framing_kind(f)->split == framing_split_tsv;
}

int
framing_idles(const struct framing *f)
{
	return framing_kind(f)->idle != NULL;
}

int
framing_gap(const struct framing *f, unsigned char *byte)
{
	const struct framing_kind *k = framing_kind(f);
	const char *bytes = NULL;
	size_t len = 0;

	if (k->gap == -1)
		return -1;
	/* fixed has no terminator, and so a gap of 0. */
	if (framing_terminator(f, &bytes, &len) && len > 255)
		return -1;
	if (len == 1)
		*byte = (unsigned char)*bytes;
	return (int)len;
}

int
framing_terminator(const struct framing *f, const char **bytes, size_t *len)
{
	const struct framing_kind *k = framing_kind(f);

	if (k->join != NULL || k->only_read)
		return 0;
	*bytes = f->delim.len > 0 ? f->delim.data : k->terminator != NULL ? k->terminator : "";
	*len = f->delim.len > 0 ? f->delim.len : k->terminator_len;
	return 1;
}
