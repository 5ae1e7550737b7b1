#include "engine/workbench/bench/measuring.h"

#include "engine/base/callbacks.h"

#include <math.h>

static void begin(rq_measuring *m, const char *title, double seconds)
{
    m->started = rq_now();
    rq_progress_begin(&m->progress, title, (size_t)ceil(seconds));
}

void rq_measuring_begin(rq_measuring *m, const char *title, double seconds)
{
    *m = (rq_measuring){.again = false};
    begin(m, title, seconds);
    m->run_started = m->started;
}

void rq_measuring_tick(rq_measuring *m)
{
    double seconds = rq_now() - m->started;
    while (m->progress.done + 1 < m->progress.total && (double)m->progress.done + 1 <= seconds)
        rq_progress_step(&m->progress);
}

/* It ends sooner where it is stable: what is left is then not done. */
void rq_measuring_end(rq_measuring *m)
{
    double ran = round(rq_now() - m->started);
    if (ran < (double)m->progress.total) m->progress.total = (size_t)ran;
    if (m->progress.total) rq_progress_end(&m->progress);
}

bool rq_measuring_again(rq_measuring *m, const char *noise, double *left)
{
    double now = rq_now(), took = now - m->run_started;
    if (left) *left -= took;
    if (!noise || !left || !(*left >= took)) return false;
    m->run_started = now;
    if (m->again) return true;
    m->again = true;
    double most = took * floor(*left / took);
    rq_measuring_end(m);
    rq_log("speed is not measurable yet (%s): measuring it again, for at most %.0f s", noise,
           ceil(most));
    begin(m, m->progress.title, most);
    return true;
}
