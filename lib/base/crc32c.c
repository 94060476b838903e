/*
 * crc32c: by the SSE4.2 instruction, the ARMv8 CRC instruction, or tables.
 *
 * The SSE4.2 instruction takes 8 bytes per cycle, but its result comes 3 cycles later; so a large
 * input is cut into three neighbouring lanes whose checksums advance together. They are combined as
 * in V. Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction" (Intel,
 * 2011): a checksum a moves over n more bytes of zeros by a carry-less product with the constant
 * x^(8n-33) mod P and one more crc32 instruction, which multiplies by x^32 (the missing x comes
 * from bit reflection: the product of two reflected 32-bit numbers is short by one bit).
 *
 * The tables are "slicing by 8" (M. Kounavis and F. Berry, 2005): table k has the checksums of one
 * byte followed by k bytes of zeros.
 */

#include <pthread.h>
#include <string.h>

#include "base/crc32c.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

#define POLY 0x82F63B78U /* 0x1EDC6F41 reflected */

static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void
table_fill(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t sum = byte;

		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? POLY : 0);
		table[0][byte] = sum;
	}
	for (int k = 1; k < 8; k++) {
		for (int byte = 0; byte < 256; byte++) {
			uint32_t sum = table[k - 1][byte];

			table[k][byte] = sum >> 8 ^ table[0][sum & 0xFF];
		}
	}
}

uint32_t
crc32c_tables(uint32_t sum, const void *data, size_t len)
{
	const unsigned char *p = data;

	pthread_once(&table_once, table_fill);
	sum = ~sum;
	for (; len >= 8; p += 8, len -= 8) {
		/* Byte by byte, so that it is right on a big-endian host too. */
		sum = table[7][p[0] ^ (sum & 0xFF)] ^ table[6][p[1] ^ (sum >> 8 & 0xFF)] ^
		      table[5][p[2] ^ (sum >> 16 & 0xFF)] ^ table[4][p[3] ^ sum >> 24] ^
		      table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
	}
	for (; len > 0; p++, len--)
		sum = sum >> 8 ^ table[0][(sum ^ *p) & 0xFF];
	return ~sum;
}

#if defined(__x86_64__)

enum { LANE = 512 };             /* bytes; 192 instructions between two combinations */
#define OVER_1_LANE 0xDD7E3B0CU  /* x^(8*LANE-33) mod P, reflected */
#define OVER_2_LANES 0x170076FAU /* x^(16*LANE-33) mod P, reflected */

static inline uint64_t
load(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

__attribute__((target("sse4.2,pclmul"))) static inline uint64_t
move_over(uint64_t sum, uint32_t constant)
{
	__m128i product = _mm_clmulepi64_si128(
	    _mm_cvtsi64_si128((long long)sum), _mm_cvtsi32_si128((int)constant), 0);

	return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t
crc32c_instruction(uint32_t start, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t sum = (uint32_t)~start;

	for (; len >= 3 * LANE; p += 3 * LANE, len -= 3 * LANE) {
		uint64_t second = 0, third = 0;

		for (int i = 0; i < LANE; i += 8) {
			sum = _mm_crc32_u64(sum, load(p + i));
			second = _mm_crc32_u64(second, load(p + LANE + i));
			third = _mm_crc32_u64(third, load(p + 2 * LANE + i));
		}
		sum = move_over(sum, OVER_2_LANES) ^ move_over(second, OVER_1_LANE) ^ third;
	}
	for (; len >= 8; p += 8, len -= 8)
		sum = _mm_crc32_u64(sum, load(p));
	for (; len > 0; p++, len--)
		sum = _mm_crc32_u8((uint32_t)sum, *p);
	return ~(uint32_t)sum;
}

static int
has_instruction(void)
{
	return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
}

#elif defined(__ARM_FEATURE_CRC32)

static uint32_t
crc32c_instruction(uint32_t sum, const void *data, size_t len)
{
	const unsigned char *p = data;

	sum = ~sum;
	for (; len >= 8; p += 8, len -= 8) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word);
#endif
		sum = __crc32cd(sum, word);
	}
	for (; len > 0; p++, len--)
		sum = __crc32cb(sum, *p);
	return ~sum;
}

static int
has_instruction(void)
{
	return 1;
}

#else

static uint32_t
crc32c_instruction(uint32_t sum, const void *data, size_t len)
{
	return crc32c_tables(sum, data, len);
}

static int
has_instruction(void)
{
	return 0;
}

#endif

uint32_t
crc32c(uint32_t sum, const void *data, size_t len)
{
	return has_instruction() ? crc32c_instruction(sum, data, len)
	                         : crc32c_tables(sum, data, len);
}
