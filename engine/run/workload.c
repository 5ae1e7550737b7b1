#include "engine/run/workload.h"

#include "engine/ir/ir.h"

rq_status rq_subject_open(rq_subject *out, const rq_args *args)
{
    int64_t subset, seed;
    *out = (rq_subject){.args = args, .data = rq_args_get(args, "data", NULL)};
    RQ_TRY(rq_model_choice_open(&out->choice, args));
    out->reshaped = out->choice.n_shapes > 0;
    out->exec = rq_model_choice_exec(&out->choice);
    RQ_TRY(rq_args_integer(&subset, args, "subset", 0, 0, INT32_MAX));
    RQ_TRY(rq_args_integer(&seed, args, "seed", 0, 0, INT64_MAX));
    out->subset = (size_t)subset;
    out->seed = (uint64_t)seed;
    RQ_TRY(rq_threads_option(&out->threads, args));
    return rq_image_request_read(&out->request, args);
}

rq_status rq_subject_open_with_data(rq_subject *out, const rq_args *args)
{
    RQ_TRY(rq_subject_open(out, args));
    return out->data ? RQ_OK
                     : rq_fail(RQ_EARG, "--data is missing: a folder of images, or a list file");
}

void rq_subject_close(rq_subject *subject)
{
    rq_bound_destroy(&subject->bound);
    rq_graph_destroy(&subject->graph);
    rq_model_choice_close(&subject->choice);
}

rq_status rq_subject_read(rq_subject *subject, const char *path)
{
    return rq_ir_read(&subject->graph, path);
}

rq_status rq_subject_fit(rq_subject *s)
{
    RQ_TRY(rq_image_request_fit(s->choice.shapes, &s->choice.n_shapes, &s->request, s->graph));
    s->exec = rq_model_choice_exec(&s->choice);
    return RQ_OK;
}

rq_status rq_subject_bind(rq_subject *s)
{
    return rq_bind(&s->bound, s->graph, s->choice.shapes, s->choice.n_shapes);
}

rq_status rq_subject_images(rq_images *out, const rq_subject *s, const char *labels)
{
    return rq_images_open(out, &s->request, s->data, labels, s->subset, s->seed);
}
