/* Fuzzes the reading of captures: the input is the file, read whole and in pieces of a few bytes,
 * which must make no difference, and through a filter. */
#include "capture/source.h"

#include <stdlib.h>

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

/* A number that depends on all that was read. */
static uint64_t read_all(cx_slice input, size_t step, const char *filter)
{
    memory m = {input, step};
    cx_source *s;
    cx_packet batch[CX_BATCH];
    char why[256];
    size_t n;
    uint64_t sum = 0;
    FILE *stream = fopencookie(&m, "rb", (cookie_io_functions_t){.read = read_memory});
    if (!stream)
        abort();
    cx_status status = cx_source_open_stream(stream, "-", 0, filter, &s, why);
    if (status != CX_OK)
        return (uint64_t)status;
    while (cx_source_next(s, batch, &n) == CX_OK) {
        if (n == 0 || n > CX_BATCH)
            abort();
        for (size_t i = 0; i < n; i++) {
            if (batch[i].wire_len < batch[i].bytes.len)
                abort();
            sum = sum * 31 + (uint64_t)batch[i].ts_ns + batch[i].link + batch[i].no;
            for (size_t k = 0; k < batch[i].bytes.len; k++)
                sum = sum * 31 + batch[i].bytes.p[k];
        }
    }
    const cx_source_info *info = cx_source_info_of(s);
    sum = sum * 31 + info->damaged_at + info->damaged;
    for (const char *text = info->damage; *text; text++)
        sum = sum * 31 + (uint8_t)*text;
    cx_source_free(s);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint64_t whole = read_all((cx_slice){bytes, n}, SIZE_MAX, NULL);
    if (whole != read_all((cx_slice){bytes, n}, 7, NULL))
        abort();
    (void)read_all((cx_slice){bytes, n}, SIZE_MAX, "udp port 5060 or vlan");
    return 0;
}
