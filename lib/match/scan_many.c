/*
 * scan_many: see scan_many.h.
 *
 * A text's fragment is SCAN_MANY_FRAGMENT bytes of it. For each place in a fragment and each value
 * of a nibble, a table has one bit for each group: whether a fragment of the group has such a
 * nibble there. The conjunction of all six look-ups leaves the groups that may have a fragment at
 * that offset. A text that is shorter has any byte in the places that it lacks. Occurrences are met
 * in the order of their fragments, which is that of the records that contain them.
 *
 * The cost of comparisons in vain is counted. If it exceeds that of the automaton, the automaton
 * gets the rest of the data.
 */

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "match/scan_many.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
	WINDOW = 64,
	READ = WINDOW + SCAN_MANY_FRAGMENT - 1, /* bytes that are read of a window */
	MOST = 128,                             /* number of texts up to which fragments are worth a try */
	SAMPLE = 16 * 1024,                     /* bytes of the sample that are used: fewer than a counter can count */
	TRIED = 4 * 1024,
	SEEN = 16 * 1024,
	/* costs, as the number of bytes that the automaton could have read in the same time */
	PRICE = 12,      /* of looking at one text */
	FREE = 16 * 1024 /* what may be spent before anything is judged */
};

struct scan_many_text {
	const struct scan_text *text;
	size_t offset; /* of the fragment */
};

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static unsigned char
upper(unsigned char c)
{
	return c >= 'a' && c <= 'z' ? c & 0xDF : c;
}

static size_t
start_of(const uint32_t *ends, size_t gap, size_t i)
{
	return i == 0 ? 0 : ends[i - 1] + gap;
}

/* ---- the vectors ---- */

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define SSSE3 __attribute__((target("ssse3")))

/*
 * The tables stay in registers for all windows. A byte whose top bit is set would be looked up as
 * 0, so nibbles are masked.
 */
AVX2 static size_t
avx2_find(const struct scan_many *m, const char *data, size_t size, size_t at, uint64_t *mask,
    unsigned char groups[WINDOW])
{
	const __m256i nibble = _mm256_set1_epi8(0x0F), zero = _mm256_setzero_si256();
	__m256i low[SCAN_MANY_FRAGMENT], high[SCAN_MANY_FRAGMENT], found[2];

	for (int k = 0; k < SCAN_MANY_FRAGMENT; k++) {
		low[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)m->low[k]));
		high[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)m->high[k]));
	}
	for (; size - at >= READ; at += WINDOW) {
		for (int i = 0; i < 2; i++) {
			found[i] = _mm256_set1_epi8(-1);
			for (int k = 0; k < SCAN_MANY_FRAGMENT; k++) {
				__m256i bytes =
				    _mm256_loadu_si256((const __m256i *)(const void *)(data + at + 32 * i + k));
				__m256i lows = _mm256_and_si256(bytes, nibble);
				__m256i highs = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);

				found[i] = _mm256_and_si256(found[i], _mm256_shuffle_epi8(low[k], lows));
				found[i] = _mm256_and_si256(found[i], _mm256_shuffle_epi8(high[k], highs));
			}
		}
		if (_mm256_testz_si256(_mm256_or_si256(found[0], found[1]), _mm256_set1_epi8(-1)))
			continue;
		_mm256_storeu_si256((__m256i *)(void *)groups, found[0]);
		_mm256_storeu_si256((__m256i *)(void *)(groups + 32), found[1]);
		*mask = ~((uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found[0], zero)) |
		          ((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found[1], zero)) << 32));
		break;
	}
	return at;
}

SSSE3 static size_t
ssse3_find(const struct scan_many *m, const char *data, size_t size, size_t at, uint64_t *mask,
    unsigned char groups[WINDOW])
{
	const __m128i nibble = _mm_set1_epi8(0x0F), zero = _mm_setzero_si128();
	__m128i low[SCAN_MANY_FRAGMENT], high[SCAN_MANY_FRAGMENT];

	for (int k = 0; k < SCAN_MANY_FRAGMENT; k++) {
		low[k] = _mm_loadu_si128((const __m128i *)(const void *)m->low[k]);
		high[k] = _mm_loadu_si128((const __m128i *)(const void *)m->high[k]);
	}
	for (; size - at >= READ; at += WINDOW) {
		uint64_t none = 0;

		for (int i = 0; i < WINDOW; i += 16) {
			__m128i found = _mm_set1_epi8(-1);

			for (int k = 0; k < SCAN_MANY_FRAGMENT; k++) {
				__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(data + at + i + k));
				__m128i lows = _mm_and_si128(bytes, nibble);
				__m128i highs = _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble);

				found = _mm_and_si128(found, _mm_shuffle_epi8(low[k], lows));
				found = _mm_and_si128(found, _mm_shuffle_epi8(high[k], highs));
			}
			_mm_storeu_si128((__m128i *)(void *)(groups + i), found);
			none |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(found, zero)) << i;
		}
		if ((*mask = ~none) != 0)
			break;
	}
	return at;
}

#endif

/*
 * What is known of the data: how probable bytes are, and, by a hash, how often fragments are in the
 * sample.
 */
struct expect {
	float byte[256];
	uint16_t seen[SEEN];
	const char *sample;
	size_t read; /* number of fragments of the sample */
};

static size_t
hash(const char *p)
{
	uint32_t h = 0;

	for (size_t k = 0; k < SCAN_MANY_FRAGMENT; k++)
		h = h << 8 | lower((unsigned char)p[k]);
	return (h * 0x9E3779B1u >> 16) % SEEN;
}

/*
 * Estimates how probable bytes are, each rank of scan_rarity as a tenth of a halving, and counts
 * the fragments of the sample.
 */
static void
find_chances(struct expect *e, const char *sample, size_t len)
{
	for (int c = 0; c < 256; c++) {
		e->byte[c] = 1.0f / 16;
		for (size_t rank = scan_rarity((char)c); rank > 0; rank--)
			e->byte[c] *= 0.933f;
	}
	for (size_t i = 0; i < SAMPLE && i + SCAN_MANY_FRAGMENT <= len; i++) {
		e->seen[hash(sample + i)]++;
		e->read++;
	}
	e->sample = sample;
}

/* Returns how probable the fragment is at some offset. */
static float
chance_of(const struct expect *e, const char *fragment)
{
	float product = 1;

	for (size_t k = 0; k < SCAN_MANY_FRAGMENT; k++)
		product *= e->byte[(unsigned char)fragment[k]];
	/*
	 * A thousandth of the bytes' product is added, so that fragments that are not in the sample
	 * keep their order.
	 */
	return e->read > 0 ? (float)e->seen[hash(fragment)] / (float)e->read + product / 1000 : product;
}

/* Returns the offset of the text's rarest fragment. */
static size_t
choose_fragment(const struct scan_text *t, const struct expect *e)
{
	size_t best = 0;
	float least = 2;

	for (size_t i = 0; i + SCAN_MANY_FRAGMENT <= t->len; i++) {
		float chance = chance_of(e, t->text + i);

		if (chance < least) {
			least = chance;
			best = i;
		}
	}
	return best;
}

/* The nibbles of a group of fragments, as bits: [0] the low ones, [1] the high ones. */
struct nibbles {
	unsigned set[SCAN_MANY_FRAGMENT][2];
};

static struct nibbles
add_fragment(struct nibbles n, const struct scan_many_text *t)
{
	for (size_t k = 0; k < SCAN_MANY_FRAGMENT; k++) {
		unsigned char c, other;

		if (t->offset + k >= t->text->len) {
			n.set[k][0] = n.set[k][1] = 0xFFFF;
			continue;
		}
		c = (unsigned char)t->text->text[t->offset + k];
		other = t->text->ignore_case ? upper(c) : c;
		n.set[k][0] |= 1u << (c & 15) | 1u << (other & 15);
		n.set[k][1] |= 1u << (c >> 4) | 1u << (other >> 4);
	}
	return n;
}

static void
set_tables(struct scan_many *m, size_t g, const struct nibbles *n)
{
	for (size_t k = 0; k < SCAN_MANY_FRAGMENT; k++)
		for (unsigned v = 0; v < 16; v++) {
			m->low[k][v] |= (unsigned char)((n->set[k][0] >> v & 1) << g);
			m->high[k][v] |= (unsigned char)((n->set[k][1] >> v & 1) << g);
		}
}

/*
 * Returns how probable it is that the tables report the group at some offset. If the sample is long
 * enough, this is tried on it.
 */
static float
chance(const struct scan_many *m, const struct nibbles *n, const struct expect *e)
{
	struct scan_many alone = { 0 };
	size_t len = e->read < TRIED ? e->read : TRIED, count = 0;
	float product = 1;

	for (size_t k = 0; k < SCAN_MANY_FRAGMENT; k++) {
		/*
		 * All bytes but those of ASCII that print count a little: that keeps groups small.
		 */
		float sum = 1e-4f * (float)(__builtin_popcount(n->set[k][0]) * __builtin_popcount(n->set[k][1]));

		for (unsigned c = ' '; c < 0x7F; c++)
			if ((n->set[k][0] >> (c & 15) & n->set[k][1] >> (c >> 4) & 1) != 0)
				sum += e->byte[c];
		product *= sum;
	}
	if (len < READ)
		return product;
	set_tables(&alone, 0, n);
	for (size_t at = 0; len - at >= READ; at += WINDOW) {
		unsigned char groups[WINDOW];
		uint64_t mask = 0;

		at = m->find(&alone, e->sample, len, at, &mask, groups);
		count += (size_t)__builtin_popcountll(mask);
		if (mask == 0)
			break;
	}
	return (float)count / (float)len + product / 1000;
}

/* Puts each text into the group whose probability it increases least. */
static void
make_groups(struct scan_many *m, struct scan_many_text *texts, const struct expect *e)
{
	struct nibbles groups[SCAN_MANY_GROUPS] = { 0 };
	float now[SCAN_MANY_GROUPS] = { 0 };
	unsigned char group_of[MOST] = { 0 };
	size_t n = 0;

	for (size_t t = 0; t < m->count; t++) {
		struct nibbles with[SCAN_MANY_GROUPS];
		float then[SCAN_MANY_GROUPS];
		size_t best = 0;

		for (size_t g = 0; g < SCAN_MANY_GROUPS; g++) {
			with[g] = add_fragment(groups[g], &texts[t]);
			then[g] = chance(m, &with[g], e);
			if (then[g] - now[g] < then[best] - now[best])
				best = g;
		}
		groups[best] = with[best];
		now[best] = then[best];
		group_of[t] = (unsigned char)best;
	}
	for (size_t g = 0; g < SCAN_MANY_GROUPS; g++) {
		m->first[g] = n;
		for (size_t t = 0; t < m->count; t++)
			if (group_of[t] == g)
				m->order[n++] = texts[t];
		set_tables(m, g, &groups[g]);
	}
	m->first[SCAN_MANY_GROUPS] = n;
}

static int
make_fragments(struct scan_many *m, const char *sample, size_t len)
{
	struct scan_many_text texts[MOST];
	struct expect *e;

#if defined(__x86_64__)
	const char *way = scan_way();

	if (m->count <= MOST && strcmp(way, "avx2") == 0)
		m->find = avx2_find;
	else if (m->count <= MOST && strcmp(way, "sse2") == 0 && __builtin_cpu_supports("ssse3"))
		m->find = ssse3_find;
#endif
	if (m->find == NULL)
		return 0;
	if ((m->order = calloc(m->count, sizeof m->order[0])) == NULL)
		return -1;
	if ((e = calloc(1, sizeof *e)) == NULL)
		return -1;
	find_chances(e, sample, len);
	for (size_t t = 0; t < m->count; t++) {
		texts[t].text = &m->texts[t];
		texts[t].offset = choose_fragment(&m->texts[t], e);
	}
	make_groups(m, texts, e);
	free(e);
	return 0;
}

int
scan_many_init(struct scan_many *m, const struct scan_text *texts, size_t count, const char *sample, size_t len)
{
	*m = (struct scan_many){ .texts = texts, .count = count };
	return scan_automaton_init(&m->automaton, texts, count) < 0 ? -1 : make_fragments(m, sample, len);
}

void
scan_many_free(struct scan_many *m)
{
	free(m->order);
	scan_automaton_free(&m->automaton);
	*m = (struct scan_many){ 0 };
}

/* ---- both ---- */

struct search {
	const struct scan_many *m;
	const char *data;
	size_t size;
	const uint32_t *ends;
	size_t count, gap;
	uint64_t *hits;
	size_t i;    /* the records before this one are judged */
	size_t cost; /* of the comparisons so far */
	size_t most; /* that the cost may be */
};

/*
 * Returns 1 if the text is at p, or 0. A long text is compared as a whole, at its price, only if
 * its first bytes match.
 */
static int
is_text(struct search *s, const struct scan_text *t, const char *p)
{
	size_t n = 0;

	s->cost += PRICE;
	if (!t->ignore_case) {
		if (memcmp(p, t->text, t->len < 16 ? t->len : 16) != 0)
			return 0;
		s->cost += t->len;
		return t->len <= 16 || memcmp(p, t->text, t->len) == 0;
	}
	while (n < t->len && lower((unsigned char)p[n]) == (unsigned char)t->text[n])
		n++;
	s->cost += n;
	return n == t->len;
}

/*
 * Looks for the texts of the groups that may have a fragment at the offset. Returns 1 if a record
 * contains one: that is record s->i - 1 then. Returns 0 if not, or if the cost gets too high.
 */
static int
look(struct search *s, size_t at, unsigned groups)
{
	for (; groups != 0; groups &= groups - 1) {
		unsigned g = (unsigned)__builtin_ctz(groups);

		for (size_t t = s->m->first[g]; t < s->m->first[g + 1]; t++) {
			const struct scan_many_text *e = &s->m->order[t];
			size_t begin = at - e->offset, i;

			if (s->cost > s->most)
				return 0;
			if (at < e->offset || e->text->len > s->size - begin || !is_text(s, e->text, s->data + begin))
				continue;
			i = scan_ends(s->ends, s->i, s->count, begin + e->text->len);
			if (i == s->count || begin < start_of(s->ends, s->gap, i))
				continue;
			bits_set(s->hits, i);
			s->i = i + 1;
			return 1;
		}
	}
	return 0;
}

/* Looks at the candidates of the window at the offset. Returns the offset at which to go on. */
static size_t
look_window(struct search *s, size_t at, uint64_t mask, const unsigned char groups[WINDOW])
{
	for (; mask != 0; mask &= mask - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(mask);

		s->most = at + FREE;
		if (look(s, at + bit, groups[bit]))
			return s->i < s->count ? start_of(s->ends, s->gap, s->i) : s->size;
		if (s->cost > s->most)
			return at + bit;
	}
	return s->size - at > WINDOW ? at + WINDOW : s->size;
}

void
scan_many_records(const struct scan_many *m, const char *data, size_t size, const uint32_t *ends, size_t count,
    size_t gap, uint64_t *hits)
{
	struct search s = { m, data, size, ends, count, gap, hits, 0, 0, FREE };
	unsigned char groups[WINDOW];
	size_t at = 0;

	while (at < size && m->find != NULL && s.cost <= s.most) {
		uint64_t mask = 0;

		at = m->find(m, data, size, at, &mask, groups);
		if (mask == 0) {
			/* The last window is copied, so that nothing after the data is read. */
			char rest[READ] = { 0 };
			size_t n = size - at;

			memcpy(rest, data + at, n);
			(void)m->find(m, rest, READ, 0, &mask, groups);
			if (n < WINDOW)
				mask &= (UINT64_C(1) << n) - 1;
		}
		at = look_window(&s, at, mask, groups);
	}
	if (at < size)
		scan_automaton_records(&m->automaton, data, ends, scan_ends(ends, s.i, count, at), count, gap, hits);
}

int
scan_many(const struct scan_many *m, const char *data, size_t len)
{
	uint32_t end = (uint32_t)len;
	uint64_t hit = 0;

	scan_many_records(m, data, len, &end, 1, 0, &hit);
	return hit != 0;
}
