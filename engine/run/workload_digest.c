#include "engine/run/workload_digest.h"

#include "datasets/dataset_digest.h"
#include "engine/base/mem.h"
#include "engine/run/ranks.h"

#include <stdlib.h>
#include <string.h>

static void put(rq_buf *out, const void *data, size_t bytes)
{
    rq_buf_append_n(out, data, bytes);
}

static void put_text(rq_buf *out, const char *text)
{
    put(out, text, strlen(text) + 1);
}

static void put_shape(rq_buf *out, const rq_shape *shape)
{
    put(out, &shape->rank, sizeof shape->rank);
    put(out, shape->d, (size_t)shape->rank * sizeof *shape->d);
}

static void put_inputs(rq_buf *out, const rq_workload *w)
{
    for (size_t i = 0; i < w->request.n_fixed; i++) {
        const rq_fixed_input *fixed = &w->request.fixed[i];
        put_text(out, fixed->name);
        put_text(out, rq_dtype_name(fixed->tensor.dtype));
        put_shape(out, &fixed->tensor.shape);
        put(out, fixed->tensor.data, rq_tensor_bytes(&fixed->tensor));
    }
    for (size_t i = 0; i < w->exec.n_shapes; i++) {
        put_text(out, w->exec.shapes[i].name);
        put_shape(out, &w->exec.shapes[i].shape);
    }
}

rq_status rq_workload_how(rq_buf *out, const rq_workload *w)
{
    const uint8_t how[] = {w->exec.saturating, w->exec.bf16};
    put_inputs(out, w);
    put_text(out, rq_backend_name(rq_backend_find(w->exec.backend)));
    put(out, how, sizeof how);
    return out->failed ? rq_fail_memory(out->length, "a description") : RQ_OK;
}

rq_status rq_data_digest_extend(char digest[RQ_DIGEST_TEXT], const void *how, size_t bytes)
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_text(hasher, digest);
    rq_hasher_update(hasher, how, bytes);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

/* Ranks read a part of the files each. */
static rq_status digest_together(char digest[RQ_DIGEST_TEXT], const rq_workload *w)
{
    char(*samples)[RQ_DIGEST_TEXT];
    rq_gathered all;
    rq_dataset part = *w->images.dataset;
    const rq_image_span own =
        rq_shard_span(&(rq_shard){rq_ranks_index() + 1, rq_ranks_count()}, part.n);
    part.samples += own.first;
    part.n = own.n;
    RQ_TRY(rq_calloc(&samples, part.n, sizeof *samples, "digests"));
    rq_status status = rq_dataset_sample_digests(&part, w->threads, samples);
    status = rq_ranks_gather(&all, status, "digests", samples, part.n * sizeof *samples);
    free(samples);
    RQ_TRY(status);
    status = rq_digests_join(digest, (const char(*)[RQ_DIGEST_TEXT])all.data, w->images.dataset->n);
    rq_gathered_free(&all);
    return status;
}

rq_status rq_workload_data_digest(char digest[RQ_DIGEST_TEXT], const rq_workload *w)
{
    rq_buf how = {0};
    RQ_TRY(rq_ranks_count() > 1 ? digest_together(digest, w)
                                : rq_dataset_digest(w->images.dataset, w->threads, digest));
    rq_status status = rq_workload_how(&how, w);
    if (status == RQ_OK) status = rq_data_digest_extend(digest, how.data, how.length);
    rq_buf_free(&how);
    return status;
}

/* -- what is measured ------------------------------------------------------------------------ */

static rq_status describe_preprocess(rq_buf *out, const rq_workload *w)
{
    rq_model *model;
    rq_image_feed feed;
    RQ_TRY(rq_workload_model(&model, w, w->graph, NULL, 0));
    rq_status status = rq_image_feed_open(&feed, &w->request, model);
    if (status == RQ_OK) {
        rq_preprocess_describe(&feed.plan, out);
        rq_image_feed_close(&feed);
    }
    rq_model_destroy(&model);
    return status != RQ_OK || !out->failed ? status : rq_fail_memory(out->length, "a description");
}

static void describe_measure(rq_buf *out, const rq_workload *w)
{
    rq_buf_printf(out, " adapter %s", w->request.adapter ? w->request.adapter : "");
    if (rq_user_score_is_there(&w->score))
        rq_buf_printf(out, " score %d %s", w->score.less_is_better,
                      w->score.command ? w->score.command : "(function)");
    for (size_t i = 0; i < w->output_weights.n; i++)
        rq_buf_printf(out, " %s=%a", w->output_weights.v[i].name, w->output_weights.v[i].weight);
}

static rq_status join(char digest[RQ_DIGEST_TEXT], const char *truth, const char *text)
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_text(hasher, digest);
    rq_hasher_text(hasher, truth);
    rq_hasher_text(hasher, text);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

rq_status rq_workload_measure_digest(char digest[RQ_DIGEST_TEXT], const rq_workload *w)
{
    char truth[RQ_DIGEST_TEXT];
    rq_buf text = {0};
    RQ_TRY(rq_workload_data_digest(digest, w));
    RQ_TRY(rq_dataset_truth_digest(w->images.dataset, w->threads, truth));
    rq_status status = describe_preprocess(&text, w);
    if (status == RQ_OK) describe_measure(&text, w);
    if (status == RQ_OK && text.failed) status = rq_fail_memory(text.length, "a description");
    if (status == RQ_OK) status = join(digest, truth, text.data);
    rq_buf_free(&text);
    return status;
}
