/* What requant-hdf5 (engine/hdf5) makes of an HDF5 file, or makes one of: its items, one after
 * another, in the machine's own byte order. Each is a head, its name, its content. hdf5_file.c,
 * which reads them, trusts only the size of a head: the program works on hostile files with a
 * library that they may have taken over. */
#ifndef RQ_BASE_HDF5_STREAM_H
#define RQ_BASE_HDF5_STREAM_H

#include "engine/base/tensor.h"

#define RQ_HDF5_MAX_NAME 255

typedef enum rq_hdf5_kind {
    RQ_HDF5_END,   /* of the file: all of it was read */
    RQ_HDF5_ERROR, /* content: a message; nothing follows */
    RQ_HDF5_GROUP, /* what follows is in it, up to its RQ_HDF5_LEAVE */
    RQ_HDF5_LEAVE,
    RQ_HDF5_ATTRIBUTE, /* of the group: numbers in a row, or a text (RQ_DT_STRING, no shape) */
    RQ_HDF5_ARRAY,
    RQ_HDF5_UNITS, /* of the array before, a text; only to make a file, and there after each */
    RQ_HDF5_KINDS
} rq_hdf5_kind;

typedef struct rq_hdf5_head {
    uint32_t kind, dtype; /* rq_hdf5_kind, rq_dtype */
    uint32_t name_bytes;  /* without a NUL */
    int32_t rank;
    int64_t d[RQ_MAX_RANK];
    uint64_t bytes; /* of content */
} rq_hdf5_head;

#endif
