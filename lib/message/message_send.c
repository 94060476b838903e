/*
 * message_send: records into a queue; see message.h. Blocks go into the log as they lie, unless
 * messages have attributes or some are too large. Syncs are left until the input would wait, so a
 * producer that is fast pays for few, and a slow one never has messages that are not safe.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/percent.h"
#include "base/status.h"
#include "message/message.h"

enum { SYNC_AFTER = 32 << 20 /* bytes that may be unsynced */ };

void
message_failed(struct queue *q, int status, struct command_fault *fault)
{
	command_fail(fault, status, "%s", queue_error(q));
}

static void
no_memory(struct command_fault *fault)
{
	command_fail(fault, EX_OSERR, "out of memory");
}

int
message_attribute(struct message_send *s, const char *word, struct buf *error)
{
	const char *equals = strchr(word, '=');
	struct message_attribute *more;
	char *part;

	if (equals == NULL || equals == word) {
		(void)buf_adds(error, "NAME=RANGE is expected, such as user=.user");
		return -1;
	}
	for (const char *c = word; c < equals; c++)
		if (*c <= ' ' || *c == '%' || *c == 0x7f) {
			(void)buf_adds(error, "a name has no blanks, percent signs or control bytes");
			return -1;
		}
	if ((more = realloc(s->attributes, (s->count + 1) * sizeof *more)) == NULL)
		return buf_adds(error, "out of memory"), -1;
	s->attributes = more;
	more += s->count;
	*more = (struct message_attribute){ .name = strndup(word, (size_t)(equals - word)) };
	part = (char *)(uintptr_t)(equals + 1);
	if (more->name == NULL)
		return buf_adds(error, "out of memory"), -1;
	s->count++;
	return range_all(&more->part, (char *const[]){ part }, 1, error);
}

/* ---- batches that are put together ---- */

/* Adds the attributes of a record. Returns 0, or -1 with errno. */
static int
add_attributes(struct message_send *s, const char *data, size_t len)
{
	for (size_t i = 0; i < s->count; i++) {
		struct message_attribute *a = &s->attributes[i];
		struct range_view v;
		int r = range_view(&a->part, 0, data, len, &v);

		if (r < 0)
			return -1;
		if (r == 0)
			continue;
		/* A value is a text: a NUL would be its end. */
		if (memchr(v.data, '\0', v.len) != NULL) {
			errno = EINVAL;
			return -1;
		}
		if (buf_add(&s->attribute_bytes, a->name, strlen(a->name) + 1) < 0 ||
		    buf_add(&s->attribute_bytes, v.data, v.len) < 0 || buf_addc(&s->attribute_bytes, '\0') < 0)
			return -1;
	}
	return 0;
}

/*
 * Takes the words of an envelope after the first four as attributes. Returns 1; 0 if it is none;
 * -1 with errno.
 */
static int
open_envelope(struct message_send *s, const char **data, size_t *len)
{
	const char *p = *data, *end = memchr(p, '\n', *len);
	int words = 0;

	if (end == NULL)
		return 0;
	while (p < end) {
		const char *space = memchr(p, ' ', (size_t)(end - p)), *to = space != NULL ? space : end, *equals;
		int r;

		if (words++ >= 4) {
			if ((equals = memchr(p, '=', (size_t)(to - p))) == NULL || equals == p)
				return 0;
			if (buf_add(&s->attribute_bytes, p, (size_t)(equals - p)) < 0 ||
			    buf_addc(&s->attribute_bytes, '\0') < 0 ||
			    (r = percent_decode(&s->attribute_bytes, equals + 1, (size_t)(to - equals - 1))) < 0)
				return -1;
			if (r == 0 || buf_addc(&s->attribute_bytes, '\0') < 0)
				return r == 0 ? 0 : -1;
		}
		p = space != NULL ? space + 1 : end;
	}
	*len -= (size_t)(end + 1 - *data);
	*data = end + 1;
	return words >= 4;
}

/* Sends what was put together. */
static void
send_batch(struct message_send *s, const struct queue_batch *b, struct command_fault *fault)
{
	static uint64_t *numbers;
	static uint32_t room;
	uint32_t sent = 0;
	int status;

	if (b->count == 0)
		return;
	if (s->ids && b->count > room) {
		free(numbers);
		room = b->count;
		if ((numbers = malloc(room * sizeof *numbers)) == NULL) {
			room = 0;
			no_memory(fault);
			return;
		}
	}
	status = queue_send(s->queue, b, s->delay, s->ids ? numbers : NULL, &sent);
	s->sent += sent;
	for (uint32_t i = 0; s->ids && i < sent; i++) {
		char id[QUEUE_ID + 1];

		queue_id_text(s->queue, numbers[i], id);
		if (buf_addf(&s->lines, "%s\n", id) < 0)
			no_memory(fault);
	}
	if (status != 0)
		message_failed(s->queue, status, fault);
}

static void
send_made(struct message_send *s, struct command_fault *fault)
{
	struct queue_batch b = { .payload = s->payload.data,
		.ends = (void *)s->ends.data,
		.count = (uint32_t)(s->ends.len / sizeof(uint32_t)),
		.gap = 1,
		.gap_byte = '\n' };

	if (s->attribute_bytes.len > 0) {
		b.attributes = s->attribute_bytes.data;
		b.attribute_ends = (void *)s->attribute_ends.data;
	}
	if (fault->status == 0)
		send_batch(s, &b, fault);
	s->payload.len = s->ends.len = s->attribute_bytes.len = s->attribute_ends.len = 0;
}

/* Puts a record into the batch, or to --else if it is too large. */
static void
make_record(struct message_send *s, const char *data, size_t len, uint64_t pos, struct command_fault *fault)
{
	size_t before = s->attribute_bytes.len;
	uint32_t end;
	int r = s->envelope ? open_envelope(s, &data, &len) : 1;

	if (r > 0 && add_attributes(s, data, len) < 0)
		r = -1;
	if (r < 0) {
		if (errno == EINVAL)
			command_fail(
			    fault, EX_DATAERR, "position %llu: an attribute has a NUL byte", (unsigned long long)pos);
		else
			no_memory(fault);
		return;
	}
	if (r == 0) {
		command_fail(
		    fault, EX_DATAERR, "position %llu: this is no message in an envelope", (unsigned long long)pos);
		return;
	}
	if (len + (s->attribute_bytes.len - before) > s->most) {
		uint64_t bytes = len + (s->attribute_bytes.len - before);

		s->attribute_bytes.len = before;
		if (s->other != NULL) {
			struct rec rec = { data, len, pos };

			rec_out_rec(&s->out, &rec);
			return;
		}
		/* The earlier ones are sent first. */
		send_made(s, fault);
		command_fail(fault, EX_DATAERR,
		    "position %llu: the record has %llu bytes, and a message of this queue at most %llu",
		    (unsigned long long)pos, (unsigned long long)bytes, (unsigned long long)s->most);
		return;
	}
	if (buf_add(&s->payload, data, len) < 0)
		goto failed;
	end = (uint32_t)s->payload.len;
	if (buf_addc(&s->payload, '\n') < 0 || buf_add(&s->ends, &end, sizeof end) < 0)
		goto failed;
	end = (uint32_t)s->attribute_bytes.len;
	if (buf_add(&s->attribute_ends, &end, sizeof end) < 0)
		goto failed;
	return;
failed:
	no_memory(fault);
}

/* ---- blocks ---- */

/* The table of the records is the queue's; or else nothing is sent. */
static void
begin(struct message_send *s, struct rec_in *in, struct command_fault *fault)
{
	struct table *t = s->envelope ? NULL : rec_in_table(in);
	struct buf error = { 0 };
	int status;

	if (s->begun)
		return;
	s->begun = 1;
	for (size_t i = 0; i < s->count; i++)
		if (range_table(&s->attributes[i].part, t, &error) < 0)
			command_fail(fault, EX_USAGE, "--attribute %s: %s", s->attributes[i].name, buf_string(&error));
	buf_free(&error);
	if (fault->status != 0)
		return;
	status = queue_table_set(s->queue, t != NULL ? t->payload : NULL, t != NULL ? t->len : 0);
	if (status != 0)
		message_failed(s->queue, status, fault);
}

static int
fits_as_it_is(const struct message_send *s, const struct block *b)
{
	uint32_t from = 0;

	if (s->count > 0 || s->envelope)
		return 0;
	if (b->size <= s->most)
		return 1;
	for (uint32_t i = 0; i < b->count; i++) {
		from = block_start(b, i);
		if (b->ends[i] - from > s->most)
			return 0;
	}
	return 1;
}

static void
send_block(struct message_send *s, const struct block *b, struct command_fault *fault)
{
	struct queue_batch batch = {
		.payload = b->payload, .ends = b->ends, .count = b->count, .gap = b->gap, .gap_byte = (uint8_t)b->status
	};

	if (fits_as_it_is(s, b)) {
		send_batch(s, &batch, fault);
		return;
	}
	for (uint32_t i = 0; i < b->count && fault->status == 0; i++) {
		uint32_t from = block_start(b, i);

		make_record(s, b->payload + from, b->ends[i] - from, block_position(b, i), fault);
	}
	send_made(s, fault);
}

/* What was sent is safe: its ids may be printed. */
static void
settle(struct message_send *s, struct command_fault *fault)
{
	int status = queue_flush(s->queue);

	if (status != 0) {
		message_failed(s->queue, status, fault);
		s->lines.len = 0;
		return;
	}
	if (s->lines.len > 0)
		die_print(s->lines.data, s->lines.len);
	s->lines.len = 0;
}

static void
as_they_come(struct message_send *s, struct rec_in *in, struct command_fault *fault)
{
	uint64_t unsynced = 0;
	struct block b;

	queue_lazy(s->queue, 1);
	while (fault->status == 0 && !rec_out_stop()) {
		int r = rec_in_try(in, &b);

		if (r < 0)
			break;
		if (r == 0) {
			settle(s, fault);
			unsynced = 0;
			if (fault->status != 0 || !rec_in_block(in, &b))
				break;
		}
		if (b.kind != BLOCK_DATA || b.count == 0)
			continue;
		begin(s, in, fault);
		if (fault->status == 0)
			send_block(s, &b, fault);
		if (s->other != NULL)
			rec_out_mark(&s->out, b.next, b.size);
		if ((unsynced += b.size) >= SYNC_AFTER) {
			settle(s, fault);
			unsynced = 0;
		}
	}
	settle(s, fault);
}

/* ---- all or none ---- */

/* All records of the input, in batches. */
struct kept {
	struct queue_batch *batches;
	size_t count;
};

static void
keep_made(struct message_send *s, struct kept *k, struct command_fault *fault)
{
	struct queue_batch *more, *b;

	if (s->ends.len == 0)
		return;
	if ((more = realloc(k->batches, (k->count + 1) * sizeof *more)) == NULL) {
		no_memory(fault);
		return;
	}
	k->batches = more;
	b = &k->batches[k->count++];
	*b = (struct queue_batch){ .payload = s->payload.data,
		.ends = (void *)s->ends.data,
		.count = (uint32_t)(s->ends.len / sizeof(uint32_t)),
		.gap = 1,
		.gap_byte = '\n' };
	if (s->attribute_bytes.len > 0) {
		b->attributes = s->attribute_bytes.data;
		b->attribute_ends = (void *)s->attribute_ends.data;
		s->attribute_bytes = s->attribute_ends = (struct buf){ 0 };
	}
	s->payload = s->ends = (struct buf){ 0 };
	s->attribute_bytes.len = s->attribute_ends.len = 0;
}

static void
all_or_none(struct message_send *s, struct rec_in *in, struct command_fault *fault)
{
	struct kept k = { 0 };
	uint64_t first, n = 0;
	struct block b;
	int status;

	while (fault->status == 0 && rec_in_block(in, &b)) {
		if (b.kind != BLOCK_DATA || b.count == 0)
			continue;
		begin(s, in, fault);
		for (uint32_t i = 0; i < b.count && fault->status == 0; i++) {
			uint32_t from = block_start(&b, i);

			make_record(s, b.payload + from, b.ends[i] - from, block_position(&b, i), fault);
			if (s->payload.len > 128 * 1024)
				keep_made(s, &k, fault);
		}
		keep_made(s, &k, fault);
	}
	if (fault->status == 0 && rec_in_whole(in) && k.count > 0) {
		status = queue_send_all(s->queue, k.batches, k.count, s->delay, &first);
		if (status != 0)
			message_failed(s->queue, status, fault);
		for (size_t i = 0; status == 0 && i < k.count; i++)
			n += k.batches[i].count;
		for (uint64_t i = 0; s->ids && i < n; i++) {
			char id[QUEUE_ID + 1];

			queue_id_text(s->queue, first + i, id);
			if (buf_addf(&s->lines, "%s\n", id) < 0)
				no_memory(fault);
		}
		s->sent += n;
		settle(s, fault);
	}
	for (size_t i = 0; i < k.count; i++) {
		free((void *)(uintptr_t)k.batches[i].payload);
		free((void *)(uintptr_t)k.batches[i].ends);
		free((void *)(uintptr_t)k.batches[i].attributes);
		free((void *)(uintptr_t)k.batches[i].attribute_ends);
	}
	free(k.batches);
}

void
message_send(struct message_send *s, struct rec_in *in, struct command_fault *fault)
{
	struct queue_attributes a;
	int status = queue_attributes_get(s->queue, &a);

	if (status != 0) {
		message_failed(s->queue, status, fault);
		rec_in_enough(in, 0);
		return;
	}
	s->most = a.message_max;
	if (s->ids)
		rec_out_watch(STDOUT_FILENO);
	if (s->other != NULL && command_out_to(&s->endpoint, s->other, &s->out, fault) < 0) {
		rec_in_enough(in, 0);
		return;
	}
	if (s->whole)
		all_or_none(s, in, fault);
	else
		as_they_come(s, in, fault);
	if (in->end == REC_IN_OPEN)
		rec_in_enough(in, in->next);
	if ((s->sent > 0 || s->whole) && (fault->status != 0 || !rec_in_well(in)))
		die_warn("%llu message%s sent", (unsigned long long)s->sent, s->sent == 1 ? " was" : "s were");
	for (size_t i = 0; i < s->count; i++) {
		free((void *)(uintptr_t)s->attributes[i].name);
		range_free(&s->attributes[i].part);
	}
	free(s->attributes);
	buf_free(&s->payload);
	buf_free(&s->ends);
	buf_free(&s->attribute_bytes);
	buf_free(&s->attribute_ends);
	buf_free(&s->lines);
}
