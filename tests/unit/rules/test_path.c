/* Loss, packets that are too large, and connections that went dead: for each thing that rules one
 * of these out there is a pair of scenes in which only that differs. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

static cx_evidence here(const scene *s)
{
    return (cx_evidence){.frame = s->frame, .ts_ns = s->now_ns};
}

/* ---- tcp-local-abort ---- */

typedef struct dead {
    uint32_t resent; /* 5 where not said */
    double stall_s;  /* 9 */
    bool acked, fin, after_fin, one_sided, closes;
    uint8_t by;
} dead;

static void goes_dead(scene *s, dead how)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    double stall_s = how.stall_s > 0 ? how.stall_s : 9;
    scene_wait(s, stall_s);
    c.tcp.side[C].retransmissions = how.resent ? how.resent : 5;
    c.tcp.side[C].stalled_ns = (int64_t)(stall_s * 1e9);
    c.tcp.side[C].stalled = here(s);
    c.tcp.side[C].packets = 20;
    c.tcp.side[C].acked = how.acked;
    c.tcp.one_sided = how.one_sided;
    c.tcp.rst_after_fin = how.after_fin;
    if (how.fin)
        c.tcp.side[S].fin = here(s);
    if (how.closes)
        scene_close(s, &c, C);
    else
        scene_reset(s, &c, how.by);
}

static void aborted(scene *s)
{
    goes_dead(s, (dead){.by = C});
}

static void aborted_by_server(scene *s)
{
    goes_dead(s, (dead){.by = S});
}

static void aborted_with_fin(scene *s) /* an ordinary close */
{
    goes_dead(s, (dead){.closes = true});
}

static void aborted_after_fin(scene *s)
{
    goes_dead(s, (dead){.by = C, .after_fin = true});
}

static void aborted_behind_fin(scene *s) /* the server had ended it */
{
    goes_dead(s, (dead){.by = C, .fin = true});
}

static void aborted_acked(scene *s) /* the path works */
{
    goes_dead(s, (dead){.by = C, .acked = true});
}

static void aborted_soon(scene *s)
{
    goes_dead(s, (dead){.by = C, .stall_s = 2});
}

static void aborted_after_two(scene *s)
{
    goes_dead(s, (dead){.by = C, .resent = 2});
}

static void aborted_one_sided(scene *s) /* acknowledgments are not captured */
{
    goes_dead(s, (dead){.by = C, .one_sided = true});
}

/* ---- tcp-lossy-path ---- */

static void loses(scene *s, uint32_t resent, uint64_t packets, double stall_s, bool acked,
                  bool one_sided)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, stall_s);
    c.tcp.side[C].retransmissions = resent;
    c.tcp.side[C].stalled_ns = (int64_t)(stall_s * 1e9);
    c.tcp.side[C].stalled = here(s);
    c.tcp.side[C].packets = packets;
    c.tcp.side[C].acked = acked;
    c.tcp.one_sided = one_sided;
    scene_answer(s, &c, ALICE, 1, 403, NULL);
    scene_close(s, &c, C);
}

static void lossy(scene *s)
{
    loses(s, 4, 20, 7, true, false);
}

static void lossy_three_of_sixty(scene *s) /* 5 % are not more than 5 % */
{
    loses(s, 3, 60, 7, true, false);
}

static void lossy_two(scene *s)
{
    loses(s, 2, 10, 7, true, false);
}

static void lossy_but_quick(scene *s)
{
    loses(s, 4, 20, 3, true, false);
}

static void lossy_to_the_end(scene *s) /* a dead peer, not a lossy path */
{
    loses(s, 4, 20, 7, false, false);
}

static void lossy_one_sided(scene *s)
{
    loses(s, 4, 20, 7, true, true);
}

/* ---- tcp-mtu-blackhole ---- */

typedef struct large {
    double stall_s;         /* 13 where not said */
    uint32_t largest;       /* behind the link; 688 */
    bool behind, one_sided; /* behind: captured behind the narrow link */
    bool alone, acked;      /* nothing came but the hole; its receiver misses nothing */
    uint8_t by;             /* whose segments */
} large;

static void too_large(scene *s, large how)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    if (!how.behind)
        scene_server_hello(s, &c, 0x0303);
    cx_tcp_side *side = &c.tcp.side[how.by];
    side->bytes = 2136;
    side->repeated_acks = !how.acked;
    c.tcp.one_sided = how.one_sided;
    double stall_s = how.stall_s > 0 ? how.stall_s : 13;
    if (how.behind) {
        side->hole = 1448;
        side->largest = how.alone ? 0 : how.largest ? how.largest : 688;
        scene_data(s, &c, how.by);
        side->last_data = here(s);
        scene_gap(s, &c, how.by);
    } else {
        side->largest = side->stuck_len = 1448;
        side->stuck_times = side->retransmissions = 7;
        side->stalled_ns = (int64_t)(stall_s * 1e9);
        side->stalled = side->last_data = here(s);
    }
    scene_wait(s, stall_s);
    scene_close(s, &c, C);
}

static void stuck(scene *s)
{
    too_large(s, (large){.by = S});
}

static void stuck_of_client(scene *s)
{
    too_large(s, (large){.by = C});
}

static void stuck_for_a_moment(scene *s)
{
    too_large(s, (large){.by = S, .stall_s = 2.9});
}

static void stuck_one_sided(scene *s)
{
    too_large(s, (large){.by = S, .one_sided = true});
}

static void missing(scene *s)
{
    too_large(s, (large){.by = S, .behind = true});
}

static void missing_nothing_behind(scene *s) /* nothing smaller came: a dead path */
{
    too_large(s, (large){.by = S, .behind = true, .alone = true});
}

static void missing_among_large(scene *s) /* others of that size came: loss */
{
    too_large(s, (large){.by = S, .behind = true, .largest = 1448});
}

static void missing_not_missed(scene *s) /* its receiver has it: lost in the capture alone */
{
    too_large(s, (large){.by = S, .behind = true, .acked = true});
}

/* ---- The table ---- */

#define ABORT     "tcp-local-abort"
#define LOSSY     "tcp-lossy-path"
#define BLACKHOLE "tcp-mtu-blackhole"
#define FORBIDDEN "sip-forbidden"
#define RESET     "tcp-reset-established"

static const said_case cases[] = {
    {"aborted", aborted, ABORT, "warning", "likely", "", NULL},
    {"aborted by the server", aborted_by_server, ABORT, "", "", RESET, NULL},
    {"aborted with FIN", aborted_with_fin, ABORT, "", "", "", NULL},
    {"aborted after FIN", aborted_after_fin, ABORT, "", "", "", NULL},
    {"aborted, server's FIN", aborted_behind_fin, ABORT, "", "", "", NULL},
    {"aborted, acknowledged", aborted_acked, ABORT, "", "", "", NULL},
    {"aborted soon", aborted_soon, ABORT, "", "", "", NULL},
    {"aborted after two", aborted_after_two, ABORT, "", "", "", NULL},
    {"aborted, one-sided", aborted_one_sided, ABORT, "", "", "", NULL},

    {"lossy", lossy, LOSSY, "warning", "likely", FORBIDDEN, NULL},
    {"three of sixty", lossy_three_of_sixty, LOSSY, "", "", FORBIDDEN, NULL},
    {"two of ten", lossy_two, LOSSY, "", "", FORBIDDEN, NULL},
    {"lossy, but quick", lossy_but_quick, LOSSY, "", "", FORBIDDEN, NULL},
    {"lossy to the end", lossy_to_the_end, LOSSY, "", "", FORBIDDEN, NULL},
    {"lossy, one-sided", lossy_one_sided, LOSSY, "", "", FORBIDDEN, NULL},

    {"stuck", stuck, BLACKHOLE, "failure", "likely", BLACKHOLE, NULL},
    {"stuck, of the client", stuck_of_client, BLACKHOLE, "failure", "likely", BLACKHOLE, NULL},
    {"stuck for a moment", stuck_for_a_moment, BLACKHOLE, "", "", "tls-handshake-abandoned", NULL},
    {"stuck, one-sided", stuck_one_sided, BLACKHOLE, "", "", "tls-handshake-abandoned", NULL},
    {"missing", missing, BLACKHOLE, "failure", "likely", BLACKHOLE, NULL},
    {"missing, nothing behind", missing_nothing_behind, BLACKHOLE, "", "", "", NULL},
    {"missing among large", missing_among_large, BLACKHOLE, "", "", "", NULL},
    {"missing, not missed", missing_not_missed, BLACKHOLE, "", "", "", NULL},
};

int main(void)
{
    return run_said_cases("path", cases, sizeof cases / sizeof *cases);
}
