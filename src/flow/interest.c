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

/* A port of the dissector at this place. */
static void add_row(cx_interest *i, uint16_t port, size_t place)
{
    const size_t r = cx_interest_row(i, port);
    i->row[r].port = port;
    i->row[r].dissectors |= UINT64_C(1) << place;
}

static void add_dissector(cx_interest *i, const cx_dissector *d, size_t place)
{
    const bool tcp = d->transports & CX_OVER_TCP, udp = d->transports & CX_OVER_UDP;
    i->over[0] |= (uint64_t)tcp << place;
    i->over[1] |= (uint64_t)udp << place;
    for (size_t p = 0; p < 8 && d->ports[p] && (tcp || udp); p++) {
        add_row(i, d->ports[p], place);
        set_port(i->services, d->ports[p]);
        if (tcp)
            set_port(i->ports[0], d->ports[p]);
        if (udp)
            set_port(i->ports[1], d->ports[p]);
    }
}

void cx_interest_init(cx_interest *i, const cx_dissector *const *dissectors)
{
    memset(i, 0, sizeof *i);
    i->dissectors = dissectors;
    for (size_t p = 0; p < sizeof services / sizeof *services; p++)
        set_port(i->services, services[p]);
    for (size_t place = 0; dissectors[place]; place++) {
        add_late(i, dissectors[place]);
        if (place < CX_ASKED)
            add_dissector(i, dissectors[place], place);
    }
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
