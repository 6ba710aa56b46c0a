/* The sandbox by a filter of system calls (sandbox.h; seccomp(2), libseccomp). The program of the
 * filter is made once, before any capture is met, and loaded by each process. */
#include "app/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct cx_sandbox {
    struct sock_fprog program; /* filter: owned */
};

bool cx_sandbox_is_there(void)
{
    return true;
}

/* What reading, memory, the clock and the end of a process take. */
static const int allowed[] = {SCMP_SYS(read),
                              SCMP_SYS(readv),
                              SCMP_SYS(pread64),
                              SCMP_SYS(lseek),
                              SCMP_SYS(close),
                              SCMP_SYS(fstat),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(brk),
                              SCMP_SYS(madvise),
                              SCMP_SYS(futex),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(time),
                              SCMP_SYS(getpid),
                              SCMP_SYS(gettid),
                              SCMP_SYS(sysinfo),
                              SCMP_SYS(sched_yield),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(rt_sigaction),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(poll),
                              SCMP_SYS(ppoll),
                              SCMP_SYS(mlock),
                              SCMP_SYS(munlock)};

/* Sets of files are opened one after the other, so their workers ask about names. */
static const int allowed_to_openers[] = {SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx),
                                         SCMP_SYS(readlink), SCMP_SYS(readlinkat)};

static int allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
    int failed = 0;
    for (size_t i = 0; i < n && !failed; i++)
        failed = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
    return failed;
}

/* Memory without a file behind it, never to be executed. */
static int allow_memory(scmp_filter_ctx ctx)
{
    const struct scmp_arg_cmp anonymous = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
    const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    int failed = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, anonymous, plain);
    return failed ? failed : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, plain);
}

/* Writing to one descriptor, and the state of open ones. What libc can do without is refused only:
 * abort, which may send no signal, then ends by a bad instruction. */
static int allow_descriptors(scmp_filter_ctx ctx, const cx_sandbox_rules *rules)
{
    const struct scmp_arg_cmp output = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)(unsigned)rules->output);
    const struct scmp_arg_cmp by_descriptor =
        SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH);
    int failed = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, output);
    if (!failed)
        failed = rules->opens ? seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 0)
                              : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                                                 by_descriptor);
    if (!failed) /* stdio asks whether a stream is a terminal */
        failed = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    if (!failed)
        failed = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 0);
    if (!failed) /* fdopen asks how a descriptor was opened */
        failed = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                                  SCMP_A1(SCMP_CMP_EQ, F_GETFL));
    return failed;
}

/* Reading alone: no file is made, emptied or written. */
static int allow_opening(scmp_filter_ctx ctx)
{
    const scmp_datum_t mask = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
    int failed = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, mask, O_RDONLY));
    if (!failed)
        failed = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, mask, O_RDONLY));
    return failed ? failed
                  : allow(ctx, allowed_to_openers,
                          sizeof allowed_to_openers / sizeof *allowed_to_openers);
}

/* The filter as the kernel takes it; libseccomp writes it to a file alone. */
static bool take_program(scmp_filter_ctx ctx, struct sock_fprog *ret)
{
    struct stat st;
    int fd = memfd_create("filter", MFD_CLOEXEC);
    bool good = fd >= 0 && seccomp_export_bpf(ctx, fd) == 0 && fstat(fd, &st) == 0 &&
                st.st_size > 0 && st.st_size / (off_t)sizeof *ret->filter <= BPF_MAXINSNS;
    ret->filter = good ? malloc((size_t)st.st_size) : NULL;
    if (ret->filter && pread(fd, ret->filter, (size_t)st.st_size, 0) == st.st_size) {
        ret->len = (unsigned short)((size_t)st.st_size / sizeof *ret->filter);
    } else {
        free(ret->filter);
        ret->filter = NULL;
    }
    if (fd >= 0)
        (void)close(fd);
    return ret->filter != NULL;
}

cx_sandbox *cx_sandbox_new(const cx_sandbox_rules *rules)
{
    cx_sandbox *s = calloc(1, sizeof *s);
    scmp_filter_ctx ctx = s ? seccomp_init(SCMP_ACT_KILL_PROCESS) : NULL;
    bool good = ctx && allow(ctx, allowed, sizeof allowed / sizeof *allowed) == 0 &&
                allow_memory(ctx) == 0 && allow_descriptors(ctx, rules) == 0 &&
                (!rules->opens || allow_opening(ctx) == 0) &&
                seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
                take_program(ctx, &s->program);
    if (ctx)
        seccomp_release(ctx);
    if (good)
        return s;
    cx_sandbox_free(s);
    return NULL;
}

void cx_sandbox_free(cx_sandbox *s)
{
    if (s)
        free(s->program.filter);
    free(s);
}

bool cx_sandbox_enter(const cx_sandbox *s)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &s->program) == 0;
}
