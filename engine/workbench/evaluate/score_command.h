/* A command of the user's that says what a model's outputs for an image are worth. */
#ifndef RQ_WORKBENCH_EVALUATE_SCORE_COMMAND_H
#define RQ_WORKBENCH_EVALUATE_SCORE_COMMAND_H

#include "engine/base/status.h"

/* Runs `command` by sh with two more arguments, the folder of the outputs and the image, which no
 * shell interprets, whatever they are called; standard input is empty. What it prints has to be one
 * finite number. RQ_EFORMAT, with the image, how the command ended and the end of what it wrote to
 * standard error, for anything else and after `timeout` seconds; RQ_ECANCELLED. It and all it
 * started, but for what left its process group, have ended when this returns. */
rq_status rq_score_command_run(double *out, const char *command, double timeout, const char *folder,
                               const char *image);

#endif
