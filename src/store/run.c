/* Runs (run.h). */
#include "store/run.h"

#include "base/text.h"
#include "store/store_parts.h"

#include <time.h>
#include <unistd.h>

cx_status cx_store_run_begin(cx_store *s, cx_store_run *run, int64_t started_ns,
                             const cx_store_origin *origin)
{
    char host[256] = "", started[CX_TIME_TEXT];
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = 0;
    cx_time_text(started_ns, 6, started);
    cx_status status =
        cx_store_do(s, CX_SQL_START_RUN, "tttt", started, host, origin->tool, origin->options);
    if (status == CX_OK)
        *run = (cx_store_run){.run = sqlite3_last_insert_rowid(s->db), .started_ns = started_ns};
    return status;
}

cx_status cx_store_run_end(cx_store *s, const cx_store_run *run)
{
    struct timespec t;
    char ended[CX_TIME_TEXT];
    (void)clock_gettime(CLOCK_REALTIME, &t); /* exists everywhere */
    int64_t now_ns = (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
    cx_time_text(now_ns, 6, ended);
    return cx_store_do(s, CX_SQL_END_RUN, "itiii", run->run, ended, run->inputs, run->analyzed,
                       (now_ns - run->started_ns) / 1000000);
}
