/* What a process that reads captures may ask of the system: hardly anything. Any other call ends it
 * with SIGSYS. Linux with libseccomp; elsewhere, and in builds with sanitizers, there is none. */
#pragma once

#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__)
#define CX_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CX_SANITIZED true
#endif
#endif
#ifndef CX_SANITIZED
#define CX_SANITIZED false /* its shadow alone takes terabytes of address space */
#endif

typedef struct cx_sandbox cx_sandbox;

typedef struct cx_sandbox_rules {
    int output; /* the one descriptor that may be written to */
    bool opens; /* files may be opened, to read alone */
} cx_sandbox_rules;

/* Is there one in this build? */
bool cx_sandbox_is_there(void);

/* Makes the rules; processes forked later can enter them. NULL: they cannot be made. Where there is
 * no sandbox: one that does nothing. */
cx_sandbox *cx_sandbox_new(const cx_sandbox_rules *rules);
void cx_sandbox_free(cx_sandbox *s);

/* Holds the calling process, with one thread, to the rules for good. What libraries open at their
 * first use (time zones, error texts) has to be open by then. False: the system does not do it. */
bool cx_sandbox_enter(const cx_sandbox *s);
