/* A Caffe network: prototxt, and behind a NUL the caffemodel. Imported and run. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/import_model.h"

#include <stdio.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    const uint8_t *weights;
    char proto[512];
    size_t n_weights, n_text = fuzz_cut(data, size, '\0', &weights, &n_weights);
    snprintf(proto, sizeof proto, "%s", fuzz_write("m.prototxt", data, n_text));
    fuzz_import(&(rq_import_files){.model = fuzz_write("m.caffemodel", weights, n_weights),
                                   .proto = proto});
}
