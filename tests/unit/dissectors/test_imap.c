/* dissectors/imap.c: recorded logons, tags, literals, what a gap leaves, where TLS begins, and the
 * probe. Lines and content are tested with SMTP. */
#include "mail_talk.h"

extern const cx_dissector cx_dissector_imap;

static void transcripts(void **state)
{
    static const char *const names[] = {"imap-ntlm", "imap-ntlm-refused", "imap-gssapi",
                                        "imap-starttls", NULL};
    (void)state;
    mail_transcripts(&cx_dissector_imap, names);
}

#define AUTH     ">a AUTHENTICATE NTLM\r\n"
#define NO       "<a NO [AUTHENTICATIONFAILED] no\r\n"
#define REFUSED  "logon ntlm failure 0 [AUTHENTICATIONFAILED] no\n"
#define LONG_TAG "0123456789012345678901234567890123456789"

static const mail_case exchanges[] = {
    {"all steps",
     {"<* OK ready\r\n", AUTH, "<+\r\n", ">" TYPE_1 "\r\n", "<+ " TYPE_2 "\r\n", ">" TYPE_3 "\r\n",
      "<a OK AUTHENTICATE completed.\r\n", ">b SELECT x\r\n"},
     "4 imap: ntlm 1\n5 imap: ntlm 2\n6 imap: ntlm 3\n"
     "7 logon ntlm success 0 AUTHENTICATE completed.\nclient done\nserver done\n"},
    {"an initial response",
     {">a authenticate ntlm " TYPE_1 "\r\n", "<+ " TYPE_2 "\r\n", NO},
     "1 imap: ntlm 1\n2 imap: ntlm 2\n3 " REFUSED},
    {"BAD", {AUTH, "<a BAD what\r\n"}, "2 logon ntlm failure 0 what\n"},
    {"no text", {AUTH, "<a NO\r\n"}, "2 logon ntlm failure 0 \n"},
    {"given up by the client",
     {AUTH, "<+ \r\n", ">*\r\n", "<a BAD aborted\r\n"},
     "4 logon ntlm failure 0 aborted\n"},
    {"answers to other commands",
     {">b NOOP\r\n"
      "a AUTHENTICATE NTLM\r\n",
      "<* 1 EXISTS\r\nb OK\r\naa OK\r\n", NO},
     "3 " REFUSED},
    {"words that are none", {AUTH, "<a OKAY\r\na\r\na  x\r\n* NO x\r\n", NO}, "3 " REFUSED},
    {"another mechanism", {">a AUTHENTICATE PLAIN YAA=\r\n", "<a NO no\r\n"}, ""},
    {"a login without SASL ends it too",
     {">a LOGIN b c\r\n", "<a OK\r\n", AUTH},
     "client done\nserver done\n"},
    {"a login that is refused", {">b LOGIN b c\r\n", "<b NO\r\n", AUTH, NO}, "4 " REFUSED},
    {"who needs no login", {"<* PREAUTH x\r\n", AUTH}, "client done\nserver done\n"},
    {"a long tag",
     {">" LONG_TAG " AUTHENTICATE NTLM\r\n", "<0123 NO\r\n", "<" LONG_TAG " NO no\r\n"},
     "3 logon ntlm failure 0 no\n"},
    {"STARTTLS",
     {">a STARTTLS\r\n", "<a OK\r\n", ">\x16\x03\x01xx", "<\x16\x03\x03xx"},
     "client hands over at 12\nserver hands over at 6\n"},
};

static void exchange(void **state)
{
    (void)state;
    mail_check(&cx_dissector_imap, exchanges, COUNT(exchanges));
}

static const mail_case literals[] = {
    {"a literal, and the rest of its line",
     {">b LOGIN {23}\r\n", "<+ go\r\n", ">a AUTHENTICATE NTLM\r\nx {3}\r\n", "<+ go\r\n",
      ">abc a AUTHENTICATE NTLM\r\n", "<b NO\r\n", AUTH, NO},
     "8 " REFUSED},
    {"a literal that does not wait",
     {">b LOGIN {22+}\r\na AUTHENTICATE NTLM\r\n {1+}\r\nx\r\n", "<b NO\r\n", AUTH, NO},
     "4 " REFUSED},
    {"a literal that is refused", {">b APPEND x {1000}\r\n", "<b NO\r\n", AUTH, NO}, "4 " REFUSED},
    {"a refusal of something else does not count",
     {">c NOOP\r\nb APPEND x {22}\r\n", "<c NO\r\n", ">a AUTHENTICATE NTLM\r\n\r\n", NO},
     ""},
    {"mail of the server",
     {AUTH, "<* 1 FETCH (BODY[] {36}\r\na NO no\r\n+ " TYPE_2 "\r\n)\r\n", NO},
     "3 " REFUSED},
    {"no literals",
     {">b x {}\r\nb x {1\r\nb x 1}\r\nb }\r\nb x {-1}\r\nb {+}\r\n", AUTH, NO},
     "3 " REFUSED},
    {"an empty literal", {">b x {0}\r\n a AUTHENTICATE NTLM\r\n", AUTH, NO}, "3 " REFUSED},
    {"TLS behind a literal is its line",
     {">b x {1+}\r\na\x16\x03\x01\r\n", AUTH, NO},
     "3 " REFUSED},
};

static void literal(void **state)
{
    (void)state;
    mail_check(&cx_dissector_imap, literals, COUNT(literals));
}

static const mail_case unseen[] = {
    {"the command",
     {">#23", "<+ \r\n", ">" TYPE_1 "\r\n", "<+ " TYPE_2 "\r\n", NO},
     "3 imap: ntlm 1\n4 imap: ntlm 2\n5 " REFUSED},
    {"the client", {"<+ " TYPE_2 "\r\n", NO}, "1 imap: ntlm 2\n2 " REFUSED},
    {"what follows another exchange",
     {">b AUTHENTICATE NTLM\r\n", "<b NO no\r\n", ">#23", "<+ " TYPE_2 "\r\n", NO},
     "2 logon ntlm failure 0 no\n4 imap: ntlm 2\n5 " REFUSED},
    {"the rest of a literal",
     {">b x {40}\r\n", ">#40", ">\r\na AUTHENTICATE NTLM\r\n", NO},
     "4 " REFUSED},
    {"more than a literal", {">b x {40}\r\n", ">#42", AUTH, NO}, "4 " REFUSED},
};

static void gaps(void **state)
{
    (void)state;
    mail_check(&cx_dissector_imap, unseen, COUNT(unseen));
}

static void probes(void **state)
{
    static const mail_probe rows[] = {
        {"* OK [CAPABILITY IMAP4rev1] ready\r\n", CX_MATCH_YES},
        {"* PREAUTH ready\r\n", CX_MATCH_YES},
        {"* BYE\r\n", CX_MATCH_YES},
        {"* O", CX_MATCH_MAYBE},
        {"*", CX_MATCH_MAYBE},
        {"", CX_MATCH_MAYBE},
        {"* ACAP\r\n", CX_MATCH_NO},
        {"A001 CAPABILITY\r\n", CX_MATCH_YES},
        {"a login b c\r\n", CX_MATCH_YES},
        {"A001 OK done\r\n", CX_MATCH_YES},
        {"A001 NO\r\n", CX_MATCH_YES},
        {"A001", CX_MATCH_MAYBE},
        {"A001 CAP", CX_MATCH_MAYBE},
        {"A001 N", CX_MATCH_MAYBE},
        {"A001\r\n", CX_MATCH_NO},
        {" OK\r\n", CX_MATCH_NO},
        {"GET / HTTP/1.1\r\n", CX_MATCH_NO},
        {LONG_TAG " OK\r\n", CX_MATCH_NO},
        {"+OK ready\r\n", CX_MATCH_NO},
    };
    (void)state;
    mail_probes(&cx_dissector_imap, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcripts), cmocka_unit_test(exchange), cmocka_unit_test(literal),
        cmocka_unit_test(gaps),        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
