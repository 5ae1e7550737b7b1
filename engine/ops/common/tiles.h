/* Element-wise loops over operands that are broadcast: a tile of the output at a time, for which
 * every operand is a dense array, a piece of its own memory or a copy that stays in the cache. A
 * kernel is one plain loop then, whatever the shapes. */
#ifndef RQ_OPS_COMMON_TILES_H
#define RQ_OPS_COMMON_TILES_H

#include "engine/ops/common/rows.h"
#include "engine/ops/common/strided_copy.h"

#define RQ_TILE 1024 /* elements, at most */

typedef struct rq_tile_operand {
    const void *now; /* the tile's elements, aligned */
    rq_dtype dtype;  /* theirs: the tensor's, or i8 or u8 for types of less than a byte */
    const rq_tensor *tensor;
    bool dense;           /* tiles are pieces of the tensor */
    int64_t origin;       /* where the tile in `copy` begins */
    size_t copied;        /* 0: there is none */
    rq_strided_copy plan; /* of a copy of so many steps: */
    size_t planned;       /* 0: there is none */
    _Alignas(64) unsigned char copy[RQ_TILE * sizeof(uint64_t)];
} rq_tile_operand;

#define RQ_TILE_OPERANDS 3
typedef struct rq_tiles {
    rq_rows rows; /* a tile is some steps of a row, each of `inner` elements */
    int rank;     /* of rows.dims with the row (at rows.rank) and what is inside of it */
    size_t inner; /* elements */
    size_t chunk; /* steps of one tile */
    size_t row;   /* where the next tile is */
    size_t step;  /* in the row */
    size_t first; /* the present tile: elements [first, first + n) of the output */
    size_t n;
    rq_tile_operand operands[RQ_TILE_OPERANDS];
} rq_tiles;

/* operands[k].shape is broadcast to `out` by numpy's rule. The tensors are only referred to. */
void rq_tiles_begin(rq_tiles *tiles, const rq_shape *out, const rq_tensor *operands, int n);
/* The next tile; false behind the last one. */
bool rq_tiles_next(rq_tiles *tiles);

/* The present tile of operand k as `dtype`: where it lies, or converted into `buffer`, which has
 * room for RQ_TILE elements of 8 bytes. */
rq_status rq_tile_as(const void **out, const rq_tiles *tiles, int k, rq_dtype dtype, void *buffer);

#endif
