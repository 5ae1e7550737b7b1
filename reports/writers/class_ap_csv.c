#include "reports/writers/class_ap_csv.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "reports/writers/csv.h"

rq_status rq_class_ap_save(const rq_class_ap *rows, size_t n, const char *const *names,
                           size_t n_names, const char *path)
{
    rq_buf text = {0};
    rq_buf_append(&text, "class,name,objects,found,ap\n");
    for (size_t i = 0; i < n; i++) {
        const rq_class_ap *row = &rows[i];
        bool named = names && row->class_id >= 0 && (size_t)row->class_id < n_names;
        rq_buf_printf(&text, "%d,", row->class_id);
        rq_csv_text(&text, named ? names[row->class_id] : NULL);
        rq_buf_printf(&text, ",%zu,%zu,", row->objects, row->found);
        rq_csv_real(&text, row->ap);
        rq_buf_append(&text, "\n");
    }
    rq_status status = text.failed ? rq_fail_memory(text.length, "a table of classes")
                                   : rq_write_file(path, text.data, text.length);
    rq_buf_free(&text);
    return status;
}
