#include "engine/api/options/output_option.h"

rq_status rq_output_read(const char **out, const rq_settings *settings)
{
    *out = rq_settings_get(settings, "output", NULL);
    return *out ? RQ_OK
                : rq_fail(RQ_EARG, "-o is missing: a folder for the results, or a file name.xml");
}
