/* dissectors/sip_event.c: every member of a SIP event, from headers of real clients and servers. */
#include "base/limits.h"
#include "dissectors/sip_osip.h"
#include "support/feeder.h"
#include "support/recording.h"
#include "support/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

extern const cx_dissector cx_dissector_sip, cx_dissector_gss, cx_dissector_kerberos,
    cx_dissector_ntlm;
static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_kerberos,
                                               &cx_dissector_ntlm, NULL};

#define MAX_EVENTS 64

typedef struct talk {
    cx_arena arena;
    cx_event *events[MAX_EVENTS];
    size_t n;
} talk;

static void keep(void *self, const cx_event *e)
{
    talk *t = self;
    assert_true(t->n < MAX_EVENTS);
    t->events[t->n] = cx_event_copy(e, &t->arena);
    assert_non_null(t->events[t->n]);
    t->n++;
}

/* The events of one datagram. */
static talk read_bytes(cx_slice bytes)
{
    talk t = {.arena = cx_arena_init(CX_MAX_ATTEMPT_BYTES)};
    test_feeder f = {
        .dissector = &cx_dissector_sip, .children = children, .sink = {.event = keep, .self = &t}};
    assert_true(test_feeder_start(&f));
    test_feeder_datagram(&f, CX_FROM_CLIENT, bytes, false, (cx_evidence){.frame = 7});
    test_feeder_finish(&f);
    return t;
}

static talk read_text(const char *text)
{
    return read_bytes(cx_slice_of(text));
}

static const cx_ev_sip *sip(const talk *t, size_t i)
{
    assert_true(i < t->n && t->events[i]->kind == CX_EV_SIP);
    return &t->events[i]->u.sip;
}

static void is(cx_slice got, const char *expected)
{
    if (!expected)
        assert_null(got.p);
    else if (!got.p || !cx_slice_is(got, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, (int)got.len,
                 got.p ? (const char *)got.p : "");
}

/* ---- real messages ---- */

static talk read_transcript(const char *name)
{
    talk t = {.arena = cx_arena_init(CX_MAX_ATTEMPT_BYTES)};
    test_transcript from = test_transcript_read(name);
    test_feeder f = {
        .dissector = &cx_dissector_sip, .children = children, .sink = {.event = keep, .self = &t}};
    assert_true(test_feeder_start(&f));
    for (size_t i = 0; i < from.n_pieces; i++)
        test_feeder_push(&f, from.pieces[i].dir, from.pieces[i].bytes,
                         (cx_evidence){.frame = i + 1});
    test_feeder_finish(&f);
    test_transcript_free(&from);
    return t;
}

static void register_of_communicator(void **state)
{
    (void)state;
    talk t = read_transcript("communicator-ntlm");
    const cx_ev_sip *s = sip(&t, 0);
    assert_true(s->request);
    is(s->method, "REGISTER");
    is(s->uri.text, "sip:cosmo.local");
    is(s->uri.host, "cosmo.local");
    is(s->uri.user, NULL);
    assert_int_equal(s->uri.port, 0);
    is(s->call_id, "4037df9284354df39065195bd57a4b14");
    is(s->branch, NULL); /* Communicator sends none */
    is(s->via_transport, "TCP");
    is(s->via_host, "192.0.2.6:12723");
    assert_int_equal(s->n_vias, 1);
    assert_int_equal(s->cseq, 1);
    is(s->from.text, "sip:user@cosmo.local");
    is(s->from.scheme, "sip");
    is(s->from.user, "user");
    is(s->from.host, "cosmo.local");
    is(s->from_tag, "3e49177a52");
    is(s->epid, "c8ca638a15");
    is(s->to.text, "sip:user@cosmo.local");
    is(s->to_tag, NULL);
    assert_int_equal(s->n_contacts, 1);
    is(s->contact[0].text, "sip:192.0.2.6:12723;transport=tcp;ms-opaque=fad3dfab32");
    is(s->contact[0].host, "192.0.2.6");
    assert_int_equal(s->contact[0].port, 12723);
    is(s->contact[0].transport, "tcp");
    assert_int_equal(s->contact_q[0], -1);
    assert_false(s->contact_star);
    assert_int_equal(s->expires, -1);
    is(s->event, "registration");
    is(s->user_agent, "UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)");
    assert_int_equal(s->n_auth, 0);
    assert_int_equal(s->content_length, 0);
    assert_int_equal(s->body_len, 0);
    assert_int_equal(s->first.frame, 1);
    assert_false(s->cut);
    assert_int_equal(s->date_ns, INT64_MIN);
    cx_arena_free(&t.arena);
}

static void authentication_of_communicator(void **state)
{
    (void)state;
    talk t = read_transcript("communicator-ntlm");
    assert_int_equal(t.n, 8); /* six messages, CHALLENGE, AUTHENTICATE */
    const cx_ev_sip *s = sip(&t, 1);
    assert_false(s->request);
    is(s->method, "REGISTER");
    assert_int_equal(s->status, 401);
    is(s->reason, "Unauthorized");
    is(s->to_tag, "5E61CCD925D17E043D9A74835A88F664");
    assert_int_equal(s->date_ns, INT64_C(1267438088000000000));
    assert_int_equal(s->n_auth, 2);
    assert_int_equal(s->auth[0].role, CX_AUTH_OFFERED);
    is(s->auth[0].scheme, "NTLM");
    is(s->auth[0].realm, "SIP Communications Service");
    is(s->auth[0].targetname, "cosmo-ocs-r2.cosmo.local");
    assert_int_equal(s->auth[0].version, 4);
    assert_int_equal(s->auth[0].gss, CX_GSS_ABSENT);
    is(s->auth[0].opaque, NULL);
    is(s->auth[1].scheme, "Kerberos");
    is(s->auth[1].targetname, "sip/cosmo-ocs-r2.cosmo.local");

    s = sip(&t, 2); /* gssapi-data="" begins the handshake */
    assert_int_equal(s->auth[0].role, CX_AUTH_USED);
    assert_int_equal(s->auth[0].gss, CX_GSS_EMPTY);
    assert_false(s->auth[0].has_response);

    s = sip(&t, 3);
    assert_int_equal(s->auth[0].gss, CX_GSS_NTLM);
    assert_int_equal(s->auth[0].ntlm_message, 2);
    is(s->auth[0].opaque, "2BDBAC9D");
    assert_int_equal(t.events[4]->kind, CX_EV_NTLM); /* right behind its message */
    assert_int_equal(t.events[4]->at.frame, t.events[3]->at.frame);
    assert_string_equal(t.events[4]->u.ntlm.carrier, "sip");

    s = sip(&t, 5);
    assert_int_equal(s->auth[0].ntlm_message, 3);
    assert_true(s->auth[0].has_response);
    is(s->auth[0].qop, "auth");

    s = sip(&t, 7);
    assert_int_equal(s->status, 200);
    assert_int_equal(s->auth[0].role, CX_AUTH_INFO);
    assert_true(s->auth[0].has_response);
    assert_int_equal(s->auth[0].gss, CX_GSS_ABSENT);
    assert_int_equal(s->expires, 7200);
    is(s->server, "RTC/3.5");
    is(s->presence_state, "register-action=\"added\"");
    cx_arena_free(&t.arena);
}

/* No response of a client is anywhere in what an event keeps. */
static void no_secrets(void **state)
{
    (void)state;
    talk t =
        read_text("REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"u\", realm=\"r\", "
                  "nonce=\"n\", uri=\"sip:a\", response=\"SECRET\", cnonce=\"SECRET\"\r\n"
                  "Authentication-Info: rspauth=\"SECRET\"\r\n\r\n");
    const cx_ev_sip *s = sip(&t, 0);
    assert_int_equal(s->n_auth, 2);
    for (uint32_t i = 0; i < s->n_auth; i++) {
        const cx_sip_auth *a = &s->auth[i];
        const cx_slice all[] = {a->scheme,   a->realm,     a->targetname, a->opaque, a->nonce,
                                a->username, a->algorithm, a->qop,        a->sts_uri};
        assert_true(a->has_response);
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            assert_true(!all[k].p || !memmem(all[k].p, all[k].len, "SECRET", 6));
    }
    is(s->auth[0].nonce, "n");
    is(s->auth[0].username, "u");
    is(s->auth[1].scheme, NULL); /* RFC 2617 3.2.3 names none */
    cx_arena_free(&t.arena);
}

/* ---- headers ---- */

static void every_header(void **state)
{
    (void)state;
    talk t = read_text(
        "SIP/2.0 301 Redirect request to Home Server\r\n"
        "v: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKtop;received=192.0.2.1 ,SIP/2.0/TCP b\r\n"
        "Via: SIP/2.0/UDP c;branch=z9hG4bKlow\r\n"
        "f: \"A. \\\"<sip:no@no>\\\" B, C\" <sip:al%69ce@contoso.com:5070>;epid=01;tag=f1\r\n"
        "t: sip:bob@contoso.com;tag=t1\r\n"
        "i: 1@2\r\n"
        "CSeq: 4294967295  REGISTER\r\n"
        "m: \"x\" <sip:ocs1.contoso.com:5061;transport=TLS>;q=0.7;expires=\"30\", "
        "<sip:[2001:db8::2]:5061;maddr=192.0.2.9;transport=tls>;q=0.3\r\n"
        "Contact: <sips:third>;q=1, <tel:+14255550100>;q=0.05, <sip:fifth>\r\n"
        "Expires: 7200\r\nMin-Expires: 90\r\nRetry-After: 18000;duration=3600\r\n"
        "Date: Mon, 23 Nov 2026 14:36:02 GMT\r\n"
        "User-Agent: UA\r\nServer: RTC/5.0\r\no: presence ; id=4\r\n"
        "c: text/registration-event ; charset=UTF-8\r\n"
        "Warning: 310 lcs.microsoft.com \"You are not, well, running the \\\"right\\\" client\", "
        "399 b unquoted text, 300 third \"not kept\"\r\n"
        "presence-state: register-action=\"added\";is-connected-to-primary=yes\r\n"
        "ms-user-logon-data: remoteuser\r\n"
        "ms-diagnostics: 1000.5;reason=\"Final handshake failed; "
        "really\";source=\"ocs1.contoso.com\";"
        "HRESULT=\"0xC3E93EE4(SIP_E_AUTH)\";flag;empty=\"\"\r\n"
        "Ms-Diagnostics-Public: 4003;reason=\"From URI not enabled for remote access\"\r\n"
        "ms-diagnostics: none;reason=\"x\"\r\n"
        "l: 3\r\n\r\nabc");
    const cx_ev_sip *s = sip(&t, 0);
    assert_int_equal(s->status, 301);
    is(s->reason, "Redirect request to Home Server");
    is(s->method, "REGISTER");
    is(s->via_transport, "TLS");
    is(s->via_host, "[2001:db8::1]:5061");
    is(s->branch, "z9hG4bKtop");
    assert_int_equal(s->n_vias, 3);
    is(s->from.text, "sip:al%69ce@contoso.com:5070");
    is(s->from.user, "alice");
    assert_int_equal(s->from.port, 5070);
    is(s->from_tag, "f1");
    is(s->epid, "01");
    is(s->to.text, "sip:bob@contoso.com");
    is(s->to.user, "bob");
    is(s->to_tag, "t1");
    is(s->call_id, "1@2");
    assert_int_equal(s->cseq, UINT32_MAX);
    assert_int_equal(s->n_contacts, 4);
    is(s->contact[0].host, "ocs1.contoso.com");
    assert_int_equal(s->contact[0].port, 5061);
    is(s->contact[0].transport, "TLS");
    assert_int_equal(s->contact_q[0], 700);
    is(s->contact[1].host, "2001:db8::2");
    is(s->contact[1].maddr, "192.0.2.9");
    assert_int_equal(s->contact_q[1], 300);
    is(s->contact[2].scheme, "sips");
    assert_int_equal(s->contact_q[2], 1000);
    is(s->contact[3].text, "tel:+14255550100");
    assert_int_equal(s->contact_q[3], 50);
    assert_int_equal(s->expires, 30); /* of the first Contact, before the header */
    assert_int_equal(s->min_expires, 90);
    assert_int_equal(s->retry_after, 18000);
    assert_int_equal(s->date_ns, INT64_C(1795444562000000000));
    is(s->user_agent, "UA");
    is(s->server, "RTC/5.0");
    is(s->event, "presence");
    is(s->content_type, "text/registration-event");
    assert_int_equal(s->n_warnings, 2);
    assert_int_equal(s->warning[0].code, 310);
    is(s->warning[0].agent, "lcs.microsoft.com");
    is(s->warning[0].text, "You are not, well, running the \\\"right\\\" client");
    is(s->warning[1].text, "unquoted text");
    is(s->presence_state, "register-action=\"added\";is-connected-to-primary=yes");
    assert_true(s->remote_user);
    assert_int_equal(s->n_diag, 2);
    assert_int_equal(s->diag[0].code, 1000);
    assert_int_equal(s->diag[0].sub, 5);
    assert_false(s->diag[0].is_public);
    is(s->diag[0].reason, "Final handshake failed; really");
    is(s->diag[0].source, "ocs1.contoso.com");
    assert_int_equal(s->diag[0].n_attributes, 3);
    is(s->diag[0].names[0], "HRESULT");
    is(s->diag[0].values[0], "0xC3E93EE4(SIP_E_AUTH)");
    is(s->diag[0].names[1], "flag");
    is(s->diag[0].values[1], NULL);
    is(s->diag[0].values[2], "");
    assert_int_equal(s->diag[1].code, 4003);
    assert_int_equal(s->diag[1].sub, -1);
    assert_true(s->diag[1].is_public);
    assert_int_equal(s->content_length, 3);
    is(s->body, "abc");
    cx_arena_free(&t.arena);
}

/* A compact, folded REGISTER says what the long form says (RFC 3261 7.3.3, 7.3.1). */
static void folded(void **state)
{
    (void)state;
    talk t =
        read_text("REGISTER sip:a SIP/2.0\r\nF:\r\n <sip:alice@b>\r\n\t;tag=1;\r\n epid=2\r\n"
                  "Authorization: NTLM qop=\"auth\",\r\n\trealm=\"R\",\r\n"
                  "  gssapi-data=\"TlRMTVNTUAABAAAA\r\n A7IAAAoACgApAAAACQAJACAAAABMSUdIVENJVFl\r\n"
                  " VUlNBLU1JTk9S\", version=\"3\"\r\n\r\n");
    const cx_ev_sip *s = sip(&t, 0);
    is(s->from.text, "sip:alice@b");
    is(s->from_tag, "1");
    is(s->epid, "2");
    is(s->auth[0].realm, "R");
    assert_int_equal(s->auth[0].version, 3);
    assert_int_equal(s->auth[0].ntlm_message, 1);
    assert_int_equal(t.n, 2);
    is(t.events[1]->u.ntlm.workstation, "LIGHTCITY");
    cx_arena_free(&t.arena);
}

/* A message with the token in a header of this beginning. */
static talk read_token(const char *header, cx_slice token)
{
    static char text[8192];
    int n = snprintf(text, sizeof text, "REGISTER sip:a SIP/2.0\r\n%s, gssapi-data=\"", header);
    assert_true((size_t)n + token.len / 3 * 4 + 16 < sizeof text);
    n += EVP_EncodeBlock((uint8_t *)text + n, token.p, (int)token.len);
    (void)snprintf(text + n, sizeof text - (size_t)n, "\"\r\n\r\n");
    return read_text(text);
}

/* Tokens of Kerberos, and of SPNEGO around it, made by libgssapi_krb5. */
static void kerberos_tokens(void **state)
{
    static const struct {
        const char *header, *recording;
        size_t piece;
        cx_krb_message message;
        const char *sname;
    } rows[] = {
        {"Authorization: Kerberos qop=\"auth\"", "krb/gss-mit-krb5", 0, CX_KRB_AP_REQ,
         "sip/ocs1.contoso.com"},
        {"Authentication-Info: Kerberos qop=\"auth\"", "krb/gss-mit-krb5", 1, CX_KRB_AP_REP, NULL},
        {"WWW-Authenticate: Kerberos qop=\"auth\"", "krb/gss-mit-modified", 1, CX_KRB_ERROR,
         "HTTP/www.contoso.com"},
        {"Proxy-Authorization: Negotiate qop=\"auth\"", "krb/gss-mit-spnego", 0, CX_KRB_AP_REQ,
         "HTTP/www.contoso.com"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_recording r = test_recording_read(rows[i].recording);
        talk t = read_token(rows[i].header, r.pieces[rows[i].piece].bytes);
        assert_int_equal(t.n, 2);
        assert_int_equal(sip(&t, 0)->auth[0].gss, i < 3 ? CX_GSS_KERBEROS : CX_GSS_OTHER);
        assert_int_equal(t.events[1]->kind, CX_EV_KRB);
        assert_int_equal(t.events[1]->u.krb.message, rows[i].message);
        assert_string_equal(t.events[1]->u.krb.carrier, "sip");
        is(t.events[1]->u.krb.sname, rows[i].sname);
        cx_arena_free(&t.arena);
        test_recording_free(&r);
    }
    talk t =
        read_token("Authorization: TLS-DSK qop=\"auth\"", cx_slice_of("\x16\x03\x01\x01\x02\x03"));
    assert_int_equal(t.n, 1);
    assert_int_equal(sip(&t, 0)->auth[0].gss, CX_GSS_TLS);
    cx_arena_free(&t.arena);
    t = read_token("Authorization: Other qop=\"auth\"", cx_slice_of("what is this"));
    assert_int_equal(t.n, 1);
    assert_int_equal(sip(&t, 0)->auth[0].gss, CX_GSS_OTHER);
    cx_arena_free(&t.arena);
}

/* What libosip2 does not take keeps its text, and what else can be had. */
static void unreadable_values(void **state)
{
    (void)state;
    talk t = read_text(
        "REGISTER sip: SIP/2.0\r\nFrom: \xe9t\xe9 <sip:\xe9lise@contoso.com>;tag=1;epid=e\r\n"
        "To: <sip:broken\r\nContact: <urn:x>;q=9;expires=5, <>, ,*\r\n"
        "Via: nonsense\r\nCSeq: x REGISTER\r\nExpires: soon\r\nDate: yesterday\r\n"
        "Warning: none\r\nContent-Length: 0\r\nMin-Expires: -1\r\n: no name\r\n"
        "no colon\r\nAuthorization:\r\n\r\n");
    const cx_ev_sip *s = sip(&t, 0);
    is(s->uri.text, "sip:");
    is(s->uri.host, NULL);
    is(s->from.text, "sip:\xe9lise@contoso.com");
    is(s->from.user, "\xe9lise");
    is(s->from_tag, "1");
    is(s->epid, "e");
    is(s->to.text, "sip:broken");
    is(s->contact[0].text, "urn:x");
    assert_int_equal(s->contact_q[0], -1);
    assert_int_equal(s->n_contacts, 2);
    is(s->contact[1].text, "");
    assert_true(s->contact_star);
    assert_int_equal(s->expires, 5);
    is(s->via_transport, NULL);
    is(s->via_host, NULL);
    assert_int_equal(s->n_vias, 1);
    assert_int_equal(s->cseq, 0);
    assert_int_equal(s->min_expires, -1);
    assert_int_equal(s->date_ns, INT64_MIN);
    assert_int_equal(s->n_warnings, 0);
    assert_int_equal(s->n_auth, 0);
    cx_arena_free(&t.arena);
}

/* Arrays are full, not overrun; what does not fit is left out. */
static void more_than_fits(void **state)
{
    char text[65536];
    size_t n = (size_t)snprintf(text, sizeof text, "SIP/2.0 401 No\r\n");
    (void)state;
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(
            text + n, sizeof text - n,
            "WWW-Authenticate: NTLM realm=\"%d\"\r\nms-diagnostics: %d;a=1;b=2;c=3;"
            "d=4;e=5;f=6;g=7;h=8;i=9;j=10;k=11;l=12;m=13;reason=\"r\"\r\n"
            "Warning: 399 a \"%d\"\r\nContact: <sip:%d>\r\n",
            i, i, i, i);
    for (int i = 0; i < 600; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "Subject: %d\r\n", i);
    n += (size_t)snprintf(text + n, sizeof text - n, "Server: too late\r\n\r\n");
    talk t = read_bytes((cx_slice){(const uint8_t *)text, n});
    const cx_ev_sip *s = sip(&t, 0);
    assert_int_equal(s->n_auth, CX_SIP_MAX_AUTH);
    is(s->auth[CX_SIP_MAX_AUTH - 1].realm, "7");
    assert_int_equal(s->n_diag, CX_SIP_MAX_DIAG);
    assert_int_equal(s->diag[0].n_attributes, 12);
    is(s->diag[0].values[11], "12");
    is(s->diag[0].reason, "r");
    assert_int_equal(s->n_warnings, 2);
    assert_int_equal(s->n_contacts, 4);
    is(s->server, NULL); /* past CX_MAX_SIP_HEADERS */
    cx_arena_free(&t.arena);
}

static void body_kept(void **state)
{
    char text[CX_MAX_SIP_BODY_KEPT + 200];
    int head = snprintf(text, sizeof text, "SIP/2.0 200 OK\r\n\r\n");
    (void)state;
    memset(text + head, 'b', CX_MAX_SIP_BODY_KEPT + 1);
    talk t = read_bytes((cx_slice){(const uint8_t *)text, (size_t)head + CX_MAX_SIP_BODY_KEPT});
    assert_int_equal(sip(&t, 0)->body.len, CX_MAX_SIP_BODY_KEPT);
    assert_int_equal(sip(&t, 0)->body_len, CX_MAX_SIP_BODY_KEPT);
    cx_arena_free(&t.arena);
    t = read_bytes((cx_slice){(const uint8_t *)text, (size_t)head + CX_MAX_SIP_BODY_KEPT + 1});
    assert_int_equal(sip(&t, 0)->body.len, CX_MAX_SIP_BODY_KEPT);
    assert_int_equal(sip(&t, 0)->body_len, CX_MAX_SIP_BODY_KEPT + 1);
    cx_arena_free(&t.arena);
}

int main(void)
{
    cx_sip_osip_setup();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_of_communicator),
        cmocka_unit_test(authentication_of_communicator),
        cmocka_unit_test(no_secrets),
        cmocka_unit_test(every_header),
        cmocka_unit_test(folded),
        cmocka_unit_test(kerberos_tokens),
        cmocka_unit_test(unreadable_values),
        cmocka_unit_test(more_than_fits),
        cmocka_unit_test(body_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
