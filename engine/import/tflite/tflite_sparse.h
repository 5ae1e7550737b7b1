/* Sparse constants. Private to tflite_*.c. */
#ifndef RQ_IMPORT_TFLITE_TFLITE_SPARSE_H
#define RQ_IMPORT_TFLITE_TFLITE_SPARSE_H

#include "engine/import/tflite/tflite_model.h"

/* The tensor's data becomes dense: `bytes` of its values lie at `at`, the schema's
 * SparsityParameters tell where each belongs. */
rq_status rq_tflite_densify(rq_tflite_tensor *t, rq_tflite_model *model, rq_flat_table sparsity,
                            size_t at, size_t bytes);

#endif
