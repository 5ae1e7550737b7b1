#include "engine/api/options/workload_options.h"

#include "engine/api/options/image_options.h"
#include "engine/api/options/model_options.h"

rq_status rq_workload_options_read(rq_workload *out, const rq_settings *settings)
{
    RQ_TRY(rq_workload_open(out));
    out->data = rq_settings_get(settings, "data", NULL);
    RQ_TRY(rq_model_options_read(out, settings));
    return rq_image_options_read(out, settings);
}

rq_status rq_workload_options_need_data(const rq_workload *workload)
{
    return workload->data
               ? RQ_OK
               : rq_fail(RQ_EARG, "--data is missing: a folder of images, or a list file");
}

rq_status rq_workload_options_read_with_data(rq_workload *out, const rq_settings *settings)
{
    RQ_TRY(rq_workload_options_read(out, settings));
    return rq_workload_options_need_data(out);
}
