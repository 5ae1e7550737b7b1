#include "engine/api/options/workload_options.h"

#include "engine/api/options/data_option.h"
#include "engine/api/options/image_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/score_options.h"

/* Before anything is run: a file of labels is applied where images are listed, and a program's are
 * listed already. */
static rq_status refuse_labels(const rq_settings *settings)
{
    const char *of = rq_settings_has(settings, "val") ? "val" : "data";
    if (!rq_settings_has(settings, "labels") || !rq_settings_object(settings, of)) return RQ_OK;
    return rq_fail(RQ_EARG, "--labels is for data that are named by a text: rq_data_open and "
                            "rq_data_add take those of others");
}

rq_status rq_workload_options_read(rq_workload *out, const rq_settings *settings)
{
    const rq_backend *backend;
    RQ_TRY(rq_workload_open(out));
    out->data = rq_data_option_read(settings, "data");
    RQ_TRY(refuse_labels(settings));
    RQ_TRY(rq_model_options_read(out, settings));
    RQ_TRY(rq_backend_choose(&backend, &out->exec)); /* before any image is looked at */
    RQ_TRY(rq_score_options_read(out, settings));
    return rq_image_options_read(out, settings);
}

rq_status rq_workload_options_need_data(const rq_workload *workload)
{
    return workload->data.name ? RQ_OK
                               : rq_fail(RQ_EARG, "--data is missing: a folder of images or arrays "
                                                  "(.npy, .npz), or a list file");
}

rq_status rq_workload_options_read_with_data(rq_workload *out, const rq_settings *settings)
{
    RQ_TRY(rq_workload_options_read(out, settings));
    return rq_workload_options_need_data(out);
}
