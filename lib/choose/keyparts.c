/* keyparts: see keyparts.h. */

#include <string.h>

#include "choose/keyparts.h"

int
keyparts_find(struct range *range, const char *data, size_t len, struct buf *scratch, struct range_view *key)
{
	int there, bad = 0;

	if (range->count == 1) {
		if ((there = range_view(range, 0, data, len, key)) == 0)
			*key = (struct range_view){ "", 0 };
		return there;
	}
	if ((there = range_views(range, data, len)) < 0)
		return -1;
	scratch->len = 0;
	for (size_t i = 0; i < range->count; i++) {
		const struct range_view *view = &range->views[i];
		size_t n = view->data != NULL ? view->len : 0;

		bad |= buf_add(scratch, &n, sizeof n) | (n > 0 ? buf_add(scratch, view->data, n) : 0);
	}
	*key = (struct range_view){ scratch->data, scratch->len };
	return bad != 0 ? -1 : there;
}

static int
compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int order = n > 0 ? memcmp(a, b, n) : 0;

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

int
keyparts_compare(const struct range_view *a, const struct range_view *b, size_t count)
{
	const char *p = a->data, *q = b->data;
	int order = 0;

	if (count == 1)
		return compare(a->data, a->len, b->data, b->len);
	for (size_t i = 0; i < count && order == 0; i++) {
		size_t m, n;

		memcpy(&m, p, sizeof m);
		memcpy(&n, q, sizeof n);
		order = compare(p + sizeof m, m, q + sizeof n, n);
		p += sizeof m + m;
		q += sizeof n + n;
	}
	return order;
}
