/* What options write must not be what the command reads. */
#ifndef RQ_CLI_WRITTEN_FILES_H
#define RQ_CLI_WRITTEN_FILES_H

#include "engine/cli/command.h"

/* RQ_EARG, naming option and file, where an option that writes a file (rq_option.writes) names an
 * operand, the weights of one, a result in a folder that is one, a file that another option names,
 * or what another option writes. */
rq_status rq_written_files_check(const rq_command *command, const rq_args *args);

#endif
