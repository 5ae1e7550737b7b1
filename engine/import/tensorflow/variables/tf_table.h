/* Sorted tables of keys and values, as LevelDB's: the index of a TensorFlow checkpoint. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_TABLE_H
#define RQ_IMPORT_TENSORFLOW_TF_TABLE_H

#include "engine/base/file.h"

/* One entry; key[n_key] and value[n_value] are borrowed, the key only for the call. */
typedef rq_status rq_tf_table_visitor(void *context, const char *key, size_t n_key,
                                      const uint8_t *value, size_t n_value);

/* Every entry of the table in the file, in order. RQ_EFORMAT for damaged tables,
 * RQ_EUNSUPPORTED for compressed ones (TensorFlow writes none). */
rq_status rq_tf_table_visit(const rq_mapping *file, const char *path, rq_tf_table_visitor *visitor,
                            void *context);

#endif
