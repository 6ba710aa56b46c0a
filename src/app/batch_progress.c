/* Progress (batch_progress.h): files and bytes done of all, rate, time left, findings so far. */
#include "app/batch_progress.h"

#include "app/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define OFTEN_NS  (SECOND_NS / 5)

void cx_batch_progress_begin(cx_batch_progress *p, const cx_options *options, uint64_t jobs,
                             int64_t bytes)
{
    *p = (cx_batch_progress){.shown = !options->quiet && isatty(STDERR_FILENO),
                             .jobs = jobs,
                             .bytes = bytes,
                             .started_ns = cx_clock_ns()};
}

static void size_text(double bytes, char out[24])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t i = 0;
    for (; bytes >= 1000 && i < 5; i++)
        bytes /= 1000;
    (void)snprintf(out, 24, i ? "%.1f %s" : "%.0f %s", bytes, units[i]);
}

static void time_text(double seconds, char out[24])
{
    if (seconds < 90)
        (void)snprintf(out, 24, "%.0f s", seconds);
    else if (seconds < 5400)
        (void)snprintf(out, 24, "%.0f min", seconds / 60);
    else
        (void)snprintf(out, 24, "%.1f h", seconds / 3600);
}

void cx_batch_progress_tell(void *self, const cx_batch_done *done, int64_t underway)
{
    cx_batch_progress *p = self;
    int64_t now = cx_clock_ns();
    char did[24], all[24], rate[24], left[24] = "?";
    if (!p->shown || (p->there && now - p->told_ns < OFTEN_NS && done->jobs < p->jobs))
        return;
    p->told_ns = now;
    p->there = true;
    double seconds = (double)(now - p->started_ns) / 1e9;
    const int64_t read = done->bytes + underway;
    double speed = seconds > 0 ? (double)read / seconds : 0;
    size_text((double)read, did);
    size_text((double)p->bytes, all);
    size_text(speed, rate);
    if (speed > 0)
        time_text((double)(p->bytes - read) / speed, left);
    (void)fprintf(stderr,
                  "\r\033[K%" PRIu64 " of %" PRIu64 " captures, %s of %s, %s/s, %s left, %" PRIu64
                  " failure%s",
                  done->jobs, p->jobs, did, all, rate, left, done->failures,
                  done->failures == 1 ? "" : "s");
    (void)fflush(stderr); /* nobody is left to tell when this fails */
}

void cx_batch_progress_hide(void *self)
{
    cx_batch_progress *p = self;
    if (p->there)
        (void)fputs("\r\033[K", stderr);
    p->there = false;
}
