/* Writing TensorFlow Lite's operators as TensorFlow's, whose mapping to the IR they share: a fused
 * activation, a bias, the rounding to a quantized tensor's codes become nodes of their own. What
 * TensorFlow lacks stays an operator of TensorFlow Lite's name, for tflite_op_mapping.c's groups.
 * Private to tflite_*.c.
 *
 * Values are real numbers: where the file computes with codes (scale * (code - zero point)), a
 * value's numbers are those of the codes, behind a FakeQuantize. Failures stick in `status`. */
#ifndef RQ_IMPORT_TFLITE_TFLITE_WRITE_H
#define RQ_IMPORT_TFLITE_TFLITE_WRITE_H

#include "engine/import/tflite/tflite_model.h"

typedef struct rq_tflite_writer rq_tflite_writer;

/* A line of tflite_op_mapping.def. */
typedef struct rq_tflite_row {
    const char *name;
    int64_t code;
    int activation; /* field of the options that has a fused activation; -1: none */
    bool moves;     /* its output's codes are its inputs', where both have the same scale */
    void (*write)(rq_tflite_writer *w);
    const char *type;  /* TensorFlow's, for the function to use */
    const char *attrs; /* "name kind field,...": options that become attributes */
} rq_tflite_row;

struct rq_tflite_writer {
    rq_tflite_model *model;
    const rq_tflite_graph *graph;
    rq_framework_model *out;
    const char **real; /* by tensor: the value that has its real numbers */
    bool *written;     /* by tensor: a constant's real numbers are there */
    unsigned depth;    /* of graphs that this one is inside of */
    bool initializes;  /* the graph is called once, to assign variables */
    rq_status status;

    const rq_tflite_row *row;
    const rq_tflite_operator *op;
    const char *name;     /* of the operator: its first output's */
    const char **results; /* by output: what it is to be called before activation and rounding */
    size_t main;          /* index of the node that bears the operator's name */
};

#define RQ_VALUES(...)                                                                             \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static inline bool rq_tflite_ok(rq_tflite_writer *w, rq_status status)
{
    if (w->status == RQ_OK) w->status = status;
    return w->status == RQ_OK;
}
/* "path: 'name' (TYPE): ..." */
void rq_tflite_fail(rq_tflite_writer *w, rq_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* -- the operator being written --------------------------------------------------------------- */

/* NULL: left out. */
rq_tflite_tensor *rq_tflite_in_tensor(const rq_tflite_writer *w, size_t i);
rq_tflite_tensor *rq_tflite_out_tensor(const rq_tflite_writer *w, size_t i);
/* The value of input i, in real numbers; "" where it is left out. */
const char *rq_tflite_in(rq_tflite_writer *w, size_t i);
int64_t rq_tflite_option(rq_tflite_writer *w, unsigned field, rq_dtype dtype, int64_t fallback);
double rq_tflite_option_float(rq_tflite_writer *w, unsigned field, double fallback);
/* Number i of options that are the bytes of a C structure of 32-bit integers. */
int64_t rq_tflite_custom_int(rq_tflite_writer *w, unsigned i);

/* -- nodes ------------------------------------------------------------------------------------ */

/* A name that no value has: "name/what", "name/what_1", ... */
const char *rq_tflite_new_name(rq_tflite_writer *w, const char *name, const char *what);
/* A node of one output, called `out`; NULL: a new name. Gives the output's name. */
const char *rq_tflite_node(rq_tflite_writer *w, const char *type, const char *out,
                           const char *const *in, size_t n_in);
/* A node of all inputs and outputs of the operator as they are. */
void rq_tflite_whole_node(rq_tflite_writer *w, const char *type);
/* Attributes of the node written last. */
rq_framework_attr *rq_tflite_attr(rq_tflite_writer *w, const char *name,
                                  rq_framework_attr_kind kind);
void rq_tflite_attr_int(rq_tflite_writer *w, const char *name, int64_t value);
void rq_tflite_attr_float(rq_tflite_writer *w, const char *name, double value);
void rq_tflite_attr_text(rq_tflite_writer *w, const char *name, const char *value);
void rq_tflite_attr_dtype(rq_tflite_writer *w, const char *name, rq_dtype dtype);
void rq_tflite_attr_ints(rq_tflite_writer *w, const char *name, const int64_t *values, size_t n);
/* Those that the row lists. */
void rq_tflite_attrs_of_row(rq_tflite_writer *w);

/* Constants: a row of i32, a number. */
const char *rq_tflite_ints(rq_tflite_writer *w, const int64_t *values, size_t n);
const char *rq_tflite_int(rq_tflite_writer *w, int64_t value);
const char *rq_tflite_float(rq_tflite_writer *w, double value);
const char *rq_tflite_constant(rq_tflite_writer *w, const char *what, const rq_tensor *tensor);

/* -- quantized tensors ------------------------------------------------------------------------ */

/* Are its numbers scaled codes? */
bool rq_tflite_is_quantized(const rq_tflite_tensor *t);
/* Real numbers of the least and the greatest code. */
void rq_tflite_range(double range[2], const rq_tflite_writer *w, const rq_tflite_tensor *t);
bool rq_tflite_same_range(const rq_tflite_writer *w, const rq_tflite_tensor *a,
                          const rq_tflite_tensor *b);
/* The value `in` rounded to the tensor's codes, as real numbers, is called `out`. */
void rq_tflite_round(rq_tflite_writer *w, const char *in, const char *out,
                     const rq_tflite_tensor *t);
/* A graph's input of codes to real numbers, a graph's output of real numbers to codes. */
void rq_tflite_from_codes(rq_tflite_writer *w, const rq_tflite_tensor *t, const char *in,
                          const char *out);
void rq_tflite_to_codes(rq_tflite_writer *w, const char *in, const rq_tflite_tensor *t);

/* How weights are to lie: reshaped (rank 0: not), then transposed (n_order 0: not). */
typedef struct rq_tflite_form {
    int64_t shape[RQ_MAX_RANK], order[RQ_MAX_RANK];
    size_t rank, n_order;
} rq_tflite_form;
/* Input i in that form; codes stay what the IR keeps, and are scaled behind. */
const char *rq_tflite_weights(rq_tflite_writer *w, size_t i, const rq_tflite_form *form);
/* Input i as a bias of the products of inputs `data` and `weights`. */
const char *rq_tflite_bias(rq_tflite_writer *w, size_t i, size_t data, size_t weights);

/* -- graphs ----------------------------------------------------------------------------------- */

/* Its constants, and every tensor as its own real numbers. */
void rq_tflite_begin_graph(rq_tflite_writer *w);
void rq_tflite_write_operators(rq_tflite_writer *w);
/* Variables that the graph's operators assign are states: before it is written, and behind it. */
void rq_tflite_find_states(rq_tflite_writer *w);
void rq_tflite_leave_states(rq_tflite_writer *w);
/* What the model's signature calls this input or output, now a value's name; "" where it has none,
 * or another value is called so. */
const char *rq_tflite_signature_key(rq_tflite_writer *w, const rq_tflite_tensor *t, bool input);

/* -- what tflite_op_mapping.def names --------------------------------------------------------- */

#define RQ_TFLITE_OP(name, code, activation, moves, function, type, attrs)                         \
    void rq_tflite_write_##function(rq_tflite_writer *w);
#include "engine/import/tflite/tflite_op_mapping.def"
#undef RQ_TFLITE_OP

const rq_tflite_row *rq_tflite_find_row(const rq_tflite_operator *op);

#endif
