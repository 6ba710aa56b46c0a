/* IMAP (RFC 3501, RFC 9051, RFC 4959, RFC 2595 3, MS-OXIMAP4): exchanges of NTLM and GSS-API in
 * AUTHENTICATE, and where TLS begins. Emits LOGON and MALFORMED; tokens go to "gss". State: where
 * each direction stands and the open exchange with its tag; it owns nothing.
 *
 * Literals are passed over by their count, unless the server refuses the command that they belong
 * to. After a login nothing of interest comes, so mail is not read through. */
#include "dissectors/mail.h"

#define MAX_TAG 32u /* octets; longer tags are compared up to there */

typedef struct tag {
    uint8_t len; /* 0: not known */
    uint8_t bytes[MAX_TAG];
} tag;

typedef struct state {
    cx_mail_side side[2];
    cx_mail_exchange exchange;
    tag exchange_tag; /* of the command that began the exchange */
    tag latest_tag;   /* of the latest command */
    bool over;
} state;

static tag tag_of(cx_slice word)
{
    tag t = {.len = (uint8_t)(word.len < MAX_TAG ? word.len : MAX_TAG)};
    if (t.len)
        memcpy(t.bytes, word.p, t.len);
    return t;
}

static bool is_tag(const tag *t, cx_slice word)
{
    return cx_slice_eq((cx_slice){t->bytes, t->len}, cx_slice_sub(word, 0, MAX_TAG));
}

/* A line that ends with "{n}", or "{n+}" of a client that does not wait (RFC 7888): n octets and
 * the rest of the line follow. */
static void take_literal(cx_mail_side *side, cx_slice line)
{
    uint64_t size;
    side->resumed = false;
    if (line.len < 3 || line.p[line.len - 1] != '}')
        return;
    size_t open = line.len - 1;
    while (open && line.p[open] != '{')
        open--;
    cx_slice count = cx_slice_sub(line, open + 1, line.len - open - 2);
    bool waits = !(count.len && count.p[count.len - 1] == '+');
    if (!waits)
        count.len--;
    if (line.p[open] != '{' || !cx_slice_number(count, UINT64_MAX, &size))
        return;
    side->left = size;
    side->fresh = waits;
    side->resumed = true;
}

/* ---- the client ---- */

static const char *const verbs[] = {
    "CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "LOGOUT", "NOOP",   "ID",     "SELECT",
    "EXAMINE",    "LIST",  "LSUB",         "STATUS",   "UID",    "FETCH",  "SEARCH", "STORE",
    "COPY",       "CLOSE", "EXPUNGE",      "APPEND",   "CREATE", "ENABLE", "IDLE",   NULL,
};

static void take_command(state *st, cx_slice line, const cx_chunk *in, cx_emit *out)
{
    cx_slice args = line, name = cx_mail_word(&args), verb = cx_mail_word(&args);
    if (verb.len == 0) {
        if (!cx_slice_is(line, "*"))
            cx_mail_token(&st->exchange, line, in, out);
        return;
    }
    st->exchange.seen = true;
    st->latest_tag = tag_of(name);
    bool login = cx_slice_iis(verb, "LOGIN");
    if (!login && !cx_slice_iis(verb, "AUTHENTICATE"))
        return;
    st->exchange_tag = st->latest_tag;
    if (login) {
        cx_mail_begin_plain(&st->exchange);
    } else {
        cx_slice mechanism = cx_mail_word(&args);
        cx_mail_begin(&st->exchange, mechanism, cx_mail_word(&args), in, out);
    }
}

static void take_request(void *self, cx_slice line, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    cx_mail_side *side = &st->side[CX_FROM_CLIENT];
    if (!side->resumed)
        take_command(st, line, in, out);
    take_literal(side, line);
}

/* ---- the server ---- */

static const char *const conditions[] = {"OK", "NO", "BAD", NULL};

static void take_tagged(state *st, cx_slice name, cx_slice rest, const cx_chunk *in, cx_emit *out)
{
    cx_mail_side *client = &st->side[CX_FROM_CLIENT];
    if (cx_mail_match(rest.len ? cx_slice_sub(rest, 1, rest.len) : rest, true, conditions) !=
        CX_MATCH_YES)
        return;
    bool success = cx_slice_iis(cx_mail_word(&rest), "OK");
    if (client->fresh && client->left && is_tag(&st->latest_tag, name)) {
        client->left = 0; /* the command was refused before its literal was sent */
        client->fresh = client->resumed = false;
    }
    if (!st->exchange.open || (st->exchange_tag.len && !is_tag(&st->exchange_tag, name)))
        return;
    st->over = success;
    cx_mail_end(&st->exchange, success, 0, rest, in, out);
}

static void take_response(void *self, cx_slice line, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    cx_mail_side *side = &st->side[CX_FROM_SERVER];
    cx_slice rest = line, word = cx_mail_word(&rest);
    if (!side->resumed) {
        if (cx_slice_is(word, "+"))
            cx_mail_token(&st->exchange, cx_slice_trim(rest), in, out);
        else if (cx_slice_is(word, "*"))
            st->over |= cx_slice_iis(cx_mail_word(&rest), "PREAUTH");
        else
            take_tagged(st, word, rest, in, out);
    }
    take_literal(side, line);
}

/* ---- dissector ---- */

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    bool client = in->dir == CX_FROM_CLIENT;
    st->exchange.carrier = "imap";
    if (in->gap && client) {
        st->exchange.seen = false;
        if (!st->exchange.open)
            st->exchange_tag.len = 0;
    }
    return cx_mail_feed(&st->side[in->dir & 1], in, out, st, client ? take_request : take_response,
                        &st->over);
}

/* Behind a tag, the commands of clients and the answers to them. */
static cx_match probe(const cx_chunk *first)
{
    static const char *const untagged[] = {"OK", "PREAUTH", "BYE", "CAPABILITY", NULL};
    bool whole;
    cx_slice line = cx_mail_first_line(first->bytes, &whole), rest = line;
    cx_slice name = cx_mail_word(&rest);
    if (name.len == 0 || name.len > MAX_TAG || line.p[0] == ' ')
        return line.len == 0 && !whole ? CX_MATCH_MAYBE : CX_MATCH_NO;
    if (rest.len == 0)
        return whole ? CX_MATCH_NO : CX_MATCH_MAYBE;
    rest = cx_slice_sub(rest, 1, rest.len);
    if (cx_slice_is(name, "*"))
        return cx_mail_match(rest, whole, untagged);
    cx_match command = cx_mail_match(rest, whole, verbs);
    cx_match answer = cx_mail_match(rest, whole, conditions);
    return command > answer ? command : answer;
}

static const cx_mask masks[] = {
    {{0xff, 0xff, 0xdf, 0xdf, 0xff}, {'*', ' ', 'O', 'K', ' '}},
    {{0xff, 0xff, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf}, {'*', ' ', 'P', 'R', 'E', 'A', 'U', 'T'}},
};

const cx_dissector cx_dissector_imap = {
    .name = "imap",
    .title = "Internet Message Access Protocol",
    .spec = "RFC 3501, RFC 4959, RFC 2595 3, MS-OXIMAP4",
    .transports = CX_OVER_TCP,
    .ports = {143},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(state),
    .feed = feed,
    .emits = CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
