/* Events in a few words each (summary.h). */
#include "support/summary.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static void put_logon(FILE *out, const json_t *e)
{
    const json_t *status = json_object_get(e, "status"), *value;
    const char *key;
    (void)fprintf(out, "%s=%s(", text(e, "carrier"), text(e, "outcome"));
    json_object_foreach((json_t *)(uintptr_t)status, key, value)
    {
        if (strcmp(key, "name") == 0)
            continue;
        if (json_is_string(value))
            (void)fputs(json_string_value(value), out);
        else
            (void)fprintf(out, "%lld", (long long)json_integer_value(value));
    }
    (void)fputc(')', out);
    if (*text(e, "user"))
        (void)fprintf(out, "%s", text(e, "user"));
}

static void put(FILE *out, const json_t *e)
{
    const char *type = text(e, "type");
    if (strcmp(type, "logon") == 0) {
        put_logon(out, e);
        return;
    }
    if (strcmp(type, "ntlm") != 0 && strcmp(type, "kerberos") != 0) {
        (void)fputs(type, out);
        return;
    }
    (void)fprintf(out, "%s:%s", text(e, "carrier"), text(e, "message"));
    if (*text(e, "user"))
        (void)fprintf(out, "(%s)", text(e, "user"));
}

char *test_summary_of(const test_talk *talk)
{
    char *lines = test_events_of(talk), *buffer = NULL, *rest = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&buffer, &size);
    if (!lines || !out)
        abort();
    for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *e = json_loads(line, 0, NULL);
        if (line != lines)
            (void)fputc(' ', out);
        put(out, e);
        json_decref(e);
    }
    (void)fclose(out);
    free(lines);
    return buffer;
}
