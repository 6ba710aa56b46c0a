/* What the program tells the person at the terminal: one line a call on standard error. */
#pragma once

/* "capdx: " and the text, escaped for a terminal: paths and names may hold anything. */
void cx_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
