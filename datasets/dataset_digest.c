#include "datasets/dataset_digest.h"

#include "datasets/generated.h"
#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/base/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)256 << 10) /* bytes read at once */

/* false: a file could not be read. */
typedef bool put_fn(rq_hasher *hasher, const rq_dataset *dataset, const rq_sample *sample,
                    uint8_t *chunk);

typedef struct digester {
    const rq_dataset *dataset;
    put_fn *put;
    char (*digests)[RQ_DIGEST_TEXT]; /* by sample */
    _Atomic size_t unreadable;       /* samples with a file that could not be read */
} digester;

/* -- files ----------------------------------------------------------------------------------- */

static bool read_regular(rq_hasher *hasher, int fd, uint8_t *chunk)
{
    struct stat info;
    ssize_t n;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return false;
    while ((n = read(fd, chunk, CHUNK)) != 0) {
        if (n > 0)
            rq_hasher_update(hasher, chunk, (size_t)n);
        else if (errno != EINTR)
            return false;
    }
    return true;
}

/* O_NONBLOCK: a pipe is not waited for. */
static bool put_file(rq_hasher *hasher, const char *path, uint8_t *chunk)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool whole = fd >= 0 && read_regular(hasher, fd, chunk);
    if (fd >= 0) close(fd);
    rq_hasher_text(hasher, whole ? "read" : "unreadable");
    return whole;
}

/* -- samples --------------------------------------------------------------------------------- */

static void put_arrays(rq_hasher *hasher, const rq_arrays *arrays)
{
    for (size_t i = 0; i < arrays->n; i++) {
        const rq_tensor *t = &arrays->arrays[i];
        rq_hasher_text(hasher, arrays->names[i]);
        rq_hasher_update(hasher, t->shape.d, (size_t)t->shape.rank * sizeof *t->shape.d);
        rq_hasher_update(hasher, t->data, rq_tensor_bytes(t));
    }
}

static bool put_sample(rq_hasher *hasher, const rq_dataset *dataset, const rq_sample *sample,
                       uint8_t *chunk)
{
    (void)dataset;
    rq_hasher_text(hasher, sample->name);
    if (!sample->arrays) /* of a generated one, the name says all */
        return rq_is_generated(sample->path) || put_file(hasher, sample->path, chunk);
    put_arrays(hasher, sample->arrays);
    return true;
}

/* Member by member: between them memory may hold anything. */
static void put_boxes(rq_hasher *hasher, const rq_annotation *truth)
{
    for (size_t i = 0; i < truth->n_boxes; i++) {
        const rq_box *box = &truth->boxes[i];
        const double corners[] = {box->x0, box->y0, box->x1, box->y1};
        rq_hasher_update(hasher, &box->class_id, sizeof box->class_id);
        rq_hasher_update(hasher, &box->flags, sizeof box->flags);
        rq_hasher_update(hasher, &box->area, sizeof box->area);
        rq_hasher_update(hasher, corners, sizeof corners);
    }
    rq_hasher_text(hasher, truth->relative ? "relative" : "pixels");
}

static bool put_truth(rq_hasher *hasher, const rq_dataset *dataset, const rq_sample *sample,
                      uint8_t *chunk)
{
    const rq_annotation *truth = sample->truth;
    rq_hasher_update(hasher, &dataset->class_map, sizeof dataset->class_map);
    rq_hasher_update(hasher, &sample->label, sizeof sample->label);
    if (!truth) return true;
    rq_hasher_update(hasher, &truth->has, sizeof truth->has);
    put_boxes(hasher, truth);
    rq_hasher_update(hasher, truth->values, truth->n_values * sizeof *truth->values);
    rq_hasher_text(hasher, truth->text ? truth->text : "");
    bool whole = !truth->mask || put_file(hasher, truth->mask, chunk);
    return (!truth->image || put_file(hasher, truth->image, chunk)) && whole;
}

/* -- lists ----------------------------------------------------------------------------------- */

static rq_status digest_one(void *ctx, unsigned worker, size_t i)
{
    (void)worker;
    digester *d = ctx;
    rq_hasher *hasher;
    uint8_t *chunk;
    RQ_TRY(rq_alloc_aligned(&chunk, CHUNK, "a file"));
    rq_status status = rq_hasher_create(&hasher);
    if (status == RQ_OK) {
        if (!d->put(hasher, d->dataset, &d->dataset->samples[i], chunk)) d->unreadable++;
        rq_hasher_finish(&hasher, d->digests[i]);
    }
    free(chunk);
    return status;
}

static rq_status digest_samples(const rq_dataset *dataset, put_fn *put, unsigned threads,
                                char (*digests)[RQ_DIGEST_TEXT])
{
    digester d = {.dataset = dataset, .put = put, .digests = digests};
    rq_status status = rq_parallel_for(threads, dataset->n, digest_one, &d);
    if (status == RQ_OK && d.unreadable)
        rq_log("files of %zu sample%s cannot be read now: what is kept of this run is reused only "
               "while that is so",
               (size_t)d.unreadable, rq_plural(d.unreadable));
    return status;
}

rq_status rq_digests_join(char digest[RQ_DIGEST_TEXT], const char (*digests)[RQ_DIGEST_TEXT],
                          size_t n)
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_update(hasher, digests, n * sizeof *digests);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

static rq_status digest_list(const rq_dataset *dataset, put_fn *put, unsigned threads,
                             char digest[RQ_DIGEST_TEXT])
{
    char(*digests)[RQ_DIGEST_TEXT];
    RQ_TRY(rq_calloc(&digests, dataset->n, sizeof *digests, "digests"));
    rq_status status = digest_samples(dataset, put, threads, digests);
    if (status == RQ_OK)
        status = rq_digests_join(digest, (const char(*)[RQ_DIGEST_TEXT])digests, dataset->n);
    free(digests);
    return status;
}

rq_status rq_dataset_sample_digests(const rq_dataset *dataset, unsigned threads,
                                    char (*digests)[RQ_DIGEST_TEXT])
{
    return digest_samples(dataset, put_sample, threads, digests);
}

rq_status rq_dataset_names_digest(const rq_dataset *dataset, char digest[RQ_DIGEST_TEXT])
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    for (size_t i = 0; i < dataset->n; i++) rq_hasher_text(hasher, dataset->samples[i].name);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

rq_status rq_dataset_digest(const rq_dataset *dataset, unsigned threads,
                            char digest[RQ_DIGEST_TEXT])
{
    return digest_list(dataset, put_sample, threads, digest);
}

rq_status rq_dataset_truth_digest(const rq_dataset *dataset, unsigned threads,
                                  char digest[RQ_DIGEST_TEXT])
{
    return digest_list(dataset, put_truth, threads, digest);
}
