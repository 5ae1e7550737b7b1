/* How TensorFlow writes what a node reads. Private to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_INPUT_TEXT_H
#define RQ_IMPORT_TENSORFLOW_TF_INPUT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Longer names than any framework makes: names of inlined nodes are copies. */
#define RQ_TF_MAX_NAME 1000

/* "name", "name:2" in a graph; "name:argument:2" in a function. */
typedef struct rq_tf_input_text {
    char name[RQ_TF_MAX_NAME + 1];
    char argument[128]; /* "": none */
    uint32_t output;
} rq_tf_input_text;

/* False for what is none, or too long. */
bool rq_tf_split_input(rq_tf_input_text *out, const char *text);

#endif
