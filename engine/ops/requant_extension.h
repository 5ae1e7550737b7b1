/* requant_extension.h: custom operators for requant, in a shared library.
 *
 *     #include <requant_extension.h>
 *
 *     static int infer(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in,
 *                      size_t n_out, rq_x_tensor *out)
 *     {
 *         out[0].type = in[0].type;
 *         out[0].rank = in[0].rank;
 *         for (int i = 0; i < in[0].rank; i++) out[0].dims[i] = in[0].dims[i];
 *         return 0;
 *     }
 *     static int run(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in,
 *                    size_t n_out, rq_x_tensor *out)
 *     {
 *         const float *x = in[0].data;
 *         float *y = out[0].data, limit = (float)attrs[0].f;
 *         for (int64_t i = 0; i < rq_x_count(&in[0]); i++)
 *             y[i] = x[i] > limit || x[i] < -limit ? x[i] : 0;
 *         return 0;
 *     }
 *     static const rq_x_attr attrs[] = {{"lambd", "lambd", RQ_X_FLOAT, "0.5"}};
 *     static const char *const from[] = {"onnx:com.example:HardShrink", "tf:HardShrink",
 *                                        "caffe:HardShrink", NULL};
 *     static const rq_x_op ops[] = {{.type = "HardShrink", .opset = "extension", .from = from,
 *                                    .attrs = attrs, .n_attrs = 1, .min_in = 1, .max_in = 1,
 *                                    .n_out = 1, .infer = infer, .run = run}};
 *     static const rq_x_library library = {.abi = RQ_X_ABI, .n_ops = 1, .ops = ops};
 *     const rq_x_library *rq_extension(void) { return &library; }
 *
 * Built with `cc -shared -fPIC -O2 hardshrink.c -o libhardshrink.so`; every command that reads a
 * model takes it by `--extensions ./libhardshrink.so`. Built together with requant_openvino.cpp,
 * OpenVINO takes the same file (core.add_extension). `requant extension new NAME` writes all of it.
 *
 * Custom operators stay in floating point; what lies around them is quantized. They must be
 * functions of their inputs and attributes alone: what has constant inputs is computed once, and
 * two that are alike are merged. `infer` and `run` are called by several threads at once. */
#ifndef REQUANT_EXTENSION_H
#define REQUANT_EXTENSION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header: a library of another number is refused. */
#define RQ_X_ABI 1

#define RQ_X_MAX_RANK 8
#define RQ_X_MAX_PORTS 32 /* inputs, and outputs, of one operator */

/* What `infer` returns where shapes depend on data that is not there yet (data is NULL): it is
 * called again with it, before `run`. The types of the outputs must be set all the same. */
#define RQ_X_LATER (-1)

enum rq_x_type {
    RQ_X_NONE = 0, /* of an optional input that is left out; no output has it */
    RQ_X_F32 = 1,
    RQ_X_F16 = 2,  /* to infer only: run sees every floating-point type as f32, both ways */
    RQ_X_BF16 = 3, /* likewise */
    RQ_X_F64 = 4,  /* likewise */
    RQ_X_I8 = 5,
    RQ_X_I16 = 6,
    RQ_X_I32 = 7,
    RQ_X_I64 = 8,
    RQ_X_U8 = 9,
    RQ_X_U16 = 10,
    RQ_X_U32 = 11,
    RQ_X_U64 = 12,
    RQ_X_BOOL = 13 /* one byte, 0 or 1 */
};

/* Dense, row-major: dims[rank - 1] is innermost; rank 0 is one element. */
typedef struct rq_x_tensor {
    int32_t type; /* enum rq_x_type */
    int32_t rank; /* 0 to RQ_X_MAX_RANK */
    int64_t dims[RQ_X_MAX_RANK];
    /* Inputs are only read. In infer: NULL, unless the input is constant. In run: NULL only of an
     * input that is left out, and where there are no elements. Outputs are allocated, to the shape
     * that infer gave, and hold anything. */
    void *data;
} rq_x_tensor;

static inline int64_t rq_x_count(const rq_x_tensor *tensor)
{
    int64_t n = 1;
    for (int32_t i = 0; i < tensor->rank; i++) n *= tensor->dims[i];
    return n;
}

/* What an attribute holds. A value that is not of its kind is refused before infer is called. */
enum rq_x_kind {
    RQ_X_INT = 1, /* a boolean is 0 or 1 */
    RQ_X_FLOAT = 2,
    RQ_X_STRING = 3,
    RQ_X_INTS = 4,
    RQ_X_FLOATS = 5
};

typedef struct rq_x_attr {
    const char *name;       /* in the IR's <data> */
    const char *model_name; /* in the framework's model; NULL: the same */
    int32_t kind;           /* enum rq_x_kind */
    const char *fallback;   /* text where the model has none: "0.5", "1,2"; NULL: it is required */
} rq_x_attr;

/* The value of one attribute; the member of its kind is set. */
typedef struct rq_x_value {
    int64_t i;
    double f;
    const char *s;
    struct {
        size_t n;
        const int64_t *v;
    } ints;
    struct {
        size_t n;
        const double *v;
    } floats;
} rq_x_value;

/* Types, ranks and dims of the n_out outputs from those of the inputs, all of which are known.
 * 0, RQ_X_LATER, or a number of the library's own: the model is refused (rq_x_library.explain). */
typedef int rq_x_infer_fn(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                          rq_x_tensor *out);
/* Fills the outputs' data. 0, or a number of the library's own: the run fails. */
typedef int rq_x_run_fn(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                        rq_x_tensor *out);

typedef struct rq_x_op {
    const char *type;        /* of the IR's layer: letters, digits and _; none of the IR's own */
    const char *opset;       /* of the IR's layer: "extension"; not "opset1" and the like */
    const char *const *from; /* ends with NULL, may be NULL: "onnx:DOMAIN:Op" ("onnx::Op" is of
                              * ONNX's own domain), "tf:Op", "caffe:Type" */
    const rq_x_attr *attrs;  /* their values come in this order */
    size_t n_attrs;
    uint32_t min_in, max_in; /* inputs that it takes; further ones are refused */
    uint32_t n_out;          /* at least 1 */
    rq_x_infer_fn *infer;
    rq_x_run_fn *run;
} rq_x_op;

typedef struct rq_x_library {
    uint32_t abi; /* RQ_X_ABI */
    uint32_t n_ops;
    const rq_x_op *ops;
    const char *(*explain)(int code); /* text of such a number; NULL, and may give NULL */
} rq_x_library;

/* The one symbol that a library has to have. What it gives lives as long as the library, and does
 * not change. */
const rq_x_library *rq_extension(void);

#ifdef __cplusplus
}
#endif

#endif
