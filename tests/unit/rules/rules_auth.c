/* Scenes of authentication (rules_scenes.h). */
#include "rules_scenes.h"

static scene_conn ntlm(scene *s, const char *challenge, const char *authenticate, uint16_t status,
                       const char *last)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM\nWWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 2, 401, challenge);
    if (authenticate) {
        scene_register(s, &c, ALICE, 3, authenticate);
        scene_answer(s, &c, ALICE, 3, status, last);
    }
    scene_close(s, &c, C);
    return c;
}

static void ntlm_ok(scene *s) /* SEAL and 56-bit dropped: harmless */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 200, NULL);
}

static void ntlm_password(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401, "WWW-Authenticate: NTLM");
}

static void identity(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 403, "ms-diagnostics: 4004");
}

static void ntlm_hresult(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401,
         "WWW-Authenticate: NTLM\nms-diagnostics: 1000 HRESULT=0xC3E93EE4");
}

static void ntlm_hresult_named(scene *s) /* as servers print it, with its name */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401,
         "WWW-Authenticate: NTLM\nms-diagnostics: 1000 "
         "HRESULT=0xC3E93EE4(SIP_E_AUTH_NTLMMISMATCH)");
}

static void ntlm_other_hresult(scene *s) /* SIP_E_AUTH_UNAUTHORIZED does not say why */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401,
         "WWW-Authenticate: NTLM\nms-diagnostics: 1000 HRESULT=0xC3E93EC3");
}

static void handshake_failed(scene *s) /* without the request: only the number says it */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 3, 403, "ms-diagnostics: 1000");
    scene_close(s, &c, C);
}

static void ntlm_no_128(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x42988255", 401, "WWW-Authenticate: NTLM");
}

static void ntlm_challenge_weak(scene *s) /* no 128-bit offered, the client goes away */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0x82908205", NULL, 0, NULL);
}

static void ntlm_challenge_good(scene *s) /* everything offered, the user cancelled */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3", NULL, 0, NULL);
}

static void kerberos_only(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos");
    scene_close(s, &c, C);
}

static void digest_newer_only(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1 algorithm=SHA-256");
    scene_wait(s, 8);
}

static void digest_newer_too(scene *s) /* most clients can take MD5: maybe a person is asked */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401,
                 "WWW-Authenticate: Digest n1 algorithm=SHA-256\n"
                 "WWW-Authenticate: Digest n1 algorithm=MD5");
    scene_wait(s, 8);
}

static void kerberos_only_edge(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401,
                 "WWW-Authenticate: Kerberos\nms-user-logon-data: RemoteUser");
    scene_close(s, &c, C);
}

static void kerberos_works(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, C);
}

static void kerberos_then_ntlm(scene *s) /* one attempt: the second scheme works */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 3, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 3, 401, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, ALICE, 4, "Authorization: NTLM authenticate 0x62988255");
    scene_answer(s, &c, ALICE, 4, 200, NULL);
    scene_close(s, &c, C);
}

static void digest_password(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n2");
}

static void
digest_old_nonce(scene *s) /* a nonce of the day before is refused as a matter of course */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, "Authorization: Digest old response");
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n2");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n2 response");
    scene_answer(s, &c, ALICE, 2, 200, NULL);
}

static void digest_stale(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n2 stale");
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n2 response");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

/* As kamailio and baresip do it when each nonce is called stale. */
static void stale_so_often(scene *s, uint32_t times, uint16_t status)
{
    static const char *const nonces[] = {"n1", "n2", "n3", "n4", "n5"};
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    for (uint32_t i = 0; i < times; i++) {
        char used[64], offer[64];
        (void)snprintf(used, sizeof used, "Authorization: Digest %s response", nonces[i]);
        (void)snprintf(offer, sizeof offer, "WWW-Authenticate: Digest %s stale", nonces[i + 1]);
        scene_register(s, &c, ALICE, i + 2, used);
        scene_answer(s, &c, ALICE, i + 2, 401, offer);
    }
    if (!status)
        return;
    char used[64];
    (void)snprintf(used, sizeof used, "Authorization: Digest %s response", nonces[times]);
    scene_register(s, &c, ALICE, times + 2, used);
    scene_answer(s, &c, ALICE, times + 2, status, NULL);
}

static void digest_stale_twice(scene *s)
{
    stale_so_often(s, 2, 200);
}

static void digest_stale_always(scene *s)
{
    stale_so_often(s, 3, 0);
}

/* A proxy asks for credentials, and the registrar behind it for its own (RFC 3261 22.3). */
static scene_conn proxy_let_pass(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 407, "WWW-Authenticate: Digest p1 realm=proxy.contoso.com");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest p1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n1 realm=contoso.com");
    return c;
}

static void digest_proxy_and_registrar(scene *s)
{
    scene_conn c = proxy_let_pass(s);
    scene_register(s, &c, ALICE, 3,
                   "Authorization: Digest p1 response\nAuthorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

static scene_conn proxy_of_same_realm(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 407, "Proxy-Authenticate: Digest p1 realm=contoso.com");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest p1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n1 realm=contoso.com");
    return c;
}

static void digest_same_realm_twice(scene *s)
{
    scene_conn c = proxy_of_same_realm(s);
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

static void digest_same_realm_refuses(scene *s)
{
    scene_conn c = proxy_of_same_realm(s);
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 401, "WWW-Authenticate: Digest n2 realm=contoso.com");
}

static void digest_registrar_refuses(scene *s)
{
    scene_conn c = proxy_let_pass(s);
    scene_register(s, &c, ALICE, 3,
                   "Authorization: Digest p1 response\nAuthorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 401, "WWW-Authenticate: Digest n2 realm=contoso.com");
}

static void digest_proxy_refuses(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 407, "WWW-Authenticate: Digest p1 realm=proxy.contoso.com");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest p1 response");
    scene_answer(s, &c, ALICE, 2, 407, "WWW-Authenticate: Digest p2 realm=proxy.contoso.com");
}

static void digest_one_at_a_time(scene *s) /* as baresip 1.0 does: a circle */
{
    scene_conn c = proxy_let_pass(s);
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 407, "WWW-Authenticate: Digest p2 realm=proxy.contoso.com");
}

static void next_hop_failed(scene *s) /* as kamailio says it when the next server is away */
{
    scene_answered(s, 477, NULL);
}

static const cx_context demands_all = {.has_min_server = true, .ntlm_min_server = 0x20080030};
static const cx_context demands_128 = {.has_min_server = true, .ntlm_min_server = 0x20000000};
static const cx_context client_128 = {.has_min_client = true, .ntlm_min_client = 0x20000000};

static const scene_case cases[] = {
    {"identity", identity, "sip-identity-mismatch", "failure", "proven", NULL},
    {"ntlm_ok", ntlm_ok, "", "success", "", NULL},
    {"ntlm_ok_policy_elsewhere", ntlm_ok, "", "success", "", &demands_all},
    {"ntlm_password", ntlm_password, "sip-auth-failed", "failure", "proven", NULL},
    {"ntlm_password_policy_met", ntlm_password, "sip-auth-failed", "failure", "proven",
     &demands_128},
    {"ntlm_seal_demanded", ntlm_password, "ntlm-session-security-mismatch", "failure", "proven",
     &demands_all},
    {"ntlm_hresult", ntlm_hresult, "ntlm-session-security-mismatch", "failure", "proven", NULL},
    {"ntlm_hresult_named", ntlm_hresult_named, "ntlm-session-security-mismatch", "failure",
     "proven", NULL},
    {"ntlm_other_hresult", ntlm_other_hresult, "sip-auth-failed", "failure", "proven", NULL},
    {"handshake_failed", handshake_failed, "sip-auth-failed", "failure", "proven", NULL},
    {"ntlm_no_128", ntlm_no_128, "sip-auth-failed", "failure", "proven", NULL},
    {"ntlm_no_128_demanded", ntlm_no_128, "ntlm-session-security-mismatch", "failure", "proven",
     &demands_128},
    {"ntlm_challenge_weak", ntlm_challenge_weak, "ntlm-session-security-mismatch", "failure",
     "possible", NULL},
    {"ntlm_challenge_weak_told", ntlm_challenge_weak, "ntlm-session-security-mismatch", "failure",
     "proven", &client_128},
    {"ntlm_challenge_good", ntlm_challenge_good, "", "incomplete", "", NULL},
    {"kerberos_only", kerberos_only, "sip-auth-no-common-scheme", "failure", "likely", NULL},
    {"digest_newer_only", digest_newer_only, "sip-auth-no-common-scheme", "failure", "likely",
     NULL},
    {"digest_newer_too", digest_newer_too, "", "incomplete", "", NULL},
    {"kerberos_only_edge", kerberos_only_edge, "sip-kerberos-only-external", "failure", "likely",
     NULL},
    {"kerberos_works", kerberos_works, "", "success", "", NULL},
    {"kerberos_then_ntlm", kerberos_then_ntlm, "", "success", "", NULL},
    {"digest_password", digest_password, "sip-auth-failed", "failure", "proven", NULL},
    {"digest_old_nonce", digest_old_nonce, "", "success", "", NULL},
    {"digest_stale", digest_stale, "", "success", "", NULL},
    {"digest_stale_twice", digest_stale_twice, "", "success", "", NULL},
    {"digest_stale_always", digest_stale_always, "sip-auth-failed", "failure", "proven", NULL},
    {"digest_two_realms", digest_proxy_and_registrar, "", "success", "", NULL},
    {"digest_same_realm", digest_same_realm_twice, "", "success", "", NULL},
    {"digest_same_realm_refuses", digest_same_realm_refuses, "sip-auth-failed", "failure", "proven",
     NULL},
    {"digest_registrar_refuses", digest_registrar_refuses, "sip-auth-failed", "failure", "proven",
     NULL},
    {"digest_proxy_refuses", digest_proxy_refuses, "sip-auth-failed", "failure", "proven", NULL},
    {"digest_one_at_a_time", digest_one_at_a_time, "sip-auth-failed", "failure", "proven", NULL},
    {"next_hop_failed", next_hop_failed, "sip-server-timeout", "failure", "proven", NULL},
};

const scene_family rules_auth = {cases, sizeof cases / sizeof *cases};
