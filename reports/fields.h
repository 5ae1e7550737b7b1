/* The report's rows as tables of fields: what JSON, CSV, HTML and the reader share, so that a new
 * number is one member in report.h, one line in report_fields*.c and one in report.schema.json. */
#ifndef RQ_REPORTS_FIELDS_H
#define RQ_REPORTS_FIELDS_H

#include "reports/report.h"

typedef enum rq_field_kind {
    RQ_FIELD_TEXT,     /* const char * */
    RQ_FIELD_REAL,     /* double */
    RQ_FIELD_FLAG,     /* bool */
    RQ_FIELD_ESTIMATE, /* rq_estimate */
    RQ_FIELD_REALS,    /* rq_reals */
    RQ_FIELD_TEXTS,    /* rq_texts */
    RQ_FIELD_KIND_COUNT
} rq_field_kind;

/* How a number is shown (units.h). */
typedef enum rq_unit {
    RQ_UNIT_REAL,  /* 4 significant digits */
    RQ_UNIT_INDEX, /* an ordinal or a small count: 1234 */
    RQ_UNIT_COUNT, /* 1.2 M */
    RQ_UNIT_BYTES, /* 4.7 MB */
    RQ_UNIT_SHARE, /* 0..1, shown as 12.3 % */
    RQ_UNIT_DB,
    RQ_UNIT_MS,
    RQ_UNIT_SECONDS,
    RQ_UNIT_COSINE, /* 0.99876 */
    RQ_UNIT_KIND_COUNT
} rq_unit;

typedef struct rq_field {
    const char *key; /* in JSON and CSV; says the unit */
    rq_field_kind kind;
    rq_unit unit;
    size_t offset;     /* in the struct */
    const char *title; /* over a column */
    const char *help;  /* one sentence, with the unit */
} rq_field;

typedef struct rq_record_type {
    size_t size;
    const rq_field *fields;
    size_t n;
} rq_record_type;

extern const rq_record_type rq_tool_type, rq_machine_type, rq_model_type, rq_data_type,
    rq_settings_type, rq_budget_type, rq_resources_type, rq_accuracy_type, rq_output_type,
    rq_size_type, rq_speed_type, rq_layer_type, rq_histogram_type, rq_image_type, rq_step_type,
    rq_note_type, rq_advice_type, rq_validated_type, rq_values_type, rq_node_type, rq_channels_type,
    rq_type_time_type, rq_class_type, rq_deployment_type, rq_trial_type;

/* A part of rq_report: one record, or a list of them. */
typedef struct rq_report_part {
    const char *key;
    const rq_record_type *type;
    size_t offset;       /* of the record, or of the pointer to the rows */
    size_t count_offset; /* of the number of rows; RQ_ONE_RECORD: not a list */
} rq_report_part;

#define RQ_ONE_RECORD SIZE_MAX

extern const rq_report_part rq_report_parts[];
extern const size_t rq_report_n_parts;

#define RQ_REPORT_VERSION 1

/* Everything NULL, NaN, false. */
void rq_record_clear(void *record, const rq_record_type *type);

/* n rows of which nothing is known, such as rq_report_rows(arena, &rq_layer_type, n); NULL when
 * memory is short (the error text is set). */
void *rq_report_rows(rq_arena *arena, const rq_record_type *type, size_t n);
/* A copy of n rows of the type; NULL likewise. */
void *rq_report_rows_copy(rq_arena *arena, const rq_record_type *type, const void *rows, size_t n);

static inline const void *rq_field_at(const void *record, const rq_field *field)
{
    return (const char *)record + field->offset;
}
static inline double rq_field_real(const void *record, const rq_field *field)
{
    return *(const double *)rq_field_at(record, field);
}
static inline const char *rq_field_text(const void *record, const rq_field *field)
{
    return *(const char *const *)rq_field_at(record, field);
}
/* NULL when there is none of that key. */
const rq_field *rq_field_find(const rq_record_type *type, const char *key);
/* Whether any of n rows knows the field. */
bool rq_field_is_known(const rq_field *field, const void *rows, size_t n,
                       const rq_record_type *type);

#endif
