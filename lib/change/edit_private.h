#ifndef EDIT_PRIVATE_H
#define EDIT_PRIVATE_H

/* edit_private: what the files of edit.h share. */

#include "change/edit.h"

/* Appends [from, to). Returns NULL, or "" without memory. */
const char *edit_add(struct buf *out, const char *from, const char *to);

/* ---- edit_named.c: as the functions of edit.h, for records that have names of their own ---- */

const char *edit_set_named(struct edit *, const struct edit_target *, const char *data, size_t len,
    const struct expr_result *, struct buf *out);
const char *
edit_drop_named(struct edit *, const struct range_view *name, const char *data, size_t len, struct buf *out);

#endif
