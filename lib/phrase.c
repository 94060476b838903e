/* phrase: see phrase.h. */

#include <stdlib.h>

#include "phrase.h"

/* Takes one of the phrase's own options: 1; 0 for another one. */
static int
take(struct phrase *p, int c, char *argument)
{
	char **more;

	switch (c) {
	case 'e':
		if ((more = reallocarray(p->texts, p->count + 1, sizeof *more)) == NULL) {
			p->bad = 1;
			break;
		}
		p->texts = more;
		p->texts[p->count++] = argument;
		break;
	case 'i':
		p->select.ignore_case = 1;
		break;
	default:
		return 0;
	}
	p->options++;
	return 1;
}

int
phrase_getopt(struct phrase *p, int argc, char **argv, const char *letters, const struct option *longs)
{
	int c;

	/*
	 * Behind an operand that the caller has taken getopt begins anew (optind 0 says so), with the words from there on: it must
	 * not remember a -- that stood before, nor put the operand elsewhere.
	 */
	if (p->ended) {
		p->ended = 0;
		p->skip = optind - 1;
		optind = p->skip;
	}
	do {
		int next = optind > p->skip ? optind : p->skip + 1;

		if (p->select.verb != NULL && next < argc && argv[next][0] == '-' && argv[next][1] >= '0' && argv[next][1] <= '9') {
			optind = next;
			c = -1;
			break;
		}
		optind -= p->skip;
		c = getopt_long(argc - p->skip, argv + p->skip, letters, longs, NULL);
		optind += p->skip;
	} while (c != -1 && take(p, c, optarg));
	p->ended = c == -1;
	return c;
}

int
phrase_verb(struct phrase *p, const char *name, struct buf *error)
{
	return select_verb(&p->select, name, error);
}

int
phrase_operands(struct phrase *p, char *const words[], size_t count, struct buf *error)
{
	for (size_t i = 0; i < p->count; i++)
		p->bad |= select_text(&p->select, p->texts[i]) < 0;
	if (p->bad) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	return select_operands(&p->select, words, count, error);
}

void
phrase_free(struct phrase *p)
{
	select_free(&p->select);
	free(p->texts);
}
