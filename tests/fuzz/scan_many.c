/*
 * scan_many: any texts in any records, each way of searching against memmem record by record. The
 * first byte has case, gap and whether the data is its own sample, the second the number of texts,
 * the third the length of a record. Texts follow, each after its length in a byte, then the data,
 * in memory of its exact size.
 */
#include <string.h>

#include "fuzz/main.h"
#include "match/scan_many.h"

enum { TEXTS = 200, RECORDS = 512 };

static char
low(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static int
holds(const char *data, size_t len, const struct scan_text *texts, size_t count)
{
	char *copy = malloc(len + (len == 0));
	int result = 0;

	MUST(copy != NULL);
	for (size_t i = 0; i < len; i++)
		copy[i] = texts[0].ignore_case ? low(data[i]) : data[i];
	for (size_t t = 0; t < count && !result; t++)
		result = memmem(copy, len, texts[t].text, texts[t].len) != NULL;
	free(copy);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const ways[] = { "plain", "sse2", "avx2" };
	static struct scan_text texts[TEXTS];
	static uint32_t ends[RECORDS];
	const uint8_t *at = bytes + 3, *end = bytes + size;
	size_t count = 0, records = 0, len, gap, piece;
	char *data;

	if (size < 5)
		return 0;
	gap = bytes[0] >> 1 & 3;
	piece = bytes[2];
	for (; count < (size_t)bytes[1] % TEXTS + 1 && end - at > 1; count++) {
		size_t n = 1 + at[0] % 32;

		n = n < (size_t)(end - at) - 1 ? n : (size_t)(end - at) - 1;
		MUST(scan_text_init(&texts[count], (const char *)at + 1, n, bytes[0] & 1) == 0);
		at += 1 + n;
	}
	len = (size_t)(end - at);
	data = malloc(len + (len == 0));
	MUST(data != NULL);
	memcpy(data, at, len);
	for (size_t start = 0; records < RECORDS && start <= len; records++) {
		ends[records] = (uint32_t)(len - start < piece + records % 3 ? len : start + piece + records % 3);
		start = ends[records] + gap + (gap == 0 && piece == 0);
		if (start > ends[records] + gap)
			break;
	}
	for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
		uint64_t hits[RECORDS / 64 + 1] = { 0 };
		struct scan_many m;

		MUST(scan_choose(ways[w]) != NULL);
		MUST(scan_many_init(&m, texts, count, data, bytes[0] & 8 ? len : 0) == 0);
		scan_many_records(&m, data, len, ends, records, gap, hits);
		for (size_t i = 0; i < records; i++) {
			size_t start = i == 0 ? 0 : ends[i - 1] + gap;
			int hit = holds(data + start, ends[i] - start, texts, count);

			MUST((int)(hits[i / 64] >> i % 64 & 1) == hit);
			MUST(i % 16 != 0 || scan_many(&m, data + start, ends[i] - start) == hit);
		}
		MUST(records % 64 == 0 || hits[records / 64] >> records % 64 == 0);
		scan_many_free(&m);
	}
	free(data);
	while (count > 0)
		scan_text_free(&texts[--count]);
	return 0;
}
