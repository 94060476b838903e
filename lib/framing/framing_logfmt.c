/*
 * framing_logfmt: lines of key=value, in both directions. framing_checked.c finds them;
 * match/logfmt.h says what they are.
 */
#include "base/bom.h"
#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"
#include "match/logfmt.h"

int
framing_line_logfmt(
    struct framing_split *s, const struct framing_found *f, const char *data, size_t start, size_t end)
{
	const char *at, *wrong = logfmt_check(data + start, data + end, &at);

	return wrong == NULL ? 0 : framing_fault(s, f, (size_t)(at - data), "%s", wrong);
}

const char *
framing_check_logfmt(struct framing_join *join, const char *data, size_t len)
{
	const char *at;

	if (framing_is_json_blank(data, 0, len))
		return "it has no key: a reader would pass it over";
	if (join->record == 0 && (bom_utf8(data, len) > 0 || bom_utf16(data, len)))
		return "it begins with a byte order mark, which would not be part of the first record";
	if (scan_byte(data, len, 0, '\n') < len)
		return "it holds a newline";
	if (data[len - 1] == '\r' && !join->crlf)
		return "it ends with CR, which would be part of the line's end";
	return logfmt_check(data, data + len, &at);
}
