/* The rules about NTLM and Kerberos outside of SIP, and which attempt an exchange belongs to: for
 * each rule a scene that fires it, and twins that differ in what rules it out. */
#include "rules/rule.h"
#include "support/scene_logon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALICE      "CONTOSO\\alice"
#define TGT        "krbtgt/CONTOSO.COM"
#define SIP_TICKET "sip/pool01.contoso.com"
#define DENIED     0xc000006du
#define GOOD       0xe2898215u

/* ---- NTLM ---- */

static void ntlm(scene *s, scene_conn *c, const char *carrier, uint32_t offered, uint32_t agreed,
                 const char *user)
{
    scene_ntlm(s, c, carrier, CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, c, carrier, CX_NTLM_CHALLENGE, offered, NULL);
    scene_ntlm(s, c, carrier, CX_NTLM_AUTHENTICATE, agreed, user);
}

static void smb_refused(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    ntlm(s, &c, "smb", GOOD, 0xe2888215, ALICE);
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, DENIED);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void smb_accepted(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    ntlm(s, &c, "smb", GOOD, 0xe2888215, ALICE);
    scene_logon(s, &c, "smb", true, CX_LOGON_NTSTATUS, 0);
}

static void smb_retried(scene *s)
{
    smb_refused(s);
    scene_wait(s, 5);
    smb_accepted(s);
}

static void smb_anonymous(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    ntlm(s, &c, "smb", GOOD, 0xe2888a15, "");
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, 0xc0000022);
}

/* smbclient -N: an empty password for the user of the system, then a session without a name */
static void smb_no_credentials(scene *s, bool let_in)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    ntlm(s, &c, "smb", GOOD, 0xe2888215, "CONTOSO\\root");
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, DENIED);
    ntlm(s, &c, "smb", GOOD, 0xe2888a15, "");
    scene_logon(s, &c, "smb", let_in, CX_LOGON_NTSTATUS, let_in ? 0 : 0xc0000022);
    scene_close(s, &c, CX_FROM_CLIENT);
    scene_wait(s, 90);
    scene_conn d = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &d, "sip:alice@contoso.com", 1, NULL);
    scene_answer(s, &d, "sip:alice@contoso.com", 1, 200, NULL);
}

static void smb_let_in_without_name(scene *s)
{
    smb_no_credentials(s, true);
}

static void smb_not_let_in(scene *s)
{
    smb_no_credentials(s, false);
}

static void smb_answer_unseen(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    ntlm(s, &c, "smb", GOOD, 0xe2888215, ALICE);
}

static void ldap_refused(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:389");
    ntlm(s, &c, "ldap", GOOD, 0xe2888215, ALICE);
    scene_logon(s, &c, "ldap", false, CX_LOGON_LDAP, 49);
}

static void rpc_denied(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:49664");
    ntlm(s, &c, "dcerpc", GOOD, 0xe2888215, ALICE);
    scene_logon_unclear(s, &c, "dcerpc", CX_LOGON_RPC, 5);
}

static void http_lacks(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:80");
    ntlm(s, &c, "http", GOOD, 0x42888215, ALICE);
    scene_logon(s, &c, "http", false, CX_LOGON_HTTP, 401);
}

static void http_lacks_and_works(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:80");
    ntlm(s, &c, "http", GOOD, 0x42888215, ALICE);
    scene_logon(s, &c, "http", true, CX_LOGON_HTTP, 200);
}

/* Nobody answers a CHALLENGE without 128 bits. */
static void smb_left(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, 0x42898215, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
    scene_wait(s, 10);
}

static void smb_left_a_good_one(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, GOOD, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
    scene_wait(s, 10);
}

static void smb_logs_off(scene *s) /* the client looks what the server can do */
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, 0x42898215, NULL);
    scene_data(s, &c, CX_FROM_CLIENT);
    scene_close(s, &c, CX_FROM_CLIENT);
    scene_wait(s, 10);
}

/* smbclient without a password: refused as the user, taken without a name. */
static void smb_then_nameless(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0x62088215, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, 0x628a8215, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, 0x62088215, "CONTOSO\\root");
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, 0xc000006d);
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0x62088215, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, 0x628a8215, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, 0x62088215, "");
    scene_logon(s, &c, "smb", true, CX_LOGON_NTSTATUS, 0);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static scene_conn smb_refused_and_going_on(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    ntlm(s, &c, "smb", GOOD, 0xe2888215, ALICE);
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, DENIED);
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0x62088215, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, 0x628a8215, NULL);
    return c;
}

/* The same where the second AUTHENTICATE was not captured: somebody was let in. */
static void smb_then_somebody(scene *s)
{
    scene_conn c = smb_refused_and_going_on(s);
    scene_gap(s, &c, CX_FROM_CLIENT);
    scene_logon(s, &c, "smb", true, CX_LOGON_NTSTATUS, 0);
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* The same where the second result was not captured. */
static void smb_then_hidden(scene *s)
{
    scene_conn c = smb_refused_and_going_on(s);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, 0x62088215, "");
    scene_gap(s, &c, CX_FROM_SERVER);
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* All of it is there, and the second logon came to nothing. */
static void smb_then_nothing(scene *s)
{
    scene_conn c = smb_refused_and_going_on(s);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, 0x62088215, "");
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* A CHALLENGE that nobody asked for: no logon was begun. */
static void ldap_unasked(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:389");
    scene_ntlm(s, &c, "ldap", CX_NTLM_CHALLENGE, 0x42898215, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
    scene_wait(s, 10);
}

/* ---- Kerberos ---- */

/* Each request and its answer are a conversation over UDP. */
static void ask(scene *s, const char *user, const char *service, cx_krb_message answer,
                int32_t error, int clock_s)
{
    bool tgs =
        service && strncmp(service, "krbtgt/", 7) != 0 && strncmp(service, "kadmin/", 7) != 0;
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, tgs ? CX_KRB_TGS_REQ : CX_KRB_AS_REQ, tgs ? NULL : user, service, 0, 0);
    if (answer)
        scene_krb(s, &c, NULL, answer, answer == CX_KRB_ERROR ? NULL : user, service, error,
                  clock_s);
}

static void fails_with(scene *s, int32_t error)
{
    ask(s, "alice", TGT, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", TGT, CX_KRB_ERROR, error, 0);
}

static void then_works(scene *s, int32_t error)
{
    fails_with(s, error);
    scene_wait(s, 3);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void steps_only(scene *s)
{
    ask(s, "alice", TGT, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", TGT, CX_KRB_ERROR, 52, 0);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void wrong_password(scene *s)
{
    fails_with(s, 24);
}

static void wrong_then_right(scene *s)
{
    then_works(s, 24);
}

/* The answers alone, each on a conversation of its own. */
static void wrong_then_right_one_way(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, CX_KRB_ERROR, "alice", TGT, 24, 0);
    scene_conn d = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &d, NULL, CX_KRB_AS_REP, "alice", TGT, 0, 0);
}

static void right_for_another_one_way(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, CX_KRB_ERROR, "alice", TGT, 24, 0);
    scene_conn d = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &d, NULL, CX_KRB_AS_REP, "bob", TGT, 0, 0);
}

static void errors_one_way(scene *s, const char *last)
{
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, CX_KRB_ERROR, "alice", TGT, 24, 0);
    scene_conn d = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &d, NULL, CX_KRB_ERROR, last, TGT, 18, 0);
}

static void locked_one_way(scene *s)
{
    errors_one_way(s, "alice");
}

static void another_locked_one_way(scene *s)
{
    errors_one_way(s, "bob");
}

static void wrong_then_right_cut(scene *s) /* the snap length cut the user off */
{
    fails_with(s, 24);
    ask(s, NULL, TGT, CX_KRB_AS_REP, 0, 0);
}

static void account_expired(scene *s) /* as MIT says it */
{
    fails_with(s, 1);
}

static void kdc_refuses(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, CX_KRB_AS_REQ, "alice", TGT, 0, 0);
    scene_icmp(s, &c, 3, 3);
}

static void one_kdc_refuses(scene *s)
{
    kdc_refuses(s);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void wrong_elsewhere(scene *s) /* as MIT of old says it */
{
    fails_with(s, 31);
}

static void locked(scene *s)
{
    fails_with(s, 24);
    fails_with(s, 24);
    fails_with(s, 18);
}

static void unlocked(scene *s)
{
    then_works(s, 18);
}

static void unknown_user(scene *s)
{
    ask(s, "nobody", TGT, CX_KRB_ERROR, 6, 0);
}

static void unknown_form(scene *s)
{
    ask(s, "alice@contoso.com", TGT, CX_KRB_ERROR, 6, 0);
    ask(s, "alice", TGT, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

/* Another user of the same host does not make the first one's failure good. */
static void unknown_beside_another(scene *s)
{
    ask(s, "nobody", TGT, CX_KRB_ERROR, 6, 0);
    ask(s, "bob", TGT, CX_KRB_AS_REP, 0, 0);
}

/* The ticket to change the password with is granted: that is no sign-in. */
static void expired(scene *s)
{
    fails_with(s, 23);
    ask(s, "alice", "kadmin/changepw", CX_KRB_AS_REP, 0, 0);
}

static void expired_and_changed(scene *s)
{
    expired(s);
    scene_wait(s, 5);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

/* The same at a snap length that leaves no service: the one ticket behind the error is to change
 * the password with, of two the second may be the user's. */
static void expired_cut(scene *s)
{
    ask(s, "alice", NULL, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", NULL, CX_KRB_ERROR, 23, 0);
    ask(s, "alice", NULL, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", NULL, CX_KRB_AS_REP, 0, 0);
    scene_wait(s, 10);
}

static void expired_and_changed_cut(scene *s)
{
    expired_cut(s);
    ask(s, "alice", NULL, CX_KRB_AS_REP, 0, 0);
    scene_wait(s, 10);
}

static void expired_beside_cut(scene *s) /* another user's */
{
    ask(s, "alice", NULL, CX_KRB_ERROR, 23, 0);
    ask(s, "bob", NULL, CX_KRB_AS_REP, 0, 0);
    scene_wait(s, 10);
}

/* Of somebody who signs in, or who wants to change the password: the service would say. */
static void wrong_password_cut(scene *s)
{
    ask(s, "alice", NULL, CX_KRB_ERROR, 24, 0);
    scene_wait(s, 10);
}

static void wrong_password_seen(scene *s)
{
    ask(s, "alice", TGT, CX_KRB_ERROR, 24, 0);
    scene_wait(s, 10);
}

static void wrong_old_password(scene *s) /* kpasswd asks for it first: no sign-in */
{
    ask(s, "alice", "kadmin/changepw", CX_KRB_ERROR, 24, 0);
    scene_wait(s, 10);
}

static void code_cut(scene *s)
{
    ask(s, "alice", NULL, CX_KRB_ERROR, 0, 0);
}

static void server_ill(scene *s) /* KRB_ERR_GENERIC */
{
    fails_with(s, 60);
    scene_wait(s, 10);
}

static void other_server_well(scene *s)
{
    then_works(s, 29);
}

static void request_of_nobody(scene *s) /* a probe names no user */
{
    ask(s, NULL, TGT, CX_KRB_ERROR, 60, 0);
    scene_wait(s, 10);
}

static void nobody_unknown(scene *s) /* nmap: the server says 6 to it */
{
    ask(s, NULL, TGT, CX_KRB_ERROR, 6, 0);
    scene_wait(s, 10);
}

static void card_refused(scene *s) /* KDC_ERR_CLIENT_NOT_TRUSTED */
{
    ask(s, "alice", TGT, CX_KRB_ERROR, 62, 0);
    scene_wait(s, 10);
}

static void without_padata(scene *s) /* asked again without what the server does not know */
{
    then_works(s, 16);
}

static void service_locked(scene *s) /* 18 of a service is none of the user's account */
{
    ask(s, "alice", SIP_TICKET, CX_KRB_ERROR, 18, 0);
    scene_wait(s, 10);
}

static void no_etype(scene *s)
{
    fails_with(s, 14);
}

static void other_etype(scene *s)
{
    then_works(s, 14);
}

static void skew(scene *s)
{
    ask(s, "alice", TGT, CX_KRB_ERROR, 25, 1200);
    ask(s, "alice", TGT, CX_KRB_ERROR, 37, 1200);
}

static void skew_corrected(scene *s)
{
    skew(s);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 1200);
}

static void modified(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_krb(s, &c, "smb", CX_KRB_AP_REQ, NULL, "cifs/files.contoso.com", 0, 0);
    scene_krb(s, &c, "smb", CX_KRB_ERROR, NULL, "cifs/files.contoso.com", 41, 0);
}

static void old_key_in_http(scene *s) /* as apache with mod_auth_gssapi says it */
{
    scene_conn c = scene_open(s, "10.0.0.30:80");
    scene_krb(s, &c, "http", CX_KRB_AP_REQ, NULL, "HTTP/web.contoso.com", 0, 0);
    scene_krb(s, &c, "http", CX_KRB_ERROR, NULL, "HTTP/web.contoso.com", 44, 0);
    scene_logon(s, &c, "http", false, CX_LOGON_HTTP, 401);
}

static void other_key_in_http(scene *s) /* the same, where the key has the right number */
{
    scene_conn c = scene_open(s, "10.0.0.30:80");
    scene_krb(s, &c, "http", CX_KRB_AP_REQ, NULL, "HTTP/web.contoso.com", 0, 0);
    scene_krb(s, &c, "http", CX_KRB_ERROR, NULL, "HTTP/web.contoso.com", 31, 0);
    scene_logon(s, &c, "http", false, CX_LOGON_HTTP, 401);
}

static void refused_in_http(scene *s) /* without a word on the key */
{
    scene_conn c = scene_open(s, "10.0.0.30:80");
    scene_krb(s, &c, "http", CX_KRB_AP_REQ, NULL, "HTTP/web.contoso.com", 0, 0);
    scene_logon(s, &c, "http", false, CX_LOGON_HTTP, 401);
}

static void not_here(scene *s) /* KDC_ERR_POLICY: logon hours, workstation */
{
    fails_with(s, 12);
}

static void then_without_option(scene *s)
{
    then_works(s, 12);
}

/* The server of RFC 8062 does not know the nobody that the client tries first. */
static void nobody_first(scene *s)
{
    ask(s, "WELLKNOWN/ANONYMOUS", TGT, CX_KRB_ERROR, 6, 0);
    ask(s, "alice", TGT, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void nobody_alone(scene *s)
{
    ask(s, "WELLKNOWN/ANONYMOUS", TGT, CX_KRB_ERROR, 6, 0);
}

static scene_conn sent_to_tcp(scene *s, const char *server)
{
    ask(s, "alice", TGT, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", TGT, CX_KRB_ERROR, 52, 0);
    return scene_syn(s, server);
}

static void tcp_silent(scene *s)
{
    scene_conn c = sent_to_tcp(s, "10.0.0.53:88");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_wait(s, 10);
    scene_timeout(s, &c);
}

static void tcp_refused(scene *s)
{
    scene_conn c = sent_to_tcp(s, "10.0.0.53:88");
    scene_refused(s, &c);
}

static void tcp_refused_then_granted(scene *s)
{
    tcp_refused(s);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void tcp_asked_once(scene *s)
{
    scene_conn c = sent_to_tcp(s, "10.0.0.53:88");
    scene_timeout(s, &c);
}

static void tcp_elsewhere(scene *s) /* another port of the same host */
{
    scene_conn c = sent_to_tcp(s, "10.0.0.53:389");
    scene_refused(s, &c);
}

static void skew_in_smb(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_krb(s, &c, "smb", CX_KRB_AP_REQ, NULL, "cifs/files.contoso.com", 0, 0);
    scene_krb(s, &c, "smb", CX_KRB_ERROR, NULL, "cifs/files.contoso.com", 37, 900);
    scene_krb(s, &c, "smb", CX_KRB_AP_REQ, NULL, "cifs/files.contoso.com", 0, 0);
    scene_logon(s, &c, "smb", true, CX_LOGON_NTSTATUS, 0);
}

static void kdc_silent(scene *s)
{
    for (int i = 0; i < 3; i++) {
        ask(s, "alice", TGT, 0, 0, 0);
        scene_wait(s, 3);
    }
}

/* AS-REQs without and with this padata, and no packet of the server. */
static void kdc_one_way(scene *s, int32_t padata)
{
    for (int i = 0; i < 2; i++) {
        scene_conn c = scene_udp(s, "10.0.0.53:88");
        scene_krb(s, &c, NULL, CX_KRB_AS_REQ, "alice", TGT, i ? padata : 0, 0);
        scene_wait(s, 5);
    }
}

static void kdc_out_of_sight(scene *s) /* an encrypted time: 25 had come */
{
    kdc_one_way(s, 2);
}

static void kdc_asked_otherwise(scene *s) /* PA-PAC-REQUEST tells nothing */
{
    kdc_one_way(s, 128);
}

static void kdc_slow(scene *s)
{
    kdc_silent(s);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void kdc_cut_off(scene *s) /* the capture ends too early to say */
{
    ask(s, "alice", TGT, 0, 0, 0);
    ask(s, "alice", TGT, 0, 0, 0);
}

/* A ticket for a web server of someone else: nothing to do with a sign-in. */
static void other_ticket(scene *s)
{
    ask(s, "alice", "cifs/files.contoso.com", CX_KRB_ERROR, 7, 0);
    ask(s, "alice", "ldap/dc1.contoso.com", CX_KRB_ERROR, 7, 0);
}

static void no_spn(scene *s)
{
    ask(s, "alice", SIP_TICKET, CX_KRB_ERROR, 7, 0);
}

static void spn_of_address(scene *s)
{
    ask(s, "alice", "sip/10.0.0.5", CX_KRB_ERROR, 7, 0);
}

static void spn_of_short_name(scene *s)
{
    ask(s, "alice", "sip/pool01:5060", CX_KRB_ERROR, 7, 0);
}

/* A referral to the realm of the service, and a client principal that is in another one. */
static void referrals(scene *s)
{
    ask(s, "alice@fabrikam.com", TGT, CX_KRB_ERROR, 68, 0);
    ask(s, "alice", TGT, CX_KRB_ERROR, 25, 0);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void spn_elsewhere(scene *s)
{
    ask(s, "alice", SIP_TICKET, CX_KRB_ERROR, 7, 0);
    ask(s, "alice", SIP_TICKET, CX_KRB_TGS_REP, 0, 0);
}

/* ---- Kerberos that a sign-in over SIP asked for ---- */

#define USER "sip:alice@contoso.com"

static scene_conn challenged(scene *s, const char *schemes)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, USER, 1, NULL);
    scene_answer(s, &c, USER, 1, 401, schemes);
    return c;
}

static void sip_no_spn(scene *s)
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos");
    ask(s, "alice", SIP_TICKET, CX_KRB_ERROR, 7, 0);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void sip_no_spn_but_ntlm(scene *s)
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
    ask(s, "alice", SIP_TICKET, CX_KRB_ERROR, 7, 0);
    scene_register(s, &c, USER, 2, "Authorization: NTLM");
    scene_answer(s, &c, USER, 2, 401, "WWW-Authenticate: NTLM challenge 0xe2898215");
    scene_register(s, &c, USER, 3, "Authorization: NTLM authenticate 0x62888215");
    scene_answer(s, &c, USER, 3, 200, NULL);
}

/* Somebody else's request fails beside the sign-in, which is refused for a reason of its own. */
static void sip_beside(scene *s, const char *user, int32_t error)
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos");
    ask(s, user, TGT, CX_KRB_ERROR, error, 0);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void sip_etype(scene *s)
{
    sip_beside(s, "alice", 14);
}

static void sip_etype_of_computer(scene *s)
{
    sip_beside(s, "PC21$", 14);
}

static void sip_locked(scene *s)
{
    sip_beside(s, "alice", 18);
}

/* Who signs in got the ticket of the service; another user of the host is refused, before or behind
 * it. */
static void sip_locked_another(scene *s, const char *first, const char *last)
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos");
    const char *const users[] = {first, last};
    for (int i = 0; i < 2; i++) {
        bool locked_out = strcmp(users[i], "bob") == 0;
        ask(s, users[i], TGT, locked_out ? CX_KRB_ERROR : CX_KRB_AS_REP, locked_out ? 18 : 0, 0);
    }
    scene_register(s, &c, USER, 2, NULL);
    scene_answer(s, &c, USER, 2, 403, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void sip_another_locked(scene *s)
{
    sip_locked_another(s, "bob", "alice");
}

static void sip_then_another_locked(scene *s)
{
    sip_locked_another(s, "alice", "bob");
}

static void sip_locked_computer(scene *s)
{
    sip_beside(s, "PC21$", 18);
}

static void computer_locked(scene *s) /* a logon of its own */
{
    ask(s, "PC21$", TGT, CX_KRB_ERROR, 18, 0);
}

static void other_ticket_etype(scene *s)
{
    ask(s, "alice", "cifs/files.contoso.com", CX_KRB_ERROR, 14, 0);
}

/* The user's ticket is granted, and the service's is not. */
static void ticket_but_no_service(scene *s)
{
    ask(s, "alice", SIP_TICKET, CX_KRB_ERROR, 7, 0);
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
}

static void sip_ticket_then_no_spn(scene *s) /* that of the user came first */
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos");
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
    ask(s, "alice", SIP_TICKET, CX_KRB_ERROR, 7, 0);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void sip_kdc_silent(scene *s, const char *schemes)
{
    scene_conn c = challenged(s, schemes);
    kdc_silent(s);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void sip_no_kdc(scene *s)
{
    sip_kdc_silent(s, "WWW-Authenticate: Kerberos");
}

static void sip_no_kdc_but_ntlm(scene *s) /* clients outside always look so */
{
    sip_kdc_silent(s, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
}

static void sip_wrong_password(scene *s)
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos");
    fails_with(s, 24);
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* The server cannot decrypt the ticket, and says so in gssapi-data. */
static scene_conn sip_ticket_refused_on(scene *s, const char *schemes)
{
    scene_conn c = challenged(s, schemes);
    ask(s, "alice", SIP_TICKET, CX_KRB_TGS_REP, 0, 0);
    scene_register(s, &c, USER, 2, "Authorization: Kerberos token");
    scene_krb(s, &c, "sip", CX_KRB_AP_REQ, NULL, SIP_TICKET, 0, 0);
    scene_answer(s, &c, USER, 2, 401, "WWW-Authenticate: Kerberos token");
    scene_krb(s, &c, "sip", CX_KRB_ERROR, NULL, SIP_TICKET, 41, 0);
    return c;
}

static void sip_ticket_refused(scene *s)
{
    scene_conn c = sip_ticket_refused_on(s, "WWW-Authenticate: Kerberos");
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void sip_ticket_refused_but_ntlm(scene *s)
{
    scene_conn c = sip_ticket_refused_on(s, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
    scene_register(s, &c, USER, 3, "Authorization: NTLM");
    scene_answer(s, &c, USER, 3, 401, "WWW-Authenticate: NTLM challenge 0xe2898215");
    scene_register(s, &c, USER, 4, "Authorization: NTLM authenticate 0x62888215");
    scene_answer(s, &c, USER, 4, 200, NULL);
}

/* The same without a word why. */
static void sip_ticket_refused_mutely(scene *s)
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos");
    ask(s, "alice", SIP_TICKET, CX_KRB_TGS_REP, 0, 0);
    scene_register(s, &c, USER, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, USER, 2, 401, "WWW-Authenticate: Kerberos");
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* A server that demands more than the NEGOTIATE asks for does not even challenge. */
static void smb_refused_at_once(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0x42088297, NULL);
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, 0x80090302);
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* ---- Kerberos was refused, and NTLM follows on another conversation ---- */

static void sip_with_ntlm(scene *s, uint16_t status)
{
    scene_conn c = challenged(s, "WWW-Authenticate: NTLM");
    scene_register(s, &c, USER, 2, "Authorization: NTLM");
    scene_answer(s, &c, USER, 2, 401, "WWW-Authenticate: NTLM challenge 0xe2898215");
    scene_register(s, &c, USER, 3, "Authorization: NTLM authenticate 0x62888215");
    scene_answer(s, &c, USER, 3, status, status == 401 ? "WWW-Authenticate: NTLM" : NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void wrong_then_sip(scene *s)
{
    fails_with(s, 24);
    sip_with_ntlm(s, 200);
}

static void wrong_then_sip_refused(scene *s)
{
    fails_with(s, 24);
    sip_with_ntlm(s, 401);
}

static void silent_then_sip(scene *s) /* outside, where no Kerberos server is reached */
{
    kdc_silent(s);
    sip_with_ntlm(s, 200);
}

static void silent_amid_sip(scene *s) /* the client gives up when the sign-in is over */
{
    scene_conn c = challenged(s, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
    kdc_silent(s);
    scene_register(s, &c, USER, 2, "Authorization: NTLM");
    scene_answer(s, &c, USER, 2, 401, "WWW-Authenticate: NTLM challenge 0xe2898215");
    scene_register(s, &c, USER, 3, "Authorization: NTLM authenticate 0x62888215");
    scene_answer(s, &c, USER, 3, 200, NULL);
}

static void wrong_of_another_then_sip(scene *s) /* who logs on at the same time */
{
    ask(s, "bob", TGT, CX_KRB_ERROR, 24, 0);
    sip_with_ntlm(s, 200);
}

static void wrong_long_before_sip(scene *s)
{
    fails_with(s, 24);
    scene_wait(s, 70);
    sip_with_ntlm(s, 200);
}

static void granted_then_sip_refused(scene *s) /* Kerberos worked: a logon of its own */
{
    ask(s, "alice", TGT, CX_KRB_AS_REP, 0, 0);
    sip_with_ntlm(s, 401);
}

static void wrong_amid_sip(scene *s)
{
    scene_conn c = challenged(s, "WWW-Authenticate: NTLM");
    fails_with(s, 24);
    scene_register(s, &c, USER, 2, "Authorization: NTLM");
    scene_answer(s, &c, USER, 2, 401, "WWW-Authenticate: NTLM challenge 0xe2898215");
    scene_register(s, &c, USER, 3, "Authorization: NTLM authenticate 0x62888215");
    scene_answer(s, &c, USER, 3, 200, NULL);
}

static void wrong_then_smb(scene *s)
{
    fails_with(s, 24);
    smb_accepted(s);
}

static void wrong_then_smb_refused(scene *s)
{
    fails_with(s, 24);
    smb_refused(s);
    scene_wait(s, 10);
}

static void wrong_of_another_then_smb(scene *s)
{
    ask(s, "bob", TGT, CX_KRB_ERROR, 24, 0);
    smb_accepted(s);
}

static void ticket_then_ntlm(scene *s, const char *server, bool works)
{
    scene_conn c = scene_open(s, "10.0.0.30:80");
    scene_krb(s, &c, "http", CX_KRB_AP_REQ, NULL, "HTTP/web.contoso.com", 0, 0);
    scene_krb(s, &c, "http", CX_KRB_ERROR, NULL, "HTTP/web.contoso.com", 41, 0);
    scene_logon(s, &c, "http", false, CX_LOGON_HTTP, 401);
    scene_close(s, &c, CX_FROM_CLIENT);
    scene_conn d = scene_open(s, server);
    ntlm(s, &d, "http", GOOD, 0xe2888215, ALICE);
    scene_logon(s, &d, "http", works, CX_LOGON_HTTP, works ? 200 : 401);
    scene_close(s, &d, CX_FROM_CLIENT);
    scene_wait(s, 10);
}

static void ticket_then_ntlm_works(scene *s)
{
    ticket_then_ntlm(s, "10.0.0.30:80", true);
}

static void ticket_then_ntlm_refused(scene *s)
{
    ticket_then_ntlm(s, "10.0.0.30:80", false);
}

static void ticket_then_ntlm_elsewhere(scene *s)
{
    ticket_then_ntlm(s, "10.0.0.31:80", true);
}

/* ---- the table ---- */

static const cx_context wants_seal = {.has_min_server = true, .ntlm_min_server = 0x20080030};
static const cx_context wants_128 = {.has_min_server = true, .ntlm_min_server = 0x20000000};
static const cx_context client_wants = {.has_min_client = true, .ntlm_min_client = 0x20080000};

typedef struct logon_case {
    const char *name;
    void (*play)(scene *s);
    const char *cause, *outcome, *confidence; /* of the first attempt told; "none": no attempt */
    const cx_context *context;
} logon_case;

static const logon_case cases[] = {
    {"smb_refused", smb_refused, "ntlm-logon-failed", "failure", "proven", NULL},
    {"smb_accepted", smb_accepted, "", "success", "", NULL},
    {"smb_retried", smb_retried, "", "success", "", NULL},
    {"smb_anonymous", smb_anonymous, "", "none", "", NULL},
    {"smb_let_in_without_name", smb_let_in_without_name, "", "success", "", NULL},
    {"smb_not_let_in", smb_not_let_in, "ntlm-logon-failed", "failure", "proven", NULL},
    {"smb_answer_unseen", smb_answer_unseen, "", "incomplete", "", NULL},
    {"ldap_refused", ldap_refused, "ntlm-logon-failed", "failure", "proven", NULL},
    {"rpc_denied", rpc_denied, "ntlm-logon-failed", "failure", "possible", NULL},
    {"http_policy", http_lacks, "ntlm-session-security-mismatch", "failure", "proven", &wants_128},
    {"http_policy_not_offered", http_lacks, "ntlm-session-security-mismatch", "failure", "likely",
     &wants_seal},
    {"http_no_policy", http_lacks, "ntlm-logon-failed", "failure", "proven", NULL},
    {"http_policy_of_another", http_lacks_and_works, "", "success", "", &wants_128},
    {"client_minimum", smb_left, "ntlm-session-security-mismatch", "failure", "proven",
     &client_wants},
    {"client_left", smb_left, "ntlm-session-security-mismatch", "failure", "possible", NULL},
    {"client_left_a_good_one", smb_left_a_good_one, "", "incomplete", "", NULL},
    {"client_logs_off", smb_logs_off, "", "incomplete", "", NULL},
    {"then_nameless", smb_then_nameless, "", "incomplete", "", NULL},
    {"then_somebody", smb_then_somebody, "", "incomplete", "", NULL},
    {"then_hidden", smb_then_hidden, "", "incomplete", "", NULL},
    {"then_nothing", smb_then_nothing, "ntlm-logon-failed", "failure", "proven", NULL},
    {"client_left_unasked", ldap_unasked, "", "incomplete", "", NULL},
    {"krb_steps", steps_only, "", "success", "", NULL},
    {"krb_wrong_password", wrong_password, "krb-preauth-failed", "failure", "proven", NULL},
    {"krb_wrong_then_right", wrong_then_right, "", "success", "", NULL},
    {"krb_wrong_then_right_one_way", wrong_then_right_one_way, "", "success", "", NULL},
    {"krb_right_for_another", right_for_another_one_way, "krb-preauth-failed", "failure", "proven",
     NULL},
    {"krb_locked_one_way", locked_one_way, "krb-account-state", "failure", "proven", NULL},
    {"krb_another_locked_one_way", another_locked_one_way, "krb-preauth-failed", "failure",
     "proven", NULL},
    {"krb_wrong_then_right_cut", wrong_then_right_cut, "", "success", "", NULL},
    {"krb_account_expired", account_expired, "krb-account-state", "failure", "proven", NULL},
    {"krb_kdc_refuses", kdc_refuses, "krb-kdc-unreachable", "failure", "proven", NULL},
    {"krb_one_kdc_refuses", one_kdc_refuses, "", "success", "", NULL},
    {"krb_bad_integrity", wrong_elsewhere, "krb-preauth-failed", "failure", "proven", NULL},
    {"krb_locked", locked, "krb-account-state", "failure", "proven", NULL},
    {"krb_unlocked", unlocked, "", "success", "", NULL},
    {"krb_unknown_user", unknown_user, "krb-principal-unknown", "failure", "proven", NULL},
    {"krb_unknown_form", unknown_form, "", "success", "", NULL},
    {"krb_unknown_beside", unknown_beside_another, "krb-principal-unknown", "failure", "proven",
     NULL},
    {"krb_expired", expired, "krb-password-expired", "failure", "proven", NULL},
    {"krb_expired_and_changed", expired_and_changed, "", "success", "", NULL},
    {"krb_expired_cut", expired_cut, "krb-password-expired", "failure", "likely", NULL},
    {"krb_expired_and_changed_cut", expired_and_changed_cut, "", "incomplete", "", NULL},
    {"krb_expired_beside_cut", expired_beside_cut, "krb-password-expired", "failure", "likely",
     NULL},
    {"krb_wrong_password_cut", wrong_password_cut, "krb-preauth-failed", "failure", "likely", NULL},
    {"krb_wrong_password_seen", wrong_password_seen, "krb-preauth-failed", "failure", "proven",
     NULL},
    {"krb_wrong_old_password", wrong_old_password, "", "none", "", NULL},
    {"krb_code_cut", code_cut, "", "incomplete", "", NULL},
    {"krb_server_ill", server_ill, "krb-refused", "failure", "proven", NULL},
    {"krb_other_server_well", other_server_well, "", "success", "", NULL},
    {"krb_request_of_nobody", request_of_nobody, "", "none", "", NULL},
    {"krb_nobody_unknown", nobody_unknown, "", "none", "", NULL},
    {"krb_card_refused", card_refused, "krb-refused", "failure", "proven", NULL},
    {"krb_without_padata", without_padata, "", "success", "", NULL},
    {"krb_service_locked", service_locked, "krb-refused", "failure", "proven", NULL},
    {"krb_no_etype", no_etype, "krb-etype", "failure", "proven", NULL},
    {"krb_other_etype", other_etype, "", "success", "", NULL},
    {"krb_skew", skew, "krb-clock-skew", "failure", "proven", NULL},
    {"krb_skew_corrected", skew_corrected, "", "success", "", NULL},
    {"krb_modified", modified, "krb-ap-modified", "failure", "proven", NULL},
    {"krb_old_key", old_key_in_http, "krb-ap-modified", "failure", "proven", NULL},
    {"krb_other_key", other_key_in_http, "krb-ap-modified", "failure", "proven", NULL},
    {"krb_refused_in_http", refused_in_http, "ntlm-logon-failed", "failure", "proven", NULL},
    {"krb_not_here", not_here, "krb-account-state", "failure", "proven", NULL},
    {"krb_without_option", then_without_option, "", "success", "", NULL},
    {"krb_nobody_first", nobody_first, "", "success", "", NULL},
    {"krb_nobody_alone", nobody_alone, "", "none", "", NULL},
    {"krb_tcp_silent", tcp_silent, "krb-kdc-unreachable", "failure", "likely", NULL},
    {"krb_tcp_refused", tcp_refused, "krb-kdc-unreachable", "failure", "proven", NULL},
    {"krb_tcp_then_granted", tcp_refused_then_granted, "", "success", "", NULL},
    {"krb_tcp_asked_once", tcp_asked_once, "", "incomplete", "", NULL},
    {"krb_tcp_elsewhere", tcp_elsewhere, "", "incomplete", "", NULL},
    {"krb_skew_in_smb", skew_in_smb, "", "success", "", NULL},
    {"krb_kdc_silent", kdc_silent, "krb-kdc-unreachable", "failure", "likely", NULL},
    {"krb_kdc_out_of_sight", kdc_out_of_sight, "", "incomplete", "", NULL},
    {"krb_kdc_asked_otherwise", kdc_asked_otherwise, "krb-kdc-unreachable", "failure", "likely",
     NULL},
    {"krb_kdc_slow", kdc_slow, "", "success", "", NULL},
    {"krb_kdc_cut_off", kdc_cut_off, "", "incomplete", "", NULL},
    {"krb_other_ticket", other_ticket, "", "none", "", NULL},
    {"krb_no_spn", no_spn, "krb-spn-unknown", "failure", "proven", NULL},
    {"krb_spn_of_address", spn_of_address, "krb-spn-unknown", "failure", "proven", NULL},
    {"krb_spn_of_short_name", spn_of_short_name, "krb-spn-unknown", "failure", "proven", NULL},
    {"krb_referrals", referrals, "", "success", "", NULL},
    {"krb_spn_elsewhere", spn_elsewhere, "", "success", "", NULL},
    {"sip_no_spn", sip_no_spn, "krb-spn-unknown", "failure", "proven", NULL},
    {"sip_no_spn_but_ntlm", sip_no_spn_but_ntlm, "", "success", "", NULL},
    {"sip_ticket_refused", sip_ticket_refused, "krb-ap-modified", "failure", "proven", NULL},
    {"sip_ticket_refused_but_ntlm", sip_ticket_refused_but_ntlm, "", "success", "", NULL},
    {"sip_ticket_refused_mutely", sip_ticket_refused_mutely, "sip-auth-failed", "failure", "proven",
     NULL},
    {"smb_refused_at_once", smb_refused_at_once, "ntlm-session-security-mismatch", "failure",
     "proven", &wants_128},
    {"smb_refused_at_once_unknown", smb_refused_at_once, "ntlm-logon-failed", "failure", "proven",
     NULL},
    {"sip_etype", sip_etype, "krb-etype", "failure", "proven", NULL},
    {"sip_etype_of_computer", sip_etype_of_computer, "sip-auth-no-common-scheme", "failure",
     "likely", NULL},
    {"sip_locked", sip_locked, "krb-account-state", "failure", "proven", NULL},
    {"sip_locked_computer", sip_locked_computer, "sip-auth-no-common-scheme", "failure", "likely",
     NULL},
    {"sip_another_locked", sip_another_locked, "sip-forbidden", "failure", "proven", NULL},
    {"sip_then_another_locked", sip_then_another_locked, "sip-forbidden", "failure", "proven",
     NULL},
    {"computer_locked", computer_locked, "krb-account-state", "failure", "proven", NULL},
    {"krb_other_ticket_etype", other_ticket_etype, "", "none", "", NULL},
    {"krb_ticket_but_no_service", ticket_but_no_service, "krb-spn-unknown", "failure", "proven",
     NULL},
    {"sip_ticket_then_no_spn", sip_ticket_then_no_spn, "krb-spn-unknown", "failure", "proven",
     NULL},
    {"sip_no_kdc", sip_no_kdc, "krb-kdc-unreachable", "failure", "likely", NULL},
    {"sip_no_kdc_but_ntlm", sip_no_kdc_but_ntlm, "sip-auth-no-common-scheme", "failure", "possible",
     NULL},
    {"sip_wrong_password", sip_wrong_password, "krb-preauth-failed", "failure", "proven", NULL},
};

static void play(const logon_case *k, scene *s)
{
    scene_start(s, k->context);
    k->play(s);
    if (strcmp(k->outcome, "failure") == 0)
        scene_wait(s, 6); /* before, the client may go on: test_ahead.c */
    scene_end(s);
}

static void test_case(void **state)
{
    const logon_case *k = *state;
    scene s;
    play(k, &s);
    const char *confidence = scene_text(&s, k->cause, "confidence");
    bool none = strcmp(k->outcome, "none") == 0;
    if (none)
        assert_int_equal(json_array_size(s.attempts), 0);
    else if (strcmp(scene_cause(&s, 0), k->cause) || strcmp(scene_outcome(&s, 0), k->outcome) ||
             strcmp(confidence, k->confidence)) {
        char *dump = json_dumps(s.findings, JSON_INDENT(1));
        print_message("%s: cause %s, outcome %s, confidence %s\n%s\n", k->name, scene_cause(&s, 0),
                      scene_outcome(&s, 0), confidence, dump);
        free(dump);
        fail();
    }
    if (strcmp(k->outcome, "failure") != 0)
        assert_int_equal(scene_count(&s, "failure"), 0);
    scene_expect_whole(&s, k->name);
    scene_free(&s);
}

/* Every rule of logons is the root cause of some case. */
static void test_every_rule_fires(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++) {
        bool fired = !cx_rules[i]->logon;
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            fired |= strcmp(cases[k].cause, cx_rules[i]->id) == 0;
        if (!fired)
            fail_msg("no case fires %s", cx_rules[i]->id);
    }
}

/* Kerberos that does not work is told where NTLM takes over, for clients that have nothing else;
 * one ticket that another try brings is no matter. */
static void kerberos_is_told_beside_ntlm(void **state)
{
    static const struct {
        void (*play)(scene *s);
        const char *id, *severity;
    } sides[] = {{sip_no_spn_but_ntlm, "krb-spn-unknown", "warning"},
                 {spn_elsewhere, "krb-spn-unknown", "note"},
                 {sip_ticket_refused_but_ntlm, "krb-ap-modified", "warning"},
                 {other_etype, "krb-etype", "note"}};
    (void)state;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        scene s;
        scene_start(&s, NULL);
        sides[i].play(&s);
        scene_end(&s);
        if (strcmp(scene_text(&s, sides[i].id, "severity"), sides[i].severity) != 0)
            fail_msg("%s is '%s', not '%s'", sides[i].id, scene_text(&s, sides[i].id, "severity"),
                     sides[i].severity);
        scene_free(&s);
    }
}

static void each_user_is_an_attempt(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    unknown_beside_another(&s);
    smb_refused(&s);
    wrong_password(&s);
    scene_end(&s);
    /* of bob, who got in, nothing is told beside the failures */
    assert_int_equal(json_array_size(s.attempts), 3);
    assert_int_equal(scene_count(&s, "failure"), 3);
    scene_free(&s);
}

/* What Kerberos refused before is a part of the logon by NTLM: of one that works, and of one that
 * is refused as well. */
static void ntlm_continues_kerberos(void **state)
{
    static const struct {
        const char *name;
        void (*play)(scene *s);
        const char *causes;        /* root causes of all that is told, "-" for none */
        const char *id, *severity; /* what is said of Kerberos */
    } all[] = {
        {"SIP", wrong_then_sip, "-", "krb-preauth-failed", "note"},
        {"SIP refused", wrong_then_sip_refused, "sip-auth-failed", "krb-preauth-failed", "note"},
        {"amid SIP", wrong_amid_sip, "-", "krb-preauth-failed", "note"},
        {"another's", wrong_of_another_then_sip, "-krb-preauth-failed", "krb-preauth-failed",
         "failure"},
        {"long before", wrong_long_before_sip, "krb-preauth-failed-", "krb-preauth-failed",
         "failure"},
        {"silent", silent_then_sip, "-", "krb-kdc-unreachable", "note"},
        {"silent amid SIP", silent_amid_sip, "-", "krb-kdc-unreachable", "note"},
        {"granted", granted_then_sip_refused, "sip-auth-failed", "krb-preauth-failed", ""},
        {"SMB", wrong_then_smb, "-", "krb-preauth-failed", "note"},
        {"SMB refused", wrong_then_smb_refused, "krb-preauth-failed", "krb-preauth-failed",
         "failure"},
        {"another's, SMB", wrong_of_another_then_smb, "krb-preauth-failed", "krb-preauth-failed",
         "failure"},
        {"ticket", ticket_then_ntlm_works, "-", "krb-ap-modified", "note"},
        {"ticket, NTLM refused", ticket_then_ntlm_refused, "ntlm-logon-failed", "krb-ap-modified",
         "warning"},
        {"ticket, elsewhere", ticket_then_ntlm_elsewhere, "krb-ap-modified", "krb-ap-modified",
         "failure"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        scene s;
        scene_start(&s, NULL);
        all[i].play(&s);
        scene_end(&s);
        char causes[100] = "";
        for (size_t k = 0; k < json_array_size(s.attempts); k++) {
            bool worked = strcmp(scene_outcome(&s, k), "success") == 0;
            (void)strncat(causes, worked ? "-" : scene_cause(&s, k), 40);
        }
        const char *severity = scene_text(&s, all[i].id, "severity");
        if (strcmp(causes, all[i].causes) != 0 || strcmp(severity, all[i].severity) != 0)
            fail_msg("%s: %s; %s is '%s'", all[i].name, causes, all[i].id, severity);
        scene_expect_whole(&s, all[i].name);
        scene_free(&s);
    }
}

/* No error of a Kerberos server is silent but those that are steps, whatever its code. */
static void every_error_is_told(void **state)
{
    (void)state;
    for (int32_t code = 1; code < 100; code++)
        for (int tgs = 0; tgs < 2; tgs++) {
            scene s;
            scene_start(&s, NULL);
            ask(&s, "alice", tgs ? SIP_TICKET : TGT, CX_KRB_ERROR, code, 0);
            scene_wait(&s, 20);
            scene_end(&s);
            bool step = code == 25 || code == 52 || code == 68 || code == 90 || code == 91;
            if (!*scene_cause(&s, 0) != step || (step && json_array_size(s.attempts)))
                fail_msg("%d: %s", code, scene_cause(&s, 0));
            scene_expect_whole(&s, "error");
            scene_free(&s);
        }
}

/* For an address or a short name no principal should be registered. */
static void odd_names_are_not_registered(void **state)
{
    static const struct {
        void (*play)(scene *s);
        const char *remedy;
    } all[] = {{no_spn, "Register " SIP_TICKET " on"},
               {spn_of_address, "Register sip/ and the full name of the server on"},
               {spn_of_short_name, "Register sip/ and the full name of the server on"}};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        scene s;
        scene_start(&s, NULL);
        all[i].play(&s);
        scene_end(&s);
        assert_non_null(strstr(scene_text(&s, "krb-spn-unknown", "remedy"), all[i].remedy));
        bool odd = strstr(scene_text(&s, "krb-spn-unknown", "explanation"), "short name") != NULL;
        assert_int_equal(odd, i > 0);
        scene_free(&s);
    }
}

/* Two users share a connection (SMB). The one whose AUTHENTICATE came first is refused. */
static void exchanges_on_one_connection_do_not_mix(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn c = scene_open(&s, "10.0.0.30:445");
    static const char *const users[] = {ALICE, "CONTOSO\\bob"};
    for (uint32_t i = 0; i < 2; i++) {
        c.e.exchange = i + 1;
        ntlm(&s, &c, "smb", GOOD, 0xe2888215, users[i]);
    }
    for (uint32_t i = 0; i < 2; i++) {
        c.e.exchange = i + 1;
        scene_logon(&s, &c, "smb", i == 1, CX_LOGON_NTSTATUS, i == 1 ? 0 : DENIED);
    }
    scene_end(&s);
    assert_int_equal(scene_count(&s, "failure"), 1);
    assert_string_equal(scene_text(&s, "ntlm-logon-failed", "user"), ALICE);
    scene_free(&s);
}

int main(void)
{
    static struct CMUnitTest tests[sizeof cases / sizeof *cases + 7];
    size_t n = 0;
    for (; n < sizeof cases / sizeof *cases; n++)
        tests[n] =
            (struct CMUnitTest){cases[n].name, test_case, NULL, NULL, (void *)(uintptr_t)&cases[n]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_rule_fires);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(kerberos_is_told_beside_ntlm);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(each_user_is_an_attempt);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(ntlm_continues_kerberos);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(every_error_is_told);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(odd_names_are_not_registered);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(exchanges_on_one_connection_do_not_mix);
    return _cmocka_run_group_tests("logon", tests, n, NULL, NULL);
}
