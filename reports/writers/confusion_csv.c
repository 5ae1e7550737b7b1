#include "reports/writers/confusion_csv.h"

#include "reports/writers/csv.h"

static void append_name(rq_buf *out, const char *const *names, size_t class_id)
{
    if (names)
        rq_csv_text(out, names[class_id]);
    else
        rq_buf_printf(out, "%zu", class_id);
}

void rq_confusion_csv(rq_buf *out, const rq_confusion *confusion, const char *const *names)
{
    size_t n = confusion->classes;
    rq_buf_append(out, "truth");
    for (size_t k = 0; k < n; k++) {
        rq_buf_append(out, ",");
        append_name(out, names, k);
    }
    rq_buf_append(out, ",none\n");
    for (size_t c = 0; c < n; c++) {
        append_name(out, names, c);
        for (size_t k = 0; k < n; k++) rq_buf_printf(out, ",%zu", confusion->counts[c * n + k]);
        rq_buf_printf(out, ",%zu\n", confusion->unpredicted[c]);
    }
}
