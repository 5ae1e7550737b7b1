#include "tests/unit/test_dataset_fixture.h"

#include "datasets/image/decode.h"
#include "datasets/image/encode.h"
#include "datasets/image/exif.h"
#include "engine/base/rng.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

static const char *const files[] = {"color.jpg",
                                    "progressive.jpg",
                                    "gray.jpg",
                                    "cmyk.jpg",
                                    "ycck.jpg",
                                    "palette.png",
                                    "gray1.png",
                                    "gray2.png",
                                    "gray4.png",
                                    "gray-trns.png",
                                    "gray-alpha.png",
                                    "alpha.png",
                                    "rgb16.png",
                                    "gray16.png",
                                    "exif.png",
                                    "interlaced.png",
                                    "interlaced-gray2.png",
                                    "lossy.webp",
                                    "lossless.webp",
                                    "alpha.webp",
                                    "exif.webp",
                                    "rgb.bmp",
                                    "palette.bmp",
                                    "gray.bmp",
                                    "bits.bmp",
                                    "alpha.bmp",
                                    "rgb.tif",
                                    "lzw.tif",
                                    "gray.tif",
                                    "palette.tif",
                                    "alpha.tif"};
enum { FILES = sizeof files / sizeof *files };

static rq_image image, spare; /* kept from test to test: buffers are meant to be used again */
static const rq_decode_options plainly = {0};

static int free_images(void **state)
{
    (void)state;
    rq_image_free(&image);
    rq_image_free(&spare);
    return 0;
}

static void pixels_are_pillows(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        size_t size;
        uint8_t *data = fixture_bytes(files[i], &size);
        assert_ok(rq_decode(&image, &spare, data, size, &plainly));
        assert_image_is(&image, files[i]);
        free(data);
    }
}

/* Offset of the orientation's low byte in exif.jpg: the big-endian entry of tag 0x0112. */
static size_t find_orientation(const uint8_t *data, size_t size)
{
    static const uint8_t entry[] = {1, 0x12, 0, 3, 0, 0, 0, 1, 0};
    const uint8_t *found = memmem(data, size, entry, sizeof entry);
    assert_non_null(found);
    return (size_t)(found - data) + sizeof entry;
}

static void all_orientations_are_turned_upright(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bytes("exif.jpg", &size);
    size_t at = find_orientation(data, size);
    for (uint8_t o = 1; o <= 8; o++) {
        char name[16];
        snprintf(name, sizeof name, "exif-%u", o);
        data[at] = o;
        assert_ok(rq_decode(&image, &spare, data, size, &plainly));
        assert_image_is(&image, name);
    }
    free(data);
}

static void orientation_can_be_ignored_and_nonsense_is(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bytes("exif.jpg", &size);
    rq_decode_options keep = {.keep_orientation = true};
    assert_ok(rq_decode(&image, &spare, data, size, &keep));
    assert_image_is(&image, "exif-1");
    data[find_orientation(data, size)] = 9;
    assert_ok(rq_decode(&image, &spare, data, size, &plainly));
    assert_image_is(&image, "exif-1");
    free(data);
}

static void exif_cannot_lead_astray(void **state)
{
    (void)state;
    uint8_t tiff[] = {'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3,
                      0,   1,   0,   0, 0, 7, 0, 0, 0, 0, 0,    0, 0};
    for (size_t size = 0; size <= sizeof tiff; size++) {
        uint8_t *exact = malloc(size ? size : 1); /* so that ASan sees any byte read too far */
        memcpy(exact, tiff, size);
        assert_int_equal(rq_exif_orientation(exact, size), size < 20 ? 1 : 7);
        free(exact);
    }
    tiff[8] = tiff[9] = 0xFF; /* 65535 entries */
    assert_int_equal(rq_exif_orientation(tiff, sizeof tiff), 7);
    memset(tiff + 4, 0xFF, 4); /* directory at 4 GB */
    assert_int_equal(rq_exif_orientation(tiff, sizeof tiff), 1);
}

/* Every proper prefix of a file is damaged, also one that lacks only the end mark; but for the four
 * bytes that end a TIFF and tell that it has one page. */
static void cut_files_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        size_t size;
        uint8_t *data = fixture_bytes(files[i], &size);
        size_t end = strstr(files[i], ".tif") ? size - 4 : size;
        for (size_t cut = 0; cut < end; cut++) {
            uint8_t *exact = malloc(cut ? cut : 1);
            memcpy(exact, data, cut);
            if (rq_decode(&image, &spare, exact, cut, &plainly) == RQ_OK)
                fail_msg("%s: the first %zu of %zu bytes were accepted", files[i], cut, size);
            free(exact);
        }
        free(data);
    }
}

static void an_early_end_mark_is_refused(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bytes("photo.jpg", &size);
    data[size / 2] = 0xFF;
    data[size / 2 + 1] = 0xD9;
    assert_fails(rq_decode(&image, &spare, data, size, &plainly), RQ_EFORMAT, "damaged JPEG");
    free(data);
}

static void a_flipped_bit_in_a_png_is_refused(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bytes("alpha.png", &size);
    uint8_t *idat = memmem(data, size, "IDAT", 4);
    assert_non_null(idat);
    idat[20] ^= 1;
    assert_fails(rq_decode(&image, &spare, data, size, &plainly), RQ_EFORMAT, "damaged PNG");
    free(data);
}

static void other_files_are_named_for_what_they_are(void **state)
{
    (void)state;
    const uint8_t text[] = "hello, I am a text";
    assert_fails(rq_decode(&image, &spare, text, sizeof text, &plainly), RQ_EUNSUPPORTED,
                 "not a JPEG, PNG, WebP, BMP or TIFF image: it begins with 68 65 6c");
    assert_fails(rq_decode(&image, &spare, text, 0, &plainly), RQ_EUNSUPPORTED, "empty");
}

static void huge_sizes_take_no_memory(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bytes("color.jpg", &size);
    uint8_t *frame = memmem(data, size, "\xFF\xC0", 2); /* length, precision, height, width */
    assert_non_null(frame);
    memcpy(frame + 5, "\xFF\xDC\xFF\xDC", 4); /* 65500 x 65500 */
    assert_fails(rq_decode(&image, &spare, data, size, &plainly), RQ_EFORMAT, "65500x65500 pixels");
    memcpy(frame + 5, "\x3E\x80\x3E\x80", 4); /* 16000 x 16000 */
    assert_fails(rq_decode(&image, &spare, data, size, &plainly), RQ_EFORMAT,
                 "16000x16000 pixels cannot be in a JPEG file of");
    free(data);
    assert_fails(rq_image_check_size(0, 5), RQ_EFORMAT, "0x5");
    assert_fails(rq_image_check_size(65501, 5), RQ_EFORMAT, "65501x5");
    assert_ok(rq_image_check_size(65500, 4000));
}

/* 16800 x 16000 gray pixels, all of one value: each block is "no difference" 00 and "end of block"
 * 1010 in the standard code, four of them 3 bytes. */
static uint8_t *vast_jpeg(size_t *size)
{
    static const uint8_t four_blocks[3] = {0x28, 0xA2, 0x8A};
    const size_t bytes = (size_t)16800 * 16000 / 64 / 4 * 3;
    uint8_t *small = NULL;
    rq_image gray = {0};
    assert_ok(rq_image_reserve(&gray, 8, 8, 1));
    memset(gray.pixels, 128, 64);
    assert_ok(rq_encode_jpeg(&small, size, &gray, 90));
    rq_image_free(&gray);
    uint8_t *frame = memmem(small, *size, "\xFF\xC0", 2),
            *scan = memmem(small, *size, "\xFF\xDA", 2);
    assert_true(frame && scan);
    memcpy(frame + 5, "\x3E\x80\x41\xA0", 4);
    size_t head = (size_t)(scan - small) + 2 + scan[3];
    uint8_t *vast = malloc(head + bytes + 2);
    memcpy(vast, small, head);
    for (size_t i = 0; i < bytes; i++) vast[head + i] = four_blocks[i % 3];
    memcpy(vast + head + bytes, "\xFF\xD9", 2);
    *size = head + bytes + 2;
    free(small);
    return vast;
}

/* More pixels than an image may have: the decoder itself makes fewer of them. */
static void a_vast_jpeg_is_read_smaller(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = vast_jpeg(&size);
    const rq_decode_options options = {.least_side = 224};
    assert_ok(rq_decode(&image, &spare, data, size, &options));
    assert_int_equal(image.width, 16800 / 8);
    assert_int_equal(image.height, 16000 / 8);
    assert_int_equal(image.full_width, 16800);
    assert_int_equal(image.pixels[0], 128);
    free(data);
}

/* -- large images ------------------------------------------------------------------------------ */

static atomic_int holders, most_holders;

static void *reserve_a_large_one(void *unused)
{
    (void)unused;
    bool turn = false;
    rq_image large = {.turn = &turn}, more = {.turn = &turn};
    assert_ok(rq_image_reserve(&large, 8192, 8192, 3)); /* of which little is touched */
    assert_true(turn);
    int now = atomic_fetch_add(&holders, 1) + 1;
    if (now > atomic_load(&most_holders)) atomic_store(&most_holders, now);
    assert_ok(rq_image_reserve(&more, 8192, 8192, 3)); /* the turn is had already */
    poll(NULL, 0, 20);
    atomic_fetch_sub(&holders, 1);
    rq_image_free(&large);
    rq_image_free(&more);
    rq_image_end_turn();
    return NULL;
}

static void large_images_are_had_one_at_a_time(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reserve_a_large_one, NULL), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_int_equal(most_holders, 1);
    bool turn = false;
    rq_image small = {.turn = &turn};
    assert_ok(rq_image_reserve(&small, 1000, 1000, 3));
    assert_false(turn);
    rq_image_free(&small);
}

/* Whatever a mutated file does, it must not crash, and the image must stay within limits. */
static void mutated_files_do_no_harm(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 11);
    for (size_t i = 0; i < FILES; i++) {
        size_t size;
        uint8_t *data = fixture_bytes(files[i], &size);
        uint8_t *copy = malloc(size);
        for (int round = 0; round < 150; round++) {
            memcpy(copy, data, size);
            for (uint64_t n = 1 + rq_rng_below(&rng, 4); n; n--)
                copy[rq_rng_below(&rng, size)] = (uint8_t)rq_rng_u64(&rng);
            if (rq_decode(&image, &spare, copy, size, &plainly) == RQ_OK)
                assert_ok(rq_image_check_size(image.width, image.height));
        }
        free(copy);
        free(data);
    }
}

static void scaled_decoding_keeps_the_least_side(void **state)
{
    (void)state;
    static const struct {
        int least, width, height;
    } cases[] = {{0, 200, 150}, {76, 200, 150}, {75, 100, 75},
                 {38, 100, 75}, {37, 50, 38},   {1, 25, 19}};
    size_t size;
    uint8_t *data = fixture_bytes("photo.jpg", &size);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_decode_options options = {.least_side = cases[i].least};
        assert_ok(rq_decode(&image, &spare, data, size, &options));
        assert_int_equal(image.width, cases[i].width);
        assert_int_equal(image.height, cases[i].height);
    }
    free(data);
}

/* A half-size pixel is about the mean of the four it stands for. */
static void scaled_decoding_shows_the_same_picture(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bytes("photo.jpg", &size);
    rq_decode_options half = {.least_side = 75};
    rq_image full = {0};
    assert_ok(rq_decode(&full, &spare, data, size, &plainly));
    assert_ok(rq_decode(&image, &spare, data, size, &half));
    double total = 0;
    for (int y = 0; y < 75; y++)
        for (int x = 0; x < 300; x++) {
            const uint8_t *p = full.pixels + 2 * y * 600 + (x / 3) * 6 + x % 3;
            total += fabs(image.pixels[y * 300 + x] - (p[0] + p[3] + p[600] + p[603]) / 4.0);
        }
    assert_true(total / (75 * 300) < 2.0); /* of 255; a shift by one pixel would give over 8 */
    rq_image_free(&full);
    free(data);
}

static void gray_is_bt601(void **state)
{
    (void)state;
    assert_ok(rq_image_reserve(&image, 4, 1, 3));
    const uint8_t pixels[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77};
    memcpy(image.pixels, pixels, sizeof pixels);
    rq_image_to_gray(&image);
    const uint8_t want[] = {76, 150, 29, 77}; /* 0.299, 0.587, 0.114 of 255 */
    assert_int_equal(image.channels, 1);
    assert_memory_equal(image.pixels, want, sizeof want);
}

static void names_tell_images_in_any_case(void **state)
{
    (void)state;
    char text[RQ_EXTENSIONS_TEXT];
    assert_true(rq_decode_is_image_name("a/b.JPEG"));
    assert_true(rq_decode_is_image_name("b.Png"));
    assert_false(rq_decode_is_image_name("b.png.txt"));
    assert_false(rq_decode_is_image_name(".png"));
    assert_false(rq_decode_is_image_name("jpg"));
    assert_string_equal(rq_decode_extensions(text),
                        ".jpg .jpeg .jpe .jfif .png .webp .bmp .tif .tiff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_are_pillows),
        cmocka_unit_test(all_orientations_are_turned_upright),
        cmocka_unit_test(orientation_can_be_ignored_and_nonsense_is),
        cmocka_unit_test(exif_cannot_lead_astray),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(an_early_end_mark_is_refused),
        cmocka_unit_test(a_flipped_bit_in_a_png_is_refused),
        cmocka_unit_test(other_files_are_named_for_what_they_are),
        cmocka_unit_test(huge_sizes_take_no_memory),
        cmocka_unit_test(a_vast_jpeg_is_read_smaller),
        cmocka_unit_test(large_images_are_had_one_at_a_time),
        cmocka_unit_test(mutated_files_do_no_harm),
        cmocka_unit_test(scaled_decoding_keeps_the_least_side),
        cmocka_unit_test(scaled_decoding_shows_the_same_picture),
        cmocka_unit_test(gray_is_bt601),
        cmocka_unit_test(names_tell_images_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, free_images);
}
