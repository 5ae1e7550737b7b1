/* steps MODEL IMAGES CONFIG OUT [OUT2 ...]: statistics, plan and model one by one, for each OUT in
 * a thread and a context of its own, all at once. The bytes must not depend on how many there are.
 */
#include <requant.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MAX_JOBS 8

typedef struct job {
    char **argv;
    const char *out;
    pthread_t thread;
    size_t steps; /* of progress, which is this job's alone */
    rq_status status;
    char error[512];
} job;

#define TRY(call)                                                                                  \
    do {                                                                                           \
        rq_status status_ = (call);                                                                \
        if (status_ != RQ_OK) return status_;                                                      \
    } while (0)

static void count_step(void *ctx, const char *title, size_t done, size_t total)
{
    job *j = ctx;
    (void)title;
    (void)done;
    (void)total;
    j->steps++;
}

typedef struct objects {
    rq_context *context;
    rq_options *calibrate, *quantize;
    rq_network *network, *quantized, *again;
    rq_stats *stats, *loaded;
    rq_plan *plan, *reread;
} objects;

static rq_status set_options(objects *o, char **argv)
{
    TRY(rq_options_create(&o->calibrate, "calibrate"));
    TRY(rq_options_set(o->calibrate, "data", argv[2]));
    TRY(rq_options_set(o->calibrate, "config", argv[3]));
    TRY(rq_options_create(&o->quantize, "quantize"));
    TRY(rq_options_set(o->quantize, "data", argv[2]));
    TRY(rq_options_set(o->quantize, "config", argv[3]));
    return rq_options_set(o->quantize, "rounding-work", "100000");
}

static const char *path(char *buffer, const job *j, const char *name)
{
    snprintf(buffer, 512, "%s/%s", j->out, name);
    return buffer;
}

/* Statistics go through a file, and so does the plan. */
static rq_status work(job *j, objects *o)
{
    char file[512];
    rq_context_options settings = rq_context_options_default();
    settings.callbacks = (rq_callbacks){.ctx = j, .progress = count_step};
    settings.threads = 2;
    TRY(rq_context_create(&o->context, &settings));
    TRY(set_options(o, j->argv));
    TRY(rq_network_open(&o->network, o->context, j->argv[1], NULL));
    TRY(rq_network_save(o->network, path(file, j, "copy/fp32.xml")));
    TRY(rq_calibrate(&o->stats, NULL, o->network, o->calibrate));
    TRY(rq_stats_save(o->stats, path(file, j, "stats.h5")));
    TRY(rq_stats_load(&o->loaded, file));
    TRY(rq_plan_create(&o->plan, o->network, o->loaded, o->quantize));
    TRY(rq_plan_save(o->plan, path(file, j, "plan.json")));
    TRY(rq_plan_apply(&o->quantized, o->plan));
    TRY(rq_network_save(o->quantized, path(file, j, "quantized.xml")));
    TRY(rq_plan_load(&o->reread, o->network, o->stats, NULL, path(file, j, "plan.json")));
    TRY(rq_plan_apply(&o->again, o->reread));
    return rq_network_save(o->again, path(file, j, "again.xml"));
}

static void *run(void *ctx)
{
    job *j = ctx;
    objects o;
    memset(&o, 0, sizeof o);
    j->status = work(j, &o);
    if (j->status != RQ_OK) snprintf(j->error, sizeof j->error, "%s", rq_error_text());
    rq_network_destroy(&o.again);
    rq_network_destroy(&o.quantized);
    rq_plan_destroy(&o.reread);
    rq_plan_destroy(&o.plan);
    rq_stats_destroy(&o.loaded);
    rq_stats_destroy(&o.stats);
    rq_network_destroy(&o.network);
    rq_options_destroy(&o.quantize);
    rq_options_destroy(&o.calibrate);
    rq_context_destroy(&o.context);
    return NULL;
}

int main(int argc, char **argv)
{
    static job jobs[MAX_JOBS];
    int n = argc - 4, failed = 0;
    if (n < 1 || n > MAX_JOBS) return 2;
    for (int i = 0; i < n; i++) {
        jobs[i].argv = argv;
        jobs[i].out = argv[4 + i];
        if (pthread_create(&jobs[i].thread, NULL, run, &jobs[i]) != 0) return 2;
    }
    for (int i = 0; i < n; i++) {
        pthread_join(jobs[i].thread, NULL);
        if (jobs[i].status != RQ_OK) fprintf(stderr, "steps: %s\n", jobs[i].error);
        failed += jobs[i].status != RQ_OK || jobs[i].steps == 0;
        printf("%s: %zu steps\n", jobs[i].out, jobs[i].steps);
    }
    return failed ? 1 : 0;
}
