/* map_duplicate: the verb duplicate of CMS Pipelines: further copies of each record. */

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "change/map_private.h"

struct duplicate {
	uint64_t copies;
};

static void
duplicate_free(struct map *m)
{
	free(m->job);
	m->job = NULL;
}

static int
duplicate_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct duplicate *d = calloc(1, sizeof *d);

	m->job = d;
	if (d == NULL)
		return map_no_memory(error);
	d->copies = 1;
	if (count > 1 || (count == 1 && num_count(words[0], UINT32_MAX, &d->copies) < 0)) {
		(void)buf_addf(error, "%s: the number of further copies of each record is expected", words[count - 1]);
		return -1;
	}
	return 0;
}

static int
duplicate_bind(struct map *m, const struct table *in, struct buf *error)
{
	(void)m;
	(void)in;
	(void)error;
	return 0;
}

static const char *
duplicate_apply(struct map *m, const struct rec *r)
{
	const struct duplicate *d = m->job;

	for (uint64_t i = 0; i <= d->copies; i++) {
		const char *why;

		if (r->len > 0 && buf_add(map_bytes(m), r->data, r->len) < 0)
			return "";
		if ((why = map_record(m, r)) != NULL)
			return why;
	}
	return NULL;
}

const struct map_verb map_duplicate = {
	.name = "duplicate",
	.operands = "[N]",
	.summary = "each record and N further copies of it; one unless N is given",
	.help = "  duplicate 2   each record three times\n",
	.options = 0,
	.compile = duplicate_compile,
	.bind = duplicate_bind,
	.apply = duplicate_apply,
	.free = duplicate_free,
};
