/*
 * codes: base64 and hex by the vectors of RFC 4648, section 10, percent by RFC 3986; what is
 * refused; random bytes there and back, and random texts: what is decoded gives the same text
 * again.
 */

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/percent.h"
#include "unit/unit.h"

typedef int decoder(struct buf *out, const char *text, size_t len);

/* Calls the decoder with a copy of exact size, after two bytes that must stay. */
static int
decode(decoder *function, const char *text, size_t len, struct buf *out)
{
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	memcpy(copy, text, len);
	out->len = 0;
	CHECK(buf_adds(out, "<>") == 0);
	result = function(out, copy, len);
	CHECK(out->len >= 2 && memcmp(out->data, "<>", 2) == 0);
	CHECK(result == 1 || (result == 0 && out->len == 2));
	free(copy);
	return result;
}

static void
refused(decoder *function, const char *text)
{
	struct buf out = { 0 };
	int result = decode(function, text, strlen(text), &out);

	if (result != 0)
		printf("%s is taken\n", text);
	CHECK(result == 0);
	buf_free(&out);
}

static void
both(int (*encoder)(struct buf *, const void *, size_t), decoder *function, const char *data, size_t len,
    const char *want)
{
	struct buf out = { 0 };

	CHECK(buf_adds(&out, "<>") == 0 && encoder(&out, data, len) == 0);
	if (out.len != strlen(want) + 2 || memcmp(out.data + 2, want, out.len - 2) != 0)
		printf("%s is %s, not %s\n", data, buf_string(&out), want);
	CHECK(out.len == strlen(want) + 2 && memcmp(out.data + 2, want, out.len - 2) == 0);
	CHECK(decode(function, want, strlen(want), &out) == 1);
	CHECK(out.len == len + 2 && (len == 0 || memcmp(out.data + 2, data, len) == 0));
	buf_free(&out);
}

static int
percent(struct buf *out, const void *data, size_t len)
{
	return percent_encode(out, data, len);
}

static void
vectors(void)
{
	both(base64_encode, base64_decode, "", 0, "");
	both(base64_encode, base64_decode, "f", 1, "Zg==");
	both(base64_encode, base64_decode, "fo", 2, "Zm8=");
	both(base64_encode, base64_decode, "foo", 3, "Zm9v");
	both(base64_encode, base64_decode, "foob", 4, "Zm9vYg==");
	both(base64_encode, base64_decode, "fooba", 5, "Zm9vYmE=");
	both(base64_encode, base64_decode, "foobar", 6, "Zm9vYmFy");
	both(base64_encode, base64_decode, "\0\20\203\20Q\207 \222\213", 9, "ABCDEFGHIJKL");
	both(base64_encode, base64_decode, "\377\357\276", 3, "/+++");
	both(hex_encode, hex_decode, "", 0, "");
	both(hex_encode, hex_decode, "f", 1, "66");
	both(hex_encode, hex_decode, "foobar", 6, "666f6f626172");
	both(hex_encode, hex_decode, "\0\377\n", 3, "00ff0a");
	both(percent, percent_decode, "", 0, "");
	both(percent, percent_decode, "aZ09-._~", 8, "aZ09-._~");
	both(percent, percent_decode, "a b/c?d=e&f+g%", 14, "a%20b%2Fc%3Fd%3De%26f%2Bg%25");
	both(percent, percent_decode, "\303\251\0\377", 4, "%C3%A9%00%FF");
}

static void
wrong(void)
{
	static const char *const base64[] = { "Z", "Zg", "Zg=", "Zg===", "Zm8", "=", "==", "====", "Z===", "Zh==", "Zm9=", "Zg==Zg==",
		"Zm9v\n", "Zm 9v", "Zm9v====", "Zm-_", "Zm9v Zm9", "Z=g=", "Zm=v", "=m9v", "Zm9\303", "Zg=A" };
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof base64 / sizeof base64[0]; i++)
		refused(base64_decode, base64[i]);
	CHECK(decode(base64_decode, "Zm\0v", 4, &out) == 0);
	refused(hex_decode, "6");
	refused(hex_decode, "6g");
	refused(hex_decode, "66 ");
	refused(hex_decode, "0x66");
	refused(hex_decode, "66:66");
	CHECK(decode(hex_decode, "aAfF", 4, &out) == 1 && memcmp(out.data + 2, "\252\377", 2) == 0);
	refused(percent_decode, "%");
	refused(percent_decode, "a%4");
	refused(percent_decode, "a%4g");
	refused(percent_decode, "%%41");
	refused(percent_decode, "%41%");
	CHECK(decode(percent_decode, "a+b%2f\377%c3", 10, &out) == 1 && out.len == 8);
	CHECK(memcmp(out.data + 2, "a+b/\377\303", 6) == 0);
	buf_free(&out);
}

/* Nothing, to and from a buffer that has no memory yet. */
static void
nothing(void)
{
	struct buf out = { 0 };

	CHECK(base64_encode(&out, "", 0) == 0 && base64_decode(&out, "", 0) == 1);
	CHECK(hex_encode(&out, "", 0) == 0 && hex_decode(&out, "", 0) == 1);
	CHECK(percent_encode(&out, "", 0) == 0 && percent_decode(&out, "", 0) == 1);
	CHECK(out.len == 0);
	buf_free(&out);
}

int
main(void)
{
	nothing();
	static decoder *const decoders[] = { base64_decode, hex_decode, percent_decode };
	static int (*const encoders[])(struct buf *, const void *, size_t) = { base64_encode, hex_encode, percent };
	struct buf text = { 0 }, back = { 0 };
	unsigned long taken = 0;

	vectors();
	wrong();
	while (unit_round()) {
		for (int i = 0; i < 100; i++) {
			char data[64];
			size_t n = unit_random(sizeof data), k = unit_random(3);

			for (size_t j = 0; j < n; j++)
				data[j] = (char)unit_random(256);
			text.len = 0;
			CHECK(encoders[k](&text, data, n) == 0);
			CHECK(decode(decoders[k], text.len > 0 ? text.data : "", text.len, &back) == 1);
			CHECK(back.len == n + 2 && memcmp(back.data + 2, data, n) == 0);
			/* Of base64 each text that is taken is what its bytes are encoded as. */
			n = 4 * unit_random(3);
			for (size_t j = 0; j < n; j++)
				data[j] = "AQgw+/=Zm9v01-"[unit_random(14)];
			if (decode(base64_decode, data, n, &back) == 1) {
				text.len = 0;
				CHECK(base64_encode(&text, back.data + 2, back.len - 2) == 0);
				CHECK(text.len == n && (n == 0 || memcmp(text.data, data, n) == 0));
				taken += n > 0;
			}
		}
	}
	CHECK(taken > 0);
	buf_free(&text);
	buf_free(&back);
	return unit_end("codes");
}
