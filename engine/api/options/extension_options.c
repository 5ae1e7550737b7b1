#include "engine/api/options/extension_options.h"

#include "engine/base/file.h"
#include "engine/exec/framework_run.h"
#include "engine/ops/extension.h"

#include <stdlib.h>
#include <string.h>

static rq_status load(const char *path)
{
    if (rq_is_dir(path))
        return rq_fail(RQ_EARG,
                       "--extensions %s: a folder; Model Optimizer's extensions are Python, "
                       "requant's are shared libraries (`requant extension new NAME` begins one)",
                       path);
    return rq_extension_load(path);
}

/* "a.so,b.so" */
static rq_status load_list(const char *list)
{
    char *copy = strdup(list), *rest = NULL;
    rq_status status = copy ? RQ_OK : rq_fail_memory(strlen(list), "--extensions");
    for (char *p = copy ? strtok_r(copy, ",", &rest) : NULL; p && status == RQ_OK;
         p = strtok_r(NULL, ",", &rest))
        status = load(p);
    free(copy);
    return status;
}

/* "found": it is looked for. */
static const char *library_of(const char *value)
{
    return strcmp(value, "found") ? value : NULL;
}

static rq_status allow_frameworks(const rq_settings *settings)
{
    const char *tensorflow = rq_settings_get(settings, "tensorflow", NULL);
    const char *onnxruntime = rq_settings_get(settings, "onnxruntime", NULL);
    bool offloads = rq_settings_has(settings, "offload");
    if (tensorflow || offloads)
        RQ_TRY(rq_framework_allow_tensorflow(tensorflow ? library_of(tensorflow) : NULL));
    if (onnxruntime || offloads)
        RQ_TRY(rq_framework_allow_onnxruntime(onnxruntime ? library_of(onnxruntime) : NULL));
    return RQ_OK;
}

rq_status rq_extensions_read(const rq_settings *settings)
{
    RQ_TRY(allow_frameworks(settings));
    for (size_t i = 0; i < rq_settings_count(settings, "extensions"); i++)
        RQ_TRY(load_list(rq_settings_at(settings, "extensions", i)));
    return RQ_OK;
}
