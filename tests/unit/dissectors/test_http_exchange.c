/* dissectors/http_exchange.c: which request a response answers, when some of either are lost. (What
 * it makes of tokens: test_http_take.c.) */
#include "dissectors/http_exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Steps: a letter puts a request of that name, each in a packet of its own; a capital one is in the
 * packet of the one before it; "!" takes an answer; "<" a response is lost, ">" a request. */
static const struct {
    const char *steps, *answers; /* "-": not known */
} cases[] = {
    {"a!b!", "ab"},
    {"!a!", "-a"},
    {"aBC!!!!", "abc-"}, /* pipelined */
    {"a!bc!!", "abc"},   /* pipelined later, in packets of their own */
    {"abc!!", "c-"},     /* at the beginning, answers may be missing */
    {"abC!!", "bc"},
    {"a<b!c!", "bc"},
    {"a!b<c!d!", "acd"},
    {"a!bcD<!!!", "acd-"},
    {"a>b!c!", "bc"},
    {"a!>b!", "ab"},
    {"a>!", "a"},
    {"a!<!b!", "a-b"},
    {"a!bcdefghijklmnopqrst!!!!!!!!!!!!!!!!!!!!u!", "abcdefghijklmnopq----u"},
    {"a!bcdefghijklmnopqrst<!u!", "a-u"}, /* the latest was not kept */
    {"a!bcdefghijklmnopqrst>u!", "au"},
};

static void orders(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
                                        "l", "m", "n", "o", "p", "q", "r", "s", "t", "u"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_http_queue q = {.n = 0};
        char got[64] = "";
        uint64_t frame = 0;
        for (const char *s = cases[i].steps; *s; s++) {
            cx_http_exchange x = {.method_name = NULL};
            bool upper = *s >= 'A' && *s <= 'Z', lower = *s >= 'a' && *s <= 'z';
            if (upper || lower) {
                frame += lower;
                x = (cx_http_exchange){.method_name = names[(*s | 32) - 'a'], .frame = frame};
                cx_http_queue_put(&q, &x);
            } else if (*s == '!') {
                bool known = cx_http_queue_take(&q, &x);
                assert_int_equal(known, x.method_name != NULL);
                strcat(got, known ? x.method_name : "-");
            } else {
                cx_http_queue_lost(&q, *s == '<');
            }
        }
        if (strcmp(got, cases[i].answers) != 0)
            fail_msg("%s: expected %s, got %s", cases[i].steps, cases[i].answers, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(orders)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
