/*
 * map_specs: the verb specs, a program of CMS Pipelines' stage of that name (specs.h), which makes
 * a record of one, or of several, also of a second stream: that is read as far as the program wants
 * it.
 */

#include <stdlib.h>

#include "base/status.h"
#include "change/map_private.h"
#include "change/specs.h"
#include "choose/names.h"
#include "endpoint/endpoint.h"

struct job {
	struct specs *program;
	struct names names, others; /* of the two streams */
	uint64_t last;              /* the position of the last record */
	/* --second */
	struct endpoint endpoint;
	struct rec_in second;
	int open;           /* 1: second is open */
	struct block block; /* of the second stream */
	uint32_t next;      /* its next record */
};

/* ---- the second stream ---- */

/* Binds the second stream's ranges to its table. Returns 0, or -1 after it has reported why not. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct map *m = in->tabled_by;
	struct job *j = m->job;
	struct buf error = { 0 };
	int result;

	j->others.tabled = 1;
	if ((result = specs_table(j->program, 1, t, &error)) < 0)
		command_fail(m->fault, EX_DATAERR, "specs: %s: %s", m->second, buf_string(&error));
	buf_free(&error);
	return result;
}

static void
specs_start(struct map *m, struct command_fault *fault)
{
	struct job *j = m->job;
	int status;

	if (m->second == NULL)
		return;
	if ((status = endpoint_rec_in(&j->endpoint, m->second, &j->second)) != 0) {
		command_fail(fault, status, "%s", buf_string(&j->endpoint.error));
		return;
	}
	rec_in_own_table(&j->second);
	j->second.tabled = tabled;
	j->second.tabled_by = m;
	j->second.apart = 1;
	j->open = 1;
}

/*
 * Gives the program the next record of the second stream, or its end. Before it waits for one, all
 * that was made of records before that position goes out. If the stream has failed, that is
 * reported and noted in the fault.
 */
static void
take_second(struct map *m, uint64_t position)
{
	struct job *j = m->job;
	uint32_t start;

	while (j->open && j->next == j->block.count) {
		int got = rec_in_try(&j->second, &j->block);

		if (got == 0) {
			map_flush(m, position);
			got = rec_in_block(&j->second, &j->block) ? 1 : -1;
		}
		j->next = 0;
		if (got < 0 || j->block.kind == BLOCK_LOSS)
			j->block.count = 0;
		else
			names_look(&j->others, &j->block);
		if (got < 0) {
			j->open = 0;
			command_end_input(&j->second, m->fault);
		}
	}
	if (!j->open) {
		specs_end(j->program, 1);
		return;
	}
	start = block_start(&j->block, j->next);
	specs_give(j->program, 1, j->block.payload + start, j->block.ends[j->next] - start);
	j->next++;
}

/* ---- the verb ---- */

static void
specs_free_job(struct map *m)
{
	struct job *j = m->job;

	if (j == NULL)
		return;
	if (j->open) {
		if (j->second.end == REC_IN_OPEN)
			rec_in_enough(&j->second, j->second.next);
		command_end_input(&j->second, m->fault);
	}
	endpoint_free(&j->endpoint);
	(void)names_end(&j->names);
	(void)names_end(&j->others);
	specs_free(j->program);
	free(j);
	m->job = NULL;
}

static int
specs_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct job *j = m->job = calloc(1, sizeof *j);

	if (j == NULL)
		return map_no_memory(error);
	if ((j->program = specs_new(words, count, m->separator, error)) == NULL)
		return -1;
	j->names.used = specs_names(j->program, 0);
	j->others.used = specs_names(j->program, 1);
	if (specs_second(j->program) && m->second == NULL) {
		(void)buf_adds(error, "SELECT: --second ENDPOINT says what the second stream is");
		return -1;
	}
	if (specs_several(j->program) && m->partition.other != NULL) {
		(void)buf_adds(error,
		    "--else does not go with READ and READSTOP: if no record can be made of several, "
		    "it would get only the last one");
		return -1;
	}
	if (m->second == NULL)
		return 0;
	if (!specs_second(j->program)) {
		(void)buf_adds(error, "--second: no item reads it: SELECT 1 is expected before those that do");
		return -1;
	}
	if (endpoint_check(m->second, 0, error) != 0)
		return -1;
	if (endpoint_is_standard(m->second, 0)) {
		(void)buf_addf(error, "--second %s: that is the first stream", m->second);
		return -1;
	}
	return 0;
}

static int
specs_bind(struct map *m, const struct table *t, struct buf *error)
{
	struct job *j = m->job;

	j->names.tabled = t != NULL;
	specs_limit(j->program, m->made.most);
	if (specs_table(j->program, 0, t, error) < 0)
		return EX_DATAERR;
	if (t != NULL)
		map_declare(m, NULL);
	return 0;
}

/* Looks at each block once, before all records of it. */
static uint32_t
specs_look(struct map *m, const struct block *b, uint32_t from)
{
	struct job *j = m->job;

	if (from == 0)
		names_look(&j->names, b);
	return from;
}

static const char *
specs_apply(struct map *m, const struct rec *r)
{
	struct job *j = m->job;
	const char *why = NULL;

	j->last = r->pos;
	if (!m->holds)
		m->holds_from = r->pos;
	specs_give(j->program, 0, r->data, r->len);
	while (why == NULL) {
		switch (specs_next(j->program, map_bytes(m))) {
		case SPECS_RECORD:
			why = made_record(&m->made, r->pos);
			m->holds_from = r->pos; /* what comes of records before it is written */
			break;
		case SPECS_SECOND:
			take_second(m, r->pos);
			if (m->fault->status != 0)
				return NULL;
			break;
		case SPECS_FIRST:
			m->holds = specs_holds(j->program);
			return NULL;
		case SPECS_OVER:
			m->holds = 0;
			m->enough = specs_left(j->program) ? MAP_ENOUGH_BEFORE : MAP_ENOUGH_AFTER;
			return NULL;
		case SPECS_BAD:
			m->holds = 0;
			return specs_why(j->program);
		default:
			return "";
		}
	}
	return why;
}

static const char *
specs_finish(struct map *m)
{
	struct job *j = m->job;
	const char *why = NULL;

	specs_end(j->program, 0);
	while (why == NULL) {
		/* A record of records that are held has the last one's position. */
		uint64_t position = m->holds ? j->last : m->in->next;

		switch (specs_next(j->program, map_bytes(m))) {
		case SPECS_RECORD:
			why = made_record(&m->made, position);
			m->holds &= specs_holds(j->program);
			if (made_full(&m->made))
				map_flush(m, position);
			break;
		case SPECS_SECOND:
			take_second(m, position);
			if (m->fault->status != 0)
				return NULL;
			break;
		case SPECS_BAD:
			return specs_why(j->program);
		case SPECS_ERROR:
			return "";
		default:
			m->holds = 0;
			return NULL;
		}
	}
	return why;
}

const struct map_verb map_specs = {
	.name = "specs",
	.operands = "ITEM ...",
	.summary = "text put together item by item, as by CMS Pipelines' specs: rec-specs(7)",
	.help = "  specs w1 1 w2 20.8 right recno nw   specs 1-8 c2x 1   specs .id 1 /:/ next .price next\n"
		"an item is INPUT [STRIP] [CONVERSION] OUTPUT [ALIGNMENT], READ, READSTOP, WRITE, SELECT 0|1, PAD X,\n"
		"WS X or FS X; rec-specs(7) has them\n",
	.options = MAP_F | MAP_SECOND,
	.compile = specs_compile,
	.start = specs_start,
	.bind = specs_bind,
	.apply = specs_apply,
	.run = specs_look,
	.finish = specs_finish,
	.free = specs_free_job,
};
