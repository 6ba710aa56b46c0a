/* Lines on standard error (say.h). */
#include "app/say.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_LINE 8192 /* bytes; a path of PATH_MAX and a sentence */

void cx_say(const char *format, ...)
{
    char line[MAX_LINE];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0)
        return;
    cx_buf out = cx_buf_init(8 * MAX_LINE);
    cx_slice text = {(const uint8_t *)line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1};
    /* one write a line, so that lines of several processes do not mix */
    if (cx_buf_put_text(&out, "capdx: ") == CX_OK && cx_put_term(&out, text) == CX_OK &&
        cx_buf_put(&out, "\n", 1) == CX_OK)
        (void)fwrite(out.p, 1, out.len, stderr); /* nobody is left to tell when this fails */
    cx_buf_free(&out);
}
