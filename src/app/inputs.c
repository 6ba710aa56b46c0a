/* Expanding the captures to read (inputs.h). */
#include "app/inputs.h"

#include "app/say.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_INPUTS 16777216u /* paths; a list of a hundred bytes each is 1.6 GB */

static cx_status add(cx_inputs *inputs, const char *path)
{
    if (inputs->n >= MAX_INPUTS)
        return CX_NO_MEMORY;
    /* grows in powers of two, so that the capacity need not be kept */
    if ((inputs->n & (inputs->n - 1)) == 0) {
        char **grown =
            realloc(inputs->paths, (inputs->n ? inputs->n * 2 : 1) * sizeof *inputs->paths);
        if (!grown)
            return CX_NO_MEMORY;
        inputs->paths = grown;
    }
    char *copy = strdup(path);
    if (!copy)
        return CX_NO_MEMORY;
    inputs->paths[inputs->n++] = copy;
    return CX_OK;
}

static cx_status add_list(cx_inputs *inputs, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *list = standard ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    cx_status status = CX_OK;
    if (!list) {
        cx_say("%s: %s", path, strerror(errno));
        return CX_IO;
    }
    while (status == CX_OK && (n = getline(&line, &cap, list)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = 0;
        if (n > 0)
            status = add(inputs, line);
    }
    if (status == CX_OK && ferror(list)) {
        cx_say("%s: %s", path, strerror(errno));
        status = CX_IO;
    }
    free(line);
    if (!standard)
        (void)fclose(list); /* only read from */
    return status;
}

cx_status cx_inputs_open(const cx_options *options, cx_inputs *ret)
{
    cx_inputs inputs = {0};
    cx_status status = CX_OK;
    for (size_t i = 0; i < options->n_arguments && status == CX_OK; i++) {
        const cx_argument *a = &options->arguments[i];
        status = a->list ? add_list(&inputs, a->text) : add(&inputs, a->text);
    }
    if (status != CX_OK) {
        cx_inputs_free(&inputs);
        return status;
    }
    *ret = inputs;
    return CX_OK;
}

void cx_inputs_free(cx_inputs *inputs)
{
    if (!inputs)
        return;
    for (size_t i = 0; i < inputs->n; i++)
        free(inputs->paths[i]);
    free(inputs->paths);
    *inputs = (cx_inputs){0};
}
