/* dissectors/http_report.c: a report that is held says the same, without what it was made of. */
#include "base/limits.h"
#include "dissectors/http_report.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char said[1024];

static void event(cx_emit *self, cx_event *e)
{
    (void)snprintf(said + strlen(said), sizeof said - strlen(said), "%d@%d/%d#%u ", (int)e->kind,
                   (int)e->at.frame, (int)e->dir, self->exchange);
    if (e->kind == CX_EV_HTTP)
        (void)snprintf(said + strlen(said), sizeof said - strlen(said), "%.*s %.*s %.*s %.*s ",
                       (int)e->u.http.method.len, (const char *)e->u.http.method.p,
                       (int)e->u.http.auth_offered[1].len,
                       (const char *)e->u.http.auth_offered[1].p, (int)e->u.http.location.len,
                       (const char *)e->u.http.location.p, (int)e->u.http.auth_used.len,
                       (const char *)e->u.http.auth_used.p);
}

static void child(cx_emit *self, const char *name, cx_slice bytes, const cx_chunk *of,
                  const char *carrier)
{
    (void)snprintf(said + strlen(said), sizeof said - strlen(said), "%s@%d:%s:%.*s#%u ", name,
                   (int)of->at.frame, carrier, (int)bytes.len, (const char *)bytes.p,
                   self->exchange);
}

static void holding(void **state)
{
    char text[] = "GET|NTLM|/there|Basic|token";
    cx_slice s[5], rest = cx_slice_of(text);
    cx_emit out = {.event = event, .child = child};
    const cx_chunk in = {.dir = 1, .at = {.frame = 9}};
    (void)state;
    for (int i = 0; i < 5; i++)
        s[i] = cx_slice_split(rest, '|', &rest);
    cx_http_report r = {.has_http = true,
                        .http = {.method = s[0],
                                 .auth_offered = {s[3], s[1]},
                                 .n_offered = 2,
                                 .location = s[2],
                                 .auth_used = s[3],
                                 .uri = {s[0].p, 0}},
                        .tokens = {s[4]},
                        .token_scope = {CX_HTTP_PROXY},
                        .n_tokens = 1,
                        .bad_token = true,
                        .logon = {{.success = true}},
                        .logon_scope = {CX_HTTP_PROXY},
                        .n_logons = 1,
                        .at = {.frame = 7},
                        .dir = 0};
    assert_false(cx_http_report_empty(&r));
    cx_http_report *held = cx_http_report_hold(&r);
    assert_non_null(held);
    memset(text, '#', sizeof text);
    assert_null(held->http.host.p); /* what is absent stays absent, what is empty empty */
    assert_true(held->http.uri.p && held->http.uri.len == 0);
    cx_http_report_tell(held, &in, &out);
    assert_string_equal(said, "6@9/1#0 GET NTLM /there Basic gss@9:http:token#1 10@9/1#0 7@9/1#1 ");
    said[0] = 0;
    cx_http_report_tell(held, NULL, &out); /* as when its header section ended */
    assert_string_equal(said, "6@7/0#0 GET NTLM /there Basic gss@7:http:token#1 10@7/0#0 7@7/0#1 ");
    free(held);
}

static void limits(void **state)
{
    static uint8_t bytes[CX_MAX_HTTP_HELD + 1];
    cx_http_report r = {.has_http = true, .http = {.uri = {bytes, CX_MAX_HTTP_HELD}}};
    (void)state;
    cx_http_report *held = cx_http_report_hold(&r);
    assert_non_null(held);
    free(held);
    r.http.uri.len++;
    assert_null(cx_http_report_hold(&r));
    r.http.uri.len = 1;
    test_alloc_fail_at(1);
    assert_null(cx_http_report_hold(&r));
    test_alloc_fail_at(0);
    r = (cx_http_report){.has_http = false};
    assert_true(cx_http_report_empty(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(holding), cmocka_unit_test(limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
