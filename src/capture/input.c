/* Buffered input (input.h). System calls are made here and nowhere else: a pipe gives what it has,
 * so a record is there as soon as its writer sent it. */
#include "capture/input.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

cx_status cx_input_init(cx_input *in, cx_input_fill fill, void *self)
{
    uint8_t *buffer = malloc(CX_INPUT_BUFFER);
    if (!buffer)
        return CX_NO_MEMORY;
    *in = (cx_input){.fill = fill, .self = self, .buffer = buffer};
    return CX_OK;
}

ssize_t cx_input_fill_stream(void *self, uint8_t *to, size_t n)
{
    FILE *stream = self;
    int fd = fileno(stream);
    if (fd >= 0) /* fread would wait until all of n is there */
        return read(fd, to, n);
    size_t got = fread(to, 1, n, stream);
    return got == 0 && ferror(stream) ? -1 : (ssize_t)got;
}

/* Reads more behind what is in the buffer. False: nothing came, and in->end is set. */
static bool fill(cx_input *in)
{
    ssize_t n;
    if (in->end)
        return false;
    do {
        errno = 0;
        n = in->fill(in->self, in->buffer + in->to, CX_INPUT_BUFFER - in->to);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        in->end = true;
        in->error = n < 0 ? (errno ? errno : EIO) : 0;
        return false;
    }
    in->to += (size_t)n;
    return true;
}

cx_slice cx_input_peek(cx_input *in, size_t n)
{
    if (n > CX_INPUT_BUFFER - in->from) {
        memmove(in->buffer, in->buffer + in->from, in->to - in->from);
        in->to -= in->from;
        in->from = 0;
    }
    while (in->to - in->from < n && fill(in))
        ;
    size_t have = in->to - in->from;
    return (cx_slice){in->buffer + in->from, have < n ? have : n};
}

size_t cx_input_take(cx_input *in, void *to, size_t n)
{
    size_t got = 0;
    while (got < n) {
        if (in->from == in->to) {
            in->from = in->to = 0;
            if (!fill(in))
                break;
        }
        size_t part = in->to - in->from;
        if (part > n - got)
            part = n - got;
        memcpy((uint8_t *)to + got, in->buffer + in->from, part);
        in->from += part;
        in->at += part;
        got += part;
    }
    return got;
}

static ssize_t stream_read(void *cookie, char *to, size_t n)
{
    return (ssize_t)cx_input_take(cookie, to, n);
}

FILE *cx_input_stream(cx_input *in)
{
    FILE *stream = fopencookie(in, "rb", (cookie_io_functions_t){.read = stream_read});
    if (stream) /* in has the buffer: a second one would copy, and run ahead of in->at */
        (void)setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

void cx_input_free(cx_input *in)
{
    if (!in)
        return;
    free(in->buffer);
    in->buffer = NULL;
}
