/* Scenes and what one rule says of each, as a table: for pairs that differ in one thing that rules
 * it out. */
#pragma once

#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct said_case {
    const char *name;
    void (*play)(scene *s);
    const char *id, *severity; /* of its finding; severity "": the rule is silent */
    const char *confidence;    /* of it */
    const char *cause;         /* root cause of the client's last attempt; "" for none */
    const cx_context *context;
} said_case;

/* That of the client that acts at the end of the scene. */
static size_t last_attempt(const scene *s)
{
    size_t last = 0, i;
    json_t *attempt;
    json_array_foreach(s->attempts, i, attempt)
    {
        if (strcmp(json_string_value(json_object_get(attempt, "client")), s->client) == 0)
            last = i;
    }
    return last;
}

/* cmocka's state is the case. */
static void run_said_case(void **state)
{
    const said_case *k = *state;
    scene s;
    scene_start(&s, k->context);
    k->play(&s);
    scene_end(&s);
    size_t last = last_attempt(&s);
    const char *severity = scene_text(&s, k->id, "severity");
    const char *confidence = scene_text(&s, k->id, "confidence");
    if (strcmp(severity, k->severity) || strcmp(confidence, k->confidence) ||
        strcmp(scene_cause(&s, last), k->cause)) {
        char *dump = json_dumps(s.findings, JSON_INDENT(1));
        print_message("%s: %s is '%s', '%s'; cause %s, outcome %s\n%s\n", k->name, k->id, severity,
                      confidence, scene_cause(&s, last), scene_outcome(&s, last), dump);
        free(dump);
        fail();
    }
    scene_expect_whole(&s, k->name);
    scene_free(&s);
}

/* Runs the cases as tests of that group; at most 96. */
static int run_said_cases(const char *group, const said_case *cases, size_t n)
{
    struct CMUnitTest tests[96];
    for (size_t i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){cases[i].name, run_said_case, NULL, NULL,
                                       (void *)(uintptr_t)&cases[i]};
    return _cmocka_run_group_tests(group, tests, n, NULL, NULL);
}
