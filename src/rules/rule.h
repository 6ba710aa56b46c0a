/* The rule interface: a rule is a record in its family's file and a line in list.def.
 *
 * A rule reads the facts of one attempt and reports what it finds, each as if nothing had recovered
 * it; the engine then decides what was the cause, what followed from it, and what hurt nobody. */
#pragma once

#include "signin/attempt.h"

typedef enum cx_severity { CX_NOTE, CX_WARNING, CX_FAILURE } cx_severity;

typedef enum cx_finding_role {
    CX_ROLE_OBSERVATION,
    CX_ROLE_CONTRIBUTING, /* failed, but was recovered or was not the decisive failure */
    CX_ROLE_CONSEQUENCE,  /* follows from the root cause */
    CX_ROLE_ROOT_CAUSE
} cx_finding_role;

typedef enum cx_confidence { CX_POSSIBLE, CX_LIKELY, CX_PROVEN } cx_confidence;

typedef struct cx_judging cx_judging;

typedef struct cx_rule {
    const char *id, *title;       /* ids never change once released */
    cx_severity default_severity; /* of what it tells where no sign-in fails by it */
    bool stops;        /* less than a failure by itself, but some sign-in may fail by it */
    const char *layer; /* "dns", "tcp", "tls", "sip", "auth", "krb" */
    bool logon;        /* also judges attempts of kind logon; the others know SIP and its ways */
    uint64_t needs;    /* CX_BIT of the event kinds without which it cannot judge */
    void (*detect)(cx_judging *j);
    const char *evidence, *rules_out, *traps; /* what `capdx explain` shows */
    const char *explain; /* sentence with {names} of the finding's parameters */
    const char *remedy, *source;
    const char *const
        *shadows; /* ids on the same connection that this one explains, NULL at the end */
} cx_rule;

/* A sign-in may fail by what the rule tells: its findings begin as failures, and the engine lowers
 * them where the sign-in went on. */
static inline bool cx_rule_may_stop(const cx_rule *rule)
{
    return rule->stops || rule->default_severity == CX_FAILURE;
}

/* All rules, NULL at the end, in the order of list.def. */
extern const cx_rule *const cx_rules[];

/* The rule of that id, or NULL. */
const cx_rule *cx_rule_named(const char *id);

#define CX_MAX_PARAMS   14
#define CX_MAX_PROOFS   8
#define CX_MAX_FINDINGS 96 /* of one attempt; the rest is counted in the first of its rule */

typedef struct cx_param {
    const char *name; /* static */
    cx_slice text;    /* p == NULL: number */
    int64_t number;
} cx_param;

typedef struct cx_proof {
    cx_evidence at;
    uint32_t stream; /* or CX_NO_STREAM */
    cx_slice shows;
} cx_proof;

typedef struct cx_finding {
    const cx_rule *rule;
    cx_severity severity;
    cx_finding_role role;
    cx_confidence confidence;
    const cx_conn *conn;     /* connection it is about, or NULL */
    const cx_lookup *lookup; /* lookup it is about, or NULL */
    const cx_register *reg;  /* transaction it is about, or NULL */
    cx_endpoint server;      /* family 0: none */
    cx_slice server_name;
    uint32_t count; /* how often it happened */
    int64_t first_ns, last_ns;
    cx_param params[CX_MAX_PARAMS];
    uint32_t n_params;
    cx_proof proof[CX_MAX_PROOFS];
    uint32_t n_proofs;
    bool recovered;      /* what failed here worked later in the same attempt */
    int64_t goes_on_ns;  /* a client that has another way takes it within that time, and what it
                            meets there may refute this; 0: nothing that follows does */
    bool cut_off;        /* the capture ends sooner: then this is not proven */
    int64_t cut_off_ns;  /* ... so long after the last of its frames */
    const char *explain; /* replaces the rule's sentence when not NULL; static */
} cx_finding;
