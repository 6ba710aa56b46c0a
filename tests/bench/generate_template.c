/* Templates: the conversations of a fixture as streams, with the places that tell one client from
 * another. What is put there has the length of what it replaces, so that all lengths in the
 * messages stay right. */
#include "generate.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_TEXT "10.30.1.21"
#define USER        "alice"

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* ---- frames ---- */

typedef struct datagram {
    bool udp, up;
    uint32_t server;
    uint16_t client_port, server_port;
    const uint8_t *transport, *payload;
    size_t payload_len;
} datagram;

/* IPv4 with TCP or UDP between the client of the lab and somebody else. */
static bool read_datagram(const uint8_t *p, size_t n, datagram *ret)
{
    static const uint8_t client[4] = {10, 30, 1, 21};
    if (n < 14 + 20 + 8 || get16(p + 12) != 0x0800)
        return false;
    const uint8_t *ip = p + 14;
    const size_t head = (size_t)(ip[0] & 15) * 4, total = get16(ip + 2);
    if ((ip[9] != 6 && ip[9] != 17) || total > n - 14 || head + 8 > total)
        return false;
    const uint8_t *l4 = ip + head;
    ret->udp = ip[9] == 17;
    const size_t l4_head = ret->udp ? 8 : (size_t)(l4[12] >> 4) * 4;
    ret->up = memcmp(ip + 12, client, 4) == 0;
    ret->server = get32(ret->up ? ip + 16 : ip + 12);
    ret->client_port = get16(ret->up ? l4 : l4 + 2);
    ret->server_port = get16(ret->up ? l4 + 2 : l4);
    ret->transport = l4;
    ret->payload = l4 + l4_head;
    ret->payload_len = total - head - l4_head;
    return true;
}

static bool is_wanted(const datagram *d, const wanted *w)
{
    if (!d->udp)
        return w->tcp;
    return w->udp && d->server_port == 53 && d->payload_len > 12 &&
           (w->dns_id < 0 || get16(d->payload) == w->dns_id);
}

static void add_frame(template *t, const datagram *d, int64_t after_ns, uint32_t isn[2])
{
    if (t->n_frames == MAX_FRAMES)
        quit("a fixture has too many frames");
    frame *f = &t->frames[t->n_frames++];
    const uint8_t dir = !d->up;
    *f = (frame){.after_ns = after_ns,
                 .stream = (uint8_t)(d->udp ? UDP_UP + dir : dir),
                 .port = d->client_port,
                 .len = d->payload_len};
    f->from = t->len[f->stream];
    t->server[d->udp] = d->server;
    t->port[d->udp] = d->server_port;
    if (!d->udp) {
        f->flags = d->transport[13];
        if (f->flags & 2)
            isn[dir] = get32(d->transport + 4);
        f->seq = get32(d->transport + 4) - isn[dir];
        f->ack = get32(d->transport + 8) - isn[!dir];
        f->options_len = (size_t)(d->payload - d->transport) - 20;
        memcpy(f->options, d->transport + 20, f->options_len);
    }
    if (f->from + f->len > MAX_STREAM)
        quit("a fixture is too large");
    memcpy(t->stream[f->stream] + f->from, d->payload, d->payload_len);
    t->len[f->stream] += d->payload_len;
}

/* ---- places ---- */

static patch *add_patch(template *t, patch_kind kind, uint8_t stream, size_t at, size_t len)
{
    if (t->n_patches == MAX_PATCHES)
        quit("a fixture has too many places");
    t->patches[t->n_patches] = (patch){.kind = kind, .stream = stream, .at = at, .len = len};
    return &t->patches[t->n_patches++];
}

/* The place behind the next text from *at on. */
static bool find(const template *t, uint8_t stream, const char *text, size_t *at)
{
    const uint8_t *from = t->stream[stream] + *at;
    const uint8_t *found = memmem(from, t->len[stream] - *at, text, strlen(text));
    if (found)
        *at = (size_t)(found - t->stream[stream]) + strlen(text);
    return found != NULL;
}

static void find_all(template *t, uint8_t stream, const char *text, patch_kind kind)
{
    for (size_t at = 0; find(t, stream, text, &at);)
        add_patch(t, kind, stream, at - strlen(text), strlen(text));
}

/* What follows text: the start of a token that differs from one dialog or transaction to another.
 */
static void find_tokens(template *t, uint8_t stream, const char *text)
{
    for (size_t at = 0; find(t, stream, text, &at);)
        if (at + 8 <= t->len[stream])
            add_patch(t, PATCH_SERIAL, stream, at, 8);
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t decode(const uint8_t *from, size_t n, uint8_t *to)
{
    size_t len = 0;
    for (size_t i = 0; i + 4 <= n; i += 4) {
        uint32_t word = 0;
        size_t pad = 0;
        for (size_t k = 0; k < 4; k++) {
            const char *digit = strchr(base64, from[i + k]);
            word = word << 6 | (digit && from[i + k] ? (uint32_t)(digit - base64) : 0);
            pad += from[i + k] == '=';
        }
        for (size_t k = 0; k < 3 - pad; k++)
            to[len++] = (uint8_t)(word >> (16 - 8 * k));
    }
    return len;
}

static void encode(const uint8_t *from, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i += 3, to += 4) {
        uint32_t word = (uint32_t)from[i] << 16;
        word |= i + 1 < n ? (uint32_t)from[i + 1] << 8 : 0;
        word |= i + 2 < n ? from[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            to[k] = (uint8_t)base64[word >> (18 - 6 * k) & 63];
        if (i + 1 >= n)
            to[2] = '=';
        if (i + 2 >= n)
            to[3] = '=';
    }
}

/* NTLM messages that name the user, in UTF-16. */
static void find_ntlm(template *t, uint8_t stream)
{
    static const uint8_t name[] = {'a', 0, 'l', 0, 'i', 0, 'c', 0, 'e', 0};
    uint8_t message[4096];
    for (size_t at = 0; find(t, stream, "gssapi-data=\"TlRM", &at);) {
        const size_t from = at - 4;
        const uint8_t *p = t->stream[stream] + from;
        const uint8_t *end = memchr(p, '"', t->len[stream] - from);
        if (!end || end - p > 4096)
            continue;
        const size_t n = decode(p, (size_t)(end - p), message);
        const uint8_t *found = memmem(message, n, name, sizeof name);
        if (found)
            add_patch(t, PATCH_NTLM, stream, from, (size_t)(end - p))->user_at =
                (size_t)(found - message);
    }
}

static void find_places(template *t, const wanted *w)
{
    static const char *const tokens[] = {"Call-ID: ", "branch=z9hG4bK", ";tag=", ";epid="};
    for (uint8_t stream = TCP_UP; stream <= TCP_DOWN; stream++) {
        if (t->len[stream] > 50 && t->stream[stream][0] == 0x16) { /* TLS: the random of a hello */
            add_patch(t, PATCH_BINARY, stream, 5 + 4 + 2 + 8, 8);
            continue;
        }
        find_all(t, stream, CLIENT_TEXT, PATCH_ADDRESS);
        find_all(t, stream, USER, PATCH_USER);
        for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
            find_tokens(t, stream, tokens[i]);
        find_ntlm(t, stream);
        for (size_t i = 0; i < t->n_frames; i++) {
            char port[8];
            if (t->frames[i].stream != TCP_UP)
                continue;
            (void)snprintf(port, sizeof port, ":%u", t->frames[i].port);
            for (size_t at = 0; strlen(port) == 6 && find(t, stream, port, &at);)
                add_patch(t, PATCH_PORT, stream, at - 5, 5);
            break;
        }
    }
    for (size_t i = 0; w->label && i < t->n_frames; i++) {
        const frame *f = &t->frames[i];
        if (f->stream >= UDP_UP && f->len > 17 && t->stream[f->stream][f->from + 12] == 4)
            add_patch(t, PATCH_LABEL, f->stream, f->from + 13, 4);
    }
}

/* ---- reading ---- */

static pcap_t *open_fixture(const char *folder, const char *name)
{
    char path[4096], error[PCAP_ERRBUF_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s/%s.pcap", folder, name, name);
    pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
    if (!p)
        quit("%s", error);
    return p;
}

size_t template_questions(const char *folder, const char *name, int ids[], size_t max)
{
    pcap_t *p = open_fixture(folder, name);
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    size_t n = 0;
    while (n < max && pcap_next_ex(p, &h, &bytes) == 1) {
        datagram d;
        if (read_datagram(bytes, h->caplen, &d) && d.udp && d.server_port == 53 && d.up)
            ids[n++] = get16(d.payload);
    }
    pcap_close(p);
    return n;
}

void template_load(template *t, const char *folder, const char *name, const wanted *w)
{
    pcap_t *p = open_fixture(folder, name);
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    int64_t first_ns = -1;
    uint32_t isn[2] = {0};
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < STREAMS; i++)
        if (!(t->stream[i] = malloc(MAX_STREAM)))
            quit("no memory");
    while (pcap_next_ex(p, &h, &bytes) == 1) {
        datagram d;
        const int64_t ns = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec;
        if (!read_datagram(bytes, h->caplen, &d) || !is_wanted(&d, w))
            continue;
        if (first_ns < 0)
            first_ns = ns;
        add_frame(t, &d, ns - first_ns, isn);
        if (w->handshake_only && !d.udp && !d.up && d.payload_len && d.payload[0] == 0x14)
            break;
    }
    pcap_close(p);
    if (!t->n_frames)
        quit("nothing of use in fixture %s", name);
    find_places(t, w);
}

/* ---- one client ---- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

void template_fill(const template *t, uint8_t *const to[STREAMS], uint32_t serial, uint32_t address,
                   uint16_t port)
{
    char text[20], user[8];
    uint8_t message[4096];
    const uint64_t number = mix(serial);
    (void)snprintf(user, sizeof user, "u%04x", (unsigned)(number & 0xffff));
    for (size_t i = 0; i < STREAMS; i++)
        memcpy(to[i], t->stream[i], t->len[i]);
    for (size_t i = 0; i < t->n_patches; i++) {
        const patch *p = &t->patches[i];
        uint8_t *at = to[p->stream] + p->at;
        switch (p->kind) {
        case PATCH_ADDRESS:
            (void)snprintf(text, sizeof text, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
                           address >> 8 & 255, address & 255);
            memcpy(at, text, p->len);
            break;
        case PATCH_PORT:
            (void)snprintf(text, sizeof text, "%05u", port);
            memcpy(at, text, p->len);
            break;
        case PATCH_SERIAL:
            (void)snprintf(text, sizeof text, "%08X", serial);
            memcpy(at, text, p->len);
            break;
        case PATCH_USER:
            memcpy(at, user, p->len);
            break;
        case PATCH_NTLM: {
            const size_t n = decode(t->stream[p->stream] + p->at, p->len, message);
            for (size_t k = 0; k < 5; k++)
                message[p->user_at + 2 * k] = (uint8_t)user[k];
            encode(message, n, at);
            break;
        }
        case PATCH_BINARY:
            memcpy(at, &number, p->len);
            break;
        case PATCH_LABEL:
            (void)snprintf(text, sizeof text, "%04x", (unsigned)(number >> 16 & 0xffff));
            text[0] = (char)('g' + (number >> 32 & 15)); /* no name of a service */
            memcpy(at, text, p->len);
            break;
        }
    }
    /* question and answer have one number, of their own for each client */
    for (size_t i = 0; i < t->n_frames; i++) {
        const frame *f = &t->frames[i];
        if (f->stream < UDP_UP || f->len < 2)
            continue;
        to[f->stream][f->from] ^= (uint8_t)(number >> 40);
        to[f->stream][f->from + 1] ^= (uint8_t)(number >> 48);
    }
}
