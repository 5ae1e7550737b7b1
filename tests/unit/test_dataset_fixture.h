/* The images and expected values in tests/data/images (made by its gen.py). */
#ifndef RQ_TESTS_DATASET_FIXTURE_H
#define RQ_TESTS_DATASET_FIXTURE_H

#include "tests/unit/test.h"

#include "datasets/image/image.h"
#include "datasets/arrays/npy.h"
#include "engine/base/file.h"

#define FIXTURES "tests/data/images/"

static inline uint8_t *fixture_bytes(const char *name, size_t *size)
{
    char path[256], *data;
    snprintf(path, sizeof path, FIXTURES "%s", name);
    assert_ok(rq_read_file(&data, size, path, 1 << 20));
    return (uint8_t *)data;
}

static inline rq_tensor fixture_array(const char *name)
{
    char path[256];
    rq_tensor array;
    snprintf(path, sizeof path, FIXTURES "%s.npy", name);
    assert_ok(rq_npy_read(&array, path));
    return array;
}

/* The image has the height, width and pixels of the array FIXTURES name.npy. */
static inline void assert_image_is(const rq_image *image, const char *name)
{
    rq_tensor want = fixture_array(name);
    assert_int_equal(want.dtype, RQ_DT_U8);
    assert_int_equal(image->height, want.shape.d[0]);
    assert_int_equal(image->width, want.shape.d[1]);
    assert_int_equal(image->channels, 3);
    const uint8_t *pixels = want.data;
    for (size_t i = 0; i < rq_tensor_count(&want); i++)
        if (image->pixels[i] != pixels[i])
            fail_msg("%s: byte %zu is %u, want %u", name, i, image->pixels[i], pixels[i]);
    free(want.data);
}

#endif
