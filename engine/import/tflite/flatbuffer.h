/* Reading flatbuffers: tables of fields that point at each other by offsets. Every offset, count
 * and size is checked against the file, and nothing is taken to be aligned.
 *
 * Damage sticks: after the first offset that leads nowhere, `damage` says what is wrong, and every
 * call gives what an absent field gives. Readers look at it once, at the end of a part. What
 * vectors are read again and again is paid from a budget in proportion to the file, so that a small
 * file whose tables overlap cannot keep a reader busy. */
#ifndef RQ_IMPORT_TFLITE_FLATBUFFER_H
#define RQ_IMPORT_TFLITE_FLATBUFFER_H

#include "engine/base/dtype.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rq_flatbuffer {
    const uint8_t *data; /* borrowed */
    size_t size;
    size_t budget;      /* bytes of vectors that may still be visited */
    const char *damage; /* NULL: none so far */
} rq_flatbuffer;

/* Places in the file; 0: absent (the file's first bytes are the offset of the root). */
typedef struct rq_flat_table {
    size_t at, vtable;
    size_t n_fields;
} rq_flat_table;

typedef struct rq_flat_vector {
    size_t at; /* of element 0 */
    size_t n;
} rq_flat_vector;

void rq_flat_open(rq_flatbuffer *f, const uint8_t *data, size_t size);
rq_flat_table rq_flat_root(rq_flatbuffer *f);

/* Field number `field` of the table, counted as in the schema. */
int64_t rq_flat_int(rq_flatbuffer *f, rq_flat_table table, unsigned field, rq_dtype dtype,
                    int64_t fallback);
double rq_flat_float(rq_flatbuffer *f, rq_flat_table table, unsigned field, double fallback);
rq_flat_table rq_flat_child(rq_flatbuffer *f, rq_flat_table table, unsigned field);
/* NUL-terminated, in the file; "" when absent. */
const char *rq_flat_string(rq_flatbuffer *f, rq_flat_table table, unsigned field);
/* A vector of elements of that size in bytes; of tables and strings they are offsets of 4. */
rq_flat_vector rq_flat_list(rq_flatbuffer *f, rq_flat_table table, unsigned field, size_t size);
/* The same of raw bytes, which are only pointed at: costs nothing. */
rq_flat_vector rq_flat_bytes(rq_flatbuffer *f, rq_flat_table table, unsigned field);
/* Takes from the budget; false, and damage, where it does not last. */
bool rq_flat_spend(rq_flatbuffer *f, size_t bytes);

/* Element i < vector.n. */
rq_flat_table rq_flat_item(rq_flatbuffer *f, rq_flat_vector vector, size_t i);
int64_t rq_flat_item_int(const rq_flatbuffer *f, rq_flat_vector vector, size_t i, rq_dtype dtype);
double rq_flat_item_float(const rq_flatbuffer *f, rq_flat_vector vector, size_t i);

#endif
