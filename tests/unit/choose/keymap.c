/* keymap: a key has the number that it was added with, however many keys there are. */

#include "choose/keymap.h"
#include "unit/unit.h"

static void
check_numbers(void)
{
	struct keymap m = { 0 };
	uint64_t hash[2];
	uint32_t wrong = 0, many = 300000;

	CHECK(keymap_init(&m) == 0);
	for (uint32_t i = 0; i < many; i++) {
		uint32_t key[2] = { i, i % 7 };

		keymap_hash(&m, key, sizeof key, hash);
		wrong += keymap_get(&m, hash) != KEYMAP_NONE;
		wrong += keymap_add(&m, hash, i) != i;
		wrong += keymap_add(&m, hash, i + 1) != i;
	}
	for (uint32_t i = 0; i < many; i++) {
		uint32_t key[2] = { i, i % 7 };

		keymap_hash(&m, key, sizeof key, hash);
		wrong += keymap_get(&m, hash) != i;
		key[1] = 7;
		keymap_hash(&m, key, sizeof key, hash);
		wrong += keymap_get(&m, hash) != KEYMAP_NONE;
	}
	CHECK(wrong == 0);
	CHECK(m.count == many);
	/* The empty key, and one of zeros. */
	keymap_hash(&m, "", 0, hash);
	CHECK(keymap_add(&m, hash, 5) == 5);
	keymap_hash(&m, "\0", 1, hash);
	CHECK(keymap_get(&m, hash) == KEYMAP_NONE);
	keymap_free(&m);
}

static void
check_collisions(void)
{
	/* Hashes that begin in the same slot, and that differ in one half only. */
	struct keymap m = { 0 };
	uint32_t wrong = 0;

	CHECK(keymap_init(&m) == 0);
	for (uint64_t i = 0; i < 5000; i++)
		wrong += keymap_add(&m, (const uint64_t[2]){ 1023, i }, (uint32_t)i) != i;
	for (uint64_t i = 0; i < 5000; i++)
		wrong +=
		    keymap_add(&m, (const uint64_t[2]){ 1023 + (i + 1) * 65536, 1 }, (uint32_t)(i + 5000)) != i + 5000;
	for (uint64_t i = 0; i < 5000; i++) {
		wrong += keymap_get(&m, (const uint64_t[2]){ 1023, i }) != i;
		wrong += keymap_get(&m, (const uint64_t[2]){ 1023 + (i + 1) * 65536, 1 }) != i + 5000;
		wrong += keymap_get(&m, (const uint64_t[2]){ 1023, i + 5000 }) != KEYMAP_NONE;
	}
	CHECK(wrong == 0);
	keymap_free(&m);
}

int
main(void)
{
	check_numbers();
	check_collisions();
	return unit_end("keymap");
}
