#include "reports/writers/csv.h"

#include <math.h>
#include <string.h>

static bool looks_like_formula(const char *text)
{
    return *text && strchr("=+-@\t\r", *text);
}

void rq_csv_text(rq_buf *out, const char *text)
{
    if (!text) return;
    if (!looks_like_formula(text) && !strpbrk(text, ",\"")) {
        rq_buf_visible(out, text);
        return;
    }
    rq_buf visible = {0};
    rq_buf_visible(&visible, text);
    rq_buf_append(out, looks_like_formula(text) ? "\"'" : "\"");
    for (const char *c = visible.data; c && *c; c++)
        rq_buf_append_n(out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    rq_buf_append(out, "\"");
    out->failed = out->failed || visible.failed;
    rq_buf_free(&visible);
}

void rq_csv_real(rq_buf *out, double x)
{
    if (isinf(x))
        rq_buf_append(out, x > 0 ? "inf" : "-inf");
    else if (!isnan(x))
        rq_buf_printf(out, "%.9g", x);
}
