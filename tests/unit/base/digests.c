/*
 * digests: md5, sha1 and sha256 by the published vectors: RFC 1321, section A.5; RFC 3174, section
 * 7.3; FIPS 180-4 with NIST's examples (SHA_All.pdf, SHA256.pdf). Then all lengths around the edges
 * of blocks, whose digests' digest was made by coreutils' md5sum, sha1sum and sha256sum.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/md5.h"
#include "base/sha1.h"
#include "base/sha256.h"
#include "unit/unit.h"

typedef void digest_of(const void *data, size_t len, size_t piece, unsigned char *digest);

/* name_of: the digest of data that come in pieces of that size. */
#define IN_PIECES(name)                                                                          \
	static void name##_of(const void *data, size_t len, size_t piece, unsigned char *digest) \
	{                                                                                        \
		struct name state;                                                               \
		size_t n;                                                                        \
		name##_begin(&state);                                                            \
		for (size_t at = 0; at < len; at += n) {                                         \
			n = len - at < piece ? len - at : piece;                                 \
			name##_add(&state, (const char *)data + at, n);                          \
			name##_add(&state, NULL, 0);                                             \
		}                                                                                \
		name##_end(&state, digest);                                                      \
	}

IN_PIECES(md5)
IN_PIECES(sha1)
IN_PIECES(sha256)

static void
digits(const unsigned char *digest, size_t n, char *text)
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void
vector(digest_of *function, size_t size, const char *data, size_t len, const char *want)
{
	unsigned char digest[SHA256_SIZE];
	static const size_t pieces[] = { SIZE_MAX, 1, 7, 63, 64, 65, 128, 1000 };
	char text[2 * SHA256_SIZE + 1], *copy = malloc(len > 0 ? len : 1);

	/* In memory of its exact size. */
	memcpy(copy, data, len);
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		function(copy, len, pieces[i], digest);
		digits(digest, size, text);
		if (strcmp(text, want) != 0)
			printf("%.40s in pieces of %zu: %s, not %s\n", data, pieces[i], text, want);
		CHECK(strcmp(text, want) == 0);
	}
	free(copy);
}

static void
vectors(void)
{
	static const struct {
		const char *data, *md5, *sha1, *sha256;
	} known[] = {
		{ "", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "a", "0cc175b9c0f1b6a831c399e269772661", NULL, NULL },
		{ "abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0", NULL, NULL },
		{ "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b", NULL, NULL },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f", NULL,
		    NULL },
		{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		    "57edf4a22be3c955ac49da2e2107b67a", NULL, NULL },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", NULL,
		    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char *million = malloc(1000000), *repeated = malloc(640);

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		size_t len = strlen(known[i].data);

		if (known[i].md5 != NULL)
			vector(md5_of, MD5_SIZE, known[i].data, len, known[i].md5);
		if (known[i].sha1 != NULL)
			vector(sha1_of, SHA1_SIZE, known[i].data, len, known[i].sha1);
		if (known[i].sha256 != NULL)
			vector(sha256_of, SHA256_SIZE, known[i].data, len, known[i].sha256);
	}
	memset(million, 'a', 1000000);
	vector(md5_of, MD5_SIZE, million, 1000000, "7707d6ae4e027c70eea2a935c2296f21");
	vector(sha1_of, SHA1_SIZE, million, 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	vector(sha256_of, SHA256_SIZE, million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	for (int i = 0; i < 640; i++)
		repeated[i] = (char)('0' + i % 8);
	vector(sha1_of, SHA1_SIZE, repeated, 640, "dea356a2cddd90c7a7ecedc5ebb563934f460452");
	free(million);
	free(repeated);
}

/* Digests of 0, 1 ... 200 bytes of 'x', one after the other in hexadecimal, and their digest. */
static void
edges(digest_of *function, size_t size, const char *want)
{
	char data[200], all[201 * 2 * SHA256_SIZE + 1];
	unsigned char digest[SHA256_SIZE];
	size_t n = 0;

	memset(data, 'x', sizeof data);
	for (size_t len = 0; len <= sizeof data; len++, n += 2 * size) {
		function(data, len, 1 + len % 70, digest);
		digits(digest, size, all + n);
	}
	vector(function, size, all, n, want);
}

int
main(void)
{
	vectors();
	edges(md5_of, MD5_SIZE, "1f0d9d949b2c16e511c7083a082d1828");
	edges(sha1_of, SHA1_SIZE, "1f67da40a499e887e43c141418cc90ce5c8f9002");
	edges(sha256_of, SHA256_SIZE, "75013a3fd49991ead9d8a57ea80485c088443c3406a0e8fa003ed57144041eb4");
	return unit_end("digests");
}
