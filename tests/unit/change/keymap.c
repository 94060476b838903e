/*
 * Maps from keys to entries: random keys, of which many are alike, and a plain array that is searched
 * from its beginning.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change/keymap.h"
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
check_all(const struct keymap *m)
{
	CHECK(m->count == count);
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *name = keymap_name(m, i, &len);
		const uint64_t *entry = keymap_entry(m, i);

		CHECK(len == keys[i].len && memcmp(name, keys[i].data, len) == 0);
		CHECK(entry[0] == i && entry[1] == 0 && keymap_number(m, entry) == i);
	}
}

static void
test_random(struct keymap *m)
{
	size_t most = 1 + unit_random(KEYS);

	keymap_clear(m);
	count = 0;
	for (int tries = 0; tries < 2000 && count < most; tries++) {
		char key[LONGEST + 8];
		size_t len = random_key(key), at = find(key, len);
		struct keymap_key k;
		uint64_t *entry;

		keymap_key(m, key, (uint32_t)len, unit_random(2) ? key + sizeof key : key + len, &k);
		entry = keymap_find(m, &k);
		CHECK((entry != NULL) == (at < count));
		if (entry != NULL) {
			CHECK(keymap_number(m, entry) == at);
			continue;
		}
		entry = keymap_add(m, &k, SIZE_MAX);
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
	struct keymap m;
	struct keymap_key k;
	size_t n = 0;

	CHECK(keymap_init(&m, 16) == 0);
	for (; n < 100000; n++) {
		char key[16];

		(void)snprintf(key, sizeof key, "%zu", n);
		keymap_key(&m, key, (uint32_t)strlen(key), key + sizeof key, &k);
		CHECK(keymap_find(&m, &k) == NULL);
		if (keymap_add(&m, &k, 20000) == NULL)
			break;
	}
	CHECK(errno == ENOSPC && n > 64 && n < 1000 && m.count == n && keymap_bytes(&m) <= 20000);
	keymap_clear(&m);
	CHECK(m.count == 0 && keymap_find(&m, &k) == NULL);
	keymap_free(&m);
	/* The first one is always taken. */
	CHECK(keymap_init(&m, 16) == 0);
	keymap_key(&m, "", 0, NULL, &k);
	CHECK(keymap_add(&m, &k, 0) != NULL && keymap_find(&m, &k) != NULL);
	keymap_free(&m);
}

int
main(void)
{
	struct keymap m;

	test_limit();
	CHECK(keymap_init(&m, 16) == 0);
	while (unit_round())
		test_random(&m);
	keymap_free(&m);
	return unit_end("keymap");
}
