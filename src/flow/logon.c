/* Names of the last exchanges of a conversation (logon.h). Longer ones are left out. */
#include "flow/logon.h"

#include "base/limits.h"

#include <stdlib.h>

#define MAX_NAME 256u /* bytes in UTF-8; a user name of Windows has 104 characters, a host 255 */

typedef struct name {
    uint16_t len; /* 0: none */
    uint8_t bytes[MAX_NAME];
} name;

struct cx_logon_memory {
    cx_logon_memory *next; /* the one that was begun before */
    uint32_t exchange;
    const char *mechanism;
    name user, domain, target;
};

static void keep(name *to, cx_slice s)
{
    to->len = s.len <= MAX_NAME ? (uint16_t)s.len : 0;
    if (to->len)
        memcpy(to->bytes, s.p, to->len);
}

static void fill(cx_slice *s, const name *from)
{
    if (!s->p && from->len)
        *s = (cx_slice){from->bytes, from->len};
}

static cx_logon_memory *find(cx_logon_memory *m, uint32_t exchange)
{
    while (m && m->exchange != exchange)
        m = m->next;
    return m;
}

/* Takes the names of this exchange out of the list, or of a full list those that are the oldest.
 * NULL: neither. */
static cx_logon_memory *take_out(cx_logon_memory **memory, uint32_t exchange)
{
    cx_logon_memory **link = memory;
    for (uint32_t n = 1; *link; link = &(*link)->next, n++) {
        cx_logon_memory *m = *link;
        if (m->exchange == exchange || n == CX_MAX_LOGONS) {
            *link = m->next;
            return m;
        }
    }
    return NULL;
}

/* An exchange begins or goes on: what was known of its number is forgotten. */
static cx_logon_memory *begin(cx_logon_memory **memory, uint32_t exchange, const char *mechanism)
{
    cx_logon_memory *m = take_out(memory, exchange);
    if (!m)
        m = malloc(sizeof *m);
    if (!m)
        return NULL;
    m->exchange = exchange;
    m->mechanism = mechanism;
    m->user.len = m->domain.len = m->target.len = 0;
    m->next = *memory;
    *memory = m;
    return m;
}

void cx_logon_take(cx_logon_memory **memory, cx_event *e)
{
    cx_logon_memory *m;
    if (e->kind == CX_EV_NTLM) {
        m = begin(memory, e->exchange, "ntlm");
        if (m && e->u.ntlm.message == CX_NTLM_AUTHENTICATE) {
            keep(&m->user, e->u.ntlm.user);
            keep(&m->domain, e->u.ntlm.domain);
        }
    } else if (e->kind == CX_EV_KRB && e->u.krb.message == CX_KRB_AP_REQ) {
        m = begin(memory, e->exchange, "kerberos");
        if (m)
            keep(&m->target, e->u.krb.sname);
    } else if (e->kind == CX_EV_LOGON && (m = find(*memory, e->exchange)) != NULL) {
        if (!e->u.logon.mechanism)
            e->u.logon.mechanism = m->mechanism;
        fill(&e->u.logon.user, &m->user);
        fill(&e->u.logon.domain, &m->domain);
        fill(&e->u.logon.target, &m->target);
    }
}

void cx_logon_free(cx_logon_memory *memory)
{
    while (memory) {
        cx_logon_memory *next = memory->next;
        free(memory);
        memory = next;
    }
}
