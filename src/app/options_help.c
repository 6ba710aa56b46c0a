/* Help, printed from the tables of commands and options (options.h). */
#include "app/option_rows.h"

#define HELP_COLUMN 26 /* where the texts begin */
#define HELP_WIDTH  80

/* text, wrapped between HELP_COLUMN and HELP_WIDTH; the cursor stands at column at. */
static void put_help(FILE *out, size_t at, const char *text)
{
    while (*text) {
        if (at < HELP_COLUMN)
            (void)fprintf(out, "%*s", (int)(HELP_COLUMN - at), "");
        else
            (void)fprintf(out, "\n%*s", HELP_COLUMN, "");
        size_t room = HELP_WIDTH - HELP_COLUMN, n = strlen(text);
        if (n > room) {
            for (n = room; n > 0 && text[n] != ' ';)
                n--;
            if (n == 0)
                n = room;
        }
        (void)fprintf(out, "%.*s", (int)n, text);
        text += n;
        while (*text == ' ')
            text++;
        at = HELP_WIDTH;
    }
    (void)fputc('\n', out);
}

static void put_option(FILE *out, const cx_option_row *option)
{
    char left[64];
    int n = option->letter
                ? snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name)
                : snprintf(left, sizeof left, "      --%s", option->name);
    if (n > 0 && option->argument)
        n += snprintf(left + n, sizeof left - (size_t)n, " %s", option->argument);
    (void)fputs(left, out);
    put_help(out, (size_t)n + 1 < HELP_COLUMN ? (size_t)n : HELP_WIDTH, option->help);
}

void cx_options_help(cx_command command, FILE *out)
{
    uint32_t bit = BIT(command);
    if (command == CX_CMD_COMMANDS) {
        (void)fputs("usage: capdx [analyze] [OPTIONS] CAPTURE...\n"
                    "       capdx COMMAND [OPTIONS] ...\n\n"
                    "Names why a SIP sign-in failed, from a packet capture (pcap, pcapng).\n\n"
                    "commands:\n",
                    out);
        for (unsigned i = 0; i < CX_CMD_COMMANDS; i++) {
            if (!cx_command_rows[i].available)
                continue;
            (void)fprintf(out, "  %s", cx_command_rows[i].name);
            put_help(out, strlen(cx_command_rows[i].name) + 2, cx_command_rows[i].help);
        }
        bit = BIT(CX_CMD_ANALYZE);
    } else {
        (void)fprintf(out, "usage: capdx %s\n\n%s", cx_command_rows[command].synopsis,
                      cx_command_rows[command].help);
        (void)fputs(cx_command_rows[command].available ? "\n" : "; not available in this version\n",
                    out);
    }
    (void)fputs(command == CX_CMD_COMMANDS ? "\noptions of analyze:\n" : "\noptions:\n", out);
    for (size_t i = 0; i < cx_n_options; i++)
        if ((cx_option_rows[i].commands & bit) && cx_option_rows[i].set)
            put_option(out, &cx_option_rows[i]);
    if (command == CX_CMD_COMMANDS || command == CX_CMD_ANALYZE || command == CX_CMD_BATCH)
        (void)fputs("\nstatus: 0 no failure, 1 a failure was found, 2 wrong usage or an input "
                    "that is\nno capture, 3 internal error\n",
                    out);
}
