/* Keeping bytes (spool.h). */
#include "app/spool.h"

#include <errno.h>
#include <stdlib.h>

cx_spool cx_spool_init(void)
{
    return (cx_spool){.head = cx_buf_init(CX_SPOOL_MEMORY)};
}

static cx_status to_file(cx_spool *s)
{
    s->file = tmpfile();
    if (!s->file)
        return CX_IO;
    if (fwrite(s->head.p, 1, s->head.len, s->file) != s->head.len)
        return CX_IO;
    cx_buf_free(&s->head);
    return CX_OK;
}

cx_status cx_spool_put(cx_spool *s, const void *bytes, size_t n)
{
    cx_status status = s->file ? CX_LIMIT : cx_buf_put(&s->head, bytes, n);
    if (status == CX_LIMIT && !s->file && to_file(s) != CX_OK)
        return CX_IO;
    if (status == CX_LIMIT)
        status = fwrite(bytes, 1, n, s->file) == n ? CX_OK : CX_IO;
    if (status == CX_OK)
        s->size += n;
    return status;
}

static cx_status lines_of_memory(cx_slice rest, cx_status (*line)(void *self, cx_slice line),
                                 void *self)
{
    cx_status status = CX_OK;
    while (status == CX_OK && rest.len) {
        cx_slice next, one = cx_slice_split(rest, '\n', &next);
        status = line(self, one);
        rest = next;
    }
    return status;
}

cx_status cx_spool_lines(cx_spool *s, cx_status (*line)(void *self, cx_slice line), void *self)
{
    char *text = NULL;
    size_t cap = 0;
    ssize_t n;
    cx_status status = CX_OK;
    if (!s->file)
        return lines_of_memory(cx_buf_slice(&s->head), line, self);
    if (fflush(s->file) != 0)
        return CX_IO;
    rewind(s->file);
    while (status == CX_OK && (n = getline(&text, &cap, s->file)) >= 0) {
        cx_slice one = {(const uint8_t *)text, (size_t)n};
        if (n > 0 && text[n - 1] == '\n')
            one.len--;
        status = line(self, one);
    }
    if (status == CX_OK && ferror(s->file))
        status = CX_IO;
    free(text);
    return status;
}

void cx_spool_free(cx_spool *s)
{
    cx_buf_free(&s->head);
    if (s->file)
        (void)fclose(s->file); /* what is in it is not wanted any more */
    *s = cx_spool_init();
}
