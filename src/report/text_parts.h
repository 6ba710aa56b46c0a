/* Parts of the text report, and what they share. */
#pragma once

#include "report/collect.h"
#include "report/paper.h"
#include "report/reporter.h"

#define CX_TEXT_INDENT 3  /* columns before the lines of a block */
#define CX_TEXT_LABEL  11 /* columns of a label and the space behind it */

typedef struct cx_text_page {
    cx_paper paper;
    const cx_report_options *options;
    const char *file;
    const cx_collected *kept;
} cx_text_page;

/* A member's text, "" when absent; its number, 0 when absent. Borrowed. */
const char *cx_text_str(const json_t *object, const char *key);
uint64_t cx_text_num(const json_t *object, const char *key);

/* A time of the schema in local time, by strftime's format; with_fraction appends the digits behind
 * the second. Empty when it is no time. */
void cx_text_time(const char *rfc3339, const char *format, bool with_fraction, char out[64]);

/* Seconds between two times of the schema; 0 when one is none. */
double cx_text_seconds(const char *from, const char *to);

/* "Label      text" at column indent, wrapped under itself. Nothing for an empty text. */
void cx_text_field(cx_paper *p, int indent, const char *label, const char *text);

/* The table of attempts (text_attempts.c). */
void cx_text_attempts(cx_text_page *page);
/* The steps of one attempt, as labelled lines. */
void cx_text_steps(cx_text_page *page, uint64_t attempt, const char *client);

/* Findings, worst first (text_findings.c). Returns how many notes were held back. */
size_t cx_text_findings(cx_text_page *page);
