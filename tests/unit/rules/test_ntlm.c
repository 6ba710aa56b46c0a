/* NTLM session security, and logons that servers refuse: for each thing that rules one of these
 * out, and each trap, a pair of scenes in which only that differs. */
#include "said_cases.h"
#include "support/scene_logon.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define USER  "sip:alice@contoso.com"
#define ALICE "CONTOSO\\alice"
#define GOOD  0xe2898215u
#define WEAK  0x42898215u /* without 128 bits */

/* ---- in SIP ---- */

static scene_conn challenged(scene *s, const char *challenge)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, USER, 1, NULL);
    scene_answer(s, &c, USER, 1, 401, "WWW-Authenticate: NTLM\nWWW-Authenticate: Kerberos");
    scene_register(s, &c, USER, 2, "Authorization: NTLM");
    scene_answer(s, &c, USER, 2, 401, challenge);
    return c;
}

static void answers(scene *s, const char *authenticate, uint16_t status)
{
    scene_conn c = challenged(s, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, USER, 3, authenticate);
    scene_answer(s, &c, USER, 3, status, status == 401 ? "WWW-Authenticate: NTLM" : NULL);
    scene_close(s, &c, C);
}

static void lacks_128(scene *s)
{
    answers(s, "Authorization: NTLM authenticate 0x42988255", 401);
}

static void lacks_128_and_works(scene *s)
{
    answers(s, "Authorization: NTLM authenticate 0x42988255", 200);
}

static void lacks_nothing(scene *s)
{
    answers(s, "Authorization: NTLM authenticate 0x62988255", 401);
}

static void lacks_seal_and_56(scene *s) /* as every good exchange does */
{
    answers(s, "Authorization: NTLM authenticate 0x62988215", 401);
}

static void lacks_session_security(scene *s)
{
    answers(s, "Authorization: NTLM authenticate 0x62908255", 401);
}

static void forbidden(scene *s) /* the credentials were good enough to be told so */
{
    answers(s, "Authorization: NTLM authenticate 0x42988255", 403);
}

static void leaves(scene *s, const char *challenge, double wait, bool closes, bool gap)
{
    scene_conn c = challenged(s, challenge);
    if (gap)
        scene_gap(s, &c, C);
    if (closes)
        scene_close(s, &c, C);
    scene_wait(s, wait);
    if (!closes)
        scene_data(s, &c, S);
}

#define LACKING  "WWW-Authenticate: NTLM challenge 0x82908205"
#define COMPLETE "WWW-Authenticate: NTLM challenge 0xe29882f3"

static void weak_left(scene *s)
{
    leaves(s, LACKING, 6, true, false);
}

static void good_left(scene *s) /* the user cancelled */
{
    leaves(s, COMPLETE, 6, true, false);
}

static void weak_waits(scene *s)
{
    leaves(s, LACKING, 6, false, false);
}

static void weak_yet(scene *s) /* the AUTHENTICATE may come */
{
    leaves(s, LACKING, 2, false, false);
}

static void weak_gap(scene *s) /* it may be what is missing */
{
    leaves(s, LACKING, 6, true, true);
}

static void weak_closed_soon(scene *s) /* the close says that nothing comes any more */
{
    leaves(s, LACKING, 2, true, false);
}

static void weak_keep_alive(scene *s) /* an empty line is no AUTHENTICATE */
{
    scene_conn c = challenged(s, LACKING);
    scene_data(s, &c, C);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void weak_answered(scene *s) /* and refused: who answered it did not mind */
{
    scene_conn c = challenged(s, LACKING);
    scene_register(s, &c, USER, 3, "Authorization: NTLM authenticate 0x82908205");
    scene_answer(s, &c, USER, 3, 401, "WWW-Authenticate: NTLM");
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void weak_forbidden(scene *s) /* it went on without credentials */
{
    scene_conn c = challenged(s, LACKING);
    scene_register(s, &c, USER, 3, NULL);
    scene_answer(s, &c, USER, 3, 403, NULL);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void lacks_both(scene *s)
{
    answers(s, "Authorization: NTLM authenticate 0x42908255", 401);
}

static void of_versions(scene *s, uint8_t client, uint8_t minor, uint8_t server,
                        uint8_t server_minor, const char *authenticate)
{
    s->ntlm_version[C][0] = client;
    s->ntlm_version[C][1] = minor;
    s->ntlm_version[S][0] = server;
    s->ntlm_version[S][1] = server_minor;
    answers(s, authenticate, 401);
}

#define WITHOUT_128 "Authorization: NTLM authenticate 0x42988255"

static void xp_and_2008_r2(scene *s) /* which demands 128 bits unless told otherwise */
{
    of_versions(s, 5, 1, 6, 1, WITHOUT_128);
}

static void s2003_and_2016(scene *s)
{
    of_versions(s, 5, 2, 10, 0, WITHOUT_128);
}

static void xp_and_2008(scene *s) /* which does not */
{
    of_versions(s, 5, 1, 6, 0, WITHOUT_128);
}

static void xp_and_2003(scene *s)
{
    of_versions(s, 5, 1, 5, 2, WITHOUT_128);
}

static void vista_and_2008_r2(scene *s) /* a client that knows it */
{
    of_versions(s, 6, 0, 6, 1, WITHOUT_128);
}

static void w7_and_2008_r2(scene *s)
{
    of_versions(s, 6, 1, 6, 1, WITHOUT_128);
}

static void w2000_and_2008_r2(scene *s)
{
    of_versions(s, 5, 0, 6, 1, WITHOUT_128);
}

static void unknown_and_2008_r2(scene *s)
{
    of_versions(s, 0, 0, 6, 1, WITHOUT_128);
}

static void xp_and_unknown(scene *s)
{
    of_versions(s, 5, 1, 0, 0, WITHOUT_128);
}

static void xp_has_128(scene *s) /* and lacks what no server demands by itself */
{
    of_versions(s, 5, 1, 6, 1, "Authorization: NTLM authenticate 0x62908255");
}

#define SAID "WWW-Authenticate: NTLM\nms-diagnostics: 1000 HRESULT=0xC3E93EE4"

static void said(scene *s, const char *authenticate, uint16_t status, bool seen)
{
    scene_conn c = challenged(s, COMPLETE);
    if (seen)
        scene_register(s, &c, USER, 3, authenticate);
    scene_answer(s, &c, USER, 3, status, SAID);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void said_of_flags(scene *s)
{
    said(s, WITHOUT_128, 401, true);
}

static void said_in_403(scene *s)
{
    said(s, WITHOUT_128, 403, true);
}

static void said_of_unseen(scene *s)
{
    said(s, NULL, 401, false);
}

static void said_of_flagless(scene *s)
{
    s->ntlm_flagless = true;
    said_of_flags(s);
}

static void said_of_all_there(scene *s) /* the server knows its own value */
{
    said(s, "Authorization: NTLM authenticate 0x62988255", 401, true);
}

static void another_hresult(scene *s)
{
    scene_conn c = challenged(s, COMPLETE);
    scene_register(s, &c, USER, 3, WITHOUT_128);
    scene_answer(s, &c, USER, 3, 401,
                 "WWW-Authenticate: NTLM\nms-diagnostics: 1000 HRESULT=0xC3E93EE5");
    scene_close(s, &c, C);
}

/* ---- elsewhere ---- */

static void smb(scene *s, uint32_t offered, uint32_t agreed, const char *user, bool works)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, offered, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, agreed, user);
    scene_logon(s, &c, "smb", works, CX_LOGON_NTSTATUS, works ? 0 : 0xc000006d);
    scene_close(s, &c, C);
}

static void smb_lacks(scene *s)
{
    smb(s, GOOD, WEAK, ALICE, false);
}

static void smb_lacks_and_works(scene *s)
{
    smb(s, GOOD, WEAK, ALICE, true);
}

static void smb_has_all(scene *s)
{
    smb(s, GOOD, GOOD, ALICE, false);
}

static void smb_nobody(scene *s)
{
    smb(s, GOOD, WEAK, "", false);
}

static void smb_not_offered(scene *s)
{
    smb(s, WEAK, WEAK, ALICE, false);
}

static void smb_then_works(scene *s)
{
    smb_lacks(s);
    scene_wait(s, 5);
    smb(s, GOOD, WEAK, ALICE, true);
}

static void smb_then_another(scene *s) /* who works is somebody else */
{
    smb_lacks(s);
    scene_wait(s, 5);
    smb(s, GOOD, WEAK, "CONTOSO\\bob", true);
    s->client = "10.0.0.21";
}

static void smb_flagless(scene *s) /* what it agreed to is not said */
{
    s->ntlm_flagless = true;
    smb_lacks(s);
}

/* Parts of the exchange alone, and the refusal. */
static void parts(scene *s, uint32_t asked, uint32_t offered, uint32_t agreed)
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    if (asked)
        scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, asked, NULL);
    if (offered)
        scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, offered, NULL);
    if (agreed)
        scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, agreed, ALICE);
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, 0xc000006d);
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

static void asked_too_little(scene *s)
{
    parts(s, WEAK, 0, 0);
}

static void asked_enough(scene *s)
{
    parts(s, GOOD, 0, 0);
}

static void asked_too_little_of_what_matters(scene *s) /* the NEGOTIATE binds nobody */
{
    parts(s, WEAK, GOOD, GOOD);
}

static void authenticate_unseen(scene *s)
{
    parts(s, WEAK, GOOD, 0);
}

static void challenge_unseen(scene *s)
{
    parts(s, WEAK, 0, GOOD);
}

static void challenge_unseen_and_lacks(scene *s)
{
    parts(s, GOOD, 0, WEAK);
}

static void refusal_alone(scene *s)
{
    parts(s, 0, 0, 0);
}

static void smb_then_nobody(scene *s) /* who has no name needs no session security */
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, GOOD, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, GOOD, ALICE);
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, 0xc000006d);
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, GOOD, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, WEAK, "");
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, 0xc0000022);
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

static void smb_refused_twice(scene *s) /* what failed again is not recovered */
{
    smb_lacks(s);
    scene_wait(s, 5);
    smb_lacks(s);
    scene_wait(s, 10);
}

static void smb_answers_a_weak_one(scene *s) /* so it did not mind; the result is not in sight */
{
    scene_conn c = scene_open(s, "10.0.0.30:445");
    scene_ntlm(s, &c, "smb", CX_NTLM_NEGOTIATE, 0xe2088297, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_CHALLENGE, WEAK, NULL);
    scene_ntlm(s, &c, "smb", CX_NTLM_AUTHENTICATE, WEAK, ALICE);
    scene_close(s, &c, C);
    scene_wait(s, 10);
}

/* smbclient keeps NTLMv2 session security in the AUTHENTICATE though the CHALLENGE lacks it, and
 * curl gives back every flag of the CHALLENGE. */
static void smb_agrees_to_more(scene *s)
{
    smb(s, GOOD & ~0x00080000u, GOOD, ALICE, false);
    scene_wait(s, 10);
}

static void smb_always_sign(scene *s) /* 0x8000 is another flag than 0x10 */
{
    smb(s, GOOD, (GOOD & ~0x10u) | 0x8000u, ALICE, false);
    scene_wait(s, 10);
}

/* ---- The table ---- */

#define MISMATCH "ntlm-session-security-mismatch"
#define AUTH     "sip-auth-failed"
#define LOGON    "ntlm-logon-failed"

static const cx_context wants_128 = {.has_min_server = true, .ntlm_min_server = 0x20000000};
static const cx_context wants_ext = {.has_min_server = true, .ntlm_min_server = 0x20080000};
static const cx_context wants_sign = {.has_min_server = true, .ntlm_min_server = 0x00000010};
static const cx_context client_128 = {.has_min_client = true, .ntlm_min_client = 0x20000000};

static const said_case cases[] = {
    {"lacks 128 bits", lacks_128, MISMATCH, "note", "possible", AUTH, NULL},
    {"lacks 128 bits, told", lacks_128, MISMATCH, "failure", "proven", MISMATCH, &wants_128},
    {"lacks 128 bits, works", lacks_128_and_works, MISMATCH, "", "", "", &wants_128},
    {"lacks nothing", lacks_nothing, MISMATCH, "", "", AUTH, &wants_128},
    {"lacks SEAL and 56 bits", lacks_seal_and_56, MISMATCH, "", "", AUTH, NULL},
    {"lacks session security", lacks_session_security, MISMATCH, "failure", "proven", MISMATCH,
     &wants_ext},
    {"forbidden", forbidden, MISMATCH, "", "", "sip-forbidden", &wants_128},
    {"weak, left", weak_left, MISMATCH, "failure", "possible", MISMATCH, NULL},
    {"weak, left, told", weak_left, MISMATCH, "failure", "proven", MISMATCH, &client_128},
    {"good, left", good_left, MISMATCH, "", "", "", NULL},
    {"good, left, told", good_left, MISMATCH, "", "", "", &client_128},
    {"weak, waits", weak_waits, MISMATCH, "failure", "possible", MISMATCH, NULL},
    {"weak yet", weak_yet, MISMATCH, "", "", "", NULL},
    {"weak, gap", weak_gap, MISMATCH, "", "", "", NULL},
    {"weak, closed soon", weak_closed_soon, MISMATCH, "failure", "possible", MISMATCH, NULL},
    {"weak, keep-alive", weak_keep_alive, MISMATCH, "failure", "possible", MISMATCH, NULL},
    {"weak, answered", weak_answered, MISMATCH, "", "", AUTH, &client_128},
    {"weak, forbidden", weak_forbidden, MISMATCH, "", "", "sip-forbidden", &client_128},
    {"XP, 2008 R2", xp_and_2008_r2, MISMATCH, "failure", "likely", MISMATCH, NULL},
    {"2003, 2016", s2003_and_2016, MISMATCH, "failure", "likely", MISMATCH, NULL},
    {"XP, 2008", xp_and_2008, MISMATCH, "note", "possible", AUTH, NULL},
    {"XP, 2003", xp_and_2003, MISMATCH, "note", "possible", AUTH, NULL},
    {"Vista, 2008 R2", vista_and_2008_r2, MISMATCH, "note", "possible", AUTH, NULL},
    {"7, 2008 R2", w7_and_2008_r2, MISMATCH, "note", "possible", AUTH, NULL},
    {"2000, 2008 R2", w2000_and_2008_r2, MISMATCH, "note", "possible", AUTH, NULL},
    {"unknown, 2008 R2", unknown_and_2008_r2, MISMATCH, "note", "possible", AUTH, NULL},
    {"XP, unknown", xp_and_unknown, MISMATCH, "note", "possible", AUTH, NULL},
    {"XP with 128 bits", xp_has_128, MISMATCH, "note", "possible", AUTH, NULL},
    {"said", said_of_flags, MISMATCH, "failure", "proven", MISMATCH, NULL},
    {"said in 403", said_in_403, MISMATCH, "failure", "proven", MISMATCH, NULL},
    {"said, unseen", said_of_unseen, MISMATCH, "failure", "proven", MISMATCH, NULL},
    {"said, unseen, told", said_of_unseen, MISMATCH, "failure", "proven", MISMATCH, &wants_128},
    {"said, no flags", said_of_flagless, MISMATCH, "failure", "proven", MISMATCH, &wants_128},
    {"said, has all", said_of_all_there, MISMATCH, "failure", "proven", MISMATCH, NULL},
    {"another HRESULT", another_hresult, MISMATCH, "note", "possible", AUTH, NULL},

    {"SMB, no flags", smb_flagless, MISMATCH, "", "", LOGON, &wants_128},
    {"asked too little", asked_too_little, MISMATCH, "failure", "proven", MISMATCH, &wants_128},
    {"asked enough", asked_enough, MISMATCH, "", "", LOGON, &wants_128},
    {"asked too little, had all", asked_too_little_of_what_matters, MISMATCH, "", "", LOGON,
     &wants_128},
    {"AUTHENTICATE unseen", authenticate_unseen, MISMATCH, "", "", LOGON, &wants_128},
    {"CHALLENGE unseen", challenge_unseen, MISMATCH, "", "", LOGON, &wants_128},
    {"CHALLENGE unseen, lacks", challenge_unseen_and_lacks, MISMATCH, "failure", "likely", MISMATCH,
     &wants_128},
    {"CHALLENGE unseen, not told", challenge_unseen_and_lacks, MISMATCH, "", "", LOGON, NULL},
    {"refusal alone", refusal_alone, MISMATCH, "", "", LOGON, &wants_128},
    {"SMB, then nobody", smb_then_nobody, MISMATCH, "", "", LOGON, &wants_128},
    {"SMB, refused twice", smb_refused_twice, MISMATCH, "failure", "proven", MISMATCH, &wants_128},
    {"SMB answers a weak one", smb_answers_a_weak_one, MISMATCH, "", "", "", &client_128},
    {"SMB agrees to more", smb_agrees_to_more, MISMATCH, "", "", LOGON, NULL},
    {"ALWAYS_SIGN", smb_always_sign, MISMATCH, "failure", "proven", MISMATCH, &wants_sign},
    {"SMB lacks", smb_lacks, MISMATCH, "failure", "proven", MISMATCH, &wants_128},
    {"SMB lacks, not told", smb_lacks, MISMATCH, "note", "possible", LOGON, NULL},
    {"SMB lacks, works", smb_lacks_and_works, MISMATCH, "", "", "", &wants_128},
    {"SMB has all", smb_has_all, MISMATCH, "", "", LOGON, &wants_128},
    {"SMB, nobody", smb_nobody, MISMATCH, "", "", "", &wants_128},
    {"SMB, not offered", smb_not_offered, MISMATCH, "failure", "likely", MISMATCH, &wants_128},
    {"SMB, then works", smb_then_works, MISMATCH, "note", "proven", "", &wants_128},
    {"SMB, then another", smb_then_another, MISMATCH, "failure", "proven", MISMATCH, &wants_128},
    {"logon refused", smb_has_all, LOGON, "failure", "likely", LOGON, NULL},
    {"logon of nobody", smb_nobody, LOGON, "", "", "", NULL},
    {"logon, then works", smb_then_works, LOGON, "note", "proven", "", NULL},
    {"logon, then another", smb_then_another, LOGON, "failure", "proven", LOGON, NULL},
};

/* What is missing, in words and numbers, and what shows it. */
static void test_words(void **state)
{
    static const struct {
        const char *name;
        void (*play)(scene *s);
        const cx_context *context;
        const char *missing, *in_challenge, *agreed; /* details; "": none */
        const char *shows;                           /* of the last frame that is shown */
    } rows[] = {
        {"128", lacks_128, &wants_128, "128-bit encryption", "none", "0x42988255", "401: refused"},
        {"both", lacks_both, NULL, "NTLMv2 session security, 128-bit encryption", "none",
         "0x42908255", "401: refused"},
        {"SMB", smb_lacks, &wants_128, "128-bit encryption", "none", "0x42898215", "refused"},
        {"not offered", smb_not_offered, &wants_128, "128-bit encryption", "128-bit encryption",
         "0x42898215", "refused"},
        {"CHALLENGE unseen", challenge_unseen_and_lacks, &wants_128, "128-bit encryption", "",
         "0x42898215", "refused"},
        {"left", weak_left, &client_128, "128-bit encryption", "128-bit encryption", "",
         "the client closes without an AUTHENTICATE"},
        {"waits", weak_waits, &client_128, "128-bit encryption", "128-bit encryption", "",
         "CHALLENGE of the server, flags 0x82908205"},
        {"said, no flags", said_of_flagless, NULL, "none", "none", "", "401: refused"},
        {"said, no flags, told", said_of_flagless, &wants_128, "none", "none", "", "401: refused"},
        {"said", said_of_flags, NULL, "128-bit encryption", "none", "0x42988255", "401: refused"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, rows[i].context);
        rows[i].play(&s);
        scene_end(&s);
        const json_t *f = scene_finding(&s, MISMATCH);
        const json_t *details = json_object_get(f, "details");
        const json_t *proofs = json_object_get(f, "evidence");
        const char *const want[] = {rows[i].missing, rows[i].in_challenge, rows[i].agreed};
        static const char *const names[] = {"missing", "missing_in_challenge",
                                            "authenticate_flags"};
        for (size_t k = 0; k < 3; k++) {
            const char *got = json_string_value(json_object_get(details, names[k]));
            if (strcmp(got ? got : "", want[k]) != 0)
                fail_msg("%s: %s is %s", rows[i].name, names[k], got);
        }
        size_t n = json_array_size(proofs);
        const char *shows =
            json_string_value(json_object_get(json_array_get(proofs, n - 1), "shows"));
        if (!shows || strcmp(shows, rows[i].shows) != 0)
            fail_msg("%s: shows %s", rows[i].name, shows);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};
    return run_said_cases("ntlm", cases, sizeof cases / sizeof *cases) +
           cmocka_run_group_tests_name("ntlm, words", tests, NULL, NULL);
}
