/* What the targets of frameworks share. */
#ifndef RQ_TESTS_FUZZ_IMPORT_MODEL_H
#define RQ_TESTS_FUZZ_IMPORT_MODEL_H

#include "engine/import/import.h"

/* Reads, maps, fuses and runs what can be. */
void fuzz_import(const rq_import_files *files);

#endif
