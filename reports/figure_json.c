#include "reports/figure_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define KEY 128 /* bytes */

static const char all_alike[] = "infinite: there is no difference";
static const char none_alike[] = "minus infinite: nothing is left but difference";

static const char *why_key(char buffer[KEY], const char *key)
{
    snprintf(buffer, KEY, "%s_why", key);
    return buffer;
}

static rq_json *why(double x)
{
    return rq_json_string(x > 0 ? all_alike : none_alike);
}

static double infinity_of(const rq_json *text)
{
    const char *said = rq_json_as_string(text, "");
    if (!strcmp(said, all_alike) || !strcmp(said, "Infinity")) return INFINITY;
    return strcmp(said, none_alike) && strcmp(said, "-Infinity") ? (double)NAN : -INFINITY;
}

/* A number or null, and what is beside it. */
static double read_figure(const rq_json *figure, const rq_json *beside)
{
    if (rq_json_is_string(figure)) return infinity_of(figure);
    double x = rq_json_as_number(figure, NAN);
    return isnan(x) && beside ? infinity_of(beside) : x;
}

void rq_json_set_figure(rq_json *json, const char *key, double x)
{
    char beside[KEY];
    rq_json_set(json, key, isfinite(x) ? rq_json_number(x) : rq_json_null());
    if (isinf(x)) rq_json_set(json, why_key(beside, key), why(x));
}

double rq_json_get_figure(const rq_json *json, const char *key)
{
    char beside[KEY];
    return read_figure(rq_json_get(json, key), rq_json_get(json, why_key(beside, key)));
}

void rq_json_set_figures(rq_json *json, const char *key, const double *values, size_t n)
{
    char beside[KEY], place[24];
    rq_json *list = rq_json_array(), *reasons = NULL;
    for (size_t i = 0; i < n; i++) {
        rq_json_push(list, isfinite(values[i]) ? rq_json_number(values[i]) : rq_json_null());
        if (!isinf(values[i])) continue;
        if (!reasons) reasons = rq_json_object();
        snprintf(place, sizeof place, "%zu", i);
        rq_json_set(reasons, place, why(values[i]));
    }
    rq_json_set(json, key, list);
    if (reasons) rq_json_set(json, why_key(beside, key), reasons);
}

double rq_json_get_figure_at(const rq_json *json, const char *key, size_t i)
{
    char beside[KEY], place[24];
    const rq_json *reasons = rq_json_get(json, why_key(beside, key));
    snprintf(place, sizeof place, "%zu", i);
    return read_figure(rq_json_at(rq_json_get(json, key), i),
                       reasons ? rq_json_get(reasons, place) : NULL);
}

rq_json *rq_json_estimate(const rq_estimate *e)
{
    rq_json *json = rq_json_object();
    rq_json_set_figure(json, "value", e->value);
    rq_json_set_figure(json, "low", e->low);
    rq_json_set_figure(json, "high", e->high);
    return json;
}
