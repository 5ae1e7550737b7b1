#include "reports/writers/class_ap_csv.h"

#include "reports/writers/csv.h"

void rq_class_ap_csv(rq_buf *out, const rq_class_ap *rows, size_t n, const char *const *names,
                     size_t n_names)
{
    rq_buf_append(out, "class,name,objects,found,ap\n");
    for (size_t i = 0; i < n; i++) {
        const rq_class_ap *row = &rows[i];
        bool named = names && row->class_id >= 0 && (size_t)row->class_id < n_names;
        rq_buf_printf(out, "%d,", row->class_id);
        rq_csv_text(out, named ? names[row->class_id] : NULL);
        rq_buf_printf(out, ",%zu,%zu,", row->objects, row->found);
        rq_csv_real(out, row->ap);
        rq_buf_append(out, "\n");
    }
}
