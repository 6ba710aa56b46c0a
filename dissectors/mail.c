/* Lines and exchanges of SMTP, IMAP and POP3 (mail.h). */
#include "dissectors/mail.h"

#include "base/limits.h"
#include "base/text.h"
#include "dissectors/starttls.h"

/* ---- lines ---- */

cx_slice cx_mail_first_line(cx_slice s, bool *ret_whole)
{
    size_t end = cx_slice_find(s, '\n', 0);
    *ret_whole = end != SIZE_MAX;
    cx_slice line = cx_slice_sub(s, 0, end == SIZE_MAX ? s.len : end);
    if (line.len && line.p[line.len - 1] == '\r')
        line.len--;
    return line;
}

cx_slice cx_mail_word(cx_slice *line)
{
    size_t from = 0, to;
    while (from < line->len && line->p[from] == ' ')
        from++;
    for (to = from; to < line->len && line->p[to] != ' ';)
        to++;
    cx_slice word = cx_slice_sub(*line, from, to - from);
    *line = cx_slice_sub(*line, to, line->len);
    return word;
}

cx_match cx_mail_match(cx_slice line, bool whole, const char *const *words)
{
    cx_slice rest = line, word = cx_mail_word(&rest);
    if (line.len == 0 || line.p[0] == ' ')
        return whole || line.len ? CX_MATCH_NO : CX_MATCH_MAYBE;
    for (; *words; words++) {
        if (cx_slice_iis(word, *words))
            return whole || rest.len ? CX_MATCH_YES : CX_MATCH_MAYBE;
        if (!whole && rest.len == 0 && word.len < strlen(*words) &&
            cx_slice_ieq(word, cx_slice_sub(cx_slice_of(*words), 0, word.len)))
            return CX_MATCH_MAYBE;
    }
    return CX_MATCH_NO;
}

/* Bytes of s that belong to content; 0 when more are needed to tell. */
static size_t pass_body(cx_mail_side *side, cx_slice s, bool last)
{
    bool whole;
    cx_slice line = cx_mail_first_line(s, &whole);
    if (!whole && line.len <= 1 && (line.len == 0 || line.p[0] == '.') && !last)
        return 0;
    side->fresh = false;
    if (!whole) {
        side->inside = true;
        return s.len;
    }
    side->body = !cx_slice_is(line, ".");
    return cx_slice_find(s, '\n', 0) + 1;
}

/* The same of what is counted, and of the rest of a line; only while there is such. */
static size_t pass_rest(cx_mail_side *side, cx_slice s)
{
    if (side->left) {
        size_t n = side->left < s.len ? (size_t)side->left : s.len;
        side->left -= n;
        side->fresh = false;
        return n;
    }
    size_t end = cx_slice_find(s, '\n', 0);
    side->inside = end == SIZE_MAX;
    return side->inside ? s.len : end + 1;
}

/* Packets end with lines where peers wait for each other, so what is lost are mostly whole lines:
 * what follows is taken for the beginning of one, which its first word must confirm. */
static void pass_gap(cx_mail_side *side, uint64_t missing)
{
    side->fresh = false;
    if (side->left && missing <= side->left) {
        side->left -= missing;
        return;
    }
    side->left = 0;
    side->resumed = side->inside = false;
}

cx_fed cx_mail_feed(cx_mail_side *side, const cx_chunk *in, cx_emit *out, void *state,
                    cx_mail_take take, const bool *over)
{
    bool last = in->fin || in->cut;
    size_t at = 0;
    if (in->gap)
        pass_gap(side, in->missing);
    while (at < in->bytes.len) {
        cx_slice s = cx_slice_sub(in->bytes, at, in->bytes.len);
        if (side->left || side->inside) {
            at += pass_rest(side, s);
            continue;
        }
        if (side->body) {
            size_t n = pass_body(side, s, last);
            if (n == 0)
                return cx_fed_more(at, s.len + 1);
            at += n;
            continue;
        }
        if (*over)
            return cx_fed_end(CX_DONE);
        cx_match tls = side->resumed ? CX_MATCH_NO : cx_starttls_match(s);
        if (tls == CX_MATCH_YES)
            return cx_fed_handover(at);
        bool whole;
        cx_slice line = cx_mail_first_line(s, &whole);
        if (!whole && !last && s.len < CX_MAX_MAIL_LINE)
            return cx_fed_more(at, s.len + 1);
        at += whole ? cx_slice_find(s, '\n', 0) + 1 : s.len;
        if (!whole && !last)
            side->inside = true;
        else if (tls == CX_MATCH_NO)
            take(state, line, in, out);
    }
    return *over ? cx_fed_end(CX_DONE) : cx_fed_ok(at);
}

/* ---- exchanges ---- */

static const struct {
    const char *name, *mechanism;
} mechanisms[] = {
    {"NTLM", "ntlm"},     {"GSSAPI", NULL}, /* Exchange takes any token of SPNEGO for it */
    {"GSS-SPNEGO", NULL}, {"GS2-KRB5", "kerberos"}, {"GS2-KRB5-PLUS", "kerberos"},
};

void cx_mail_begin(cx_mail_exchange *x, cx_slice mechanism, cx_slice initial, const cx_chunk *in,
                   cx_emit *out)
{
    x->open = x->seen = true;
    x->told = false;
    x->mechanism = NULL;
    x->sent = 0;
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        if (cx_slice_iis(mechanism, mechanisms[i].name)) {
            x->told = true;
            x->mechanism = mechanisms[i].mechanism;
        }
    if (initial.len)
        cx_mail_token(x, initial, in, out);
}

void cx_mail_begin_plain(cx_mail_exchange *x)
{
    x->open = true;
    x->told = false;
    x->sent = 1;
}

void cx_mail_token(cx_mail_exchange *x, cx_slice text, const cx_chunk *in, cx_emit *out)
{
    static const char ntlm[] = "TlRMTVNTUA"; /* "NTLMSSP" and a NUL */
    cx_slice token;
    bool is_ntlm = cx_slice_is(cx_slice_sub(text, 0, sizeof ntlm - 1), ntlm);
    if (!x->open && !x->seen && is_ntlm) {
        x->open = x->told = true;
        x->mechanism = "ntlm";
        x->sent = 0;
    }
    if (!x->open)
        return;
    x->sent += in->dir == CX_FROM_CLIENT;
    if (!x->told || text.len == 0)
        return;
    if (in->cut)
        text.len -= text.len % 4;
    if (cx_base64(text, out->scratch, &token) == CX_OK && token.len)
        cx_emit_child(out, "gss", token, in, x->carrier);
    else if (is_ntlm && !in->cut)
        cx_emit_malformed(out, in, x->carrier, "a token that is no base64");
}

void cx_mail_end(cx_mail_exchange *x, bool success, uint32_t code, cx_slice text,
                 const cx_chunk *in, cx_emit *out)
{
    if (x->open && x->told) {
        cx_event e;
        cx_event_begin(&e, CX_EV_LOGON, in);
        text = cx_slice_sub(cx_slice_trim(text), 0, CX_MAX_LOGON_TEXT);
        e.u.logon = (cx_ev_logon){.carrier = x->carrier,
                                  .mechanism = x->mechanism,
                                  .success = success,
                                  .status_kind = CX_LOGON_REPLY,
                                  .status = code,
                                  .text = text.len ? text : (cx_slice){NULL, 0}};
        cx_emit_event(out, &e);
    }
    x->open = false;
}
