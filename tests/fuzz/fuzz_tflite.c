/* A TensorFlow Lite model: imported and run. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/import_model.h"

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_import(&(rq_import_files){.model = fuzz_write("m.tflite", data, size)});
}
