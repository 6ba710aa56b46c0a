/* Text for people: columns, wrapping at the width, colour. Everything put on it is escaped for a
 * terminal first, so no byte of a capture can steer one. */
#pragma once

#include "base/slice.h"

#include <stdio.h>

typedef enum cx_ink { CX_INK_PLAIN, CX_INK_BOLD, CX_INK_RED, CX_INK_YELLOW, CX_INK_GREEN } cx_ink;

typedef struct cx_paper {
    FILE *out;
    int width, at; /* columns; column of the cursor, from 0 */
    bool color;
    bool failed; /* out of memory: something is missing. Errors of writing stay with out. */
} cx_paper;

/* Columns that the escaped text takes. */
int cx_paper_columns(const char *text);

/* Words from the cursor on, wrapped; following lines begin at column indent. The cursor stays
 * behind the last one. Words longer than a line are broken. */
void cx_paper_words(cx_paper *p, cx_ink ink, int indent, const char *text);

/* The same behind what stands on the line, with a space between. */
void cx_paper_more(cx_paper *p, cx_ink ink, int indent, const char *text);

/* One cell of a table: exactly width columns, cut with ".." or padded; no padding at the end of a
 * line (last). */
void cx_paper_cell(cx_paper *p, cx_ink ink, int width, bool last, const char *text);

void cx_paper_space(cx_paper *p, int column); /* moves the cursor there, at least one space */
void cx_paper_gap(cx_paper *p, int columns);  /* that many spaces */
void cx_paper_newline(cx_paper *p);
