/* Buffered input (input.h). System calls are made here and nowhere else: a pipe gives what it has,
 * so a record is there as soon as its writer sent it. */
#include "capture/input.h"

#include "capture/ahead.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

cx_status cx_input_init(cx_input *in, cx_input_fill fill, void *self)
{
    uint8_t *buffer = malloc(CX_INPUT_BUFFER);
    if (!buffer)
        return CX_NO_MEMORY;
    *in = (cx_input){.fill = fill, .self = self, .own = buffer, .buffer = buffer};
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

/* One read of at most n bytes. 0: nothing came, and in->end is set. */
static size_t read_more(cx_input *in, uint8_t *to, size_t n)
{
    ssize_t got;
    if (in->end)
        return 0;
    do {
        errno = 0;
        got = in->fill(in->self, to, n);
    } while (got < 0 && errno == EINTR);
    in->waits = got < (ssize_t)n;
    if (got > 0)
        return (size_t)got;
    in->end = true;
    in->error = got < 0 ? (errno ? errno : EIO) : 0;
    return 0;
}

void cx_input_read_ahead(cx_input *in)
{
    if (!in->ahead && !in->end)
        in->ahead = cx_ahead_new(in->fill, in->self, CX_INPUT_BUFFER);
}

/* Goes on to the next block of ahead, in front of which what is not yet taken moves. */
static void next_block(cx_input *in)
{
    uint8_t *at = NULL;
    size_t more = 0;
    cx_slice left = cx_input_there(in);
    in->error = cx_ahead_next(in->ahead, left, &at, &more);
    in->end = more == 0;
    in->waits = false;
    if (in->end)
        return;
    in->buffer = at;
    in->from = 0;
    in->to = left.len + more;
}

cx_slice cx_input_peek(cx_input *in, size_t n)
{
    while (in->ahead && in->to - in->from < n && !in->end)
        next_block(in);
    if (in->ahead)
        return cx_slice_sub(cx_input_there(in), 0, n);
    if (n > CX_INPUT_BUFFER - in->from) {
        memmove(in->buffer, in->buffer + in->from, in->to - in->from);
        in->to -= in->from;
        in->from = 0;
    }
    size_t more = 1;
    while (in->to - in->from < n && more) {
        more = read_more(in, in->buffer + in->to, CX_INPUT_BUFFER - in->to);
        in->to += more;
    }
    return cx_slice_sub((cx_slice){in->buffer + in->from, in->to - in->from}, 0, n);
}

cx_slice cx_input_ahead(cx_input *in, bool wait)
{
    if (in->from == in->to && wait && in->ahead) {
        if (!in->end)
            next_block(in);
    } else if (in->from == in->to && wait) {
        in->from = 0;
        in->to = read_more(in, in->buffer, CX_INPUT_BUFFER);
    }
    return (cx_slice){in->buffer + in->from, in->to - in->from};
}

/* Takes at most n bytes: what was read ahead, else what one read gives. 0: nothing comes any more.
 */
static size_t take_some(cx_input *in, uint8_t *to, size_t n)
{
    size_t have = in->to - in->from;
    if (have == 0 && n >= CX_INPUT_BUFFER &&
        !in->ahead) { /* straight there: the one copy is the kernel's */
        have = read_more(in, to, n);
        in->at += have;
        return have;
    }
    if (have == 0)
        have = cx_input_ahead(in, true).len;
    if (have > n)
        have = n;
    memcpy(to, in->buffer + in->from, have);
    in->from += have;
    in->at += have;
    return have;
}

size_t cx_input_take(cx_input *in, void *to, size_t n)
{
    size_t got = 0, part;
    while (got < n && (part = take_some(in, (uint8_t *)to + got, n - got)) > 0)
        got += part;
    return got;
}

uint64_t cx_input_skip(cx_input *in, uint64_t n)
{
    uint64_t got = 0;
    while (got < n) {
        size_t have = cx_input_ahead(in, true).len;
        if (have == 0)
            break;
        size_t part = have < n - got ? have : (size_t)(n - got);
        in->from += part;
        in->at += part;
        got += part;
    }
    return got;
}

static ssize_t stream_read(void *cookie, char *to, size_t n)
{
    return (ssize_t)take_some(cookie, (uint8_t *)to, n);
}

/* Only the question where the stream is: a position that is not the present one is refused. */
static int stream_seek(void *cookie, off64_t *offset, int whence)
{
    const cx_input *in = cookie;
    if (whence != SEEK_CUR || *offset != 0)
        return -1;
    *offset = (off64_t)in->at;
    return 0;
}

FILE *cx_input_stream(cx_input *in)
{
    in->stream_buffer = malloc(CX_INPUT_BUFFER);
    if (!in->stream_buffer)
        return NULL;
    FILE *stream =
        fopencookie(in, "rb", (cookie_io_functions_t){.read = stream_read, .seek = stream_seek});
    if (stream)
        (void)setvbuf(stream, (char *)in->stream_buffer, _IOFBF, CX_INPUT_BUFFER);
    in->stream = stream;
    return stream;
}

/* Where the input begins in the file that it reads; -1: no such file. */
static off_t beginning_of(const cx_input *in)
{
    struct stat s;
    int fd = in->fill == cx_input_fill_stream ? fileno(in->self) : -1;
    if (fd < 0 || fstat(fd, &s) != 0 || !S_ISREG(s.st_mode))
        return -1;
    off_t at = lseek(fd, 0, SEEK_CUR);
    return at < 0 ? -1 : at - (off_t)(in->to - in->from) - (off_t)in->at;
}

bool cx_input_random(const cx_input *in, uint64_t *ret_size)
{
    struct stat s;
    off_t from = beginning_of(in);
    if (from < 0 || fstat(fileno(in->self), &s) != 0)
        return false;
    *ret_size = s.st_size > from ? (uint64_t)(s.st_size - from) : 0;
    return true;
}

size_t cx_input_read_at(cx_input *in, uint64_t at, void *to, size_t n)
{
    size_t got = 0;
    off_t from = beginning_of(in);
    while (from >= 0 && got < n) {
        ssize_t part =
            pread(fileno(in->self), (uint8_t *)to + got, n - got, from + (off_t)at + (off_t)got);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            in->error = errno;
        if (part <= 0)
            break;
        got += (size_t)part;
    }
    return got;
}

bool cx_input_idle(cx_input *in, size_t n)
{
    if (!in->waits || in->to - in->from >= n || in->end)
        return false;
    if (in->stream && ftello(in->stream) != (off_t)in->at)
        return false; /* it has bytes that its reader did not take yet */
    if (in->idle)
        return in->idle(in->self);
    if (in->fill != cx_input_fill_stream)
        return false;
    struct pollfd input = {.fd = fileno(in->self), .events = POLLIN};
    return input.fd >= 0 && poll(&input, 1, 0) == 0;
}

const char *cx_input_error(const cx_input *in)
{
    return in->trouble ? in->trouble : strerror(in->error);
}

void cx_input_free(cx_input *in)
{
    if (!in)
        return;
    cx_ahead_free(in->ahead);
    free(in->own);
    free(in->stream_buffer);
    in->ahead = NULL;
    in->own = in->buffer = in->stream_buffer = NULL;
}
