/* Fuzzes the reading of captures, compressed ones too: the input is the file, read whole, in pieces
 * of a few bytes and as a file on disk, which must make no difference, and through a filter. */
#include "capture/source.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

typedef struct memory {
    cx_slice left;
    size_t step; /* bytes at a time */
} memory;

static ssize_t read_memory(void *cookie, char *to, size_t n)
{
    memory *m = cookie;
    cx_slice part = cx_slice_sub(m->left, 0, n < m->step ? n : m->step);
    if (part.len)
        memcpy(to, part.p, part.len);
    m->left = cx_slice_sub(m->left, part.len, m->left.len);
    return (ssize_t)part.len;
}

/* A number that depends on all that was read. Takes the stream. */
static uint64_t read_all(FILE *stream, const char *filter)
{
    cx_source *s;
    cx_packet batch[CX_BATCH];
    char why[256];
    size_t n;
    uint64_t sum = 0;
    if (!stream)
        abort();
    cx_status status = cx_source_open_stream(stream, "-", 0, filter, &s, why);
    if (status != CX_OK) {
        for (const char *text = why; *text; text++)
            sum = sum * 31 + (uint8_t)*text;
        return sum * 31 + (uint64_t)status;
    }
    while (cx_source_next(s, batch, &n) == CX_OK) {
        if (n == 0 || n > CX_BATCH)
            abort();
        for (size_t i = 0; i < n; i++) {
            if (batch[i].wire_len < batch[i].bytes.len)
                abort();
            if (batch[i].ts_ns < 0 || batch[i].ts_ns > INT64_MAX / 2)
                abort();
            sum = sum * 31 + (uint64_t)batch[i].ts_ns + batch[i].link + batch[i].no;
            for (size_t k = 0; k < batch[i].bytes.len; k++)
                sum = sum * 31 + batch[i].bytes.p[k];
        }
    }
    const cx_source_info *info = cx_source_info_of(s);
    if (info->damaged != (info->damages > 0) || info->damaged != (info->damage[0] != 0))
        abort();
    sum = sum * 31 + info->damaged_at + info->damages + info->resumed;
    sum = sum * 31 + info->drops + info->untimed + info->nanoseconds;
    for (const char *text = info->damage; *text; text++)
        sum = sum * 31 + (uint8_t)*text;
    const cx_slice *secrets = cx_source_secrets(s, &n);
    for (size_t i = 0; i < n; i++)
        sum = sum * 31 + secrets[i].len + secrets[i].p[secrets[i].len - 1];
    cx_source_free(s);
    return sum;
}

static uint64_t read_pieces(cx_slice input, size_t step, const char *filter)
{
    memory m = {input, step};
    return read_all(fopencookie(&m, "rb", (cookie_io_functions_t){.read = read_memory}), filter);
}

static uint64_t read_file(cx_slice input)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    if (fd < 0 || write(fd, input.p, input.len) != (ssize_t)input.len ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return read_all(fdopen(fd, "rb"), NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const cx_slice input = {bytes, n};
    uint64_t whole = read_pieces(input, SIZE_MAX, NULL);
    if (whole != read_pieces(input, 7, NULL) || whole != read_file(input))
        abort();
    (void)read_pieces(input, SIZE_MAX, "udp port 5060 or vlan");
    return 0;
}
