/* Scenes that are judged, as a table: for the tests of families of rules. */
#pragma once

#include "rules/rule.h"
#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct rule_case {
    const char *name;
    void (*play)(scene *s);
    const char *cause, *outcome, *confidence; /* of the first attempt; "" for none */
} rule_case;

/* cmocka's state is the case. */
static void run_case(void **state)
{
    const rule_case *k = *state;
    scene s;
    scene_start(&s, NULL);
    k->play(&s);
    scene_end(&s);
    const char *confidence = scene_text(&s, k->cause, "confidence");
    if (strcmp(scene_cause(&s, 0), k->cause) || strcmp(scene_outcome(&s, 0), k->outcome) ||
        strcmp(confidence, k->confidence)) {
        char *dump = json_dumps(s.findings, JSON_INDENT(1));
        print_message("%s: cause %s, outcome %s, confidence %s\n%s\n", k->name, scene_cause(&s, 0),
                      scene_outcome(&s, 0), confidence, dump);
        free(dump);
        fail();
    }
    if (strcmp(k->outcome, "failure") != 0)
        assert_int_equal(scene_count(&s, "failure"), 0);
    scene_expect_whole(&s, k->name);
    scene_free(&s);
}

/* Runs the cases as tests of that group; at most 64. */
static int run_cases(const char *group, const rule_case *cases, size_t n)
{
    struct CMUnitTest tests[64];
    for (size_t i = 0; i < n; i++)
        tests[i] =
            (struct CMUnitTest){cases[i].name, run_case, NULL, NULL, (void *)(uintptr_t)&cases[i]};
    return _cmocka_run_group_tests(group, tests, n, NULL, NULL);
}
