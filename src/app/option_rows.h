/* The tables that the command line is read with, and help is printed from. */
#pragma once

#include "app/options.h"

#define BIT(command) (1u << (command))
#define BATCH        BIT(CX_CMD_BATCH)
#define REPORT       BIT(CX_CMD_REPORT)
#define READERS      (BIT(CX_CMD_ANALYZE) | BIT(CX_CMD_EVENTS))
#define ANALYZERS    (READERS | BATCH)
#define EVERY        (BIT(CX_CMD_COMMANDS) - 1u)

typedef struct cx_command_row {
    const char *name, *synopsis, *help;
    bool available;
} cx_command_row;

extern const cx_command_row cx_command_rows[CX_CMD_COMMANDS];

typedef struct cx_option_row {
    const char *name;
    char letter;
    const char *argument; /* NULL: takes none */
    uint32_t commands;    /* BIT of each it applies to */
    /* NULL: not available in this version. Answers NULL, or what is wrong with the value. */
    const char *(*set)(cx_options *o, const char *value);
    const char *help;
} cx_option_row;

extern const cx_option_row cx_option_rows[]; /* cx_n_options of them, at most 64 */
extern const size_t cx_n_options;

/* What set answers when memory is wanting: this very text. */
extern const char *const cx_option_no_memory;

/* A capture, or (list) a file with names of captures. False: no memory, or too many. */
bool cx_option_add_argument(cx_options *o, const char *text, bool list);
