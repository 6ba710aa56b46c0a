/* Reading points in time (when.h). */
#include "app/when.h"

#include "base/slice.h"

#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define MAX_AGE   UINT64_C(3153600000) /* seconds: a hundred years */

static bool parse_age(cx_slice text, int64_t *ret_seconds)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint64_t n;
    if (text.len < 2 || !cx_slice_number(cx_slice_sub(text, 0, text.len - 1), MAX_AGE, &n))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text.p[text.len - 1] == (uint8_t)units[i].unit && n * units[i].seconds <= MAX_AGE) {
            *ret_seconds = (int64_t)(n * units[i].seconds);
            return true;
        }
    return false;
}

bool cx_when_parse(const char *text, int64_t now_ns, int64_t *ret_ns)
{
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
                                        "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"};
    int64_t age;
    if (parse_age(cx_slice_of(text), &age)) {
        *ret_ns = now_ns - age * SECOND_NS;
        return true;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {.tm_mday = 1};
        const char *end = strptime(text, forms[i], &tm);
        if (!end || strcmp(*end == 'Z' && i > 0 ? end + 1 : end, "") != 0)
            continue;
        int day = tm.tm_mday;
        time_t seconds = timegm(&tm);
        if (tm.tm_mday != day) /* 30 February */
            return false;
        *ret_ns = (int64_t)seconds * SECOND_NS;
        return true;
    }
    return false;
}
