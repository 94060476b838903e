/*
 * scan: see scan.h.
 *
 * Every loop works on windows of 64 bytes and is written once. A "way" (AVX2, SSE2, plain C) gives
 * it two functions that turn a window into a mask of 64 bits: bit i says whether byte i equals c,
 * or whether the bytes at two places, each i further on, equal a pair. The loops are inlined into
 * every way, and the two functions into the loops, so that no function is called for a window. If
 * less than a window is left at the end of the data, it is copied into one, because to read a whole
 * window would read bytes outside of the data.
 */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

enum {
	WINDOW = 64,
	/*
	 * Offsets that scan_bytes stores at once. Measured, lines of 100 bytes: 2 at once 0.036
	 * s/GB, 4 at once 0.049; with lines of 8 bytes they are alike.
	 */
	BATCH = 2
};

/* The two bytes that scan_text tries first. A byte whose fold is 0x20 matches in either case. */
struct pair {
	char byte1, fold1;
	char byte2, fold2;
};

typedef uint64_t equal_fn(const char *window, char c);
typedef uint64_t pair_fn(const char *window1, const char *window2, struct pair);

INLINE uint32_t
first_bit(uint64_t mask)
{
	/*
	 * The highest bit changes nothing unless mask is 0, for which __builtin_ctzll is undefined.
	 */
	return (uint32_t)__builtin_ctzll(mask | UINT64_C(1) << 63);
}

/* Stores BATCH offsets, also if mask has fewer bits, and returns mask without them. */
INLINE uint64_t
store_batch(uint32_t *at, uint32_t base, uint64_t mask)
{
	at[0] = base + first_bit(mask);
	mask &= mask - 1;
	at[1] = base + first_bit(mask);
	return mask & (mask - 1);
}

/* Returns the mask of a window, or of the rest if n < WINDOW bytes are left. */
INLINE uint64_t
equal_at(equal_fn *equal, const char *data, size_t n, char c)
{
	char window[WINDOW] = { 0 };

	if (n >= WINDOW)
		return equal(data, c);
	memcpy(window, data, n);
	return equal(window, c) & ((UINT64_C(1) << n) - 1);
}

/* The same for a pair, always by copies. */
INLINE uint64_t
pair_rest(pair_fn *pair, const char *data1, const char *data2, size_t n, struct pair want)
{
	char window1[WINDOW] = { 0 }, window2[WINDOW] = { 0 };

	memcpy(window1, data1, n);
	memcpy(window2, data2, n);
	return pair(window1, window2, want) & ((UINT64_C(1) << n) - 1);
}

INLINE size_t
any_bytes(equal_fn *equal, const char *data, size_t len, char c, uint32_t base, uint32_t *at,
    size_t max, size_t *used)
{
	size_t i = 0, n = 0;

	/*
	 * Most windows of text have no newline or one, at random, and a branch on that would often
	 * be predicted wrongly. So BATCH offsets are always stored, and n counts only the valid
	 * ones; the next window overwrites the others. (D. Lemire and G. Langdale do so in
	 * simdjson.)
	 */
	for (; len - i >= WINDOW && max - n >= WINDOW; i += WINDOW) {
		uint64_t mask = equal(data + i, c);
		size_t found = (size_t)__builtin_popcountll(mask), k = 0;

		do {
			mask = store_batch(at + n + k, base + (uint32_t)i, mask);
			k += BATCH;
		} while (k < found);
		n += found;
	}
	for (; i < len; i += WINDOW) {
		uint64_t mask = equal_at(equal, data + i, len - i, c);

		for (; mask != 0; mask &= mask - 1) {
			if (n == max) {
				*used = n > 0 ? at[n - 1] - base + 1 : 0;
				return n;
			}
			at[n++] = base + (uint32_t)i + first_bit(mask);
		}
	}
	*used = len;
	return n;
}

INLINE size_t
any_count(equal_fn *equal, const char *data, size_t len, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i += WINDOW)
		n += (size_t)__builtin_popcountll(equal_at(equal, data + i, len - i, c));
	return n;
}

INLINE size_t
any_byte(equal_fn *equal, const char *data, size_t len, size_t from, char c)
{
	for (size_t i = from; i < len; i += WINDOW) {
		uint64_t mask = equal_at(equal, data + i, len - i, c);

		if (mask != 0)
			return i + first_bit(mask);
	}
	return len;
}

INLINE char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Returns 1 if the text is at p, else 0. */
static int
is_text(const struct scan_text *t, const char *p)
{
	if (!t->ignore_case)
		return memcmp(p, t->text, t->len) == 0;
	for (size_t i = 0; i < t->len; i++) {
		if (lower(p[i]) != t->text[i])
			return 0;
	}
	return 1;
}

/*
 * Returns 0x20 for a letter that may have either case, else 0: the bytes x for which x | 0x20 is
 * such a letter are that letter in its two cases, and no others.
 */
static char
fold(const struct scan_text *t, char c)
{
	return t->ignore_case && c >= 'a' && c <= 'z' ? 0x20 : 0;
}

/* scan_text, if 0 < t->len <= len - from. */
INLINE size_t
any_text(pair_fn *pair, const struct scan_text *t, const char *data, size_t len, size_t from)
{
	char byte1 = t->text[t->rare1], byte2 = t->text[t->rare2];
	struct pair want = { byte1, fold(t, byte1), byte2, fold(t, byte2) };
	const char *data1 = data + t->rare1, *data2 = data + t->rare2;
	size_t places = len - t->len + 1; /* the text can begin at [from, places) */

	for (size_t i = from; i < places; i += WINDOW) {
		uint64_t mask = 0;

		/*
		 * Without a call of is_text the vectors stay in registers, which is twice as fast.
		 */
		for (; places - i >= WINDOW; i += WINDOW) {
			mask = pair(data1 + i, data2 + i, want);
			if (mask != 0)
				break;
		}
		if (mask == 0)
			mask = pair_rest(pair, data1 + i, data2 + i, places - i, want);
		for (; mask != 0; mask &= mask - 1) {
			size_t place = i + first_bit(mask);

			if (is_text(t, data + place))
				return place;
		}
	}
	return SIZE_MAX;
}

struct way {
	const char *name;
	size_t (*bytes)(const char *, size_t, char, uint32_t, uint32_t *, size_t, size_t *);
	size_t (*count)(const char *, size_t, char);
	size_t (*byte)(const char *, size_t, size_t, char);
	size_t (*text)(const struct scan_text *, const char *, size_t, size_t);
};

/* The loops over W_equal and W_pair, for processors with TARGET, as W_way. */
#define WAY(W, TARGET)                                                                      \
	TARGET static size_t W##_bytes(const char *data, size_t len, char c, uint32_t base, \
	    uint32_t *at, size_t max, size_t *used)                                         \
	{                                                                                   \
		return any_bytes(W##_equal, data, len, c, base, at, max, used);             \
	}                                                                                   \
	TARGET static size_t W##_count(const char *data, size_t len, char c)                \
	{                                                                                   \
		return any_count(W##_equal, data, len, c);                                  \
	}                                                                                   \
	TARGET static size_t W##_byte(const char *data, size_t len, size_t from, char c)    \
	{                                                                                   \
		return any_byte(W##_equal, data, len, from, c);                             \
	}                                                                                   \
	TARGET static size_t W##_text(                                                      \
	    const struct scan_text *t, const char *data, size_t len, size_t from)           \
	{                                                                                   \
		return any_text(W##_pair, t, data, len, from);                              \
	}                                                                                   \
	static const struct way W##_way = { #W, W##_bytes, W##_count, W##_byte, W##_text }

#if defined(__x86_64__)

/* bmi and popcnt are for the loops over the bits of a mask; every processor with AVX2 has them. */
#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

AVX2 static inline __m256i
avx2_load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2 static inline uint64_t
avx2_mask(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) |
	       ((uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32);
}

AVX2 static inline uint64_t
avx2_equal(const char *window, char c)
{
	__m256i want = _mm256_set1_epi8(c);

	return avx2_mask(_mm256_cmpeq_epi8(avx2_load(window), want),
	    _mm256_cmpeq_epi8(avx2_load(window + 32), want));
}

AVX2 static inline __m256i
avx2_fold_equal(const char *p, char bit, char c)
{
	return _mm256_cmpeq_epi8(
	    _mm256_or_si256(avx2_load(p), _mm256_set1_epi8(bit)), _mm256_set1_epi8(c));
}

AVX2 static inline uint64_t
avx2_pair(const char *window1, const char *window2, struct pair want)
{
	__m256i low = _mm256_and_si256(avx2_fold_equal(window1, want.fold1, want.byte1),
	    avx2_fold_equal(window2, want.fold2, want.byte2));
	__m256i high = _mm256_and_si256(avx2_fold_equal(window1 + 32, want.fold1, want.byte1),
	    avx2_fold_equal(window2 + 32, want.fold2, want.byte2));

	return avx2_mask(low, high);
}

WAY(avx2, AVX2);

/* SSE2 needs no test: it is part of x86-64. */
static inline __m128i
sse2_load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint64_t
sse2_equal(const char *window, char c)
{
	__m128i want = _mm_set1_epi8(c);
	uint64_t mask = 0;

	for (int i = 0; i < WINDOW; i += 16) {
		__m128i equal = _mm_cmpeq_epi8(sse2_load(window + i), want);

		mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(equal) << i;
	}
	return mask;
}

static inline uint64_t
sse2_pair(const char *window1, const char *window2, struct pair want)
{
	__m128i byte1 = _mm_set1_epi8(want.byte1), fold1 = _mm_set1_epi8(want.fold1);
	__m128i byte2 = _mm_set1_epi8(want.byte2), fold2 = _mm_set1_epi8(want.fold2);
	uint64_t mask = 0;

	for (int i = 0; i < WINDOW; i += 16) {
		__m128i equal1 = _mm_cmpeq_epi8(_mm_or_si128(sse2_load(window1 + i), fold1), byte1);
		__m128i equal2 = _mm_cmpeq_epi8(_mm_or_si128(sse2_load(window2 + i), fold2), byte2);
		__m128i both = _mm_and_si128(equal1, equal2);

		mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(both) << i;
	}
	return mask;
}

WAY(sse2, );

#endif

/* Plain C takes eight bytes as one number, byte 0 the lowest. */
#define EACH UINT64_C(0x0101010101010101)

static inline uint64_t
plain_load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/*
 * Returns a mask whose bit i is 1 if byte i of word is zero. The sum carries into a byte's top bit
 * unless its other bits are all zero, and never into the next byte. (The shorter (x - 1) & ~x &
 * 0x80 borrows from the next byte.) The product gathers the eight bits.
 */
static inline uint64_t
plain_zeros(uint64_t word)
{
	uint64_t low = 0x7F * EACH;
	uint64_t tops = ~(((word & low) + low) | word | low);

	return (tops >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline uint64_t
plain_equal(const char *window, char c)
{
	uint64_t want = EACH * (unsigned char)c, mask = 0;

	for (int i = 0; i < WINDOW; i += 8)
		mask |= plain_zeros(plain_load(window + i) ^ want) << i;
	return mask;
}

static inline uint64_t
plain_pair(const char *window1, const char *window2, struct pair want)
{
	uint64_t byte1 = EACH * (unsigned char)want.byte1, fold1 = EACH * (unsigned char)want.fold1;
	uint64_t byte2 = EACH * (unsigned char)want.byte2, fold2 = EACH * (unsigned char)want.fold2;
	uint64_t mask = 0;

	for (int i = 0; i < WINDOW; i += 8) {
		uint64_t differ = ((plain_load(window1 + i) | fold1) ^ byte1) |
		                  ((plain_load(window2 + i) | fold2) ^ byte2);

		mask |= plain_zeros(differ) << i;
	}
	return mask;
}

WAY(plain, );

/*
 * Atomic because threads may choose at the same moment. All choose the same, so no order is needed.
 */
static _Atomic(const struct way *) chosen;

static const struct way *
choose(const char *wish)
{
	const struct way *ways[3];
	size_t n = 0, best = 0;

#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	    __builtin_cpu_supports("popcnt"))
		ways[n++] = &avx2_way;
	ways[n++] = &sse2_way;
#endif
	ways[n++] = &plain_way;
	for (size_t i = 0; i < n && wish != NULL; i++) {
		if (strcmp(wish, ways[i]->name) == 0)
			best = i;
	}
	atomic_store_explicit(&chosen, ways[best], memory_order_relaxed);
	return ways[best];
}

static inline const struct way *
way(void)
{
	const struct way *w = atomic_load_explicit(&chosen, memory_order_relaxed);

	return w != NULL ? w : choose(NULL);
}

const char *
scan_choose(const char *wish)
{
	return choose(wish)->name;
}

const char *
scan_way(void)
{
	return way()->name;
}

size_t
scan_bytes(
    const char *data, size_t len, char c, uint32_t base, uint32_t *at, size_t max, size_t *used)
{
	return way()->bytes(data, len, c, base, at, max, used);
}

size_t
scan_count(const char *data, size_t len, char c)
{
	return way()->count(data, len, c);
}

size_t
scan_byte(const char *data, size_t len, size_t from, char c)
{
	return way()->byte(data, len, from, c);
}

/*
 * The usual bytes of text, logs, JSON and CSV, the most usual one first; the NUL at the string's
 * end is the last. Bytes that are not listed are rarer: the bytes above 0x7F of UTF-8, and, rarest
 * of all, control bytes.
 */
static const char usual[] = " e0t1a2\"n3iors5l4d:9867,c/-mup.\nhg_fbyvwk=TSAEC}{x][PID"
			    "RMNLOFGBU()jzHqV\tWX;KYJ%'+?&QZ*@#<>|\\!$~^`\r";

size_t
scan_rarity(char c)
{
	const char *p = memchr(usual, c, sizeof(usual));

	if (p != NULL)
		return (size_t)(p - usual);
	return sizeof(usual) + ((unsigned char)c < 0x80);
}

int
scan_text_init(struct scan_text *t, const char *text, size_t len, int ignore_case)
{
	*t = (struct scan_text){ .len = len, .ignore_case = ignore_case };
	t->text = malloc(len + 1); /* + 1: malloc(0) may be NULL */
	if (t->text == NULL)
		return -1;
	for (size_t i = 0; i < len; i++) {
		t->text[i] = ignore_case ? lower(text[i]) : text[i];
		if (scan_rarity(t->text[i]) > scan_rarity(t->text[t->rare1]))
			t->rare1 = i;
	}
	/* The second is another byte if there is one: two x say little more than one x. */
	t->rare2 = t->rare1;
	for (size_t i = 0; i < len; i++) {
		if (t->text[i] == t->text[t->rare1])
			continue;
		if (t->rare2 == t->rare1 || scan_rarity(t->text[i]) > scan_rarity(t->text[t->rare2]))
			t->rare2 = i;
	}
	/* If all bytes are the same, takes the first and the last, which are furthest apart. */
	if (t->rare2 == t->rare1 && len > 1)
		t->rare2 = len - 1;
	return 0;
}

void
scan_text_free(struct scan_text *t)
{
	free(t->text);
	*t = (struct scan_text){ 0 };
}

size_t
scan_text(const struct scan_text *t, const char *data, size_t len, size_t from)
{
	if (from > len || t->len > len - from)
		return SIZE_MAX;
	if (t->len == 0)
		return from;
	if (t->len == 1 && fold(t, t->text[0]) == 0) {
		size_t place = way()->byte(data, len, from, t->text[0]);

		return place < len ? place : SIZE_MAX;
	}
	return way()->text(t, data, len, from);
}
