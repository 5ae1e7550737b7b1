#include "engine/api/options/data_option.h"

rq_data_source rq_data_option_read(const rq_settings *settings, const char *name)
{
    return (rq_data_source){rq_settings_get(settings, name, NULL),
                            rq_settings_object(settings, name)};
}
