/* Filling findings: see judging.h. */
#include "rules/judging.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

cx_finding *cx_find(cx_judging *j, cx_confidence confidence, const cx_conn *conn)
{
    /* The last place is the one that is thrown away. */
    cx_finding *f = &j->findings[j->n_findings];
    if (j->n_findings < CX_MAX_FINDINGS - 1)
        j->n_findings++;
    *f =
        (cx_finding){.rule = j->rule,
                     .severity = cx_rule_may_stop(j->rule) ? CX_FAILURE : j->rule->default_severity,
                     .confidence = confidence,
                     .conn = conn,
                     .count = 1,
                     .first_ns = INT64_MAX,
                     .last_ns = INT64_MIN};
    if (conn) {
        f->server = conn->server;
        f->server_name = cx_wanted_name(conn);
        cx_find_text(j, f, "client", cx_say_address(j, &conn->client));
        cx_find_text(j, f, "server", cx_say_conn(j, conn));
        cx_find_number(j, f, "port", conn->server.port);
    } else {
        cx_find_text(j, f, "client", cx_say_address(j, &j->a->client));
    }
    return f;
}

void cx_find_text(cx_judging *j, cx_finding *f, const char *name, cx_slice text)
{
    if (f->n_params == CX_MAX_PARAMS)
        return;
    cx_slice copy = cx_arena_copy(j->arena, text.p ? text : cx_slice_of(""));
    f->params[f->n_params++] = (cx_param){.name = name, .text = copy.p ? copy : cx_slice_of("")};
}

void cx_find_number(cx_judging *j, cx_finding *f, const char *name, int64_t number)
{
    (void)j;
    if (f->n_params < CX_MAX_PARAMS)
        f->params[f->n_params++] = (cx_param){.name = name, .number = number};
}

static cx_slice vformat(cx_judging *j, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static cx_slice vformat(cx_judging *j, const char *format, va_list args)
{
    char text[512];
    int n = vsnprintf(text, sizeof text, format, args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    cx_slice copy = cx_arena_copy(j->arena, (cx_slice){(const uint8_t *)text, len});
    return copy.p ? copy : cx_slice_of("");
}

void cx_find_format(cx_judging *j, cx_finding *f, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cx_slice text = vformat(j, format, args);
    va_end(args);
    if (f->n_params < CX_MAX_PARAMS)
        f->params[f->n_params++] = (cx_param){.name = name, .text = text};
}

void cx_show(cx_judging *j, cx_finding *f, cx_evidence at, const char *format, ...)
{
    if (!at.frame)
        return;
    if (at.ts_ns < f->first_ns)
        f->first_ns = at.ts_ns;
    if (at.ts_ns > f->last_ns)
        f->last_ns = at.ts_ns;
    for (uint32_t i = 0; i < f->n_proofs; i++)
        if (f->proof[i].at.frame == at.frame && f->proof[i].at.file == at.file)
            return;
    if (f->n_proofs == CX_MAX_PROOFS)
        return;
    va_list args;
    va_start(args, format);
    cx_slice text = vformat(j, format, args);
    va_end(args);
    f->proof[f->n_proofs++] =
        (cx_proof){.at = at,
                   .stream = f->conn && !f->conn->udp ? f->conn->stream : CX_NO_STREAM,
                   .shows = text};
}

cx_slice cx_say_address(cx_judging *j, const cx_endpoint *e)
{
    char text[CX_ADDR_TEXT];
    cx_addr_text(e, text);
    cx_slice copy = cx_arena_copy(j->arena, cx_slice_of(text));
    return copy.p ? copy : cx_slice_of("");
}

cx_slice cx_say_server(cx_judging *j, const cx_endpoint *e)
{
    char text[CX_ADDR_TEXT];
    cx_addr_text(e, text);
    cx_slice s = cx_arena_printf(j->arena, e->family == 6 ? "[%s]:%u" : "%s:%u", text, e->port);
    return s.p ? s : cx_slice_of("");
}

cx_slice cx_wanted_name(const cx_conn *c)
{
    for (uint32_t i = 0; i < c->n_wanted; i++)
        if (!cx_host_is_address(c->wanted[i].name))
            return c->wanted[i].name;
    return (cx_slice){NULL, 0};
}

cx_slice cx_say_conn(cx_judging *j, const cx_conn *c)
{
    cx_slice name = cx_wanted_name(c), server = cx_say_server(j, &c->server);
    if (!name.p)
        return server;
    cx_slice s = cx_arena_printf(j->arena, "%.*s (%.*s)", (int)name.len, (const char *)name.p,
                                 (int)server.len, (const char *)server.p);
    return s.p ? s : server;
}

bool cx_list_add(cx_buf *list, cx_slice word)
{
    return (!list->len || cx_buf_put_text(list, ", ") == CX_OK) &&
           cx_buf_put_slice(list, word) == CX_OK;
}

cx_slice cx_say_seconds(cx_judging *j, int64_t ns)
{
    if (ns < 0)
        ns = -ns;
    cx_slice s =
        cx_arena_printf(j->arena, "%" PRId64 ".%" PRId64, ns / 1000000000, ns / 100000000 % 10);
    return s.p ? s : cx_slice_of("?");
}
