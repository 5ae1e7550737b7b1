/* Ranks over MPI: the only file that touches it. Errors of MPI itself end all ranks. */
#include "engine/run/transport.h"

#include "engine/base/mem.h"

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <time.h>

extern const rq_transport rq_transport_mpi;

#define AT_ONCE ((size_t)1 << 30) /* MPI counts in int */
#define FIRST_PAUSE 10000         /* ns */
#define MAX_PAUSE 2000000

/* mpirun of Open MPI; others' launchers, and Slurm's. */
static bool was_launched(void)
{
    static const char *const signs[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (getenv(signs[i])) return true;
    return false;
}

static rq_status check(int error)
{
    return error == MPI_SUCCESS ? RQ_OK : rq_fail(RQ_EIO, "MPI: error %d", error);
}

static rq_status count_local(size_t *local)
{
    MPI_Comm machine;
    int n;
    RQ_TRY(check(
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine)));
    RQ_TRY(check(MPI_Comm_size(machine, &n)));
    *local = (size_t)n;
    return check(MPI_Comm_free(&machine));
}

static rq_status mpi_open(size_t *count, size_t *index, size_t *local)
{
    int provided, size, rank;
    RQ_TRY(check(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided)));
    RQ_TRY(check(MPI_Comm_size(MPI_COMM_WORLD, &size)));
    RQ_TRY(check(MPI_Comm_rank(MPI_COMM_WORLD, &rank)));
    *count = (size_t)size;
    *index = (size_t)rank;
    return count_local(local);
}

static void mpi_close(void)
{
    MPI_Finalize();
}

static void mpi_abort(void)
{
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* Ranks that are done early wait here, perhaps for minutes, beside ranks that work on the same
 * CPUs: MPI's own waiting would keep a CPU busy. */
static rq_status wait_for(MPI_Request *request)
{
    struct timespec pause = {0, FIRST_PAUSE};
    for (int done = 0;;) {
        RQ_TRY(check(MPI_Test(request, &done, MPI_STATUS_IGNORE)));
        if (done) return RQ_OK;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < MAX_PAUSE) pause.tv_nsec += pause.tv_nsec / 4;
    }
}

static rq_status gather_alike(void *out, const void *data, size_t bytes)
{
    MPI_Request request;
    RQ_TRY(check(MPI_Iallgather(data, (int)bytes, MPI_BYTE, out, (int)bytes, MPI_BYTE,
                                MPI_COMM_WORLD, &request)));
    return wait_for(&request);
}

static rq_status gather(void *out, const size_t *offsets, const size_t *sizes, size_t count,
                        const void *data, size_t bytes)
{
    int *counts;
    if (offsets[count - 1] + sizes[count - 1] > INT_MAX)
        return rq_fail(RQ_EUNSUPPORTED, "ranks found %zu bytes, at most %d can be exchanged",
                       offsets[count - 1] + sizes[count - 1], INT_MAX);
    RQ_TRY(rq_calloc(&counts, 2 * count, sizeof *counts, "sizes"));
    for (size_t r = 0; r < count; r++) {
        counts[r] = (int)sizes[r];
        counts[count + r] = (int)offsets[r];
    }
    rq_status status = check(MPI_Allgatherv(data, (int)bytes, MPI_BYTE, out, counts, counts + count,
                                            MPI_BYTE, MPI_COMM_WORLD));
    free(counts);
    return status;
}

/* In pieces that MPI can count. */
static size_t piece_of(size_t bytes, size_t done)
{
    return bytes - done < AT_ONCE ? bytes - done : AT_ONCE;
}

static rq_status broadcast(void *data, size_t bytes, size_t from)
{
    for (size_t done = 0; done < bytes; done += piece_of(bytes, done))
        RQ_TRY(check(MPI_Bcast((char *)data + done, (int)piece_of(bytes, done), MPI_BYTE, (int)from,
                               MPI_COMM_WORLD)));
    return RQ_OK;
}

static rq_status send(const void *data, size_t bytes, size_t to)
{
    for (size_t done = 0; done < bytes; done += piece_of(bytes, done))
        RQ_TRY(check(MPI_Send((const char *)data + done, (int)piece_of(bytes, done), MPI_BYTE,
                              (int)to, 0, MPI_COMM_WORLD)));
    return RQ_OK;
}

static rq_status receive(void *data, size_t bytes, size_t from)
{
    for (size_t done = 0; done < bytes; done += piece_of(bytes, done))
        RQ_TRY(check(MPI_Recv((char *)data + done, (int)piece_of(bytes, done), MPI_BYTE, (int)from,
                              0, MPI_COMM_WORLD, MPI_STATUS_IGNORE)));
    return RQ_OK;
}

const rq_transport rq_transport_mpi = {.name = "mpi",
                                       .was_launched = was_launched,
                                       .open = mpi_open,
                                       .close = mpi_close,
                                       .abort = mpi_abort,
                                       .gather_alike = gather_alike,
                                       .gather = gather,
                                       .broadcast = broadcast,
                                       .send = send,
                                       .receive = receive};
