/* Ports and first bytes (interest.h). */
#include "flow/interest.h"

static const uint16_t services[] = {
    21,   22,   23,   25,   53,   80,   88,   110,  135,  139,  143,  389,  443,  445,
    464,  465,  587,  636,  853,  993,  995,  1080, 1433, 3128, 3268, 3269, 3389, 3478,
    4443, 5060, 5061, 5062, 5070, 5080, 5222, 5223, 5269, 5349, 5985, 5986, 8080, 8443,
};

static void set_port(uint64_t bits[1024], uint16_t port)
{
    bits[port >> 6] |= UINT64_C(1) << (port & 63);
}

static void add_late(cx_interest *i, const cx_dissector *d)
{
    for (size_t m = 0; m < d->n_late && i->n_late < CX_LATE_MASKS; m++, i->n_late++) {
        memcpy(&i->late_mask[i->n_late], d->late[m].mask, 8);
        memcpy(&i->late_value[i->n_late], d->late[m].value, 8);
    }
}

void cx_interest_init(cx_interest *i, const cx_dissector *const *dissectors)
{
    memset(i, 0, sizeof *i);
    i->dissectors = dissectors;
    for (size_t p = 0; p < sizeof services / sizeof *services; p++)
        set_port(i->services, services[p]);
    for (; *dissectors; dissectors++) {
        add_late(i, *dissectors);
        for (size_t p = 0; p < 8 && (*dissectors)->ports[p]; p++) {
            if ((*dissectors)->transports)
                set_port(i->services, (*dissectors)->ports[p]);
            if ((*dissectors)->transports & CX_OVER_TCP)
                set_port(i->ports[0], (*dissectors)->ports[p]);
            if ((*dissectors)->transports & CX_OVER_UDP)
                set_port(i->ports[1], (*dissectors)->ports[p]);
        }
    }
}

bool cx_interest_port_of(const cx_dissector *d, uint16_t port)
{
    for (size_t p = 0; p < 8 && d->ports[p]; p++)
        if (d->ports[p] == port)
            return true;
    return false;
}

bool cx_interest_mask(const cx_dissector *d, cx_slice first)
{
    size_t n = first.len < 8 ? first.len : 8;
    if (n == 0)
        return false;
    for (size_t m = 0; m < d->n_masks; m++) {
        size_t k = 0;
        while (k < n && (first.p[k] & d->masks[m].mask[k]) == d->masks[m].value[k])
            k++;
        if (k == n)
            return true;
    }
    return false;
}
