/* Pad's attribute. */
#ifndef RQ_OPS_COMMON_PAD_H
#define RQ_OPS_COMMON_PAD_H

/* pad_mode: what the new elements hold. */
typedef enum rq_pad_mode {
    RQ_PAD_MODE_CONSTANT, /* input 3, or 0 without it */
    RQ_PAD_MODE_EDGE,
    RQ_PAD_MODE_REFLECT,  /* mirrored at the outermost elements */
    RQ_PAD_MODE_SYMMETRIC /* mirrored behind them */
} rq_pad_mode;

#endif
