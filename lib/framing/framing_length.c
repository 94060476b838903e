/*
 * framing_length: bytes to records if a length says how far a record reaches: fixed, netstrings,
 * prefixes, and IBM's descriptor words. As framing_split.c, but only records of many segments need
 * `seen`: a length says where to look.
 */
#include <string.h>

#include "framing/framing.h"
#include "framing/framing_private.h"

int
framing_split_fixed(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t width = s->framing->width;

	(void)data;
	while (f->count < f->max && len - f->used >= width) {
		framing_add(f, f->used, f->used + width);
		f->used += width;
	}
	if (!eof || f->count == f->max || f->used == len)
		return 0;
	if (!s->framing->allow_short)
		return framing_fault(
		    s, f, f->used, "the input ends after %zu of the record's %zu bytes", len - f->used, width);
	framing_add(f, f->used, len);
	f->used = len;
	return 0;
}

int
framing_head_prefix(const struct framing_kind *k, const unsigned char *p, size_t n, struct framing_head *h)
{
	unsigned i;

	if (n < k->width)
		return 0;
	*h = (struct framing_head){ .size = k->width };
	for (i = 0; i < k->width; i++)
		h->length = h->length << 8 | p[k->little ? k->width - 1 - i : i];
	/* How kcat and others write a value that is missing: the length -1. */
	if (k->width == 4 && h->length == UINT32_MAX)
		h->length = 0;
	return 1;
}

int
framing_head_varint(const struct framing_kind *k, const unsigned char *p, size_t n, struct framing_head *h)
{
	size_t i;

	(void)k;
	*h = (struct framing_head){ .byte = -1 };
	for (i = 0; i < n; i++) {
		if (i == 9 && p[i] > 1) {
			h->wrong = "the varint is above 64 bits";
			return -1;
		}
		h->length |= (uint64_t)(p[i] & 0x7F) << 7 * i;
		if (p[i] & 0x80)
			continue;
		/* A shorter varint has this value. */
		if (i > 0 && p[i] == 0) {
			h->wrong = "the varint is longer than its value needs";
			return -1;
		}
		h->size = i + 1;
		return 1;
	}
	return 0;
}

int
framing_head_netstring(const struct framing_kind *k, const unsigned char *p, size_t n, struct framing_head *h)
{
	size_t i;

	(void)k;
	*h = (struct framing_head){ .byte = -1 };
	for (i = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++) {
		unsigned digit = p[i] - '0';

		if (i == 1 && p[0] == '0') {
			h->wrong = "the netstring's length begins with a zero";
			return -1;
		}
		if (h->length > (UINT64_MAX - digit) / 10) {
			h->wrong = "the netstring's length is above 64 bits";
			return -1;
		}
		h->length = h->length * 10 + digit;
	}
	if (i == n)
		return 0;
	if (i > 0 && p[i] == ':') {
		h->size = i + 1;
		return 1;
	}
	h->wrong = i > 0 ? "the netstring's length is followed by %s, not ':'"
	                 : "a netstring begins with its length, not with %s";
	h->at = i;
	h->byte = p[i];
	return -1;
}

/*
 * Cuts records that consist of a head, the record itself, and perhaps one byte more. The head is
 * short, so it is read again with each piece of its record.
 */
int
framing_split_counted(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	const struct framing_kind *k = framing_kind(s->framing);
	size_t tail = k->terminator_len;
	char shown[16];

	while (f->count < f->max && f->used < len) {
		const char *p = data + f->used;
		size_t n = len - f->used;
		struct framing_head h;
		int got = k->head(k, (const unsigned char *)p, n, &h);

		if (got == -1 && h.byte == -1)
			return framing_fault(s, f, f->used, "%s", h.wrong);
		if (got == -1)
			return framing_fault(s, f, f->used + h.at, h.wrong, framing_byte_name(shown, (char)h.byte));
		if (got == 0 && eof)
			return framing_fault(s, f, f->used, "the input ends within the record's length");
		if (got == 1)
			n -= h.size;
		if (got == 0 || n < tail || h.length > n - tail) {
			if (eof && h.length > n)
				return framing_fault(s, f, f->used,
				    "the input ends after %zu of the record's %llu bytes", n,
				    (unsigned long long)h.length);
			if (eof)
				return framing_fault(s, f, len, "the input ends before a netstring's ','");
			return 0;
		}
		p += h.size + h.length;
		if (tail > 0 && *p != ',')
			return framing_fault(s, f, (size_t)(p - data),
			    "the netstring's bytes are followed by %s, not ','", framing_byte_name(shown, *p));
		framing_add(f, f->used + h.size, (size_t)(p - data));
		f->used = (size_t)(p - data) + tail;
	}
	return 0;
}

/*
 * ---- IBM's record descriptor words (z/OS DFSMS Using Data Sets, "Variable-Length Record Formats")
 * ----
 */

enum place { WHOLE, FIRST, LAST, MIDDLE }; /* a segment's third byte */

static uint32_t
big_endian(const char *data, unsigned width)
{
	uint32_t n = 0;
	unsigned i;

	for (i = 0; i < width; i++)
		n = n << 8 | (unsigned char)data[i];
	return n;
}

/*
 * Returns the number of bytes that the block descriptor word at p announces, including itself: the
 * large block interface has 31 bits.
 */
static uint32_t
block_size(const char *p)
{
	return (unsigned char)*p & 0x80 ? big_endian(p, 4) & 0x7FFFFFFF : big_endian(p, 2);
}

/*
 * Looks at the segment at data[at]. Returns 1 if it is whole, 0 if it needs more bytes, -1 with the
 * error.
 */
static int
segment(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t at)
{
	const char *p = data + at;
	uint32_t size;

	if (len - at < 4)
		return 0;
	size = big_endian(p, 2);
	if (size < 4 || size > FRAMING_RDW_MAX)
		return framing_fault(s, f, at, "the record descriptor word says %u bytes; 4 to %d are possible",
		    (unsigned)size, FRAMING_RDW_MAX);
	if (framing_kind(s->framing)->blocks && size > s->left)
		return framing_fault(s, f, at, "the record descriptor word says %u bytes, its block has %llu left",
		    (unsigned)size, (unsigned long long)s->left);
	if ((unsigned char)p[2] > MIDDLE || p[3] != 0)
		return framing_fault(s, f, at,
		    "bytes 3 and 4 of the record descriptor word are %02X %02X; 00 to 03 and 00 are possible",
		    (unsigned char)p[2], (unsigned char)p[3]);
	if (s->state != (p[2] == LAST || p[2] == MIDDLE))
		return framing_fault(s, f, at,
		    s->state ? "a record begins before the last segment of the spanned one"
			     : "a spanned record begins without its first segment");
	return size <= len - at;
}

/*
 * Moves together the bodies of the spanned record whose segments are data[start, end); left: bytes
 * of the block from start on. Returns the end of the record. It is called only after the last
 * segment has come, because bytes of an open record must not move.
 */
static size_t
gather(int blocks, char *data, size_t start, size_t end, uint64_t left)
{
	size_t at = start, to = start + 4;

	while (at < end) {
		size_t size;

		if (blocks && left == 0) {
			left = block_size(data + at) - 4;
			at += 4;
		}
		size = big_endian(data + at, 2);
		memmove(data + to, data + at + 4, size - 4);
		to += size - 4;
		at += size;
		left -= size;
	}
	return to;
}

/*
 * Private numbers: state: within a spanned record; size: its bytes so far; left: of the block, at
 * data[at]; mark: left at its start.
 */
int
framing_split_v(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	int blocks = framing_kind(s->framing)->blocks, got;
	size_t at = s->seen;

	while (f->count < f->max) {
		size_t size, end;
		enum place place;

		if (blocks && s->left == 0 && len - at >= 4) {
			s->left = block_size(data + at);
			if (s->left < 8 || (~data[at] & 0x80 && big_endian(data + at + 2, 2) != 0))
				return framing_fault(s, f, at, "the block descriptor word is wrong: %08lX",
				    (unsigned long)big_endian(data + at, 4));
			s->left -= 4;
			at += 4;
			if (!s->state)
				f->used = at;
		}
		if ((blocks && s->left == 0) || (got = segment(s, f, data, len, at)) == 0)
			break;
		if (got == -1)
			return -1;
		size = big_endian(data + at, 2);
		place = (enum place)data[at + 2];
		end = at + size;
		if (place == FIRST) {
			s->mark = s->left;
			s->size = 0;
		}
		s->size += size - 4;
		s->state = place == FIRST || place == MIDDLE;
		if (place == LAST)
			framing_add(f, f->used + 4, gather(blocks, data, f->used, end, s->mark));
		else if (place == WHOLE)
			framing_add(f, at + 4, end);
		at = end;
		s->left -= blocks ? size : 0;
		if (!s->state) {
			f->used = at;
			s->size = 0;
		}
	}
	s->seen = at - f->used;
	if (!eof || f->count == f->max || (f->used == len && s->left == 0))
		return 0;
	if (s->state)
		return framing_fault(s, f, f->used, "the input ends before the last segment of the spanned record");
	if (at == len)
		return framing_fault(
		    s, f, at, "the input ends %llu bytes before the block does", (unsigned long long)s->left);
	return framing_fault(s, f, at, "the input ends within a record or its descriptor word");
}
