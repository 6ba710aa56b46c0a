/* The table of reporters, built from list.def. */
#include "report/reporter.h"

#include <string.h>

#define REPORTER(name) extern const cx_reporter cx_reporter_##name;
#include "report/list.def"
#undef REPORTER

const cx_reporter *const cx_reporters[] = {
#define REPORTER(name) &cx_reporter_##name,
#include "report/list.def"
#undef REPORTER
    NULL,
};

const cx_reporter *cx_reporter_named(const char *name)
{
    for (size_t i = 0; cx_reporters[i]; i++)
        if (strcmp(cx_reporters[i]->name, name) == 0)
            return cx_reporters[i];
    return NULL;
}
