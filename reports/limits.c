#include "reports/limits.h"

#define RQ_SUSPICION(id, rule, brief, text) "\n- " text
#define RQ_MINIMUM(metric, good, bad, before, after)
#define RQ_LOSS(id, good, bad, before, after)
const char rq_limits_of_suspicion[] = "The result is suspicious, whatever its figures, and is not "
                                      "advised for use (`requant lint` looks "
                                      "for the cause) where"
#include "reports/limits.def"
    ;
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS

#define RQ_SUSPICION(id, rule, brief, text)
#define RQ_MINIMUM(metric, good, bad, before, after)                                               \
    "\n- " before #good after " (bad below " #bad ")"
#define RQ_LOSS(id, good, bad, before, after) "\n- " before #good after " (bad above " #bad ")"
const char rq_limits_of_loss[] =
    "Accuracy is preserved, by the first metric that the report lists (in percent, values "
    "below " RQ_TEXT(RQ_LIMIT_SMALL_PERCENT) " are small), where"
#include "reports/limits.def"
    ;
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS

#define RQ_SUSPICION(id, rule, brief, text)
#define RQ_MINIMUM(metric, good, bad, before, after)
#define RQ_LOSS(id, good, bad, before, after)
#define RQ_FEW(id, n, before, after)                                                               \
    "\n- " before RQ_TEXT(n)                                                                       \
    after
const char rq_limits_of_images[] = "More images are asked for where"
#include "reports/limits.def"
    ;
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS
