/* What the kernels of depthwise.h share. */
#ifndef RQ_EXEC_ONEDNN_DEPTHWISE_PRIVATE_H
#define RQ_EXEC_ONEDNN_DEPTHWISE_PRIVATE_H

#include "engine/exec/onednn/depthwise.h"

#define RQ_DEPTHWISE_WIDTH 64 /* outputs that are computed at once */

/* Some of the channels. Outputs at once are `positions` neighbours of `slots` channels, or one of
 * RQ_DEPTHWISE_WIDTH of a group of channels. Arrays have RQ_DEPTHWISE_WIDTH numbers for each group,
 * in the kernel's order; what is no channel has zeros. */
typedef struct rq_depthwise_kernel rq_depthwise_kernel;
typedef struct rq_depthwise_part {
    rq_depthwise of; /* without its arrays */
    const rq_depthwise_kernel *kernel;
    size_t first, channels; /* of those that `of` has */
    size_t slots, positions, groups;
    size_t quads;          /* VNNI: sets of four taps in a row of the kernel */
    const int8_t *weights; /* VNNI: [group, row, quad, 4 * WIDTH] */
    const int32_t *start;  /* VNNI: of the sums */
    const float *taps;     /* others: [group, tap, WIDTH] */
    const float *scale, *bias, *factor, *offset;
} rq_depthwise_part;

#define RQ_DEPTHWISE_MAX_PARTS 3

struct rq_depthwise_packed {
    rq_depthwise_part parts[RQ_DEPTHWISE_MAX_PARTS];
    size_t items[RQ_DEPTHWISE_MAX_PARTS];
    size_t n;
};

struct rq_depthwise_kernel {
    bool quads; /* reads weights, else taps */
    /* Where output i of those at once lies in the arrays. */
    size_t (*place)(size_t i);
    /* Into so many calls the work is cut; 0: the window is too large for the kernel. */
    size_t (*items)(const rq_depthwise_part *part);
    void (*run)(const rq_depthwise_part *part, void *out, const uint8_t *in, size_t item);
};

extern const rq_depthwise_kernel rq_depthwise_vnni; /* x86-64 */

#endif
