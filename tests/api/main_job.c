/* The main job by the library: main_job MODEL IMAGES CONFIG OUT quantizes and says what it cost. */
#include <requant.h>

#include <stdio.h>

static void log_line(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s\n", text);
}

static rq_status quantize(rq_result **result, const rq_network *network, char **argv)
{
    rq_options *options;
    rq_status status = rq_options_create(&options, "quantize");
    if (status == RQ_OK) status = rq_options_set(options, "data", argv[2]);
    if (status == RQ_OK) status = rq_options_set(options, "config", argv[3]);
    if (status == RQ_OK) status = rq_options_set(options, "output", argv[4]);
    if (status == RQ_OK) status = rq_quantize(result, network, options);
    rq_options_destroy(&options);
    return status;
}

static rq_status show(rq_result *result)
{
    double before, after, bytes;
    rq_status status = rq_result_number(&before, result, "accuracy/top-1/before/value");
    if (status == RQ_OK) status = rq_result_number(&after, result, "accuracy/top-1/after/value");
    if (status == RQ_OK) status = rq_result_number(&bytes, result, "after/bin_bytes");
    if (status == RQ_OK) printf("top-1 %.2f -> %.2f %%, %.0f bytes\n", before, after, bytes);
    return status;
}

int main(int argc, char **argv)
{
    rq_context_options settings = rq_context_options_default();
    rq_context *context = NULL;
    rq_network *network = NULL;
    rq_result *result = NULL;
    if (argc != 5) return fputs("usage: main_job MODEL IMAGES CONFIG OUT\n", stderr), 2;
    settings.callbacks.log = log_line;
    rq_status status = rq_context_create(&context, &settings);
    if (status == RQ_OK) status = rq_network_open(&network, context, argv[1], NULL);
    if (status == RQ_OK) status = quantize(&result, network, argv);
    if (status == RQ_OK) status = show(result);
    if (status != RQ_OK) fprintf(stderr, "main_job: %s\n", rq_error_text());
    rq_result_destroy(&result);
    rq_network_destroy(&network);
    rq_context_destroy(&context);
    return status == RQ_OK ? 0 : 1;
}
