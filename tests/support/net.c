/* The toy network (net.h). */
#include "support/net.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* ---- events as text ---- */

__attribute__((format(printf, 2, 3))) static void say(test_net *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(n->text + n->len, sizeof n->text - n->len, format, args);
    va_end(args);
    n->len += (size_t)len;
    if (n->len >= sizeof n->text)
        n->len = sizeof n->text - 1;
}

static void say_tcp(test_net *n, const cx_event *e)
{
    static const char *const names[] = {
        [CX_TCP_SYN] = "syn",
        [CX_TCP_CONNECTED] = "connected",
        [CX_TCP_REFUSED] = "refused",
        [CX_TCP_TIMEOUT] = "timeout",
        [CX_TCP_UNREACHABLE] = "unreachable",
        [CX_TCP_HALF_OPEN] = "half_open",
        [CX_TCP_DATA] = "data",
        [CX_TCP_RESET] = "reset",
        [CX_TCP_CLOSED] = "closed",
        [CX_TCP_OPEN] = "open",
        [CX_TCP_SILENCED] = "silenced",
        [CX_TCP_UNHEARD] = "unheard",
        [CX_TCP_LARGE] = "large",
    };
    const cx_ev_tcp *t = &e->u.tcp;
    bool end = t->what == CX_TCP_RESET || t->what == CX_TCP_CLOSED;
    say(n, "%s%s@%d", names[t->what], e->dir ? "<" : "", (int)e->at.frame);
    if (t->what == CX_TCP_SYN || t->what == CX_TCP_DATA) {
        if (n->details)
            say(n, "[ ttl=%u packets=%" PRIu64 " ]", t->side[e->dir].ttl, t->side[e->dir].packets);
        return;
    }
    say(n, "[");
    if (t->n_syns != 1)
        say(n, " syns=%u", t->n_syns);
    if (t->refusals)
        say(n, " refusals=%u", t->refusals);
    if (t->mid_stream)
        say(n, " mid");
    if (t->one_sided)
        say(n, " one");
    if (end && t->closed_by != e->dir)
        say(n, " by=%c", t->closed_by ? 'S' : 'C');
    if (t->rst_after_fin)
        say(n, " fast");
    if (t->what == CX_TCP_TIMEOUT)
        say(n, " after=%d", (int)(t->observed_ns / MS));
    if (t->what == CX_TCP_SILENCED)
        say(n, " silent=%u from=%d refusal=%d after=%d lasted=%d", t->silence.syns,
            (int)t->silence.first.frame, (int)t->silence.refusal.frame,
            (int)(t->silence.after_ns / MS), (int)(t->silence.lasted_ns / MS));
    if (t->what == CX_TCP_UNHEARD)
        say(n, " resent=%u before=%d data=%d last=%d", t->idle.resent, (int)t->idle.before.frame,
            (int)t->idle.data.frame, (int)t->idle.last.frame);
    if (t->what == CX_TCP_CONNECTED || t->what == CX_TCP_REFUSED || t->what == CX_TCP_UNREACHABLE)
        say(n, " answer=%d rtt=%d", (int)t->answer.frame,
            t->rtt_ns < 0 ? -1 : (int)(t->rtt_ns / MS));
    if (t->what == CX_TCP_UNREACHABLE)
        say(n, " icmp=%u/%u from=%u", t->icmp_type, t->icmp_code, t->icmp_from.addr[15]);
    if (n->details)
        for (int i = 0; i < 2; i++) {
            say(n, " %c:bytes=%" PRIu64 ",packets=%" PRIu64 ",again=%u,data=%d-%d,fin=%d,rst=%d,%s",
                i ? 'S' : 'C', t->side[i].bytes, t->side[i].packets, t->side[i].retransmissions,
                (int)t->side[i].first_data.frame, (int)t->side[i].last_data.frame,
                (int)t->side[i].fin.frame, (int)t->side[i].rst.frame,
                t->side[i].acked ? "acked" : "unacked");
            if (t->side[i].stalled.frame)
                say(n, ",stalled=%d@%d", (int)(t->side[i].stalled_ns / MS),
                    (int)t->side[i].stalled.frame);
            if (t->side[i].stuck_times || t->side[i].hole)
                say(n, ",stuck=%ux%u,hole=%u,largest=%u,passed=%u,repeated=%u",
                    t->side[i].stuck_times, t->side[i].stuck_len, t->side[i].hole,
                    t->side[i].largest, t->side[i].passed, t->side[i].repeated_acks);
            if (t->side[i].mss)
                say(n, ",mss=%u", t->side[i].mss);
            if (t->side[i].unsummed)
                say(n, ",unsummed");
            if (t->side[i].unseen)
                say(n, ",unseen");
        }
    say(n, " ]");
}

static void on_event(void *self, const cx_event *e)
{
    test_net *n = self;
    bool small =
        e->kind == CX_EV_TCP && (e->u.tcp.what == CX_TCP_SYN || e->u.tcp.what == CX_TCP_DATA);
    if (n->quiet && (small || e->kind == CX_EV_DUPLICATE))
        return;
    if (n->len)
        say(n, " ");
    if (n->details)
        say(n, "%u/%d:", e->flow, e->stream == CX_NO_STREAM ? -1 : (int)e->stream);
    if (e->kind == CX_EV_TCP)
        say_tcp(n, e);
    else if (e->kind == CX_EV_GAP)
        say(n, "gap%s(%d)@%d", e->dir ? "<" : "", (int)e->u.gap.missing, (int)e->at.frame);
    else if (e->kind == CX_EV_ICMP)
        say(n, "icmp(%u/%u)@%d", e->u.icmp.type, e->u.icmp.code, (int)e->at.frame);
    else if (e->kind == CX_EV_DUPLICATE)
        say(n, "copy@%d=%d", (int)e->at.frame, (int)e->u.duplicate.of.frame);
    else if (e->kind == CX_EV_MALFORMED)
        say(n, "malformed%s(%s)@%d", e->dir ? "<" : "", e->u.malformed.dissector, (int)e->at.frame);
    else
        say(n, "%.*s%s(%.*s)@%d-%d", (int)e->u.sip.user_agent.len,
            (const char *)e->u.sip.user_agent.p, e->dir ? "<" : "", (int)e->u.sip.call_id.len,
            (const char *)e->u.sip.call_id.p, (int)e->u.sip.first.frame, (int)e->at.frame);
}

/* ---- packets ---- */

static cx_endpoint endpoint(uint8_t last, uint16_t port, uint8_t proto)
{
    cx_endpoint e = {.port = port, .family = 4, .proto = proto};
    e.addr[10] = e.addr[11] = 0xff;
    e.addr[12] = 10;
    e.addr[15] = last;
    return e;
}

static cx_l4 packet(test_net *n, bool from_server, uint16_t client_port, uint16_t server_port,
                    uint8_t proto)
{
    cx_endpoint client = endpoint(1, client_port, proto), server = endpoint(2, server_port, proto);
    n->ts_ns += MS;
    return (cx_l4){.at = {.frame = ++n->frame, .ts_ns = n->ts_ns},
                   .src = from_server ? server : client,
                   .dst = from_server ? client : server,
                   .ttl = from_server ? 57 : 64,
                   .ip_id = ++n->ip_id};
}

cx_l4 test_net_tcp(test_net *n, bool from_server, uint16_t client_port, uint8_t flags, uint32_t seq,
                   uint32_t ack, cx_slice payload)
{
    cx_l4 p = packet(n, from_server, client_port, 5061, CX_IPPROTO_TCP);
    p.tcp_flags = flags;
    p.seq = seq;
    p.ack = ack;
    p.payload = payload;
    p.payload_wire = (uint32_t)payload.len;
    return p;
}

/* ---- scripts ---- */

/* The next word of a step, cut off. */
static char *word(char **rest)
{
    while (**rest == ' ')
        (*rest)++;
    char *start = *rest;
    while (**rest && **rest != ' ')
        (*rest)++;
    if (**rest)
        *(*rest)++ = 0;
    return start;
}

static uint32_t number(char **rest)
{
    return (uint32_t)strtoul(word(rest), NULL, 0);
}

static uint8_t flags_of(const char *text)
{
    uint8_t flags = 0;
    for (; *text; text++)
        flags |= *text == 'S'   ? CX_TCP_FLAG_SYN
                 : *text == 'A' ? CX_TCP_FLAG_ACK
                 : *text == 'F' ? CX_TCP_FLAG_FIN
                 : *text == 'R' ? CX_TCP_FLAG_RST
                 : *text == 'P' ? CX_TCP_FLAG_PSH
                                : 0;
    return flags;
}

static void send_payload(test_net *n, cx_l4 *p, char *rest)
{
    size_t captured = SIZE_MAX, len;
    while (*rest == ' ')
        rest++;
    if (*rest == '~') {
        captured = strtoul(word(&rest) + 1, NULL, 0);
        while (*rest == ' ')
            rest++;
    }
    len = strlen(rest);
    captured = captured < len ? captured : len;
    uint8_t *copy = malloc(captured + !captured);
    if (!copy)
        return;
    memcpy(copy, rest, captured);
    p->payload = (cx_slice){copy, captured};
    p->payload_wire = (uint32_t)len;
    cx_flows_batch(n->flows, p, 1);
    free(copy);
}

static void send_icmp(test_net *n, char kind, uint16_t client_port, uint16_t server_port,
                      cx_path path, char *rest)
{
    cx_l4 p = packet(n, false, client_port, server_port, CX_IPPROTO_ICMP);
    p.path = path;
    p.src = endpoint(9, 0, CX_IPPROTO_ICMP);
    p.dst = endpoint(1, 0, CX_IPPROTO_ICMP);
    uint8_t proto = kind == 'i' ? CX_IPPROTO_UDP : CX_IPPROTO_TCP;
    p.icmp.type = (uint8_t)number(&rest);
    p.icmp.code = (uint8_t)number(&rest);
    p.icmp.v6 = kind == 'J';
    p.icmp.from = p.src;
    p.icmp.quoted_src = endpoint(1, client_port, proto);
    p.icmp.quoted_dst = endpoint(2, server_port, proto);
    if (kind != 'i') {
        p.icmp.quoted_seq = number(&rest);
        p.icmp.has_seq = true;
    }
    cx_flows_batch(n->flows, &p, 1);
}

static void step(test_net *n, char *rest)
{
    while (*rest == ' ')
        rest++;
    if (*rest == '+')
        n->ts_ns += (int64_t)strtol(word(&rest) + 1, NULL, 0) * MS;
    char *who = word(&rest);
    bool copy = *who == '=';
    who += copy;
    bool hop = *who == '-';
    who += hop;
    bool few_hops = *who == '~';
    who += few_hops;
    if (!*who)
        return;
    char *end;
    uint16_t client_port = (uint16_t)(40000 + strtoul(who + 1, &end, 10));
    uint16_t server_port = *end == '@' ? (uint16_t)strtoul(end + 1, &end, 10) : 5061;
    cx_path path = *end == '#' ? (cx_path)strtoul(end + 1, NULL, 10) : CX_PATH_NONE;
    n->ip_id = (uint16_t)(n->ip_id - copy);
    n->ts_ns -= copy ? MS * 9 / 10 : 0;
    if (*who == 'I' || *who == 'J' || *who == 'i') {
        send_icmp(n, *who, client_port, server_port, path, rest);
        return;
    }
    bool tcp = *who == 'C' || *who == 'S';
    cx_l4 p = packet(n, *who == 'S' || *who == 's', client_port, server_port,
                     tcp ? CX_IPPROTO_TCP : CX_IPPROTO_UDP);
    p.path = path;
    p.ttl = few_hops ? 3 : (uint8_t)(p.ttl - hop);
    if (tcp) {
        const char *flags = word(&rest), *mss = strchr(flags, ':');
        p.tcp_flags = flags_of(flags);
        p.checksum = strchr(flags, 'u') == NULL;
        p.mss = mss ? (uint16_t)strtoul(mss + 1, NULL, 10) : 0;
        p.seq = number(&rest);
        p.ack = number(&rest);
    }
    send_payload(n, &p, rest);
}

void test_net_run(test_net *n, const char *script)
{
    char line[512];
    while (*script) {
        size_t len = strcspn(script, ";");
        if (len >= sizeof line)
            fail_msg("a step is too long: %s", script);
        memcpy(line, script, len);
        line[len] = 0;
        step(n, line);
        script += len + (script[len] == ';');
    }
}

bool test_net_start(test_net *n)
{
    if (!n->config.dissectors)
        n->config.dissectors = test_net_dissectors;
    n->config.sink = (cx_event_sink){.event = on_event, .self = n};
    n->flows = cx_flows_new(&n->config);
    return n->flows != NULL;
}

void test_net_end(test_net *n)
{
    cx_flows_end(n->flows);
}

void test_net_free(test_net *n)
{
    cx_flows_free(n->flows);
    n->flows = NULL;
}

void test_net_expect(const test_net *setup, const char *script, const char *want)
{
    static const uint64_t seeds[] = {0, UINT64_C(0x123456789abcdef)};
    for (size_t i = 0; i < 2; i++) {
        test_net *n = calloc(1, sizeof *n);
        assert_non_null(n);
        if (setup)
            *n = *setup;
        n->config.seed = seeds[i];
        assert_true(test_net_start(n));
        test_net_run(n, script);
        test_net_end(n);
        if (strcmp(n->text, want) != 0)
            print_error("script: %s\n", script);
        assert_string_equal(n->text, want);
        test_net_free(n);
        free(n);
    }
}

/* ---- toy protocols ---- */

typedef struct toy_state {
    void *owned;   /* shows that close is called: a leak otherwise */
    bool streamed; /* has an inner stream number 1 */
} toy_state;

static void toy_tell(const char *name, cx_slice text, const cx_chunk *in, cx_emit *out)
{
    cx_event e;
    cx_event_begin(&e, CX_EV_SIP, in);
    e.u.sip.user_agent = cx_slice_of(name);
    e.u.sip.call_id = text;
    e.u.sip.first = in->first;
    cx_emit_event(out, &e);
}

static cx_fed toy_feed(const char *name, toy_state *s, const cx_chunk *in, cx_emit *out)
{
    const uint8_t *p = in->bytes.p;
    size_t pos = 0;
    const cx_inner pipe = {.number = 1, .name = "beta", .carrier = "pipe"}, any = {.number = 2};
    if (in->gap && s->streamed)
        cx_emit_stream(out, &pipe, in->bytes, in);
    if (in->gap)
        return cx_fed_ok(0);
    if (!s->owned)
        s->owned = malloc(1);
    while (pos < in->bytes.len) {
        size_t left = in->bytes.len - pos, n = left > 1 ? (size_t)(p[pos + 1] - '0') + 2 : 2;
        bool odd = left > 2 && p[pos] == 'a' && (p[pos + 2] == '!' || p[pos + 2] == '?');
        if (n > 11 || (odd ? name[0] == 'a' || p[pos + 2] == '?' : p[pos] != (uint8_t)name[0])) {
            cx_emit_malformed(out, in, name, "not a message");
            return cx_fed_end(CX_MALFORMED);
        }
        if (left < n && !in->fin && !in->cut && !in->datagram)
            return cx_fed_more(pos, n);
        if (left < n)
            return cx_fed_ok(in->bytes.len);
        cx_slice text = cx_slice_sub(in->bytes, pos + 2, n - 2);
        pos += n;
        if (cx_slice_is(text, "bye"))
            return (cx_fed){.status = CX_DONE, .consumed = pos};
        if (cx_slice_is(text, "other"))
            return cx_fed_handover(pos);
        if (text.len && text.p[0] == '>') {
            s->streamed = true;
            cx_emit_stream(out, &pipe, cx_slice_sub(text, 1, text.len), in);
        } else if (text.len && text.p[0] == '=')
            cx_emit_stream(out, &any, cx_slice_sub(text, 1, text.len), in);
        else if (text.len && text.p[0] == '<')
            cx_emit_child(out, "inner", cx_slice_sub(text, 1, text.len), in, name);
        else
            toy_tell(name, text, in, out);
    }
    return cx_fed_ok(pos);
}

static void toy_close(void *state, cx_emit *out)
{
    toy_state *s = state;
    (void)out;
    free(s->owned);
}

static cx_match toy_probe(char letter, const cx_chunk *first)
{
    if (first->bytes.len < 2)
        return first->bytes.len == 0 || first->bytes.p[0] == (uint8_t)letter ? CX_MATCH_MAYBE
                                                                             : CX_MATCH_NO;
    return first->bytes.p[0] == (uint8_t)letter && first->bytes.p[1] >= '0' &&
                   first->bytes.p[1] <= '9'
               ? CX_MATCH_YES
               : CX_MATCH_NO;
}

static cx_match alpha_probe(const cx_chunk *first)
{
    return toy_probe('a', first);
}

static cx_fed alpha_feed(void *state, const cx_chunk *in, cx_emit *out)
{
    return toy_feed("alpha", state, in, out);
}

static cx_match beta_probe(const cx_chunk *first)
{
    if (first->bytes.len > 2 && memcmp(first->bytes.p, "a1!", 3) == 0)
        return CX_MATCH_YES;
    return toy_probe('b', first);
}

static cx_fed beta_feed(void *state, const cx_chunk *in, cx_emit *out)
{
    return toy_feed("beta", state, in, out);
}

/* Says what surrounds it; a text that begins with '<' goes to another of itself. */
static cx_fed inner_feed(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    toy_tell(out->carrier, in->bytes, in, out);
    if (in->bytes.len && in->bytes.p[0] == '<')
        cx_emit_child(out, "inner", in->bytes, in, "inner");
    return cx_fed_ok(in->bytes.len);
}

static const cx_mask alpha_masks[] = {{.mask = {0xff}, .value = {'a'}}};
static const cx_mask beta_masks[] = {{.mask = {0xff}, .value = {'b'}},
                                     {.mask = {0xff}, .value = {'a'}}};

static const cx_mask beta_late[] = {{.mask = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                                     .value = {'b', '6', 'l', 'a', 't', 'e', 'l', 'y'}}};

static const cx_dissector alpha = {.name = "alpha",
                                   .transports = CX_OVER_TCP | CX_OVER_UDP,
                                   .ports = {5061},
                                   .masks = alpha_masks,
                                   .n_masks = 1,
                                   .probe = alpha_probe,
                                   .state_size = sizeof(toy_state),
                                   .feed = alpha_feed,
                                   .close = toy_close};
static const cx_dissector beta = {.name = "beta",
                                  .transports = CX_OVER_TCP | CX_OVER_UDP,
                                  .ports = {6000},
                                  .masks = beta_masks,
                                  .n_masks = 2,
                                  .late = beta_late,
                                  .n_late = 1,
                                  .probe = beta_probe,
                                  .state_size = sizeof(toy_state),
                                  .feed = beta_feed,
                                  .reset = cx_nothing_waits,
                                  .close = toy_close};
static const cx_dissector inner = {.name = "inner", .feed = inner_feed};

const cx_dissector *const test_net_dissectors[] = {&alpha, &beta, &inner, NULL};
