/* Claims of contents, in one process and in several. */
#include "app/batch_claims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *digest(unsigned n, char text[65])
{
    (void)snprintf(text, 65, "%08x%08x%048x", n, n * 2654435761u, n);
    return text;
}

static void are_taken_once(void **state)
{
    cx_claims claims;
    char text[65];
    (void)state;
    assert_true(cx_claims_new(&claims));
    for (unsigned i = 1; i < 1000; i++)
        assert_true(cx_claims_take(&claims, digest(i, text)));
    for (unsigned i = 1; i < 1000; i++)
        assert_false(cx_claims_take(&claims, digest(i, text)));
    memset(text, '0', 64); /* would be an empty place */
    text[64] = 0;
    assert_true(cx_claims_take(&claims, text));
    assert_false(cx_claims_take(&claims, text));
    cx_claims_free(&claims);
    cx_claims_free(&claims);
}

/* Of two processes that claim the same, each content goes to one of them. */
static void are_taken_by_one_process(void **state)
{
    cx_claims claims;
    char text[65];
    unsigned own = 0;
    int how = 0;
    (void)state;
    assert_true(cx_claims_new(&claims));
    pid_t pid = fork();
    assert_true(pid >= 0);
    for (unsigned i = 0; i < 200; i++)
        own += cx_claims_take(&claims, digest(i, text));
    if (pid == 0)
        _exit((int)own);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(own + (unsigned)WEXITSTATUS(how), 200);
    cx_claims_free(&claims);
}

/* A part of the table that is full answers as if the content were known. */
static void may_be_full(void **state)
{
    cx_claims claims;
    char text[65];
    unsigned taken = 0;
    (void)state;
    assert_true(cx_claims_new(&claims));
    for (unsigned i = 0; i < 200; i++) { /* all to the same place: the table has 2^22 */
        (void)snprintf(text, sizeof text, "%08x00000005%048x", i, 0);
        taken += cx_claims_take(&claims, text);
    }
    assert_int_equal(taken, 64);
    cx_claims_free(&claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(are_taken_once),
                                       cmocka_unit_test(are_taken_by_one_process),
                                       cmocka_unit_test(may_be_full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
