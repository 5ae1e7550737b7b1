/* Yolov3DetectionOutput of two maps, against a loop over all boxes and classes. */
#include "tests/unit/test.h"

#include "tests/unit/import_run.h"

#include <math.h>
#include <stdlib.h>

enum { BOXES = 2, CLASSES = 2, ROWS = 5 + CLASSES, SIDE = 4, DEPTH = BOXES * ROWS, MOST = 80 };
#define AREA (SIDE * SIDE)

/* The second map is the first's maxima of 2 x 2. */
#define NET(threshold)                                                                             \
    "input: 'data' input_shape { dim: 1 dim: 14 dim: 4 dim: 4 }\n"                                 \
    "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p'"                                    \
    " pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"                                    \
    "layer { name: 'y' type: 'Yolov3DetectionOutput' bottom: 'p' bottom: 'data' top: 'y'"          \
    " yolov3_detection_output_param { num_classes: 2 num_box: 2 nms_threshold: 0.45"               \
    " confidence_threshold: " threshold " biases: 10 biases: 14 biases: 23 biases: 27 biases: 37"  \
    " biases: 58 biases: 81 biases: 82.5 mask: 2 mask: 3 mask: 0 mask: 1"                          \
    " anchors_scale: 32 anchors_scale: 16 mask_group_num: 2 } }\n"

typedef struct found {
    double x, y, w, h, certain;
    int class;
} found;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static int by_certainty(const void *a, const void *b)
{
    double x = ((const found *)a)->certain, y = ((const found *)b)->certain;
    return (x < y) - (x > y);
}

static double shared(double x, double w, double v, double u)
{
    return fmax(0, fmin(x + w / 2, v + u / 2) - fmax(x - w / 2, v - u / 2));
}

static double overlap(const found *a, const found *b)
{
    double both = shared(a->x, a->w, b->x, b->w) * shared(a->y, a->h, b->y, b->h);
    return both / (a->w * a->h + b->w * b->h - both);
}

static size_t read_map(found *out, const float *x, int side, const double *biases, double scale,
                       double least)
{
    size_t n = 0;
    for (int s = 0; s < side * side; s++)
        for (int k = 0; k < BOXES; k++) {
            double v[ROWS];
            for (int c = 0; c < ROWS; c++) v[c] = (double)x[(k * ROWS + c) * side * side + s];
            for (int c = 0; c < CLASSES; c++) {
                found f = {(sigmoid(v[0]) + s % side) / side,
                           (sigmoid(v[1]) + s / side) / side,
                           exp(v[2]) * biases[2 * k] / (side * scale),
                           exp(v[3]) * biases[2 * k + 1] / (side * scale),
                           sigmoid(v[4]) * sigmoid(v[5 + c]),
                           c};
                if (f.certain > least) out[n++] = f;
            }
        }
    return n;
}

static size_t detect(found *out, const float *x, double least)
{
    static const double small[] = {10, 14, 23, 27}, large[] = {37, 58, 81, 82.5};
    float p[DEPTH * AREA / 4];
    size_t kept = 0;
    for (int i = 0; i < DEPTH * AREA / 4; i++) {
        const float *at = &x[i / 4 * AREA + i % 4 / 2 * 2 * SIDE + i % 2 * 2];
        p[i] = fmaxf(fmaxf(at[0], at[1]), fmaxf(at[SIDE], at[SIDE + 1]));
    }
    size_t n = read_map(out, p, SIDE / 2, large, 32, least);
    n += read_map(out + n, x, SIDE, small, 16, least);
    qsort(out, n, sizeof *out, by_certainty);
    for (size_t i = 0; i < n; i++) {
        bool free_place = true;
        for (size_t k = 0; k < kept; k++) free_place &= overlap(&out[k], &out[i]) < 0.45;
        if (free_place) out[kept++] = out[i];
    }
    return kept;
}

static void open_net(void **state, import_run *r, const char *net)
{
    import_open(r,
                &(rq_import_files){.model = scratch_file(state, "n.prototxt", net, strlen(net))});
}

static void boxes_of_two_maps(void **state)
{
    import_run r;
    found want[MOST];
    float x[DEPTH * AREA];
    import_fill(x, DEPTH * AREA, 7);
    for (int i = 0; i < DEPTH * AREA; i++) x[i] *= 2;
    open_net(state, &r, NET("0.3"));
    size_t n = detect(want, x, 0.3);
    const rq_tensor *y = import_compute(&r, x);
    assert_true(n > 4 && n < 40);
    assert_int_equal(rq_tensor_count(y), 7 * n);
    for (size_t i = 0; i < n; i++) {
        const float *got = (const float *)y->data + 7 * i;
        const found *f = &want[i];
        const float row[] = {0,
                             (float)(f->class + 1),
                             (float)f->certain,
                             (float)(f->x - f->w / 2),
                             (float)(f->y - f->h / 2),
                             (float)(f->x + f->w / 2),
                             (float)(f->y + f->h / 2)};
        assert_near_f32(got, row, 7, 1e-5, 1e-5);
    }
    import_close(&r);
}

static void nothing(void **state)
{
    import_run r;
    static const float x[DEPTH * AREA], none[] = {0, -1, -1, -1, -1, -1, -1};
    open_net(state, &r, NET("0.9"));
    const rq_tensor *y = import_compute(&r, x);
    assert_true(rq_shape_equal(&y->shape, &(rq_shape){4, {1, 1, 1, 7}}));
    assert_near_f32(y->data, none, 7, 0, 0);
    import_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(boxes_of_two_maps, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(nothing, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
