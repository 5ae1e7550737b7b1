/* Items on their way to the caller of requant-hdf5 (engine/base/formats/hdf5_stream.h). A program
 * that is made to read one file and may die of it: whatever fails ends it. */
#ifndef RQ_HDF5_ITEM_WRITER_H
#define RQ_HDF5_ITEM_WRITER_H

#include "engine/base/formats/hdf5_stream.h"

/* Begins: bytes of content that the caller takes, all together. */
void rq_items_limit(uint64_t max_bytes);
/* Before memory is taken for them: counts `bytes` of item `name`. */
void rq_items_claim(uint64_t bytes, const char *name);
void rq_items_mark(rq_hdf5_kind kind, const char *name);
/* `t` is numbers, dense; as they are. */
void rq_items_put(rq_hdf5_kind kind, const char *name, const rq_tensor *t, size_t bytes);
void rq_items_put_text(const char *name, const char *text, size_t bytes);
/* Says why, and exits. */
_Noreturn void rq_items_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
