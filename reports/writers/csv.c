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
    if (!looks_like_formula(text) && !strpbrk(text, ",\"\r\n")) {
        rq_buf_append(out, text);
        return;
    }
    rq_buf_append(out, looks_like_formula(text) ? "\"'" : "\"");
    for (; *text; text++) rq_buf_append_n(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    rq_buf_append(out, "\"");
}

void rq_csv_real(rq_buf *out, double x)
{
    if (isinf(x))
        rq_buf_append(out, x > 0 ? "inf" : "-inf");
    else if (!isnan(x))
        rq_buf_printf(out, "%.9g", x);
}
