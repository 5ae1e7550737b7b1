/* requant ops: the operators, their opset versions and what quantization does with them. */
#include "engine/cli/command.h"
#include "engine/ops/op.h"

#include <stdio.h>

static const char *role_name(rq_role role)
{
    static const char *const names[] = {
        [RQ_ROLE_FLOAT] = "float",         [RQ_ROLE_WEIGHTED] = "quantized, with weights",
        [RQ_ROLE_QUANTIZE] = "quantized",  [RQ_ROLE_ACTIVATION] = "fused activation",
        [RQ_ROLE_PASS] = "passes through", [RQ_ROLE_CONCAT] = "passes, one scale",
        [RQ_ROLE_SHAPE] = "shape only",
    };
    return names[role];
}

static void opset_text(char *text, size_t size, const rq_op *op)
{
    uint32_t opsets = op->opsets;
    size_t n = 0;
    if (op->opset || opsets == RQ_OPSET_ANY) {
        snprintf(text, size, "%s", op->opset ? op->opset : "any");
        return;
    }
    text[0] = '\0';
    for (int i = 0; i < 32 && n < size; i++)
        if (opsets & RQ_OPSET(i))
            n += (size_t)snprintf(text + n, size - n, "%s%d", n ? "," : "", i);
}

static rq_status run(const rq_args *args)
{
    (void)args;
    printf("%-32s %-14s %s\n", "operator", "opsets", "quantization");
    for (size_t i = 0; i < rq_op_count(); i++) {
        const rq_op *op = rq_op_at(i);
        char opsets[96];
        opset_text(opsets, sizeof opsets, op);
        printf("%-32s %-14s %s\n", op->type, opsets, role_name(op->role));
    }
    return RQ_OK;
}

static const rq_option *const options[] = {rq_common_options, NULL};
static const char *const examples[] = {"requant ops", "requant ops | grep -i pool", NULL};

const rq_command rq_command_ops = {
    .name = "ops",
    .operands = "",
    .summary = "list the operators, their opsets and how they are quantized",
    .options = options,
    .examples = examples,
    .run = run,
};
