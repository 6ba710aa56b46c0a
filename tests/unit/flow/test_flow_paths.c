/* Flows in tunnels: which packets between the same ends are one conversation. */
#include "flow/flow_table.h"

#include "base/limits.h"
#include "support/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* As "flow/stream:" before each event. */
static void expect(const char *script, const char *want)
{
    const test_net setup = {.details = true, .quiet = true};
    test_net_expect(&setup, script, want);
}

static void same_ends_in_two_tunnels_are_two_flows(void **state)
{
    (void)state;
    /* UDP: questions in both tunnels, answers in both */
    expect("c#1 a1x;c#2 a1y;s#1 a1X;s#2 a1Y",
           "1/-1:alpha(x)@1-1 2/-1:alpha(y)@2-2 1/-1:alpha<(X)@3-3 2/-1:alpha<(Y)@4-4");
    /* and outside of them */
    expect("c a1x;c#2 a1y;s#2 a1Y;s a1X",
           "1/-1:alpha(x)@1-1 2/-1:alpha(y)@2-2 2/-1:alpha<(Y)@3-3 1/-1:alpha<(X)@4-4");
    /* even when all that is in them is equal */
    expect("c#1 a1x;=c#2 a1x;s#1 a1X;=s#2 a1X",
           "1/-1:alpha(x)@1-1 2/-1:alpha(x)@2-2 1/-1:alpha<(X)@3-3 2/-1:alpha<(X)@4-4");
    const test_net setup = {.quiet = true};
    test_net_expect(&setup,
                    "C#1 S 100 0;C#2 S 9000000 0;S#1 SA 500 101;S#2 SA 700 9000001;C#1 A 101 501;"
                    "C#2 A 9000001 701;C#1 A 101 501 a1x;C#2 A 9000001 701 a1y;"
                    "C#1 FA 104 501;C#2 RA 9000004 701",
                    "connected@5[ answer=3 rtt=2 ] connected@6[ answer=4 rtt=2 ] alpha(x)@7-7 "
                    "alpha(y)@8-8 reset@10[ ] closed@9[ ]");
    test_net_expect(&setup,
                    "C#1 S 100 0;=C#2 S 100 0;S#1 SA 500 101;=S#2 SA 500 101;C#1 A 101 501;"
                    "=C#2 A 101 501;C#1 A 101 501 a1x;=C#2 A 101 501 a1x",
                    "connected@5[ answer=3 rtt=1 ] connected@6[ answer=4 rtt=1 ] alpha(x)@7-7 "
                    "alpha(x)@8-8 open@7[ ] open@8[ ]");
}

static void directions_on_two_paths_are_one_flow(void **state)
{
    (void)state;
    expect("c#1 a1x;s#2 a1X;c#1 a1y;s#2 a1Y",
           "1/-1:alpha(x)@1-1 1/-1:alpha<(X)@2-2 1/-1:alpha(y)@3-3 1/-1:alpha<(Y)@4-4");
    expect("c#1 a1x;s a1X", "1/-1:alpha(x)@1-1 1/-1:alpha<(X)@2-2");
    /* the answer that could be to either is to the question on its own path */
    expect("c#1 a1x;c#2 a1y;s#2 a1Y;s#3 a1X",
           "1/-1:alpha(x)@1-1 2/-1:alpha(y)@2-2 2/-1:alpha<(Y)@3-3 1/-1:alpha<(X)@4-4");
}

/* A phone moves to another cell, a route changes: the numbers go on. */
static void a_connection_that_moves_stays_one(void **state)
{
    (void)state;
    const test_net setup = {.quiet = true};
    test_net_expect(&setup,
                    "C#1 S 100 0;S#1 SA 500 101;C#1 A 101 501;C#1 A 101 501 a1x;S#1 A 501 104 a1X;"
                    "C#2 A 104 504 a1y;S#2 A 504 107 a1Y;C#1 A 107 507 a1z",
                    "connected@3[ answer=2 rtt=1 ] alpha(x)@4-4 alpha<(X)@5-5 alpha(y)@6-6 "
                    "alpha<(Y)@7-7 alpha(z)@8-8 open@8[ ]");
    /* numbers that do not: another connection */
    test_net_expect(&setup, "C#1 A 100 500 a1x;C#2 A 90000000 500 a1y",
                    "alpha(x)@1-1 alpha(y)@2-2 open@1[ syns=0 mid one ] open@2[ syns=0 mid one ]");
}

/* What is seen before a tunnel and in it belongs together, also when one of the two is lost. */
static void copies_join_their_paths(void **state)
{
    (void)state;
    const test_net setup = {.config.dissectors = NULL};
    test_net_expect(&setup, "c a1x;=c#1 a1x;s#1 a1X;=s a1X;c#1 a1y;s a1Y",
                    "alpha(x)@1-1 copy@2=1 alpha<(X)@3-3 copy@4=3 alpha(y)@5-5 alpha<(Y)@6-6");
}

static void errors_find_their_flow(void **state)
{
    (void)state;
    const test_net setup = {.details = true, .quiet = true};
    test_net_expect(&setup, "c#1 a1x;c#2 a1y;i#2 3 3;i#1 3 3;i 3 3",
                    "1/-1:alpha(x)@1-1 2/-1:alpha(y)@2-2 2/-1:icmp(3/3)@3 1/-1:icmp(3/3)@4 "
                    "1/-1:icmp(3/3)@5");
}

/* So many that they could not be told apart in time are joined. */
static void the_number_of_kin_is_capped(void **state)
{
    (void)state;
    test_net n = {.quiet = true};
    assert_true(test_net_start(&n));
    for (unsigned i = 1; i <= CX_MAX_SAME_ENDS + 4; i++) {
        char script[32];
        (void)snprintf(script, sizeof script, "c#%u a2%02u", i, i);
        test_net_run(&n, script);
    }
    assert_int_equal(cx_flows_stats(n.flows)->flows, CX_MAX_SAME_ENDS);
    test_net_end(&n);
    test_net_free(&n);
}

/* Forgetting one of them leaves the others in their places. */
static void kin_are_forgotten_one_by_one(void **state)
{
    (void)state;
    test_net n = {.details = true, .quiet = true, .config.max_flows = 3};
    assert_true(test_net_start(&n));
    test_net_run(&n, "c#1 a1x;c#2 a1y;c#3 a1z;c#4 a1u;s#4 a1U;s#3 a1Z;c#1 a1x");
    assert_int_equal(cx_flows_stats(n.flows)->evicted, 2);
    assert_string_equal(n.text, "1/-1:alpha(x)@1-1 2/-1:alpha(y)@2-2 3/-1:alpha(z)@3-3 "
                                "4/-1:alpha(u)@4-4 4/-1:alpha<(U)@5-5 3/-1:alpha<(Z)@6-6 "
                                "5/-1:alpha(x)@7-7");
    test_net_end(&n);
    test_net_free(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_ends_in_two_tunnels_are_two_flows),
        cmocka_unit_test(directions_on_two_paths_are_one_flow),
        cmocka_unit_test(a_connection_that_moves_stays_one),
        cmocka_unit_test(copies_join_their_paths),
        cmocka_unit_test(errors_find_their_flow),
        cmocka_unit_test(the_number_of_kin_is_capped),
        cmocka_unit_test(kin_are_forgotten_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
