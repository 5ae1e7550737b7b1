/* A YAML file of preprocessing. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_files.h"

#include "datasets/image/preprocess.h"

#include <stdlib.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    static const int64_t d[] = {1, 3, 32, 32};
    rq_preprocess preprocess = {0};
    rq_image_plan plan;
    rq_buf text = {0};
    rq_shape shape = rq_shape_make(4, d);
    if (rq_preprocess_load(&preprocess, fuzz_give("c.yaml", data, size)) != RQ_OK) return;
    if (rq_preprocess_resolve(&plan, &preprocess, &shape, RQ_DT_F32, "x") == RQ_OK)
        rq_preprocess_describe(&plan, &text);
    rq_buf_free(&text);
}
