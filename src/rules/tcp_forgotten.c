/* What a device with a state table on the way does to connections: it holds on to one that was
 * reset, or forgets one that is open (signin-failures 1.2). */
#include "rules/judging.h"
#include "signin/conn.h"

/* ---- tcp-syn-dropped-after-rst ---- */

/* One SYN without an answer is a lost packet; two in a row, of ports that had an answer a moment
 * ago, and which came at once, are none. */
#define LEAST_SILENT_SYNS 2u
#define LEAST_SILENCE_NS  CX_SECOND_NS

static void detect_dropped(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_tcp_silence *s = &c->silence;
        if (s->syns < LEAST_SILENT_SYNS || s->lasted_ns < LEAST_SILENCE_NS ||
            j->a->one_way_flows > j->a->two_way_flows)
            continue;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        f->severity = j->a->outcome == CX_OUT_SUCCESS ? CX_NOTE : CX_WARNING;
        cx_find_number(j, f, "syns", s->syns);
        cx_find_text(j, f, "after", cx_say_seconds(j, s->after_ns));
        cx_find_text(j, f, "seconds", cx_say_seconds(j, s->lasted_ns));
        cx_show(j, f, s->first, "SYN of the same ports, no answer");
        cx_show(j, f, s->refusal, "the RST before it");
        cx_show(j, f, c->tcp.syn[0], "the SYN that it answered");
    }
}

const cx_rule cx_rule_tcp_syn_dropped_after_rst = {
    .id = "tcp-syn-dropped-after-rst",
    .title = "After a reset, the next tries from the same port are dropped",
    .default_severity = CX_WARNING,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_dropped,
    .evidence = "A SYN answered by RST, then two SYNs or more of the same ports, the first within "
                "2 s, that nothing answers for a second at least.",
    .rules_out = "An answer to the second SYN; a capture of one direction, or one that ends before "
                 "an answer could come.",
    .traps = "Plain refusals are answered every time. One SYN without an answer is a lost packet. "
             "Hosts that limit how many RSTs they send do so under a scan only.",
    .explain = "{server} answered {client} with RST; {after} s later {client} tried again from the "
               "same port, and {syns} SYNs got no answer for {seconds} s: a stateful firewall on "
               "the way holds on to the connection that was reset, and drops them.",
    .remedy = "Find why the server resets the first try. On the firewall, have a RST end its entry "
              "at once (RST invalidation), or its entry be taken over by a new SYN.",
    .source = "Skype for Business, sending files through an edge server behind a Juniper SRX "
              "(hostbl.blogg.se, March 2022); RFC 9293 3.10.7.1",
};

/* ---- tcp-idle-drop ---- */

static const cx_conn *opened_since(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_endpoint_eq(&a->conns[i]->server, &a->dropped.server) &&
            a->conns[i]->flow != a->dropped.flow && a->conns[i]->connected.frame &&
            cx_evidence_after(&a->conns[i]->connected, &a->dropped.idle.data))
            return a->conns[i];
    return NULL;
}

static void detect_idle_drop(cx_judging *j)
{
    const cx_dropped *d = &j->a->dropped;
    const cx_conn *c = opened_since(j->a);
    if (!d->idle.resent || !d->awake || !c)
        return;
    bool was_there = d->reached.frame != 0;
    cx_finding *f = cx_find(j, was_there ? CX_LIKELY : CX_POSSIBLE, c);
    f->severity = was_there ? CX_WARNING : CX_NOTE;
    cx_find_text(j, f, "seconds", cx_say_seconds(j, d->idle.data.ts_ns - d->idle.before.ts_ns));
    cx_find_number(j, f, "resent", d->idle.resent);
    if (!was_there)
        f->explain = "{client} and {server} were silent for {seconds} s on an open connection; "
                     "what {client} sent then had no answer, though it was sent {resent} times "
                     "more, and later it connected anew. A device on the way may have forgotten "
                     "the connection; whether the server was there meanwhile is not in the "
                     "capture.";
    cx_show(j, f, d->idle.data, "data after the silence, never answered");
    cx_show(j, f, d->idle.last, "the same, sent again the last time");
    cx_show(j, f, d->idle.before, "the last packet before the silence");
    cx_show(j, f, d->reached, "the server accepts a connection meanwhile");
    cx_show(j, f, c->connected, "the client connects anew");
}

const cx_rule cx_rule_tcp_idle_drop = {
    .id = "tcp-idle-drop",
    .title = "An idle connection was dropped on the way",
    .default_severity = CX_WARNING,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_idle_drop,
    .evidence = "An open connection without a packet for 60 s or more, then data of the client "
                "that is sent again three times or more and never answered, and a new connection "
                "to the same port. Likely where somebody was seen to reach that port meanwhile.",
    .rules_out = "A packet of either side within that time; FIN or RST; an answer after all; a "
                 "client of which no other packet was captured for a minute of it.",
    .traps = "A computer that slept, and a capture that paused: then all packets of that client "
             "are missing for the time, and nothing is told. A server that is away for a while "
             "looks the same where nobody else reaches it: then it is possible, no more. A RST in "
             "place of silence may come from a server that was started anew "
             "(tcp-rst-middlebox tells who sent it).",
    .explain = "{client} and {server} were silent for {seconds} s on an open connection; what "
               "{client} sent then had no answer, though it was sent {resent} times more and the "
               "server was there, and {client} connected anew: a device on the way (firewall, NAT, "
               "load balancer) had forgotten the connection.",
    .remedy = "Let the client be heard more often than the device forgets: a shorter keep-alive "
              "(timeout of ms-keep-alive) or registration interval; or raise the idle timeout for "
              "that port on firewall, NAT and load balancer.",
    .source = "Web conferencing edge, idle connections (daniyar-tech.blogspot.com, January 2014); "
              "Interesting traces: firewall reset (noahdavids.org); MS-SIPREGE 2.2; RFC 5382 "
              "REQ-5",
};
