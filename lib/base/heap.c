/* heap: see heap.h. */

#include <stdlib.h>

#include "base/heap.h"

int
heap_init(struct heap *h, size_t room)
{
	h->count = 0;
	h->at = calloc(room, sizeof *h->at);
	return h->at == NULL ? -1 : 0;
}

void
heap_free(struct heap *h)
{
	free(h->at);
	h->at = NULL;
	h->count = 0;
}
