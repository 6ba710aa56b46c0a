/* Names of the last exchange of a conversation (logon.h). Longer ones are left out. */
#include "flow/logon.h"

#include <stdlib.h>

#define MAX_NAME 256u /* bytes in UTF-8; a user name of Windows has 104 characters, a host 255 */

typedef struct name {
    uint16_t len; /* 0: none */
    uint8_t bytes[MAX_NAME];
} name;

struct cx_logon_memory {
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

static cx_logon_memory *of(cx_logon_memory **memory, const char *mechanism)
{
    if (!*memory)
        *memory = malloc(sizeof **memory);
    if (*memory) {
        (*memory)->mechanism = mechanism;
        (*memory)->user.len = (*memory)->domain.len = (*memory)->target.len = 0;
    }
    return *memory;
}

void cx_logon_take(cx_logon_memory **memory, cx_event *e)
{
    cx_logon_memory *m = *memory;
    if (e->kind == CX_EV_NTLM) {
        m = of(memory, "ntlm");
        if (m && e->u.ntlm.message == CX_NTLM_AUTHENTICATE) {
            keep(&m->user, e->u.ntlm.user);
            keep(&m->domain, e->u.ntlm.domain);
        }
    } else if (e->kind == CX_EV_KRB && e->u.krb.message == CX_KRB_AP_REQ) {
        m = of(memory, "kerberos");
        if (m)
            keep(&m->target, e->u.krb.sname);
    } else if (e->kind == CX_EV_LOGON && m) {
        if (!e->u.logon.mechanism)
            e->u.logon.mechanism = m->mechanism;
        fill(&e->u.logon.user, &m->user);
        fill(&e->u.logon.domain, &m->domain);
        fill(&e->u.logon.target, &m->target);
    }
}

void cx_logon_free(cx_logon_memory *memory)
{
    free(memory);
}
