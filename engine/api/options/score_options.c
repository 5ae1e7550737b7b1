#include "engine/api/options/score_options.h"

#define TIMEOUT 60 /* seconds */
#define MAX_TIMEOUT 86400.0

const rq_option rq_output_weight_options[] = {
    RQ_HEADING(MODEL),
    RQ_OPTION("output-weight", "NAME=W",
              "how much an output counts, 0 for not at all, where the SQNR of several outputs is "
              "one number: their mean in dB",
              .repeats = true, .fallback = "1 each"),
    RQ_OPTIONS_END,
};

const rq_option rq_score_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("score", "CMD",
              "your own metric, which then leads: sh runs CMD for each image with two more "
              "arguments, a folder of the outputs as .npy and the image's path, which no shell "
              "interprets; it prints one number, and the mean is the score; several run at once "
              "(--threads)"),
    RQ_OPTION("score-lower-is-better", NULL, "less is better in --score"),
    RQ_OPTION("score-timeout", "S", "seconds that --score may take for an image",
              .fallback = RQ_TEXT(TIMEOUT)),
    RQ_OPTIONS_END,
};

static rq_status read_weights(rq_workload *w, const rq_settings *settings)
{
    rq_output_weights *weights = &w->output_weights;
    size_t n = rq_settings_count(settings, "output-weight");
    weights->v = rq_arena_alloc(w->arena, n, sizeof *weights->v);
    if (!weights->v) return RQ_ENOMEM;
    for (; weights->n < n; weights->n++)
        RQ_TRY(rq_output_weight_parse(&weights->v[weights->n],
                                      rq_settings_at(settings, "output-weight", weights->n),
                                      w->arena));
    return RQ_OK;
}

static rq_status read_score(rq_user_score *score, const rq_settings *settings)
{
    const rq_score_call *call = rq_settings_object(settings, "score");
    const char *command = rq_settings_get(settings, "score", NULL);
    RQ_TRY(
        rq_settings_number(&score->timeout, settings, "score-timeout", TIMEOUT, 1e-3, MAX_TIMEOUT));
    score->less_is_better = rq_settings_has(settings, "score-lower-is-better");
    if (call) {
        score->function = call->function;
        score->ctx = call->ctx;
        return RQ_OK;
    }
    score->command = command;
    if (command && !*command) return rq_fail(RQ_EARG, "--score: an empty command");
    if (!command && (score->less_is_better || rq_settings_has(settings, "score-timeout")))
        return rq_fail(RQ_EARG, "--score-lower-is-better and --score-timeout are of --score, which "
                                "is missing");
    return RQ_OK;
}

rq_status rq_score_options_read(rq_workload *out, const rq_settings *settings)
{
    RQ_TRY(read_weights(out, settings));
    return read_score(&out->score, settings);
}
