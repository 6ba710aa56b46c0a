/* ICMP errors as events: which types are errors, and to which conversation they belong. What they
 * mean for a TCP connection is tested in test_tcp_state.c. */
#include "support/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_types(void **state)
{
    (void)state;
    static const uint8_t v4[] = {3, 4, 5, 11, 12}, v6[] = {1, 2, 3, 4};
    for (unsigned type = 0; type < 256; type++)
        for (int six = 0; six < 2; six++) {
            char script[64], want[64] = "";
            snprintf(script, sizeof script, "%c %u 0 1", six ? 'J' : 'I', type);
            if (memchr(six ? v6 : v4, (int)type, six ? sizeof v6 : sizeof v4))
                snprintf(want, sizeof want, "0/-1:icmp(%u/0)@1", type);
            const test_net setup = {.details = true};
            test_net_expect(&setup, script, want);
        }
}

static void test_conversation(void **state)
{
    (void)state;
    const test_net setup = {.details = true, .quiet = true};
    test_net_expect(&setup, "c1 x;c a2hi;i 3 3", "2/-1:alpha(hi)@2-2 2/-1:icmp(3/3)@3");
    test_net_expect(&setup, "c1@9 x;i 3 3", "0/-1:icmp(3/3)@2");
}

/* Nothing readable was quoted: the event is told, and belongs to no conversation. */
static void test_nothing_quoted(void **state)
{
    (void)state;
    test_net n = {.details = true, .quiet = true};
    assert_true(test_net_start(&n));
    cx_l4 p = {.at = {.frame = 1}, .icmp = {.type = 3, .code = 1}};
    p.src.proto = p.dst.proto = CX_IPPROTO_ICMP;
    p.src.family = p.dst.family = 4;
    cx_flows_batch(n.flows, &p, 1);
    test_net_end(&n);
    assert_string_equal(n.text, "0/-1:icmp(3/1)@1");
    test_net_free(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_conversation),
        cmocka_unit_test(test_nothing_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
