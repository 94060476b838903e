/* map_verbs: the list of rec-map's verbs, and how one is chosen and explained. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/vis.h"
#include "change/map_private.h"

static const struct map_verb *const verbs[] = {
	&map_change,
	&map_compact,
	&map_cut,
	&map_duplicate,
	&map_extract,
	&map_flatten,
	&map_gsub,
	&map_pretty,
	&map_print,
	&map_rename,
	&map_set,
	&map_specs,
	&map_split,
	&map_sub,
	&map_to,
	&map_unflatten,
	&map_xlate,
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* What other programs call these verbs. */
static const struct {
	const char *name, *instead;
} strangers[] = {
	{ "select", "cut" },
	{ "reorder", "cut" },
	{ "pick", "cut" },
	{ "put", "set" },
	{ "add", "set" },
	{ "mutate", "set" },
	{ "replace", "change" },
	{ "s", "sub" },
	{ "translate", "xlate" },
	{ "tr", "xlate" },
	{ "y", "xlate" },
	{ "nest", "split" },
	{ "explode", "split" },
	{ "drop", "cut -v" },
	{ "del", "cut -v" },
	{ "delete", "cut -v" },
	{ "json", "to json" },
	{ "csv", "to csv" },
	{ "tsv", "to tsv" },
	{ "upper", "xlate upper" },
	{ "lower", "xlate lower" },
	{ "printf", "print 'sprintf(FORMAT, VALUE, ...)'" },
};

static const struct {
	unsigned option;
	const char *written;
} options[] = {
	{ MAP_O, "-O" },
	{ MAP_F, "-F" },
	{ MAP_INVERT, "-v" },
	{ MAP_IGNORE_CASE, "-i" },
	{ MAP_NEED, "--need" },
	{ MAP_STRINGS, "--strings" },
	{ MAP_FILL, "--fill" },
	{ MAP_WITH, "--with" },
	{ MAP_SECOND, "--second" },
};

int
map_no_memory(struct buf *error)
{
	error->len = 0;
	(void)buf_adds(error, "out of memory");
	return -1;
}

int
map_no_memory_status(struct buf *error)
{
	(void)map_no_memory(error);
	return EX_OSERR;
}

int
map_words(char *const words[], size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		if ((i > 0 && buf_addc(out, ' ') < 0) || buf_adds(out, words[i]) < 0)
			return -1;
	return buf_terminate(out);
}

int
map_join(const struct map *m, struct buf *out, struct buf *error)
{
	if (*m->join != '\0' && range_separator(out, m->join, strlen(m->join), error) < 0)
		return -1;
	return buf_terminate(out) < 0 ? map_no_memory(error) : 0;
}

static const struct map_verb *
find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

int
map_choose(struct map *m, const char *name, struct buf *error)
{
	if ((m->verb = find(name)) != NULL)
		return 0;
	(void)vis_cut(error, name, strlen(name), 40, 0);
	for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
		if (strcmp(strangers[i].name, name) == 0) {
			(void)buf_addf(error, ": no such verb; it is %s here", strangers[i].instead);
			return -1;
		}
	if (*name == 's' && ispunct((unsigned char)name[1])) {
		size_t len = strlen(name);

		(void)buf_addf(error, ": no such verb; it is %ssub %.*s here", name[len - 1] == 'g' ? "g" : "",
		    (int)(len - 1 - (name[len - 1] == 'g')), name + 1);
		return -1;
	}
	(void)buf_adds(
	    error, *name == '.' ? ": no verb; the columns or members alone are cut " : ": no such verb; there are ");
	if (*name == '.')
		(void)vis_cut(error, name, strlen(name), 40, 0);
	for (size_t i = 0; i < VERBS && *name != '.'; i++)
		(void)buf_addf(error, "%s%s", i > 0 ? ", " : "", verbs[i]->name);
	return -1;
}

int
map_compile(struct map *m, unsigned given, char *const words[], size_t count, struct buf *error)
{
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if ((given & options[i].option & ~m->verb->options) != 0) {
			(void)buf_addf(error, "%s: %s does not take it", options[i].written, m->verb->name);
			return -1;
		}
	if (m->verb->compile(m, words, count, error) == 0)
		return 0;
	{
		const char *option = memmem(buf_string(error), error->len, ", or -e ", 8);
		struct buf line = { 0 };

		/* Of a word that is no string; but rec-map has no such option. */
		if (option != NULL)
			error->len = (size_t)(option - error->data);
		(void)buf_addf(&line, "%s: %s", m->verb->name, buf_string(error));
		buf_free(error);
		*error = line;
	}
	return -1;
}

int
map_help(const char *name, struct buf *out, struct buf *error)
{
	const struct map_verb *verb = name != NULL ? find(name) : NULL;
	int bad = 0;

	if (name != NULL && verb == NULL) {
		struct map none = { 0 };

		return map_choose(&none, name, error);
	}
	for (size_t i = 0; i < VERBS && name == NULL; i++)
		bad |= buf_addf(out, "%-11s %s\n", verbs[i]->name, verbs[i]->summary);
	if (verb != NULL)
		bad = buf_addf(out, "rec-map %s%s%s\n\n%s\n%s", verb->name, *verb->operands != '\0' ? " " : "",
		    verb->operands, verb->summary, verb->help);
	return bad != 0 ? map_no_memory(error) : 0;
}
