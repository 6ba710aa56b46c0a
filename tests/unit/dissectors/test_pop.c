/* dissectors/pop.c: recorded logons, what belongs to an exchange, what a gap leaves, where TLS
 * begins, and the probe. Lines and content are tested with SMTP. */
#include "mail_talk.h"

extern const cx_dissector cx_dissector_pop;

static void transcripts(void **state)
{
    static const char *const names[] = {"pop-ntlm", "pop-ntlm-refused", "pop-gssapi",
                                        "pop-starttls", NULL};
    (void)state;
    mail_transcripts(&cx_dissector_pop, names);
}

static const mail_case exchanges[] = {
    {"as Exchange says it",
     {"<+OK ready\r\n", ">AUTH NTLM\r\n", "<+OK\r\n", ">" TYPE_1 "\r\n", "<+ " TYPE_2 "\r\n",
      ">" TYPE_3 "\r\n", "<+OK User successfully logged on.\r\n"},
     "4 pop: ntlm 1\n5 pop: ntlm 2\n6 pop: ntlm 3\n"
     "7 logon ntlm success 0 User successfully logged on.\nserver done\n"},
    {"refused, then right: no more is read",
     {">AUTH NTLM " TYPE_1 "\r\n", "<-ERR [AUTH] no\r\n", ">AUTH NTLM " TYPE_1 "\r\n",
      "<+OK yes\r\n", ">AUTH NTLM " TYPE_1 "\r\n"},
     "1 pop: ntlm 1\n2 logon ntlm failure 0 [AUTH] no\n3 pop: ntlm 1\n"
     "4 logon ntlm success 0 yes\nclient done\nserver done\n"},
    {"given up by the client",
     {">AUTH NTLM\r\n", "<+ \r\n", ">*\r\n", "<-ERR aborted\r\n"},
     "4 logon ntlm failure 0 aborted\n"},
    {"a question for the mechanisms",
     {">AUTH\r\n", "<+OK\r\nNTLM\r\n.\r\n", ">AUTH NTLM\r\n", "<-ERR no\r\n"},
     "4 logon ntlm failure 0 no\n"},
    {"another mechanism", {">AUTH PLAIN YAA=\r\n", "<-ERR no\r\n"}, ""},
    {"a login without SASL ends it too",
     {">USER a\r\n", "<+OK\r\n", ">PASS b\r\n", "<+OK\r\n", ">AUTH NTLM\r\n"},
     "client done\nserver done\n"},
    {"a login in one packet that is refused",
     {">USER a\r\nPASS b\r\n", "<+OK\r\n-ERR no\r\n", ">AUTH NTLM\r\n", "<-ERR no\r\n"},
     "4 logon ntlm failure 0 no\n"},
    {"a login in one packet",
     {">USER a\r\nPASS b\r\n", "<+OK\r\n", "<+OK\r\n", "<+OK\r\n"},
     "server done\n"},
    {"APOP", {">APOP a 00\r\n", "<+OK\r\n", ">QUIT\r\n"}, "client done\nserver done\n"},
    {"words that are none",
     {">AUTH NTLM\r\n", "<+OKAY\r\n-ERROR\r\nOK\r\n", "<-ERR no\r\n"},
     "3 logon ntlm failure 0 no\n"},
    {"mail with what looks like a token", {">RETR 1\r\n", "<+OK\r\n+ " TYPE_2 "\r\n.\r\n"}, ""},
    {"the command was not seen",
     {">#11", "<+ \r\n", ">" TYPE_1 "\r\n", "<+ " TYPE_2 "\r\n", ">" TYPE_3 "\r\n", "<-ERR no\r\n"},
     "3 pop: ntlm 1\n4 pop: ntlm 2\n5 pop: ntlm 3\n6 logon ntlm failure 0 no\n"},
    {"an answer was not seen",
     {">CAPA\r\n", "<#40", ">AUTH NTLM\r\n", "<-ERR no\r\n"},
     "4 logon ntlm failure 0 no\n"},
    {"answers were not seen",
     {">CAPA\r\nNOOP\r\nAUTH NTLM\r\n", "<#40", "<-ERR no\r\n"},
     "3 logon ntlm failure 0 no\n"},
    {"STLS",
     {">STLS\r\n", "<+OK\r\n", ">\x16\x03\x01xx", "<\x16\x03\x03xx"},
     "client hands over at 6\nserver hands over at 5\n"},
};

static void exchange(void **state)
{
    (void)state;
    mail_check(&cx_dissector_pop, exchanges, COUNT(exchanges));
}

static void probes(void **state)
{
    static const mail_probe rows[] = {
        {"+OK Dovecot ready.\r\n", CX_MATCH_YES},
        {"+OK\r\n", CX_MATCH_YES},
        {"-ERR busy\r\n", CX_MATCH_YES},
        {"+O", CX_MATCH_MAYBE},
        {"+", CX_MATCH_MAYBE},
        {"+PONG\r\n", CX_MATCH_NO},
        {"USER alice\r\n", CX_MATCH_YES},
        {"CAPA\r\n", CX_MATCH_YES},
        {"top 1 2\r\n", CX_MATCH_YES},
        {"US", CX_MATCH_MAYBE},
        {"", CX_MATCH_MAYBE},
        {"GET / HTTP/1.1\r\n", CX_MATCH_NO},
        {"\r\n", CX_MATCH_NO},
        {"* OK\r\n", CX_MATCH_NO},
    };
    (void)state;
    mail_probes(&cx_dissector_pop, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(transcripts), cmocka_unit_test(exchange),
                                       cmocka_unit_test(probes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
