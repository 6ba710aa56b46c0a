/* Where results go (output.h). */
#include "app/output.h"

#include "app/exits.h"
#include "app/say.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAIN_WIDTH 80  /* columns where there is no terminal, so that reports compare */
#define MAX_WIDTH   100 /* columns; longer lines of prose are hard to read */
#define MIN_WIDTH   60  /* columns; the table of attempts needs so many */

/* -o with the name of a capture would destroy it. */
static bool is_input(const char *path, const cx_inputs *inputs)
{
    struct stat out, in;
    if (stat(path, &out) != 0 || !S_ISREG(out.st_mode))
        return false;
    for (size_t i = 0; i < inputs->n; i++)
        if (stat(inputs->paths[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return true;
    return false;
}

static int terminal_width(int fd)
{
    struct winsize size;
    uint64_t columns = 0;
    const char *text = getenv("COLUMNS");
    if (!text || !cx_slice_number(cx_slice_of(text), 10000, &columns))
        columns = ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    if (columns == 0)
        return PLAIN_WIDTH;
    return columns < MIN_WIDTH ? MIN_WIDTH : columns > MAX_WIDTH ? MAX_WIDTH : (int)columns;
}

static bool set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

/* no-color.org, bixense.com/clicolors */
static bool wants_color(cx_color when, bool terminal)
{
    const char *term = getenv("TERM"), *force = getenv("CLICOLOR_FORCE");
    if (when != CX_COLOR_AUTO)
        return when == CX_COLOR_ALWAYS;
    if (set("NO_COLOR"))
        return false;
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return terminal && !(term && strcmp(term, "dumb") == 0);
}

cx_status cx_output_open(const cx_options *options, const cx_inputs *inputs, cx_output *ret)
{
    const char *path = options->output;
    cx_output o = {.stream = stdout, .name = "standard output"};
    if (path && strcmp(path, "-") != 0) {
        if (is_input(path, inputs)) {
            cx_say("%s is one of the captures and is not overwritten", path);
            return CX_IO;
        }
        o.stream = fopen(path, "we");
        o.name = path;
        if (!o.stream) {
            cx_say("%s: %s", path, strerror(errno));
            return CX_IO;
        }
    }
    int fd = fileno(o.stream);
    bool terminal = isatty(fd);
    o.style = (cx_report_options){
        .color = wants_color(options->color, terminal),
        .width = terminal ? terminal_width(fd) : PLAIN_WIDTH,
        .verbose = options->verbose,
        .command = "capdx explain ID",
    };
    *ret = o;
    return CX_OK;
}

int cx_output_failed(cx_output *o)
{
    int why = errno;
    struct pollfd end = {.fd = fileno(o->stream), .events = POLLOUT};
    if (o->gone)
        return CX_EXIT_CLEAN;
    if (why == EPIPE || (poll(&end, 1, 0) == 1 && (end.revents & POLLERR))) {
        o->gone = true;
        return CX_EXIT_CLEAN;
    }
    cx_say("%s cannot be written: %s", o->name, strerror(why ? why : EIO));
    o->gone = true; /* said once */
    return CX_EXIT_INTERNAL;
}

int cx_output_close(cx_output *o)
{
    int status = CX_EXIT_CLEAN;
    errno = 0;
    if (fflush(o->stream) != 0 || ferror(o->stream))
        status = cx_output_failed(o);
    /* a file system may keep bad news until the file is closed */
    if (fclose(o->stream) != 0)
        status = cx_exit_worse(status, cx_output_failed(o));
    return status;
}
