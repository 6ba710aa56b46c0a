/* Stands in for libFuzzer: gives each file of the folders (or files) named on the command line to
 * the harness, in order of names, and says how many there were. A folder that does not exist or is
 * empty is no failure. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* In an allocation of exactly its size: a read past the end is found by the sanitizer. */
static int replay(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(size ? size : 1);
    int ok = f && bytes && fread(bytes, 1, size, f) == size;
    if (ok)
        LLVMFuzzerTestOneInput(bytes, size);
    else
        fprintf(stderr, "%s: cannot be read\n", path);
    free(bytes);
    if (f)
        fclose(f);
    return ok;
}

static int walk(const char *path, size_t *files)
{
    struct stat st;
    struct dirent **entries = NULL;
    if (stat(path, &st) != 0)
        return errno == ENOENT;
    if (!S_ISDIR(st.st_mode)) {
        ++*files;
        return replay(path, (size_t)st.st_size);
    }
    int n = scandir(path, &entries, visible, alphasort), ok = n >= 0;
    for (int i = 0; i < n; i++) {
        char *inner = NULL;
        if (asprintf(&inner, "%s/%s", path, entries[i]->d_name) < 0) {
            ok = 0;
        } else {
            ok = walk(inner, files) && ok;
            free(inner);
        }
        free(entries[i]);
    }
    free(entries);
    return ok;
}

int main(int argc, char **argv)
{
    int ok = 1;
    for (int i = 1; i < argc; i++) {
        size_t files = 0;
        ok = walk(argv[i], &files) && ok;
        printf("%s: %zu files\n", argv[i], files);
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
