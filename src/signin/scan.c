/* Scanners: see scan.h. */
#include "signin/scan.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"

/* Forgets what a list holds when the latest of it is too old. */
static bool is_new_row(int64_t *latest_ns, int64_t ts_ns)
{
    bool fresh = ts_ns - *latest_ns > CX_ATTEMPT_IDLE_NS;
    *latest_ns = ts_ns;
    return fresh;
}

static void add(uint64_t *list, uint32_t *n, uint64_t key)
{
    for (uint32_t i = 0; i < *n; i++)
        if (list[i] == key)
            return;
    if (*n < CX_SCAN_TARGETS)
        list[(*n)++] = key;
}

void cx_scan_tls(cx_scan *s, int64_t ts_ns)
{
    s->lists_tls = true;
    s->tls_ns = ts_ns;
}

void cx_scan_target(cx_scan *s, const cx_endpoint *server, uint16_t crafted, int64_t ts_ns)
{
    if (is_new_row(&s->target_ns, ts_ns))
        s->n_targets = 0;
    add(s->target, &s->n_targets,
        cx_hash(server->addr, sizeof server->addr, (uint64_t)crafted << 16 | server->port));
}

void cx_scan_unknown_user(cx_scan *s, cx_slice user, int64_t ts_ns)
{
    if (is_new_row(&s->user_ns, ts_ns))
        s->n_users = s->unknown = 0;
    s->unknown++;
    add(s->user, &s->n_users, cx_hash(user.p, user.len, 0));
}

void cx_scan_registered(cx_scan *s, int64_t ts_ns)
{
    if (is_new_row(&s->registered_ns, ts_ns))
        s->registered = 0;
    s->registered++;
}

void cx_scan_odd(cx_scan *s, int64_t ts_ns)
{
    if (is_new_row(&s->odd_ns, ts_ns))
        s->n_odd = 0;
    s->n_odd++;
}

void cx_scan_silent(cx_scan *s, int64_t ts_ns)
{
    if (is_new_row(&s->silent_ns, ts_ns))
        s->n_silent = 0;
    s->n_silent++;
}

bool cx_scan_checks_health(const cx_scan *s, int64_t now_ns)
{
    return s->n_silent >= CX_SCAN_SILENT && now_ns - s->silent_ns <= CX_ATTEMPT_IDLE_NS;
}

bool cx_scan_is_tool(cx_slice user_agent)
{
    /* SIPVicious, under its names of today and before, and what was made of it; nothing else signs
     * in under such a name */
    static const char *const tools[] = {"friendly-scanner", "sipvicious", "sundayddr", "sip-scan",
                                        "siparmyknife"};
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (cx_slice_istarts(user_agent, tools[i]))
            return true;
    return false;
}

void cx_scan_user_agent(cx_scan *s, cx_slice user_agent)
{
    s->tool = s->tool || cx_scan_is_tool(user_agent);
}

bool cx_scan_is_one(const cx_scan *s, bool own, int64_t now_ns)
{
    bool lists_tls = s->lists_tls && now_ns - s->tls_ns <= CX_ATTEMPT_IDLE_NS;
    bool tries_names = s->n_users == CX_SCAN_TARGETS && s->unknown / 2 > s->registered;
    return (s->tool && !own) || lists_tls || s->n_targets == CX_SCAN_TARGETS ||
           s->n_odd >= CX_SCAN_ODD || tries_names;
}
