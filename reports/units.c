#include "reports/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef void unit_fn(char *buffer, double x);

static void put_real(char *buffer, double x)
{
    snprintf(buffer, RQ_NUMBER_TEXT, "%.4g", x);
}

static void put_index(char *buffer, double x)
{
    snprintf(buffer, RQ_NUMBER_TEXT, "%.0f", x);
}

static void put_scaled(char *buffer, double x, const char *suffix)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t i = 0;
    while (fabs(x) >= 999.95 && i + 1 < sizeof prefixes / sizeof *prefixes) {
        x /= 1000;
        i++;
    }
    const char *space = i || *suffix ? " " : "";
    snprintf(buffer, RQ_NUMBER_TEXT, i ? "%.1f%s%s%s" : "%.0f%s%s%s", x, space, prefixes[i],
             suffix);
}

static void put_count(char *buffer, double x)
{
    put_scaled(buffer, x, "");
}

static void put_bytes(char *buffer, double x)
{
    put_scaled(buffer, x, "B");
}

static void put_share(char *buffer, double x)
{
    double percent = 100 * x;
    if (percent > 0 && percent < 0.01)
        snprintf(buffer, RQ_NUMBER_TEXT, "<0.01 %%");
    else
        snprintf(buffer, RQ_NUMBER_TEXT, fabs(percent) < 10 ? "%.2f %%" : "%.1f %%", percent);
}

static void put_db(char *buffer, double x)
{
    if (isinf(x))
        snprintf(buffer, RQ_NUMBER_TEXT, x > 0 ? "identical" : "-inf dB");
    else
        snprintf(buffer, RQ_NUMBER_TEXT, "%.1f dB", x);
}

/* Three significant digits, but never an exponent. */
static void put_time(char *buffer, double x, const char *unit)
{
    int decimals = x < 1 ? 3 : x < 10 ? 2 : x < 100 ? 1 : 0;
    snprintf(buffer, RQ_NUMBER_TEXT, "%.*f %s", decimals, x, unit);
}

static void put_ms(char *buffer, double x)
{
    put_time(buffer, x, "ms");
}

static void put_seconds(char *buffer, double x)
{
    put_time(buffer, x, "s");
}

static void put_cosine(char *buffer, double x)
{
    snprintf(buffer, RQ_NUMBER_TEXT, "%.4f", x);
}

const char *rq_unit_text(rq_unit unit, double x, char buffer[RQ_NUMBER_TEXT])
{
    static unit_fn *const put[RQ_UNIT_KIND_COUNT] = {
        [RQ_UNIT_REAL] = put_real,   [RQ_UNIT_INDEX] = put_index,     [RQ_UNIT_COUNT] = put_count,
        [RQ_UNIT_BYTES] = put_bytes, [RQ_UNIT_SHARE] = put_share,     [RQ_UNIT_DB] = put_db,
        [RQ_UNIT_MS] = put_ms,       [RQ_UNIT_SECONDS] = put_seconds, [RQ_UNIT_COSINE] = put_cosine,
    };
    if (isnan(x))
        snprintf(buffer, RQ_NUMBER_TEXT, "-");
    else if (isinf(x) && unit != RQ_UNIT_DB)
        snprintf(buffer, RQ_NUMBER_TEXT, x > 0 ? "inf" : "-inf");
    else if (fabs(x) > 1e18 && isfinite(x) && unit != RQ_UNIT_REAL)
        snprintf(buffer, RQ_NUMBER_TEXT, "%.3g", x);
    else
        put[unit](buffer, x);
    return buffer;
}

static int decimals_of(const char *unit)
{
    return !strcmp(unit, "%") || !strcmp(unit, "dB") ? 1 : 4;
}

/* What rounds to 0 is 0: no "-0.0". */
static double rounded(double x, int decimals)
{
    return fabs(x) < 0.5 * pow(10, -decimals) ? 0 : x;
}

const char *rq_metric_text(const char *unit, double x, char buffer[RQ_NUMBER_TEXT])
{
    if (!unit) unit = "";
    if (!strcmp(unit, "dB")) return rq_unit_text(RQ_UNIT_DB, x, buffer);
    if (!isfinite(x) || fabs(x) > 1e18) return rq_unit_text(RQ_UNIT_REAL, x, buffer);
    snprintf(buffer, RQ_NUMBER_TEXT, "%.*f%s%.8s", decimals_of(unit), x, *unit ? " " : "", unit);
    return buffer;
}

const char *rq_change_text(const char *unit, double x, char buffer[RQ_NUMBER_TEXT])
{
    if (!unit) unit = "";
    if (!isfinite(x) || fabs(x) > 1e18) return rq_unit_text(RQ_UNIT_REAL, x, buffer);
    const char *of = !strcmp(unit, "%") ? "points" : unit;
    x = rounded(x, decimals_of(unit));
    snprintf(buffer, RQ_NUMBER_TEXT, x == 0 ? "%.*f%s%.8s" : "%+.*f%s%.8s", decimals_of(unit), x,
             *of ? " " : "", of);
    return buffer;
}

const char *rq_interval_text(const char *unit, const rq_estimate *e, char buffer[RQ_NUMBER_TEXT])
{
    int decimals = decimals_of(unit ? unit : "");
    buffer[0] = '\0';
    if (!isnan(e->low) && !isnan(e->high) && fabs(e->low) < 1e9 && fabs(e->high) < 1e9)
        snprintf(buffer, RQ_NUMBER_TEXT, "[%.*f, %.*f]", decimals, rounded(e->low, decimals),
                 decimals, rounded(e->high, decimals));
    return buffer;
}

#define MANY 10 /* times as much: no percentage any more */
/* And here: what was before is next to nothing, how many times says nothing. */
#define BEYOND 1000

const char *rq_ratio_text(double before, double after, char buffer[RQ_NUMBER_TEXT])
{
    bool known = isfinite(before) && isfinite(after) && before > 0;
    if (known && after >= BEYOND * before)
        snprintf(buffer, RQ_NUMBER_TEXT, ">%dx", BEYOND);
    else if (known && after > MANY * before)
        snprintf(buffer, RQ_NUMBER_TEXT, "%.0fx", after / before);
    else if (known)
        snprintf(buffer, RQ_NUMBER_TEXT, "%.1f %%", 100 * after / before);
    else
        snprintf(buffer, RQ_NUMBER_TEXT, "-");
    return buffer;
}

const char *rq_factor_text(double before, double after, char buffer[RQ_NUMBER_TEXT])
{
    if (isfinite(before) && isfinite(after) && before > 0 && after > 0)
        snprintf(buffer, RQ_NUMBER_TEXT, "%.2fx", fmin(before / after, 1e9));
    else
        snprintf(buffer, RQ_NUMBER_TEXT, "-");
    return buffer;
}
