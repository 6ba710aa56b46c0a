/* dissectors/smtp.c: recorded logons, what belongs to an exchange, content that is passed over,
 * what a gap leaves, where TLS begins, and the probe. */
#include "base/limits.h"
#include "mail_talk.h"

extern const cx_dissector cx_dissector_smtp;

static void transcripts(void **state)
{
    static const char *const names[] = {"smtp-ntlm",  "smtp-ntlm-refused", "smtp-gssapi",
                                        "smtp-plain", "smtp-starttls",     NULL};
    (void)state;
    mail_transcripts(&cx_dissector_smtp, names);
}

/* ---- exchanges ---- */

static const mail_case exchanges[] = {
    {"NTLM, with the words of Exchange",
     {"<220 a ESMTP\r\n", ">EHLO b\r\n", "<250-a\r\n250 AUTH NTLM\r\n", ">AUTH NTLM\r\n",
      "<334 ntlm supported\r\n", ">" TYPE_1 "\r\n", "<334 " TYPE_2 "\r\n", ">" TYPE_3 "\r\n",
      "<235 2.7.0 Authentication successful\r\n"},
     "6 smtp: ntlm 1\n7 smtp: ntlm 2\n8 smtp: ntlm 3\n"
     "9 logon ntlm success 235 2.7.0 Authentication successful\n"},
    {"an initial response",
     {">AUTH NTLM " TYPE_1 "\r\n", "<334 " TYPE_2 "\r\n", ">" TYPE_3 "\r\n",
      "<535 5.7.3 Authentication unsuccessful\r\n"},
     "1 smtp: ntlm 1\n2 smtp: ntlm 2\n3 smtp: ntlm 3\n"
     "4 logon ntlm failure 535 5.7.3 Authentication unsuccessful\n"},
    {"an empty initial response",
     {">AUTH GSSAPI =\r\n", "<334 \r\n", ">YAA=\r\n", "<235 ok\r\n"},
     "3 smtp: 2 octets\n4 logon ? success 235 ok\n"},
    {"in lower case, and the verb of Exchange",
     {">x-exps gssapi YAA=\r\n", "<334 YQA=\r\n", ">YgA=\r\n", "<235 ok\r\n"},
     "1 smtp: 2 octets\n2 smtp: 2 octets\n3 smtp: 2 octets\n4 logon ? success 235 ok\n"},
    {"refused at once",
     {">AUTH NTLM\r\n", "<504 5.7.4 Unrecognized authentication type\r\n"},
     "2 logon ntlm failure 504 5.7.4 Unrecognized authentication type\n"},
    {"a reply of several lines",
     {">AUTH NTLM\r\n", "<535-5.7.8 first\r\n535 5.7.8 second\r\n"},
     "2 logon ntlm failure 535 5.7.8 first\n"},
    {"a reply without a text", {">AUTH NTLM\r\n", "<535\r\n"}, "2 logon ntlm failure 535 \n"},
    {"only line feeds", {">AUTH NTLM\n", "<535 no\n"}, "2 logon ntlm failure 535 no\n"},
    {"given up by the client",
     {">AUTH NTLM " TYPE_1 "\r\n", "<334 " TYPE_2 "\r\n", ">*\r\n", "<501 aborted\r\n"},
     "1 smtp: ntlm 1\n2 smtp: ntlm 2\n4 logon ntlm failure 501 aborted\n"},
    {"another mechanism", {">AUTH PLAIN\r\n", "<334 \r\n", ">YAA=\r\n", "<535 no\r\n"}, ""},
    {"another mechanism, then NTLM",
     {">AUTH LOGIN\r\n", "<334 VXNlcm5hbWU6\r\n", ">YQ==\r\n", "<535 no\r\n", ">AUTH NTLM\r\n",
      "<535 no\r\n"},
     "6 logon ntlm failure 535 no\n"},
    {"two exchanges",
     {">AUTH NTLM " TYPE_1 "\r\n", "<535 no\r\n", ">AUTH NTLM " TYPE_1 "\r\n", "<235 yes\r\n"},
     "1 smtp: ntlm 1\n2 logon ntlm failure 535 no\n3 smtp: ntlm 1\n4 logon ntlm success 235 yes\n"},
    {"replies that are of other commands",
     {">RSET\r\nAUTH NTLM\r\n", "<250 reset\r\n", "<220 hm\r\n", "<535 no\r\n"},
     "4 logon ntlm failure 535 no\n"},
    {"a refusal of another command: the exchange had no answer",
     {">AUTH NTLM " TYPE_1 "\r\n", ">MAIL FROM:<a@b>\r\n", "<550 no\r\n"},
     "1 smtp: ntlm 1\n"},
    {"a token that is no base64",
     {">AUTH NTLM TlRMTVNTUA!!\r\n", "<334 xx!\r\n", ">x!\r\n", "<501 cannot decode\r\n"},
     "1 malformed: a token that is no base64\n4 logon ntlm failure 501 cannot decode\n"},
    {"lines that are no replies",
     {">AUTH NTLM\r\n", "<53\r\n5350 x\r\nabc d\r\n600 x\r\n199 x\r\n535x\r\n", "<535 no\r\n"},
     "3 logon ntlm failure 535 no\n"},
    {"the end inside a reply", {">AUTH NTLM\r\n", "<535 no"}, "2 logon ntlm failure 535 no\n"},
    {"the end inside a token", {">AUTH NTLM " TYPE_1}, "1 smtp: ntlm 1\n"},
};

static void exchange(void **state)
{
    (void)state;
    mail_check(&cx_dissector_smtp, exchanges, COUNT(exchanges));
}

/* ---- content ---- */

#define FAIL "<535 no\r\n"

static const mail_case contents[] = {
    {"a message", {">DATA\r\n", "<354 go\r\n", ">a\r\nAUTH NTLM\r\n.\r\nQUIT\r\n", FAIL}, ""},
    {"lines with dots in it",
     {">DATA\r\n", "<354 go\r\n", ">..\r\n. \r\n.x\r\nAUTH NTLM\r\n", FAIL},
     ""},
    {"an exchange behind it",
     {">DATA\r\n", "<354 go\r\n", ">a\r\n.\r\nAUTH NTLM\r\n", FAIL},
     "4 logon ntlm failure 535 no\n"},
    {"an empty message",
     {">DATA\r\n", "<354 go\r\n", ">.\r\nAUTH NTLM\r\n", FAIL},
     "4 logon ntlm failure 535 no\n"},
    {"only line feeds",
     {">DATA\n", "<354 go\n", ">a\n.\nAUTH NTLM\n", FAIL},
     "4 logon ntlm failure 535 no\n"},
    {"an argument: no such command",
     {">DATA x\r\nAUTH NTLM\r\n", FAIL},
     "2 logon ntlm failure 535 no\n"},
    {"refused",
     {">DATA\r\n", "<503 bad sequence\r\n", ">AUTH NTLM\r\n", FAIL},
     "4 logon ntlm failure 535 no\n"},
    {"refused recipient, accepted message",
     {">MAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
      "<250 ok\r\n550 no such user\r\n250 ok\r\n354 go\r\n", ">AUTH NTLM\r\n", FAIL},
     ""},
    {"the answer was not seen", {">DATA\r\n", ">AUTH NTLM\r\n", FAIL}, ""},
    {"TLS records in it", {">DATA\r\n", "<354 go\r\n", ">\x16\x03\x01\r\nAUTH NTLM\r\n", FAIL}, ""},
    {"a chunk", {">BDAT 11\r\nAUTH NTLM\r\nAUTH NTLM\r\n", FAIL}, "2 logon ntlm failure 535 no\n"},
    {"a chunk, one octet longer", {">BDAT 12\r\nAUTH NTLM\r\nAUTH NTLM\r\n", FAIL}, ""},
    {"the last chunk",
     {">BDAT 1\r\naBDAT 11 LAST\r\nAUTH NTLM\r\nAUTH NTLM\r\n", FAIL},
     "2 logon ntlm failure 535 no\n"},
    {"chunks of no size",
     {">BDAT 0 LAST\r\nBDAT x\r\nBDAT\r\nAUTH NTLM\r\n", FAIL},
     "2 logon ntlm failure 535 no\n"},
};

static void content(void **state)
{
    (void)state;
    mail_check(&cx_dissector_smtp, contents, COUNT(contents));
}

/* ---- what was not seen ---- */

static const mail_case unseen[] = {
    {"the command",
     {">#11", "<334 \r\n", ">" TYPE_1 "\r\n", "<334 " TYPE_2 "\r\n", FAIL},
     "3 smtp: ntlm 1\n4 smtp: ntlm 2\n5 logon ntlm failure 535 no\n"},
    {"the client",
     {"<334 " TYPE_2 "\r\n", "<235 yes\r\n"},
     "1 smtp: ntlm 2\n2 logon ntlm success 235 yes\n"},
    {"the server",
     {">AUTH NTLM\r\n", ">" TYPE_1 "\r\n", ">" TYPE_3 "\r\n", ">MAIL FROM:<a@b>\r\n"},
     "2 smtp: ntlm 1\n3 smtp: ntlm 3\n"},
    {"a challenge",
     {">AUTH NTLM " TYPE_1 "\r\n", "<#30", ">" TYPE_3 "\r\n", "<535 no\r\n"},
     "1 smtp: ntlm 1\n3 smtp: ntlm 3\n4 logon ntlm failure 535 no\n"},
    {"the end of a challenge",
     {">AUTH NTLM " TYPE_1 "\r\n", "<334 TlRMTVNTUAACAAAABQ", "<#30", "<xx=\r\n", "<535 no\r\n"},
     "1 smtp: ntlm 1\n2 smtp: ntlm 2\n5 logon ntlm failure 535 no\n"},
    {"the first line of a reply",
     {">AUTH NTLM\r\n", "<535-fir", "<#10", "<535 second\r\n"},
     "2 logon ntlm failure 535 fir\n"},
    {"a token in a message whose beginning is seen is none",
     {">EHLO a\r\n", ">" TYPE_1 "\r\n", "<334 " TYPE_2 "\r\n", FAIL},
     ""},
    {"a part of a message",
     {">DATA\r\n", "<354 go\r\n", ">a", ">#10", ">AUTH NTLM\r\n.\r\nAUTH NTLM\r\n", FAIL},
     "6 logon ntlm failure 535 no\n"},
    {"a part of a chunk",
     {">BDAT 13\r\nA", ">#10", ">\r\nAUTH NTLM\r\n", FAIL},
     "4 logon ntlm failure 535 no\n"},
    {"the end of a chunk, and more",
     {">BDAT 13\r\nA", ">#13", ">AUTH NTLM\r\n", FAIL},
     "4 logon ntlm failure 535 no\n"},
};

static void gaps(void **state)
{
    (void)state;
    mail_check(&cx_dissector_smtp, unseen, COUNT(unseen));
}

/* ---- TLS ---- */

static const mail_case handovers[] = {
    {"STARTTLS",
     {">STARTTLS\r\n", "<220 go\r\n", ">\x16\x03\x01xx", "<\x16\x03\x03xx"},
     "client hands over at 10\nserver hands over at 8\n"},
    {"refused, and then an exchange",
     {">STARTTLS\r\n", "<454 not now\r\n", ">AUTH NTLM\r\n", FAIL},
     "4 logon ntlm failure 535 no\n"},
    {"a hello in the form of SSL 2.0",
     {">STARTTLS\r\n", "<220 go\r\n", ">\x80.\x01\x03\x01"},
     "client hands over at 10\n"},
    {"an alert", {"<220 go\r\n", "<\x15\x03\x03xx"}, "server hands over at 8\n"},
    {"other octets", {">\x16\x02\x01\r\nAUTH NTLM\r\n", FAIL}, "2 logon ntlm failure 535 no\n"},
    {"the end where it may begin", {">\x16\x03"}, ""},
};

static void start_tls(void **state)
{
    (void)state;
    mail_check(&cx_dissector_smtp, handovers, COUNT(handovers));
}

/* A line of the cap is read, a longer one passed over. */
static void long_lines(void **state)
{
    (void)state;
    for (size_t len = CX_MAX_MAIL_LINE - 1; len <= CX_MAX_MAIL_LINE; len++) {
        char *line = malloc(len + 3);
        assert_non_null(line);
        memset(line, 'A', len + 1);
        memcpy(line, ">AUTH NTLM " TYPE_1, strlen(">AUTH NTLM ") + 4);
        memcpy(line + 1 + len, "\n", 2);
        const mail_case c = {"", {line, ">x\r\n", FAIL}, ""};
        mail_record r;
        mail_run(&cx_dissector_smtp, &c, len, &r); /* the line end comes apart */
        assert_int_equal(strstr(r.text, "logon") != NULL, len < CX_MAX_MAIL_LINE);
        free(line);
    }
}

/* ---- probe ---- */

static void probes(void **state)
{
    static const mail_probe rows[] = {
        {"220 mail1.contoso.com ESMTP Postfix\r\n", CX_MATCH_YES},
        {"220-mail1.contoso.com smtp ready\r\n", CX_MATCH_YES},
        {"220 mail1 LMTP\r\n", CX_MATCH_YES},
        {"220 (vsFTPd 3.0.3)\r\n", CX_MATCH_NO},
        {"220 mail1", CX_MATCH_MAYBE},
        {"22", CX_MATCH_MAYBE},
        {"220", CX_MATCH_MAYBE},
        {"2200 SMTP\r\n", CX_MATCH_NO},
        {"250-mail1\r\n", CX_MATCH_YES},
        {"554 no SMTP service here\r\n", CX_MATCH_YES},
        {"600 x\r\n", CX_MATCH_NO},
        {"EHLO a\r\n", CX_MATCH_YES},
        {"ehlo a\r\n", CX_MATCH_YES},
        {"EHLO ", CX_MATCH_YES},
        {"EHLO", CX_MATCH_MAYBE},
        {"EH", CX_MATCH_MAYBE},
        {"", CX_MATCH_MAYBE},
        {"QUIT\r\n", CX_MATCH_YES},
        {"EHLOX a\r\n", CX_MATCH_NO},
        {"\r\n", CX_MATCH_NO},
        {" EHLO\r\n", CX_MATCH_NO},
        {"GET / HTTP/1.1\r\n", CX_MATCH_NO},
        {"\x16\x03\x01", CX_MATCH_NO},
    };
    (void)state;
    mail_probes(&cx_dissector_smtp, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcripts), cmocka_unit_test(exchange),  cmocka_unit_test(content),
        cmocka_unit_test(gaps),        cmocka_unit_test(start_tls), cmocka_unit_test(long_lines),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
