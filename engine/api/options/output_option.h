/* What quantize and tune write, -o and --qdq, and how long they measure it, --seconds. */
#ifndef RQ_API_OPTIONS_OUTPUT_OPTION_H
#define RQ_API_OPTIONS_OUTPUT_OPTION_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "engine/export/onnx/to_onnx.h"

extern const rq_option rq_output_options[];

/* Borrowed from the settings; RQ_EARG without one. */
rq_status rq_output_read(const char **out, const rq_settings *settings);
/* RQ_EARG where the output is no ONNX model. */
rq_status rq_output_read_qdq(rq_qdq *out, const rq_settings *settings);
/* Of measuring speed; 0: not at all. */
rq_status rq_output_read_seconds(double *out, const rq_settings *settings);

#endif
