/* The records of the rules: what `capdx rules` and `capdx explain` print is whole and well formed.
 */
#include "rules/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Ids are words of lower case letters and digits with "-" between them. */
static bool is_kebab(const char *id)
{
    size_t len = strlen(id);
    return len && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == len && id[0] != '-' &&
           id[len - 1] != '-' && !strstr(id, "--");
}

/* Each "{" begins the name of a parameter and has its "}". */
static bool has_sound_names(const char *text)
{
    for (const char *open = strchr(text, '{'); open; open = strchr(open + 1, '{')) {
        size_t len = strspn(open + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
        if (!len || open[1 + len] != '}')
            return false;
    }
    return true;
}

static bool is_layer(const char *layer)
{
    static const char *const layers[] = {"dns", "tcp", "tls", "sip", "auth", "krb"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (strcmp(layers[i], layer) == 0)
            return true;
    return false;
}

static void test_records(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++) {
        const cx_rule *r = cx_rules[i];
        const char *const texts[] = {r->title,   r->evidence, r->rules_out, r->traps,
                                     r->explain, r->remedy,   r->source};
        if (!is_kebab(r->id) || !is_layer(r->layer) || !r->needs || !r->detect)
            fail_msg("%s: id, layer, needs or detect", r->id);
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            size_t len = strlen(texts[k]);
            if (len < 6 || texts[k][0] == ' ' || texts[k][len - 1] == ' ' || strstr(texts[k], "  "))
                fail_msg("%s: \"%s\"", r->id, texts[k]);
        }
        if (!has_sound_names(r->explain) || !has_sound_names(r->remedy))
            fail_msg("%s: names in braces", r->id);
        if (strpbrk(r->title, "{}") || strpbrk(r->evidence, "{}") || strpbrk(r->source, "{}"))
            fail_msg("%s: braces where nothing is filled in", r->id);
        if (r->title[strlen(r->title) - 1] == '.' || r->explain[strlen(r->explain) - 1] != '.')
            fail_msg("%s: titles end without a full stop, sentences with one", r->id);
    }
}

static void test_ids_are_of_one_rule(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(cx_rules[i]->id, cx_rules[k]->id);
}

/* What a rule explains is a rule, or a misspelt id would never be explained. */
static void test_shadows_are_rules(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++)
        for (const char *const *id = cx_rules[i]->shadows; id && *id; id++)
            if (!cx_rule_named(*id) || strcmp(*id, cx_rules[i]->id) == 0)
                fail_msg("%s explains %s", cx_rules[i]->id, *id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records),
                                       cmocka_unit_test(test_ids_are_of_one_rule),
                                       cmocka_unit_test(test_shadows_are_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
