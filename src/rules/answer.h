/* Findings about the answer to a REGISTER, which the SIP and the authentication rules share. */
#pragma once

#include "rules/judging.h"

/* A finding about the final response of r (not NULL), with what it says in the parameters user,
 * status, reason, diagnostics, and its frames shown. */
cx_finding *cx_find_answer(cx_judging *j, const cx_register *r, cx_confidence confidence);
