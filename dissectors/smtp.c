/* SMTP and LMTP (RFC 5321, RFC 4954, RFC 3207, RFC 3030, MS-SMTPNTLM): exchanges of NTLM and
 * GSS-API in AUTH, and where TLS begins. Emits LOGON and MALFORMED; tokens go to "gss". State:
 * where each direction stands and the open exchange; it owns nothing.
 *
 * Content is passed over: behind DATA unless the server refuses it, and by count behind BDAT. */
#include "dissectors/mail.h"

typedef struct state {
    cx_mail_side side[2];
    cx_mail_exchange exchange;
    bool in_reply; /* the server's next line goes on with a reply */
    bool over;
} state;

enum { AUTH_DONE = 235, AUTH_GOES_ON = 334, DATA_GOES_ON = 354, REFUSED = 400 };

/* ---- the client ---- */

static const char *const verbs[] = {
    "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT",   "AUTH",    "STARTTLS",
    "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "X-EXPS", "XCLIENT", NULL,
};

/* BDAT size [LAST] (RFC 3030 2). */
static void take_chunk_size(cx_mail_side *side, cx_slice args)
{
    uint64_t size;
    if (!cx_slice_number(cx_mail_word(&args), UINT64_MAX, &size) || size == 0)
        return;
    side->left = size;
    side->fresh = true;
}

static void take_request(void *self, cx_slice line, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    cx_mail_side *side = &st->side[CX_FROM_CLIENT];
    cx_slice args = line, verb = cx_mail_word(&args);
    if (cx_mail_match(line, true, verbs) == CX_MATCH_YES) {
        st->exchange.seen = true;
        st->exchange.open = false;
    }
    if (cx_slice_iis(verb, "DATA") && args.len == 0) {
        side->body = side->fresh = true;
    } else if (cx_slice_iis(verb, "BDAT")) {
        take_chunk_size(side, args);
    } else if (cx_slice_iis(verb, "AUTH") || cx_slice_iis(verb, "X-EXPS")) { /* of Exchange */
        cx_slice mechanism = cx_mail_word(&args);
        cx_mail_begin(&st->exchange, mechanism, cx_mail_word(&args), in, out);
    } else if (args.len == 0 && !cx_slice_is(line, "*")) {
        cx_mail_token(&st->exchange, line, in, out);
    }
}

/* ---- the server ---- */

/* "250-text", "250 text", "250" (RFC 5321 4.2). The code, or 0. */
static uint32_t reply_code(cx_slice line)
{
    uint64_t code;
    bool ends = line.len == 3 || (line.len > 3 && (line.p[3] == ' ' || line.p[3] == '-'));
    if (!ends || !cx_slice_number(cx_slice_sub(line, 0, 3), 599, &code) || code < 200)
        return 0;
    return (uint32_t)code;
}

/* Is what follows DATA or BDAT content? A refusal that comes first is that of another command, or
 * of this one; the latest reply before any content says which. */
static void judge_content(state *st, uint32_t code)
{
    cx_mail_side *side = &st->side[CX_FROM_CLIENT];
    if (!side->fresh || side->left)
        return;
    if (code == DATA_GOES_ON)
        side->body = true;
    else if (code >= REFUSED)
        side->body = false;
}

static void take_reply(void *self, cx_slice line, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    uint32_t code = reply_code(line);
    bool first = !st->in_reply;
    cx_slice text = cx_slice_sub(line, 4, line.len);
    if (!code)
        return;
    st->in_reply = line.len > 3 && line.p[3] == '-';
    if (!first)
        return;
    judge_content(st, code);
    if (code == AUTH_GOES_ON)
        cx_mail_token(&st->exchange, cx_slice_trim(text), in, out);
    else if (code == AUTH_DONE || code >= REFUSED) /* others answer an earlier command */
        cx_mail_end(&st->exchange, code == AUTH_DONE, code, text, in, out);
}

/* ---- dissector ---- */

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    bool client = in->dir == CX_FROM_CLIENT;
    st->exchange.carrier = "smtp";
    if (in->gap && client)
        st->exchange.seen = false;
    else if (in->gap)
        st->in_reply = false;
    return cx_mail_feed(&st->side[in->dir & 1], in, out, st, client ? take_request : take_reply,
                        &st->over);
}

static bool holds(cx_slice line, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= line.len; i++)
        if (cx_slice_istarts(cx_slice_sub(line, i, n), word))
            return true;
    return false;
}

/* The greeting of FTP has the code of that of SMTP: a greeting must say what it is. */
static cx_match probe(const cx_chunk *first)
{
    bool whole;
    cx_slice line = cx_mail_first_line(first->bytes, &whole);
    if (line.len == 0 || line.p[0] < '2' || line.p[0] > '5')
        return cx_mail_match(line, whole, verbs);
    if (!whole && line.len <= 3)
        return CX_MATCH_MAYBE;
    uint32_t code = reply_code(line);
    if (code != 220)
        return code ? CX_MATCH_YES : CX_MATCH_NO;
    if (holds(line, "SMTP") || holds(line, "LMTP"))
        return CX_MATCH_YES;
    return whole ? CX_MATCH_NO : CX_MATCH_MAYBE;
}

static const cx_mask masks[] = {
    {{0xff, 0xff, 0xff, 0xff}, {'2', '2', '0', ' '}},
    {{0xff, 0xff, 0xff, 0xff}, {'2', '2', '0', '-'}},
    {{0xdf, 0xdf, 0xdf, 0xdf, 0xff}, {'E', 'H', 'L', 'O', ' '}},
    {{0xdf, 0xdf, 0xdf, 0xdf, 0xff}, {'H', 'E', 'L', 'O', ' '}},
    {{0xdf, 0xdf, 0xdf, 0xdf, 0xff}, {'L', 'H', 'L', 'O', ' '}},
};

const cx_dissector cx_dissector_smtp = {
    .name = "smtp",
    .title = "Simple Mail Transfer Protocol",
    .spec = "RFC 5321, RFC 4954, RFC 3207, MS-SMTPNTLM",
    .transports = CX_OVER_TCP,
    .ports = {25, 587, 2525},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(state),
    .feed = feed,
    .emits = CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
