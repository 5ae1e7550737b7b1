/* The options of import (rq_import_option_tables): Model Optimizer's, with what became of them. */
#ifndef RQ_API_OPTIONS_IMPORT_OPTIONS_H
#define RQ_API_OPTIONS_IMPORT_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "engine/import/import.h"

/* Options of import that every procedure with a model takes, for models that are no IR yet: those
 * that mean the same there, and those that there have the name "import-NAME". */
extern const rq_option rq_model_import_options[], rq_prefixed_import_options[];
/* Those of such a procedure's settings, under import's names. `out` is empty before, and the
 * caller's to free after a failure too; texts are borrowed. */
rq_status rq_import_select(rq_settings *out, const rq_settings *from);
/* RQ_EARG where there are any: `path` is an IR. */
rq_status rq_import_refuse_for_ir(const rq_settings *settings, const char *path);

/* RQ_EUNSUPPORTED where a flag is given that requant does not know to follow: why, and what to do
 * instead. */
rq_status rq_import_refuse(const rq_settings *settings);
/* RQ_EARG where --framework names another one than the model's. */
rq_status rq_import_check_framework(const rq_settings *settings, const rq_framework_model *source);

/* What import's preparation and passes are told. The mean image is in `arena`. */
rq_status rq_import_read_options(rq_import_options *out, const rq_settings *settings,
                                 rq_arena *arena);
/* Files of the model, `path` (NULL: the settings name it); RQ_EARG where none or two are given. */
rq_status rq_import_read_files(rq_import_files *out, const char *path, const rq_settings *settings);
/* --transformations_config, also under its old name; NULL: not given. */
const char *rq_import_replacement_config(const rq_settings *settings);
rq_status rq_import_read_half(bool *out, const rq_settings *settings); /* constants as f16 */

#endif
