/* Sparse constants. Private to tflite_*.c. */
#ifndef RQ_IMPORT_TFLITE_TFLITE_SPARSE_H
#define RQ_IMPORT_TFLITE_TFLITE_SPARSE_H

#include "engine/base/arena.h"
#include "engine/base/tensor.h"
#include "engine/import/tflite/flatbuffer.h"

/* Gives a static tensor of elements of whole bytes its data, dense, in the arena: `bytes` of values
 * lie at `at` in the file, the schema's SparsityParameters tell where each belongs. The file is
 * damaged where they tell it of other places. */
rq_status rq_tflite_densify(rq_tensor *tensor, rq_arena *arena, rq_flatbuffer *file,
                            rq_flat_table sparsity, size_t at, size_t bytes);

#endif
