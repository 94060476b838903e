/*
 * siphash: the hashes of 00 01 02 ... with the key 00 01 ... 0f, as `openssl mac ... SIPHASH`
 * computes them.
 */

#include <string.h>

#include "base/siphash.h"
#include "unit/unit.h"

struct vector {
	size_t len;
	const char *hash;
};

static const struct vector vectors[] = {
	{ 0, "a3817f04ba25a8e66df67214c7550293" },
	{ 1, "da87c1d86b99af44347659119b22fc45" },
	{ 2, "8177228da4a45dc7fca38bdef60affe4" },
	{ 3, "9c70b60c5267a94e5f33b6b02985ed51" },
	{ 4, "f88164c12d9c8faf7d0f6e7c7bcd5579" },
	{ 5, "1368875980776f8854527a07690e9627" },
	{ 6, "14eeca338b208613485ea0308fd7a15e" },
	{ 7, "a1f1ebbed8dbc153c0b84aa61ff08239" },
	{ 8, "3b62a9ba6258f5610f83e264f31497b4" },
	{ 9, "264499060ad9baabc47f8b02bb6d71ed" },
	{ 10, "00110dc378146956c95447d3f3d0fbba" },
	{ 11, "0151c568386b6677a2b4dc6f81e5dc18" },
	{ 12, "d626b266905ef35882634df68532c125" },
	{ 13, "9869e247e9c08b10d029934fc4b952f7" },
	{ 14, "31fcefac66d7de9c7ec7485fe4494902" },
	{ 15, "5493e99933b0a8117e08ec0f97cfc3d9" },
	{ 16, "6ee2a4ca67b054bbfd3315bf85230577" },
	{ 17, "473d06e8738db89854c066c47ae47740" },
	{ 18, "a426e5e423bf4885294da481feaef723" },
	{ 19, "78017731cf65fab074d5208952512eb1" },
	{ 31, "2939b0183223fafc1723de4f52c43d35" },
	{ 32, "7c3956ca5eeafc3e363e9d556546eb68" },
	{ 33, "77c6077146f01c32b6b69d5f4ea9ffcf" },
	{ 63, "5150d1772f50834a503e069a973fbd7c" },
	{ 64, "1eaf077dc0d4cd3f8cad4d383658a74b" },
	{ 65, "02233e98fe91e1c8220dca0d285261ef" },
	{ 127, "6b01f8d78740d48842333afe3e87c23d" },
	{ 128, "d1b4bd390255083ddabe483d6e7af066" },
	{ 255, "1c9bb67528165f8e468248e3799b0eab" },
	{ 256, "67a00304d3834c4612eaee7b5f579acb" },
	{ 257, "1b25fee1ef6fbb23179c26056c2995fc" },
	{ 300, "ce005a406d14b36d5386b5f7a7e1b311" },
};

int
main(void)
{
	static const struct siphash_key key = { { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) } };
	unsigned char data[301];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		char text[33];
		uint64_t hash[2];

		/*
		 * At any address: the last bytes of an array that ends there, so that a read too
		 * far is found.
		 */
		memmove(data + sizeof data - vectors[i].len, data, vectors[i].len);
		siphash(&key, data + sizeof data - vectors[i].len, vectors[i].len, hash);
		for (int j = 0; j < 16; j++)
			snprintf(text + 2 * j, 3, "%02x", (unsigned)(hash[j / 8] >> (j % 8 * 8) & 0xff));
		CHECK(strcmp(text, vectors[i].hash) == 0);
		for (size_t j = 0; j < sizeof data; j++)
			data[j] = (unsigned char)j;
	}
	return unit_end("siphash");
}
