#include "engine/export/onnx/to_onnx_range.h"

#include <math.h>

/* Of an empty range: all that comes is as good as 0, and no quotient overflows. */
#define EMPTY_SCALE 1e-30F
#define MAX_ZERO_ERROR 0.02 /* levels, of ranges that were rounded to f32 */

float rq_to_onnx_code_scale(float low, float high)
{
    float scale = (high - low) / RQ_TO_ONNX_MAX_CODE;
    return scale > EMPTY_SCALE ? scale : EMPTY_SCALE;
}

bool rq_to_onnx_code_of_zero(int *code, float low, float high)
{
    double zero = (double)-low / (double)rq_to_onnx_code_scale(low, high);
    *code = (int)fmin(RQ_TO_ONNX_MAX_CODE, fmax(0.0, nearbyint(zero)));
    return fabs(zero - *code) < MAX_ZERO_ERROR;
}
