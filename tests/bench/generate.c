/* Makes captures to measure with, on standard output: the same bytes for the same arguments.
 *
 * usage: generate mix|week|sip|dns|tls|scan SIZE FIXTURES
 *
 *   mix   bulk TLS, RTP, DNS and sign-ins with NTLM over TCP, interleaved: some 20,000 flows in
 *         1 GiB and 150 seconds
 *   week  the same conversations at the pace of 50 GiB a week
 *   sip   sign-ins with NTLM over TCP and nothing else
 *   dns   questions and answers
 *   tls   handshakes of TLS 1.2 with certificates
 *   scan  SYNs to ever other addresses and ports, some of them refused; SIZE counts the flows
 *
 * SIZE is a number with K, M or G behind it (of 1024); 0: without end. Messages are those of the
 * fixtures, made by real software, with addresses, ports, names, Call-IDs, tags and numbers of each
 * client's own; bulk data, speech and SYNs are made here. */
#include "generate.h"

#include <stdlib.h>
#include <string.h>

#define MS        INT64_C(1000000)
#define SECOND    INT64_C(1000000000)
#define START     (INT64_C(1790000000) * SECOND)
#define GIB       1073741824.0
#define CLIENTS   2000u
#define POOL      1048576u /* bytes of noise that payload is taken from */
#define SPEECH    160u     /* bytes of 20 ms of G.711 */
#define CALL      1000u    /* packets of a call */
#define RECORD    16408u   /* bytes of a full record of TLS with its overhead */
#define TEMPLATES 64u

typedef enum kind { SIGN_IN, LOOKUP, BULK, CALLING, HANDSHAKE, KINDS } kind;

typedef struct flow {
    int64_t next_ns;
    uint32_t serial;
    kind kind;
    bool arrival; /* no flow: the time of the next one of this kind */
    const template *t;
    ends ends[2]; /* of TCP, of UDP */
    uint32_t isn[2];
    size_t at; /* next frame, then next packet behind the template */
    int64_t begin_ns;
    uint8_t *stream[STREAMS];
    uint32_t sent[2]; /* bytes of payload, by direction */
    uint32_t left;    /* bytes of bulk data that are still to come */
    uint32_t record_left;
} flow;

static uint8_t pool[POOL + 65536];
static template sign_ins[8], lookups[TEMPLATES], handshakes[16];
static size_t n_sign_ins, n_lookups, n_handshakes;
static uint64_t random_state = 1;
static uint32_t next_serial;

static uint32_t number(void) /* xorshift64*, Vigna */
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)(random_state * 0x2545f4914f6cdd1d >> 32);
}

/* ---- the flows in the order of their next packets: a heap ---- */

static flow **heap;
static size_t n_heap, cap_heap;

static bool before(const flow *a, const flow *b)
{
    return a->next_ns != b->next_ns ? a->next_ns < b->next_ns : a->serial < b->serial;
}

static void sink(size_t i)
{
    flow *f = heap[i];
    for (;;) {
        size_t k = 2 * i + 1;
        if (k + 1 < n_heap && before(heap[k + 1], heap[k]))
            k++;
        if (k >= n_heap || !before(heap[k], f))
            break;
        heap[i] = heap[k];
        i = k;
    }
    heap[i] = f;
}

static void push(flow *f)
{
    if (n_heap == cap_heap) {
        cap_heap = cap_heap ? cap_heap * 2 : 1024;
        heap = realloc(heap, cap_heap * sizeof *heap);
        if (!heap)
            quit("no memory");
    }
    size_t i = n_heap++;
    while (i && before(f, heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = f;
}

/* ---- a flow begins ---- */

/* Addresses whose text has ten characters, like that of the fixtures' client. */
static uint32_t address_of(uint32_t client)
{
    return 10u << 24 | (40 + client % 50) << 16 | (1 + client / 50 % 9) << 8 |
           (10 + client / 450 % 90);
}

static const template *template_of(kind k, uint32_t serial)
{
    if (k == SIGN_IN)
        return &sign_ins[serial % n_sign_ins];
    if (k == LOOKUP)
        return &lookups[number() % n_lookups];
    return k == CALLING ? NULL : &handshakes[serial % n_handshakes];
}

static flow *begin(kind k, int64_t now_ns)
{
    flow *f = calloc(1, sizeof *f);
    if (!f)
        quit("no memory");
    f->kind = k;
    f->serial = next_serial++;
    f->begin_ns = f->next_ns = now_ns;
    f->t = template_of(k, f->serial);
    const uint32_t client = address_of(number() % CLIENTS);
    const uint16_t port = (uint16_t)(10000 + f->serial % 49999);
    f->ends[0] = f->ends[1] = (ends){.addr = {client, 0}, .port = {port, 0}};
    f->isn[0] = number();
    f->isn[1] = number();
    if (k == CALLING) {
        f->ends[1].addr[1] = address_of(number() % CLIENTS);
        f->ends[1].port[0] = (uint16_t)(20000 + number() % 5000 * 2);
        f->ends[1].port[1] = (uint16_t)(30000 + number() % 5000 * 2);
        return f;
    }
    size_t total = 0;
    for (size_t i = 0; i < STREAMS; i++)
        total += f->t->len[i];
    uint8_t *bytes = malloc(total + 1);
    if (!bytes)
        quit("no memory");
    for (size_t i = 0; i < STREAMS; bytes += f->t->len[i++])
        f->stream[i] = bytes;
    template_fill(f->t, f->stream, f->serial, client, port);
    for (size_t i = 0; i < 2; i++) {
        f->ends[i].addr[1] = f->t->server[i];
        f->ends[i].port[1] = f->t->port[i];
    }
    if (k == BULK || (k == HANDSHAKE && f->serial % 2)) { /* a server of the web */
        f->ends[0].addr[1] = 203u << 24 | 113u << 8 | (1 + number() % 200);
        f->ends[0].port[1] = 443;
    }
    if (k == BULK) /* most downloads are small, some are large; 200 KB on average */
        f->left = number() % 8 ? 20000 + number() % 80000 : 200000 + number() % 1700000;
    return f;
}

static void end(flow *f)
{
    free(f->stream[0]);
    free(f);
}

/* ---- its packets ---- */

static void put_frame(flow *f)
{
    const frame *from = &f->t->frames[f->at++];
    const uint8_t dir = from->stream & 1;
    const uint8_t *payload = f->stream[from->stream] + from->from;
    if (from->stream >= UDP_UP) {
        ends e = f->ends[1];
        e.port[0] = (uint16_t)(10000 + (from->port + f->serial * 7u) % 50000);
        write_udp(f->next_ns, &e, dir, payload, from->len);
        return;
    }
    const segment s = {.dir = dir,
                       .flags = from->flags,
                       .seq = f->isn[dir] + from->seq,
                       .ack = f->isn[!dir] + from->ack,
                       .options = from->options,
                       .options_len = from->options_len};
    write_tcp(f->next_ns, &f->ends[0], &s, payload, from->len);
    f->sent[dir] = from->seq + (uint32_t)from->len + (from->flags & 2 ? 1 : 0) - 1;
}

static void put_own(flow *f, uint8_t dir, uint8_t flags, const uint8_t *payload, size_t n)
{
    const segment s = {.dir = dir,
                       .flags = flags,
                       .seq = f->isn[dir] + 1 + f->sent[dir],
                       .ack = f->isn[!dir] + 1 + f->sent[!dir]};
    write_tcp(f->next_ns, &f->ends[0], &s, payload, n);
    f->sent[dir] += (uint32_t)n + (flags & 1);
}

/* A segment of records of application data. */
static void put_data(flow *f)
{
    uint8_t payload[SEGMENT];
    const size_t n = f->left < SEGMENT ? f->left : SEGMENT;
    memcpy(payload, pool + number() % POOL, n);
    for (size_t at = 0; at < n;) {
        if (f->record_left == 0) {
            const uint8_t header[5] = {0x17, 3, 3, (RECORD - 5) >> 8, (RECORD - 5) & 255};
            if (n - at < sizeof header) { /* records begin where their header fits: simpler */
                f->left = (uint32_t)at;
                put_own(f, 1, 0x18, payload, at);
                f->left = 0;
                return;
            }
            memcpy(payload + at, header, sizeof header);
            f->record_left = RECORD;
        }
        const size_t part = f->record_left < n - at ? f->record_left : n - at;
        f->record_left -= (uint32_t)part;
        at += part;
    }
    f->left -= (uint32_t)n;
    put_own(f, 1, 0x10, payload, n);
}

/* Speech: each side 20 ms at a time, in turn. */
static bool put_speech(flow *f)
{
    const uint8_t dir = f->at & 1;
    const uint32_t i = (uint32_t)(f->at++ / 2), ts = i * SPEECH;
    uint8_t p[12 + SPEECH] = {0x80, 0};
    const uint32_t words[2] = {__builtin_bswap32(ts), f->isn[dir]};
    p[2] = (uint8_t)(i >> 8);
    p[3] = (uint8_t)i;
    memcpy(p + 4, words, 8);
    memcpy(p + 12, pool + number() % POOL, SPEECH);
    write_udp(f->next_ns, &f->ends[1], dir, p, sizeof p);
    f->next_ns += 10 * MS;
    return f->at < CALL;
}

/* Writes the next packet of a flow. False: it was the last one. */
static bool step(flow *f)
{
    if (f->kind == CALLING)
        return put_speech(f);
    if (f->at < f->t->n_frames) {
        put_frame(f);
        if (f->at < f->t->n_frames) {
            const int64_t at_ns = f->begin_ns + f->t->frames[f->at].after_ns;
            f->next_ns = at_ns > f->next_ns ? at_ns : f->next_ns;
            return true;
        }
        f->next_ns += MS;
        return f->kind == BULK || f->kind == HANDSHAKE;
    }
    const size_t n = f->at++ - f->t->n_frames;
    if (f->left) {
        if (n % 3 == 2)
            put_own(f, 0, 0x10, NULL, 0);
        else
            put_data(f);
        f->next_ns += n % 3 ? 20 * MS : MS / 10;
        if (!f->left)
            f->at = f->t->n_frames;
        return true;
    }
    put_own(f, n == 1, n == 2 ? 0x10 : 0x11, NULL, 0); /* FIN, FIN, ACK */
    f->next_ns += MS;
    return n < 2;
}

/* ---- captures ---- */

typedef struct plan {
    const char *name;
    uint32_t flows[KINDS]; /* in 1 GiB */
    double seconds;        /* that 1 GiB takes */
} plan;

static const plan plans[] = {
    {"mix", {[SIGN_IN] = 3000, [LOOKUP] = 9000, [BULK] = 4000, [CALLING] = 1000}, 150},
    {"week", {[SIGN_IN] = 3000, [LOOKUP] = 9000, [BULK] = 4000, [CALLING] = 1000}, 12096},
    {"sip", {[SIGN_IN] = 61440}, 6144},
    {"dns", {[LOOKUP] = 4600000}, 6144},
    {"tls", {[HANDSHAKE] = 220000}, 6144},
};

static void load(const char *folder, bool only_sip)
{
    static const char *const names[] = {"ok-ntlm-tcp", "ntlm-ok-flags-differ", "sip-403"};
    static const char *const secure[] = {"ok-cert-san", "cert-wildcard-ok", "cert-san-beats-cn",
                                         "client-cert-optional", "ok-cert-no-san"};
    static const char *const asked[] = {"ok-auto-tls", "ok-udp-digest", "ok-cert-san",
                                        "cert-expired", "cert-untrusted"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        template_load(&sign_ins[n_sign_ins++], folder, names[i],
                      &(wanted){.tcp = true, .udp = !only_sip, .dns_id = -1});
    for (size_t i = 0; i < sizeof secure / sizeof *secure; i++)
        template_load(&handshakes[n_handshakes++], folder, secure[i],
                      &(wanted){.tcp = true, .handshake_only = true});
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        int ids[TEMPLATES];
        const size_t n = template_questions(folder, asked[i], ids, TEMPLATES);
        for (size_t k = 0; k < n && n_lookups < TEMPLATES; k++)
            template_load(&lookups[n_lookups++], folder, asked[i],
                          &(wanted){.udp = true, .dns_id = ids[k], .label = true});
    }
}

static void arrive(flow *a, const plan *p)
{
    const double mean = p->seconds / p->flows[a->kind] * (double)SECOND;
    push(begin(a->kind, a->next_ns));
    a->next_ns += (int64_t)(mean * (0.5 + number() / 4294967296.0));
}

static void make(const plan *p, uint64_t size)
{
    for (int k = 0; k < KINDS; k++) {
        if (!p->flows[k])
            continue;
        flow *a = calloc(1, sizeof *a);
        if (!a)
            quit("no memory");
        *a = (flow){
            .kind = (kind)k, .arrival = true, .next_ns = START + k * MS, .serial = next_serial++};
        push(a);
    }
    while (!size || written() < size) {
        flow *f = heap[0];
        if (f->arrival) {
            flow *a = f;
            arrive(a, p);
            sink(0); /* the new flow went behind it or took its place */
            continue;
        }
        if (step(f)) {
            sink(0);
            continue;
        }
        heap[0] = heap[--n_heap];
        sink(0);
        end(f);
    }
}

/* One host that asks all others, 20,000 times a second; every 16th answers. */
static void scan(uint64_t flows)
{
    const uint32_t scanner = 10u << 24 | 99u << 16 | 9u << 8 | 99;
    for (uint64_t i = 0; !flows || i < flows; i++) {
        const int64_t ns = START + (int64_t)i * 50000;
        ends e = {
            .addr = {scanner, 172u << 24 | (uint32_t)(16u << 16) | (uint32_t)(i >> 4 & 0xffffff)},
            .port = {(uint16_t)(32768 + (i >> 4) % 16384), (uint16_t)(5055 + (i & 15))}};
        segment s = {.flags = 2, .seq = number()};
        write_tcp(ns, &e, &s, NULL, 0);
        if (i % 16)
            continue;
        s = (segment){.dir = 1, .flags = 0x14, .ack = s.seq + 1};
        write_tcp(ns + 10000, &e, &s, NULL, 0);
    }
}

int main(int argc, char **argv)
{
    char *unit = NULL;
    if (argc != 4)
        quit("usage: generate mix|week|sip|dns|tls|scan SIZE FIXTURES >capture");
    uint64_t size = strtoull(argv[2], &unit, 10);
    for (const char *u = "KMG"; *unit && *u && size; u++) {
        size *= 1024;
        if (*u == *unit)
            break;
    }
    (void)setvbuf(stdout, NULL, _IOFBF, 1048576);
    write_header();
    if (strcmp(argv[1], "scan") == 0) {
        scan(size);
        write_done();
        return 0;
    }
    load(argv[3], strcmp(argv[1], "sip") == 0);
    for (size_t i = 0; i < sizeof pool; i += 4) {
        const uint32_t n = number();
        memcpy(pool + i, &n, 4);
    }
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (strcmp(argv[1], plans[i].name) == 0) {
            make(&plans[i], size);
            write_done();
            return 0;
        }
    quit("generate: no such capture: %s", argv[1]);
}
