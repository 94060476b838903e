/*
 * byteset: see byteset.h.
 *
 * As in scan.c a loop is written once, over a function that turns a window of 64 bytes into a mask,
 * and is inlined into both ways.
 */

#include <string.h>

#include "base/byteset.h"
#include "base/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* Returns a mask of the window's bytes that are in the set; *above: of those above 0x7F. */
typedef uint64_t mask_fn(const struct byteset *, const char *window, uint64_t *above);

void
byteset_add(struct byteset *s, unsigned char byte)
{
	s->has[byte] = 1;
	(byte < 0x80 ? s->low : s->high)[byte & 15] |= (unsigned char)(1 << (byte >> 4 & 7));
}

/* The same for the n bytes at data + i, which may be less than a window. */
INLINE uint64_t
mask_at(mask_fn *mask, const struct byteset *s, const char *data, size_t i, size_t n, uint64_t *above)
{
	char window[BYTESET_WINDOW] = { 0 };
	uint64_t found;

	if (n >= BYTESET_WINDOW)
		return mask(s, data + i, above);
	if (i + n >= BYTESET_WINDOW) {
		/* The window that ends with the data: its first bytes have been looked at. */
		found = mask(s, data + i + n - BYTESET_WINDOW, above);
		*above >>= BYTESET_WINDOW - n;
		return found >> (BYTESET_WINDOW - n);
	}
	memcpy(window, data + i, n);
	found = mask(s, window, above) & ((UINT64_C(1) << n) - 1);
	*above &= (UINT64_C(1) << n) - 1;
	return found;
}

INLINE size_t
any_find(mask_fn *mask, const struct byteset *s, const char *data, size_t len, size_t from)
{
	for (size_t i = from; i < len; i += BYTESET_WINDOW) {
		uint64_t above, found = mask_at(mask, s, data, i, len - i, &above);

		if (found != 0)
			return i + (size_t)__builtin_ctzll(found);
	}
	return len;
}

/*
 * The places at which runs begin and end take turns, so that they are stored one after another:
 * spans are pairs of them.
 */
INLINE size_t
any_spans(mask_fn *mask, const struct byteset *s, const char *data, size_t len, size_t *from, int each, int ascii,
    struct byteset_span *spans, size_t max)
{
	size_t count = 0, i = *from;
	uint64_t inside = 0; /* 1: a run has begun, at spans[count].start */

	while (i < len && max - count > BYTESET_WINDOW) {
		size_t n = len - i < BYTESET_WINDOW ? len - i : BYTESET_WINDOW;
		uint64_t above, found = mask_at(mask, s, data, i, n, &above), turns;

		if (ascii && above != 0) {
			n = (size_t)__builtin_ctzll(above);
			found &= (UINT64_C(1) << n) - 1;
		}
		if (each) {
			for (; found != 0; found &= found - 1, count++) {
				spans[count].start = i + (size_t)__builtin_ctzll(found);
				spans[count].end = spans[count].start + 1;
			}
		} else {
			turns = found ^ (found << 1 | inside);
			if (n < BYTESET_WINDOW)
				turns &= (UINT64_C(1) << n) - 1;
			for (; turns != 0; turns &= turns - 1) {
				size_t at = i + (size_t)__builtin_ctzll(turns);

				if (inside)
					spans[count++].end = at;
				else
					spans[count].start = at;
				inside ^= 1;
			}
		}
		i += n;
		if (ascii && above != 0) {
			*from = inside ? spans[count].start : i;
			return count;
		}
	}
	if (inside && i == len)
		spans[count++].end = len;
	else if (inside)
		i = spans[count].start;
	*from = i < len ? i : len;
	return count;
}

struct way {
	size_t (*find)(const struct byteset *, const char *, size_t, size_t);
	size_t (*spans)(
	    const struct byteset *, const char *, size_t, size_t *, int, int, struct byteset_span *, size_t);
};

/* The loops over W_mask, for processors with TARGET, as W_way. */
#define WAY(W, TARGET)                                                                                           \
	TARGET static size_t W##_find(const struct byteset *s, const char *data, size_t len, size_t from)        \
	{                                                                                                        \
		return any_find(W##_mask, s, data, len, from);                                                   \
	}                                                                                                        \
	TARGET static size_t W##_spans(const struct byteset *s, const char *data, size_t len, size_t *from,      \
	    int each, int ascii, struct byteset_span *spans, size_t max)                                         \
	{                                                                                                        \
		return each ? any_spans(W##_mask, s, data, len, from, 1, ascii, spans, max) :                    \
			      any_spans(W##_mask, s, data, len, from, 0, ascii, spans, max);                     \
	}                                                                                                        \
	static const struct way W##_way = { W##_find, W##_spans }

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

AVX2 static inline uint32_t
avx2_half(const char *p, __m256i low, __m256i high, uint32_t *above)
{
	const __m256i bits = _mm256_set1_epi64x((long long)UINT64_C(0x8040201008040201));
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p), row, bit;

	/* A shuffle gives 0 for a byte whose top bit is set, else what its low half names. */
	row = _mm256_or_si256(_mm256_shuffle_epi8(low, bytes),
	    _mm256_shuffle_epi8(high, _mm256_xor_si256(bytes, _mm256_set1_epi8(-128))));
	bit = _mm256_shuffle_epi8(bits, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(7)));
	*above = (uint32_t)_mm256_movemask_epi8(bytes);
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(row, bit), bit));
}

AVX2 static inline uint64_t
avx2_mask(const struct byteset *s, const char *window, uint64_t *above)
{
	__m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)s->low));
	__m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)s->high));
	uint32_t above1, above2;
	uint64_t found = avx2_half(window, low, high, &above1);

	found |= (uint64_t)avx2_half(window + 32, low, high, &above2) << 32;
	*above = above1 | (uint64_t)above2 << 32;
	return found;
}

WAY(avx2, AVX2);

#endif

static inline uint64_t
plain_mask(const struct byteset *s, const char *window, uint64_t *above)
{
	uint64_t found = 0;

	*above = 0;
	for (unsigned i = 0; i < BYTESET_WINDOW; i++) {
		unsigned char byte = (unsigned char)window[i];

		found |= (uint64_t)s->has[byte] << i;
		*above |= (uint64_t)(byte >> 7) << i;
	}
	return found;
}

WAY(plain, );

static inline const struct way *
way(void)
{
#if defined(__x86_64__)
	if (*scan_way() == 'a')
		return &avx2_way;
#endif
	return &plain_way;
}

size_t
byteset_find(const struct byteset *s, const char *data, size_t len, size_t from)
{
	size_t near;

	if (from >= len)
		return len;
	/* Often it is one of the next bytes. */
	for (near = len - from > 4 ? from + 4 : len; from < near; from++)
		if (s->has[(unsigned char)data[from]])
			return from;
	return from < len ? way()->find(s, data, len, from) : len;
}

size_t
byteset_spans(const struct byteset *s, const char *data, size_t len, size_t *from, int each, int ascii,
    struct byteset_span *spans, size_t max)
{
	return way()->spans(s, data, len, from, each, ascii, spans, max);
}
