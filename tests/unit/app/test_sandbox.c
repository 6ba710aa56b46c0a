/* What a process in the sandbox can do, and what ends it. Each case is a process of its own. */
#include "app/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DONE 42 /* status of a process that could do what it tried */

static int output = -1, other = -1; /* descriptors of pipes that can be written to */

static bool reads(void)
{
    char byte;
    return pread(STDIN_FILENO, &byte, 1, 0) >= -1 && lseek(STDIN_FILENO, 0, SEEK_CUR) >= -1;
}

static bool writes_output(void)
{
    return write(output, "x", 1) == 1;
}

static bool takes_memory(void)
{
    char *large = malloc(8u << 20), *small = malloc(100);
    struct timespec now;
    if (large && small)
        memset(large, 1, 8u << 20);
    bool good = large && small && clock_gettime(CLOCK_REALTIME, &now) == 0;
    free(large);
    free(small);
    return good;
}

static bool opens_for_reading(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 && close(fd) == 0;
}

static bool opens_for_writing(void)
{
    return open("/dev/null", O_WRONLY | O_CLOEXEC) >= 0;
}

static bool makes_a_file(void)
{
    return open("/tmp/capdx-sandbox-test", O_RDONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool makes_a_nameless_file(void)
{
    return open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) >= 0;
}

static bool makes_a_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool writes_elsewhere(void)
{
    return write(other, "x", 1) == 1;
}

static bool copies_a_descriptor(void)
{
    return dup2(other, output) >= 0;
}

static bool forks(void)
{
    return fork() >= 0;
}

static bool executes(void)
{
    char *const args[] = {(char[]){"true"}, NULL};
    return execv("/bin/true", args) == 0;
}

static bool signals_its_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool makes_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static bool makes_memory_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool shortens_output(void)
{
    return ftruncate(output, 0) == 0;
}

static const struct {
    const char *name;
    bool (*try)(void);
    bool file, set; /* allowed in the worker of a file, of a set */
} cases[] = {
    {"reads", reads, true, true},
    {"writes output", writes_output, true, true},
    {"takes memory", takes_memory, true, true},
    {"opens a file to read it", opens_for_reading, false, true},
    {"opens a file to write it", opens_for_writing, false, false},
    {"makes a file", makes_a_file, false, false},
    {"makes a file without a name", makes_a_nameless_file, false, false},
    {"makes a socket", makes_a_socket, false, false},
    {"writes elsewhere", writes_elsewhere, false, false},
    {"copies a descriptor", copies_a_descriptor, false, false},
    {"forks", forks, false, false},
    {"executes", executes, false, false},
    {"signals its parent", signals_its_parent, false, false},
    {"makes memory that is executed", makes_code, false, false},
    {"makes its memory executable", makes_memory_code, false, false},
    {"shortens its output", shortens_output, false, false},
};

/* How a process ends that enters the sandbox and tries. */
static int ends(const cx_sandbox *sandbox, bool (*try)(void))
{
    int how = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (!cx_sandbox_enter(sandbox))
            _exit(1);
        _exit(try() ? DONE : 2);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return how;
}

static void check(bool set)
{
    int pipes[2][2];
    assert_int_equal(pipe(pipes[0]) | pipe(pipes[1]), 0);
    output = pipes[0][1];
    other = pipes[1][1];
    cx_sandbox *sandbox = cx_sandbox_new(&(cx_sandbox_rules){.output = output, .opens = set});
    assert_non_null(sandbox);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int how = ends(sandbox, cases[i].try);
        bool allowed = set ? cases[i].set : cases[i].file;
        bool good = allowed ? WIFEXITED(how) && WEXITSTATUS(how) == DONE
                            : WIFSIGNALED(how) && WTERMSIG(how) == SIGSYS;
        if (!good)
            print_error("%s: status %x\n", cases[i].name, (unsigned)how);
        assert_true(good);
    }
    cx_sandbox_free(sandbox);
    for (int i = 0; i < 4; i++)
        (void)close(pipes[i / 2][i % 2]);
}

static void holds_the_worker_of_a_file(void **state)
{
    (void)state;
    if (!cx_sandbox_is_there())
        skip();
    check(false);
}

static void holds_the_worker_of_a_set(void **state)
{
    (void)state;
    if (!cx_sandbox_is_there())
        skip();
    check(true);
}

/* Where there is none, workers run without it. */
static void is_entered_in_any_build(void **state)
{
    (void)state;
    cx_sandbox *sandbox = cx_sandbox_new(&(cx_sandbox_rules){.output = STDOUT_FILENO});
    assert_non_null(sandbox);
    int how = ends(sandbox, reads);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == DONE);
    cx_sandbox_free(sandbox);
    cx_sandbox_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(holds_the_worker_of_a_file),
                                       cmocka_unit_test(holds_the_worker_of_a_set),
                                       cmocka_unit_test(is_entered_in_any_build)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
