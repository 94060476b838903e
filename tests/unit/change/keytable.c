/*
 * Maps from keys to entries: random keys, of which many are alike, and a plain array that is
 * searched from its beginning.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change/keytable.h"
#include "unit/unit.h"

enum { KEYS = 400, LONGEST = 40 };

static struct {
	char data[LONGEST];
	size_t len;
} keys[KEYS];
static size_t count;

/* Sets key to a random one, with bytes after it that do not belong to it. Returns its length. */
static size_t
random_key(char key[LONGEST + 8])
{
	size_t len = unit_random(LONGEST + 1), varied = unit_random(3);

	memset(key, 'a', LONGEST + 8);
	for (size_t i = 0; i < varied && len > 0; i++)
		key[unit_random(len)] = (char)(unit_random(4));
	for (size_t i = len; i < LONGEST + 8; i++)
		key[i] = (char)unit_random(256);
	return len;
}

static size_t
find(const char *key, size_t len)
{
	size_t i = 0;

	while (i < count && (keys[i].len != len || memcmp(keys[i].data, key, len) != 0))
		i++;
	return i;
}

static void
check_all(const struct keytable *m)
{
	CHECK(m->count == count);
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *name = keytable_name(m, i, &len);
		const uint64_t *entry = keytable_entry(m, i);

		CHECK(len == keys[i].len && memcmp(name, keys[i].data, len) == 0);
		CHECK(entry[0] == i && entry[1] == 0 && keytable_number(m, entry) == i);
	}
}

static void
test_random(struct keytable *m)
{
	size_t most = 1 + unit_random(KEYS);

	keytable_clear(m);
	count = 0;
	for (int tries = 0; tries < 2000 && count < most; tries++) {
		char key[LONGEST + 8];
		size_t len = random_key(key), at = find(key, len);
		struct keytable_key k;
		uint64_t *entry;

		keytable_key(m, key, (uint32_t)len, unit_random(2) ? key + sizeof key : key + len, &k);
		if (unit_random(2))
			keytable_fetch(m, &k);
		entry = keytable_find(m, &k);
		CHECK((entry != NULL) == (at < count));
		if (entry != NULL) {
			CHECK(keytable_number(m, entry) == at);
			continue;
		}
		entry = keytable_add(m, &k, SIZE_MAX);
		CHECK(entry != NULL && entry[0] == 0 && entry[1] == 0);
		entry[0] = count;
		memcpy(keys[count].data, key, len);
		keys[count++].len = len;
	}
	check_all(m);
}

static void
test_limit(void)
{
	struct keytable m;
	struct keytable_key k;
	size_t n = 0;

	CHECK(keytable_init(&m, 16) == 0);
	for (; n < 100000; n++) {
		char key[16];

		(void)snprintf(key, sizeof key, "%zu", n);
		keytable_key(&m, key, (uint32_t)strlen(key), key + sizeof key, &k);
		CHECK(keytable_find(&m, &k) == NULL);
		if (keytable_add(&m, &k, 20000) == NULL)
			break;
	}
	CHECK(errno == ENOSPC && n > 64 && n < 1000 && m.count == n && keytable_bytes(&m) <= 20000);
	keytable_clear(&m);
	CHECK(m.count == 0 && keytable_find(&m, &k) == NULL);
	keytable_free(&m);
	/* The first one is always taken. */
	CHECK(keytable_init(&m, 16) == 0);
	keytable_key(&m, "", 0, NULL, &k);
	CHECK(keytable_add(&m, &k, 0) != NULL && keytable_find(&m, &k) != NULL);
	keytable_free(&m);
}

int
main(void)
{
	struct keytable m;

	test_limit();
	CHECK(keytable_init(&m, 16) == 0);
	while (unit_round())
		test_random(&m);
	keytable_free(&m);
	return unit_end("keytable");
}
