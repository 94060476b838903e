/*
 * framing_read_begin: the first bytes of an input, which tell what must not be read as records, or
 * is compressed; and how an input ends that a program decompresses. See framing_read.h.
 */

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "framing/framing_read_private.h"
#include "record/block.h"

/* Refuses a record stream. Returns -1. */
static int
refuse_stream(struct framing_read *s)
{
	char why[160];

	if (s->unpacked.format == NULL)
		return framing_read_stop(s, EX_DATAERR, s->instead != NULL ? s->instead :
			"already a record stream: leave rec-split out, or give --raw to split it as bytes");
	snprintf(why, sizeof why, "what %s makes of it is a record stream already: cmd:'%s FILE' is its name in other "
	    "commands; --raw splits it as bytes", unpack_words(s->unpacked.format), unpack_words(s->unpacked.format));
	return framing_read_stop(s, EX_DATAERR, why);
}

/* Refuses compressed bytes, which are not in the framing. Returns -1. */
static int
refuse_packed(struct framing_read *s, const struct unpack_format *format)
{
	char why[160];

	if (s->unpacked.format != NULL)
		snprintf(why, sizeof why, "what %s makes of it is compressed by %s again",
		    unpack_words(s->unpacked.format), unpack_name(format));
	else
		snprintf(why, sizeof why, "compressed by %s: rec-split -z reads it", unpack_name(format));
	return framing_read_stop(s, EX_DATAERR, why);
}

/* Starts the program for what has been read and follows. Returns 0, or -1 after a fault. */
static int
decompress(struct framing_read *s, const struct unpack_format *format, size_t len)
{
	struct buf why = { 0 };
	int status = unpack_start(&s->unpacked, format, s->fd, s->data, len, s->eof, &why);

	if (status != 0) {
		(void)framing_read_stop(s, status, buf_string(&why));
		s->apart = 1;
	}
	buf_free(&why);
	s->file = s->eof = s->look = 0;
	s->start = s->len = s->read = 0;
	s->placed = NULL;
	return status == 0 ? 0 : -1;
}

/* Returns 1 if the framing is lines, or puts lines or words together, else 0. */
static int
is_lines(const struct framing *f)
{
	const char *end;
	size_t len;

	return framing_terminator(f, &end, &len) && len > 0 && end[len - 1] == '\n';
}

int
framing_read_begin(struct framing_read *s, size_t len)
{
	size_t known = len < 4 ? len : 4;
	int stream = !s->raw && memcmp(s->data, BLOCK_MAGIC, known) == 0, more = 0;
	const struct unpack_format *format = NULL;

	if (stream && known == 4)
		return refuse_stream(s);
	if (s->decompress || s->text || is_lines(s->framing))
		format = unpack_format(s->data, len, &more);
	if (format != NULL && s->decompress && s->unpacked.format == NULL)
		return decompress(s, format, len);
	if (format != NULL && s->text)
		return refuse_packed(s, format);
	/* Lines may have any bytes, but few have these. Without memory nothing is said. */
	if (format != NULL && s->unpacked.format == NULL && s->packed.len == 0)
		(void)buf_addf(&s->packed, "%s: compressed by %s, and its bytes are taken as they are: rec-split -z reads it",
		    s->name, unpack_name(format));
	s->begun = !more && !stream;
	return 1;
}

int
framing_read_eof(struct framing_read *s)
{
	s->eof = 1;
	if (s->unpacked.format == NULL)
		return 0;
	s->placed = NULL; /* as before any wait */
	s->torn = unpack_end(&s->unpacked, &s->torn_why);
	return rec_out_stop() ? -1 : 0;
}

void
framing_read_over(struct framing_read *s)
{
	s->ended = 1;
	if (s->torn == 0 || s->status != 0)
		return;
	(void)framing_read_stop(s, s->torn, buf_string(&s->torn_why));
	s->apart = 1;
}

void
framing_read_leave(struct framing_read *s)
{
	unpack_drop(&s->unpacked);
}
