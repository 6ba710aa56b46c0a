/* POP3 (RFC 1939, RFC 5034, RFC 2595 4, MS-POP3): exchanges of NTLM and GSS-API in AUTH, and where
 * TLS begins. Emits LOGON and MALFORMED; tokens go to "gss". State: where each direction stands and
 * the open exchange; it owns nothing.
 *
 * After a login nothing of interest comes, so mail is not read through. */
#include "dissectors/mail.h"

typedef struct state {
    cx_mail_side side[2];
    cx_mail_exchange exchange;
    uint32_t asked; /* commands that wait for their answer: clients may send several at once */
    bool over;
} state;

static const char *const verbs[] = {
    "USER", "PASS", "APOP", "AUTH", "CAPA", "STLS", "STAT", "LIST", "RETR", "DELE",
    "NOOP", "RSET", "QUIT", "TOP",  "UIDL", "XTND", "UTF8", "LANG", NULL,
};

static void take_request(void *self, cx_slice line, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    cx_slice args = line, verb = cx_mail_word(&args);
    if (cx_mail_match(line, true, verbs) == CX_MATCH_YES) {
        st->exchange.seen = true;
        st->exchange.open = false;
        st->asked++;
    }
    if (cx_slice_iis(verb, "AUTH")) {
        cx_slice mechanism = cx_mail_word(&args);
        if (mechanism.len) /* else it asks which there are */
            cx_mail_begin(&st->exchange, mechanism, cx_mail_word(&args), in, out);
    } else if (cx_slice_iis(verb, "PASS") || cx_slice_iis(verb, "APOP")) {
        cx_mail_begin_plain(&st->exchange);
    } else if (args.len == 0 && !cx_slice_is(line, "*")) {
        cx_mail_token(&st->exchange, line, in, out);
    }
}

static void take_response(void *self, cx_slice line, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    cx_slice text = line, word = cx_mail_word(&text);
    bool success = cx_slice_iis(word, "+OK");
    if (cx_slice_is(word, "+")) {
        cx_mail_token(&st->exchange, cx_slice_trim(text), in, out);
        return;
    }
    if (!success && !cx_slice_iis(word, "-ERR"))
        return;
    if (st->asked > 1) { /* of a command before the latest */
        st->asked--;
        return;
    }
    if (success && st->exchange.open && st->exchange.sent == 0)
        return; /* Exchange agrees so to a mechanism: MS-POP3 2.2.1.1 */
    st->asked = 0;
    st->over = success && st->exchange.open;
    cx_mail_end(&st->exchange, success, 0, text, in, out);
}

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    bool client = in->dir == CX_FROM_CLIENT;
    st->exchange.carrier = "pop";
    if (in->gap && client)
        st->exchange.seen = false;
    else if (in->gap)
        st->asked = 0;
    return cx_mail_feed(&st->side[in->dir & 1], in, out, st, client ? take_request : take_response,
                        &st->over);
}

static cx_match probe(const cx_chunk *first)
{
    static const char *const responses[] = {"+OK", "-ERR", NULL};
    bool whole;
    cx_slice line = cx_mail_first_line(first->bytes, &whole);
    bool server = line.len && (line.p[0] == '+' || line.p[0] == '-');
    return cx_mail_match(line, whole, server ? responses : verbs);
}

/* Other protocols say "+OK" too, but nothing behind it. */
static const cx_mask masks[] = {
    {{0xff, 0xff, 0xff, 0xff}, {'+', 'O', 'K', ' '}},
};

const cx_dissector cx_dissector_pop = {
    .name = "pop",
    .title = "Post Office Protocol 3",
    .spec = "RFC 1939, RFC 5034, RFC 2595 4, MS-POP3",
    .transports = CX_OVER_TCP,
    .ports = {110},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(state),
    .feed = feed,
    .emits = CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
