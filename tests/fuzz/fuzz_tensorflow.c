/* A TensorFlow graph, as text or binary: imported and run. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/import_model.h"

#include <ctype.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    bool text = size && isalpha(data[0]);
    fuzz_import(&(rq_import_files){.model = fuzz_write(text ? "m.pbtxt" : "m.pb", data, size)});
}
