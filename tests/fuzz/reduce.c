/*
 * reduce: the operands of rec-reduce: words with a NUL between them, the first of which is the key.
 * What is refused leaves a message; what is taken has an operation for each name.
 */
#include <string.h>

#include "change/reduce.h"
#include "fuzz/main.h"

enum { WORDS = 32, SIZE = 1024 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reduce r = { .separator = NULL };
	struct buf error = { 0 };
	char text[SIZE + 1], *words[WORDS];
	size_t n = 0;
	int good;

	if (len > SIZE)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	for (size_t at = 0; at <= len && n < WORDS; at += strlen(text + at) + 1)
		words[n++] = text + at;
	good = *words[0] == '\0' || reduce_key(&r, words[0], &error) == 0;
	if (good)
		good = reduce_ops(&r, words + 1, n - 1, &error) == 0 && reduce_check(&r, &error) == 0;
	MUST(good == (error.len == 0));
	if (good) {
		MUST(r.ops_count > 0 && (*words[0] == '\0' || r.keys_count > 0));
		for (size_t i = 0; i < r.ops_count; i++)
			MUST(r.ops[i].part < r.parts_count || r.ops[i].kind == REDUCE_COUNT);
	}
	reduce_free(&r);
	buf_free(&error);
	return 0;
}
