/* A TensorFlow graph, as text or binary: imported and run. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/import_model.h"
#include "tests/fuzz/mutate_proto.h"

#include <ctype.h>
#include <stdbool.h>

static bool is_text(const uint8_t *data, size_t size)
{
    return size && isalpha(data[0]);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *name = is_text(data, size) ? "m.pbtxt" : "m.pb";
    fuzz_import(&(rq_import_files){.model = fuzz_write(name, data, size)});
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    return is_text(data, size) ? LLVMFuzzerMutate(data, size, room)
                               : fuzz_mutate_proto(data, size, room, seed);
}
