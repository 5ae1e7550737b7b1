/* One input being prepared. Private to prepare*.c. */
#ifndef RQ_IMPORT_PREPARE_STEP_H
#define RQ_IMPORT_PREPARE_STEP_H

#include "engine/import/prepare.h"

typedef struct rq_prepare_step {
    rq_ir_builder *b;
    rq_id x;          /* what the model reads of the input so far */
    const char *name; /* of the input */
    int channels;     /* their axis in x where a layout names it; else -1 */
} rq_prepare_step;

/* The part of "in1(1,2,3),in2[4]" that is for `name` (or, unnamed, for all): begin and end of what
 * stands in its brackets. False if there is none. */
bool rq_prepare_part(const char *text, const char *name, const char **begin, const char **end);

/* The input takes the target's layout; a Transpose gives the model its own. */
void rq_prepare_layout(rq_prepare_step *s, const rq_prepare *prepare);
/* Subtracts the mean image, cropped to the input. */
void rq_prepare_mean_image(rq_prepare_step *s, const rq_prepare *prepare);

#endif
