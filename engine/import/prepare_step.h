/* One input being prepared. Private to prepare*.c. */
#ifndef RQ_IMPORT_PREPARE_STEP_H
#define RQ_IMPORT_PREPARE_STEP_H

#include "engine/import/prepare.h"

typedef struct rq_prepare_step {
    rq_ir_builder *b;
    rq_id x;          /* what the model reads of the input so far */
    const char *name; /* of the input */
    size_t place;     /* of the input among the model's: 0 is the first */
    int channels;     /* their axis in x where a layout names it; else -1 */
} rq_prepare_step;

/* The part of "in1(1,2,3),in2[4]" that is for the input of that name and place: one without a name
 * is for all inputs, several are for the inputs in order. Begin and end of what stands in its
 * brackets; false if there is none. */
bool rq_prepare_part(const rq_prepare_step *s, const char *text, const char **begin,
                     const char **end);

/* The input takes the target's layout; a Transpose gives the model its own. */
void rq_prepare_layout(rq_prepare_step *s, const rq_prepare *prepare);
/* Subtracts the mean image, cropped to the input. */
void rq_prepare_mean_image(rq_prepare_step *s, const rq_prepare *prepare);

#endif
