/* specs_place: puts a value into the record that is being made. A part of specs.h. */

#include <string.h>

#include "change/specs_private.h"

/*
 * Sets out to what of data[0, len) fits into the width, and returns the number of pads before it.
 * If one more or one less has to be at one side of what is centered, that is the right one.
 */
static size_t
fit(enum specs_align align, size_t width, const char **data, size_t *len)
{
	size_t over = *len > width ? *len - width : 0, room = width > *len ? width - *len : 0;

	*len -= over;
	if (over > 0 && align != SPECS_LEFT && align != SPECS_AS_IT_IS)
		*data += align == SPECS_CENTER ? over / 2 : over;
	return align == SPECS_CENTER ? room / 2 : align == SPECS_RIGHT ? room : 0;
}

int
specs_put(const struct specs_item *item, const char *data, size_t len, size_t begin, size_t max, struct buf *out)
{
	size_t width = item->width, have = out->len - begin, column = item->place == SPECS_AT ? item->column : have;
	size_t before = 0, blank = item->place == SPECS_NEXTWORD && have > 0;
	char *to;

	if (item->trim)
		specs_convert_strip(&data, &len);
	if (width == 0) {
		if (len == 0)
			return 0;
		width = len;
	} else {
		before = fit(item->align, width, &data, &len);
	}
	column += blank;
	if (column > max || width > max - column)
		return 1;
	if (column + width > have && buf_reserve(out, column + width - have) < 0)
		return -1;
	to = out->data + begin;
	if (blank)
		to[column - 1] = ' ';
	else if (column > have)
		memset(to + have, item->pad, column - have);
	to += column;
	memset(to, item->pad, before);
	if (len > 0)
		memcpy(to + before, data, len);
	memset(to + before + len, item->pad, width - before - len);
	if (column + width > have)
		out->len = begin + column + width;
	return 0;
}
