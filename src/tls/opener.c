/* What the sessions of one capture share (session.h): secrets, allowances of work, rooms for what
 * records say, and the account of what became of each connection. */
#include "tls/session_parts.h"

#include <openssl/crypto.h>
#include <stdlib.h>

const char *cx_tls_why_text(cx_tls_why why)
{
    static const char *const texts[CX_TLS_WHYS] = {
#define CX_TLS_WHY_TEXT(code, text) [CX_TLS_WHY_##code] = (text),
        CX_TLS_WHY_LIST(CX_TLS_WHY_TEXT)
#undef CX_TLS_WHY_TEXT
    };
    return texts[why];
}

cx_tls_opener *cx_tls_opener_new(cx_tls_crypto *crypto, const cx_tls_secrets *secrets,
                                 const cx_tls_rsa *rsa, uint64_t seed)
{
    cx_tls_opener *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    *o = (cx_tls_opener){.crypto = crypto,
                         .secrets = secrets,
                         .rsa = rsa,
                         .learned = cx_tls_secrets_new(seed, NULL),
                         .vault = cx_tls_vault_new(CX_MAX_TLS_SESSIONS),
                         .work = CX_MAX_TLS_SEARCH_WORK,
                         .rsa_left = CX_MAX_RSA_WORK};
    if (!o->learned || !o->vault) {
        cx_tls_opener_free(o);
        return NULL;
    }
    return o;
}

void cx_tls_opener_free(cx_tls_opener *o)
{
    if (!o)
        return;
    cx_tls_secrets_free(o->learned);
    cx_tls_vault_free(o->vault);
    for (size_t i = 0; i < sizeof o->room / sizeof o->room[0]; i++) {
        if (o->room[i])
            OPENSSL_cleanse(o->room[i], CX_TLS_MAX_BODY);
        free(o->room[i]);
    }
    free(o);
}

void cx_tls_opener_ask(cx_tls_opener *o, cx_tls_bringer bringer)
{
    o->bringer = bringer;
}

void cx_tls_opener_set_thorough(cx_tls_opener *o, bool thorough)
{
    o->thorough = thorough;
}

bool cx_tls_opener_thorough(const cx_tls_opener *o)
{
    return o->thorough;
}

bool cx_tls_opener_ready(cx_tls_opener *o)
{
    cx_tls_bringer bringer = o->bringer;
    o->bringer = (cx_tls_bringer){NULL, NULL};
    if (bringer.bring)
        bringer.bring(bringer.self);
    return cx_tls_any_secret(o->secrets) || (o->rsa && cx_tls_rsa_count(o->rsa));
}

uint8_t *cx_tls_opener_room(cx_tls_opener *o, uint32_t depth)
{
    if (depth >= sizeof o->room / sizeof o->room[0])
        return NULL;
    if (!o->room[depth])
        o->room[depth] = malloc(CX_TLS_MAX_BODY);
    return o->room[depth];
}

const cx_tls_totals *cx_tls_opener_totals(const cx_tls_opener *o)
{
    return &o->totals;
}

/* Why records stayed closed: the client's, unless only the server has some. */
void cx_tls_opener_count(cx_tls_opener *o, const cx_tls_session *s)
{
    const cx_tls_report *client = &s->half[s->client].report, *server = &s->half[!s->client].report;
    const cx_tls_report *why = client->closed ? client : server;
    uint64_t opened = client->opened + server->opened, closed = client->closed + server->closed;
    cx_tls_totals *t = &o->totals;
    t->records_opened += opened;
    t->records_closed += closed;
    if (closed == 0) {
        t->whole += opened != 0;
        return;
    }
    if (opened)
        t->partly++;
    else
        t->closed++;
    if (t->by[why->why].connections++ == 0) {
        t->by[why->why].first = why->first_closed;
        t->by[why->why].lost =
            why->first_lost.frame
                ? why->first_lost
                : s->half[why == client ? !s->client : s->client].report.first_lost;
    }
}
