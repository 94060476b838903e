/*
 * sort_entries: sorts entries. By one byte of the prefix after another, the highest first, in place
 * (P. McIlroy, K. Bostic, M. D. McIlroy, "Engineering Radix Sort", 1993); few entries by
 * insertion. If eight bytes are the same, the bytes that all of them have in common are passed
 * over, and the next eight are taken from the keys. After DEEP such steps what is left is compared.
 */

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "change/sort_private.h"
#include "os/cpus.h"

/*
 * FEW: entries that are sorted by insertion. MANY: entries for which a second thread is begun.
 * LEVELS: calls of radix within one another, at most: eight for each step, and for places.
 */
enum { FEW = 24, DEEP = 8, MANY = 20000, LEVELS = 8 * (DEEP + 2) };

struct job {
	const struct sortkey *key;
	const char *base;
	struct sort_entry *entries;
	size_t count;
	size_t (*ends)[256]; /* for each level: on the stack, they would need more of it than there may be */
};

static void
insertion(const struct job *j, struct sort_entry *a, size_t n, size_t from)
{
	for (size_t i = 1; i < n; i++) {
		struct sort_entry e = a[i];
		size_t k = i;

		for (; k > 0 && sort_before(j->key, j->base, &e, &a[k - 1], from); k--)
			a[k] = a[k - 1];
		a[k] = e;
	}
}

static void
sift(const struct job *j, struct sort_entry *a, size_t i, size_t n, size_t from)
{
	struct sort_entry down = a[i];
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && sort_before(j->key, j->base, &a[child], &a[child + 1], from))
			child++;
		if (!sort_before(j->key, j->base, &down, &a[child], from))
			break;
		a[i] = a[child];
	}
	a[i] = down;
}

/* A heap sort (J. W. J. Williams, 1964): it needs no memory, however equal the keys are. */
static void
by_comparing(const struct job *j, struct sort_entry *a, size_t n, size_t from)
{
	for (size_t i = n / 2; i > 0; i--)
		sift(j, a, i - 1, n, from);
	for (size_t i = n; i > 1; i--) {
		struct sort_entry last = a[i - 1];

		a[i - 1] = a[0];
		a[0] = last;
		sift(j, a, 0, i - 1, from);
	}
}

/*
 * Puts entries into the order of one byte of their prefixes, and sets end[c] to the end of those
 * with the byte c. Returns 0 if all have the same byte, else 1.
 */
static int
divide(struct sort_entry *a, size_t n, int shift, size_t end[256])
{
	size_t next[256] = { 0 }, at = 0;
	unsigned first = (unsigned)(a[0].prefix >> shift) & 0xFF;

	for (size_t i = 0; i < n; i++)
		next[(a[i].prefix >> shift) & 0xFF]++;
	if (next[first] == n)
		return 0;
	for (unsigned c = 0; c < 256; c++) {
		size_t count = next[c];

		next[c] = at;
		end[c] = at += count;
	}
	for (unsigned c = 0; c < 256; c++)
		while (next[c] < end[c]) {
			struct sort_entry e = a[next[c]];
			unsigned b;

			while ((b = (unsigned)(e.prefix >> shift) & 0xFF) != c) {
				struct sort_entry other = a[next[b]];

				a[next[b]++] = e;
				e = other;
			}
			a[next[c]++] = e;
		}
	return 1;
}

static void deeper(const struct job *, struct sort_entry *, size_t n, size_t from, int depth, size_t (*ends)[256]);

/* Sorts entries whose keys are equal up to `from` and by the bytes of the prefix above shift. */
static void
radix(const struct job *j, struct sort_entry *a, size_t n, int shift, size_t from, int depth, size_t (*ends)[256])
{
	size_t *end = *ends++, begin = 0;

	if (n <= FEW) {
		insertion(j, a, n, from);
		return;
	}
	for (; !divide(a, n, shift, end); shift -= 8)
		if (shift == 0) {
			deeper(j, a, n, from, depth, ends);
			return;
		}
	for (unsigned c = 0; c < 256; begin = end[c++]) {
		size_t count = end[c] - begin;

		if (count < 2)
			continue;
		if (shift > 0)
			radix(j, a + begin, count, shift - 8, from, depth, ends);
		else if (count <= FEW)
			insertion(j, a + begin, count, from);
		else
			deeper(j, a + begin, count, from, depth, ends);
	}
}

/* Returns the number of bytes, at least from, that all keys have in common. */
static size_t
common(const struct job *j, const struct sort_entry *a, size_t n, size_t from)
{
	struct range_view first = sort_key(sort_at(j->base, &a[0]));
	size_t len = first.len;

	for (size_t i = 1; i < n && len > from; i++) {
		struct range_view v = sort_key(sort_at(j->base, &a[i]));
		size_t k = from;

		if (i + 8 < n)
			__builtin_prefetch(sort_at(j->base, &a[i + 8]));
		len = v.len < len ? v.len : len;
		while (k < len && v.data[k] == first.data[k])
			k++;
		len = k;
	}
	return len > from ? len : from;
}

/* Sorts entries with the same prefix that are not known to differ: their keys are the same. */
static void
by_place(const struct job *j, struct sort_entry *a, size_t n, size_t (*ends)[256])
{
	uint64_t prefix = n > 0 ? a[0].prefix : 0;

	for (size_t i = 0; i < n; i++)
		a[i].prefix = a[i].place;
	if (n > 0)
		radix(j, a, n, 56, 0, 0, ends);
	for (size_t i = 0; i < n; i++)
		a[i].prefix = prefix;
}

/* Sorts many entries with the same prefix. */
static void
deeper(const struct job *j, struct sort_entry *a, size_t n, size_t from, int depth, size_t (*ends)[256])
{
	uint64_t prefix = a[0].prefix;
	size_t next = from + sizeof prefix, whole = 0;

	/* Those whose keys are all in the prefix are the same. */
	for (size_t i = 0; i < n; i++)
		if ((a[i].place & 1) == 0) {
			struct sort_entry e = a[i];

			a[i] = a[whole];
			a[whole++] = e;
		}
	if (whole == n) {
		by_place(j, a, n, ends);
		return;
	}
	/*
	 * A key that is not longer than the prefix has zeros at its end, or is not there: that is
	 * rare.
	 */
	for (size_t i = whole; i < n && depth < DEEP; i++) {
		struct range_view v = sort_key(sort_at(j->base, &a[i]));

		if (i + 8 < n)
			__builtin_prefetch(sort_at(j->base, &a[i + 8]));
		if (v.data == NULL || v.len <= next)
			depth = DEEP;
	}
	if (depth == DEEP) {
		by_comparing(j, a, n, from);
		return;
	}
	if (j->key->flip) {
		/* The longer ones come first. */
		for (size_t i = 0; i < whole && i < n - whole; i++) {
			struct sort_entry e = a[i];

			a[i] = a[n - 1 - i];
			a[n - 1 - i] = e;
		}
		by_place(j, a + (n - whole), whole, ends);
		n -= whole;
	} else {
		by_place(j, a, whole, ends);
		a += whole;
		n -= whole;
	}
	next = common(j, a, n, next);
	for (size_t i = 0; i < n; i++) {
		if (i + 8 < n)
			__builtin_prefetch(sort_at(j->base, &a[i + 8]));
		sort_set(j->key, j->base, &a[i], next);
	}
	radix(j, a, n, 56, next, depth + 1, ends);
	for (size_t i = 0; i < n; i++) {
		a[i].prefix = prefix;
		a[i].place |= 1;
	}
}

/* Sorts the job's entries. Without memory for the ends it compares them. */
static void
sort(struct job *j)
{
	if (j->count > FEW && (j->ends = malloc(LEVELS * sizeof *j->ends)) != NULL)
		radix(j, j->entries, j->count, 56, 0, 0, j->ends);
	else if (j->count > 1)
		by_comparing(j, j->entries, j->count, 0);
	free(j->ends);
}

void
sort_entries(const struct sortkey *k, const char *base, struct sort_entry *entries, size_t n)
{
	struct job j = { k, base, entries, n, NULL };

	sort(&j);
}

static void *
work(void *arg)
{
	sort(arg);
	return NULL;
}

size_t
sort_halves(const struct sortkey *k, const char *base, struct sort_entry *entries, size_t n)
{
	struct job second = { k, base, entries + n / 2, n - n / 2, NULL };
	sigset_t all, before;
	pthread_t thread;
	int begun;

	if (n < MANY || cpus_allowed() < 2) {
		sort_entries(k, base, entries, n);
		return n;
	}
	/* Signals stay those of the first thread, which writes the end marks that they cause. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	begun = pthread_create(&thread, NULL, work, &second);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	sort_entries(k, base, entries, n / 2);
	if (begun == 0)
		pthread_join(thread, NULL);
	else
		work(&second);
	return n / 2;
}
