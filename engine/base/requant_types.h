/* Status codes and callbacks, which every part of the library and every program that uses it share.
 * Part of the public interface: installed beside requant.h. */
#ifndef RQ_REQUANT_TYPES_H
#define RQ_REQUANT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum rq_status {
    RQ_OK = 0,
    RQ_EIO = -1,          /* the operating system refused: open, read, write, rename */
    RQ_ENOMEM = -2,       /* allocation failed */
    RQ_EFORMAT = -3,      /* a file does not say what its format requires */
    RQ_EUNSUPPORTED = -4, /* well-formed, but requant cannot do it */
    RQ_EARG = -5,         /* the caller's or user's argument is wrong */
    RQ_ECANCELLED = -6,   /* the callback `cancelled` said so */
    RQ_EBUDGET = -7,      /* a budget (max-drop ...) was not met */
    RQ_EUNMEASURED = -8   /* a budget could not be checked: its figure was not measured */
} rq_status;

/* What the caller of a procedure is told while it runs, and how he stops it. Any function may be
 * NULL. They are called from any thread that the library started, perhaps several at once, but for
 * `progress`: one call at a time. They must not call the library. */
typedef struct rq_callbacks {
    void *ctx;
    void (*log)(void *ctx, const char *text); /* a line without its end */
    /* `done` of `total` steps of the work called `title`; done == total: it has ended. */
    void (*progress)(void *ctx, const char *title, size_t done, size_t total);
    bool (*cancelled)(void *ctx); /* asked between steps; true ends the work with RQ_ECANCELLED */
    /* A part of the procedure begins, "equalize": the at-th (from 1) of `total`, 0: not known. Work
     * that `progress` tells of until the next one belongs to it. One call at a time. */
    void (*part)(void *ctx, const char *name, size_t at, size_t total);
} rq_callbacks;

/* One output of a network for one image: values in row-major order, sizes outermost first. */
typedef struct rq_scored_output {
    const char *name;
    const float *values;
    const int64_t *shape;
    size_t rank;
} rq_scored_output;

/* A program's own metric: what the n outputs for the image of this path (of data in memory: the
 * sample's name) are worth. A number that is not finite fails the call. Called from any thread that
 * the library started, several at once; everything is valid during the call only, and it must not
 * call the library. */
typedef double rq_score_fn(void *ctx, const char *image, const rq_scored_output *outputs, size_t n);

#endif
