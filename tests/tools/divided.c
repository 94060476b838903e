/*
 * divided: whether a record stream was divided between two others as it should be.
 *
 *   divided INPUT    reads lines "KEPT OTHER DECISIONS" of names of files, and prints a line for
 *                    each fault; exits with 1 if there is one
 *
 * DECISIONS has a letter for each record of INPUT: k is in KEPT, o in OTHER, x in neither. A record
 * that is divided has its front in KEPT (K) or in OTHER (O), and the rest in the other one.
 * DECISIONS is - for no records. A point is the place where the command should stop. Each record
 * must have its bytes and its position, and the two streams nothing else. With ? for DECISIONS it
 * is enough that the two merged by position are INPUT; with / a record may also be divided. The
 * losses of both are those of INPUT, and both end with its watermark, unless the command stops. If
 * OTHER is -, only KEPT is checked.
 *
 * Without arguments it checks itself.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "stream/rec_in.h"
#include "unit/reader.h"
#include "unit/unit.h"

struct item {
	uint64_t pos;
	size_t at, len; /* in bytes */
};

struct all {
	struct item *items;
	size_t count, cap;
	struct buf bytes;
	uint64_t next, lost;
	int lost_unknown, well;
};

static const char *
data(const struct all *a, size_t i)
{
	return a->bytes.data + a->items[i].at;
}

static void
free_all(struct all *a)
{
	free(a->items);
	buf_free(&a->bytes);
}

static struct all
read_all(int fd, const char *name)
{
	struct all a = { 0 };
	struct rec_in in;
	struct reader reader = { .in = &in };
	struct rec r;

	if (fd < 0 || rec_in_open(&in, fd, name) < 0) {
		fprintf(stderr, "divided: %s cannot be read\n", name);
		exit(66);
	}
	/* The first byte makes sure that the buffer is not empty, even if all records are. */
	if (buf_addc(&a.bytes, '\0') < 0)
		abort();
	while (reader_next(&reader, &r)) {
		if (a.count == a.cap) {
			a.cap = a.cap * 2 + 16;
			if ((a.items = realloc(a.items, a.cap * sizeof *a.items)) == NULL)
				abort();
		}
		a.items[a.count++] = (struct item){ r.pos, a.bytes.len, r.len };
		if (buf_add(&a.bytes, r.data, r.len) < 0)
			abort();
	}
	a.well = rec_in_well(&in);
	a.next = in.next;
	a.lost = in.lost;
	a.lost_unknown = in.lost_unknown;
	rec_in_free(&in);
	return a;
}

/* Returns 1 if record i of a is record n of b, or the piece of it from `from` on; else 0. */
static int
is(const struct all *a, size_t i, const struct all *b, size_t n, size_t from)
{
	return i < a->count && a->items[i].pos == b->items[n].pos && from + a->items[i].len <= b->items[n].len &&
	    memcmp(data(a, i), data(b, n) + from, a->items[i].len) == 0;
}

static int
whole(const struct all *a, size_t i, const struct all *b, size_t n)
{
	return is(a, i, b, n, 0) && a->items[i].len == b->items[n].len;
}

/*
 * Returns 1 if both have a piece of record n, front its first bytes and back the others, and
 * neither piece is empty; else 0.
 */
static int
pieces(const struct all *front, size_t f, const struct all *back, size_t k, const struct all *input, size_t n)
{
	return is(front, f, input, n, 0) && is(back, k, input, n, front->items[f].len) &&
	    front->items[f].len + back->items[k].len == input->items[n].len && front->items[f].len > 0 &&
	    back->items[k].len > 0;
}

/*
 * Returns NULL, or what is wrong by these decisions; record gets the number of the record at which
 * that is.
 */
static const char *
decided(const struct all *input, const struct all *kept, const struct all *other, const char *decisions, size_t *record)
{
	size_t k = 0, o = 0;

	*record = 0;
	for (; *decisions != '\0' && *decisions != '-'; decisions++) {
		size_t i = *record;

		if (*decisions == '.')
			continue;
		if (i >= input->count)
			return "there are more decisions than records";
		++*record;
		switch (*decisions) {
		case 'k':
			if (!whole(kept, k++, input, i))
				return "not the next one that is kept";
			break;
		case 'o':
			if (other != NULL && !whole(other, o++, input, i))
				return "not the next one of the others";
			break;
		case 'x':
			break;
		case 'K':
			if (other == NULL ? !is(kept, k++, input, i, 0) : !pieces(kept, k++, other, o++, input, i))
				return "not divided, its front kept";
			break;
		case 'O':
			if (other == NULL ? k++ >= kept->count : !pieces(other, o++, kept, k++, input, i))
				return "not divided, its back kept";
			break;
		default:
			return "a letter is no decision";
		}
	}
	if (*record < input->count)
		return "there are more records than decisions";
	return k < kept->count ? "more are kept" : other != NULL && o < other->count ? "there are more others" : NULL;
}

/*
 * The same without decisions. If several records have one position and the same bytes, there may be
 * more than one way to the end, and all are followed: reached[k] tells whether record n can be
 * reached with k kept ones before it.
 */
static const char *
merged(const struct all *input, const struct all *kept, const struct all *other, int divided, size_t *record)
{
	char *reached = calloc(kept->count + 2, 2), *after = reached != NULL ? reached + kept->count + 2 : NULL;
	const char *wrong = NULL;

	*record = 0;
	if (reached == NULL)
		abort();
	if (kept->count + other->count != input->count &&
	    !(divided && kept->count + other->count == input->count + 1)) {
		free(reached);
		return "the two streams together have another number of records";
	}
	/* 2: once a record has been divided, there is one more of the others. */
	reached[0] = 1;
	for (; *record < input->count; ++*record) {
		size_t n = *record;
		int any = 0;

		memset(after, 0, kept->count + 2);
		for (size_t k = 0; k <= kept->count && k <= n + 1; k++)
			for (int extra = 0; extra <= 1; extra++) {
				size_t o = n - k + (size_t)extra;

				if (!(reached[k] & (1 << extra)) || k > n + (size_t)extra)
					continue;
				if (whole(kept, k, input, n))
					after[k + 1] |= (char)(1 << extra);
				if (whole(other, o, input, n))
					after[k] |= (char)(1 << extra);
				if (divided && extra == 0 &&
				    (pieces(kept, k, other, o, input, n) || pieces(other, o, kept, k, input, n)))
					after[k + 1] |= 2;
			}
		memcpy(reached, after, kept->count + 1);
		for (size_t k = 0; k <= kept->count; k++)
			any |= reached[k];
		if (!any) {
			wrong = "in neither stream at its place";
			break;
		}
	}
	if (wrong == NULL && !reached[kept->count])
		wrong = "something is in both";
	free(reached);
	return wrong;
}

static const char *
judge(const struct all *input, const struct all *kept, const struct all *other, const char *decisions, size_t *record)
{
	*record = 0;
	if (!input->well || !kept->well || (other != NULL && !other->well))
		return "a stream ends badly";
	if (other != NULL && (kept->lost != other->lost || kept->lost_unknown != other->lost_unknown))
		return "the two streams tell of different losses";
	if (other != NULL && strchr(decisions, '.') == NULL &&
	    (kept->lost != input->lost || kept->lost_unknown != input->lost_unknown))
		return "other losses";
	if (other != NULL && kept->next != other->next)
		return "the two streams end with different watermarks";
	if (other != NULL && strchr(decisions, '.') == NULL && kept->next != input->next)
		return "another watermark at the end";
	if (strcmp(decisions, "?") == 0 || strcmp(decisions, "/") == 0)
		return merged(input, kept, other, decisions[0] == '/', record);
	return decided(input, kept, other, decisions, record);
}

/* ---- its own checks ---- */

static struct all
made(const char *const *records, const uint64_t *positions, size_t count)
{
	struct all a = { .well = 1 };

	if ((a.items = calloc(count + 1, sizeof *a.items)) == NULL || buf_addc(&a.bytes, '\0') < 0)
		abort();
	for (; a.count < count; a.count++) {
		a.items[a.count] = (struct item){ positions[a.count], a.bytes.len, strlen(records[a.count]) };
		if (buf_adds(&a.bytes, records[a.count]) < 0)
			abort();
	}
	return a;
}

static void
check_itself(void)
{
	struct all input = made((const char *const[]){ "a", "bcd", "a", "a", "" },
	    (const uint64_t[]){ 0, 4, 5, 5, 9 }, 5);
	struct all kept = made((const char *const[]){ "a", "a", "" }, (const uint64_t[]){ 0, 5, 9 }, 3);
	struct all rest = made((const char *const[]){ "bcd", "a" }, (const uint64_t[]){ 4, 5 }, 2);
	struct all front = made((const char *const[]){ "a", "b" }, (const uint64_t[]){ 0, 4 }, 2);
	struct all back = made((const char *const[]){ "cd", "a", "a", "" }, (const uint64_t[]){ 4, 5, 5, 9 }, 4);
	size_t record;

	CHECK(judge(&input, &kept, &rest, "kookk", &record) == NULL);
	CHECK(judge(&input, &kept, &rest, "kokok", &record) == NULL);
	CHECK(judge(&input, &kept, NULL, "kokok", &record) == NULL);
	CHECK(judge(&input, &kept, NULL, "kokok.", &record) == NULL);
	CHECK(judge(&input, &kept, &rest, "?", &record) == NULL);
	CHECK(judge(&input, &rest, &kept, "?", &record) == NULL);
	CHECK(judge(&input, &kept, &rest, "kkooo", &record) != NULL && record == 2);
	CHECK(judge(&input, &kept, &rest, "koko", &record) != NULL);
	CHECK(judge(&input, &kept, NULL, "kokkk", &record) != NULL);
	CHECK(judge(&input, &kept, &rest, "kokoo", &record) != NULL);
	CHECK(judge(&input, &kept, &kept, "?", &record) != NULL);
	CHECK(judge(&input, &front, &back, "kKooo", &record) == NULL);
	CHECK(judge(&input, &back, &front, "oOkkk", &record) == NULL);
	CHECK(judge(&input, &front, &back, "kOooo", &record) != NULL && record == 2);
	CHECK(judge(&input, &front, &back, "/", &record) == NULL);
	CHECK(judge(&input, &back, &front, "/", &record) == NULL);
	CHECK(judge(&input, &front, &back, "?", &record) != NULL);
	rest.items[1].pos = 6;
	CHECK(judge(&input, &kept, &rest, "kokok", &record) != NULL && record == 4);
	CHECK(judge(&input, &kept, &rest, "?", &record) != NULL && record == 3);
	rest.items[1].pos = 5;
	rest.lost = 1;
	CHECK(judge(&input, &kept, &rest, "?", &record) != NULL);
	rest.lost = 0;
	rest.next = 1;
	CHECK(judge(&input, &kept, &rest, "?", &record) != NULL);
	free_all(&input);
	free_all(&kept);
	free_all(&rest);
	free_all(&front);
	free_all(&back);
}

int
main(int argc, char **argv)
{
	char line[65536], *kept_name, *other_name, *decisions;
	unsigned long cases = 0, wrongs = 0;
	struct all input;

	if (argc == 1) {
		check_itself();
		return unit_end("divided");
	}
	input = read_all(open(argv[1], O_RDONLY | O_CLOEXEC), argv[1]);
	while (fgets(line, sizeof line, stdin) != NULL) {
		struct all kept, other = { 0 };
		const char *why;
		size_t record;

		if ((kept_name = strtok(line, " \n")) == NULL || (other_name = strtok(NULL, " \n")) == NULL ||
		    (decisions = strtok(NULL, " \n")) == NULL) {
			fprintf(stderr, "usage: divided INPUT, and lines \"KEPT OTHER DECISIONS\"\n");
			return 64;
		}
		kept = read_all(open(kept_name, O_RDONLY | O_CLOEXEC), kept_name);
		if (strcmp(other_name, "-") != 0)
			other = read_all(open(other_name, O_RDONLY | O_CLOEXEC), other_name);
		why = judge(&input, &kept, strcmp(other_name, "-") != 0 ? &other : NULL, decisions, &record);
		cases++;
		if (why != NULL) {
			printf("%s: at record %zu: %s\n", kept_name, record, why);
			wrongs++;
		}
		free_all(&kept);
		free_all(&other);
	}
	free_all(&input);
	return wrongs > 0 || cases == 0;
}
