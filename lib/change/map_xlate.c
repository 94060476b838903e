/*
 * map_xlate: the verb xlate of CMS Pipelines, which translates bytes, one by one, by a table of
 * 256. It can also delete bytes, and squeeze runs of one byte, as tr(1) does.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/delimited.h"
#include "base/num.h"
#include "change/map_private.h"
#include "change/zones.h"

/*
 * ISO 8859-1 to EBCDIC, code page 1047 (IBM's CDRA, "Latin 1/Open Systems"). All bytes are in it
 * once.
 */
/* clang-format off */
static const unsigned char ebcdic[256] = {
	0x00, 0x01, 0x02, 0x03, 0x37, 0x2D, 0x2E, 0x2F, 0x16, 0x05, 0x25, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F,
	0x10, 0x11, 0x12, 0x13, 0x3C, 0x3D, 0x32, 0x26, 0x18, 0x19, 0x3F, 0x27, 0x1C, 0x1D, 0x1E, 0x1F,
	0x40, 0x5A, 0x7F, 0x7B, 0x5B, 0x6C, 0x50, 0x7D, 0x4D, 0x5D, 0x5C, 0x4E, 0x6B, 0x60, 0x4B, 0x61,
	0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0x7A, 0x5E, 0x4C, 0x7E, 0x6E, 0x6F,
	0x7C, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6,
	0xD7, 0xD8, 0xD9, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xAD, 0xE0, 0xBD, 0x5F, 0x6D,
	0x79, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96,
	0x97, 0x98, 0x99, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xC0, 0x4F, 0xD0, 0xA1, 0x07,
	0x20, 0x21, 0x22, 0x23, 0x24, 0x15, 0x06, 0x17, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x09, 0x0A, 0x1B,
	0x30, 0x31, 0x1A, 0x33, 0x34, 0x35, 0x36, 0x08, 0x38, 0x39, 0x3A, 0x3B, 0x04, 0x14, 0x3E, 0xFF,
	0x41, 0xAA, 0x4A, 0xB1, 0x9F, 0xB2, 0x6A, 0xB5, 0xBB, 0xB4, 0x9A, 0x8A, 0xB0, 0xCA, 0xAF, 0xBC,
	0x90, 0x8F, 0xEA, 0xFA, 0xBE, 0xA0, 0xB6, 0xB3, 0x9D, 0xDA, 0x9B, 0x8B, 0xB7, 0xB8, 0xB9, 0xAB,
	0x64, 0x65, 0x62, 0x66, 0x63, 0x67, 0x9E, 0x68, 0x74, 0x71, 0x72, 0x73, 0x78, 0x75, 0x76, 0x77,
	0xAC, 0x69, 0xED, 0xEE, 0xEB, 0xEF, 0xEC, 0xBF, 0x80, 0xFD, 0xFE, 0xFB, 0xFC, 0xBA, 0xAE, 0x59,
	0x44, 0x45, 0x42, 0x46, 0x43, 0x47, 0x9C, 0x48, 0x54, 0x51, 0x52, 0x53, 0x58, 0x55, 0x56, 0x57,
	0x8C, 0x49, 0xCD, 0xCE, 0xCB, 0xCF, 0xCC, 0xE1, 0x70, 0xDD, 0xDE, 0xDB, 0xDC, 0x8D, 0x8E, 0xDF,
};
/* clang-format on */

struct xlate {
	struct zones zones;
	unsigned char to[256];
	unsigned char drop[256], squeeze[256]; /* 1: the byte is left out; it is, after the same byte */
	int shorter;                           /* 1: there are such bytes */
};

/* Bytes in order, as FROM or TO. */
struct bytes {
	unsigned char list[256];
	size_t count;
};

static void
xlate_free(struct map *m)
{
	struct xlate *x = m->job;

	if (x == NULL)
		return;
	zones_free(&x->zones);
	free(x);
	m->job = NULL;
}

/* ---- operands ---- */

/*
 * Reads one byte, a character or two hexadecimal digits, of len bytes. Returns 1, or 0 if it is
 * none.
 */
static int
read_byte(const char *p, size_t len, unsigned *byte)
{
	static const char *const names[] = { "BLANK", "SPACE", "TAB" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], p, len) == 0) {
			*byte = i == 2 ? '\t' : ' ';
			return 1;
		}
	if (len == 2 && num_hex(p[0]) >= 0 && num_hex(p[1]) >= 0)
		*byte = (unsigned)(num_hex(p[0]) << 4 | num_hex(p[1]));
	else if (len == 1)
		*byte = (unsigned char)*p;
	else
		return 0;
	return 1;
}

/* Returns where the - of a range such as a-z or 00-1f is in the word, or NULL if it is none. */
static const char *
middle(const char *word)
{
	return strlen(word) < 3 ? NULL : strchr(word + 1, '-');
}

static int
take_bytes(const char *word, struct bytes *b, struct buf *error)
{
	const char *hyphen = middle(word);
	unsigned first, last;

	b->count = 0;
	if (delimited_is(word)) {
		struct buf text = { 0 };

		if (delimited_parse(word, &text, error) < 0)
			return -1;
		for (size_t i = 0; i < text.len && i < sizeof b->list; i++)
			b->list[b->count++] = (unsigned char)text.data[i];
		buf_free(&text);
		return 0;
	}
	if (hyphen != NULL ? !read_byte(word, (size_t)(hyphen - word), &first) ||
		    !read_byte(hyphen + 1, strlen(hyphen + 1), &last) || last < first :
			     !read_byte(word, strlen(word), &first)) {
		(void)buf_addf(error,
		    "%s: bytes are one character, two hexadecimal digits, a range of these such as a-z or "
		    "00-1f, or a string such as /aeiou/",
		    word);
		return -1;
	}
	for (last = hyphen != NULL ? last : first; first <= last; first++)
		b->list[b->count++] = (unsigned char)first;
	return 0;
}

/* Takes FROM TO. If TO is shorter, its last byte serves for the rest. */
static int
take_pair(struct xlate *x, const char *from, const char *to, struct buf *error)
{
	struct bytes a, b;

	if (take_bytes(from, &a, error) < 0 || take_bytes(to, &b, error) < 0)
		return -1;
	if (b.count == 0 || b.count > a.count) {
		(void)buf_addf(error, "%s %s: %s", from, to,
		    b.count == 0 ? "nothing to translate to; bytes are left out by delete" :
				   "there is more to translate to than from");
		return -1;
	}
	for (size_t i = 0; i < a.count; i++)
		x->to[a.list[i]] = b.list[i < b.count ? i : b.count - 1];
	return 0;
}

/* Takes a word that is the name of a table. Returns 1, or 0 if it is none. */
static int
take_table(struct xlate *x, const char *word)
{
	if (strcasecmp(word, "upper") == 0 || strcasecmp(word, "uppercase") == 0) {
		for (int c = 'a'; c <= 'z'; c++)
			x->to[c] = (unsigned char)(c - 'a' + 'A');
	} else if (strcasecmp(word, "lower") == 0 || strcasecmp(word, "lowercase") == 0) {
		for (int c = 'A'; c <= 'Z'; c++)
			x->to[c] = (unsigned char)(c - 'A' + 'a');
	} else if (strcasecmp(word, "a2e") == 0) {
		memcpy(x->to, ebcdic, sizeof ebcdic);
	} else if (strcasecmp(word, "e2a") == 0) {
		for (int c = 0; c < 256; c++)
			x->to[ebcdic[c]] = (unsigned char)c;
	} else {
		return 0;
	}
	return 1;
}

/* Takes the words after the ranges. */
static int
take_words(struct xlate *x, char *const words[], size_t count, struct buf *error)
{
	size_t i = 0;

	if (count > 0 && take_table(x, words[0]))
		i = 1;
	while (i < count) {
		int drops = strcasecmp(words[i], "delete") == 0, squeezes = strcasecmp(words[i], "squeeze") == 0;
		struct bytes b;

		if (i + 1 == count) {
			(void)buf_addf(error, "%s: %s", words[i],
			    drops || squeezes ? "bytes are expected after it" : "what it becomes is expected after it");
			return -1;
		}
		if (drops || squeezes) {
			if (take_bytes(words[i + 1], &b, error) < 0)
				return -1;
			for (size_t k = 0; k < b.count; k++)
				(drops ? x->drop : x->squeeze)[b.list[k]] = 1;
			x->shorter = 1;
		} else if (take_pair(x, words[i], words[i + 1], error) < 0) {
			return -1;
		}
		i += 2;
	}
	return 0;
}

/* Returns 1 if the word is bytes, though it looks like the beginning of a range: 0-9, 00-1f, 40. */
static int
is_bytes(const char *word)
{
	const char *hyphen = middle(word);
	unsigned byte;

	if (hyphen == NULL)
		return isxdigit((unsigned char)*word) && *word != 'f' && *word != 'F' && strlen(word) < 3 &&
		    read_byte(word, strlen(word), &byte);
	return *word == '0' && read_byte(word, (size_t)(hyphen - word), &byte) &&
	    read_byte(hyphen + 1, strlen(hyphen + 1), &byte);
}

static int
xlate_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct xlate *x = calloc(1, sizeof *x);
	size_t ranges = 0, used = 0;

	m->job = x;
	if (x == NULL)
		return map_no_memory(error);
	for (int c = 0; c < 256; c++)
		x->to[c] = (unsigned char)c;
	while (ranges < count && !is_bytes(words[ranges]))
		ranges++;
	if (map_ranges(m, &x->zones.range, words, ranges, &used, error) < 0)
		return -1;
	if (used == count) {
		(void)buf_adds(
		    error, "upper, lower, a2e, e2a, delete, squeeze or pairs of bytes are expected, such as a-z A-Z");
		return -1;
	}
	return take_words(x, words + used, count - used, error);
}

static int
xlate_bind(struct map *m, const struct table *in, struct buf *error)
{
	return zones_bind(&((struct xlate *)m->job)->zones, in, error);
}

/* ---- a string ---- */

static const char *
translate(void *arg, const char *data, size_t len, struct buf *out, int *changed)
{
	const struct xlate *x = arg;
	unsigned char *to;
	size_t n = 0;

	if (len == 0)
		return NULL;
	if (buf_reserve(out, len) < 0)
		return "";
	to = (unsigned char *)out->data + out->len;
	if (!x->shorter) {
		for (; n < len; n++)
			to[n] = x->to[(unsigned char)data[n]];
	} else {
		int last = -1;

		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)data[i], after = x->to[c];

			if (x->drop[c] || (x->squeeze[after] && after == last))
				continue;
			to[n++] = after;
			last = after;
		}
	}
	*changed = n != len || memcmp(to, data, len) != 0;
	if (*changed)
		out->len += n;
	return NULL;
}

static const char *
xlate_apply(struct map *m, const struct rec *r)
{
	struct xlate *x = m->job;
	int lacks = 0;
	const char *why = zones_apply(&x->zones, r, translate, x, map_bytes(m), &lacks);

	if (why != NULL)
		return why;
	return lacks && m->need ? map_lacks : map_record(m, r);
}

const struct map_verb map_xlate = {
	.name = "xlate",
	.operands = "[RANGE ...] [upper | lower | a2e | e2a] [FROM TO] [delete BYTES] [squeeze BYTES] ...",
	.summary = "bytes are translated, deleted, squeezed",
	.help = "  xlate upper       xlate .code lower     xlate a-z A-Z      xlate 00-1f BLANK\n"
		"  xlate delete /\"'/  xlate squeeze BLANK   xlate 1-8 /aeiou/ /AEIOU/\n"
		"Bytes are a character, two hexadecimal digits, a range of these, or a string of them.\n",
	.options = MAP_F | MAP_NEED,
	.compile = xlate_compile,
	.bind = xlate_bind,
	.apply = xlate_apply,
	.free = xlate_free,
};
