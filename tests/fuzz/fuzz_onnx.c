/* An ONNX model: imported and run. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/import_model.h"
#include "tests/fuzz/mutate_proto.h"

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_import(&(rq_import_files){.model = fuzz_write("m.onnx", data, size)});
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    return fuzz_mutate_proto(data, size, room, seed);
}
