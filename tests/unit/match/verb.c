/*
 * locate and nlocate against memmem, record by record, on blocks whose gaps and small alphabet make
 * hits touch gaps, span records and overlap; then the answers of the table of verbs to wrong words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/verb.h"
#include "unit/unit.h"

enum { RECORDS = 300 };

static char payload[200000];
static uint32_t ends[BLOCK_RECORDS];
static struct verb s;

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int
holds(const char *data, size_t len, const char *text, size_t n, int fold)
{
	for (size_t i = 0; i + n <= len; i++) {
		size_t k = 0;

		while (k < n && (fold ? lower(data[i + k]) == lower(text[k]) : data[i + k] == text[k]))
			k++;
		if (k == n)
			return 1;
	}
	return 0;
}

static struct block
make(uint32_t count, size_t longest, unsigned letters)
{
	static const uint8_t gaps[] = { 0, 1, 2, 200 };
	static const char alphabet[] = "ab\nAB\0\xff\x80";
	struct block b = { .kind = BLOCK_DATA, .count = count, .payload = payload, .ends = ends };
	uint32_t at = 0;

	b.gap = gaps[unit_random(4)];
	for (uint32_t i = 0; i < count; i++) {
		at += (uint32_t)unit_random(longest + 1);
		ends[i] = at;
		at += b.gap;
	}
	b.size = count > 0 && unit_random(3) == 0 ? ends[count - 1] : at;
	for (uint32_t i = 0; i < b.size; i++)
		payload[i] = alphabet[unit_random(letters)];
	return b;
}

static struct buf error;

static void
start(const char *verb, int fold)
{
	memset(&s, 0, sizeof s);
	memset(s.hits, 0xA5, sizeof s.hits); /* hits of an earlier block must not show */
	s.ignore_case = fold;
	error.len = 0;
	CHECK(verb_choose(&s, verb, verb, &error) == 0 && error.len == 0);
}

/* Gives the texts as /text/ or as xHEX. */
static void
give(const char *text, size_t n)
{
	struct buf word = { 0 };
	char *words[1];

	if (memchr(text, '\0', n) == NULL && memchr(text, '/', n) == NULL && (n == 0 || unit_random(2))) {
		CHECK(buf_addf(&word, "/%.*s/", (int)n, text) == 0);
	} else {
		CHECK(buf_adds(&word, "x") == 0);
		for (size_t i = 0; i < n; i++)
			CHECK(buf_addf(&word, "%02x", (unsigned)(unsigned char)text[i]) == 0);
	}
	words[0] = buf_string(&word);
	CHECK(verb_operands(&s, words, 1, &error) == 0 && error.len == 0);
	buf_free(&word);
}

static void
judged(void)
{
	unsigned long kept = 0, all = 0, spanning = 0;

	for (int round = 0; round < 4000; round++) {
		struct block b = make((uint32_t)unit_random(RECORDS), 1 + unit_random(20) * unit_random(10),
		    2 + (unsigned)unit_random(7));
		int negated = (int)unit_random(2), fold = (int)unit_random(2);
		size_t count = unit_random(4), lens[4], known[4];
		char texts[4][8];
		uint32_t found = 0, result;

		start(negated ? "nlocate" : "locate", fold);
		for (size_t t = 0; t < count; t++) {
			lens[t] = unit_random(20) == 0 ? 0 : 1 + unit_random(7);
			known[t] = 0;
			for (size_t i = 0; i < lens[t]; i++)
				texts[t][i] = "ab\nAB\0\xff\x80"[unit_random(4)];
			/* Often a text that occurs, in a record or across two. */
			if (b.size > lens[t] && unit_random(2))
				memcpy(texts[t], payload + unit_random(b.size - lens[t]), lens[t]);
			give(texts[t], lens[t]);
		}
		result = verb_judge(&s, &b);
		for (uint32_t i = 0; i < b.count; i++) {
			const char *data = payload + block_start(&b, i);
			size_t len = ends[i] - block_start(&b, i);
			int hit = count == 0 && len > 0;

			for (size_t t = 0; t < count; t++) {
				int here = holds(data, len, texts[t], lens[t], fold);

				hit |= here;
				known[t] |= (size_t)here;
			}
			CHECK((int)(s.hits[i / 64] >> i % 64 & 1) == (hit != negated));
			found += (uint32_t)(hit != negated);
		}
		CHECK(result == found);
		/* Beyond the last record there are no bits. */
		for (uint32_t i = b.count; i < (b.count + 63) / 64 * 64; i++)
			CHECK((s.hits[i / 64] >> i % 64 & 1) == 0);
		for (size_t t = 0; t < count; t++)
			spanning += !known[t] && holds(payload, b.size, texts[t], lens[t], fold);
		kept += found;
		all += b.count;
		verb_free(&s);
	}
	/*
	 * Both answers were met often, and so were texts that occur only across records or in gaps.
	 */
	CHECK(kept > all / 10 && kept < all / 10 * 9 && spanning > 100);
}

/*
 * Several texts together keep the records that one of them keeps by itself, also in ranges and with
 * escapes.
 */
static void
several(void)
{
	static const char *const ranges[] = { NULL, "w2", "f1", "3-5", "csv 2", ".a", ".b[0]" };
	static const char letters[] = "abAB\\\"u0061 ,\t{}:[]";
	static uint64_t any[BLOCK_RECORDS / 64];
	unsigned long kept = 0, all = 0;

	for (int round = 0; round < 1500; round++) {
		const char *range = ranges[unit_random(sizeof ranges / sizeof ranges[0])];
		char column[] = "csv", number[] = "2", other[8], *words[2] = { other, number };
		size_t given = range == NULL ? 0 : strncmp(range, "csv", 3) == 0 ? 2 : 1;
		int fold = (int)unit_random(2), json = range != NULL && range[0] == '.';
		size_t count = 2 + unit_random(unit_random(4) ? 5 : 150), records = unit_random(100);
		char texts[160][6];
		struct block b = { .kind = BLOCK_DATA, .gap = 1, .payload = payload, .ends = ends };

		snprintf(other, sizeof other, "%s", range != NULL ? range : "");
		if (given == 2)
			words[0] = column;
		while (b.count < records) {
			char part[2][8] = { "", "" };

			for (size_t i = 0; i < 2 * unit_random(7); i++)
				part[i % 2][i / 2] = letters[unit_random(json ? 4 : sizeof letters)];
			b.size += (uint32_t)(json ? sprintf(payload + b.size, "{\"a\":\"%s\\u0061%s\",\"b\":[\"%s\"]}",
							part[0], part[1], part[1])
						  : sprintf(payload + b.size, "%s,\"%s\"\"%s\" %s", part[0], part[1],
							part[0], part[1]));
			ends[b.count++] = b.size;
			payload[b.size++] = '\n';
		}
		memset(any, 0, sizeof any);
		for (size_t t = 0; t < count; t++) {
			size_t n = 1 + unit_random(5);

			for (size_t i = 0; i < n; i++)
				texts[t][i] = letters[unit_random(json ? 4 : sizeof letters - 1)];
			texts[t][n] = '\0';
			start("locate", fold);
			CHECK(verb_text(&s, texts[t]) == 0 && verb_operands(&s, words, given, &error) == 0);
			verb_judge(&s, &b);
			for (size_t w = 0; w < (b.count + 63) / 64; w++)
				any[w] |= s.hits[w];
			verb_free(&s);
		}
		start("locate", fold);
		for (size_t t = 0; t < count; t++)
			CHECK(verb_text(&s, texts[t]) == 0);
		CHECK(verb_operands(&s, words, given, &error) == 0);
		/* Judged twice: for the second block everything is ready already. */
		for (int k = 0; k < 2; k++) {
			kept += verb_judge(&s, &b);
			all += b.count;
			CHECK(!s.failed && memcmp(s.hits, any, (b.count + 63) / 64 * sizeof any[0]) == 0);
		}
		verb_free(&s);
	}
	CHECK(kept > all / 10 && kept < all / 10 * 9);
}

/*
 * match keeps the records that the expression matches by itself, whichever literal of it is
 * searched for, or none: literals that all records contain, that few contain, and that stop being
 * rare as the blocks go by.
 */
static void
matched(void)
{
	static const char *const expressions[] = { "user[0-9]+5 .* 50[0-9]", "user.*(a|b)+ 7.*x?end",
		"u.s.e.r.1.2.3.4.5.6 .7", "(ab)+ [a-c]*b", "a b|b a", "user", " (0|1)5", "^user1.* end$" };
	unsigned long kept = 0, all = 0;

	for (size_t e = 0; e < sizeof expressions / sizeof expressions[0]; e++) {
		struct ere ere;

		CHECK(ere_compile(&ere, expressions[e], strlen(expressions[e]), 0, &error) == 0);
		start("match", 0);
		CHECK(verb_text(&s, expressions[e]) == 0 && verb_operands(&s, NULL, 0, &error) == 0);
		for (int round = 0; round < 600; round++) {
			struct block b = {
				.kind = BLOCK_DATA, .gap = (uint8_t)unit_random(3), .payload = payload, .ends = ends
			};
			size_t records = round % 100 == 0 ? 4000 : unit_random(60), often = 1 + unit_random(9);

			while (b.count < records) {
				b.size += (uint32_t)sprintf(payload + b.size, "%s%u %s %u",
				    unit_random(often) ? "user" : "usr", (unsigned)unit_random(50),
				    unit_random(3) ? "ab" : "b a", (unsigned)unit_random(800));
				if (unit_random(often) == 0)
					b.size += (uint32_t)sprintf(payload + b.size, " end");
				ends[b.count++] = b.size;
				/* What is in the gaps would match, or ends a literal. */
				memcpy(payload + b.size, "us", b.gap);
				b.size += b.gap;
			}
			kept += verb_judge(&s, &b);
			all += b.count;
			for (uint32_t i = 0; i < b.count; i++) {
				uint32_t from = block_start(&b, i);

				CHECK((int)(s.hits[i / 64] >> i % 64 & 1) ==
				      ere_match(&ere, payload + from, ends[i] - from));
			}
		}
		verb_free(&s);
		ere_free(&ere);
	}
	CHECK(kept > all / 20 && kept < all / 10 * 9);
}

/* The most records that a block can have, one byte each. */
static void
full_block(void)
{
	struct block b = {
		.kind = BLOCK_DATA, .count = BLOCK_RECORDS, .size = BLOCK_RECORDS, .payload = payload, .ends = ends
	};

	memset(payload, 'n', BLOCK_RECORDS);
	for (uint32_t i = 0; i < BLOCK_RECORDS; i++)
		ends[i] = i + 1;
	payload[0] = payload[63] = payload[64] = payload[BLOCK_RECORDS - 1] = 'y';
	start("locate", 0);
	give("y", 1);
	CHECK(verb_judge(&s, &b) == 4);
	CHECK(s.hits[0] == (1 | UINT64_C(1) << 63) && s.hits[1] == 1 &&
	      s.hits[BLOCK_RECORDS / 64 - 1] == UINT64_C(1) << 63);
	verb_free(&s);
	start("nlocate", 0);
	give("y", 1);
	CHECK(verb_judge(&s, &b) == BLOCK_RECORDS - 4 && s.hits[2] == UINT64_MAX);
	/* No records, no payload: nothing is found and nothing looked at. */
	b = (struct block){ .kind = BLOCK_DATA };
	CHECK(verb_judge(&s, &b) == 0);
	verb_free(&s);
	/* Two records that together hold the text, and a third that does by itself. */
	memcpy(payload, "abcabcd", 7);
	b = (struct block){
		.kind = BLOCK_DATA, .count = 3, .size = 7, .payload = payload, .ends = (uint32_t[]){ 2, 4, 7 }
	};
	start("locate", 0);
	give("ca", 2);
	give("bcd", 3);
	CHECK(verb_judge(&s, &b) == 2 && s.hits[0] == 6);
	verb_free(&s);
}

static int
says(const char *text)
{
	if (strcmp(buf_string(&error), text) == 0)
		return 1;
	printf("said: %s\n", buf_string(&error));
	return 0;
}

static void
words(void)
{
	char *good[] = { (char[]){ "/a/" }, (char[]){ "x6263" } };
	char *bad[] = { (char[]){ "/a/" }, (char[]){ "timeout" } };
	struct block b = {
		.kind = BLOCK_DATA, .count = 3, .size = 6, .payload = payload, .ends = (uint32_t[]){ 2, 4, 6 }
	};

	memset(&s, 0, sizeof s);
	CHECK(verb_choose(&s, "lokate", "lokate", &error) == -1 &&
	    says("lokate: no such verb; there are locate, nlocate, find, nfind, strfind, strnfind, match, nmatch, where"));
	error.len = 0;
	CHECK(verb_choose(&s, "", "", &error) == -1 && error.len > 0);
	/* What is left out; within a word of the shell the advice has no quotes. */
	for (int within = 0; within < 2; within++) {
		s.range.within = within;
		error.len = 0;
		CHECK(verb_choose(&s, ".n", ".n > 4", &error) == -1 &&
		    says(within ? ".n > 4: no such verb; a condition is where .n > 4"
				: ".n > 4: no such verb; a condition is where '.n > 4'"));
		error.len = 0;
		CHECK(verb_choose(&s, "/a b/", "/a b/", &error) == -1 &&
		    says(within ? "/a b/: no such verb; a string is found by locate /a b/"
				: "/a b/: no such verb; a string is found by locate '/a b/'"));
		error.len = 0;
		CHECK(verb_choose(&s, "w2", "w2 /a/", &error) == -1 &&
		    says("w2: no such verb; a string is found by locate w2 /TEXT/"));
	}
	start("locate", 0);
	CHECK(verb_operands(&s, bad, 2, &error) == -1 &&
	    says("locate: timeout: write /timeout/, or -e timeout; a column is .timeout; the synopsis is locate [RANGE ...] [TEXT ...]"));
	verb_free(&s);
	start("nlocate", 0);
	CHECK(verb_operands(&s, bad, 2, &error) == -1 &&
	    says("nlocate: timeout: write /timeout/, or -e timeout; a column is .timeout; the synopsis is nlocate [RANGE ...] [TEXT ...]"));
	verb_free(&s);
	/* A text of -e holds anything; it and the operands are one list. */
	memcpy(payload, "/a/bc.", 6);
	start("locate", 0);
	CHECK(verb_text(&s, "/a") == 0 && verb_operands(&s, good, 2, &error) == 0 && s.count == 3);
	CHECK(verb_judge(&s, &b) == 1 && s.hits[0] == 1);
	verb_free(&s);
	/* No text: the records that are not empty. */
	start("locate", 0);
	CHECK(verb_operands(&s, good, 0, &error) == 0);
	b.ends = (uint32_t[]){ 0, 6, 6 };
	CHECK(verb_judge(&s, &b) == 1 && s.hits[0] == 2);
	verb_free(&s);
}

int
main(void)
{
	static const char *const ways[] = { "plain", "sse2", "avx2" };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		CHECK(scan_choose(ways[i]) != NULL);
		judged();
		several();
		full_block();
	}
	matched();
	words();
	buf_free(&error);
	return unit_end("verb");
}
