#include "engine/api/options/quantization_config.h"

#include "engine/base/callbacks.h"
#include "engine/base/formats/json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MAX_DEPTH = 16 };

typedef struct reader {
    rq_settings *out;
    const rq_option_list *known;
    const char *path;
    rq_arena *arena;
    rq_buf unused; /* keys without an effect */
    size_t depth;
    bool found; /* a key that is known */
} reader;

bool rq_is_quantization_config(const char *path)
{
    return rq_ends_with(path, ".json");
}

/* -- what is said ---------------------------------------------------------------------------- */

static void note_unused(reader *r, const char *where)
{
    if (!where) r->unused.failed = true;
    if (where) rq_buf_printf(&r->unused, "%s%s", r->unused.length ? ", " : "", where);
}

static const rq_option *find_option(const reader *r, const char *name)
{
    for (size_t i = 0; i < r->known->n; i++)
        if (!strcmp(r->known->option[i]->name, name)) return r->known->option[i];
    return NULL;
}

/* `value` NULL: a switch. */
static rq_status put(reader *r, const char *name, const char *value, const char *where)
{
    const rq_option *option = find_option(r, name);
    const char *kept = value ? rq_arena_strdup(r->arena, value) : NULL;
    if (value && !kept) return RQ_ENOMEM;
    if (option) return rq_settings_add(r->out, option->name, kept);
    note_unused(r, where);
    return RQ_OK;
}

static rq_status fail(const reader *r, const char *where, const char *expected)
{
    return rq_fail(RQ_EFORMAT, "%s: %s: expected %s", r->path, where, expected);
}

/* Python's None, in rt_info a text. */
static bool is_none(const rq_json *json)
{
    return rq_json_is_null(json) || !strcmp(rq_json_as_string(json, ""), "None");
}

/* -- values ---------------------------------------------------------------------------------- */

typedef struct word {
    const char *theirs, *ours;
} word;

/* The option's word for a text; NULL: it has none. '_' and case do not count. */
static const char *translate(const word *words, const char *text)
{
    char plain[32];
    size_t n = 0;
    for (; *text && n + 1 < sizeof plain; text++)
        if (*text != '_') plain[n++] = (char)tolower((unsigned char)*text);
    plain[n] = '\0';
    while (words->theirs && strcmp(words->theirs, plain) != 0) words++;
    return words->ours;
}

static rq_status put_word(reader *r, const char *option, const word *words, const rq_json *value,
                          const char *where)
{
    if (is_none(value)) return RQ_OK;
    if (!rq_json_is_string(value)) return fail(r, where, "a text");
    const char *ours = translate(words, rq_json_as_string(value, ""));
    if (ours) return put(r, option, ours, where);
    note_unused(r, rq_arena_printf(r->arena, "%s \"%s\"", where, rq_json_as_string(value, "")));
    return RQ_OK;
}

static rq_status read_preset(reader *r, const rq_json *value, const char *where)
{
    static const word words[] = {{"performance", "performance"}, {"mixed", "mixed"}, {NULL, NULL}};
    return put_word(r, "preset", words, value, where);
}

static rq_status read_device(reader *r, const rq_json *value, const char *where)
{
    static const word words[] = {{"any", "cpu"}, {"trial", "cpu"}, {"cpu", "cpu"}, {"gpu", "gpu"},
                                 {"npu", "npu"}, {"vpu", "npu"},   {NULL, NULL}};
    return put_word(r, "target", words, value, where);
}

static rq_status read_overflow(reader *r, const rq_json *value, const char *where)
{
    static const word words[] = {{"firstlayer", "first-layer"},
                                 {"firstlayeronly", "first-layer"},
                                 {"all", "all"},
                                 {"enable", "all"},
                                 {"no", "off"},
                                 {"disable", "off"},
                                 {NULL, NULL}};
    return put_word(r, "overflow-fix", words, value, where);
}

/* A whole number, in rt_info a text. */
static rq_status put_count(reader *r, const char *option, const rq_json *value, int64_t least,
                           const char *where)
{
    int64_t n = rq_json_as_integer(value, -1);
    if (is_none(value)) return RQ_OK;
    if (rq_json_is_string(value) && !rq_parse_i64(rq_json_as_string(value, ""), &n)) n = -1;
    if (n < least) return fail(r, where, "a whole number");
    return put(r, option, rq_arena_printf(r->arena, "%lld", (long long)n), where);
}

static rq_status read_subset(reader *r, const rq_json *value, const char *where)
{
    return put_count(r, "subset", value, 1, where);
}

static rq_status read_seed(reader *r, const rq_json *value, const char *where)
{
    return put_count(r, "seed", value, 0, where);
}

/* A share there, points here. */
static rq_status read_drop(reader *r, const rq_json *value, const char *where)
{
    double share = rq_json_as_number(value, -1);
    if (!rq_json_is_number(value) || share < 0 || share > 1) return fail(r, where, "0 to 1");
    return put(r, "max-drop", rq_arena_printf(r->arena, "%.9g", share * 100), where);
}

static rq_status put_switch(reader *r, const char *option, const rq_json *value, const char *where)
{
    const char *text = rq_json_as_string(value, "");
    bool on = rq_json_as_bool(value, !strcasecmp(text, "true"));
    if (!rq_json_is_bool(value) && !on && strcasecmp(text, "false") != 0)
        return fail(r, where, "true or false");
    return on ? put(r, option, NULL, where) : RQ_OK;
}

static rq_status read_shuffle(reader *r, const rq_json *value, const char *where)
{
    return put_switch(r, "shuffle", value, where);
}

static rq_status read_no_bias_correction(reader *r, const rq_json *value, const char *where)
{
    return put_switch(r, "no-bias-correction", value, where);
}

/* Only of models for which nothing is done that would not be done anyway. */
static rq_status read_model_type(reader *r, const rq_json *value, const char *where)
{
    if (!is_none(value)) note_unused(r, where);
    return RQ_OK;
}

/* -- ranges ---------------------------------------------------------------------------------- */

static const word ranges[] = {{"minmax", "minmax"},
                              {"meanminmax", "mean-minmax"},
                              {"medianminmax", "median-minmax"},
                              {"min", "minmax"},
                              {"max", "minmax"},
                              {"mean", "mean-minmax"},
                              {"median", "median-minmax"},
                              {"hlestimator", "hodges-lehmann"},
                              {NULL, NULL}};

static const char *text_at(const rq_json *object, const char *key, const char *other)
{
    const char *text = rq_json_as_string(rq_json_get(object, key), NULL);
    return text ? text : rq_json_as_string(rq_json_get(object, other), NULL);
}

/* Of one end: {"type": "min", "aggregator": "mean"}; NULL: it has no match. `type`: what it is
 * where none is said. */
static const char *range_of_end(const rq_json *end, const char *type)
{
    static const word types[] = {{"min", "min"}, {"max", "max"}, {"absmax", "max"}, {NULL, NULL}};
    const char *statistic = text_at(end, "type", "statistics_type"),
               *aggregator = text_at(end, "aggregator", "aggregator_type");
    if (!translate(types, statistic ? statistic : type)) return NULL;
    return translate(ranges, aggregator ? aggregator : type);
}

static rq_status read_range(reader *r, const rq_json *value, const char *where)
{
    if (is_none(value)) return RQ_OK;
    if (rq_json_is_string(value)) return put_word(r, "range", ranges, value, where);
    const rq_json *min = rq_json_get(value, "min"), *max = rq_json_get(value, "max");
    const char *low = range_of_end(min, "min"), *high = range_of_end(max, "max");
    bool same = low && high && !strcmp(low, high) && (min || max);
    if (same && !rq_json_get(value, "preset")) return put(r, "range", low, where);
    note_unused(r, where);
    return RQ_OK;
}

/* -- layers ---------------------------------------------------------------------------------- */

/* NNCF's older files write "{re}conv.*" for an expression. */
static rq_status put_layer(reader *r, const char *option, const rq_json *name, const char *where)
{
    const char *text = rq_json_as_string(name, "");
    if (!*text) return fail(r, where, "names");
    if (!rq_starts_with(text, "{re}")) return put(r, option, text, where);
    return put(r, "ignore-pattern", text + strlen("{re}"), where);
}

/* A list of names, or one. */
static rq_status put_layers(reader *r, const char *option, const rq_json *value, const char *where)
{
    if (is_none(value)) return RQ_OK;
    if (!rq_json_is_array(value)) return put_layer(r, option, value, where);
    for (size_t i = 0; i < rq_json_length(value); i++)
        RQ_TRY(put_layer(r, option, rq_json_at(value, i), where));
    return RQ_OK;
}

static rq_status read_names(reader *r, const rq_json *value, const char *where)
{
    return put_layers(r, "ignore", value, where);
}

static rq_status read_patterns(reader *r, const rq_json *value, const char *where)
{
    return put_layers(r, "ignore-pattern", value, where);
}

static rq_status read_types(reader *r, const rq_json *value, const char *where)
{
    return put_layers(r, "ignore-type", value, where);
}

/* [{"type": "Add"}, ...]; attributes would leave out fewer layers than that. */
static rq_status read_operations(reader *r, const rq_json *value, const char *where)
{
    if (!rq_json_is_array(value)) return fail(r, where, "a list");
    for (size_t i = 0; i < rq_json_length(value); i++) {
        const rq_json *operation = rq_json_at(value, i);
        if (rq_json_length(rq_json_get(operation, "attributes")))
            note_unused(r, rq_arena_printf(r->arena, "%s[%zu].attributes", where, i));
        else
            RQ_TRY(put_layer(r, "ignore-type", rq_json_get(operation, "type"), where));
    }
    return RQ_OK;
}

/* -- the whole ------------------------------------------------------------------------------- */

static rq_status walk(reader *r, const rq_json *value, const char *where);

/* A key; `read` NULL: it says what the object is. */
typedef struct key {
    const char *name;
    rq_status (*read)(reader *r, const rq_json *value, const char *where);
} key;

static const key keys[] = {
    {"nncf", walk},
    {"quantization", walk},
    {"compression", walk},
    {"algorithms", walk},
    {"params", walk},
    {"initializer", walk},
    {"range", walk},
    {"activations", walk},
    {"advanced_parameters", walk},
    {"ignored", walk},
    {"ignored_scope", walk},
    {"algorithm", NULL},
    {"name", NULL},
    {"preset", read_preset},
    {"target_device", read_device},
    {"model_type", read_model_type},
    {"subset_size", read_subset},
    {"stat_subset_size", read_subset},
    {"num_init_samples", read_subset},
    {"shuffle_data", read_shuffle},
    {"seed", read_seed},
    {"overflow_fix", read_overflow},
    {"saturation_fix", read_overflow},
    {"disable_bias_correction", read_no_bias_correction},
    {"maximal_drop", read_drop},
    {"max_drop", read_drop},
    {"range_estimator", read_range},
    {"activations_range_estimator_params", read_range},
    {"type", read_range}, /* of "range" */
    {"names", read_names},
    {"scope", read_names},
    {"ignored_scopes", read_names},
    {"patterns", read_patterns},
    {"types", read_types},
    {"operations", read_operations},
};
enum { KEYS = sizeof keys / sizeof *keys };

static const key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(keys[i].name, name)) return &keys[i];
    return NULL;
}

/* Pruning and the like, beside quantization. */
static bool is_other_algorithm(const rq_json *object)
{
    static const word known[] = {{"quantization", ""},        {"experimentalquantization", ""},
                                 {"defaultquantization", ""}, {"accuracyawarequantization", ""},
                                 {"minmaxquantization", ""},  {NULL, NULL}};
    const char *name = text_at(object, "algorithm", "name");
    return name && !translate(known, name);
}

static rq_status read_entry(reader *r, const char *name, const rq_json *value, const char *where)
{
    const key *k = find_key(name);
    const char *at = rq_arena_printf(r->arena, "%s%s%s", where, *where ? "." : "", name);
    if (!at) return RQ_ENOMEM;
    if (!k) note_unused(r, at);
    if (!k || !k->read) return RQ_OK;
    if (k->read != walk) r->found = true;
    return k->read(r, value, at);
}

static rq_status walk_object(reader *r, const rq_json *object, const char *where)
{
    if (is_other_algorithm(object)) {
        note_unused(r, rq_arena_printf(r->arena, "%s%s%s", where, *where ? " " : "",
                                       text_at(object, "algorithm", "name")));
        return RQ_OK;
    }
    for (const char *name = rq_json_next_key(object, NULL); name;
         name = rq_json_next_key(object, name))
        RQ_TRY(read_entry(r, name, rq_json_get(object, name), where));
    return RQ_OK;
}

/* An object, or a list of objects; anything else says nothing: rt_info has "[]" for an empty scope.
 */
static rq_status walk(reader *r, const rq_json *value, const char *where)
{
    rq_status status = RQ_OK;
    if (++r->depth > MAX_DEPTH) return fail(r, where, "fewer levels");
    if (rq_json_is_object(value)) status = walk_object(r, value, where);
    for (size_t i = 0; rq_json_is_array(value) && i < rq_json_length(value); i++)
        if (status == RQ_OK) status = walk(r, rq_json_at(value, i), where);
    r->depth--;
    return status;
}

static rq_status finish(reader *r)
{
    if (!r->found)
        return rq_fail(RQ_EFORMAT,
                       "%s: no settings of quantization in it: expected NNCF's or POT's", r->path);
    if (r->unused.length) rq_log("%s: no effect here: %s", r->path, r->unused.data);
    return r->unused.failed ? rq_fail_memory(r->unused.length, "a message") : RQ_OK;
}

rq_status rq_quantization_config_read(rq_settings *out, const rq_option_list *known,
                                      const char *path, rq_arena *arena)
{
    rq_json *json;
    reader r = {.out = out, .known = known, .path = path, .arena = arena};
    RQ_TRY(rq_json_load_relaxed(&json, path));
    rq_status status = walk(&r, json, "");
    if (status == RQ_OK) status = finish(&r);
    rq_buf_free(&r.unused);
    rq_json_free(&json);
    return status;
}
