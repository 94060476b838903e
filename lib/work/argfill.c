/* argfill: see argfill.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "work/argfill.h"

void
argfill_look(struct argfill *f, char *const *words)
{
	f->words = words;
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strstr(words[i], "{}") != NULL) {
			f->takes = 1;
			f->within |= strcmp(words[i], "{}") != 0;
			f->varies |= i == 0;
		}
		if (strstr(words[i], "{%}") != NULL) {
			f->numbered = 1;
			f->varies |= i == 0;
		}
	}
}

static int
begin_word(struct argfill *f)
{
	return buf_add(&f->starts, &f->text.len, sizeof f->text.len);
}

/* Adds a record to the present word. Returns 0, or -1 with errno. */
static int
add_record(struct argfill *f, const struct block *b, uint32_t i)
{
	uint32_t start = block_start(b, i);

	if (memchr(b->payload + start, '\0', b->ends[i] - start) != NULL) {
		errno = EINVAL;
		return -1;
	}
	return buf_add(&f->text, b->payload + start, b->ends[i] - start);
}

/* Adds a word for each record. Returns 0, or -1 with errno. */
static int
add_records(struct argfill *f, const struct held *h)
{
	for (; h != NULL; h = h->next)
		for (uint32_t i = 0; i < h->block.count; i++)
			if (begin_word(f) < 0 || add_record(f, &h->block, i) < 0 || buf_addc(&f->text, '\0') < 0)
				return -1;
	return 0;
}

/* Adds a word, with the first record in place of {}. Returns 0, or -1 with errno. */
static int
add_word(struct argfill *f, const char *word, const struct held *h, size_t number)
{
	if (begin_word(f) < 0)
		return -1;
	while (*word != '\0') {
		const char *brace = strchr(word, '{');
		int bad;

		if (brace == NULL)
			brace = word + strlen(word);
		bad = buf_add(&f->text, word, (size_t)(brace - word));
		word = brace;
		if (strncmp(word, "{}", 2) == 0) {
			bad |= add_record(f, &h->block, 0);
			word += 2;
		} else if (strncmp(word, "{%}", 3) == 0) {
			bad |= buf_addf(&f->text, "%zu", number);
			word += 3;
		} else if (*word != '\0') {
			bad |= buf_addc(&f->text, *word++);
		}
		if (bad != 0)
			return -1;
	}
	return buf_addc(&f->text, '\0');
}

char *const *
argfill_words(struct argfill *f, const struct held *records, size_t number)
{
	size_t n, start;

	if (!f->takes && !f->numbered)
		return f->words;
	f->text.len = f->starts.len = 0;
	for (size_t i = 0; f->words[i] != NULL; i++) {
		int all = strcmp(f->words[i], "{}") == 0;

		if ((all ? add_records(f, records) : add_word(f, f->words[i], records, number)) < 0)
			return NULL;
	}
	n = f->starts.len / sizeof start;
	if (n + 1 > f->room) {
		char **more = reallocarray(f->argv, n + 1, sizeof *more);

		if (more == NULL)
			return NULL;
		f->argv = more;
		f->room = n + 1;
	}
	for (size_t i = 0; i < n; i++) {
		memcpy(&start, f->starts.data + i * sizeof start, sizeof start);
		f->argv[i] = f->text.data + start;
	}
	f->argv[n] = NULL;
	return f->argv;
}

void
argfill_free(struct argfill *f)
{
	buf_free(&f->text);
	buf_free(&f->starts);
	free(f->argv);
}
