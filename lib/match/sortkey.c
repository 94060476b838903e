/*
 * sortkey: see sortkey.h. The letters are cut off the words, which are then ranges: range.h reads
 * each piece up to the next letters, and these belong to its last part.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/bytemask.h"
#include "match/sortkey_private.h"

static const struct {
	char letter;
	unsigned set;
} letters[] = {
	{ 'n', SORTKEY_NUMERIC },
	{ 'r', SORTKEY_REVERSED },
	{ 'f', SORTKEY_FOLDED },
	{ 'V', SORTKEY_VERSION },
	{ 't', SORTKEY_TIME },
	{ 'h', SORTKEY_HUMAN },
};

/* ---- parsing ---- */

/* What is read of the words. */
struct reader {
	char **piece;     /* the words up to the next letters */
	size_t count;     /* of these */
	const char *word; /* the present word as it was given */
	struct buf *error;
};

static int
no_memory(struct buf *error)
{
	(void)buf_adds(error, strerror(ENOMEM));
	return -1;
}

/*
 * Returns the place of the next colon in the word before letters that end a key, or NULL. Names in
 * quotes have none.
 */
static char *
find_letters(char *p, size_t *n)
{
	int quoted = 0;

	for (; *p != '\0'; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		if (quoted || *p != ':')
			continue;
		for (*n = 0; isalpha((unsigned char)p[1 + *n]); ++*n)
			;
		if (*n > 0 && strchr(" \t\n,)", p[1 + *n]) != NULL)
			return p;
	}
	return NULL;
}

/* Reads n letters. Returns 0, or -1 with a line in error. */
static int
read_letters(const char *p, size_t n, unsigned *set, struct reader *r)
{
	const unsigned kinds = SORTKEY_NUMERIC | SORTKEY_VERSION | SORTKEY_TIME | SORTKEY_HUMAN;

	for (*set = 0; n > 0; n--, p++) {
		size_t i = 0;

		while (i < sizeof letters / sizeof letters[0] && letters[i].letter != *p)
			i++;
		if (i == sizeof letters / sizeof letters[0]) {
			if (*p == 'M') {
				(void)buf_addf(r->error,
				    "%s: no letter is for names of months: rec-map set makes numbers of them before it",
				    r->word);
				return -1;
			}
			(void)buf_addf(r->error,
			    "%s: after a colon come the letters n (numbers), r (reversed), f (any case), V (versions), t (times), h (sizes such as 2K)",
			    r->word);
			return -1;
		}
		*set |= letters[i].set;
	}
	if ((*set & kinds & ((*set & kinds) - 1)) != 0 || ((*set & kinds) != 0 && (*set & SORTKEY_FOLDED) != 0)) {
		(void)buf_addf(r->error, "%s: only one of the letters n, f, V, t and h, with r or without", r->word);
		return -1;
	}
	return 0;
}

/* Adds the parts of the piece; the last one gets the letters. */
static int
end_piece(struct sortkey *k, unsigned set, struct reader *r)
{
	size_t before = k->range.count;
	struct sortkey_part *more;

	if (r->count > 0 && range_all(&k->range, r->piece, r->count, r->error) < 0)
		return -1;
	r->count = 0;
	if (k->range.count == before)
		return 0;
	if ((more = reallocarray(k->parts, k->range.count, sizeof *more)) == NULL)
		return no_memory(r->error);
	k->parts = more;
	memset(more + before, 0, (k->range.count - before) * sizeof *more);
	more[k->range.count - 1].letters = set;
	return 0;
}

/* Takes a word, which is changed: whole, or in pieces with letters between them. */
static int
take_word(struct sortkey *k, char *word, struct reader *r)
{
	char *p = word, *colon, *end;
	unsigned set;
	size_t n;

	while ((colon = find_letters(p, &n)) != NULL) {
		end = colon + 1 + n;
		if (colon == p || strchr(" \t\n)", colon[-1]) != NULL || *end == ')') {
			(void)buf_addf(
			    r->error, "%s: letters come after one part, outside of parentheses: w1:n w3:nr", r->word);
			return -1;
		}
		if (read_letters(colon + 1, n, &set, r) < 0)
			return -1;
		*colon = '\0';
		r->piece[r->count++] = p;
		if (end_piece(k, set, r) < 0)
			return -1;
		p = end + strspn(end, " \t\n");
		if (*p != ',')
			continue;
		if (*++p == '\0') {
			(void)buf_addf(r->error, "%s: a part is expected after the comma", r->word);
			return -1;
		}
	}
	if (*p != '\0' || p == word)
		r->piece[r->count++] = p;
	return 0;
}

static void choose(struct sortkey *);

int
sortkey_parse(struct sortkey *k, const char *separator, char *const words[], size_t count, struct buf *error)
{
	struct reader r = { .error = error };
	size_t bytes = 0;
	char *copy = NULL, *at;
	int result = -1;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(words[i]) + 1;
	/* The words of a piece are fewer than the bytes. */
	r.piece = calloc(count + 1, sizeof *r.piece);
	copy = at = malloc(bytes + 1);
	if (r.piece == NULL || copy == NULL) {
		result = no_memory(error);
		goto end;
	}
	if (separator != NULL && range_fields(&k->range, separator, error) < 0)
		goto end;
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(words[i]) + 1;

		memcpy(at, words[i], len);
		r.word = words[i];
		if (take_word(k, at, &r) < 0)
			goto end;
		at += len;
	}
	if ((result = end_piece(k, 0, &r)) == 0)
		choose(k);
end:
	free(r.piece);
	free(copy);
	return result;
}

/* Chooses how parts are found and keys are made. */
static void
choose(struct sortkey *k)
{
	for (size_t i = 0; i < k->range.count; i++) {
		struct sortkey_part *p = &k->parts[i];

		p->way = range_short(&k->range, i, &p->separator, &p->n);
		p->json = range_is_json(&k->range, i);
		p->whole = range_is_whole(&k->range, i);
	}
	k->plain = k->range.count == 0 ||
	    (k->range.count == 1 && !k->parts[0].json && (k->parts[0].letters & ~(unsigned)SORTKEY_REVERSED) == 0);
	k->flip = k->plain && k->range.count > 0 && (k->parts[0].letters & SORTKEY_REVERSED) != 0;
}

int
sortkey_table(struct sortkey *k, const struct table *t, struct buf *error)
{
	int result = k->range.count > 0 ? range_table(&k->range, t, error) : 0;

	choose(k);
	return result;
}

int
sortkey_names(const struct sortkey *k)
{
	return range_names(&k->range);
}

void
sortkey_free(struct sortkey *k)
{
	range_free(&k->range);
	buf_free(&k->scratch);
	buf_free(&k->names);
	free(k->parts);
	free(k->members);
	memset(k, 0, sizeof *k);
}

/* ---- keys ---- */

/* Looks part i up, the short way if there is one. Returns 1, 0 or -1 as range_json does. */
static int
look_up(struct sortkey *k, size_t i, const char *data, size_t len, struct range_view *v, char *first)
{
	const struct sortkey_part *p = &k->parts[i];
	const char *begin = NULL, *stop = NULL;
	int there = -1;

	/* A record of no bytes has no parts, but is there itself. */
	if (p->whole) {
		*v = (struct range_view){ len > 0 ? data : "", len };
		return 1;
	}
	if (p->way == RANGE_LONG)
		return p->json ? range_json(&k->range, i, data, len, v, first) : range_view(&k->range, i, data, len, v);
	if (len == 0)
		there = 0;
	else if (p->way == RANGE_FIELD)
		there = bytemask_field(data, data + len, p->separator, p->n, &begin, &stop);
	else if (p->way == RANGE_WORD)
		there = bytemask_word(data, data + len, p->n, &begin, &stop);
	else
		there = bytemask_unquoted(data, data + len, p->separator, p->n, &begin, &stop);
	if (there < 0)
		return range_view(&k->range, i, data, len, v);
	*v = there ? (struct range_view){ begin, (size_t)(stop - begin) } : (struct range_view){ NULL, 0 };
	return there;
}

/* Appends the encoding of a part that is there, by its letters. */
static int
put_part(struct sortkey *k, const struct sortkey_part *p, const struct range_view *v, char first, struct buf *made)
{
	if ((p->letters & SORTKEY_NUMERIC) != 0)
		return sortkey_put_number(made, v->data, v->len);
	if ((p->letters & SORTKEY_VERSION) != 0)
		return sortkey_put_version(made, v->data, v->len);
	if ((p->letters & SORTKEY_TIME) != 0) {
		int result = sortkey_put_time(made, v->data, v->len);

		k->untimed += result > 0 && v->len > 0;
		return result < 0 ? -1 : 0;
	}
	if ((p->letters & SORTKEY_HUMAN) != 0)
		return sortkey_put_human(made, v->data, v->len);
	if (p->json && first != '"')
		return sortkey_put_json(k, made, v->data, v->len, p->letters);
	if (buf_addc(made, p->json ? SORTKEY_JSON_STRING : 1) < 0)
		return -1;
	return sortkey_put_string(made, v->data, v->len, p->letters);
}

static int
make(struct sortkey *k, const char *data, size_t len, struct buf *made)
{
	for (size_t i = 0; i < k->range.count; i++) {
		const struct sortkey_part *p = &k->parts[i];
		size_t from = made->len;
		struct range_view v;
		char first = 0;
		int there = look_up(k, i, data, len, &v, &first);

		/* null is a value that is not there. */
		if (there > 0 && p->json && first == 'n' && v.len == 4 && memcmp(v.data, "null", 4) == 0)
			there = 0;
		if (there < 0 || (there > 0 ? put_part(k, p, &v, first, made) : buf_addc(made, '\0')) < 0)
			return -1;
		if ((p->letters & SORTKEY_REVERSED) != 0)
			for (size_t at = from; at < made->len; at++)
				made->data[at] = (char)~made->data[at];
	}
	return 0;
}

int
sortkey_make(struct sortkey *k, const char *data, size_t len, struct buf *made, struct range_view *key)
{
	char first;

	made->len = 0;
	if (k->range.count == 0) {
		*key = (struct range_view){ data, len };
		return 0;
	}
	if (!k->plain) {
		if (make(k, data, len, made) < 0)
			return -1;
	} else {
		if (look_up(k, 0, data, len, key, &first) < 0)
			return -1;
		/* What was unescaped is in memory that the next record needs. */
		if (key->data == NULL ||
		    ((uintptr_t)key->data >= (uintptr_t)data &&
			(uintptr_t)key->data + key->len <= (uintptr_t)data + len))
			return 0;
		if (buf_reserve(made, key->len + 1) < 0 || buf_add(made, key->data, key->len) < 0)
			return -1;
	}
	*key = (struct range_view){ made->data, made->len };
	return 0;
}
