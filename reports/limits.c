#include "reports/limits.h"

#define RQ_SUSPICION(id, rule, text) " " text ";"
#define RQ_MINIMUM(metric, good, bad, before, after)
#define RQ_LOSS(id, good, bad, before, after)
const char rq_limits_of_suspicion[] =
    "The result is suspicious, whatever its figures, and is not advised for use where"
#include "reports/limits.def"
    " `requant lint` then looks for the cause.";
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS

#define RQ_SUSPICION(id, rule, text)
#define RQ_MINIMUM(metric, good, bad, before, after) " " before #good after " (bad below " #bad ");"
#define RQ_LOSS(id, good, bad, before, after) " " before #good after " (bad above " #bad ");"
const char rq_limits_of_loss[] =
    "Accuracy is preserved, by the first metric that the report lists, where"
#include "reports/limits.def"
    " in percent, values below " RQ_TEXT(RQ_LIMIT_SMALL_PERCENT) " are small.";
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS
