/* Judged attempts on another thread: in order, and the same result as on one. */
#include "report/judged.h"
#include "support/scene.h"

#include <pthread.h>
#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ATTEMPTS 150u /* several times round the queue, and an end that is no full hand-over */

typedef struct taken {
    pthread_t by;
    uint64_t frames[ATTEMPTS];
    cx_attempt_outcome outcomes[ATTEMPTS];
    size_t n;
} taken;

static void take(void *self, const cx_attempt *a, const cx_judgement *j)
{
    taken *t = self;
    t->by = pthread_self();
    t->frames[t->n] = a->first.frame;
    t->outcomes[t->n++] = j->outcome;
}

static void keeps_the_order(void **state)
{
    static cx_attempt attempts[ATTEMPTS];
    static const cx_policy policy = {.naming = CX_NAMING_ANY};
    static taken t;
    (void)state;
    cx_judged_queue *q = cx_judged_queue_new(&policy, (cx_judged_sink){take, &t});
    assert_non_null(q);
    for (size_t i = 0; i < ATTEMPTS; i++) {
        attempts[i].first.frame = i + 1;
        attempts[i].outcome = i % 3 ? CX_OUT_SUCCESS : CX_OUT_INCOMPLETE;
        assert_int_equal(cx_judged_queue_judge(q, &attempts[i])->outcome, attempts[i].outcome);
        if (i % 5) /* the others are not told */
            cx_judged_queue_put(q);
    }
    cx_judged_queue_end(q);
    assert_int_equal(t.n, ATTEMPTS - ATTEMPTS / 5);
    for (size_t i = 0, k = 0; i < ATTEMPTS; i++)
        if (i % 5) {
            assert_int_equal(t.frames[k], i + 1);
            assert_int_equal(t.outcomes[k++], attempts[i].outcome);
        }
    assert_false(pthread_equal(t.by, pthread_self()));
}

static void ends_without_any(void **state)
{
    static const cx_policy policy = {.naming = CX_NAMING_ANY};
    static taken none;
    (void)state;
    cx_judged_queue_end(NULL);
    cx_judged_queue *q = cx_judged_queue_new(&policy, (cx_judged_sink){take, &none});
    assert_non_null(q);
    cx_judged_queue_end(q);
    assert_int_equal(none.n, 0);
}

/* A capture that ends while n clients are still looking for their servers. */
static void look_for_servers(scene *s, const cx_context *context, unsigned n)
{
    static char clients[ATTEMPTS][24], names[ATTEMPTS][64];
    scene_start(s, context);
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(clients[i], sizeof clients[i], "10.0.7.%u", i + 1);
        (void)snprintf(names[i], sizeof names[i], "_sipinternaltls._tcp.d%u.example", i % 7);
        s->client = clients[i];
        scene_lookup(s, "SRV", names[i], i % 2 ? "NXDOMAIN" : "0 0 5061 ocs1.contoso.com");
        scene_lookup(s, "SRV", "_sipinternal._tcp.contoso.com", "NXDOMAIN");
    }
    scene_wait(s, 20); /* they had the time to go on */
    scene_end(s);
}

static void tells_the_same(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= ATTEMPTS; n = n * 3 + 2) { /* 1, 5, 17, 53 */
        scene one, two;
        look_for_servers(&one, &(cx_context){.concurrent = false}, n);
        look_for_servers(&two, &(cx_context){.concurrent = true}, n);
        assert_true(json_array_size(one.attempts) >= n);
        assert_true(json_array_size(one.findings) >= n);
        assert_true(json_equal(one.attempts, two.attempts));
        assert_true(json_equal(one.findings, two.findings));
        assert_true(json_equal(one.coverage, two.coverage));
        scene_free(&one);
        scene_free(&two);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_order),
        cmocka_unit_test(ends_without_any),
        cmocka_unit_test(tells_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
