/* Findings about the answer to a REGISTER, which the SIP and the authentication rules share. */
#pragma once

#include "rules/judging.h"

/* No status of an RFC: what Kamailio, OpenSIPS and their relatives answer when they cannot send the
 * request to the next hop (module tm, "error on sending to next hop"). */
#define CX_SIP_NEXT_HOP_FAILED 477

/* Of the final response; 0: none. */
uint16_t cx_answer_status(const cx_register *r);

/* Was the REGISTER at this place, or a later one, accepted? */
bool cx_accepted_from(const cx_attempt *a, uint32_t i);

/* The first ms-diagnostics of the final response with one of these codes (0 at the end; MS-OCER has
 * a code 0, which no rule asks for), or NULL. */
const cx_sip_diag *cx_answer_diag(const cx_register *r, const uint32_t *codes);

/* Some ms-diagnostics of the final response carries this HRESULT: "0xC3E93EE4", with or without 0x,
 * with or without its name behind it. */
bool cx_answer_has_hresult(const cx_register *r, uint32_t hresult);

/* A finding about the final response of r (not NULL), with what it says in the parameters user,
 * status, reason, diagnostics, and its frames shown. */
cx_finding *cx_find_answer(cx_judging *j, const cx_register *r, cx_confidence confidence);
