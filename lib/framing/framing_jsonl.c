/*
 * framing_jsonl: JSON values, each on a line (jsonl), in both directions. framing_checked.c finds
 * the lines. Only a line that is wrong is read again, for the place of the fault.
 */
#include "base/utf8.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

/* Returns 1 if data[0, len) is one JSON text, else 0; -1 with errno ENOMEM. */
static int
is_text(struct buf *levels, const char *data, size_t len)
{
	int got = json_valid(data, len, levels);

	return got == 1 ? utf8_valid(data, len) : got;
}

/* Sets the error of the line data[start, end), which is no JSON text. Returns -1. */
static int
blame(struct framing_split *s, const struct framing_found *f, const char *data, size_t start, size_t end)
{
	enum json_verdict verdict;
	size_t n;

	while (framing_is_json_space(data[start]))
		start++;
	json_reset(&s->json);
	verdict = json_scan(&s->json, data + start, end - start, &n);
	start += n;
	if (verdict == JSON_MORE)
		verdict = json_end(&s->json);
	if (verdict == JSON_NOMEM)
		return framing_fault_memory(s, f, start);
	if (verdict == JSON_WRONG)
		return framing_json_fault(s, f, data, end, start, "the line");
	while (start < end && framing_is_json_space(data[start]))
		start++;
	return framing_fault(s, f, start, "the line has more after its JSON value");
}

int
framing_line_jsonl(struct framing_split *s, const struct framing_found *f, const char *data, size_t start, size_t end)
{
	int got = is_text(&s->levels, data + start, end - start);

	if (got < 0)
		return framing_fault_memory(s, f, start);
	return got == 1 ? 0 : blame(s, f, data, start, end);
}

const char *
framing_check_jsonl(struct framing_join *join, const char *data, size_t len)
{
	int got = is_text(&join->levels, data, len);

	return got == 1 ? NULL : got == 0 ? "it is not a JSON value (RFC 8259)" : framing_no_memory;
}

int
framing_join_jsonl(struct framing_join *join, const char *data, size_t len, struct buf *out)
{
	int bad = join->strictness == FRAMING_STRICT ? json_compact(out, data, len) : buf_add(out, data, len);

	return bad < 0 ? -1 : buf_adds(out, join->crlf ? "\r\n" : "\n");
}
