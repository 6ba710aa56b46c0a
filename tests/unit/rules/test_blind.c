/* What is said of one sign-in that the capture shows in part: in which words, and not where a part
 * of the reason is missing. */
#include "rules/coverage.h"
#include "support/scene_logon.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

static void others(scene *s) /* the capture goes on */
{
    s->client = "10.0.0.99";
    scene_lookup(s, "A", "www.example.com", "10.0.0.80");
    s->client = "10.0.0.21";
}

/* ---- One direction ---- */

static scene_conn one_sided(scene *s, const char *server)
{
    scene_conn c = scene_udp(s, server);
    c.e.client.proto = c.e.server.proto = CX_IPPROTO_TCP;
    c.tcp.one_sided = true;
    return c;
}

static void client_alone(scene *s)
{
    scene_conn c = one_sided(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_data(s, &c, C);
    scene_close(s, &c, C);
    scene_wait(s, 120);
}

static void client_alone_twice(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", NULL);
    client_alone(s);
}

static void client_alone_and_an_answer(scene *s) /* of the name server at least */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    client_alone(s);
}

static void server_alone(scene *s)
{
    scene_conn c = one_sided(s, "10.0.0.5:5061");
    scene_server_hello(s, &c, 0x0303);
    scene_data(s, &c, S);
    scene_close(s, &c, S);
    scene_wait(s, 120);
}

static void server_alone_with_its_client(scene *s) /* whose question is there, and its answer */
{
    s->unasked = true;
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    server_alone(s);
}

static void answers_over_udp(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_wait(s, 120);
}

static void both_over_udp(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_wait(s, 120);
}

static void one_question(scene *s, double seconds)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", NULL);
    scene_wait(s, seconds);
    others(s);
}

static void question_of_6_s(scene *s)
{
    one_question(s, 6);
}

static void question_of_3_s(scene *s) /* it may be asked again */
{
    one_question(s, 3);
}

/* ---- The capture ends ---- */

static void ends_behind_syn(scene *s)
{
    (void)scene_syn(s, "10.0.0.5:5060");
    scene_wait(s, 2);
}

static void ends_behind_data(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_wait(s, 3);
}

static void ends_long_behind_data(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_wait(s, 40);
}

static void ends_behind_register(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 7);
}

static void ends_long_behind_register(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 31);
}

static void ends_too_long_behind_register(scene *s) /* sip-register-unanswered */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 33);
}

static void ends_behind_lookup(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", NULL);
    scene_wait(s, 2);
}

static void ends_behind_logon(scene *s, double seconds)
{
    scene_conn c = scene_udp(s, "10.0.0.30:445"); /* no state of TCP */
    c.e.client.proto = c.e.server.proto = CX_IPPROTO_TCP;
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, 0xe2898215, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, 0xe2888215, "CONTOSO\\alice");
    scene_wait(s, seconds);
}

static void ends_soon_behind_logon(scene *s)
{
    ends_behind_logon(s, 9);
}

static void ends_long_behind_logon(scene *s)
{
    ends_behind_logon(s, 16);
}

static void ends_behind_challenge(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_wait(s, 4);
}

static void ends_long_behind_challenge(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_wait(s, 6);
}

static void goes_on(scene *s) /* the sign-in was over long before the capture was */
{
    ends_behind_challenge(s);
    scene_wait(s, 70);
    others(s);
}

/* ---- Answers that are missing ---- */

static void one_of_two_answered(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", NULL);
    scene_wait(s, 70);
    others(s);
}

static void none_of_two_answered(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", NULL);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", NULL);
    scene_wait(s, 70);
    others(s);
}

static void six_without_four(scene *s, bool four)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 ocs1.contoso.com");
    scene_lookup(s, "AAAA", "ocs1.contoso.com", "NODATA");
    if (four)
        scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_wait(s, 70);
    others(s);
}

static void six_alone(scene *s)
{
    six_without_four(s, false);
}

static void six_and_four(scene *s)
{
    six_without_four(s, true);
}

static void gap(scene *s, bool lost)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM");
    if (lost)
        scene_gap(s, &c, C);
    scene_close(s, &c, S);
    scene_wait(s, 70);
    others(s);
}

static void gap_lost(scene *s)
{
    gap(s, true);
}

static void gap_none(scene *s)
{
    gap(s, false);
}

static void syn_again(scene *s, double after)
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_wait(s, after);
    scene_syn_again(s, &c);
    scene_wait(s, 6);
    scene_timeout(s, &c);
    scene_wait(s, 6);
    others(s);
}

static void syn_as_after_rst(scene *s)
{
    syn_again(s, 0.5);
}

static void syn_by_timer(scene *s)
{
    syn_again(s, 1);
}

/* ---- TLS ---- */

static void used(scene *s, uint16_t version, bool certificate, bool sip)
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", version);
    scene_server_hello(s, &c, version);
    if (certificate)
        scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    if (version == 0x0303)
        scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    if (sip) {
        scene_register(s, &c, ALICE, 1, NULL);
        scene_answer(s, &c, ALICE, 1, 200, NULL);
    }
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

static void sealed_13(scene *s)
{
    used(s, 0x0304, false, false);
}

static void opened_13(scene *s)
{
    used(s, 0x0304, true, true);
}

static void sealed_12(scene *s)
{
    used(s, 0x0303, true, false);
}

static void opened_12(scene *s)
{
    used(s, 0x0303, true, true);
}

static void web(scene *s) /* TLS with a web server holds no SIP */
{
    scene_conn c = scene_open(s, "10.0.0.80:443");
    scene_hello(s, &c, "www.example.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "www.example.com", -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

static void refused_12(scene *s) /* the client closes behind the certificate: nothing was hidden */
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs9.contoso.com", -10, 100);
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

/* Which name was wanted: SNI NULL and no lookup say nothing of it, for clients of TLS 1.0. */
static void named(scene *s, const char *sni, int from_days, int to_days, bool used)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, sni, 0x0301);
    scene_server_hello(s, &c, 0x0301);
    scene_certificate(s, &c, "ocs1.contoso.com", from_days, to_days);
    if (used) {
        scene_finish(s, &c);
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    }
    scene_close(s, &c, C);
}

static void no_name(scene *s)
{
    named(s, NULL, -10, 100, false);
}

static void no_name_used(scene *s) /* the client took it, whatever it wanted */
{
    named(s, NULL, -10, 100, true);
}

static void no_name_expired(scene *s) /* the date says why */
{
    named(s, NULL, -100, -10, false);
}

static void name_of_sni(scene *s)
{
    named(s, "ocs1.contoso.com", -10, 100, false);
}

/* ---- Offload ---- */

static void checksum(scene *s, uint8_t side)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.side[side].unsummed = true;
    scene_refused(s, &c);
    scene_wait(s, 10);
}

static void checksum_of_client(scene *s)
{
    checksum(s, C);
}

static void checksum_of_server(scene *s)
{
    checksum(s, S);
}

static void large(scene *s, bool unsummed)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_large(s, &c, S);
    c.tcp.side[S].unsummed = unsummed;
    scene_answer(s, &c, ALICE, 1, 404, NULL);
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

static void large_alone(scene *s)
{
    large(s, false);
}

static void large_and_unsummed(scene *s)
{
    large(s, true);
}

/* ---- The beginning ---- */

static void begins_with_answer(scene *s)
{
    s->unasked = true;
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    s->unasked = false;
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
    scene_wait(s, 10);
}

static void begins_with_question(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    s->unasked = true;
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
    scene_wait(s, 10);
}

static void begins_within(scene *s, bool mid)
{
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.9");
    scene_conn c = mid ? scene_udp(s, "10.0.0.5:5060") : scene_open(s, "10.0.0.5:5060");
    c.e.client.proto = c.e.server.proto = CX_IPPROTO_TCP;
    c.tcp.mid_stream = mid;
    scene_data(s, &c, C);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_close(s, &c, C);
}

static void begins_mid_stream(scene *s)
{
    begins_within(s, true);
}

static void begins_with_lookup(scene *s) /* the connection is older, the sign-in is not */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5060 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    begins_within(s, true);
}

static void begins_with_notice(scene *s) /* the end of a registration, over UDP */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_sip(s, &c, S, "NOTIFY", ALICE, 1, 0,
              "registration-event: deregistered;event=unregistered");
}

static void begins_with_syn(scene *s)
{
    begins_within(s, false);
}

static void begins_over_udp(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
}

/* ---- The table ---- */

#define ONE_WAY   "cap-one-direction"
#define ENDS      "cap-ends-early"
#define MISSING   "cap-missing-segments"
#define LATE      "cap-starts-late"
#define ENCRYPTED "cap-sip-encrypted"
#define HIDDEN_13 "cap-tls13-no-cert"
#define OFFLOAD   "cap-offload"
#define UNDECIDED "cap-name-undecided"
#define PROVES(n)                                                                                  \
    "The packets of one side only are in the capture for all " n " conversations of a sign-in "    \
    "that show it: that nothing was answered proves nothing here."
#define CLIENT_UNSEEN                                                                              \
    "What the client sent is not in the capture: what it asked for, and why it ended, is unknown."
#define PROVES_ONE                                                                                 \
    "The packets of one side only are in the capture for the one conversation of a sign-in that "  \
    "shows it: that nothing was answered proves nothing here."
#define THEN ", before the outcome: no verdict on what was still under way."
#define ANY  "" /* in the words of the record */

static const struct {
    const char *name;
    void (*play)(scene *s);
    const char *id, *words; /* NULL: not said */
} cases[] = {
    {"client alone", client_alone, ONE_WAY, PROVES_ONE},
    {"client alone, twice", client_alone_twice, ONE_WAY, PROVES("2")},
    {"client alone, and an answer", client_alone_and_an_answer, ONE_WAY, NULL},
    {"server alone", server_alone, ONE_WAY, CLIENT_UNSEEN},
    {"server alone, and answers", server_alone_with_its_client, ONE_WAY, PROVES("3")},
    {"answers over UDP", answers_over_udp, ONE_WAY, PROVES_ONE},
    {"both over UDP", both_over_udp, ONE_WAY, NULL},
    {"question of 6 s", question_of_6_s, ONE_WAY, PROVES_ONE},
    {"question of 3 s", question_of_3_s, ONE_WAY, NULL},
    {"question of 3 s, ends", question_of_3_s, ENDS,
     "The capture ends 3.0 s after a lookup without answer" THEN},
    {"behind the SYN", ends_behind_syn, ENDS,
     "The capture ends 2.0 s after the SYN (10.0.0.5, port 5060)" THEN},
    {"behind data", ends_behind_data, ENDS,
     "The capture ends 3.0 s after the latest data of a connection (10.0.0.5, port 5061)" THEN},
    {"long behind data", ends_long_behind_data, ENDS, NULL},
    {"behind a REGISTER", ends_behind_register, ENDS,
     "The capture ends 7.0 s after a REGISTER without answer (10.0.0.5, port 5060)" THEN},
    {"long behind a REGISTER", ends_long_behind_register, ENDS,
     "The capture ends 31.0 s after a REGISTER without answer (10.0.0.5, port 5060)" THEN},
    {"too long behind a REGISTER", ends_too_long_behind_register, ENDS, NULL},
    {"behind a lookup", ends_behind_lookup, ENDS,
     "The capture ends 2.0 s after a lookup without answer" THEN},
    {"behind a logon", ends_soon_behind_logon, ENDS,
     "The capture ends 9.0 s after a logon without result (10.0.0.30, port 445)" THEN},
    {"long behind a logon", ends_long_behind_logon, ENDS, NULL},
    {"behind a challenge", ends_behind_challenge, ENDS,
     "The capture ends 4.0 s after the latest packet of a sign-in" THEN},
    {"long behind a challenge", ends_long_behind_challenge, ENDS, NULL},
    {"goes on", goes_on, ENDS, NULL},
    {"one of two answered", one_of_two_answered, MISSING,
     "1 of 2 questions of a sign-in have no answer in the capture, though the client went on: what "
     "was answered is unknown."},
    {"none of two answered", none_of_two_answered, MISSING, NULL},
    {"IPv6 alone", six_alone, MISSING,
     "A name of a sign-in has no IPv6 address, and the question for its IPv4 address is not in the "
     "capture: whether it has one is unknown."},
    {"IPv6 and IPv4", six_and_four, MISSING, NULL},
    {"gap", gap_lost, MISSING, ANY},
    {"no gap", gap_none, MISSING, NULL},
    {"SYN as after a RST", syn_as_after_rst, MISSING, ANY},
    {"SYN by its timer", syn_by_timer, MISSING, NULL},
    {"TLS 1.3", sealed_13, HIDDEN_13, ANY},
    {"TLS 1.3, opened", opened_13, HIDDEN_13, NULL},
    {"TLS 1.2", sealed_12, HIDDEN_13, NULL},
    {"TLS 1.3, SIP", sealed_13, ENCRYPTED, ANY},
    {"TLS 1.3, opened, SIP", opened_13, ENCRYPTED, NULL},
    {"TLS 1.2, SIP", sealed_12, ENCRYPTED, ANY},
    {"TLS 1.2, opened, SIP", opened_12, ENCRYPTED, NULL},
    {"TLS of a web server", web, ENCRYPTED, NULL},
    {"TLS 1.2, refused", refused_12, ENCRYPTED, NULL},
    {"checksums of the client", checksum_of_client, OFFLOAD,
     "Checksums of TCP that the client sent are not filled in: the capturing computer leaves that "
     "to its network card. That is normal and no fault."},
    {"checksums of the server", checksum_of_server, OFFLOAD,
     "Checksums of TCP that the server sent are not filled in: the capturing computer leaves that "
     "to its network card. That is normal and no fault."},
    {"large segments", large_alone, OFFLOAD,
     "Segments of up to 2920 bytes go to a receiver that takes 1460 at a time: the capturing "
     "computer leaves it to its network card to cut them up or put them together. That is normal "
     "and no fault."},
    {"large segments, checksums", large_and_unsummed, OFFLOAD,
     "Segments of up to 2920 bytes go to a receiver that takes 1460 at a time: the capturing "
     "computer leaves it to its network card to cut them up or put them together, and to fill in "
     "checksums. That is normal and no fault."},
    {"begins with an answer", begins_with_answer, LATE, ANY},
    {"begins with a question", begins_with_question, LATE, NULL},
    {"begins within a connection", begins_mid_stream, LATE, ANY},
    {"begins with a lookup", begins_with_lookup, LATE, NULL},
    {"begins with a notice", begins_with_notice, LATE, NULL},
    {"no name", no_name, UNDECIDED, ANY},
    {"no name, used", no_name_used, UNDECIDED, NULL},
    {"no name, expired", no_name_expired, UNDECIDED, NULL},
    {"name of SNI", name_of_sni, UNDECIDED, NULL},
    {"begins with the SYN", begins_with_syn, LATE, NULL},
    {"begins with an answer over UDP", answers_over_udp, LATE, ANY},
    {"begins over UDP", begins_over_udp, LATE, NULL},
};

static const json_t *spot_of(const scene *s, const char *id)
{
    size_t k;
    json_t *o;
    json_array_foreach(s->coverage, k, o)
    {
        if (strcmp(json_string_value(json_object_get(o, "id")), id) == 0)
            return o;
    }
    return NULL;
}

static void test_attempts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s;
        scene_start(&s, NULL);
        cases[i].play(&s);
        scene_end(&s);
        const json_t *one = spot_of(&s, cases[i].id);
        const char *text = json_string_value(json_object_get(one, "text"));
        bool right =
            cases[i].words ? text && (!*cases[i].words || !strcmp(text, cases[i].words)) : !one;
        if (!right)
            fail_msg("%s: %s: %s", cases[i].name, cases[i].id, text);
        scene_free(&s);
    }
}

/* Of many the first frames are shown, and the words are those of the first sign-in. */
static void test_many(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    char client[16];
    for (int i = 1; i <= 12; i++) {
        (void)snprintf(client, sizeof client, "10.0.1.%d", i);
        s.client = client;
        named(&s, NULL, -10, 100, true);
        if (i > 1)
            scene_wait(&s, 1);
    }
    s.client = "10.0.0.21";
    (void)scene_syn(&s, "10.0.0.5:5060");
    scene_wait(&s, 1);
    s.client = "10.0.0.22";
    (void)scene_syn(&s, "10.0.0.6:5060");
    scene_wait(&s, 1);
    scene_end(&s);
    const json_t *sealed = spot_of(&s, ENCRYPTED), *ends = spot_of(&s, ENDS);
    assert_int_equal(json_array_size(json_object_get(sealed, "frames")), CX_COVERAGE_FRAMES);
    assert_int_equal(json_array_size(json_object_get(ends, "frames")), 2);
    assert_non_null(
        strstr(json_string_value(json_object_get(ends, "text")), "(10.0.0.5, port 5060)"));
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_attempts),
                                       cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
