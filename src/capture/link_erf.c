/* Records of Endace cards within other capture formats (ERF, EDM11-01): a header with a type, then
 * a frame of that type. */
#include "capture/link_parts.h"

static cx_status read_hdlc(cx_frame *f)
{
    /* which framing a line has the record does not say; the address field does */
    if (f->c.left >= 2 && f->c.p[0] == 0xff && f->c.p[1] == 3)
        return cx_read_ppp(f);
    if (f->c.left >= 2 && (f->c.p[0] == 0x0f || f->c.p[0] == 0x8f))
        return cx_read_chdlc(f);
    return cx_read_frame_relay(f);
}

cx_status cx_read_erf(cx_frame *f)
{
    enum { HEADER = 16, EXTENSION = 8, MORE = 0x80 };
    const uint8_t *h = cx_take(&f->c, HEADER);
    if (!h)
        return CX_OK;
    const size_t wire = (size_t)(h[14] << 8 | h[15]);
    const uint8_t type = h[8] & 0x7f;
    for (bool more = h[8] & MORE; more;) {
        const uint8_t *extension = cx_take(&f->c, EXTENSION);
        more = extension && extension[0] & MORE;
    }
    if (f->c.err != CX_OK)
        return CX_OK;
    /* the length on the wire is that of the frame; a snapped record says so here too */
    switch (type) {
    case 2:                   /* TYPE_ETH */
    case 11:                  /* …COLOR_ETH */
    case 16:                  /* …DSM_COLOR_ETH */
    case 20:                  /* …COLOR_HASH_ETH */
        (void)cx_be16(&f->c); /* offset, padding */
        f->layer = CX_LAYER_LINK(DLT_EN10MB);
        break;
    case 1:  /* TYPE_HDLC_POS */
    case 10: /* …COLOR_HDLC_POS */
    case 15: /* …DSM_COLOR_HDLC_POS */
    case 19: /* …COLOR_HASH_POS */
        cx_frame_limit(f, wire);
        f->what = "HDLC header";
        return read_hdlc(f);
    case 5: /* TYPE_MC_HDLC */
        (void)cx_be32(&f->c);
        f->what = "HDLC header";
        return read_hdlc(f);
    case 4:                   /* TYPE_AAL5 */
        (void)cx_be32(&f->c); /* header of the ATM cells */
        f->layer = CX_LAYER_LINK(CX_DLT_LLC);
        return CX_OK;
    case 22: /* TYPE_IPV4 */
        f->layer = CX_ETHERTYPE_IPV4;
        break;
    case 23: /* TYPE_IPV6 */
        f->layer = CX_ETHERTYPE_IPV6;
        break;
    default:
        return CX_UNSUPPORTED;
    }
    if (f->c.err == CX_OK)
        cx_frame_limit(f, wire);
    return CX_OK;
}
