/* Tokens of GSS-API and SPNEGO, whole, as other protocols carry them (RFC 2743 3.1, RFC 4178 4.2,
 * MS-SPNG 2.2, MS-NEGOEX 2.2.6, RFC 4121 4.1). Hands what is inside to "ntlm", "kerberos" or, when
 * that is a token again, to itself. Emits MALFORMED. State: none.
 *
 * Senders leave out wrappings, and which mechanism a reply belongs to was said in a token before
 * it: what a token is, its first bytes tell. Bytes that do not begin like one are of a mechanism
 * that is not read here, and no fault. */
#include "base/der.h"
#include "flow/dissector.h"

enum { NEG_INIT = CX_DER_CONTEXT, NEG_RESPONSE = CX_DER_CONTEXT + 1, TOKEN = CX_DER_CONTEXT + 2 };

static const char ntlm_signature[8] = "NTLMSSP";
static const char negoex_signature[8] = {'N', 'E', 'G', 'O', 'E', 'X', 'T', 'S'};

typedef struct reading {
    const cx_chunk *in;
    cx_emit *out;
} reading;

static bool starts(cx_slice s, const char signature[8])
{
    return s.len >= 8 && memcmp(s.p, signature, 8) == 0;
}

static cx_status on_short(const reading *r)
{
    return r->in->cut ? CX_TRUNCATED : CX_MALFORMED;
}

static void hand_on(reading *r, const char *name, cx_slice token)
{
    if (token.len)
        cx_emit_child(r->out, name, token, r->in, r->out->carrier);
}

static void complain(reading *r, cx_status status, const char *reason)
{
    if (status == CX_MALFORMED)
        cx_emit_malformed(r->out, r->in, "gss", reason);
}

/* ---- SPNEGO ---- */

/* NegTokenInit and NegTokenResp (RFC 4178 4.2.1, 4.2.2): in both the token of the mechanism is [2].
 * NegTokenInit2 (MS-SPNG 2.2.1) puts its hints behind that. */
static void read_negotiation(reading *r, const cx_der *choice)
{
    cx_der sequence, part, token;
    cx_cursor c = cx_der_inside(choice);
    if (!cx_der_next(&c, &sequence)) {
        complain(r, cx_der_missing(&c), "a SPNEGO token without its sequence");
        return;
    }
    if (sequence.tag != CX_DER_SEQUENCE) {
        complain(r, CX_MALFORMED, "a SPNEGO token that is no sequence");
        return;
    }
    c = cx_der_inside(&sequence);
    while (cx_der_next(&c, &part))
        if (part.tag == TOKEN && cx_der_first(&part, &token) && token.tag == CX_DER_OCTET_STRING)
            hand_on(r, "gss", token.body);
    cx_status status = c.err == CX_OK ? sequence.fault : c.err;
    complain(r, status == CX_OK ? choice->fault : status,
             "a part of a SPNEGO token reaches behind its end");
}

static void read_spnego(reading *r, cx_cursor *c)
{
    cx_der choice;
    if (!cx_der_next(c, &choice))
        complain(r, cx_der_missing(c), "no SPNEGO token behind its OID");
    else if (choice.tag != NEG_INIT && choice.tag != NEG_RESPONSE)
        complain(r, CX_MALFORMED, "neither the first token nor a reply behind the OID of SPNEGO");
    else
        read_negotiation(r, &choice);
}

/* ---- NEGOEX ---- */

enum {
    NEGOEX_HEADER = 40,
    NEGOEX_EXCHANGE_HEADER = 64,
    NEGOEX_FIRST_EXCHANGE = 2,
    NEGOEX_LAST_EXCHANGE = 5
};

/* Messages one behind the other; those of the exchange carry a token of their mechanism behind the
 * header, its number and a vector (MS-NEGOEX 2.2.6.4). Offsets count from the message. */
static void read_negoex(reading *r, cx_slice s)
{
    while (starts(s, negoex_signature)) {
        cx_cursor c = cx_cursor_over(s, on_short(r));
        (void)cx_take(&c, 8);
        uint32_t type = cx_le32(&c);
        (void)cx_le32(&c); /* sequence number */
        (void)cx_le32(&c); /* length of the header */
        uint32_t len = cx_le32(&c);
        (void)cx_take(&c, 32); /* conversation; scheme, of the exchange */
        uint32_t offset = cx_le32(&c), size = cx_le32(&c);
        bool exchange = type >= NEGOEX_FIRST_EXCHANGE && type <= NEGOEX_LAST_EXCHANGE;
        if (len < NEGOEX_HEADER || len > s.len || (exchange && c.err != CX_OK)) {
            complain(r, on_short(r), "a NEGOEX message that reaches behind its token");
            return;
        }
        if (exchange && offset >= NEGOEX_EXCHANGE_HEADER && offset <= len && size <= len - offset)
            hand_on(r, "gss", cx_slice_sub(s, offset, size));
        s = cx_slice_sub(s, len, s.len);
    }
}

/* ---- mechanisms ---- */

/* Behind the two octets that say which message it is (RFC 4121 4.1): AP-REQ, AP-REP, KRB-ERROR.
 * Others wrap data, or ask for the ticket of a user-to-user exchange. */
static void read_kerberos(reading *r, cx_cursor *c)
{
    uint16_t id = cx_be16(c);
    if (c->err != CX_OK)
        complain(r, c->err, "no Kerberos token behind the OID");
    else if (id >= 0x0100 && id <= 0x0300 && (id & 0xff) == 0)
        hand_on(r, "kerberos", (cx_slice){c->p, c->left});
}

/* What the client says to a KDC that its server passes on: a header, and the message as it would go
 * over TCP, without its length (draft-ietf-kitten-iakerb 3). */
static void read_iakerb(reading *r, cx_cursor *c)
{
    cx_der header;
    uint16_t id = cx_be16(c);
    if (id == 0x0501 && cx_der_next_is(c, CX_DER_SEQUENCE, &header))
        hand_on(r, "kerberos", (cx_slice){c->p, c->left});
    else if (id >= 0x0100 && id <= 0x0300 && (id & 0xff) == 0)
        hand_on(r, "kerberos", (cx_slice){c->p, c->left});
}

static void read_ntlm(reading *r, cx_cursor *c)
{
    cx_slice token = {c->p, c->left};
    if (starts(token, ntlm_signature))
        hand_on(r, "ntlm", token);
}

static void read_negoex_of(reading *r, cx_cursor *c)
{
    read_negoex(r, (cx_slice){c->p, c->left});
}

#define OID(octets)                                                                                \
    {                                                                                              \
        (const uint8_t *)(octets), sizeof(octets) - 1                                              \
    }

static const struct {
    cx_slice oid;
    void (*read)(reading *r, cx_cursor *c);
} mechanisms[] = {
    {OID("\x2b\x06\x01\x05\x05\x02"), read_spnego},
    {OID("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"), read_kerberos},
    {OID("\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"), read_kerberos}, /* as Windows 2000 writes it */
    {OID("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03"), read_kerberos}, /* user to user */
    {OID("\x2b\x05\x01\x05\x02"), read_kerberos},                     /* MIT before RFC 1964 */
    {OID("\x2b\x06\x01\x05\x02\x05"), read_iakerb},
    {OID("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"), read_ntlm},
    {OID("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e"), read_negoex_of},
};

/* InitialContextToken: an OID, then what the mechanism puts there (RFC 2743 3.1). */
static void read_initial(reading *r, cx_slice s)
{
    cx_cursor c = cx_cursor_over(s, on_short(r));
    cx_der token, oid;
    if (!cx_der_next(&c, &token))
        return;
    cx_cursor inside = cx_der_inside(&token);
    if (!cx_der_next(&inside, &oid))
        return;
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        if (cx_der_is_oid(&oid, mechanisms[i].oid)) {
            mechanisms[i].read(r, &inside);
            return;
        }
}

/* ---- dissector ---- */

/* Does s begin with an element of this tag that holds a sequence? */
static bool holds_sequence(cx_slice s, uint32_t tag)
{
    cx_cursor c = cx_cursor_over(s, CX_MALFORMED);
    cx_der outer, inner;
    return cx_der_next(&c, &outer) && outer.tag == tag && cx_der_first(&outer, &inner) &&
           inner.tag == CX_DER_SEQUENCE;
}

static bool is_kerberos(cx_slice s)
{
    return holds_sequence(s, CX_DER_APPLICATION + 14) || /* AP-REQ */
           holds_sequence(s, CX_DER_APPLICATION + 15) || /* AP-REP */
           holds_sequence(s, CX_DER_APPLICATION + 30);   /* KRB-ERROR */
}

/* The same behind the octets of RFC 4121 4.1: some senders leave out only what stands before. */
static bool is_kerberos_token(cx_slice s)
{
    return s.len > 2 && s.p[0] >= 1 && s.p[0] <= 3 && s.p[1] == 0 &&
           is_kerberos(cx_slice_sub(s, 2, s.len));
}

/* The replies of IAKERB have no InitialContextToken around them. */
static bool is_iakerb(cx_slice s)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(s, 2, s.len), CX_MALFORMED);
    cx_der header, message;
    return s.len > 2 && s.p[0] == 5 && s.p[1] == 1 &&
           cx_der_next_is(&c, CX_DER_SEQUENCE, &header) && cx_der_next(&c, &message) &&
           message.tag > CX_DER_APPLICATION && message.tag < 0x80;
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    reading r = {.in = in, .out = out};
    cx_slice s = in->bytes;
    if (starts(s, ntlm_signature)) {
        hand_on(&r, "ntlm", s);
    } else if (starts(s, negoex_signature)) {
        read_negoex(&r, s);
    } else if (s.len && s.p[0] == CX_DER_APPLICATION) {
        read_initial(&r, s);
    } else if (holds_sequence(s, NEG_INIT) || holds_sequence(s, NEG_RESPONSE)) {
        cx_cursor c = cx_cursor_over(s, on_short(&r));
        read_spnego(&r, &c);
    } else if (is_kerberos(s)) {
        hand_on(&r, "kerberos", s);
    } else if (is_kerberos_token(s)) {
        hand_on(&r, "kerberos", cx_slice_sub(s, 2, s.len));
    } else if (is_iakerb(s)) {
        cx_cursor c = cx_cursor_over(s, on_short(&r));
        read_iakerb(&r, &c);
    }
    return (cx_fed){.status = CX_DONE, .consumed = in->bytes.len};
}

const cx_dissector cx_dissector_gss = {
    .name = "gss",
    .title = "GSS-API and SPNEGO tokens",
    .spec = "RFC 2743 3.1, RFC 4178 4.2, MS-SPNG 2.2",
    .feed = feed,
    .emits = CX_BIT(CX_EV_MALFORMED),
};
