/* Scenes of SIP (rules_scenes.h). */
#include "rules_scenes.h"

void scene_answered(scene *s, uint16_t status, const char *headers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, status, headers);
    scene_close(s, &c, C);
}

static void not_found(scene *s)
{
    scene_answered(s, 404, NULL);
}

static void not_found_4005(scene *s)
{
    scene_answered(s, 404, "ms-diagnostics: 4005");
}

static void not_enabled(scene *s)
{
    scene_answered(s, 403, "ms-diagnostics: 4005");
}

static void no_remote_to(scene *s, const char *server, const char *headers)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 403, headers);
    scene_close(s, &c, C);
}

static void no_remote(scene *s)
{
    no_remote_to(s, "10.0.0.5:443", "ms-diagnostics: 4003");
}

static void no_remote_said(scene *s)
{
    no_remote_to(s, "10.0.0.5:5061", "ms-diagnostics: 4003\nms-user-logon-data: RemoteUser");
}

static void no_remote_edge_unseen(scene *s)
{
    no_remote_to(s, "10.0.0.5:5060", "ms-diagnostics: 4003");
}

static void no_remote_inside(scene *s) /* the number may be about somebody else */
{
    scene_ask_srv(s, "0 0 5061 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    no_remote_to(s, "10.0.0.5:5061", "ms-diagnostics: 4003");
}

static void identity_unseen(scene *s) /* nothing shows that credentials were accepted */
{
    scene_answered(s, 403, "ms-diagnostics: 4004");
}

static void client_version(scene *s)
{
    scene_answered(s, 403, "ms-diagnostics: 17002");
}

static void client_version_warned(scene *s) /* no number, the Warning says it */
{
    scene_answered(s, 403, "Warning: 310 You are currently not using the recommended version");
}

static void not_enabled_in_words(scene *s)
{
    scene_answered(s, 403, "Warning: 399 The user is not enabled for SIP");
}

static void number_beats_words(scene *s)
{
    scene_answered(s, 403,
                   "ms-diagnostics: 4003\nWarning: 399 The user is not enabled for remote access");
}

static void other_words(scene *s)
{
    scene_answered(s, 403, "Warning: 399 The user is not authorised for this pool");
}

static void forbidden(scene *s)
{
    scene_answered(s, 403, NULL);
}

static void unavailable(scene *s)
{
    scene_answered(s, 503, NULL);
}

static void unknown_403(scene *s) /* the number says what 403 does not */
{
    scene_answered(s, 403, "ms-diagnostics: 1003");
}

static void no_such_domain(scene *s)
{
    scene_answered(s, 404, "ms-diagnostics: 1005");
}

static void busy_everywhere(scene *s) /* 604 is about the user, 606 about the request */
{
    scene_answered(s, 604, NULL);
}

static void gateway_timeout(scene *s)
{
    scene_answered(s, 504, "ms-diagnostics: 1008");
}

static void temporarily(scene *s)
{
    scene_answered(s, 480, NULL);
}

/* Refusals that are about neither the server's health nor anything else that has an id of its own.
 */
static void payment_required(scene *s)
{
    scene_answered(s, 402, NULL);
}

static void not_allowed(scene *s)
{
    scene_answered(s, 405, NULL);
}

static void gone(scene *s)
{
    scene_answered(s, 410, NULL);
}

static void address_incomplete(scene *s)
{
    scene_answered(s, 484, NULL);
}

static void no_register(scene *s)
{
    scene_answered(s, 501, NULL);
}

static void other_version(scene *s)
{
    scene_answered(s, 505, NULL);
}

static void too_large(scene *s)
{
    scene_answered(s, 513, NULL);
}

static void all_busy(scene *s)
{
    scene_answered(s, 600, NULL);
}

static void declined(scene *s)
{
    scene_answered(s, 603, NULL);
}

static void signed_in(scene *s)
{
    scene_answered(s, 200, NULL);
}

static void redirect_refused(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:10.0.0.9:5060");
    scene_close(s, &c, C);
    scene_conn d = scene_syn(s, "10.0.0.9:5060");
    scene_refused(s, &d);
}

static void redirect_unknown(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:home.contoso.com:5060");
    scene_close(s, &c, C);
    scene_lookup(s, "A", "home.contoso.com", "NXDOMAIN");
}

/* The capture ends while the home server may still answer. */
static void redirect_tried(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:10.0.0.9:5060");
    scene_close(s, &c, C);
    (void)scene_syn(s, "10.0.0.9:5060");
}

static void redirect_works(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:10.0.0.9:5060");
    scene_close(s, &c, C);
    scene_sign_in(s, "10.0.0.9:5060");
}

/* The home pool is out of reach; the client asks the first server again and is sent there again. */
static void redirect_refused_twice(scene *s)
{
    redirect_refused(s);
    scene_wait(s, 5);
    redirect_refused(s);
}

static void unanswered(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 40);
    scene_close(s, &c, C);
}

/* The client answers a challenge: the packets of the server were not captured. */
static void unanswered_in_sight(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n1 response");
    scene_wait(s, 40);
}

static void unanswered_twice(scene *s) /* the same without credentials */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    for (uint32_t cseq = 1; cseq <= 2; cseq++) {
        scene_register(s, &c, ALICE, cseq, NULL);
        scene_register(s, &c, ALICE, cseq, NULL);
    }
    scene_wait(s, 40);
}

static void unanswered_and_left(scene *s) /* the server closes instead */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_close(s, &c, S);
}

static void unanswered_yet(scene *s) /* the capture ends five seconds later */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 5);
}

static void unanswered_but_another_is(scene *s) /* a device on the way changes the numbers */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 7, 401, "WWW-Authenticate: NTLM");
    scene_wait(s, 40);
    scene_close(s, &c, C);
}

static void unanswered_without_cseq(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 0, NULL);
    scene_wait(s, 40);
}

static const scene_case cases[] = {
    {"not_found", not_found, "sip-uri-not-found", "failure", "proven", NULL},
    {"not_found_4005", not_found_4005, "sip-uri-not-found", "failure", "proven", NULL},
    {"not_enabled", not_enabled, "sip-user-not-enabled", "failure", "proven", NULL},
    {"no_remote", no_remote, "sip-remote-access-denied", "failure", "proven", NULL},
    {"no_remote_said", no_remote_said, "sip-remote-access-denied", "failure", "proven", NULL},
    {"no_remote_edge_unseen", no_remote_edge_unseen, "sip-remote-access-denied", "failure",
     "likely", NULL},
    {"no_remote_inside", no_remote_inside, "sip-remote-access-denied", "failure", "possible", NULL},
    {"identity_unseen", identity_unseen, "sip-identity-mismatch", "failure", "likely", NULL},
    {"client_version", client_version, "sip-client-version-blocked", "failure", "proven", NULL},
    {"client_version_warned", client_version_warned, "sip-client-version-blocked", "failure",
     "proven", NULL},
    {"not_enabled_in_words", not_enabled_in_words, "sip-user-not-enabled", "failure", "proven",
     NULL},
    {"number_beats_words", number_beats_words, "sip-remote-access-denied", "failure", "likely",
     NULL},
    {"other_words", other_words, "sip-forbidden", "failure", "proven", NULL},
    {"forbidden", forbidden, "sip-forbidden", "failure", "proven", NULL},
    {"unavailable", unavailable, "sip-service-unavailable", "failure", "proven", NULL},
    {"unknown_403", unknown_403, "sip-uri-not-found", "failure", "proven", NULL},
    {"no_such_domain", no_such_domain, "sip-server-timeout", "failure", "proven", NULL},
    {"busy_everywhere", busy_everywhere, "sip-uri-not-found", "failure", "proven", NULL},
    {"gateway_timeout", gateway_timeout, "sip-server-timeout", "failure", "proven", NULL},
    {"temporarily", temporarily, "sip-temporarily-unavailable", "failure", "proven", NULL},
    {"payment_required", payment_required, "sip-register-refused", "failure", "proven", NULL},
    {"not_allowed", not_allowed, "sip-register-refused", "failure", "proven", NULL},
    {"gone", gone, "sip-register-refused", "failure", "proven", NULL},
    {"address_incomplete", address_incomplete, "sip-register-refused", "failure", "proven", NULL},
    {"no_register", no_register, "sip-register-refused", "failure", "proven", NULL},
    {"other_version", other_version, "sip-register-refused", "failure", "proven", NULL},
    {"too_large", too_large, "sip-parse-error", "failure", "proven", NULL},
    {"all_busy", all_busy, "sip-register-refused", "failure", "proven", NULL},
    {"declined", declined, "sip-register-refused", "failure", "proven", NULL},
    {"signed_in", signed_in, "", "success", "", NULL},
    {"redirect_refused", redirect_refused, "sip-redirect-failed", "failure", "proven", NULL},
    {"redirect_refused_twice", redirect_refused_twice, "sip-redirect-failed", "failure", "proven",
     NULL},
    {"redirect_unknown", redirect_unknown, "sip-redirect-failed", "failure", "proven", NULL},
    {"redirect_tried", redirect_tried, "", "incomplete", "", NULL},
    {"redirect_works", redirect_works, "", "success", "", NULL},
    {"unanswered", unanswered, "sip-register-unanswered", "failure", "proven", NULL},
    {"unanswered_in_sight", unanswered_in_sight, "", "incomplete", "", NULL},
    {"unanswered_twice", unanswered_twice, "sip-register-unanswered", "failure", "likely", NULL},
    {"unanswered_and_left", unanswered_and_left, "sip-register-unanswered", "failure", "proven",
     NULL},
    {"unanswered_yet", unanswered_yet, "", "incomplete", "", NULL},
    {"unanswered_but_another_is", unanswered_but_another_is, "", "incomplete", "", NULL},
    {"unanswered_without_cseq", unanswered_without_cseq, "", "incomplete", "", NULL},
};

const scene_family rules_sip = {cases, sizeof cases / sizeof *cases};
