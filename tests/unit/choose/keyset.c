/*
 * keyset, random: keys are new once, however many and however long; chance is even, and a seed's
 * sequence always the same.
 */

#include <string.h>

#include "choose/keyset.h"
#include "os/random.h"
#include "unit/unit.h"

static int
add(struct keyset *s, const void *key, size_t len)
{
	uint64_t hash[2];

	keyset_hash(s, key, len, hash);
	return keyset_add(s, hash);
}

static void
check_seen(void)
{
	struct keyset s = { 0 };
	char zeros[100] = { 0 };
	int again = 0, once = 0;

	CHECK(keyset_init(&s) == 0);
	CHECK(add(&s, "", 0) == 1);
	CHECK(add(&s, "", 0) == 0);
	/* Zeros of different lengths are different keys. */
	for (size_t n = 1; n <= sizeof zeros; n++)
		CHECK(add(&s, zeros, n) == 1);
	for (size_t n = 1; n <= sizeof zeros; n++)
		CHECK(add(&s, zeros, n) == 0);
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 200000; i++) {
			uint32_t key[3] = { i, ~i, 7 };
			int new = add(&s, key, sizeof key);

			once += new == 1 && round == 0;
			again += new == 0 && round == 1;
		}
	CHECK(once == 200000);
	CHECK(again == 200000);
	CHECK(s.count == 200101);
	keyset_free(&s);
}

static void
check_collisions(void)
{
	/*
	 * Hashes that begin in the same slot, at the table's end too, and those that share a half.
	 */
	struct keyset s = { 0 };

	CHECK(keyset_init(&s) == 0);
	for (uint64_t i = 0; i < 5000; i++)
		CHECK(keyset_add(&s, (const uint64_t[2]){ 1023, i }) == 1);
	for (uint64_t i = 1; i < 3000; i++)
		CHECK(keyset_add(&s, (const uint64_t[2]){ i << 32 | 1023, 9 }) == 1);
	for (uint64_t i = 0; i < 5000; i++)
		CHECK(keyset_add(&s, (const uint64_t[2]){ 1023, i }) == 0);
	CHECK(keyset_add(&s, (const uint64_t[2]){ 0, 1 }) == 1);
	CHECK(keyset_add(&s, (const uint64_t[2]){ 0, 1 }) == 0);
	keyset_free(&s);
}

static void
check_random(void)
{
	struct random r;
	unsigned counts[10] = { 0 };
	unsigned char secret[2][32];

	random_seed(&r, 0);
	CHECK(random_next(&r) == UINT64_C(0x99ec5f36cb75f2b4));
	CHECK(random_next(&r) == UINT64_C(0xbf6e1f784956452a));
	CHECK(random_below(&r, 1) == 0);
	for (int i = 0; i < 100000; i++)
		counts[random_below(&r, 10)]++;
	for (int i = 0; i < 10; i++)
		CHECK(counts[i] > 9600 && counts[i] < 10400);
	for (int i = 0; i < 100; i++)
		CHECK(random_below(&r, UINT64_MAX) < UINT64_MAX);
	CHECK(random_secret(secret[0], 32) == 0 && random_secret(secret[1], 32) == 0);
	CHECK(memcmp(secret[0], secret[1], 32) != 0);
}

int
main(void)
{
	check_seen();
	check_collisions();
	check_random();
	return unit_end("keyset");
}
