/* Members of `http` events. */
#include "report/json_members.h"

void cx_event_json_http(cx_members *m, const cx_ev_http *e)
{
    if (!e->request)
        cx_members_number(m, "status", e->status);
    cx_members_slice(m, e->request ? "method" : "request_method", e->method);
    cx_members_slice(m, "uri", e->uri);
    cx_members_slice(m, "host", e->host);
    cx_members_slice(m, "reason", e->reason);
    cx_members_slice(m, "location", e->location);
    cx_members_slice(m, "redirect", e->redirect);
    cx_members_slice(m, "server", e->server);
    cx_members_slice(m, "user_agent", e->user_agent);
    if (e->n_offered) {
        cx_members_open_list(m, "auth_offered");
        for (uint32_t i = 0; i < e->n_offered; i++)
            cx_members_slice(m, NULL, e->auth_offered[i]);
        cx_members_close_list(m);
    }
    cx_members_slice(m, "auth_used", e->auth_used);
    if (e->proxy)
        cx_members_bool(m, "proxy", true);
    if (e->websocket)
        cx_members_bool(m, "websocket", true);
}
