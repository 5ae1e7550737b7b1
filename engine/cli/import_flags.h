/* The options of `requant import`: Model Optimizer's, with what became of them. */
#ifndef RQ_CLI_IMPORT_FLAGS_H
#define RQ_CLI_IMPORT_FLAGS_H

#include "engine/cli/command.h"
#include "engine/import/import.h"

extern const rq_option *const rq_import_flags[]; /* NULL-terminated list of tables */
extern const rq_short rq_import_shorts[];

/* RQ_EUNSUPPORTED where a flag is given that requant does not know to follow: why, and what to do
 * instead. */
rq_status rq_import_refuse(const rq_args *args);
/* RQ_EARG where --framework names another one than the model's. */
rq_status rq_import_check_framework(const rq_args *args, const rq_source *source);

/* What import's preparation and passes are told. The mean image is in `arena`. */
rq_status rq_import_read_options(rq_import_options *out, const rq_args *args, rq_arena *arena);
/* Files of the model; RQ_EARG where none or two are given. */
rq_status rq_import_read_files(rq_import_files *out, const rq_args *args);
rq_status rq_import_read_half(bool *out, const rq_args *args); /* constants as f16 */

#endif
