#include "engine/run/output_files.h"

#include "datasets/arrays/npy.h"
#include "engine/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STEM 200 /* bytes before ".npy" */

static void stem_of(char stem[MAX_STEM], const rq_model *model, size_t i)
{
    char buffer[512];
    snprintf(stem, MAX_STEM, "%s", rq_model_output_name(model, i, buffer, sizeof buffer));
    for (char *c = stem; *c; c++)
        if (*c == '/' || *c == ':' || (unsigned char)*c < ' ' || *c == 127) *c = '_';
    if (stem[0] == '.') stem[0] = '_';
    if (stem[0] == '\0') snprintf(stem, MAX_STEM, "_");
}

void rq_output_file_name(char name[RQ_OUTPUT_FILE_NAME], const rq_model *model, size_t i)
{
    char stem[MAX_STEM], other[MAX_STEM];
    bool taken = false;
    stem_of(stem, model, i);
    for (size_t k = 0; k < i && !taken; k++) {
        stem_of(other, model, k);
        taken = !strcmp(stem, other);
    }
    if (taken)
        snprintf(name, RQ_OUTPUT_FILE_NAME, "%s_%zu.npy", stem, i);
    else
        snprintf(name, RQ_OUTPUT_FILE_NAME, "%s.npy", stem);
}

rq_status rq_output_files_write(const char *dir, const rq_model *model, const rq_session *session)
{
    for (size_t i = 0; i < rq_model_output_count(model); i++) {
        char name[RQ_OUTPUT_FILE_NAME];
        rq_output_file_name(name, model, i);
        char *path = rq_path_join(dir, name);
        if (!path) return rq_fail_memory(strlen(dir), "a path");
        rq_status status = rq_npy_write(path, rq_session_output(session, i));
        free(path);
        RQ_TRY(status);
    }
    return RQ_OK;
}
