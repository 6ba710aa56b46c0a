/* See offload.h. */
#include "flow/offload.h"

static uint32_t fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

/* It is 0, or the sum over the pseudo-header (RFC 9293 3.1), with the length of the segment or, for
 * cards that cut it up, without. */
bool cx_is_left_to_card(const cx_l4 *p, uint16_t checksum)
{
    const size_t from = p->src.family == 4 ? 12 : 0;
    const uint32_t len = p->tcp_header + p->payload_wire;
    uint32_t sum = CX_IPPROTO_TCP;
    for (size_t i = from; i < 16; i += 2)
        sum += (uint32_t)(p->src.addr[i] << 8 | p->src.addr[i + 1]) +
               (uint32_t)(p->dst.addr[i] << 8 | p->dst.addr[i + 1]);
    return checksum == 0 || fold(sum) == checksum ||
           fold(sum + (len & 0xffff) + (len >> 16)) == checksum;
}
