/* Traps of sign-ins over SIP: what looks like a fault of the sign-in and is none, and what belongs
 * to somebody else. Each scene that is silent has one beside it that is not. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"
#define BOB   "sip:bob@contoso.com"

static scene_conn signed_in(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, "epid: 1234");
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    return c;
}

/* ---- Answers to what is no REGISTER ---- */

static void other_request(scene *s, const char *method, uint16_t status, const char *headers)
{
    scene_conn c = signed_in(s);
    scene_sip(s, &c, C, method, BOB, 2, 0, NULL);
    scene_sip(s, &c, S, method, BOB, 2, status, headers);
    scene_wait(s, 10);
    scene_close(s, &c, C);
}

static void invite_488(scene *s) /* the media did not meet */
{
    other_request(s, "INVITE", 488, NULL);
}

static void invite_480(scene *s) /* who is called is absent */
{
    other_request(s, "INVITE", 480, NULL);
}

static void invite_403_remote(scene *s) /* about the one who is called */
{
    other_request(s, "INVITE", 403, "ms-diagnostics: 4003");
}

static void subscribe_404(scene *s)
{
    other_request(s, "SUBSCRIBE", 404, "ms-diagnostics: 4005");
}

static void message_400(scene *s)
{
    other_request(s, "MESSAGE", 400, NULL);
}

static void invite_301(scene *s) /* a call that is sent on */
{
    other_request(s, "INVITE", 301, "Contact: sip:10.0.0.9:5060");
}

static void register_with(scene *s, uint16_t status, const char *headers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, status, headers);
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

static void register_488(scene *s)
{
    register_with(s, 488, NULL);
}

static void register_480(scene *s)
{
    register_with(s, 480, NULL);
}

static void register_400(scene *s)
{
    register_with(s, 400, NULL);
}

/* ---- Another user ---- */

/* Another user of the same computer, on the same connection: that one is refused. */
static void remote_of_another(scene *s)
{
    scene_conn c = signed_in(s);
    scene_register(s, &c, BOB, 7, NULL);
    scene_answer(s, &c, BOB, 7, 403, "ms-diagnostics: 4003");
    scene_close(s, &c, C);
}

/* pidgin-sipe draws Call-ID and branch from the time: two that start in one second behind a NAT
 * have the same. Over TCP the connection tells them apart, over UDP the user alone. */
#define SAME "Call-ID: 1a2b\nbranch: z9hG4bK77\n"

static void same_call_id(scene *s, const char *second)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_conn d = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, SAME);
    scene_register(s, &d, second, 1, SAME);
    scene_answer(s, &d, second, 1, 200, SAME);
    scene_answer(s, &c, ALICE, 1, 403, SAME);
}

static void two_of_one_call_id(scene *s)
{
    same_call_id(s, BOB);
}

/* The answer to a request on one connection comes on the next one of the same user: one sign-in. */
static void one_on_two_connections(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, SAME);
    scene_close(s, &c, C);
    scene_conn d = scene_open(s, "10.0.0.5:5060");
    scene_answer(s, &d, ALICE, 1, 403, SAME);
    scene_close(s, &d, C);
}

static void test_users_behind_one_address(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    two_of_one_call_id(&s);
    scene_end(&s);
    assert_int_equal(json_array_size(s.attempts), 2);
    for (size_t i = 0; i < 2; i++) {
        const char *user =
            json_string_value(json_object_get(json_array_get(s.attempts, i), "user"));
        bool failed = strcmp(scene_outcome(&s, i), "failure") == 0;
        assert_int_equal(failed, strcmp(user, ALICE) == 0);
    }
    scene_free(&s);
    scene_start(&s, NULL);
    one_on_two_connections(&s);
    scene_end(&s);
    assert_int_equal(json_array_size(s.attempts), 1);
    assert_string_equal(scene_cause(&s, 0), "sip-forbidden");
    scene_free(&s);
}

/* ---- The end of a registration ---- */

static void ended(scene *s, const char *method, const char *epid, const char *then)
{
    scene_conn c = signed_in(s);
    char headers[96];
    (void)snprintf(headers, sizeof headers,
                   "registration-event: deregistered;event=unregistered\nepid: %s", epid);
    scene_sip(s, &c, S, method, ALICE, 1, 0, headers);
    if (then) {
        (void)snprintf(headers, sizeof headers,
                       "registration-event: deregistered;event=rejected\nepid: %s", then);
        scene_sip(s, &c, S, method, ALICE, 2, 0, headers);
    }
    scene_wait(s, 5);
    scene_close(s, &c, C);
}

static void benotify_here(scene *s)
{
    ended(s, "BENOTIFY", "1234", NULL);
}

static void benotify_elsewhere(scene *s) /* the registration of another computer of the user */
{
    ended(s, "BENOTIFY", "9999", NULL);
}

static void benotify_elsewhere_then_here(scene *s)
{
    ended(s, "BENOTIFY", "9999", "1234");
}

/* ---- Redirects to several servers ---- */

#define TWO "Contact: sip:10.0.0.9:5060;q=0.3\nContact: sip:10.0.0.8:5060;q=0.7"

static void refused(scene *s, const char *server)
{
    scene_conn c = scene_syn(s, server);
    scene_refused(s, &c);
}

static void works(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, C);
}

static void preferred_refused(scene *s)
{
    register_with(s, 302, TWO);
    refused(s, "10.0.0.8:5060");
    works(s, "10.0.0.9:5060");
}

static void both_refused(scene *s)
{
    register_with(s, 302, TWO);
    refused(s, "10.0.0.8:5060");
    refused(s, "10.0.0.9:5060");
    scene_wait(s, 6);
}

static void one_untried(scene *s) /* the client does not try the other, which may work */
{
    register_with(s, 302, TWO);
    refused(s, "10.0.0.8:5060");
    scene_wait(s, 6);
}

static void both_untried(scene *s)
{
    register_with(s, 302, TWO);
    scene_wait(s, 6);
}

/* Of which of them it is told. */
static void test_target(void **state)
{
    static const struct {
        const char *name;
        void (*play)(scene *s);
        const char *target;
    } rows[] = {
        {"refused", both_refused, "sip:10.0.0.8:5060, but that server refuses the connection."},
        {"untried", both_untried, "sip:10.0.0.8:5060"},
        {"one untried", one_untried,
         "sip:10.0.0.8:5060, but that server refuses the connection, and another one that it "
         "named was not tried."}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        rows[i].play(&s);
        scene_end(&s);
        if (!strstr(scene_text(&s, "sip-redirect-failed", "explanation"), rows[i].target))
            fail_msg("%s: %s", rows[i].name, scene_text(&s, "sip-redirect-failed", "explanation"));
        scene_free(&s);
    }
}

/* ---- The web service that gives certificates ---- */

/* What it answers over HTTP, first and last, and whether the client then uses what it got. */
static void web_service(scene *s, uint16_t first, uint16_t last, bool follows)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401,
                 "WWW-Authenticate: TLS-DSK http://web.contoso.com:80/CertProv.svc");
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_open(s, "10.0.0.7:80");
    const uint16_t answers[] = {first, last};
    for (int i = 0; i < 2; i++) {
        scene_http(s, &w, "POST", "web.contoso.com", "/CertProv.svc", 0);
        scene_http(s, &w, NULL, NULL, NULL, answers[i]);
    }
    scene_close(s, &w, C);
    if (follows) {
        scene_register(s, &c, ALICE, 2, "Authorization: TLS-DSK");
        scene_answer(s, &c, ALICE, 2, 200, NULL);
    }
    scene_wait(s, 10);
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

static void ticket_after_500(scene *s) /* the first one, for an anonymous ticket */
{
    web_service(s, 500, 200, true);
}

static void ticket_after_401(scene *s)
{
    web_service(s, 401, 200, true);
}

static void ticket_refused(scene *s)
{
    web_service(s, 401, 500, false);
}

static void ticket_after_500_unused(scene *s) /* the last answer counts: the service works */
{
    web_service(s, 500, 200, false);
}

/* ---- What others send ---- */

static void via(scene *s, const char *sent, const char *got) /* over UDP */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, sent);
    scene_answer(s, &c, ALICE, 1, 200, got);
}

static void via_of_stun(scene *s) /* the client knows its public address, and says it */
{
    via(s, "Via: 203.0.113.9:40000", "Via: 203.0.113.9:40000");
}

static void via_rewritten(scene *s)
{
    via(s, "Via: 10.0.0.21:5060", "Via: 203.0.113.9:40000");
}

/* OPTIONS that nobody answers, each 5 s. */
static void options(scene *s, const char *agent)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.side[C].acked = true;
    for (uint32_t i = 1; i <= 4; i++) {
        scene_sip(s, &c, C, "OPTIONS", "sip:100@10.0.0.5", i, 0, agent);
        scene_wait(s, 5);
    }
    scene_close(s, &c, C);
}

static void options_of_scanner(scene *s)
{
    options(s, "User-Agent: friendly-scanner");
}

static void options_of_trunk(scene *s)
{
    options(s, "User-Agent: SBC 4");
}

/* ---- The table ---- */

#define TICKET "sip-webticket-failed"

static const said_case cases[] = {
    {"488 to INVITE", invite_488, "sip-transport-refused", "", "", "", NULL},
    {"488 to REGISTER", register_488, "sip-transport-refused", "failure", "proven",
     "sip-transport-refused", NULL},
    {"480 to INVITE", invite_480, "sip-temporarily-unavailable", "", "", "", NULL},
    {"480 to REGISTER", register_480, "sip-temporarily-unavailable", "failure", "proven",
     "sip-temporarily-unavailable", NULL},
    {"4003 to INVITE", invite_403_remote, "sip-remote-access-denied", "", "", "", NULL},
    {"4003 of another", remote_of_another, "sip-remote-access-denied", "failure", "likely",
     "sip-remote-access-denied", NULL},
    {"404 to SUBSCRIBE", subscribe_404, "sip-uri-not-found", "", "", "", NULL},
    {"400 to MESSAGE", message_400, "sip-parse-error", "", "", "", NULL},
    {"400 to REGISTER", register_400, "sip-parse-error", "failure", "proven", "sip-parse-error",
     NULL},
    {"301 to INVITE", invite_301, "sip-redirect-failed", "", "", "", NULL},
    {"BENOTIFY", benotify_here, "sip-user-moved-or-removed", "warning", "proven", "", NULL},
    {"BENOTIFY elsewhere", benotify_elsewhere, "sip-user-moved-or-removed", "", "", "", NULL},
    {"BENOTIFY elsewhere, then here", benotify_elsewhere_then_here, "sip-user-moved-or-removed",
     "warning", "proven", "", NULL},
    {"ticket after 500", ticket_after_500, TICKET, "", "", "", NULL},
    {"ticket after 401", ticket_after_401, TICKET, "", "", "", NULL},
    {"ticket refused", ticket_refused, TICKET, "failure", "likely", TICKET, NULL},
    {"ticket after 500, unused", ticket_after_500_unused, TICKET, "", "", "", NULL},
    {"Via of STUN", via_of_stun, "sip-message-altered", "", "", "", NULL},
    {"Via rewritten", via_rewritten, "sip-message-altered", "warning", "proven", "", NULL},
    {"OPTIONS of a scanner", options_of_scanner, "sip-options-unanswered", "note", "proven", "",
     NULL},
    {"OPTIONS of a trunk", options_of_trunk, "sip-options-unanswered", "warning", "proven", "",
     NULL},
    {"preferred refused", preferred_refused, "sip-redirect-failed", "", "", "", NULL},
    {"both refused", both_refused, "sip-redirect-failed", "failure", "proven",
     "sip-redirect-failed", NULL},
    {"one untried", one_untried, "sip-redirect-failed", "failure", "likely", "sip-redirect-failed",
     NULL},
    {"both untried", both_untried, "sip-redirect-failed", "failure", "likely",
     "sip-redirect-failed", NULL},
};

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_users_behind_one_address),
                                       cmocka_unit_test(test_target)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + run_said_cases("sip_traps", cases, sizeof cases / sizeof *cases);
}
