/* Addresses as text (endpoint.h). inet_ntop of glibc writes the form of RFC 5952. */
#include "event/endpoint.h"

#include <arpa/inet.h>

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */

static void put_v4(const uint8_t addr[4], char *out)
{
    for (int i = 0; i < 4; i++) {
        const uint8_t n = addr[i];
        if (n >= 100)
            *out++ = (char)('0' + n / 100);
        if (n >= 10)
            *out++ = (char)('0' + n / 10 % 10);
        *out++ = (char)('0' + n % 10);
        *out++ = i < 3 ? '.' : 0;
    }
}

void cx_addr_text(const cx_endpoint *e, char out[CX_ADDR_TEXT])
{
    out[0] = 0;
    if (e->family == 4)
        put_v4(e->addr + 12, out);
    else if (e->family == 6)
        (void)inet_ntop(AF_INET6, e->addr, out, CX_ADDR_TEXT); /* cannot fail: room for all */
}

bool cx_addr_parse(cx_slice text, cx_endpoint *ret)
{
    char copy[INET6_ADDRSTRLEN];
    cx_endpoint e = {.family = 0};
    bool brackets = text.len >= 2 && text.p[0] == '[' && text.p[text.len - 1] == ']';
    if (brackets)
        text = cx_slice_sub(text, 1, text.len - 2);
    if (text.len == 0 || text.len >= sizeof copy || memchr(text.p, 0, text.len))
        return false;
    memcpy(copy, text.p, text.len);
    copy[text.len] = 0;
    if (inet_pton(AF_INET6, copy, e.addr) == 1) {
        e.family = 6;
    } else if (!brackets && inet_pton(AF_INET, copy, e.addr + 12) == 1) {
        memcpy(e.addr, mapped_prefix, sizeof mapped_prefix);
        e.family = 4;
    } else {
        return false;
    }
    *ret = e;
    return true;
}

uint32_t cx_addr_shard(const cx_endpoint *e, uint32_t shards)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof e->addr; i++)
        h = (h ^ e->addr[i]) * UINT64_C(0x100000001b3);
    /* neighbouring addresses differ in the last byte, which FNV leaves in the low bits */
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    h ^= h >> 33;
    return (uint32_t)(h % shards) + 1;
}
