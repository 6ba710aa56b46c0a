/* Scenes of TLS: names, certificates, handshakes (rules_scenes.h). */
#include "rules_scenes.h"

static scene_conn handshake(scene *s, const char *server, const char *sni, const char *names,
                            int from, int to)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, sni, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, names, from, to);
    return c;
}

static void use(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static void mismatch(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 42);
    scene_close(s, &c, C);
}

static void sound_42(scene *s, const char *sni) /* of OpenSSL: it has no quarrel with the issuer */
{
    s->names_issuers = true;
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = handshake(s, "10.0.0.5:5061", sni, "sip.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
    scene_close(s, &c, C);
}

static void sound_42_named(scene *s) /* compared with something that no packet shows */
{
    sound_42(s, "sip.contoso.com");
}

static void sound_42_nameless(scene *s) /* the lookup was for another connection */
{
    sound_42(s, NULL);
}

static void mismatch_40(scene *s) /* Erlang's word for it */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 40);
    scene_close(s, &c, C);
}

static void sound_40(scene *s) /* about another thing than the certificate */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 40);
    scene_close(s, &c, C);
}

static void mismatch_silent(scene *s) /* by the name that was looked up, the client just closes */
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "pool.corp.local *.fabrikam.com", -10, 100);
    scene_close(s, &c, C);
}

static void mismatch_after_handshake(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void mismatch_accepted_in_vain(scene *s) /* it minds the silence, and not the name */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_wait(s, 30);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void mismatch_accepted(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    use(s, &c);
}

static void wildcard_match(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "*.contoso.com", -10, 100);
    use(s, &c);
}

static void wildcard_two_labels(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "a.sip.contoso.com", "*.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void ip_used(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "ocs1.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void ip_used_and_in_certificate(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "ocs1.contoso.com ip:10.0.0.5", -10, 100);
    use(s, &c);
}

static void ip_in_certificate_name_asked_later(scene *s) /* for a printer on the same host */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "ocs1.contoso.com ip:10.0.0.5", -10, 100);
    scene_finish(s, &c);
    scene_lookup(s, "A", "print.contoso.com", "10.0.0.5");
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void short_name(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "ocs1", "ocs1.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void old_client_no_name(scene *s) /* TLS 1.0 without SNI: nothing says what it wanted */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0301);
    scene_server_hello(s, &c, 0x0301);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    scene_close(s, &c, C);
}

static void expired(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -100, -3);
    scene_alert(s, &c, C, 2, 45);
}

static void expires_tomorrow(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -100, 1);
    use(s, &c);
}

static void not_yet(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", 5, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void untrusted(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 48);
}

static void self_signed(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:sip.contoso.com", -9, 9);
    scene_alert(s, &c, C, 2, 48);
}

static void self_signed_generic_alert(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:sip.contoso.com", -9, 9);
    scene_alert(s, &c, C, 2, 42);
}

static void self_signed_wrong_name(scene *s) /* 42 may mean the name: that is what can be proven */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:ocs1.corp.local", -9, 9);
    scene_alert(s, &c, C, 2, 42);
}

static void expired_wrong_name(scene *s, uint8_t alert)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -100, -3);
    scene_alert(s, &c, C, 2, alert);
}

static void two_defects_42(scene *s) /* 42 names neither */
{
    expired_wrong_name(s, 42);
}

static void two_defects_45(scene *s)
{
    expired_wrong_name(s, 45);
}

static void two_defects_48(scene *s)
{
    expired_wrong_name(s, 48);
}

static void two_defects_44(scene *s)
{
    expired_wrong_name(s, 44);
}

static void weak_wrong_name(scene *s)
{
    scene_conn c =
        handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sha1:ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 46);
}

static void expired_42(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -100, -3);
    scene_alert(s, &c, C, 2, 42);
}

static void
mismatch_access_denied(scene *s) /* 49 speaks of something else, or of nothing in sight */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 49);
}

static void self_signed_pinned(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:sip.contoso.com", -9, 9);
    use(s, &c);
}

static void unknown_ca_of_server(scene *s) /* about the client's certificate */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_tls(s, &c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_alert(s, &c, S, 2, 48);
}

static void plain_on_tls(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_close(s, &c, S);
}

static void plain_on_tls_answered(scene *s) /* clear SIP on 5061 by design */
{
    scene_sign_in(s, "10.0.0.5:5061");
}

static void hello_on_plain(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, NULL, 0x0303);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void hello_on_plain_went_on(scene *s) /* one direction: what answered is not captured */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, NULL, 0x0303);
    scene_tls(s, &c, CX_TLS_CHANGE_CIPHER_SPEC, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_wait(s, 20);
    c.tcp.one_sided = true;
    scene_close(s, &c, C);
}

static void tls_on_5060(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5060", "sip.contoso.com", "sip.contoso.com", -10, 100);
    use(s, &c);
}

static void version(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0301);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

static void version_of_cut_hello(scene *s) /* the snap length left nothing of the ClientHello */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_gap(s, &c, C);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

static void alert_of_cut_hello(scene *s, uint8_t alert)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_gap(s, &c, C);
    scene_alert(s, &c, S, 2, alert);
    scene_close(s, &c, S);
}

static void cipher_of_cut_hello(scene *s)
{
    alert_of_cut_hello(s, 71);
}

static void cut_hello_40(scene *s) /* a name may be what was missing */
{
    alert_of_cut_hello(s, 40);
}

static void list_ciphers(scene *s, int n) /* the same, beside hellos that were answered (nmap) */
{
    for (int i = 0; i < n; i++) {
        scene_conn c = scene_open(s, "10.0.0.5:5061");
        scene_gap(s, &c, C);
        if (i)
            scene_alert(s, &c, S, 2, 40);
        else
            scene_server_hello(s, &c, 0x0303);
        scene_close(s, &c, i ? S : C);
    }
}

static void ciphers_listed(scene *s)
{
    list_ciphers(s, 11);
}

static void ciphers_listed_at_length(scene *s)
{
    list_ciphers(s, 12);
}

static void cipher_of_hidden_hello(scene *s) /* only what the server sends is captured */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    c.tcp.one_sided = true;
    scene_alert(s, &c, S, 2, 71);
    scene_close(s, &c, S);
}

static void alert_40_in_the_middle(scene *s) /* a ServerHello may have come before */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    c.tcp.one_sided = c.tcp.mid_stream = true;
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void version_of_cut_text(scene *s) /* SIP without TLS, cut */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_register(s, &c, ALICE, 1, "cut: 1");
    scene_gap(s, &c, C);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

static void version_of_text(scene *s) /* the alert is about bytes that are no TLS */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_alert(s, &c, C, 2, 70);
    scene_close(s, &c, C);
}

static void hello_reset(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_reset(s, &c, S);
}

static void cipher(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void cipher_71(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_alert(s, &c, S, 2, 71);
    scene_close(s, &c, S);
}

/* Another client is served, by a suite that this one has or lacks. */
static void cipher_beside(scene *s, uint16_t cipher, uint16_t version, const char *sni)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    s->client = "10.0.0.22";
    s->cipher = cipher;
    scene_conn other = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &other, "sip.contoso.com", version);
    scene_server_hello(s, &other, version);
    s->client = "10.0.0.21";
    scene_hello(s, &c, sni, 0x0303);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void cipher_of_others(scene *s)
{
    cipher_beside(s, 0xc02c, 0x0303, "sip.contoso.com");
}

static void cipher_of_both(scene *s) /* then it is not the suite */
{
    cipher_beside(s, 0xc02f, 0x0303, "sip.contoso.com");
}

static void cipher_of_newer(scene *s) /* then it may be the version */
{
    cipher_beside(s, 0x1301, 0x0304, "sip.contoso.com");
}

static void late_alert(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_tls(s, &c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void silent_reject(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_close(s, &c, C);
}

static void led_by_discovery(scene *s)
{
    scene_ask_srv(s, "0 0 5061 sip.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
}

static void left_after_handshake(scene *s) /* NSS with an issuer that it does not know */
{
    led_by_discovery(s);
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
    scene_lookup(s, "A", "sipexternal.contoso.com", "10.0.0.6");
    scene_conn d = scene_syn(s, "10.0.0.6:5061");
    scene_refused(s, &d);
}

static void
probed_after_handshake(scene *s) /* openssl s_client to see whether the port speaks TLS */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void left_by_late_judge(scene *s,
                               const char *names) /* a typed server, and a user who rejects */
{
    s->judges_late = true;
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", names, -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_close(s, &c, C);
}

static void unknown_to_late_judge(scene *s)
{
    left_by_late_judge(s, "sip.contoso.com");
}

static void self_signed_to_late_judge(scene *s)
{
    left_by_late_judge(s, "self:sip.contoso.com");
}

static void late_judge_goes_on(scene *s)
{
    s->judges_late = true;
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    use(s, &c);
}

static void nameless_to_late_judge(scene *s) /* the name is one that it was asked for before */
{
    s->judges_late = true;
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void late_judge_leaves_tls13(scene *s)
{
    s->judges_late = true;
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_close(s, &c, C);
}

static void left_tls13(scene *s)
{
    led_by_discovery(s);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_close(s, &c, C);
}

static void server_closes(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_close(s, &c, S);
}

static void server_mute(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void hello_lost(scene *s) /* not all of it is acknowledged */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_wait(s, 20);
    c.tcp.side[C].retransmissions = 5;
    scene_close(s, &c, C);
}

static void abandoned(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void web_page_left(scene *s) /* a browser that leaves a page half-way */
{
    scene_conn c = handshake(s, "10.0.0.80:443", "www.example.com", "www.example.com", -10, 100);
    scene_close(s, &c, C);
}

static void resets_old_hello(scene *s, uint16_t given_to_others, uint16_t offered)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    s->client = "10.0.0.22";
    scene_conn other = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &other, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &other, given_to_others);
    s->client = "10.0.0.21";
    scene_hello(s, &c, "sip.contoso.com", offered);
    scene_reset(s, &c, S);
}

static void resets_too_old(scene *s)
{
    resets_old_hello(s, 0x0303, 0x0301);
}

static void resets_same_version(scene *s) /* then the version is not the reason */
{
    resets_old_hello(s, 0x0301, 0x0301);
}

static void offers(scene *s, uint16_t max_version, uint32_t fewer_ciphers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    s->fewer_ciphers = fewer_ciphers;
    scene_hello(s, &c, NULL, max_version);
    scene_alert(s, &c, S, 2, max_version < 0x0303 ? 70 : 40);
    scene_close(s, &c, S);
}

static void offers_all_kinds(scene *s) /* a name that the server does not know is as likely */
{
    s->all_kinds = true;
    offers(s, 0x0303, 0);
}

static void falls_back(scene *s) /* to ever older versions, and all are refused */
{
    for (uint16_t version = 0x0303; version >= 0x0300; version--)
        offers(s, version, 0);
}

static void lists_ciphers(scene *s) /* as nmap's ssl-enum-ciphers */
{
    for (uint32_t fewer = 0; fewer < 3; fewer++) {
        offers(s, 0x0303, fewer);
        offers(s, 0x0301, fewer);
    }
}

static void srv_to_old_tls(scene *s) /* the port speaks TLS: an alert says so */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 sip.contoso.com");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn web = scene_open(s, "10.0.0.5:443");
    scene_close(s, &web, C);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0301);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

static const scene_case cases[] = {
    {"mismatch", mismatch, "tls-cert-name-mismatch", "failure", "proven", NULL},
    {"sound_42_named", sound_42_named, "tls-alert-fatal", "failure", "proven", NULL},
    {"sound_42_nameless", sound_42_nameless, "tls-cert-ip-used", "failure", "likely", NULL},
    {"mismatch_40", mismatch_40, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"sound_40", sound_40, "tls-alert-fatal", "failure", "proven", NULL},
    {"mismatch_silent", mismatch_silent, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"mismatch_after_handshake", mismatch_after_handshake, "tls-cert-name-mismatch", "failure",
     "likely", NULL},
    {"mismatch_accepted", mismatch_accepted, "", "success", "", NULL},
    {"mismatch_accepted_in_vain", mismatch_accepted_in_vain, "tcp-accepted-silent", "failure",
     "likely", NULL},
    {"wildcard_match", wildcard_match, "", "success", "", NULL},
    {"wildcard_two_labels", wildcard_two_labels, "tls-cert-name-mismatch", "failure", "proven",
     NULL},
    {"ip_used", ip_used, "tls-cert-ip-used", "failure", "likely", NULL},
    {"ip_used_and_in_certificate", ip_used_and_in_certificate, "", "success", "", NULL},
    {"ip_in_certificate_name_asked_later", ip_in_certificate_name_asked_later, "", "incomplete", "",
     NULL},
    {"short_name", short_name, "tls-cert-ip-used", "failure", "proven", NULL},
    {"old_client_no_name", old_client_no_name, "tls-client-silent-reject", "failure", "likely",
     NULL},
    {"expired", expired, "tls-cert-expired", "failure", "proven", NULL},
    {"expires_tomorrow", expires_tomorrow, "", "success", "", NULL},
    {"not_yet", not_yet, "tls-cert-not-yet-valid", "failure", "proven", NULL},
    {"untrusted", untrusted, "tls-cert-untrusted", "failure", "proven", NULL},
    {"self_signed", self_signed, "tls-cert-self-signed", "failure", "proven", NULL},
    {"self_signed_generic_alert", self_signed_generic_alert, "tls-cert-self-signed", "failure",
     "likely", NULL},
    {"self_signed_wrong_name", self_signed_wrong_name, "tls-cert-name-mismatch", "failure",
     "likely", NULL},
    {"two_defects_42", two_defects_42, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"two_defects_45", two_defects_45, "tls-cert-expired", "failure", "proven", NULL},
    {"two_defects_48", two_defects_48, "tls-cert-untrusted", "failure", "proven", NULL},
    {"two_defects_44", two_defects_44, "tls-cert-revoked", "failure", "proven", NULL},
    {"weak_wrong_name", weak_wrong_name, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"expired_42", expired_42, "tls-cert-expired", "failure", "proven", NULL},
    {"mismatch_access_denied", mismatch_access_denied, "tls-cert-name-mismatch", "failure",
     "likely", NULL},
    {"self_signed_pinned", self_signed_pinned, "", "success", "", NULL},
    {"unknown_ca_of_server", unknown_ca_of_server, "tls-alert-fatal", "failure", "proven", NULL},
    {"plain_on_tls", plain_on_tls, "tls-plain-sip-on-tls-port", "failure", "likely", NULL},
    {"plain_on_tls_answered", plain_on_tls_answered, "", "success", "", NULL},
    {"hello_on_plain", hello_on_plain, "tls-hello-on-plain-port", "failure", "likely", NULL},
    {"hello_on_plain_went_on", hello_on_plain_went_on, "", "incomplete", "", NULL},
    {"tls_on_5060", tls_on_5060, "", "success", "", NULL},
    {"version", version, "tls-version-mismatch", "failure", "proven", NULL},
    {"cipher_of_cut_hello", cipher_of_cut_hello, "tls-no-common-cipher", "failure", "likely", NULL},
    {"cut_hello_40", cut_hello_40, "tls-alert-fatal", "failure", "proven", NULL},
    {"ciphers_listed", ciphers_listed, "tls-alert-fatal", "failure", "proven", NULL},
    {"ciphers_listed_at_length", ciphers_listed_at_length, "", "incomplete", "", NULL},
    {"cipher_of_hidden_hello", cipher_of_hidden_hello, "tls-no-common-cipher", "failure", "likely",
     NULL},
    {"alert_40_in_the_middle", alert_40_in_the_middle, "tls-alert-fatal", "failure", "proven",
     NULL},
    {"version_of_cut_hello", version_of_cut_hello, "tls-version-mismatch", "failure", "likely",
     NULL},
    {"version_of_cut_text", version_of_cut_text, "tls-plain-sip-on-tls-port", "failure", "proven",
     NULL},
    {"version_of_text", version_of_text, "tls-alert-fatal", "failure", "proven", NULL},
    {"hello_reset", hello_reset, "tcp-reset-established", "failure", "proven", NULL},
    {"cipher", cipher, "tls-no-common-cipher", "failure", "likely", NULL},
    {"cipher_71", cipher_71, "tls-no-common-cipher", "failure", "proven", NULL},
    {"cipher_of_others", cipher_of_others, "tls-no-common-cipher", "failure", "proven", NULL},
    {"cipher_of_both", cipher_of_both, "tls-no-common-cipher", "failure", "likely", NULL},
    {"cipher_of_newer", cipher_of_newer, "tls-no-common-cipher", "failure", "likely", NULL},
    {"late_alert", late_alert, "tls-alert-fatal", "failure", "proven", NULL},
    {"silent_reject", silent_reject, "tls-client-silent-reject", "failure", "likely", NULL},
    {"left_after_handshake", left_after_handshake, "tls-cert-untrusted", "failure", "likely", NULL},
    {"probed_after_handshake", probed_after_handshake, "", "incomplete", "", NULL},
    {"unknown_to_late_judge", unknown_to_late_judge, "tls-cert-untrusted", "failure", "possible",
     NULL},
    {"self_signed_to_late_judge", self_signed_to_late_judge, "tls-cert-self-signed", "failure",
     "possible", NULL},
    {"late_judge_leaves_tls13", late_judge_leaves_tls13, "tls-client-silent-reject", "failure",
     "possible", NULL},
    {"nameless_to_late_judge", nameless_to_late_judge, "tls-cert-ip-used", "failure", "likely",
     NULL},
    {"late_judge_goes_on", late_judge_goes_on, "", "success", "", NULL},
    {"left_tls13", left_tls13, "tls-client-silent-reject", "failure", "possible", NULL},
    {"server_closes", server_closes, "tls-server-silent-close", "failure", "likely", NULL},
    {"server_mute", server_mute, "tls-server-no-reply", "failure", "likely", NULL},
    {"hello_lost", hello_lost, "tls-server-no-reply", "failure", "likely", NULL},
    {"abandoned", abandoned, "tls-handshake-abandoned", "failure", "possible", NULL},
    {"web_page_left", web_page_left, "", "", "", NULL},
    {"resets_too_old", resets_too_old, "tls-version-mismatch", "failure", "likely", NULL},
    {"resets_same_version", resets_same_version, "tcp-reset-established", "failure", "proven",
     NULL},
    {"offers_all_kinds", offers_all_kinds, "tls-alert-fatal", "failure", "proven", NULL},
    {"falls_back", falls_back, "tls-no-common-cipher", "failure", "likely", NULL},
    {"lists_ciphers", lists_ciphers, "", "incomplete", "", NULL},
    {"srv_to_old_tls", srv_to_old_tls, "tls-version-mismatch", "failure", "proven", NULL},
};

const scene_family rules_tls = {cases, sizeof cases / sizeof *cases};
