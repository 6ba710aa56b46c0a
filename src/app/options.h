/* The command line: one table of commands, one of options; help is printed from them. */
#pragma once

#include "report/diagnosis.h"

#include <stdio.h>

typedef enum cx_command {
    CX_CMD_ANALYZE,
    CX_CMD_EVENTS,
    CX_CMD_BATCH,
    CX_CMD_REPORT,
    CX_CMD_RULES,
    CX_CMD_EXPLAIN,
    CX_CMD_COMMANDS
} cx_command;

typedef enum cx_color { CX_COLOR_AUTO, CX_COLOR_ALWAYS, CX_COLOR_NEVER } cx_color;

/* A positional argument, -r FILE, or --files-from FILE (list), in the order given. */
typedef struct cx_argument {
    const char *text; /* borrowed from argv */
    bool list;
} cx_argument;

#define CX_WHY 320 /* bytes that hold any complaint about the command line */

/* What was asked for. Texts are borrowed from argv but for those named owned. */
typedef struct cx_options {
    cx_command command;
    bool command_named; /* or analyze by default */
    bool help, version;
    cx_argument *arguments; /* owned */
    size_t n_arguments;
    const char *filter, *format, *output; /* NULL: not given */
    const char **expect;                  /* owned array: the ids, or "none" alone */
    size_t n_expect;
    const char **keys; /* owned array: files of --keys */
    size_t n_keys;
    const char **trust; /* owned array: files of --trust */
    size_t n_trust;
    int passphrase_fd; /* -1: not given */
    bool decrypt_all;
    cx_context context; /* context.server is owned */
    char *server;
    cx_color color;
    bool quiet;
    bool as_one; /* the captures are the files of a set */
    int verbose;
    /* batch and report */
    const char *db, *watch, *by; /* NULL: not given */
    bool import, again;
    uint32_t jobs;            /* workers at a time; 0: as many as there are processors */
    uint32_t time_limit;      /* seconds without progress after which a worker is ended */
    uint64_t memory_limit;    /* bytes a worker may have */
    int64_t newer_than_ns;    /* INT64_MIN: all */
    int64_t since_ns;         /* INT64_MIN: all */
    uint64_t given;           /* bit i: row i of the option table was used */
    char warnings[4][CX_WHY]; /* to be said before work starts */
    size_t n_warnings;
} cx_options;

/* Reads the command line. CX_USAGE: *ret holds nothing, why says what is wrong, in one line (raw:
 * it quotes arguments); CX_NO_MEMORY. On CX_OK the caller frees with cx_options_free. */
CX_USE cx_status cx_options_parse(int argc, char *const *argv, cx_options *ret, char why[CX_WHY]);
void cx_options_free(cx_options *o);

/* Help on the whole program (command CX_CMD_COMMANDS) or on one command. */
void cx_options_help(cx_command command, FILE *out);

/* "analyze" */
const char *cx_command_name(cx_command command);
