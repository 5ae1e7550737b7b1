#include "engine/api/options/procedures.h"

#include "engine/base/text.h"

#include <string.h>

static const rq_procedure procedures[] = {
    {"import", rq_import_option_tables},     {"calibrate", rq_calibrate_option_tables},
    {"quantize", rq_quantize_option_tables}, {"evaluate", rq_evaluate_option_tables},
    {"analyze", rq_analyze_option_tables},   {"tune", rq_tune_option_tables},
    {"compare", rq_compare_option_tables},
};
enum { PROCEDURES = sizeof procedures / sizeof *procedures };

rq_status rq_procedure_find(const rq_procedure **out, const char *name)
{
    rq_buf known = {0};
    for (size_t i = 0; i < PROCEDURES; i++) {
        *out = &procedures[i];
        if (!strcmp((*out)->name, name)) {
            rq_buf_free(&known);
            return RQ_OK;
        }
        rq_buf_printf(&known, "%s%s", i ? ", " : "", (*out)->name);
    }
    *out = NULL;
    rq_status status =
        rq_fail(RQ_EARG, "there is no procedure '%s': they are %s", name, known.data);
    rq_buf_free(&known);
    return status;
}
