/* Exit status, in the order in which one beats another. */
#pragma once

enum {
    CX_EXIT_CLEAN = 0,    /* all inputs read, no failure found */
    CX_EXIT_FAILURES = 1, /* all inputs read, at least one failure found */
    CX_EXIT_USAGE = 2,    /* wrong usage, or an input that is no capture */
    CX_EXIT_INTERNAL = 3  /* the program failed: no memory, output not written */
};

static inline int cx_exit_worse(int a, int b)
{
    return a > b ? a : b;
}
