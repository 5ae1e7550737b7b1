/* A JSON file of quantization settings, NNCF's or POT's. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_files.h"

#include "engine/api/options/procedures.h"
#include "engine/api/options/quantization_config.h"

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_settings found = {0};
    rq_option_list known;
    rq_arena *arena;
    if (rq_arena_create(&arena) != RQ_OK) return;
    rq_option_list_make(&known, (const rq_option *const *const[]){rq_quantize_option_tables}, 1);
    (void)rq_quantization_config_read(&found, &known, fuzz_give("c.json", data, size), arena);
    rq_settings_free(&found);
    rq_arena_destroy(&arena);
}
