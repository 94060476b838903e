/* map: see map.h. The loop of rec-map. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/status.h"
#include "base/vis.h"
#include "change/map.h"
#include "match/spell.h"
#include "record/position.h"

const char map_lacks[] = "a part is missing";

void
map_declare(struct map *m, struct table *t)
{
	made_table(&m->made, t);
	table_share(t);
	table_drop(m->declared);
	m->declared = t;
	m->has_declared = 1;
	if (m->partition.kept != NULL)
		rec_out_own_table(m->partition.kept, t);
}

/* Binds the verb to the table of the records. Returns 0, or -1 after it has reported why not. */
static int
bind(struct map *m, const struct table *t)
{
	struct buf error = { 0 };
	int status;

	m->bound = 1;
	m->table = table_share((struct table *)(uintptr_t)t); /* names of parts are in it */
	made_table(&m->made, t);
	if ((status = m->verb->bind(m, t, &error)) != 0)
		command_fail(m->fault, status, "%s: %s", m->verb->name, buf_string(&error));
	buf_free(&error);
	return status != 0 ? -1 : 0;
}

static int
tabled(struct rec_in *in, const struct table *t)
{
	return bind(in->tabled_by, t);
}

/* Puts all records that were made. If there are two outputs, both know how far they have come. */
static void
put_made(struct map *m, uint64_t next)
{
	if (m->holds && m->holds_from < next)
		next = m->holds_from;
	if (m->partition.kept != NULL && m->partition.rejected != NULL)
		rec_out_floor(next);
	made_put(&m->made, next);
}

void
map_flush(struct map *m, uint64_t next)
{
	int later = m->made.begun > m->made.from_len; /* 1: some are of the present record */

	put_made(m, next);
	if (later)
		m->made.from_count = UINT32_MAX;
}

/* Reports that no record can be made of the one at that position. */
static void
refuse(struct map *m, uint64_t position, const char *why)
{
	struct buf part = { 0 };

	if (*why == '\0') {
		command_fail(m->fault, EX_OSERR, "out of memory");
		return;
	}
	if (m->part != NULL) {
		(void)spell_name(&part, m->part, m->part_len);
		(void)buf_adds(&part, ": ");
	}
	command_fail(m->fault, EX_DATAERR, "%s: record %" PRIu64 ": %s%s", m->verb->name, position_source(position),
	    buf_string(&part), why);
	buf_free(&part);
}

/*
 * No record was made of record i, and why. It goes to the output of --else, or the stream ends
 * before it. Returns 0; or -1 if the stream ends.
 */
static int
reject(struct map *m, const struct block *b, uint32_t i, const char *why)
{
	int undone = made_undo(&m->made);

	if (why == map_lacks && m->partition.rejected == NULL && m->partition.other == NULL)
		return 0;
	if (m->partition.other == NULL || !undone || *why == '\0') {
		refuse(m, block_position(b, i), why);
		return -1;
	}
	if (m->made.count > 0)
		put_made(m, block_position(b, i));
	if (m->partition.kept != NULL && m->partition.rejected != NULL)
		rec_out_floor(i + 1 < b->count ? block_position(b, i + 1) : b->next);
	partition_run(&m->partition, 0, b, i, i + 1);
	return 0;
}

/* Makes records of record i. Returns as reject does. */
static int
apply(struct map *m, const struct block *b, uint32_t i)
{
	uint32_t start = block_start(b, i);
	struct rec r = { b->payload + start, b->ends[i] - start, block_position(b, i) };
	const char *why;

	made_next(&m->made);
	m->part = NULL;
	if ((why = m->verb->apply(m, &r)) != NULL)
		return reject(m, b, i, why);
	m->names.total++;
	return 0;
}

static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	static const uint64_t none[BITS_WORDS(BLOCK_RECORDS)];
	struct map *m = arg;
	uint32_t i = 0;

	if (b->count > 0 && !m->bound && bind(m, NULL) < 0)
		verdict->next = block_position(b, 0);
	while (i < b->count && m->fault->status == 0) {
		if (m->verb->run != NULL && (i = m->verb->run(m, b, i)) == MAP_SAME) {
			verdict->bits = none;
			verdict->set = 0;
			return b->count;
		}
		if (i == b->count)
			break;
		if (apply(m, b, i) < 0 || m->fault->status != 0 || m->enough == MAP_ENOUGH_BEFORE) {
			verdict->next = block_position(b, i);
			break;
		}
		i++;
		if (m->enough) {
			verdict->next = i < b->count ? block_position(b, i) : b->next;
			break;
		}
		if (made_full(&m->made) && i < b->count)
			put_made(m, block_position(b, i));
	}
	if (m->holds && m->holds_from < verdict->next)
		verdict->next = m->holds_from;
	put_made(m, verdict->next);
	return 0;
}

static int
has_enough(const void *arg)
{
	const struct map *m = arg;

	return m->enough != MAP_ENOUGH_NOT;
}

/* Makes the last records of a verb that has some when all have come. */
static void
finish(struct map *m, const struct rec_in *in)
{
	const char *why;

	/* Of records that are held nothing is made if what comes after them is not there. */
	if (m->holds && !rec_in_well(in))
		rec_out_give_up(m->holds_from);
	if (m->verb->finish == NULL || m->fault->status != 0 || !rec_in_well(in) || (!m->bound && bind(m, NULL) < 0))
		return;
	made_next(&m->made);
	m->part = NULL;
	if ((why = m->verb->finish(m)) != NULL)
		refuse(m, in->next > 0 ? in->next - 1 : 0, why);
	made_put(&m->made, in->next);
}

void
map_stream(struct map *m, struct rec_in *in, struct command_fault *fault)
{
	const struct partition_judge judges = { .job = m, .block = judge, .enough = has_enough };

	m->fault = fault;
	m->in = in;
	in->tabled = tabled;
	in->tabled_by = m;
	if (rec_in_is_file(in)) {
		off_t at = lseek(in->fd, 0, SEEK_CUR);

		m->begin = at > 0 ? (uint64_t)at : 0;
	}
	if (made_init(&m->made, m->partition.kept) < 0)
		command_fail(fault, EX_OSERR, "out of memory");
	if (m->verb->start != NULL)
		m->verb->start(m, fault);
	partition_stream(&m->partition, in, &judges, fault);
	finish(m, in);
	if (m->verb->lacking != NULL && m->names.total > 0 && rec_in_whole(in) && fault->status == 0)
		m->verb->lacking(m, m->names.total, &m->names.lacking);
	(void)names_end(&m->names);
	m->verb->free(m);
	made_free(&m->made);
	table_drop(m->declared);
	table_drop(m->table);
	m->declared = m->table = NULL;
}
