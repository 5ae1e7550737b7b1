#include "datasets/loader.h"

#include "datasets/image/decode.h"
#include "datasets/generated.h"
#include "engine/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_RATIO 6 /* width to height, where the width is open: lines of text */
#define MAX_FILE_BYTES ((off_t)1 << 30)

void rq_loader_scratch_free(rq_loader_scratch *scratch)
{
    if (!scratch) return;
    free(scratch->file);
    rq_image_free(&scratch->decoded);
    rq_image_free(&scratch->spare);
    rq_image_free(&scratch->resized);
    rq_resize_scratch_free(&scratch->resize);
    *scratch = (rq_loader_scratch){0};
}

static rq_status reserve_file(rq_loader_scratch *scratch, size_t size)
{
    if (size <= scratch->file_capacity) return RQ_OK;
    free(scratch->file);
    scratch->file = NULL;
    scratch->file_capacity = 0;
    RQ_TRY(rq_alloc_aligned(&scratch->file, size, "an image file"));
    scratch->file_capacity = size;
    return RQ_OK;
}

static rq_status read_whole(int fd, rq_loader_scratch *scratch, size_t *size)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return rq_fail(RQ_EIO, "cannot be read: %s", strerror(errno));
    if (!S_ISREG(info.st_mode)) return rq_fail(RQ_EIO, "not a regular file");
    if (info.st_size > MAX_FILE_BYTES)
        return rq_fail(RQ_EFORMAT, "%lld bytes are too many for an image", (long long)info.st_size);
    RQ_TRY(reserve_file(scratch, (size_t)info.st_size));
    *size = 0;
    while (*size < (size_t)info.st_size) {
        ssize_t got = read(fd, scratch->file + *size, (size_t)info.st_size - *size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return rq_fail(RQ_EIO, "cannot be read: %s", strerror(errno));
        if (got == 0) break; /* cut short meanwhile: the decoder will tell */
        *size += (size_t)got;
    }
    return RQ_OK;
}

/* Not mapped: a file that shrinks while it is decoded would end the process. */
static rq_status read_image_file(const char *path, rq_loader_scratch *scratch, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return rq_fail(RQ_EIO, "cannot be opened: %s", strerror(errno));
    rq_status status = read_whole(fd, scratch, size);
    close(fd);
    return status;
}

static rq_status load_file(rq_image *out, const rq_image_plan *plan, const char *path,
                           rq_loader_scratch *scratch)
{
    size_t size = 0;
    rq_decode_options options = {.least_side = rq_image_plan_least_side(plan),
                                 .keep_orientation = plan->settled.ignore_orientation};
    RQ_TRY(read_image_file(path, scratch, &size));
    return rq_decode(out, &scratch->spare, scratch->file, size, &options);
}

/* As large as the model sees it, and a margin for cropping. */
static rq_status generate(rq_image *out, const rq_image_plan *plan, const char *name)
{
    const int *cut = plan->settled.rectangle;
    int least = plan->settled.resize_shorter;
    int width = plan->width > least ? plan->width : least;
    int height = plan->height > least ? plan->height : least;
    if (!width) width = height * LINE_RATIO;
    if (!height) height = width;
    if (cut[2]) {
        width = cut[0] + cut[2];
        height = cut[1] + cut[3];
    }
    return rq_generate_image(out, name, width, height);
}

static rq_status load_pixels(const rq_image_plan *plan, const char *path,
                             rq_loader_scratch *scratch)
{
    rq_resize_job job;
    const int *cut = plan->settled.rectangle;
    rq_image *image = &scratch->decoded;
    RQ_TRY(rq_is_generated(path) ? generate(image, plan, path)
                                 : load_file(image, plan, path, scratch));
    if (plan->channels == 1) rq_image_to_gray(image);
    RQ_TRY(rq_image_plan_view(&scratch->view, plan, image));
    if (cut[2]) RQ_TRY(rq_image_cut(image, cut[0], cut[1], cut[2], cut[3]));
    RQ_TRY(rq_image_plan_job(&job, plan, image->width, image->height));
    RQ_TRY(rq_resize(&scratch->resized, image, &job, &scratch->resize));
    return rq_image_plan_pad(&scratch->resized, &scratch->spare, plan, &job);
}

rq_status rq_load_pixels(const rq_image_plan *plan, const char *path, rq_loader_scratch *scratch)
{
    bool turn = false;
    scratch->decoded.turn = scratch->spare.turn = &turn;
    rq_status status = load_pixels(plan, path, scratch);
    if (turn) {
        rq_image_free(&scratch->decoded);
        rq_image_free(&scratch->spare);
        rq_image_end_turn();
    }
    scratch->decoded.turn = scratch->spare.turn = scratch->resized.turn = NULL;
    return status;
}

rq_status rq_load_image(float *out, const rq_image_plan *plan, const char *path,
                        rq_loader_scratch *scratch)
{
    RQ_TRY(rq_load_pixels(plan, path, scratch));
    rq_image_plan_normalise(out, plan, &scratch->resized);
    return RQ_OK;
}
