/* Fourier transforms, Inverse and transposed convolutions: known spectra, round trips, bad input.
 */
#include "tests/unit/test.h"
#include "tests/unit/op_harness.h"

static op_run r;

static int teardown(void **state)
{
    (void)state;
    op_close(&r);
    return 0;
}

static void impulse_has_flat_spectrum(void **state)
{
    (void)state;
    float x[] = {0, 1, 0, 0};
    int64_t axis = 0;
    rq_tensor in[] = {TENSOR(RQ_DT_F32, x, 4), TENSOR(RQ_DT_I64, &axis, 1)};
    assert_ok(op_open(&r, "RDFT", "opset9", NULL, in, 2, 1));
    float want[] = {1, 0, 0, -1, -1, 0}; /* exp(-i pi k / 2) */
    assert_near_f32(r.out[0].data, want, 6, 1e-7, 0);
}

/* Odd and even lengths; a spectrum that is shorter than the signal counts as padded with zeros. */
static void real_round_trip(void **state)
{
    (void)state;
    float x[] = {3, -1, 4, 1, -5, 9, 2, 6};
    int64_t axis = -1;
    for (int64_t n = 1; n <= 8; n++) {
        rq_tensor in[] = {TENSOR(RQ_DT_F32, x, n), TENSOR(RQ_DT_I64, &axis, 1),
                          TENSOR(RQ_DT_I64, &n, 1)};
        if (n > 1) op_close(&r);
        assert_ok(op_open(&r, "RDFT", "opset9", NULL, in, 2, 1));
        op_run back;
        rq_tensor again[] = {r.out[0], in[1], in[2]};
        assert_ok(op_open(&back, "IRDFT", "opset9", NULL, again, 3, 1));
        assert_near_f32(back.out[0].data, x, (size_t)n, 1e-6, 0);
        op_close(&back);
    }
    op_close(&r);
    float mean[] = {6, 0};
    int64_t three = 3;
    rq_tensor in[] = {TENSOR(RQ_DT_F32, mean, 1, 2), TENSOR(RQ_DT_I64, &axis, 1),
                      TENSOR(RQ_DT_I64, &three, 1)};
    assert_ok(op_open(&r, "IRDFT", "opset9", NULL, in, 3, 1));
    op_expect(&r, 0, "[3]", WANT(2, 2, 2));
}

static void fourier_refuses(void **state)
{
    (void)state;
    float x[6] = {0};
    int64_t axis = 0, size = 0;
    rq_tensor in[] = {TENSOR(RQ_DT_F32, x, 2, 3), TENSOR(RQ_DT_I64, &axis, 1),
                      TENSOR(RQ_DT_I64, &size, 1)};
    assert_fails(op_open(&r, "DFT", "opset7", NULL, in, 2, 1), RQ_EFORMAT, "expected 2");
    op_close(&r);
    in[0] = TENSOR(RQ_DT_F32, x, 3, 2);
    assert_fails(op_open(&r, "IDFT", "opset7", NULL, in, 3, 1), RQ_EFORMAT, "signal size 0");
    op_close(&r);
    axis = 1; /* the pairs are no axis */
    assert_fails(op_open(&r, "DFT", "opset7", NULL, in, 2, 1), RQ_EFORMAT, "axis 1");
}

static void inverse_by_hand(void **state)
{
    (void)state;
    float x[] = {0, 2, 4, 0}; /* needs a swap of rows */
    rq_tensor in[] = {TENSOR(RQ_DT_F32, x, 2, 2)};
    assert_ok(op_open(&r, "Inverse", "opset14", ATTRS("adjoint", "false"), in, 1, 1));
    op_expect(&r, 0, "[2,2]", WANT(0, 0.25, 0.5, 0));
    op_close(&r);
    assert_ok(op_open(&r, "Inverse", "opset14", ATTRS("adjoint", "true"), in, 1, 1));
    op_expect(&r, 0, "[2,2]", WANT(0, 0.5, 0.25, 0));
    op_close(&r);
    in[0] = TENSOR(RQ_DT_F32, x, 1, 4);
    assert_fails(op_open(&r, "Inverse", "opset14", NULL, in, 1, 1), RQ_EFORMAT, "square");
}

/* As in a convolution: an entry for each dimension, or none. */
static void lists_of_a_transposed_convolution_fit(void **state)
{
    static const char *const lists[] = {"strides", "dilations", "pads_begin", "output_padding"};
    (void)state;
    float x[9] = {0}, w[4] = {0};
    rq_tensor in[] = {TENSOR(RQ_DT_F32, x, 1, 1, 3, 3), TENSOR(RQ_DT_F32, w, 1, 1, 2, 2)};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        assert_fails(
            op_open(&r, "ConvolutionBackpropData", "opset1", ATTRS(lists[i], "1"), in, 2, 1),
            RQ_EFORMAT, "has 1 entries, expected 2");
        op_close(&r);
    }
    assert_ok(op_open(&r, "ConvolutionBackpropData", "opset1", NULL, in, 2, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(lists_of_a_transposed_convolution_fit, teardown),
        cmocka_unit_test_teardown(impulse_has_flat_spectrum, teardown),
        cmocka_unit_test_teardown(real_round_trip, teardown),
        cmocka_unit_test_teardown(fourier_refuses, teardown),
        cmocka_unit_test_teardown(inverse_by_hand, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
