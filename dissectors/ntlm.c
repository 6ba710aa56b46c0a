/* NTLMSSP messages, whole, as other protocols carry them (MS-NLMP 2.2.1). Emits NTLM and MALFORMED.
 *
 * Senders leave out what they do not need: the header may end early, and only the lowest offset of
 * a payload says where. Flags alone prove nothing about room. Responses and keys are looked at to
 * tell their kind; only their lengths are kept. State: none. */
#include "base/cursor.h"
#include "base/text.h"
#include "flow/dissector.h"

enum {
    UNICODE = 0x00000001,
    DOMAIN_SUPPLIED = 0x00001000,
    WORKSTATION_SUPPLIED = 0x00002000,
    EXTENDED_SECURITY = 0x00080000,
    TARGET_INFO = 0x00800000,
    VERSION = 0x02000000
};

static const char signature[8] = "NTLMSSP";

typedef struct message {
    cx_slice bytes;
    size_t payload; /* lowest offset of a part that has bytes, or the length: what stands before it
                     * is header */
    cx_arena *a;
} message;

/* One part of the payload, by its Len, MaxLen, BufferOffset triple at `at`. least: the shortest
 * header of this message, before which no payload can be. p == NULL: it lies outside the message;
 * clip: what lies inside counts. */
static cx_slice read_part(message *m, size_t at, size_t least, const bool clip)
{
    const cx_slice none = {NULL, 0};
    cx_cursor c = cx_cursor_over(cx_slice_sub(m->bytes, at, 8), CX_MALFORMED);
    uint16_t len = cx_le16(&c);
    (void)cx_le16(&c); /* MaxLen is ignored on receipt (2.2.1.3) */
    uint32_t offset = cx_le32(&c);
    if (c.err != CX_OK)
        return none;
    if (len == 0) /* then the offset means nothing */
        return (cx_slice){m->bytes.p, 0};
    if (offset < least || offset > m->bytes.len || (!clip && len > m->bytes.len - offset))
        return none;
    if (offset < m->payload)
        m->payload = offset;
    return cx_slice_sub(m->bytes, offset, len);
}

static uint32_t flags_at(const message *m, size_t at)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(m->bytes, at, 4), CX_MALFORMED);
    return cx_le32(&c);
}

/* The Version structure, 8 bytes (2.2.2.10): only where the flag is set and there is room. */
static void read_version(const message *m, size_t at, cx_ev_ntlm *ret)
{
    if (!(ret->flags & VERSION) || m->payload < at + 8 || m->bytes.len < at + 8)
        return;
    cx_cursor c = cx_cursor_over(cx_slice_sub(m->bytes, at, 8), CX_MALFORMED);
    ret->has_version = true;
    ret->major = cx_u8(&c);
    ret->minor = cx_u8(&c);
    ret->build = cx_le16(&c);
    (void)cx_take(&c, 3);
    ret->revision = cx_u8(&c);
}

/* ---- text ---- */

/* The sender's OEM code page is not in the capture: Windows-1252 is the likeliest guess for bytes
 * that are not UTF-8. */
static cx_slice oem_text(cx_slice s, cx_arena *a)
{
    static const uint16_t high[32] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
    };
    size_t ascii = 0;
    while (ascii < s.len && s.p[ascii] < 0x80)
        ascii++;
    if (ascii == s.len)
        return s;
    uint8_t *wide = cx_arena_take(a, 2 * s.len);
    if (!wide)
        return (cx_slice){NULL, 0};
    for (size_t i = 0; i < s.len; i++) {
        uint16_t code = s.p[i] >= 0x80 && s.p[i] < 0xa0 ? high[s.p[i] - 0x80] : s.p[i];
        wide[2 * i] = (uint8_t)code;
        wide[2 * i + 1] = (uint8_t)(code >> 8);
    }
    return cx_utf16le((cx_slice){wide, 2 * s.len}, a);
}

/* Absent when it is empty, missing or outside the message. */
static cx_slice text_of(cx_slice part, bool unicode, cx_arena *a)
{
    if (!part.len)
        return (cx_slice){NULL, 0};
    return unicode ? cx_utf16le(part, a) : oem_text(part, a);
}

/* Without flags there is only the look of it: ASCII in UTF-16LE has a zero in every second byte. */
static bool looks_unicode(cx_slice s)
{
    if (s.len == 0 || s.len % 2)
        return false;
    for (size_t i = 1; i < s.len; i += 2)
        if (s.p[i])
            return false;
    return true;
}

/* wget 1.21 sets the flag of Unicode and writes OEM text all the same: of ASCII alone, which in
 * UTF-16LE would be Chinese, and an odd number of bytes in one of the names. */
static bool looks_oem(cx_slice domain, cx_slice user)
{
    for (size_t i = 0; i < domain.len + user.len; i++) {
        uint8_t c = i < domain.len ? domain.p[i] : user.p[i - domain.len];
        if (c < 0x20 || c > 0x7e)
            return false;
    }
    return domain.len % 2 || user.len % 2;
}

/* ---- AV pairs (2.2.2.1) ---- */

enum {
    AV_END,
    AV_NB_COMPUTER,
    AV_NB_DOMAIN,
    AV_DNS_COMPUTER,
    AV_DNS_DOMAIN,
    AV_DNS_TREE,
    AV_FLAGS,
    AV_TIMESTAMP,
    AV_SINGLE_HOST,
    AV_TARGET_NAME
};

#define FILETIME_EPOCH INT64_C(116444736000000000) /* 1970-01-01 in 100 ns since 1601-01-01 */
#define FILETIME_MAX   (FILETIME_EPOCH + INT64_MAX / 100)

static void read_timestamp(cx_slice value, cx_ev_ntlm *ret)
{
    cx_cursor c = cx_cursor_over(value, CX_MALFORMED);
    uint64_t filetime = cx_le64(&c);
    if (cx_close(&c) == CX_OK && filetime > 0 && filetime <= (uint64_t)FILETIME_MAX &&
        (int64_t)filetime >= FILETIME_EPOCH - INT64_MAX / 100)
        ret->timestamp_ns = ((int64_t)filetime - FILETIME_EPOCH) * 100;
}

/* Lists that are empty, or that end without their terminator, exist in the field: they end where
 * their bytes end. *ret_flags: MsvAvFlags, 0 when there are none. */
static void read_av_pairs(cx_slice list, cx_arena *a, cx_ev_ntlm *ret, uint32_t *ret_flags)
{
    cx_slice *const names[AV_TARGET_NAME + 1] = {
        [AV_NB_COMPUTER] = &ret->nb_computer,   [AV_NB_DOMAIN] = &ret->nb_domain,
        [AV_DNS_COMPUTER] = &ret->dns_computer, [AV_DNS_DOMAIN] = &ret->dns_domain,
        [AV_DNS_TREE] = &ret->dns_tree,         [AV_TARGET_NAME] = &ret->target_name,
    };
    cx_cursor c = cx_cursor_over(list, CX_MALFORMED);
    for (;;) {
        uint16_t id = cx_le16(&c), len = cx_le16(&c);
        cx_slice value = cx_take_slice(&c, len);
        if (c.err != CX_OK || id == AV_END)
            return;
        if (id <= AV_TARGET_NAME && names[id]) {
            if (value.len && !names[id]->p)
                *names[id] = cx_utf16le(value, a);
        } else if (id == AV_TIMESTAMP) {
            read_timestamp(value, ret);
        } else if (id == AV_FLAGS) {
            cx_cursor flags = cx_cursor_over(value, CX_MALFORMED);
            *ret_flags = cx_le32(&flags);
        }
    }
}

/* ---- messages ---- */

/* 2.2.1.1. Domain and workstation are OEM text whatever the flags say. */
static cx_status read_negotiate(message *m, cx_ev_ntlm *ret)
{
    if (m->bytes.len < 16)
        return CX_MALFORMED;
    ret->has_flags = true;
    ret->flags = flags_at(m, 12);
    cx_slice domain = {NULL, 0}, workstation = {NULL, 0};
    if (ret->flags & DOMAIN_SUPPLIED)
        domain = read_part(m, 16, 32, false);
    if (ret->flags & WORKSTATION_SUPPLIED)
        workstation = read_part(m, 24, 32, false);
    ret->domain = text_of(domain, false, m->a);
    ret->workstation = text_of(workstation, false, m->a);
    read_version(m, 32, ret);
    return CX_OK;
}

/* 2.2.1.2. Old servers end after the challenge, at 32. */
static cx_status read_challenge(message *m, cx_ev_ntlm *ret)
{
    if (m->bytes.len < 32)
        return CX_MALFORMED;
    ret->has_flags = true;
    ret->flags = flags_at(m, 20);
    cx_slice target = read_part(m, 12, 32, false), info = {NULL, 0};
    if (ret->flags & TARGET_INFO && m->payload >= 48)
        info = read_part(m, 40, 48, true); /* a list without its end exists */
    uint32_t av_flags = 0;
    ret->target = text_of(target, ret->flags & UNICODE, m->a);
    read_av_pairs(info, m->a, ret, &av_flags);
    read_version(m, 48, ret);
    return CX_OK;
}

static bool all_zero(cx_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i])
            return false;
    return true;
}

/* What the two responses are (3.3.1, 3.3.2, 3.2.5.1.2). The length tells the version of the
 * authentication; the flag of extended session security does not. */
static cx_ntlm_response classify(cx_slice lm, cx_slice nt, cx_slice user, bool extended)
{
    if (!lm.p || !nt.p)
        return CX_NTLM_RESPONSE_MALFORMED;
    if (nt.len == 0 && user.len == 0 && (lm.len == 0 || (lm.len == 1 && lm.p[0] == 0)))
        return CX_NTLM_RESPONSE_ANONYMOUS;
    if (nt.len == 0 && lm.len == 0)
        return CX_NTLM_RESPONSE_NONE;
    if (nt.len == 0)
        return lm.len == 24 ? CX_NTLM_RESPONSE_LM : CX_NTLM_RESPONSE_MALFORMED;
    if (nt.len >= 44 && nt.p[16] == 1 && nt.p[17] == 1)
        return CX_NTLM_RESPONSE_NTLMV2;
    if (nt.len != 24)
        return CX_NTLM_RESPONSE_MALFORMED;
    if (extended && lm.len == 24 && all_zero(cx_slice_sub(lm, 8, 16)) &&
        !all_zero(cx_slice_sub(lm, 0, 8)))
        return CX_NTLM_RESPONSE_NTLM2_SESSION;
    return CX_NTLM_RESPONSE_NTLMV1;
}

/* 2.2.1.3. */
static cx_status read_authenticate(message *m, cx_ev_ntlm *ret)
{
    if (m->bytes.len < 52)
        return CX_MALFORMED;
    cx_slice lm = read_part(m, 12, 52, false), nt = read_part(m, 20, 52, false),
             domain = read_part(m, 28, 52, false), user = read_part(m, 36, 52, false),
             workstation = read_part(m, 44, 52, false), key = {NULL, 0};
    if (m->payload >= 60 && m->bytes.len >= 60)
        key = read_part(m, 52, 60, false);
    /* Windows 9x and NT 4 put the payload where others have the flags */
    ret->has_flags = m->payload >= 64 && m->bytes.len >= 64;
    if (ret->has_flags)
        ret->flags = flags_at(m, 60);
    bool unicode =
        ret->has_flags ? (ret->flags & UNICODE) != 0 : looks_unicode(user.len ? user : domain);
    unicode = unicode && !looks_oem(domain, user);
    ret->domain = text_of(domain, unicode, m->a);
    ret->user = text_of(user, unicode, m->a);
    ret->workstation = text_of(workstation, unicode, m->a);
    ret->lm_len = (uint16_t)lm.len;
    ret->nt_len = (uint16_t)nt.len;
    ret->key_len = (uint16_t)key.len;
    ret->response = classify(lm, nt, user, ret->flags & EXTENDED_SECURITY);
    read_version(m, 64, ret);
    if (ret->response == CX_NTLM_RESPONSE_NTLMV2) {
        uint32_t av_flags = 0;
        read_av_pairs(cx_slice_sub(nt, 44, nt.len), m->a, ret, &av_flags);
        /* MsvAvFlags says that there is a MIC, room alone does not (3.2.5.1.2) */
        ret->mic = av_flags & 2 && m->payload >= 88 && m->bytes.len >= 88;
    }
    return CX_OK;
}

/* ---- dissector ---- */

static cx_match probe(const cx_chunk *first)
{
    size_t n = first->bytes.len < sizeof signature ? first->bytes.len : sizeof signature;
    if (n && memcmp(first->bytes.p, signature, n) != 0)
        return CX_MATCH_NO;
    return n == sizeof signature ? CX_MATCH_YES : CX_MATCH_MAYBE;
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    cx_event e;
    cx_event_begin(&e, CX_EV_NTLM, in);
    message m = {.bytes = in->bytes, .payload = in->bytes.len, .a = out->scratch};
    cx_cursor c = cx_cursor_over(in->bytes, CX_MALFORMED);
    const uint8_t *magic = cx_take(&c, sizeof signature);
    uint32_t type = cx_le32(&c);
    cx_status status = CX_MALFORMED;
    e.u.ntlm.carrier = out->carrier;
    e.u.ntlm.timestamp_ns = INT64_MIN;
    if (magic && memcmp(magic, signature, sizeof signature) == 0) {
        e.u.ntlm.message = (cx_ntlm_message)type;
        if (type == CX_NTLM_NEGOTIATE)
            status = read_negotiate(&m, &e.u.ntlm);
        else if (type == CX_NTLM_CHALLENGE)
            status = read_challenge(&m, &e.u.ntlm);
        else if (type == CX_NTLM_AUTHENTICATE)
            status = read_authenticate(&m, &e.u.ntlm);
    }
    if (in->cut && e.u.ntlm.response == CX_NTLM_RESPONSE_MALFORMED)
        e.u.ntlm.response = CX_NTLM_RESPONSE_NONE; /* what is missing, the sender sent */
    if (status == CX_OK)
        cx_emit_event(out, &e);
    else if (!in->cut)
        cx_emit_malformed(out, in, "ntlm", "no NTLMSSP message, or a header that ends early");
    return (cx_fed){.status = CX_DONE, .consumed = in->bytes.len};
}

static const cx_mask masks[] = {
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "NTLMSSP"},
};

const cx_dissector cx_dissector_ntlm = {
    .name = "ntlm",
    .title = "NT LAN Manager authentication",
    .spec = "MS-NLMP 2.2.1",
    .masks = masks,
    .n_masks = 1,
    .probe = probe,
    .feed = feed,
    .emits = CX_BIT(CX_EV_NTLM) | CX_BIT(CX_EV_MALFORMED),
};
