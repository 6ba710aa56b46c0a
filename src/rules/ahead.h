/* What may still come when a capture ends: a refusal is the cause of a failure only when the client
 * has no other way left, or took none for long enough. */
#pragma once

#include "rules/judging.h"

/* Of f, one of a's findings before they are merged: where the capture ends before the client can
 * have taken another way, it is likely at most. */
void cx_weigh_end(const cx_attempt *a, cx_finding *f);

/* The client is on another way than the one of root, or knows one that it takes at once, and
 * nothing is known to be wrong with that: then nothing is known to have failed. f: the n findings
 * of a. */
bool cx_may_have_worked(const cx_attempt *a, const cx_finding *f, uint32_t n,
                        const cx_finding *root);

/* The capture ends before the client tried a server of an SRV record that it did not go past since
 * then, or another address of the name of c, which did not open. c: may be NULL. */
bool cx_has_untried(const cx_attempt *a, const cx_conn *c, int64_t since_ns);
