/* Asks for a passphrase (passphrase.h). */
#include "app/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct cx_passphrase {
    int fd;
    const char *path;
    bool asked;
    int len; /* -1: there is none */
    char text[256];
};

cx_passphrase *cx_passphrase_new(cx_tls_vault *vault, int fd)
{
    cx_passphrase *p = cx_tls_vault_take(vault, sizeof *p);
    if (p) {
        p->fd = fd;
        p->len = -1;
    }
    return p;
}

void cx_passphrase_for(cx_passphrase *p, const char *path)
{
    p->path = path;
}

bool cx_passphrase_given(const cx_passphrase *p)
{
    return p->len >= 0;
}

/* A line, without its end, byte by byte: what follows is not ours to read. -1: none, or too long.
 */
static int read_line(int fd, char *to, size_t room)
{
    size_t n = 0;
    for (;;) {
        char c;
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || (got == 0 && n == 0))
            return -1;
        if (got == 0 || c == '\n')
            break;
        if (n == room)
            return -1;
        to[n++] = c;
    }
    if (n && to[n - 1] == '\r')
        n--;
    return (int)n;
}

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        return; /* a terminal that is gone gives no passphrase either */
}

static int ask_terminal(const char *path, char *to, size_t room)
{
    struct termios shown, hidden;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), n = -1;
    if (fd < 0)
        return -1;
    if (tcgetattr(fd, &shown) == 0) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        if (tcsetattr(fd, TCSAFLUSH, &hidden) == 0) {
            put(fd, "Passphrase of ");
            put(fd, path);
            put(fd, ": ");
            n = read_line(fd, to, room);
            put(fd, "\n");
            (void)tcsetattr(fd, TCSAFLUSH, &shown);
        }
    }
    (void)close(fd);
    return n;
}

int cx_passphrase_ask(void *self, char *to, size_t room)
{
    cx_passphrase *p = self;
    if (!p->asked)
        p->len = p->fd >= 0 ? read_line(p->fd, p->text, sizeof p->text)
                            : ask_terminal(p->path, p->text, sizeof p->text);
    p->asked = true;
    if (p->len < 0 || (size_t)p->len > room)
        return -1;
    memcpy(to, p->text, (size_t)p->len);
    return p->len;
}
