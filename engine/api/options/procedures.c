#include "engine/api/options/procedures.h"

#include "engine/base/choice.h"

#include <string.h>

static const rq_procedure procedures[] = {
#define RQ_PROCEDURE(name) {#name, rq_##name##_option_tables},
#include "engine/api/options/procedures.def"
#undef RQ_PROCEDURE
};
enum { PROCEDURES = sizeof procedures / sizeof *procedures };

rq_status rq_procedure_find(const rq_procedure **out, const char *name)
{
    const char *names[PROCEDURES];
    for (size_t i = 0; i < PROCEDURES; i++) {
        *out = &procedures[i];
        names[i] = (*out)->name;
        if (!strcmp(names[i], name)) return RQ_OK;
    }
    *out = NULL;
    return rq_choice_fail(RQ_EARG, name, names, PROCEDURES, "no procedure '%s'", name);
}
