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
