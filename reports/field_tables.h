/* How tables of fields (fields.h) are written: each field's name in files, unit, title and
 * explanation. */
#ifndef RQ_REPORTS_FIELD_TABLES_H
#define RQ_REPORTS_FIELD_TABLES_H

#include "reports/fields.h"

#define FIELD(kind, unit, type, member, key, title, help)                                          \
    {                                                                                              \
        key, RQ_FIELD_##kind, RQ_UNIT_##unit, offsetof(type, member), title, help                  \
    }
#define TEXT(type, member, title, help) FIELD(TEXT, REAL, type, member, #member, title, help)
#define FLAG(type, member, title, help) FIELD(FLAG, REAL, type, member, #member, title, help)
#define REAL(type, member, unit, title, help) FIELD(REAL, unit, type, member, #member, title, help)
#define REALS(type, member, title, help) FIELD(REALS, REAL, type, member, #member, title, help)
#define RECORD(name, type, list)                                                                   \
    const rq_record_type name = {sizeof(type), list, sizeof list / sizeof *list}

#endif
