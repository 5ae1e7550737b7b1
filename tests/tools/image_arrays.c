/* Images as .npy files, prepared as a configuration says.
 *   image_arrays CONFIG SIDE STORED CLAIMED OUT IMAGE...
 * OUT/<n>.npy has the numbers in the order STORED (nchw or nhwc) and the shape of CLAIMED. */
#include "datasets/loader.h"
#include "datasets/arrays/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rq_shape shape_of(const char *layout, int64_t side)
{
    if (strcmp(layout, "nhwc") == 0) return (rq_shape){.rank = 4, .d = {1, side, side, 3}};
    return (rq_shape){.rank = 4, .d = {1, 3, side, side}};
}

static rq_status convert(const rq_image_plan *plan, const rq_shape *claimed, const char *out,
                         char **images, int n)
{
    rq_loader_scratch scratch = {0};
    float *x = malloc(rq_image_plan_count(plan) * sizeof *x);
    rq_status status = x ? RQ_OK : rq_fail_memory(rq_image_plan_count(plan), "an image");
    for (int i = 0; status == RQ_OK && i < n; i++) {
        char path[4096];
        rq_tensor tensor = {.dtype = RQ_DT_F32, .shape = *claimed, .data = x};
        snprintf(path, sizeof path, "%s/%03d.npy", out, i);
        status = rq_load_image(x, plan, images[i], &scratch);
        if (status == RQ_OK) status = rq_npy_write(path, &tensor);
    }
    free(x);
    rq_loader_scratch_free(&scratch);
    return status;
}

int main(int argc, char **argv)
{
    rq_preprocess preprocess = {0};
    rq_image_plan plan;
    if (argc < 7) return 2;
    rq_shape stored = shape_of(argv[3], atoi(argv[2])), claimed = shape_of(argv[4], atoi(argv[2]));
    rq_status status = rq_preprocess_load(&preprocess, argv[1]);
    if (status == RQ_OK)
        status = rq_preprocess_resolve(&plan, &preprocess, &stored, RQ_DT_F32, "x");
    if (status == RQ_OK) status = convert(&plan, &claimed, argv[5], argv + 6, argc - 6);
    if (status != RQ_OK) fprintf(stderr, "%s\n", rq_error_text());
    return status != RQ_OK;
}
