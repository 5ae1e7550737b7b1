/* NumPy's .npy files. Source: numpy.lib.format, "Format Version 1.0" to "3.0". */
#ifndef RQ_DATASETS_ARRAYS_NPY_H
#define RQ_DATASETS_ARRAYS_NPY_H

#include "engine/base/tensor.h"

/* What NumPy has in place of a type that it lacks: f32 for floats, else i8 or u8; others stay. */
rq_dtype rq_npy_dtype(rq_dtype dtype);

/* Reads any boolean, integer or floating array (i1..i8, u1..u8, f2, f4, f8; either byte order; V2,
 * as which NumPy writes the bfloat16 of ml_dtypes;
 * Fortran order is transposed to C order). out->data is the caller's, for free(). The header is
 * parsed strictly, and the file must have exactly the bytes that it promises: RQ_EFORMAT with
 * found and expected. RQ_EUNSUPPORTED for other element types (strings, objects, records). */
rq_status rq_npy_read(rq_tensor *out, const char *path);

/* The same of bytes in memory; `name` is for messages. */
rq_status rq_npy_parse(rq_tensor *out, const void *data, size_t size, const char *name);

/* Writes version 1.0, little-endian, C order, atomically. Types that NumPy lacks are widened:
 * bf16 and f8 to f4, i4 to i1, u4, u2 and u1 to u1 (one byte each). */
rq_status rq_npy_write(const char *path, const rq_tensor *tensor);

#endif
