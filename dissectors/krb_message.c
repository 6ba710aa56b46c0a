/* What Kerberos messages say in clear (krb_message.h; ASN.1 of RFC 4120 A, RFC 6806 6,
 * MS-KILE 2.2).
 *
 * Every member of these sequences has an explicit tag, and which of them are read says a table per
 * message. What is encrypted is passed over; of it only the encryption type is kept. */
#include "dissectors/krb_message.h"

#include "base/der.h"

typedef struct reading {
    cx_ev_krb *e;
    cx_arena *a;
    cx_status status; /* the worst so far: the sender's fault, else that of the capture */
    int32_t type;     /* msg-type; 0: not read */
    int32_t susec, cusec;
    bool error_etypes; /* the lists of ETYPE-INFO are wanted */
} reading;

typedef struct field {
    uint8_t number;
    void (*read)(reading *r, const cx_der *value);
} field;

static void note(reading *r, cx_status status)
{
    if (status == CX_MALFORMED || r->status == CX_OK)
        r->status = status;
}

/* Reads the members of a sequence that the table names. Returns how it ended. */
static cx_status read_fields(reading *r, const cx_der *sequence, const field *fields, size_t n)
{
    cx_cursor c = cx_der_inside(sequence);
    cx_der part, value;
    while (cx_der_next(&c, &part))
        for (size_t i = 0; i < n; i++)
            if (part.tag == CX_DER_CONTEXT + (uint32_t)fields[i].number &&
                cx_der_first(&part, &value))
                fields[i].read(r, &value);
    return c.err == CX_OK ? sequence->fault : c.err;
}

#define FIELDS(table) table, sizeof(table) / sizeof *(table)

/* ---- values ---- */

static bool is_text(const cx_der *e)
{
    switch (e->tag) {
    case CX_DER_GENERAL_STRING: /* RFC 4120 5.2.1 */
    case CX_DER_UTF8_STRING:
    case 0x16: /* IA5String */
    case 0x13: /* PrintableString */
    case 0x14: /* T61String */
    case 0x1a: /* VisibleString */
        return e->fault == CX_OK;
    default:
        return false;
    }
}

static void keep_text(cx_slice *to, const cx_der *value)
{
    if (!to->p && is_text(value))
        *to = value->body;
}

/* The parts of name-string, joined by "/". Absent when one of them cannot be read. */
static cx_slice join_parts(reading *r, const cx_der *parts)
{
    const cx_slice none = {NULL, 0};
    cx_cursor c = cx_der_inside(parts);
    cx_der part;
    size_t n = 0, len = 0;
    while (cx_der_next(&c, &part)) {
        if (!is_text(&part))
            return none;
        len += part.body.len + 1;
        n++;
    }
    if (c.err != CX_OK || parts->fault != CX_OK || n == 0)
        return none;
    c = cx_der_inside(parts);
    if (n == 1)
        return cx_der_next(&c, &part) ? part.body : none;
    uint8_t *joined = cx_arena_take(r->a, len), *at = joined;
    if (!joined)
        return none;
    while (cx_der_next(&c, &part)) {
        if (at != joined)
            *at++ = '/';
        if (part.body.len)
            memcpy(at, part.body.p, part.body.len);
        at += part.body.len;
    }
    return (cx_slice){joined, (size_t)(at - joined)};
}

/* PrincipalName (RFC 4120 5.2.2). */
static void keep_name(reading *r, const cx_der *value, cx_slice *to, int32_t *to_type)
{
    cx_cursor c = cx_der_inside(value);
    cx_der part, inner;
    if (value->tag != CX_DER_SEQUENCE || to->p)
        return;
    while (cx_der_next(&c, &part)) {
        if (!cx_der_first(&part, &inner))
            continue;
        if (part.tag == CX_DER_CONTEXT)
            (void)cx_der_int32(&inner, to_type);
        else if (part.tag == CX_DER_CONTEXT + 1 && inner.tag == CX_DER_SEQUENCE)
            *to = join_parts(r, &inner);
    }
}

static void add_etype(reading *r, const cx_der *value)
{
    cx_ev_krb *e = r->e;
    int32_t etype;
    if (e->n_etypes < CX_KRB_MAX_ETYPES && cx_der_int32(value, &etype))
        e->etypes[e->n_etypes++] = etype;
}

/* EncryptedData (RFC 4120 5.2.9). */
static void read_encrypted(reading *r, const cx_der *value)
{
    static const field fields[] = {{0, add_etype}};
    (void)read_fields(r, value, FIELDS(fields));
}

static void read_type(reading *r, const cx_der *value)
{
    (void)cx_der_int32(value, &r->type);
}

static void read_realm(reading *r, const cx_der *value)
{
    keep_text(&r->e->realm, value);
}

static void read_crealm(reading *r, const cx_der *value)
{
    keep_text(&r->e->crealm, value);
}

static void read_cname(reading *r, const cx_der *value)
{
    keep_name(r, value, &r->e->cname, &r->e->cname_type);
}

static void read_sname(reading *r, const cx_der *value)
{
    keep_name(r, value, &r->e->sname, &r->e->sname_type);
}

/* ---- pre-authentication data (RFC 4120 5.2.7) ---- */

enum { PA_PW_SALT = 3, PA_ETYPE_INFO = 11, PA_ETYPE_INFO2 = 19, TD_PADATA = 101 };

static bool has_etype(const cx_ev_krb *e, int32_t etype)
{
    for (uint32_t i = 0; i < e->n_etypes; i++)
        if (e->etypes[i] == etype)
            return true;
    return false;
}

/* ETYPE-INFO and ETYPE-INFO2 (RFC 4120 5.2.7.4, 5.2.7.5): the KDC gives both, with the same types.
 */
static void read_etype_info(reading *r, cx_slice bytes)
{
    cx_cursor c = cx_cursor_over(bytes, CX_MALFORMED);
    cx_der list, entry, part, value;
    int32_t etype;
    if (!cx_der_next_is(&c, CX_DER_SEQUENCE, &list))
        return;
    c = cx_der_inside(&list);
    while (cx_der_next(&c, &entry)) {
        cx_cursor inside = cx_der_inside(&entry);
        if (cx_der_next_is(&inside, CX_DER_CONTEXT, &part) && cx_der_first(&part, &value) &&
            cx_der_int32(&value, &etype) && !has_etype(r->e, etype))
            add_etype(r, &value);
    }
}

/* KERB-EXT-ERROR (MS-KILE 2.2.1): NTSTATUS, reserved, flags. *ret_reserved: which must be ignored,
 * but tells it from other octets of 12. */
static uint32_t nt_status_of(cx_slice bytes, uint32_t *ret_reserved)
{
    cx_cursor c = cx_cursor_over(bytes, CX_MALFORMED);
    uint32_t status = cx_le32(&c), reserved = cx_le32(&c);
    (void)cx_le32(&c);
    if (cx_close(&c) != CX_OK)
        return 0;
    *ret_reserved = reserved;
    return status;
}

/* Windows and Samba put it where the type says that there is a salt. Text has neither its severity
 * nor its zeros. */
static void read_salt(reading *r, cx_slice value)
{
    uint32_t reserved = 0, status = nt_status_of(value, &reserved);
    if (status >> 30 == 3 && reserved == 0)
        r->e->nt_status = status;
}

static void read_padata_of(reading *r, int32_t type, cx_slice value)
{
    cx_ev_krb *e = r->e;
    if (e->n_padata < CX_KRB_MAX_PADATA)
        e->padata[e->n_padata++] = type;
    if (!r->error_etypes)
        return;
    if (type == PA_ETYPE_INFO || type == PA_ETYPE_INFO2)
        read_etype_info(r, value);
    else if (type == PA_PW_SALT)
        read_salt(r, value);
}

/* A type and its octets, with these tags. */
static bool read_pair(const cx_der *pair, uint32_t type_tag, uint32_t value_tag, int32_t *ret_type,
                      cx_slice *ret_value)
{
    cx_cursor c = cx_der_inside(pair);
    cx_der part, inner;
    cx_slice value = {NULL, 0};
    int32_t type;
    if (!cx_der_next_is(&c, type_tag, &part) || !cx_der_first(&part, &inner) ||
        !cx_der_int32(&inner, &type))
        return false;
    if (cx_der_next_is(&c, value_tag, &part) && cx_der_first(&part, &inner))
        value = inner.body;
    *ret_type = type;
    *ret_value = value;
    return true;
}

/* SEQUENCE OF PA-DATA, or METHOD-DATA, which is the same (RFC 4120 5.9.1). */
static void read_padata(reading *r, const cx_der *list)
{
    cx_cursor c = cx_der_inside(list);
    cx_der pair;
    int32_t type;
    cx_slice value;
    while (cx_der_next(&c, &pair))
        if (read_pair(&pair, CX_DER_CONTEXT + 1, CX_DER_CONTEXT + 2, &type, &value))
            read_padata_of(r, type, value);
}

/* ---- tickets and requests ---- */

/* Ticket (RFC 4120 5.3). */
static void read_ticket(reading *r, const cx_der *value)
{
    static const field fields[] = {{1, read_realm}, {2, read_sname}, {3, read_encrypted}};
    cx_der sequence;
    if (cx_der_first(value, &sequence))
        (void)read_fields(r, &sequence, FIELDS(fields));
}

static void read_nonce(reading *r, const cx_der *value)
{
    int64_t nonce; /* UInt32; MIT wrote negative ones once */
    if (!cx_der_int64(value, &nonce))
        return;
    r->e->has_nonce = true;
    r->e->nonce = (uint32_t)nonce;
}

static void read_etypes(reading *r, const cx_der *value)
{
    cx_cursor c = cx_der_inside(value);
    cx_der etype;
    while (cx_der_next(&c, &etype))
        add_etype(r, &etype);
}

/* KDC-REQ-BODY (RFC 4120 5.4.1). */
static void read_body(reading *r, const cx_der *value)
{
    static const field fields[] = {
        {1, read_cname}, {2, read_realm}, {3, read_sname}, {7, read_nonce}, {8, read_etypes}};
    note(r, read_fields(r, value, FIELDS(fields)));
}

/* ---- errors (RFC 4120 5.9.1) ---- */

static void read_ctime(reading *r, const cx_der *value)
{
    (void)cx_der_time(value, &r->e->ctime_ns);
}

static void read_stime(reading *r, const cx_der *value)
{
    (void)cx_der_time(value, &r->e->stime_ns);
}

static void read_cusec(reading *r, const cx_der *value)
{
    (void)cx_der_int32(value, &r->cusec);
}

static void read_susec(reading *r, const cx_der *value)
{
    (void)cx_der_int32(value, &r->susec);
}

static void read_code(reading *r, const cx_der *value)
{
    r->e->has_code = cx_der_int32(value, &r->e->error_code);
}

static void read_e_text(reading *r, const cx_der *value)
{
    keep_text(&r->e->e_text, value);
}

/* What stands here depends on the code and on who sends it: METHOD-DATA, TYPED-DATA (RFC 4120
 * 5.9.1), KERB-ERROR-DATA (MS-KILE 2.2.2), or octets of other kinds. The tags tell them apart. */
static void read_e_data(reading *r, const cx_der *value)
{
    cx_cursor c = cx_cursor_over(value->body, CX_MALFORMED);
    cx_der outer, pair;
    int32_t type;
    uint32_t reserved = 0;
    cx_slice octets;
    if (!cx_der_next_is(&c, CX_DER_SEQUENCE, &outer))
        return;
    if (read_pair(&outer, CX_DER_CONTEXT + 1, CX_DER_CONTEXT + 2, &type, &octets)) {
        if (type == 3) /* KERB_ERR_TYPE_EXTENDED */
            r->e->nt_status = nt_status_of(octets, &reserved);
        return;
    }
    read_padata(r, &outer);
    c = cx_der_inside(&outer);
    while (cx_der_next(&c, &pair))
        if (read_pair(&pair, CX_DER_CONTEXT, CX_DER_CONTEXT + 1, &type, &octets) &&
            type == TD_PADATA) {
            cx_cursor inside = cx_cursor_over(octets, CX_MALFORMED);
            if (cx_der_next_is(&inside, CX_DER_SEQUENCE, &outer))
                read_padata(r, &outer);
            return;
        }
}

static void add_usec(int64_t *ns, int32_t usec)
{
    if (*ns != INT64_MIN && usec > 0 && usec < 1000000)
        *ns += (int64_t)usec * 1000;
}

/* ---- messages ---- */

static const field kdc_req[] = {{2, read_type}, {3, read_padata}, {4, read_body}},
                   kdc_rep[] = {{1, read_type},  {2, read_padata}, {3, read_crealm},
                                {4, read_cname}, {5, read_ticket}, {6, read_encrypted}},
                   ap_req[] = {{1, read_type}, {3, read_ticket}}, ap_rep[] = {{1, read_type}},
                   krb_error[] = {{1, read_type},   {2, read_ctime},   {3, read_cusec},
                                  {4, read_stime},  {5, read_susec},   {6, read_code},
                                  {7, read_crealm}, {8, read_cname},   {9, read_realm},
                                  {10, read_sname}, {11, read_e_text}, {12, read_e_data}};

static const struct {
    cx_krb_message message;
    uint8_t first; /* number of the first member, pvno; msg-type follows */
    const field *fields;
    size_t n_fields;
} messages[] = {
    {CX_KRB_AS_REQ, 1, FIELDS(kdc_req)},  {CX_KRB_AS_REP, 0, FIELDS(kdc_rep)},
    {CX_KRB_TGS_REQ, 1, FIELDS(kdc_req)}, {CX_KRB_TGS_REP, 0, FIELDS(kdc_rep)},
    {CX_KRB_AP_REQ, 0, FIELDS(ap_req)},   {CX_KRB_AP_REP, 0, FIELDS(ap_rep)},
    {CX_KRB_ERROR, 0, FIELDS(krb_error)},
};

#define N_MESSAGES (sizeof messages / sizeof *messages)

/* Index of the message with this application tag, or N_MESSAGES. */
static size_t message_of(uint32_t tag)
{
    size_t i = 0;
    while (i < N_MESSAGES && tag != CX_DER_APPLICATION + (uint32_t)messages[i].message)
        i++;
    return i;
}

bool cx_krb_tag(uint8_t octet)
{
    /* TGT-REQ, TGT-REP (draft-swift-win2k-krb-user2user), KRB-SAFE, KRB-PRIV, KRB-CRED */
    static const uint8_t others[] = {0x70, 0x71, 0x74, 0x75, 0x76};
    return message_of(octet) < N_MESSAGES || memchr(others, octet, sizeof others);
}

/* Is the next member an INTEGER of this number with this value? value 0: any. */
static cx_match match_member(cx_cursor *c, uint8_t number, int32_t value)
{
    cx_der part, inner;
    int32_t got;
    if (!cx_der_next(c, &part))
        return cx_der_missing(c) == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    if (part.tag != CX_DER_CONTEXT + (uint32_t)number || part.fault == CX_MALFORMED)
        return CX_MATCH_NO;
    cx_cursor inside = cx_der_inside(&part);
    if (!cx_der_next(&inside, &inner) || inner.fault != CX_OK)
        return cx_der_missing(&inside) == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    bool fits =
        inner.tag == CX_DER_INTEGER && cx_der_int32(&inner, &got) && (value == 0 || got == value);
    return fits ? CX_MATCH_YES : CX_MATCH_NO;
}

cx_match cx_krb_match(cx_slice s, uint64_t size)
{
    uint64_t said;
    cx_der outer, sequence;
    if (s.len == 0)
        return CX_MATCH_MAYBE;
    size_t i = message_of(s.p[0]);
    if (i == N_MESSAGES)
        return CX_MATCH_NO;
    cx_status status = cx_der_size(s, &said);
    if (status != CX_OK)
        return status == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    if ((size && size != said) || !cx_der_next(&c, &outer))
        return CX_MATCH_NO;
    c = cx_der_inside(&outer);
    if (!cx_der_next(&c, &sequence))
        return cx_der_missing(&c) == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    if (sequence.tag != CX_DER_SEQUENCE)
        return CX_MATCH_NO;
    c = cx_der_inside(&sequence);
    cx_match match = match_member(&c, messages[i].first, 0); /* wrong versions are answered */
    if (match == CX_MATCH_YES)
        match = match_member(&c, (uint8_t)(messages[i].first + 1), (int32_t)messages[i].message);
    return match;
}

cx_status cx_krb_read(cx_slice s, cx_status on_short, cx_arena *a, cx_ev_krb *ret)
{
    cx_cursor c = cx_cursor_over(s, on_short);
    cx_der outer, sequence;
    size_t i = message_of(s.len ? s.p[0] : 0u);
    *ret = (cx_ev_krb){.stime_ns = INT64_MIN, .ctime_ns = INT64_MIN};
    if (i == N_MESSAGES)
        return CX_UNSUPPORTED;
    reading r = {.e = ret, .a = a, .status = CX_OK, .error_etypes = i == N_MESSAGES - 1};
    if (!cx_der_next(&c, &outer))
        return c.err;
    c = cx_der_inside(&outer);
    if (!cx_der_next(&c, &sequence))
        return cx_der_missing(&c);
    if (sequence.tag != CX_DER_SEQUENCE)
        return CX_MALFORMED;
    note(&r, read_fields(&r, &sequence, messages[i].fields, messages[i].n_fields));
    note(&r, outer.fault);
    if (r.type ? r.type != (int32_t)messages[i].message : r.status == CX_MALFORMED)
        return CX_MALFORMED;
    ret->message = messages[i].message;
    add_usec(&ret->stime_ns, r.susec);
    add_usec(&ret->ctime_ns, r.cusec);
    ret->cut = r.status == CX_TRUNCATED;
    if (r.status == CX_OK && (!r.type || (ret->message == CX_KRB_ERROR && !ret->has_code)))
        r.status = CX_MALFORMED; /* what every message must have */
    return r.status;
}
