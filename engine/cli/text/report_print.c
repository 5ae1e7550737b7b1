#include "engine/cli/text/report_print.h"

#include "reports/writers/writer.h"

#include <stdio.h>
#include <unistd.h>

rq_status rq_report_print(const rq_report *report)
{
    rq_buf text = {0};
    rq_report_style style = {.colour = rq_report_may_colour(STDOUT_FILENO)};
    rq_status status = rq_report_writer_find("terminal")->write(&text, report, &style);
    if (status == RQ_OK) fputs(text.data, stdout);
    rq_buf_free(&text);
    return status;
}
