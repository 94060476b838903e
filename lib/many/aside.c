/* aside: see aside.h. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "command/opt.h"
#include "many/aside.h"
#include "match/columns.h"
#include "record/env.h"

static const char header[] = "file,line,reason,bytes\n";

int
aside_option(struct aside *a, const char *name, struct buf *error)
{
	a->name = name;
	return opt_output("--bad", name, error);
}

static int
fail_memory(struct command_fault *fault)
{
	command_fail(fault, EX_OSERR, "out of memory");
	return -1;
}

int
aside_open(struct aside *a, struct command_fault *fault)
{
	const struct table_parts parts = { .framing = "csv", .header = header, .header_len = sizeof header - 1 };
	const char *wrong = NULL;

	if (a->name == NULL)
		return 0;
	if ((a->table = table_make(&parts, &wrong)) == NULL)
		return fail_memory(fault);
	if (command_out_to(&a->endpoint, a->name, &a->out, fault) < 0)
		return -1;
	rec_out_own_table(&a->out, a->table);
	a->record_max = env_get(&wrong)->record_max;
	a->open = 1;
	return 0;
}

int
aside_take(struct aside *a, struct framing_read *read, const char *file, struct command_fault *fault)
{
	const struct table *t = a->table;
	struct buf *row = &a->row;
	struct framing_bad bad;

	row->len = 0;
	if (framing_read_bad(read, &bad) < 0 || columns_put(t, file, strlen(file), row) < 0 ||
	    buf_addf(row, ",%" PRIu64 ",", bad.line) < 0 || columns_put(t, bad.why, strlen(bad.why), row) < 0 ||
	    buf_addc(row, ',') < 0 || columns_put(t, bad.bytes.data, bad.bytes.len, row) < 0 ||
	    (a->count == 0 && buf_adds(&a->first, bad.message) < 0))
		return fail_memory(fault);
	if (row->len <= a->record_max)
		return 0;
	command_fail(fault, EX_DATAERR, "%s; in %s it would be larger than REC_MAX, %" PRIu64 " bytes", bad.message,
	    a->name, a->record_max);
	return -1;
}

void
aside_put(struct aside *a, uint64_t position)
{
	rec_out_rec(&a->out, &(struct rec){ a->row.data, a->row.len, position });
	a->count++;
}

void
aside_floor(const struct aside *a, uint64_t next)
{
	if (a->open)
		rec_out_floor(next);
}

void
aside_mark(struct aside *a, uint64_t next, uint64_t bytes)
{
	if (a->open)
		rec_out_mark(&a->out, next, bytes);
}

void
aside_free(struct aside *a)
{
	endpoint_free(&a->endpoint);
	table_drop(a->table);
	buf_free(&a->row);
	buf_free(&a->first);
}
