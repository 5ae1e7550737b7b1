/* Runs a target's inputs once each: `replay FILE...`, without libFuzzer. */
#include "tests/fuzz/fuzz.h"

#include "engine/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory of just that size: valgrind and the sanitizers see a read behind it. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *data;
        size_t size;
        fprintf(stderr, "%s\n", argv[i]);
        if (rq_read_file(&data, &size, argv[i], 1 << 28) != RQ_OK) {
            fprintf(stderr, "%s\n", rq_error_text());
            return 1;
        }
        run((const uint8_t *)data, size);
        free(data);
    }
    return 0;
}
