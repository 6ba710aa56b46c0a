/* dissectors/http_auth.c: lists of challenges, credentials, and what their tokens ask. */
#include "dissectors/http_auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static cx_http_auth read_one(bool offered, bool proxy, const char *value, cx_arena *a)
{
    const cx_http_auth_line line = {offered, proxy, cx_slice_of(value)};
    cx_http_auth auth;
    cx_http_auth_read(&line, 1, a, &auth);
    return auth;
}

static void challenges(void **state)
{
    static const struct {
        const char *value, *schemes;
        uint32_t tokens;
        bool bad;
    } cases[] = {
        {"NTLM", "NTLM", 0, false},
        {"Negotiate, NTLM", "Negotiate NTLM", 0, false},
        {"negotiate,NTLM,negotiate", "negotiate NTLM", 0, false},
        {"NTLM TlRMTVNTUAACAAAA", "NTLM", 1, false},
        {"ntlm   TlRMTVNTUAACAAAA  ", "ntlm", 1, false},
        {"NTLM TlRMTVNT\r\n UAACAAAA", "NTLM", 1, false},
        {"Nego2 YA==", "Nego2", 1, false},
        {"Kerberos YA", "Kerberos", 1, false},
        {"Negotiate YA==, NTLM TlRM", "Negotiate NTLM", 2, false},
        {"Basic realm=\"a, NTLM b\"", "Basic", 0, false},
        {"Digest realm=\"a\", nonce = \"b\", qop=auth, Basic realm=\"c\"", "Digest Basic", 0,
         false},
        {"Bearer abcd", "Bearer", 0, false},
        {"Basic , ,NTLM", "Basic NTLM", 0, false},
        {"", "", 0, false},
        {"realm=\"a\"", "", 0, false},
        {"NTLM TlRM!A", "NTLM", 1, true},
        {"NTLM !", "NTLM", 0, true},
        {"NTLM TlRMT", "NTLM", 1, true}, /* a digit alone */
        {"NTLMx TlRM", "NTLMx", 0, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_arena a = cx_arena_init(4096);
        char schemes[64] = "";
        cx_http_auth auth = read_one(true, false, cases[i].value, &a);
        for (uint32_t k = 0; k < auth.n_offered; k++)
            (void)snprintf(schemes + strlen(schemes), sizeof schemes - strlen(schemes), "%s%.*s",
                           k ? " " : "", (int)auth.offered[k].len, (const char *)auth.offered[k].p);
        if (strcmp(schemes, cases[i].schemes) != 0 || auth.n_tokens != cases[i].tokens ||
            auth.bad_token != cases[i].bad || auth.used.p)
            fail_msg("\"%s\": schemes \"%s\", %u tokens", cases[i].value, schemes, auth.n_tokens);
        assert_true(auth.of_scope[CX_HTTP_ORIGIN] && !auth.of_scope[CX_HTTP_PROXY]);
        cx_arena_free(&a);
    }
}

/* A challenge with a token is one to answer, unless the token refuses. */
static void going_on(void **state)
{
    static const struct {
        const char *value;
        bool goes_on;
    } cases[] = {
        {"NTLM", false},
        {"NTLM TlRMTVNTUAACAAAA", true},
        {"Negotiate oQcwBaADCgEB", true},  /* accept-incomplete */
        {"Negotiate oQcwBaADCgEC", false}, /* reject */
        {"Negotiate oQcwBaEDCgEC", true},  /* another part */
        {"Negotiate oQcwBaADAgEC", true},  /* another type */
        {"Negotiate oQUwA6AB", true},      /* cut */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_arena a = cx_arena_init(4096);
        cx_http_auth auth = read_one(true, true, cases[i].value, &a);
        if (auth.goes_on[CX_HTTP_PROXY] != cases[i].goes_on)
            fail_msg("%s", cases[i].value);
        assert_false(auth.goes_on[CX_HTTP_ORIGIN]);
        cx_arena_free(&a);
    }
}

static void steps(void **state)
{
    static const struct {
        const char *value;
        cx_http_step step;
        const char *mechanism;
    } cases[] = {
        {"NTLM TlRMTVNTUAABAAAA", CX_HTTP_STEP_FIRST, "ntlm"},
        {"NTLM TlRMTVNTUAADAAAA", CX_HTTP_STEP_FINAL, "ntlm"},
        {"Negotiate TlRMTVNTUAADAAAA", CX_HTTP_STEP_FINAL, "ntlm"},
        {"NTLM TlRMTVNTUAAD", CX_HTTP_STEP_FIRST, NULL}, /* its type is cut */
        {"NTLM TlRMTVNTUABB", CX_HTTP_STEP_FIRST, NULL},
        {"Negotiate oRAAAE5UTE1TU1AAAwAAAA==", CX_HTTP_STEP_FINAL, "ntlm"}, /* in SPNEGO */
        {"Negotiate YBAAAE5UTE1TU1AAAQAAAA==", CX_HTTP_STEP_FIRST, "ntlm"},
        {"Negotiate YBEGCSqGSIb3EgECAgEAbgAAAAA=", CX_HTTP_STEP_FINAL, "kerberos"},
        {"Negotiate YBEGCSqGSIL3EgECAgEAbgAAAAA=", CX_HTTP_STEP_FINAL, "kerberos"},
        {"Kerberos bgAAAA==", CX_HTTP_STEP_FINAL, "kerberos"},
        {"Negotiate oQcwBaADCgEA", CX_HTTP_STEP_FINAL, NULL}, /* a reply of SPNEGO */
        {"Negotiate YAcGBSsFAQUC", CX_HTTP_STEP_FIRST, NULL}, /* SPNEGO without a token inside */
        {"Basic eDp5", CX_HTTP_STEP_NONE, NULL},
        {"Negotiate", CX_HTTP_STEP_NONE, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_arena a = cx_arena_init(4096);
        cx_http_auth auth = read_one(false, false, cases[i].value, &a);
        const char *mechanism = auth.mechanism[CX_HTTP_ORIGIN];
        if (auth.step[CX_HTTP_ORIGIN] != cases[i].step ||
            (cases[i].mechanism ? !mechanism || strcmp(mechanism, cases[i].mechanism) != 0
                                : mechanism != NULL))
            fail_msg("%s: step %d, %s", cases[i].value, (int)auth.step[CX_HTTP_ORIGIN],
                     mechanism ? mechanism : "none");
        assert_int_equal(auth.step[CX_HTTP_PROXY], CX_HTTP_STEP_NONE);
        assert_int_equal(auth.n_offered, 0);
        assert_true(auth.used.p != NULL);
        cx_arena_free(&a);
    }
}

static void caps(void **state)
{
    const cx_http_auth_line line = {true, false,
                                    cx_slice_of("a, b, c, d, e, f, g, h, i, NTLM YQ, NTLM YQ, NTLM "
                                                "YQ, NTLM YQ, NTLM YQ, NTLM YQ, NTLM YQ, NTLM YQ, "
                                                "NTLM YQ")};
    cx_arena a = cx_arena_init(4096), none = cx_arena_init(0);
    cx_http_auth auth;
    (void)state;
    cx_http_auth_read(&line, 1, &a, &auth);
    assert_int_equal(auth.n_offered, CX_HTTP_MAX_AUTH);
    assert_int_equal(auth.n_tokens, CX_HTTP_MAX_AUTH_LINES);
    cx_http_auth_read(&line, 1, &none, &auth); /* no memory: the schemes are told */
    assert_int_equal(auth.n_offered, CX_HTTP_MAX_AUTH);
    assert_int_equal(auth.n_tokens, 0);
    assert_false(auth.bad_token);
    cx_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(challenges), cmocka_unit_test(going_on),
                                       cmocka_unit_test(steps), cmocka_unit_test(caps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
