/* The scenes of test_rules.c, by family: each fires a rule, or differs from one that does in what
 * rules it out. */
#pragma once

#include "rules/engine.h"
#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

typedef struct scene_case {
    const char *name;
    void (*play)(scene *s);
    const char *cause;      /* id of the root cause; "" for none */
    const char *outcome;    /* of the first attempt; "" for no attempt */
    const char *confidence; /* of the root cause */
    const cx_context *context;
} scene_case;

typedef struct scene_family {
    const scene_case *cases;
    size_t n;
} scene_family;

extern const scene_family rules_discovery;
extern const scene_family rules_tcp;
extern const scene_family rules_tls;
extern const scene_family rules_sip;
extern const scene_family rules_auth;

/* ---- what families share ---- */

void scene_sign_in(scene *s, const char *server);
void scene_ask_srv(scene *s, const char *tls, const char *tcp, const char *outside);
void scene_answered(scene *s, uint16_t status, const char *headers);
