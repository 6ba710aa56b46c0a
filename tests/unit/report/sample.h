/* Feeds a reporter with members from a file of samples/, or made by the test. */
#pragma once

#include "report/reporter.h"

#include <stdlib.h>
#include <string.h>

/* cmocka.h needs these first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct sample {
    const cx_reporter *reporter;
    void *self;
    FILE *stream;
    char *text; /* what was written, once ended; freed by sample_end's caller */
    size_t len;
} sample;

static inline void sample_begin(sample *s, const char *format, const cx_report_options *options)
{
    *s = (sample){.reporter = cx_reporter_named(format)};
    assert_non_null(s->reporter);
    s->stream = open_memstream(&s->text, &s->len);
    assert_non_null(s->stream);
    assert_int_equal(s->reporter->open(&s->self, s->stream, options), CX_OK);
}

static inline void sample_member(sample *s, const char *file, const char *type, json_t *value)
{
    assert_non_null(value);
    assert_int_equal(s->reporter->member(s->self, file, type, value), CX_OK);
    json_decref(value);
}

static inline char *sample_end(sample *s)
{
    assert_int_equal(s->reporter->close(s->self), CX_OK);
    (void)fclose(s->stream);
    return s->text;
}

static inline void sample_file(sample *s, const char *file, const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    assert_non_null(in);
    while (getline(&line, &cap, in) > 0) {
        json_t *value = json_loads(line, 0, NULL);
        assert_non_null(value);
        json_t *type = json_incref(json_object_get(value, "type"));
        (void)json_object_del(value, "type");
        sample_member(s, file, json_string_value(type), value);
        json_decref(type);
    }
    assert_int_equal(s->reporter->end(s->self, file), CX_OK);
    free(line);
    (void)fclose(in);
}

/* Fails unless text is the content of path. CAPDX_UPDATE in the environment records it instead. */
static inline void sample_compare(const char *text, const char *path)
{
    static char wanted[65536];
    FILE *f;
    if (getenv("CAPDX_UPDATE")) {
        f = fopen(path, "w");
        assert_non_null(f);
        (void)fputs(text, f);
        (void)fclose(f);
        return;
    }
    f = fopen(path, "r");
    assert_non_null(f);
    wanted[fread(wanted, 1, sizeof wanted - 1, f)] = 0;
    (void)fclose(f);
    assert_string_equal(text, wanted);
}
