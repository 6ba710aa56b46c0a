/* Community ID v1 (github.com/corelight/community-id-spec): base64 of the SHA-1 over seed,
 * addresses, protocol and ports, lower endpoint first. */
#include "report/community_id.h"

#include <openssl/evp.h>

/* Types of ICMP whose answers have another type: the pair stands for the ports. Others are one-way:
 * type and code stand for the ports and the order is kept. */
static const uint8_t icmp_pairs[][2] = {
    {0, 8}, {8, 0}, {9, 10}, {10, 9}, {13, 14}, {14, 13}, {15, 16}, {16, 15}, {17, 18}, {18, 17},
};
static const uint8_t icmp6_pairs[][2] = {
    {128, 129}, {129, 128}, {130, 131}, {131, 130}, {133, 134}, {134, 133},
    {135, 136}, {136, 135}, {139, 140}, {140, 139}, {144, 145}, {145, 144},
};

static bool pair_of(const uint8_t pairs[][2], size_t n, uint16_t type, uint16_t *ret)
{
    for (size_t i = 0; i < n; i++)
        if (pairs[i][0] == type) {
            *ret = pairs[i][1];
            return true;
        }
    return false;
}

static size_t put16(uint8_t *p, uint16_t n)
{
    p[0] = (uint8_t)(n >> 8);
    p[1] = (uint8_t)n;
    return 2;
}

bool cx_community_id(const cx_endpoint *a, const cx_endpoint *b, char out[CX_COMMUNITY_ID_TEXT])
{
    if (!a->family || a->family != b->family)
        return false;
    uint16_t port_a = a->port, port_b = b->port;
    bool one_way = false;
    if (a->proto == CX_IPPROTO_ICMP)
        one_way = !pair_of(icmp_pairs, sizeof icmp_pairs / sizeof *icmp_pairs, port_a, &port_b);
    else if (a->proto == CX_IPPROTO_ICMP6)
        one_way = !pair_of(icmp6_pairs, sizeof icmp6_pairs / sizeof *icmp6_pairs, port_a, &port_b);

    int order = memcmp(a->addr, b->addr, sizeof a->addr);
    if (!one_way && (order > 0 || (order == 0 && port_a > port_b))) {
        const cx_endpoint *e = a;
        a = b;
        b = e;
        uint16_t port = port_a;
        port_a = port_b;
        port_b = port;
    }

    size_t len = a->family == 4 ? 4 : 16, n = 0; /* IPv4 is held in the last 4 bytes */
    uint8_t bytes[2 + 16 + 16 + 2 + 4], digest[EVP_MAX_MD_SIZE];
    n += put16(bytes, 0); /* seed */
    memcpy(bytes + n, a->addr + 16 - len, len);
    n += len;
    memcpy(bytes + n, b->addr + 16 - len, len);
    n += len;
    bytes[n++] = a->proto;
    bytes[n++] = 0;
    n += put16(bytes + n, port_a);
    n += put16(bytes + n, port_b);
    if (EVP_Digest(bytes, n, digest, NULL, EVP_sha1(), NULL) != 1)
        return false;
    out[0] = '1';
    out[1] = ':';
    EVP_EncodeBlock((unsigned char *)out + 2, digest, 20);
    return true;
}
