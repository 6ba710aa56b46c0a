/* A made-up sign-in as a sequence of events, and the result that the diagnosis gives for it: for
 * tests of correlation and rules, which see events and never packets. Times run on by themselves;
 * each event is a frame of its own. */
#pragma once

#include "report/diagnosis.h"

typedef struct scene {
    cx_diagnosis *diagnosis;
    json_t *attempts, *findings, *coverage;
    uint64_t frame;
    int64_t now_ns;
    uint32_t next_flow;
    uint32_t fewer_ciphers; /* left out of the four of each ClientHello */
    bool all_kinds;         /* these are for RSA and ECDSA, with and without forward secrecy */
    bool judges_late;       /* each ClientHello is one of NSS */
    bool names_issuers;     /* ... of OpenSSL */
    bool tls13_alone;       /* each ClientHello offers TLS 1.3 and nothing older */
    uint16_t cipher;        /* that servers choose; 0: the first of these four */
    const char *client;     /* address of the client that acts now; "10.0.0.21" at first */
    const char *resolver;   /* address of the DNS server that answers; "10.0.0.53" at first */
    cx_chain_trust trust;   /* what the roots of the person say of certificates */
    bool unasked;           /* lookups: the capture has no questions */
    uint8_t ntlm_version[2]
                        [2]; /* in the NTLM messages of client and server; {5, 1}: XP; {0}: none */
    bool ntlm_flagless;      /* AUTHENTICATE as NT 4 sends it */
    cx_capture_facts facts;
    cx_arena arena;
} scene;

/* Starts with nothing known from the person, or with what context says (NULL: nothing). */
void scene_start(scene *s, const cx_context *context);

/* Ends the capture. The result is in attempts, findings and coverage. */
void scene_end(scene *s);
void scene_free(scene *s);

/* Lets capture time pass. */
void scene_wait(scene *s, double seconds);

/* DNS. answer: NULL no answer; "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NODATA", "TC"
 * (truncated, no record), "FRAGMENT" (the first IP fragment alone); for A and AAAA addresses
 * separated by blanks, "alias:NAME" among them; for SRV "PRIORITY WEIGHT PORT TARGET", "
 * glue:ADDRESS" behind it for one in the additional section, with further records after a comma.
 * "TC " before records: a truncated answer that has these; "cut " and "cut more " an answer of
 * which the capture has these alone, and not the additional section or further answers. */
void scene_lookup(scene *s, const char *type, const char *name, const char *answer);

/* A question of whose name the capture has these first bytes. */
void scene_cut_question(scene *s, const char *head);

/* A short name asked on the local link and answered with that address (NULL: not answered). kind:
 * CX_EV_LLMNR or CX_EV_NBNS. */
void scene_local_lookup(scene *s, cx_event_kind kind, const char *name, const char *address);

/* A connection to "10.0.0.5:5061". Each step emits what the flow layer would. */
typedef struct scene_conn {
    cx_event e; /* flow, stream, endpoints, exchange */
    cx_ev_tcp tcp;
} scene_conn;

scene_conn scene_syn(scene *s, const char *server);
void scene_syn_again(scene *s, scene_conn *c);
void scene_connected(scene *s, scene_conn *c);
void scene_refused(scene *s, scene_conn *c);
/* The latest syns of them had no answer since the refusal, for so many seconds. */
void scene_silenced(scene *s, scene_conn *c, uint32_t syns, double seconds);
/* Data on a connection that was silent for so many seconds is sent again and again, without answer
 * (resent 0: it was answered after all). */
void scene_unheard(scene *s, scene_conn *c, double silent_s, uint32_t resent);
void scene_timeout(scene *s, scene_conn *c); /* after as many SYNs as were sent */
void scene_icmp(scene *s, scene_conn *c, uint8_t type, uint8_t code);
void scene_data(scene *s, scene_conn *c, uint8_t dir);
/* Two segments of dir in one, as a network card leaves them: 2920 bytes where 1460 are taken. */
void scene_large(scene *s, scene_conn *c, uint8_t dir);
void scene_gap(scene *s, scene_conn *c, uint8_t dir); /* bytes that were not captured */
void scene_close(scene *s, scene_conn *c, uint8_t by);
void scene_reset(scene *s, scene_conn *c, uint8_t by);
/* A FIN behind which the connection is not over yet: the same side may still reset it. */
void scene_fin(scene *s, scene_conn *c, uint8_t by);

/* A connection that is open. */
scene_conn scene_open(scene *s, const char *server);
/* A conversation over UDP. */
scene_conn scene_udp(scene *s, const char *server);

/* A proxy is asked for a tunnel to target; status 0: the request, else its answer. */
void scene_tunnel(scene *s, scene_conn *c, const char *target, bool credentials, uint16_t status);

/* HTTP: a request, or with a status its answer; method NULL: the answer to something else. */
void scene_http(scene *s, scene_conn *c, const char *method, const char *host, const char *uri,
                uint16_t status);

/* GET of "http://host/path", or "https://…" as if TLS was opened; "proxy:" before it: as asked of a
 * proxy. status 0: the request, else its answer: of a redirect, url is its Location, or with
 * "body:" before it the link in its body. */
void scene_get(scene *s, scene_conn *c, const char *url, uint16_t status);

/* TLS. */
void scene_hello(scene *s, scene_conn *c, const char *sni, uint16_t max_version);
void scene_server_hello(scene *s, scene_conn *c, uint16_t version);
/* names: SANs separated by blanks ("ip:10.0.0.5" for addresses), behind "self:" when it is signed
 * by its own key, behind "client:" when it is for clients only, behind "sha1:" or "rsa1024:" when
 * it is weak; days from now of the validity. */
void scene_certificate(scene *s, scene_conn *c, const char *names, int from_days, int to_days);
/* These certificates, leaf first, and what the roots of the person say of them. */
void scene_chain(scene *s, scene_conn *c, cx_cert *chain, uint32_t n);
/* The OCSP answer that a responder gives to the latest request on c. */
void scene_http_ocsp(scene *s, scene_conn *c, const cx_ocsp *answer);
/* The OCSP answer that the server brings along. */
void scene_ocsp(scene *s, scene_conn *c, const cx_ocsp *answer);
void scene_client_certificate(scene *s, scene_conn *c, const char *names);
/* With a list of so many bytes. */
void scene_certificate_request(scene *s, scene_conn *c, uint32_t authorities);
void scene_tls(scene *s, scene_conn *c, cx_tls_message message, uint8_t dir);
void scene_alert(scene *s, scene_conn *c, uint8_t dir, uint8_t level, uint8_t description);
/* From the client's key exchange to both Finished. */
void scene_finish(scene *s, scene_conn *c);

/* SIP. headers: lines of "Name: value" that the scene understands: Authorization, WWW-Authenticate,
 * Authentication-Info ("NTLM", "NTLM challenge 0xe2898215", "NTLM authenticate 0x62888215",
 * "Kerberos", "Kerberos token", "Digest nonce", "Digest nonce response", "Digest nonce stale",
 * "Digest nonce algorithm=SHA-256 qop=auth realm=a.example", "TLS-DSK https://…"), ms-diagnostics
 * ("4005", "1000 HRESULT=0xC3E93EE4"), Contact ("sip:10.0.0.9:5060", ";q=0.7" behind it), Call-ID,
 * branch, Date (seconds from now), presence-state, Via (its sent-by), Warning, cut (all behind the
 * start line), epid, registration-event (a body), Expires, Min-Expires, Retry-After. NULL: none.
 */
void scene_register(scene *s, scene_conn *c, const char *user, uint32_t cseq, const char *headers);
void scene_answer(scene *s, scene_conn *c, const char *user, uint32_t cseq, uint16_t status,
                  const char *headers);

/* Any other message; status 0: a request. */
void scene_sip(scene *s, scene_conn *c, uint8_t dir, const char *method, const char *user,
               uint32_t cseq, uint16_t status, const char *headers);

/* What the scene says of the NTLM messages of each side. */
void scene_ntlm_version(const scene *s, cx_ev_ntlm *ntlm);

/* ---- Reading the result ---- */

/* Root cause of the k-th attempt; "" for none. Outcome of it. */
const char *scene_cause(const scene *s, size_t k);
const char *scene_outcome(const scene *s, size_t k);

/* The finding of that id, or NULL. */
json_t *scene_finding(const scene *s, const char *id);

/* Findings of this severity. */
size_t scene_count(const scene *s, const char *severity);

/* The text of member of the finding of that id; "" when there is none. */
const char *scene_text(const scene *s, const char *id, const char *member);

/* Fails unless every finding has its sentences complete, each {name} set, and evidence. */
void scene_expect_whole(const scene *s, const char *name);
