/* Operators that move, select, scatter and sort elements: values by hand, identities, bad input. */
#include "tests/unit/test.h"
#include "tests/unit/op_harness.h"

static float ramp[24];
static int64_t ints[8][8];
static rq_tensor in[OP_MAX];
static op_run r;

/* A 1D list of integers as input i. */
#define LIST(i, ...)                                                                               \
    do {                                                                                           \
        const int64_t list_[] = {__VA_ARGS__};                                                     \
        memcpy(ints[i], list_, sizeof list_);                                                      \
        in[i] = TENSOR(RQ_DT_I64, ints[i], sizeof list_ / sizeof *list_);                          \
    } while (0)

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < 24; i++) ramp[i] = (float)i;
    for (int i = 0; i < OP_MAX; i++) in[i] = ABSENT;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    op_close(&r);
    return 0;
}

static void reshape_copies_and_fills(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3, 4);
    LIST(1, 0, -1, 2);
    assert_ok(op_open(&r, "Reshape", "opset1", ATTRS("special_zero", "true"), in, 2, 1));
    char text[RQ_SHAPE_TEXT];
    assert_string_equal(rq_shape_text(&r.out[0].shape, text), "[2,6,2]");
}

static void reshape_refuses(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3);
    LIST(1, -1, 4);
    assert_fails(op_open(&r, "Reshape", "opset1", NULL, in, 2, 1), RQ_EFORMAT,
                 "cannot reshape [2,3] to [?,4]");
    op_close(&r);
    LIST(1, -1, -1);
    assert_fails(op_open(&r, "Reshape", "opset1", NULL, in, 2, 1), RQ_EFORMAT, "at most one -1");
    op_close(&r);
    LIST(1, INT64_MAX, INT64_MAX);
    assert_fails(op_open(&r, "Reshape", "opset1", NULL, in, 2, 1), RQ_EFORMAT, "elements");
}

static void transpose_twice_is_identity(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3, 4);
    LIST(1, 2, 0, 1);
    assert_ok(op_open(&r, "Transpose", "opset1", NULL, in, 2, 1));
    op_run back;
    rq_tensor again[] = {r.out[0], in[1]};
    LIST(1, 1, 2, 0);
    assert_ok(op_open(&back, "Transpose", "opset1", NULL, again, 2, 1));
    assert_near_f32(back.out[0].data, ramp, 24, 0, 0);
    op_close(&back);
}

static void transpose_refuses_u4(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_U4, ramp, 2, 3);
    LIST(1, 1, 0);
    assert_fails(op_open(&r, "Transpose", "opset1", NULL, in, 2, 1), RQ_EUNSUPPORTED, "u4");
    op_close(&r);
    in[0].dtype = RQ_DT_F32;
    LIST(1, 1, 1);
    assert_fails(op_open(&r, "Transpose", "opset1", NULL, in, 2, 1), RQ_EFORMAT, "appears twice");
}

static void strided_slice_masks(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3, 4);
    LIST(1, 1, 0, 0, 3);
    LIST(2, 0, 0, 0, 0);
    LIST(3, 1, 1, 1, -2);
    assert_ok(op_open(&r, "StridedSlice", "opset1",
                      ATTRS("begin_mask", "0,0,0,0", "end_mask", "0,0,0,1", "new_axis_mask",
                            "0,1,0,0", "shrink_axis_mask", "1,0,0,0", "ellipsis_mask", "0,0,1,0"),
                      in, 4, 1));
    op_expect(&r, 0, "[1,3,2]", WANT(15, 13, 19, 17, 23, 21));
    op_close(&r);
    LIST(1, 0, 5);
    LIST(2, 1, 6);
    LIST(3, 1, 1);
    assert_fails(op_open(&r, "StridedSlice", "opset1", ATTRS("shrink_axis_mask", "0,1"), in, 4, 1),
                 RQ_EARG, "index 5");
    op_close(&r);
    LIST(3, 0, 1);
    assert_fails(op_open(&r, "StridedSlice", "opset1", NULL, in, 4, 1), RQ_EFORMAT, "step 0");
}

static void slice_extremes(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 6);
    LIST(1, INT64_MAX);
    LIST(2, INT64_MIN);
    LIST(3, -4);
    assert_ok(op_open(&r, "Slice", "opset8", NULL, in, 4, 1));
    op_expect(&r, 0, "[2]", WANT(5, 1));
    op_close(&r);
    LIST(3, INT64_MIN);
    assert_ok(op_open(&r, "Slice", "opset8", NULL, in, 4, 1));
    op_expect(&r, 0, "[1]", WANT(5));
}

/* What OpenVINO 2026.4 and ONNX Runtime give; Python has nothing where begin lies before all. */
static void slices_from_before_the_first_element(void **state)
{
    (void)state;
    static const char *const types[][2] = {{"Slice", "opset8"}, {"StridedSlice", "opset1"}};
    static const struct {
        int64_t dim, begin, end, step;
        const char *shape;
        double want;
    } rows[] = {
        {6, -7, -7, -1, "[1]", 0},  {6, INT64_MIN, -100, -3, "[1]", 0},
        {6, -9, -6, -1, "[0]", 0},  {6, -9, 9, -1, "[0]", 0},
        {6, -7, 1, 1, "[1]", 0},    {6, -7, -7, 1, "[0]", 0},
        {0, -1, -2, -1, "[0]", 0},  {0, 3, INT64_MIN, -1, "[0]", 0},
        {6, 9, -100, -7, "[1]", 5}, {6, 9, 100, 1, "[0]", 0},
    };
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            in[0] = TENSOR(RQ_DT_F32, ramp, rows[i].dim);
            LIST(1, rows[i].begin);
            LIST(2, rows[i].end);
            LIST(3, rows[i].step);
            assert_ok(op_open(&r, types[t][0], types[t][1], NULL, in, 4, 1));
            op_expect(&r, 0, rows[i].shape, &rows[i].want);
            op_close(&r);
        }
}

static void pad_modes(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        double want[7];
    } rows[] = {{"constant", {9, 9, 0, 1, 2, 3, 9}},
                {"edge", {0, 0, 0, 1, 2, 3, 3}},
                {"reflect", {2, 1, 0, 1, 2, 3, 2}},
                {"symmetric", {1, 0, 0, 1, 2, 3, 3}}};
    float nine = 9;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (i) op_close(&r);
        in[0] = TENSOR(RQ_DT_F32, ramp, 4);
        LIST(1, 2);
        LIST(2, 1);
        in[3] = SCALAR(RQ_DT_F32, &nine);
        assert_ok(op_open(&r, "Pad", "opset12", ATTRS("pad_mode", rows[i].mode), in, 4, 1));
        op_expect(&r, 0, "[7]", rows[i].want);
    }
    op_close(&r);
    LIST(1, -6);
    assert_fails(op_open(&r, "Pad", "opset12", ATTRS("pad_mode", "constant"), in, 3, 1), RQ_EFORMAT,
                 "do not fit");
    op_close(&r);
    LIST(1, 4);
    assert_fails(op_open(&r, "Pad", "opset12", ATTRS("pad_mode", "reflect"), in, 3, 1), RQ_EFORMAT,
                 "too large");
}

static void range_directions(void **state)
{
    (void)state;
    float start = 1, stop = -1, step = 1;
    in[0] = SCALAR(RQ_DT_F32, &start);
    in[1] = SCALAR(RQ_DT_F32, &stop);
    in[2] = SCALAR(RQ_DT_F32, &step);
    assert_ok(op_open(&r, "Range", "opset4", ATTRS("output_type", "f32"), in, 3, 1));
    op_expect(&r, 0, "[0]", NULL);
    op_close(&r);
    step = -0.75f;
    assert_ok(op_open(&r, "Range", "opset4", ATTRS("output_type", "f32"), in, 3, 1));
    op_expect(&r, 0, "[3]", WANT(1, 0.25, -0.5));
    op_close(&r);
    step = 0;
    assert_fails(op_open(&r, "Range", "opset4", ATTRS("output_type", "f32"), in, 3, 1), RQ_EARG,
                 "step");
}

static void tile_overflow(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3);
    LIST(1, INT64_MAX, 1);
    assert_fails(op_open(&r, "Tile", "opset1", NULL, in, 2, 1), RQ_EFORMAT, "overflows");
    op_close(&r);
    LIST(1, INT64_C(1) << 40, 1);
    assert_fails(op_open(&r, "Tile", "opset1", NULL, in, 2, 1), RQ_EFORMAT, "elements");
}

static void broadcast_refuses(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3);
    LIST(1, 3, 3);
    assert_fails(op_open(&r, "Broadcast", "opset3", ATTRS("mode", "numpy"), in, 2, 1), RQ_EFORMAT,
                 "cannot broadcast [2,3] to [3,3]");
    op_close(&r);
    assert_fails(op_open(&r, "Broadcast", "opset3", ATTRS("mode", "explicit"), in, 2, 1),
                 RQ_EFORMAT, "axes mapping");
}

static void gather_by_version(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp + 1, 3, 2);
    LIST(1, -1, 0, 3);
    LIST(2, 0);
    assert_ok(op_open(&r, "Gather", "opset8", NULL, in, 3, 1));
    op_expect(&r, 0, "[3,2]", WANT(5, 6, 1, 2, 0, 0));
    op_close(&r);
    assert_ok(op_open(&r, "Gather", "opset7", NULL, in, 3, 1));
    op_expect(&r, 0, "[3,2]", WANT(0, 0, 1, 2, 0, 0));
}

static void gather_nd_by_version(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 2, 3);
    static int64_t indices[4] = {0, 2, 1, -1};
    in[1] = TENSOR(RQ_DT_I64, indices, 2, 2, 1);
    assert_ok(op_open(&r, "GatherND", "opset8", ATTRS("batch_dims", "2"), in, 2, 1));
    op_expect(&r, 0, "[2,2]", WANT(0, 5, 7, 11));
    op_close(&r);
    assert_ok(op_open(&r, "GatherND", "opset5", ATTRS("batch_dims", "2"), in, 2, 1));
    op_expect(&r, 0, "[4]", WANT(0, 5, 7, 11));
    op_close(&r);
    indices[0] = 3;
    assert_fails(op_open(&r, "GatherND", "opset8", ATTRS("batch_dims", "2"), in, 2, 1), RQ_EARG,
                 "index 3");
}

static void scatter_elements_mean(void **state)
{
    (void)state;
    int32_t values[] = {10, 20, 30, -41, 50}, updates[] = {3, -8, 4};
    in[0] = TENSOR(RQ_DT_I32, values, 5);
    LIST(1, 1, -4, 3);
    in[2] = TENSOR(RQ_DT_I32, updates, 3);
    LIST(3, 0);
    assert_ok(op_open(&r, "ScatterElementsUpdate", "opset12",
                      ATTRS("reduction", "mean", "use_init_val", "true"), in, 4, 1));
    op_expect(&r, 0, "[5]", WANT(10, 5, 30, -18, 50)); /* (20+3-8)/3; (-41+4)/2, truncated */
    op_close(&r);
    assert_ok(op_open(&r, "ScatterElementsUpdate", "opset12",
                      ATTRS("reduction", "max", "use_init_val", "false"), in, 4, 1));
    op_expect(&r, 0, "[5]", WANT(10, 3, 30, 4, 50));
    op_close(&r);
    ints[1][0] = 5;
    assert_fails(op_open(&r, "ScatterElementsUpdate", "opset12", NULL, in, 4, 1), RQ_EARG,
                 "index 5");
}

static void top_k_ties_and_nan(void **state)
{
    (void)state;
    float x[] = {1, 3, -0.0f, 3, 0, -INFINITY, INFINITY};
    in[0] = TENSOR(RQ_DT_F32, x, 7);
    ints[1][0] = 4;
    in[1] = SCALAR(RQ_DT_I64, ints[1]);
    assert_ok(op_open(&r, "TopK", "opset11", ATTRS("axis", "0", "mode", "max", "sort", "value"), in,
                      2, 2));
    op_expect(&r, 0, "[4]", WANT((double)INFINITY, 3, 3, 1));
    op_expect(&r, 1, "[4]", WANT(6, 1, 3, 0));
    op_close(&r);
    assert_ok(op_open(&r, "TopK", "opset11", ATTRS("axis", "0", "mode", "min", "sort", "value"), in,
                      2, 2));
    op_expect(&r, 1, "[4]", WANT(5, 2, 4, 0)); /* -0 and 0 are equal */
    op_close(&r);
    ints[1][0] = 8;
    assert_fails(op_open(&r, "TopK", "opset11", ATTRS("axis", "0", "mode", "min", "sort", "value"),
                         in, 2, 2),
                 RQ_EFORMAT, "k 8");
}

/* u64 and i64 beyond what a double can tell apart. */
static void top_k_wide_integers(void **state)
{
    (void)state;
    uint64_t x[] = {UINT64_MAX - 1, 5, UINT64_MAX, UINT64_C(1) << 63};
    in[0] = TENSOR(RQ_DT_U64, x, 4);
    LIST(1, 4);
    assert_ok(op_open(&r, "TopK", "opset11", ATTRS("axis", "0", "mode", "max", "sort", "value"), in,
                      2, 2));
    op_expect(&r, 1, "[4]", WANT(2, 0, 3, 1));
}

static void non_zero_places(void **state)
{
    (void)state;
    float x[] = {0, 1, 0, 2, 0, -0.0f};
    in[0] = TENSOR(RQ_DT_F32, x, 2, 3);
    assert_ok(op_open(&r, "NonZero", "opset3", NULL, in, 1, 1));
    op_expect(&r, 0, "[2,2]", WANT(0, 1, 1, 0));
}

static void unique_in_both_orders(void **state)
{
    (void)state;
    float x[] = {3, 1, 3, 2, 1, 9, 2, 2};
    in[0] = TENSOR(RQ_DT_F32, x, 8);
    assert_ok(op_open(&r, "Unique", "opset10", ATTRS("sorted", "true"), in, 1, 4));
    op_expect(&r, 0, "[4]", WANT(1, 2, 3, 9));
    op_expect(&r, 1, "[4]", WANT(1, 3, 0, 5));
    op_expect(&r, 2, "[8]", WANT(2, 0, 2, 1, 0, 3, 1, 1));
    op_expect(&r, 3, "[4]", WANT(2, 3, 2, 1));
    op_close(&r);
    assert_ok(op_open(&r, "Unique", "opset10", ATTRS("sorted", "false"), in, 1, 4));
    op_expect(&r, 0, "[4]", WANT(3, 1, 2, 9));
    op_expect(&r, 2, "[8]", WANT(0, 1, 0, 2, 1, 3, 2, 2));
}

/* Along the last axis, where OpenVINO's own answer is not to be trusted. */
static void unique_columns(void **state)
{
    (void)state;
    float x[] = {1, 0, 1, 2, /**/ 5, 4, 5, 5};
    in[0] = TENSOR(RQ_DT_F32, x, 2, 4);
    ints[1][0] = -1;
    in[1] = SCALAR(RQ_DT_I64, ints[1]);
    assert_ok(op_open(&r, "Unique", "opset10", ATTRS("sorted", "true"), in, 2, 4));
    op_expect(&r, 0, "[2,3]", WANT(0, 1, 2, 4, 5, 5));
    op_expect(&r, 2, "[4]", WANT(1, 0, 1, 2));
}

static void round_trip(const char *there, const char *back, const char *version,
                       const char *const *attrs, uint32_t n_in)
{
    assert_ok(op_open(&r, there, version, attrs, in, n_in, 1));
    op_run other;
    rq_tensor again[OP_MAX];
    memcpy(again, in, sizeof again);
    again[0] = r.out[0];
    assert_ok(op_open(&other, back, version, attrs, again, n_in, 1));
    assert_true(rq_shape_equal(&other.out[0].shape, &in[0].shape));
    assert_near_f32(other.out[0].data, in[0].data, rq_tensor_count(&in[0]), 0, 0);
    op_close(&other);
}

static void blocks_round_trip(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 1, 4, 2, 3);
    round_trip("DepthToSpace", "SpaceToDepth", "opset1",
               ATTRS("mode", "depth_first", "block_size", "2"), 1);
    op_close(&r);
    round_trip("DepthToSpace", "SpaceToDepth", "opset1",
               ATTRS("mode", "blocks_first", "block_size", "2"), 1);
    op_close(&r);
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3, 4);
    LIST(1, 1, 2, 3);
    LIST(2, 0, 1, 2);
    LIST(3, 0, 2, 0);
    round_trip("SpaceToBatch", "BatchToSpace", "opset2", NULL, 4);
}

static void blocks_refuse(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 1, 3, 2, 4);
    assert_fails(op_open(&r, "DepthToSpace", "opset1",
                         ATTRS("mode", "depth_first", "block_size", "2"), in, 1, 1),
                 RQ_EFORMAT, "multiple of 4");
    op_close(&r);
    assert_fails(op_open(&r, "SpaceToDepth", "opset1",
                         ATTRS("mode", "depth_first", "block_size", "0"), in, 1, 1),
                 RQ_EFORMAT, "block_size 0");
    op_close(&r);
    LIST(1, 1, 0, 1, 1);
    LIST(2, 0, 0, 0, 0);
    LIST(3, 0, 0, 0, 0);
    assert_fails(op_open(&r, "SpaceToBatch", "opset2", NULL, in, 4, 1), RQ_EFORMAT, "block size 0");
}

static void roll_wraps(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3);
    LIST(1, -4, 1);
    LIST(2, -1, 0);
    assert_ok(op_open(&r, "Roll", "opset7", NULL, in, 3, 1));
    op_expect(&r, 0, "[2,3]", WANT(4, 5, 3, 1, 2, 0));
}

/* No OpenVINO to compare with: its plugins run neither of them. */
static void reverse_by_index_and_mask(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3);
    LIST(1, 1);
    assert_ok(op_open(&r, "Reverse", "opset1", ATTRS("mode", "index"), in, 2, 1));
    op_expect(&r, 0, "[2,3]", WANT(2, 1, 0, 5, 4, 3));
    op_close(&r);
    LIST(1, 1, 0);
    assert_ok(op_open(&r, "Reverse", "opset1", ATTRS("mode", "mask"), in, 2, 1));
    op_expect(&r, 0, "[2,3]", WANT(3, 4, 5, 0, 1, 2));
}

static void split_lengths(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3);
    ints[1][0] = 1;
    in[1] = SCALAR(RQ_DT_I64, ints[1]);
    LIST(2, -1, 1);
    assert_ok(op_open(&r, "VariadicSplit", "opset1", NULL, in, 3, 2));
    op_expect(&r, 0, "[2,2]", WANT(0, 1, 3, 4));
    op_expect(&r, 1, "[2,1]", WANT(2, 5));
    op_close(&r);
    LIST(2, 3, 1);
    assert_fails(op_open(&r, "VariadicSplit", "opset1", NULL, in, 3, 2), RQ_EFORMAT, "expected 3");
    op_close(&r);
    assert_fails(op_open(&r, "Split", "opset1", ATTRS("num_splits", "2"), in, 2, 2), RQ_EFORMAT,
                 "multiple of num_splits");
}

static void bags(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 4, 2);
    LIST(1, 1, 3, 2);
    LIST(2, 0, 2, 2);
    LIST(3, 0);
    assert_ok(op_open(&r, "EmbeddingBagOffsets", "opset15", ATTRS("reduction", "mean"), in, 4, 1));
    op_expect(&r, 0, "[3,2]", WANT(4, 5, 0, 1, 4, 5));
    op_close(&r);
    LIST(2, 0, 2, 1);
    assert_fails(op_open(&r, "EmbeddingBagOffsetsSum", "opset3", NULL, in, 4, 1), RQ_EARG,
                 "a bag from 2 to 1");
    op_close(&r);
    LIST(2, 0, 1, 0);
    ints[3][0] = 2;
    assert_fails(op_open(&r, "EmbeddingSegmentsSum", "opset3", NULL, in, 4, 1), RQ_EARG,
                 "segment id 0 at 2");
}

/* Every element of an all-ones column image counts the windows over its place. */
static void col2im_counts_windows(void **state)
{
    (void)state;
    float ones[16];
    for (int i = 0; i < 16; i++) ones[i] = 1;
    in[0] = TENSOR(RQ_DT_F32, ones, 4, 4);
    LIST(1, 3, 3);
    LIST(2, 2, 2);
    assert_ok(op_open(&r, "Col2Im", "opset15", NULL, in, 3, 1));
    op_expect(&r, 0, "[1,3,3]", WANT(1, 2, 1, 2, 4, 2, 1, 2, 1));
    op_close(&r);
    LIST(2, 2, 3);
    assert_fails(op_open(&r, "Col2Im", "opset15", NULL, in, 3, 1), RQ_EFORMAT, "input [4,4]");
}

static void interpolate_by_hand(void **state)
{
    (void)state;
    float x[] = {0, 4};
    in[0] = TENSOR(RQ_DT_F32, x, 1, 1, 1, 2);
    LIST(1, 4);
    LIST(2, 3);
    const char *base[] = {"shape_calculation_mode", "sizes", "mode", "linear", NULL};
    assert_ok(op_open(&r, "Interpolate", "opset11", base, in, 3, 1));
    op_expect(&r, 0, "[1,1,1,4]", WANT(0, 1, 3, 4));
    op_close(&r);
    base[3] = "nearest";
    assert_ok(op_open(&r, "Interpolate", "opset11", base, in, 3, 1));
    op_expect(&r, 0, "[1,1,1,4]", WANT(0, 0, 4, 4));
    op_close(&r);
    LIST(1, 1);
    base[3] = "bilinear_pillow";
    assert_ok(op_open(&r, "Interpolate", "opset11", base, in, 3, 1));
    op_expect(&r, 0, "[1,1,1,1]", WANT(2));
}

/* Resampling a constant gives that constant, whatever the filter; growing or shrinking. */
static void interpolate_keeps_constants(void **state)
{
    (void)state;
    static const char *const modes[] = {"nearest", "linear",          "linear_onnx",
                                        "cubic",   "bilinear_pillow", "bicubic_pillow"};
    float flat[20];
    for (int i = 0; i < 20; i++) flat[i] = 3.0f;
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++) {
        if (m) op_close(&r);
        in[0] = TENSOR(RQ_DT_F32, flat, 1, 1, 4, 5);
        LIST(1, 9, 2);
        LIST(2, 2, 3);
        assert_ok(op_open(&r, "Interpolate", "opset11",
                          ATTRS("mode", modes[m], "shape_calculation_mode", "sizes"), in, 3, 1));
        float want[18];
        for (int i = 0; i < 18; i++) want[i] = 3.0f;
        assert_near_f32(r.out[0].data, want, 18, 0, 1e-6); /* weights are rounded to float */
    }
}

static void interpolate_refuses(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 1, 1, 4, 5);
    LIST(1, 0, 2);
    LIST(2, 2, 3);
    assert_fails(op_open(&r, "Interpolate", "opset11", ATTRS("mode", "cubic"), in, 3, 1),
                 RQ_EFORMAT, "size 0");
    op_close(&r);
    float scales[] = {NAN, 1};
    in[1] = TENSOR(RQ_DT_F32, scales, 2);
    assert_fails(op_open(&r, "Interpolate", "opset11",
                         ATTRS("mode", "cubic", "shape_calculation_mode", "scales"), in, 3, 1),
                 RQ_EFORMAT, "scale");
    op_close(&r);
    LIST(1, 1 << 30, 2);
    assert_fails(op_open(&r, "Interpolate", "opset11", ATTRS("mode", "linear"), in, 3, 1),
                 RQ_EUNSUPPORTED, "resampled");
}

static void axes_out_of_range(void **state)
{
    (void)state;
    in[0] = TENSOR(RQ_DT_F32, ramp, 2, 3);
    in[1] = in[0];
    assert_fails(op_open(&r, "Concat", "opset1", ATTRS("axis", "2"), in, 2, 1), RQ_EFORMAT,
                 "axis 2, expected one in [-2, 2)");
    op_close(&r);
    assert_fails(op_open(&r, "ShuffleChannels", "opset1", ATTRS("axis", "-3"), in, 1, 1),
                 RQ_EFORMAT, "axis -3");
    op_close(&r);
    LIST(1, 4);
    assert_fails(op_open(&r, "Unsqueeze", "opset1", NULL, in, 2, 1), RQ_EFORMAT, "axis 4");
    op_close(&r);
    LIST(1, 1);
    assert_fails(op_open(&r, "Squeeze", "opset1", NULL, in, 2, 1), RQ_EFORMAT, "expected 1");
    op_close(&r);
    assert_ok(op_open(&r, "Squeeze", "opset15", ATTRS("allow_axis_skip", "true"), in, 2, 1));
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(reshape_copies_and_fills),
        T(reshape_refuses),
        T(transpose_twice_is_identity),
        T(transpose_refuses_u4),
        T(strided_slice_masks),
        T(slice_extremes),
        T(slices_from_before_the_first_element),
        T(pad_modes),
        T(range_directions),
        T(tile_overflow),
        T(broadcast_refuses),
        T(gather_by_version),
        T(gather_nd_by_version),
        T(scatter_elements_mean),
        T(top_k_ties_and_nan),
        T(top_k_wide_integers),
        T(non_zero_places),
        T(unique_in_both_orders),
        T(unique_columns),
        T(blocks_round_trip),
        T(blocks_refuse),
        T(roll_wraps),
        T(reverse_by_index_and_mask),
        T(split_lengths),
        T(bags),
        T(col2im_counts_windows),
        T(interpolate_by_hand),
        T(interpolate_keeps_constants),
        T(interpolate_refuses),
        T(axes_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
