/* Ctrl-C (engine/base/threads.h). */
#include "engine/base/tempfiles.h"
#include "engine/base/threads.h"

#include <signal.h>
#include <stdatomic.h>

/* Global, because a signal handler gets no argument. */
static atomic_bool cancelled;

/* The first signal asks; the second does not wait for an answer. */
static void on_signal(int number)
{
    if (!atomic_exchange(&cancelled, true)) return;
    rq_temp_unlink_all();
    signal(number, SIG_DFL);
    raise(number); /* delivered when this handler returns */
}

void rq_cancel_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool rq_cancelled(void)
{
    return atomic_load_explicit(&cancelled, memory_order_relaxed);
}
