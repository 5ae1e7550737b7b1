#include "engine/workbench/calibrate/calibrate_part.h"

#include "datasets/dataset_digest.h"
#include "engine/base/cpu.h"
#include "engine/base/mem.h"
#include "engine/run/workload_digest.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- which images ---------------------------------------------------------------------------- */

static rq_status pick(rq_images *out, const rq_images *from, const rq_image_span *slice)
{
    size_t *indices;
    RQ_TRY(rq_calloc(&indices, slice->n, sizeof *indices, "a part of the images"));
    for (size_t i = 0; i < slice->n; i++) indices[i] = slice->first + i;
    rq_status status = rq_images_pick(out, from, indices, slice->n);
    free(indices);
    return status;
}

static rq_status choose_images(rq_calibrate_part *part, const rq_workload *w)
{
    size_t total = w->images.dataset->n;
    const rq_image_span slice = rq_shard_span(&w->shard, total);
    if (w->shard.count > total)
        return rq_fail(RQ_EARG, "--shard %zu/%zu: there are %zu image%s, so at most %zu shard%s",
                       w->shard.index, w->shard.count, total, rq_plural(total), total,
                       rq_plural(total));
    RQ_TRY(pick(&part->images, &w->images, &slice));
    part->shard = (rq_stats_shard){.index = w->shard.index,
                                   .count = w->shard.count,
                                   .first = slice.first,
                                   .total = total,
                                   .max_bad = w->images.max_bad};
    part->images.max_bad = (double)INFINITY; /* who merges judges */
    return rq_dataset_names_digest(w->images.dataset, part->list_digest);
}

/* -- how ------------------------------------------------------------------------------------- */

static const char *instructions(void)
{
    for (int isa = RQ_ISA_NATIVE; isa-- > 0;)
        if (rq_cpu_has((rq_isa)isa)) return rq_isas[isa].name;
    return rq_isas[RQ_ISA_NATIVE].name;
}

static void describe_computer(rq_buf *out, const rq_workload *w)
{
    const rq_backend *backend = rq_backend_find(w->exec.backend);
    const char *version = rq_backend_version(backend, w->exec.library);
    rq_buf_printf(out, "%s, %s", version ? version : rq_backend_name(backend), instructions());
}

static void describe_options(rq_buf *out, const rq_workload *w)
{
    char shape[RQ_SHAPE_TEXT];
    rq_buf_printf(out, "backend %s%s%s", rq_backend_name(rq_backend_find(w->exec.backend)),
                  w->exec.bf16 ? ", bf16" : "", w->exec.saturating ? ", native integers" : "");
    for (size_t i = 0; i < w->exec.n_shapes; i++)
        rq_buf_printf(out, ", shape %s%s", w->exec.shapes[i].name,
                      rq_shape_text(&w->exec.shapes[i].shape, shape));
    for (size_t i = 0; i < w->request.n_fixed; i++) {
        const rq_tensor *t = &w->request.fixed[i].tensor;
        rq_buf_printf(out, ", input %s with the digest %016" PRIx64, w->request.fixed[i].name,
                      rq_hash64(t->data, rq_tensor_bytes(t)));
    }
}

static rq_status describe(rq_calibrate_part *part)
{
    const rq_workload *w = &part->workload;
    RQ_TRY(rq_workload_how(&part->how, w));
    describe_options(&part->options, w);
    describe_computer(&part->computed_by, w);
    if (part->options.failed || part->computed_by.failed)
        return rq_fail_memory(part->options.length, "a description");
    part->shard.list_digest = part->list_digest;
    part->shard.how = (const uint8_t *)part->how.data;
    part->shard.how_bytes = part->how.length;
    part->shard.options = part->options.data;
    part->shard.computed_by = part->computed_by.data;
    return RQ_OK;
}

/* -- the part -------------------------------------------------------------------------------- */

rq_status rq_calibrate_part_open(rq_calibrate_part *out, const rq_workload *workload)
{
    *out = (rq_calibrate_part){.workload = *workload};
    RQ_TRY(choose_images(out, workload));
    out->workload = rq_workload_over(workload, &out->images);
    return describe(out);
}

void rq_calibrate_part_close(rq_calibrate_part *part)
{
    rq_images_close(&part->images);
    rq_buf_free(&part->how);
    rq_buf_free(&part->options);
    rq_buf_free(&part->computed_by);
    free(part->sample_digests);
}

rq_status rq_calibrate_part_digest(rq_calibrate_part *part, char digest[RQ_DIGEST_TEXT])
{
    const rq_dataset *dataset = part->images.dataset;
    RQ_TRY(rq_calloc(&part->sample_digests, dataset->n, RQ_DIGEST_TEXT, "digests"));
    RQ_TRY(rq_dataset_sample_digests(dataset, part->workload.threads, part->sample_digests));
    part->shard.sample_digests = (const char(*)[RQ_DIGEST_TEXT])part->sample_digests;
    RQ_TRY(rq_digests_join(digest, part->shard.sample_digests, dataset->n));
    return rq_data_digest_extend(digest, part->how.data, part->how.length);
}

/* -- comparing ------------------------------------------------------------------------------- */

#define NAME 96
static const char *name_of(const rq_stats_shard *s, char text[NAME])
{
    if (s)
        snprintf(text, NAME, "shard %zu of %zu of %zu images", s->index, s->count, s->total);
    else
        snprintf(text, NAME, "a whole list");
    return text;
}

static bool is_same_place(const rq_stats_shard *a, const rq_stats_shard *b)
{
    return a->index == b->index && a->count == b->count && a->total == b->total;
}

static bool is_same_list(const rq_stats_shard *a, const rq_stats_shard *b)
{
    return !strcmp(a->list_digest, b->list_digest) && a->max_bad == b->max_bad &&
           !strcmp(a->computed_by, b->computed_by);
}

rq_status rq_calibrate_part_check(const rq_stats_shard *found, const rq_stats_shard *expected,
                                  const char *path)
{
    char is[NAME], wanted[NAME];
    if (!found && !expected) return RQ_OK;
    if (!found || !expected || !is_same_place(found, expected))
        return rq_fail(RQ_EARG, "%s: statistics of %s, this run is of %s", path, name_of(found, is),
                       name_of(expected, wanted));
    return is_same_list(found, expected)
               ? RQ_OK
               : rq_fail(RQ_EARG, "%s: a shard of another list of images, --max-bad or computer",
                         path);
}
