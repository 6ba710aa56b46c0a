/* Who authenticates, joined with how it ended. */
#include "flow/logon.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static cx_event authenticate(const char *domain, const char *user)
{
    cx_event e = {.kind = CX_EV_NTLM};
    e.u.ntlm.message = CX_NTLM_AUTHENTICATE;
    e.u.ntlm.domain = domain ? cx_slice_of(domain) : (cx_slice){NULL, 0};
    e.u.ntlm.user = user ? cx_slice_of(user) : (cx_slice){NULL, 0};
    return e;
}

static void takes_names_of_the_last_exchange(void **state)
{
    (void)state;
    cx_logon_memory *m = NULL;
    cx_event nobody = {.kind = CX_EV_LOGON}, first = authenticate("CONTOSO", "alice"),
             second = authenticate(NULL, "bob"), done = {.kind = CX_EV_LOGON},
             again = {.kind = CX_EV_LOGON},
             own = {.kind = CX_EV_LOGON,
                    .u.logon = {.mechanism = "kerberos", .user = cx_slice_of("carol")}};
    cx_logon_take(&m, &nobody);
    assert_null(nobody.u.logon.user.p);
    assert_null(nobody.u.logon.mechanism);
    cx_logon_take(&m, &first);
    cx_logon_take(&m, &done);
    assert_true(cx_slice_is(done.u.logon.user, "alice"));
    assert_true(cx_slice_is(done.u.logon.domain, "CONTOSO"));
    assert_string_equal(done.u.logon.mechanism, "ntlm");
    cx_logon_take(&m, &second);
    cx_logon_take(&m, &again);
    assert_true(cx_slice_is(again.u.logon.user, "bob"));
    assert_null(again.u.logon.domain.p); /* not that of the first */
    cx_logon_take(&m, &own);             /* what its emitter knows stays */
    assert_true(cx_slice_is(own.u.logon.user, "carol"));
    assert_string_equal(own.u.logon.mechanism, "kerberos");
    cx_logon_free(m);
    cx_logon_free(NULL);
}

static void a_new_negotiation_forgets_the_old_names(void **state)
{
    (void)state;
    cx_logon_memory *m = NULL;
    cx_event e = authenticate("CONTOSO", "alice"), done = {.kind = CX_EV_LOGON},
             negotiate = {.kind = CX_EV_NTLM, .u.ntlm = {.message = CX_NTLM_NEGOTIATE}};
    cx_logon_take(&m, &e);
    cx_logon_take(&m, &negotiate);
    cx_logon_take(&m, &done);
    assert_null(done.u.logon.user.p);
    assert_string_equal(done.u.logon.mechanism, "ntlm");
    cx_logon_free(m);
}

static void kerberos_gives_the_service(void **state)
{
    (void)state;
    cx_logon_memory *m = NULL;
    cx_event ap = {.kind = CX_EV_KRB,
                   .u.krb = {.message = CX_KRB_AP_REQ, .sname = cx_slice_of("HTTP/web")}},
             tgs = {.kind = CX_EV_KRB,
                    .u.krb = {.message = CX_KRB_TGS_REQ, .sname = cx_slice_of("sip/ocs1")}},
             done = {.kind = CX_EV_LOGON};
    cx_logon_take(&m, &ap);
    cx_logon_take(&m, &tgs);
    cx_logon_take(&m, &done);
    assert_true(cx_slice_is(done.u.logon.target, "HTTP/web"));
    assert_string_equal(done.u.logon.mechanism, "kerberos");
    cx_logon_free(m);
}

static void names_that_are_too_long_are_left_out(void **state)
{
    (void)state;
    char text[258];
    cx_logon_memory *m = NULL;
    for (size_t len = 255; len <= 257; len++) {
        memset(text, 'x', len);
        text[len] = 0;
        cx_event e = authenticate(NULL, text), done = {.kind = CX_EV_LOGON};
        cx_logon_take(&m, &e);
        cx_logon_take(&m, &done);
        assert_int_equal(done.u.logon.user.len, len <= 256 ? len : 0);
    }
    cx_logon_free(m);
}

/* Each of several exchanges that go on at a time has its own names. */
static void exchanges_do_not_mix(void **state)
{
    (void)state;
    static const char *const users[] = {"u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"};
    const uint32_t n = sizeof users / sizeof *users;
    assert_int_equal(n, CX_MAX_LOGONS + 1);
    cx_logon_memory *m = NULL;
    for (uint32_t i = 0; i < n; i++) {
        cx_event e = authenticate(NULL, users[i]);
        e.exchange = i + 1;
        cx_logon_take(&m, &e);
    }
    for (uint32_t i = 0; i < n; i++) {
        cx_event done = {.kind = CX_EV_LOGON, .exchange = i + 1};
        cx_logon_take(&m, &done);
        if (i == 0) /* one too many: the first is forgotten */
            assert_null(done.u.logon.user.p);
        else
            assert_true(cx_slice_is(done.u.logon.user, users[i]));
    }
    cx_event other = {.kind = CX_EV_LOGON, .exchange = n + 1}, again = authenticate(NULL, "new"),
             done = {.kind = CX_EV_LOGON, .exchange = 5};
    cx_logon_take(&m, &other);
    assert_null(other.u.logon.mechanism);
    again.exchange = 5;
    cx_logon_take(&m, &again);
    cx_logon_take(&m, &done);
    assert_true(cx_slice_is(done.u.logon.user, "new"));
    cx_logon_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_names_of_the_last_exchange),
        cmocka_unit_test(a_new_negotiation_forgets_the_old_names),
        cmocka_unit_test(kerberos_gives_the_service),
        cmocka_unit_test(names_that_are_too_long_are_left_out),
        cmocka_unit_test(exchanges_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
