/* Wireless LAN (IEEE 802.11-2020 9): data frames that are not encrypted, with the address 4 of
 * bridges, QoS, HT control, mesh control and aggregated MSDUs, behind the headers that receivers
 * put in front: radiotap (https://www.radiotap.org), PPI, Prism and AVS. */
#include "capture/link_parts.h"
#include "capture/reader.h"

enum {
    TYPE_MASK = 0x0f, /* version 0 and type of the frame control */
    TYPE_DATA = 0x08,
    SUBTYPE_NULL = 0x40,
    SUBTYPE_QOS = 0x80,
    FLAG_TO_DS = 0x01,
    FLAG_FROM_DS = 0x02,
    FLAG_MORE = 0x04,
    FLAG_RETRY = 0x08,
    FLAG_PROTECTED = 0x40,
    FLAG_ORDER = 0x80,
    QOS_AMSDU = 0x80, /* first byte */
    QOS_MESH = 0x01,  /* second byte */
    FCS = 4,          /* bytes */
};

static bool is_llc(const uint8_t *p, size_t n)
{
    return n >= 3 && memcmp(p, "\xaa\xaa\3", 3) == 0;
}

/* Each subframe (9.3.2.2) has addresses, a length and LLC, and is padded to 4 bytes. Takes the
 * first one, notes the others. */
static cx_status split_amsdu(cx_frame *f)
{
    cx_cursor rest = f->c;
    const uint8_t *h = cx_take(&rest, 14);
    size_t len = h ? (size_t)(h[12] << 8 | h[13]) : 0;
    (void)cx_take(&f->c, 14);
    const uint32_t wire = f->wire;
    cx_frame_limit(f, len);
    for (;;) {
        if (rest.left < len || !cx_take(&rest, len))
            break;
        (void)cx_take(&rest, -(14 + len) & 3);
        h = cx_take(&rest, 14);
        if (!h)
            break;
        len = (size_t)(h[12] << 8 | h[13]);
        const size_t wire_left = wire - (size_t)(rest.p - f->start);
        if (f->n_more == CX_MAX_SUBFRAMES || len > wire_left)
            break;
        f->more[f->n_more++] = (cx_subframe){
            {rest.p, rest.left < len ? rest.left : len}, (uint32_t)len, CX_LAYER_LINK(CX_DLT_LLC)};
    }
    f->layer = CX_LAYER_LINK(CX_DLT_LLC);
    return CX_OK;
}

/* 9.2.4.7.3: it stands where the QoS field says so between mesh stations; other stations use the
 * bit for something else. */
static void skip_mesh_control(cx_cursor *c)
{
    static const uint8_t sizes[] = {6, 12, 18, 6};
    const size_t len = c->left ? sizes[c->p[0] & 3] : 6;
    if (!is_llc(c->p, c->left) && c->left >= len && is_llc(c->p + len, c->left - len))
        (void)cx_take(c, len);
}

static cx_status read_data(cx_frame *f, size_t pad)
{
    cx_cursor *c = &f->c;
    const uint8_t *h = cx_take(c, 24);
    if (!h)
        return CX_OK;
    const uint8_t kind = h[0], flags = h[1];
    uint8_t qos[2] = {0, 0};
    size_t len = 24;
    if ((kind & TYPE_MASK) != TYPE_DATA || kind & SUBTYPE_NULL)
        return CX_UNSUPPORTED;
    f->repeated = flags & FLAG_RETRY;
    if ((flags & FLAG_TO_DS) && (flags & FLAG_FROM_DS)) {
        (void)cx_take(c, 6);
        len += 6;
    }
    if (kind & SUBTYPE_QOS) {
        const uint8_t *field = cx_take(c, 2);
        if (field)
            memcpy(qos, field, 2);
        len += 2;
        if (flags & FLAG_ORDER) {
            (void)cx_be32(c); /* HT control */
            len += 4;
        }
    }
    if (pad)
        (void)cx_take(c, -len & (pad - 1));
    if (c->err != CX_OK)
        return CX_OK;
    if (flags & FLAG_PROTECTED) {
        f->encrypted = true;
        f->what = "encrypted 802.11 frame";
        return CX_UNSUPPORTED;
    }
    if (flags & FLAG_MORE || h[22] & 0x0f) {
        f->what = "802.11 fragment";
        return CX_UNSUPPORTED;
    }
    if (qos[0] & QOS_AMSDU && !is_llc(c->p, c->left))
        return split_amsdu(f);
    if (qos[1] & QOS_MESH)
        skip_mesh_control(c);
    f->layer = CX_LAYER_LINK(CX_DLT_LLC);
    return CX_OK;
}

cx_status cx_read_wlan(cx_frame *f)
{
    return read_data(f, 0);
}

/* What a receiver says of the frame: does it end with its FCS, is its header padded? */
static cx_status read_received(cx_frame *f, bool has_fcs, bool padded)
{
    const uint32_t wire = cx_frame_wire(f);
    if (has_fcs && wire >= FCS)
        cx_frame_limit(f, wire - FCS);
    f->what = "802.11 header";
    return read_data(f, padded ? 4 : 0);
}

cx_status cx_read_radiotap(cx_frame *f)
{
    enum { TSFT = 1, FLAGS = 2, HAS_FCS = 0x10, DATA_PAD = 0x20 };
    cx_cursor fields = f->c;
    (void)cx_be16(&fields); /* version */
    const size_t len = cx_le16(&fields);
    uint32_t present = cx_le32(&fields), more = present;
    if (fields.err == CX_OK && len < 8)
        return CX_MALFORMED;
    const uint8_t *start = cx_take(&f->c, len);
    if (!start)
        return CX_OK;
    while (more >> 31 && fields.err == CX_OK)
        more = cx_le32(&fields);
    size_t at = (size_t)(fields.p - start); /* fields are aligned to their size from here */
    if (present & TSFT)
        at = (at + 7) / 8 * 8 + 8;
    const uint8_t flags = fields.err == CX_OK && present & FLAGS && at < len ? start[at] : 0;
    return read_received(f, flags & HAS_FCS, flags & DATA_PAD);
}

cx_status cx_read_ppi(cx_frame *f)
{
    enum { COMMON = 2, COMMON_LEN = 20, HAS_FCS = 1, ALIGNED = 1 };
    cx_cursor fields = f->c;
    (void)cx_u8(&fields); /* version */
    const uint8_t flags = cx_u8(&fields);
    const size_t len = cx_le16(&fields);
    const uint32_t link = cx_le32(&fields);
    bool has_fcs = false;
    if (fields.err == CX_OK && len < 8)
        return CX_MALFORMED;
    if (!cx_take(&f->c, len))
        return CX_OK;
    fields.left = len - 8;
    while (fields.left && fields.err == CX_OK) {
        const uint16_t type = cx_le16(&fields);
        const size_t size = cx_le16(&fields);
        const uint8_t *field = cx_take(&fields, size);
        if (field && type == COMMON && size >= COMMON_LEN)
            has_fcs = field[8] & HAS_FCS;
        if (flags & ALIGNED && (-size & 3) <= fields.left)
            (void)cx_take(&fields, -size & 3);
    }
    if (link == DLT_IEEE802_11)
        return read_received(f, has_fcs, false);
    f->layer =
        link <= UINT16_MAX ? CX_LAYER_LINK(cx_capture_link((uint16_t)link)) : CX_LAYER_UNKNOWN;
    return CX_OK;
}

cx_status cx_read_avs(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 8); /* version, length */
    if (!h)
        return CX_OK;
    const size_t len = (size_t)h[4] << 24 | (size_t)h[5] << 16 | (size_t)h[6] << 8 | (size_t)h[7];
    if (len < 8)
        return CX_MALFORMED;
    (void)cx_take(&f->c, len - 8);
    f->layer = CX_LAYER_LINK(DLT_IEEE802_11);
    return CX_OK;
}

/* Some drivers send AVS headers or none at all under this name. */
cx_status cx_read_prism(cx_frame *f)
{
    enum { MESSAGE = 0x44, LEN = 144 };
    cx_cursor c = f->c;
    const uint32_t code = cx_be32(&c);
    if (c.err == CX_OK && code >> 12 == 0x80211)
        return cx_read_avs(f);
    if (c.err == CX_OK && (code == MESSAGE || code == MESSAGE << 24))
        (void)cx_take(&f->c, LEN);
    f->layer = CX_LAYER_LINK(DLT_IEEE802_11);
    return CX_OK;
}
