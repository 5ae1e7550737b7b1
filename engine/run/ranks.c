#include "engine/run/ranks.h"

#include "engine/base/callbacks.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine/base/threads.h"
#include "engine/run/transport.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT 2048 /* of a failure */

#define RQ_TRANSPORT(name) extern const rq_transport rq_transport_##name;
#include "engine/run/transports.def"
#undef RQ_TRANSPORT

static const rq_transport *const transports[] = {
#define RQ_TRANSPORT(name) &rq_transport_##name,
#include "engine/run/transports.def"
#undef RQ_TRANSPORT
    NULL};

/* Of the process, which is one rank. */
static struct {
    const rq_transport *transport; /* NULL: it is alone */
    size_t count, index, local;
    bool alone; /* for a while */
    bool ended; /* a failure was agreed on: nobody exchanges any more */
} ranks;

/* What each rank says before an exchange. */
typedef struct report {
    int32_t status;
    uint32_t padding;
    uint64_t what, bytes;
} report;

/* -- opening --------------------------------------------------------------------------------- */

/* Open MPI's launcher says so in the environment of what it starts. */
static rq_status refuse_launcher(void)
{
    const char *size = getenv("OMPI_COMM_WORLD_SIZE");
    int64_t n;
    if (!size || !rq_parse_i64(size, &n) || n < 2) return RQ_OK;
    return rq_fail(RQ_EUNSUPPORTED,
                   "started as one of %s processes, but built without MPI (make WITH_MPI=1): each "
                   "would do all of the work",
                   size);
}

rq_status rq_ranks_open(void)
{
    const rq_transport *const *t = transports;
    while (*t && !(*t)->was_launched()) t++;
    if (!*t) return refuse_launcher();
    RQ_TRY((*t)->open(&ranks.count, &ranks.index, &ranks.local));
    ranks.transport = *t;
    return RQ_OK;
}

static bool is_alone(void)
{
    return !ranks.transport || ranks.alone || ranks.ended;
}

size_t rq_ranks_count(void)
{
    return is_alone() ? 1 : ranks.count;
}

size_t rq_ranks_index(void)
{
    return ranks.transport ? ranks.index : 0;
}

void rq_ranks_set_alone(bool alone)
{
    if (ranks.transport) ranks.alone = alone; /* else several of a program's threads may come by */
}

/* A launcher may have bound ranks to CPUs of their own, or let all use all. */
unsigned rq_ranks_threads(void)
{
    unsigned mine = rq_cpu_count();
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t share = ranks.local > 1 && online > 0 ? (size_t)online / ranks.local : mine;
    if (share < 1) share = 1;
    return share < mine ? (unsigned)share : mine;
}

/* -- agreeing -------------------------------------------------------------------------------- */

/* The message of the rank that failed, to all: as on one process, the failure is one. */
static rq_status fail_together(const report *all, size_t failed)
{
    char text[TEXT] = "";
    rq_status status = (rq_status)all[failed].status;
    snprintf(text, sizeof text, "%s", rq_error_text());
    ranks.ended = true;
    RQ_TRY(ranks.transport->broadcast(text, sizeof text, failed));
    return failed ? rq_fail(status, "rank %zu of %zu: %s", failed, ranks.count, text)
                  : rq_fail_lines(status, text);
}

/* all[count]; *failed gets the first rank that failed, or the count. */
static rq_status agree(report *all, rq_status mine, const char *what, size_t bytes)
{
    const report own = {
        .status = (int32_t)mine, .what = rq_hash64(what, strlen(what)), .bytes = bytes};
    RQ_TRY(ranks.transport->gather_alike(all, &own, sizeof own));
    for (size_t r = 0; r < ranks.count; r++)
        if (all[r].status != RQ_OK) return fail_together(all, r);
    for (size_t r = 0; r < ranks.count; r++)
        if (all[r].what != all[0].what) {
            ranks.ended = true;
            return rq_fail(RQ_EUNSUPPORTED,
                           "rank %zu went another way than rank 0 (at '%s'): are the program, the "
                           "model, the images or the CPUs others there?",
                           r, what);
        }
    return RQ_OK;
}

static rq_status open_reports(report **all)
{
    return rq_calloc(all, ranks.count, sizeof **all, "reports of ranks");
}

rq_status rq_ranks_close(rq_status mine)
{
    report *all;
    if (!ranks.transport) return mine;
    if (!ranks.ended) {
        rq_status status = open_reports(&all);
        if (status == RQ_OK) {
            status = agree(all, mine, "the end", 0);
            free(all);
        }
        if (mine == RQ_OK) mine = status;
    }
    ranks.transport->close();
    ranks.transport = NULL;
    return mine;
}

/* -- exchanges ------------------------------------------------------------------------------- */

/* A failure in the middle of an exchange, when the others wait for bytes: nothing can be agreed on
 * any more. */
static rq_status give_up(rq_status status)
{
    if (status == RQ_OK) return RQ_OK;
    rq_log("rank %zu of %zu ends all: %s", ranks.index, ranks.count, rq_error_text());
    ranks.transport->abort();
    return status;
}

static rq_status gather(rq_gathered *out, size_t *sizes, const report *all, const void *data)
{
    size_t n = ranks.count;
    for (size_t r = 0; r < n; r++) {
        sizes[r] = (size_t)all[r].bytes;
        out->offsets[r + 1] = out->offsets[r] + sizes[r];
    }
    RQ_TRY(rq_calloc(&out->data, out->offsets[n] + 1, 1, "what ranks found"));
    return ranks.transport->gather(out->data, out->offsets, sizes, n, data, sizes[ranks.index]);
}

/* Of a process alone, there is one part. */
static rq_status gather_own(rq_gathered *out, const void *data, size_t bytes)
{
    RQ_TRY(rq_calloc(&out->offsets, 2, sizeof *out->offsets, "what ranks found"));
    RQ_TRY(rq_calloc(&out->data, bytes + 1, 1, "what ranks found"));
    if (bytes) memcpy(out->data, data, bytes);
    out->offsets[1] = bytes;
    return RQ_OK;
}

static rq_status gather_all(rq_gathered *out, rq_status mine, const char *what, const void *data,
                            size_t bytes)
{
    size_t *sizes = NULL;
    report *all = NULL;
    rq_status status;
    RQ_TRY_GOTO(open_reports(&all), done);
    RQ_TRY_GOTO(rq_calloc(&sizes, ranks.count, sizeof *sizes, "reports of ranks"), done);
    RQ_TRY_GOTO(rq_calloc(&out->offsets, ranks.count + 1, sizeof *sizes, "reports of ranks"), done);
    RQ_TRY_GOTO(agree(all, mine, what, bytes), done);
    status = give_up(gather(out, sizes, all, data));
done:
    free(all);
    free(sizes);
    return status;
}

rq_status rq_ranks_gather(rq_gathered *out, rq_status mine, const char *what, const void *data,
                          size_t bytes)
{
    *out = (rq_gathered){0};
    if (is_alone()) RQ_TRY(mine);
    rq_status status =
        is_alone() ? gather_own(out, data, bytes) : gather_all(out, mine, what, data, bytes);
    if (status != RQ_OK) rq_gathered_free(out);
    return status;
}

void rq_gathered_free(rq_gathered *gathered)
{
    free(gathered->data);
    free(gathered->offsets);
    *gathered = (rq_gathered){0};
}

static rq_status broadcast(rq_buf *data, const report *first)
{
    size_t bytes = (size_t)first->bytes;
    if (ranks.index) {
        rq_buf_free(data);
        RQ_TRY(rq_calloc(&data->data, bytes + 1, 1, "what rank 0 found"));
        data->length = bytes;
        data->capacity = bytes + 1;
    }
    return bytes ? ranks.transport->broadcast(data->data, bytes, 0) : RQ_OK;
}

rq_status rq_ranks_broadcast(rq_buf *data, rq_status mine, const char *what)
{
    report *all;
    if (is_alone()) return mine;
    RQ_TRY(open_reports(&all));
    rq_status status = agree(all, mine, what, ranks.index ? 0 : data->length);
    if (status == RQ_OK) status = give_up(broadcast(data, &all[0]));
    free(all);
    return status;
}

rq_status rq_ranks_follow(void *data, size_t bytes, rq_status mine, const char *what)
{
    report *all;
    if (is_alone()) return mine;
    RQ_TRY(open_reports(&all));
    rq_status status = agree(all, mine, what, bytes);
    if (status == RQ_OK) status = give_up(ranks.transport->broadcast(data, bytes, 0));
    free(all);
    return status;
}

/* -- folding --------------------------------------------------------------------------------- */

static rq_status fold_from(const rq_fold *fold, size_t from)
{
    uint64_t bytes;
    char *data;
    RQ_TRY(ranks.transport->receive(&bytes, sizeof bytes, from));
    RQ_TRY(rq_calloc(&data, (size_t)bytes + 1, 1, "another rank's part"));
    rq_status status = ranks.transport->receive(data, (size_t)bytes, from);
    if (status == RQ_OK) status = fold->append(data, (size_t)bytes, fold->ctx);
    free(data);
    return status;
}

static rq_status fold_to(const rq_fold *fold, size_t to)
{
    rq_buf packed = {0};
    rq_status status = fold->pack(&packed, fold->ctx);
    if (status == RQ_OK && packed.failed) status = rq_fail_memory(packed.length, "a rank's part");
    uint64_t bytes = packed.length;
    if (status == RQ_OK) status = ranks.transport->send(&bytes, sizeof bytes, to);
    if (status == RQ_OK) status = ranks.transport->send(packed.data, packed.length, to);
    rq_buf_free(&packed);
    return status;
}

/* After step k a rank whose index is a multiple of 2^k has the parts of 2^k ranks. */
static rq_status fold_tree(const rq_fold *fold)
{
    for (size_t step = 1; step < ranks.count; step *= 2) {
        if (ranks.index % (2 * step)) return fold_to(fold, ranks.index - step);
        if (ranks.index + step < ranks.count) RQ_TRY(fold_from(fold, ranks.index + step));
    }
    return RQ_OK;
}

rq_status rq_ranks_fold(const rq_fold *fold, rq_status mine, const char *what)
{
    report *all;
    if (is_alone()) return mine;
    RQ_TRY(open_reports(&all));
    rq_status status = agree(all, mine, what, 0);
    free(all);
    return status == RQ_OK ? give_up(fold_tree(fold)) : status;
}
