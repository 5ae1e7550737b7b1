/* What fuzz targets share. A target is one file, fuzz_<name>.c, which defines fuzz_one; it is
 * linked with libFuzzer (`make fuzz`), and with replay.c, which runs inputs once (tests/fuzz.sh).
 * An input that must be refused is: what is wrong crashes, hangs or leaks. */
#ifndef RQ_TESTS_FUZZ_FUZZ_H
#define RQ_TESTS_FUZZ_FUZZ_H

#include "engine/base/status.h"

#include <stddef.h>
#include <stdint.h>

void fuzz_one(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file of that name (folders before it are made) in the process's own folder, which goes away
 * when it ends. The text is valid until the next call. */
const char *fuzz_path(const char *name);
const char *fuzz_write(const char *name, const void *data, size_t size);

/* Cuts at the first `mark`: the input's first part is data[result], the second what follows the
 * mark; without one it is empty. */
size_t fuzz_cut(const uint8_t *data, size_t size, char mark, const uint8_t **rest, size_t *n_rest);

/* The first line, without its end, into `line`; *rest is what follows. */
void fuzz_line(char *line, size_t room, const uint8_t *data, size_t size, const uint8_t **rest,
               size_t *n_rest);

/* A file of the sources: "tests/data/0.1.0/tiny.xml". */
const char *fuzz_source(const char *name);

#endif
