/*
 * specs: see specs.h. Runs the program: each item puts a value into the record, or takes or gives a
 * record. Where it has stopped is in the struct, so that it goes on there when it is called again.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytemask.h"
#include "base/vis.h"
#include "change/specs_private.h"
#include "os/clock.h"

#define LONG "the record that is made is longer than REC_MAX"

/* Finds the shorter ways to all parts, by the tables as they are now. */
static void
find_ways(struct specs *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct specs_item *item = &s->items[i];

		if (item->what == SPECS_PUT && item->input == SPECS_PART)
			item->way =
			    range_short(&s->streams[item->stream].range, item->part, &item->separator, &item->n);
	}
}

struct specs *
specs_new(char *const words[], size_t count, const char *fields, struct buf *error)
{
	struct specs *s = calloc(1, sizeof *s);

	if (s == NULL) {
		(void)buf_adds(error, "out of memory");
		return NULL;
	}
	s->max = SIZE_MAX;
	if (specs_parse(s, words, count, fields, error) < 0) {
		specs_free(s);
		return NULL;
	}
	find_ways(s);
	return s;
}

void
specs_free(struct specs *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < SPECS_STREAMS; i++)
		range_free(&s->streams[i].range);
	free(s->items);
	buf_free(&s->texts);
	buf_free(&s->kept);
	buf_free(&s->converted);
	buf_free(&s->between);
	buf_free(&s->counted);
	buf_free(&s->clock);
	buf_free(&s->why);
	free(s);
}

void
specs_limit(struct specs *s, size_t max)
{
	s->max = max;
}

int
specs_second(const struct specs *s)
{
	return s->streams[1].used;
}

int
specs_several(const struct specs *s)
{
	for (size_t i = 0; i < s->count; i++)
		if ((s->items[i].what == SPECS_READ || s->items[i].what == SPECS_READSTOP) && s->items[i].stream == 0)
			return 1;
	return 0;
}

int
specs_names(const struct specs *s, int stream)
{
	return range_names(&s->streams[stream].range);
}

int
specs_table(struct specs *s, int stream, const struct table *table, struct buf *error)
{
	int result = range_table(&s->streams[stream].range, table, error);

	find_ways(s);
	return result;
}

void
specs_give(struct specs *s, int stream, const char *data, size_t len)
{
	s->streams[stream].data = data;
	s->streams[stream].len = len;
	s->streams[stream].has = 1;
}

void
specs_end(struct specs *s, int stream)
{
	s->streams[stream].data = NULL;
	s->streams[stream].len = 0;
	s->streams[stream].ended = 1;
}

const char *
specs_why(struct specs *s)
{
	return buf_string(&s->why);
}

int
specs_holds(const struct specs *s)
{
	return s->begun;
}

int
specs_left(const struct specs *s)
{
	return s->streams[0].has;
}

/* ---- values ---- */

/*
 * Finds the part of the stream's record: an empty one if it has none. Returns 0; or -1 with errno
 * ENOMEM.
 */
static int
find(struct specs *s, const struct specs_item *item, struct range_view *v)
{
	struct specs_stream *stream = &s->streams[item->stream];
	const char *data = stream->data, *end, *begin, *stop;
	int found = -1;

	*v = (struct range_view){ NULL, 0 };
	if (stream->len == 0)
		return 0;
	end = data + stream->len;
	switch (item->way) {
	case RANGE_WORD:
		found = bytemask_word(data, end, item->n, &begin, &stop);
		break;
	case RANGE_FIELD:
		found = bytemask_field(data, end, item->separator, item->n, &begin, &stop);
		break;
	case RANGE_QUOTED:
		found = bytemask_unquoted(data, end, item->separator, item->n, &begin, &stop);
		break;
	default:
		break;
	}
	if (found < 0)
		return range_view(&stream->range, item->part, data, stream->len, v) < 0 ? -1 : 0;
	if (found)
		*v = (struct range_view){ begin, (size_t)(stop - begin) };
	return 0;
}

/*
 * Notes what is wrong with a value that was to be converted, and is shown as far as a line has room
 * for it; or with no value. Returns 1.
 */
static int
wrong(struct specs *s, const struct specs_item *item, const struct range_view *v, const char *why)
{
	struct specs_conversion c = item->conversion;

	s->why.len = 0;
	if (c.from != 0 && v->len > 0)
		(void)buf_addf(&s->why, "%c2%c: ", c.from | 32, c.to | 32);
	if (v->len > 0) {
		size_t shown;

		(void)buf_addc(&s->why, '"');
		shown = vis_bytes(&s->why, v->data, v->len, 40, 0, NULL);
		(void)buf_adds(&s->why, shown < v->len ? "...\": " : "\": ");
	}
	(void)buf_adds(&s->why, why);
	return 1;
}

static int
number(struct specs *s, const struct specs_item *item)
{
	int64_t value;

	s->counted.len = 0;
	if (s->cycle > INT64_MAX || __builtin_mul_overflow((int64_t)s->cycle, item->by, &value) ||
	    __builtin_add_overflow(value, item->from, &value))
		return wrong(s, item, &(struct range_view){ NULL, 0 }, "the number has no place in 64 bits");
	return specs_convert_number(value, 10, &s->counted);
}

/*
 * Puts the item's value into the record. Returns 0; 1 if that is wrong (s->why); -1 with errno
 * ENOMEM.
 */
static int
put(struct specs *s, const struct specs_item *item, size_t begin, struct buf *out)
{
	struct range_view v = { NULL, 0 };
	int result = 0;

	switch (item->input) {
	case SPECS_PART:
		result = find(s, item, &v);
		break;
	case SPECS_TEXT:
		if (item->length > 0)
			v = (struct range_view){ s->texts.data + item->first, item->length };
		break;
	case SPECS_NUMBER:
		if ((result = number(s, item)) == 0)
			v = (struct range_view){ s->counted.data, s->counted.len };
		break;
	default:
		v = (struct range_view){ s->clock.data, s->clock.len };
	}
	if (result != 0)
		return result;
	if (item->strip)
		specs_convert_strip(&v.data, &v.len);
	if (item->conversion.from != 0) {
		const char *why;

		s->converted.len = 0;
		result = specs_convert(&item->conversion, v.data, v.len, s->max, &s->converted, &s->between, &why);
		if (result != 0)
			return result < 0 ? -1 : wrong(s, item, &v, why);
		v = (struct range_view){ s->converted.data, s->converted.len };
	}
	result = specs_put(item, v.data, v.len, begin, s->max, out);
	return result > 0 ? wrong(s, item, &(struct range_view){ NULL, 0 }, LONG) : result;
}

/* ---- cycles ---- */

/*
 * Begins a cycle, if a record of each stream is there, or the stream has ended. Returns
 * SPECS_RECORD if so, or what specs_next returns.
 */
static enum specs_result
begin_cycle(struct specs *s)
{
	unsigned ended = 0;

	for (int i = 0; i < SPECS_STREAMS; i++) {
		struct specs_stream *stream = &s->streams[i];

		if (!stream->used)
			continue;
		if (!stream->has && !stream->ended)
			return i == 0 ? SPECS_FIRST : SPECS_SECOND;
		ended += stream->ended != 0;
	}
	if (ended >= s->stop) {
		s->over = 1;
		return SPECS_OVER;
	}
	s->clock.len = 0;
	if (s->clocked && specs_convert_clock(clock_since_1970(), &s->clock) < 0)
		return SPECS_ERROR;
	s->begun = 1;
	s->at = 0;
	return SPECS_RECORD;
}

static void
end_cycle(struct specs *s)
{
	for (int i = 0; i < SPECS_STREAMS; i++)
		s->streams[i].has = 0;
	s->begun = s->reading = 0;
	s->cycle++;
}

/*
 * Takes the next record of the item's stream. Returns SPECS_RECORD if it is there, or the stream
 * has ended; or what specs_next returns.
 */
static enum specs_result
read_record(struct specs *s, const struct specs_item *item)
{
	struct specs_stream *stream = &s->streams[item->stream];

	if (!s->reading)
		stream->has = 0;
	s->reading = !stream->has && !stream->ended;
	if (s->reading)
		return item->stream == 0 ? SPECS_FIRST : SPECS_SECOND;
	return SPECS_RECORD;
}

/* Takes what has been made of the record from out, to go on with it later. */
static enum specs_result
keep(struct specs *s, size_t begin, struct buf *out, enum specs_result result)
{
	s->kept.len = 0;
	if (out->len > begin && buf_add(&s->kept, out->data + begin, out->len - begin) < 0)
		result = SPECS_ERROR;
	out->len = begin;
	return result;
}

/* Ends what READSTOP ends: the record is written as far as it has been made. */
static enum specs_result
stop(struct specs *s, size_t begin, const struct buf *out)
{
	end_cycle(s);
	s->over = 1;
	return out->len > begin ? SPECS_RECORD : SPECS_OVER;
}

enum specs_result
specs_next(struct specs *s, struct buf *out)
{
	size_t begin = out->len;
	enum specs_result result;

	if (s->over)
		return SPECS_OVER;
	if (!s->begun) {
		if ((result = begin_cycle(s)) != SPECS_RECORD)
			return result;
	} else if (s->kept.len > 0) {
		if (buf_add(out, s->kept.data, s->kept.len) < 0)
			return SPECS_ERROR;
		s->kept.len = 0;
	}
	while (s->at < s->count) {
		const struct specs_item *item = &s->items[s->at];
		int failed = 0;

		switch (item->what) {
		case SPECS_PUT:
			failed = put(s, item, begin, out);
			break;
		case SPECS_WRITE:
			if (++s->at == s->count)
				end_cycle(s);
			return SPECS_RECORD;
		default:
			if ((result = read_record(s, item)) != SPECS_RECORD)
				return keep(s, begin, out, result);
			if (!s->streams[item->stream].has && item->what == SPECS_READSTOP)
				return stop(s, begin, out);
		}
		if (failed != 0) {
			out->len = begin;
			if (failed < 0)
				return SPECS_ERROR;
			end_cycle(s);
			return SPECS_BAD;
		}
		s->at++;
	}
	return SPECS_OVER; /* never: the last item is a WRITE */
}
