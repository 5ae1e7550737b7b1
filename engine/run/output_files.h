/* Outputs of a model as .npy files. */
#ifndef RQ_RUN_OUTPUT_FILES_H
#define RQ_RUN_OUTPUT_FILES_H

#include "engine/exec/exec.h"

#define RQ_OUTPUT_FILE_NAME 256

/* The file that output i of a model is saved under: "NAME.npy" of its tensor's name (else its
 * layer's), '/', ':' and control characters as '_'; no hidden file, and not longer than file
 * systems take. Where an earlier output has that name, "NAME_I.npy". */
void rq_output_file_name(char name[RQ_OUTPUT_FILE_NAME], const rq_model *model, size_t i);
/* All outputs of a session into `dir`, which is there; names are the model's. */
rq_status rq_output_files_write(const char *dir, const rq_model *model, const rq_session *session);

#endif
