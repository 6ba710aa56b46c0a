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

/* ---- The table ---- */

#define MISMATCH "ntlm-session-security-mismatch"
#define AUTH     "sip-auth-failed"
#define LOGON    "ntlm-logon-failed"

static const cx_context wants_128 = {.has_min_server = true, .ntlm_min_server = 0x20000000};
static const cx_context wants_ext = {.has_min_server = true, .ntlm_min_server = 0x20080000};
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

int main(void)
{
    return run_said_cases("ntlm", cases, sizeof cases / sizeof *cases);
}
