#include "reports/figure_json.h"

#include <math.h>
#include <string.h>

rq_json *rq_json_figure(double x)
{
    if (isinf(x)) return rq_json_string(x > 0 ? "Infinity" : "-Infinity");
    return rq_json_number(x);
}

double rq_json_as_figure(const rq_json *json)
{
    if (!rq_json_is_string(json)) return rq_json_as_number(json, NAN);
    const char *text = rq_json_as_string(json, "");
    if (!strcmp(text, "Infinity")) return INFINITY;
    return strcmp(text, "-Infinity") ? (double)NAN : -INFINITY;
}

rq_json *rq_json_estimate(const rq_estimate *e)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "value", rq_json_figure(e->value));
    rq_json_set(json, "low", rq_json_figure(e->low));
    rq_json_set(json, "high", rq_json_figure(e->high));
    return json;
}
