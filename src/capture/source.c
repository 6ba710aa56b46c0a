/* The source of packets (source.h): finds the reader by the first bytes, gathers batches, counts.
 */
#include "capture/source.h"

#include "capture/filter.h"
#include "capture/foreign.h"
#include "capture/inflate.h"
#include "capture/reader.h"
#include "capture/source_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const cx_reader *const readers[] = {
    &cx_reader_pcap_plain, &cx_reader_pcap, /* what the one before leaves */
    &cx_reader_pcapng,     &cx_reader_netmon, &cx_reader_snoop,
};

struct cx_source {
    cx_source_info info;
    FILE *stream;
    cx_input raw;        /* over stream */
    cx_inflate *inflate; /* over raw; NULL: it is not compressed */
    cx_input in;         /* what readers see: raw itself, moved here, or what is unpacked */
    const cx_reader *reader;
    void *state;
    cx_filter *filter; /* NULL: all packets are wanted */
    uint64_t no;
    uint16_t file_index;
    uint8_t *batch;  /* CX_MAX_PACKET bytes: the packets of a batch */
    cx_packet ahead; /* read and not yet given out: it did not fit into the last batch */
    bool has_ahead;
    cx_status ended;           /* not CX_OK: the reader has said its last word */
    int64_t first_ns, last_ns; /* of packets, whatever the filter wants */
    cx_set *set;               /* the packets come from there; NULL: from the reader */
};

/* What to say of an input that no reader knows. */
static cx_status refuse(cx_slice head, char why[256])
{
    const char *foreign = cx_foreign_format(head);
    if (foreign) {
        snprintf(why, 256, "%s", foreign);
        return CX_UNSUPPORTED;
    }
    if (head.len == 0) {
        snprintf(why, 256, "empty: 0 bytes");
        return CX_NOT_CAPTURE;
    }
    char hex[3 * 8 + 1] = "";
    for (size_t i = 0; i < head.len && i < 8; i++)
        snprintf(hex + 3 * i, 4, " %02x", head.p[i]);
    snprintf(why, 256, "no format begins with the bytes%s", hex);
    return CX_NOT_CAPTURE;
}

/* Puts the layer that unpacks between the stream and the reader, where one is needed. */
static cx_status open_input(cx_source *s, char why[256])
{
    const char *method = cx_inflate_method(&s->raw);
    if (!method) {
        s->in = s->raw;
        s->raw = (cx_input){.own = NULL};
        return CX_OK;
    }
    s->info.compression = method;
    cx_status status = cx_inflate_new(&s->raw, method, &s->inflate);
    if (status == CX_OK)
        status = cx_inflate_input(s->inflate, &s->in);
    const char *inside = status == CX_OK ? cx_inflate_method(&s->in) : NULL;
    if (inside) {
        snprintf(why, 256, "compressed by %s inside %s; unpack it: %s -dc IN > OUT", inside, method,
                 method);
        return CX_UNSUPPORTED;
    }
    return status;
}

static cx_status open_by_head(cx_source *s, char why[256])
{
    cx_slice head = cx_input_peek(&s->in, CX_HEAD);
    if (s->in.error && head.len == 0) {
        snprintf(why, 256, "%s", cx_input_error(&s->in));
        return s->in.error == ENOMEM ? CX_NO_MEMORY : s->in.trouble ? CX_NOT_CAPTURE : CX_IO;
    }
    for (size_t i = 0; i < sizeof readers / sizeof *readers && !s->reader; i++)
        if (readers[i]->knows(head))
            s->reader = readers[i];
    if (!s->reader)
        return refuse(head, why);
    s->info.format = s->reader->name;
    return s->reader->open(&s->in, &s->info, &s->state, why);
}

static cx_status open_reader(cx_source *s, char why[256])
{
    cx_status status = open_input(s, why);
    if (status != CX_OK)
        return status;
    bool tiny = cx_input_peek(&s->in, CX_HEAD).len < CX_HEAD;
    status = open_by_head(s, why);
    size_t len = strlen(why);
    /* why it is tiny; in a longer one damage may be known by now or not, as the bytes come in */
    if (status == CX_NOT_CAPTURE && tiny && s->in.trouble && strcmp(why, s->in.trouble) != 0)
        snprintf(why + len, 256 - len, " (%s)", s->in.trouble);
    return status;
}

/* The next packet of the reader; *p is its own. */
static cx_status read_packet(cx_source *s, cx_packet *p)
{
    p->no = 0;
    p->file = s->file_index;
    s->ended = s->reader->next(s->state, p);
    if (s->ended != CX_OK)
        return s->ended;
    if (p->no == 0)
        p->no = s->no + 1;
    if (s->no == 0)
        s->first_ns = p->ts_ns;
    s->no = p->no;
    if (p->ts_ns > s->last_ns)
        s->last_ns = p->ts_ns;
    if (p->wire_len < p->bytes.len)
        p->wire_len = (uint32_t)p->bytes.len;
    return CX_OK;
}

/* Reads one packet ahead, unless one is there. */
static cx_status read_ahead(cx_source *s)
{
    if (s->has_ahead || s->ended != CX_OK)
        return s->ended;
    s->has_ahead = read_packet(s, &s->ahead) == CX_OK;
    return s->ended;
}

cx_status cx_source_open(const char *path, uint16_t file_index, const char *filter, cx_source **ret,
                         char why[256])
{
    FILE *stream;
    if (strcmp(path, "-") == 0) {
        int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0); /* the source closes its stream */
        stream = fd < 0 ? NULL : fdopen(fd, "rb");
        if (fd >= 0 && !stream)
            (void)close(fd);
    } else {
        stream = fopen(path, "rbe");
    }
    if (!stream) {
        snprintf(why, 256, "%s", strerror(errno));
        return CX_IO;
    }
    return cx_source_open_stream(stream, path, file_index, filter, ret, why);
}

cx_status cx_source_open_stream(FILE *stream, const char *path, uint16_t file_index,
                                const char *filter, cx_source **ret, char why[256])
{
    why[0] = 0;
    cx_source *s = calloc(1, sizeof *s);
    if (!s) {
        (void)fclose(stream);
        snprintf(why, 256, "%s", cx_status_text(CX_NO_MEMORY));
        return CX_NO_MEMORY;
    }
    *s = (cx_source){.stream = stream,
                     .file_index = file_index,
                     .first_ns = INT64_MAX,
                     .last_ns = INT64_MIN,
                     .info = {.path = path, .first_ns = INT64_MAX, .last_ns = INT64_MIN}};
    cx_status status = cx_input_init(&s->raw, cx_input_fill_stream, stream);
    s->batch = malloc(CX_MAX_PACKET);
    if (status == CX_OK)
        status = s->batch ? open_reader(s, why) : CX_NO_MEMORY;
    if (status == CX_OK) {
        /* the first packet tells the link type, without which no filter compiles */
        status = read_ahead(s);
        if (status == CX_OK || status == CX_END)
            status = filter
                         ? cx_filter_new(filter, s->has_ahead ? s->ahead.link : 1, &s->filter, why)
                         : CX_OK;
    }
    if (status == CX_OK) {
        *ret = s;
        return CX_OK;
    }
    if (status == CX_NO_MEMORY)
        snprintf(why, 256, "%s", cx_status_text(status));
    cx_source_free(s);
    return status;
}

/* ---- Once more ---- */

typedef struct place { /* in a file that others read as well */
    int fd;
    off_t at;
} place;

static ssize_t read_place(void *self, char *to, size_t n)
{
    place *p = self;
    ssize_t got = pread(p->fd, to, n, p->at);
    p->at += got > 0 ? got : 0;
    return got;
}

static int close_place(void *self)
{
    free(self);
    return 0;
}

cx_status cx_source_again(const cx_source *s, cx_source **ret, char why[256])
{
    struct stat st;
    int fd = s->stream ? fileno(s->stream) : -1;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(why, 256, "it can be read once");
        return CX_UNSUPPORTED;
    }
    place *p = calloc(1, sizeof *p);
    if (p)
        p->fd = fd;
    const cookie_io_functions_t calls = {.read = read_place, .close = close_place};
    FILE *stream = p ? fopencookie(p, "rb", calls) : NULL;
    if (stream)
        return cx_source_open_stream(stream, s->info.path, s->file_index, NULL, ret, why);
    free(p);
    snprintf(why, 256, "%s", cx_status_text(CX_NO_MEMORY));
    return CX_NO_MEMORY;
}

void cx_source_note_link(cx_source_info *info, uint16_t link)
{
    for (uint32_t i = 0; i < info->n_links; i++)
        if (info->links[i] == link)
            return;
    if (info->n_links < sizeof info->links / sizeof *info->links)
        info->links[info->n_links++] = link;
}

static void count(cx_source_info *info, const cx_packet *p)
{
    info->packets++;
    info->bytes += p->bytes.len;
    if (p->bytes.len < p->wire_len) {
        info->snapped++;
        if (p->bytes.len > info->snapped_to)
            info->snapped_to = (uint32_t)p->bytes.len;
    }
    if (p->ts_ns < info->first_ns)
        info->first_ns = p->ts_ns;
    if (p->ts_ns > info->last_ns)
        info->last_ns = p->ts_ns;
    cx_source_note_link(info, p->link);
}

/* A batch of packets where they lie in the input's buffer: as many as are there. */
static cx_status next_in_place(cx_source *s, cx_packet out[CX_BATCH], size_t *ret_n)
{
    size_t n = 0;
    /* reading on would move the packets of this batch */
    while (n == 0 || (n < CX_BATCH && s->reader->is_there(s->state))) {
        if (s->has_ahead)
            out[n] = s->ahead;
        else if (s->ended != CX_OK || read_packet(s, &out[n]) != CX_OK)
            break;
        s->has_ahead = false;
        if (s->filter && !cx_filter_wants(s->filter, &out[n]))
            continue;
        count(&s->info, &out[n]);
        n++;
    }
    *ret_n = n;
    return n ? CX_OK : s->ended;
}

/* A batch of copies, for readers that have one packet at a time. */
static cx_status next_copies(cx_source *s, cx_packet out[CX_BATCH], size_t *ret_n)
{
    size_t n = 0, used = 0;
    cx_status status = CX_OK;
    for (;;) {
        if (n > 0 && !s->has_ahead && cx_input_idle(&s->in, 1))
            break; /* a live capture: what is there is not kept back for what may come */
        status = read_ahead(s);
        if (status != CX_OK)
            break;
        cx_packet *p = &s->ahead;
        if (s->filter && !cx_filter_wants(s->filter, p)) {
            s->has_ahead = false;
            continue;
        }
        if (n == CX_BATCH || (n > 0 && p->bytes.len > CX_MAX_PACKET - used))
            break; /* p stays in the reader's memory, which is left alone until the next call */
        out[n] = *p;
        s->has_ahead = false;
        count(&s->info, p);
        if (p->bytes.len > CX_MAX_PACKET) { /* alone in its batch, from the reader's memory */
            n++;
            break;
        }
        if (p->bytes.len)
            memcpy(s->batch + used, p->bytes.p, p->bytes.len);
        out[n].bytes.p = s->batch + used;
        used += p->bytes.len;
        n++;
    }
    *ret_n = n;
    return n ? CX_OK : status;
}

cx_status cx_source_next(cx_source *s, cx_packet out[CX_BATCH], size_t *ret_n)
{
    if (s->set)
        return cx_set_next(s->set, &s->info, out, ret_n);
    return s->reader->is_there ? next_in_place(s, out, ret_n) : next_copies(s, out, ret_n);
}

void cx_source_read_ahead(cx_source *s)
{
    struct stat st;
    int fd = s->stream ? fileno(s->stream) : -1;
    if (!s->reader || !s->reader->is_there || fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (at >= 0 && st.st_size - at >= CX_INPUT_BUFFER)
        cx_input_read_ahead(&s->in);
}

bool cx_source_may_wait(const cx_source *s)
{
    if (s->set || s->has_ahead || s->ended != CX_OK || !s->in.waits || s->in.end)
        return false;
    return !s->reader->is_there || !s->reader->is_there(s->state);
}

const cx_source_info *cx_source_info_of(const cx_source *s)
{
    return &s->info;
}

const cx_slice *cx_source_secrets(const cx_source *s, size_t *ret_n)
{
    *ret_n = s->info.n_secrets;
    return s->info.secrets;
}

const cx_files *cx_source_files(const cx_source *s)
{
    static const cx_files none = {NULL, 0};
    return s->set ? cx_set_files(s->set) : &none;
}

cx_status cx_source_over_set(cx_set *set, const cx_source_info *info, cx_source **ret)
{
    cx_source *s = calloc(1, sizeof *s);
    if (!s) {
        cx_set_free(set);
        return CX_NO_MEMORY;
    }
    s->set = set;
    s->info = *info;
    *ret = s;
    return CX_OK;
}

int64_t cx_source_first_ns(const cx_source *s)
{
    return s->first_ns;
}

int64_t cx_source_last_ns(const cx_source *s)
{
    return s->last_ns;
}

uint64_t cx_source_frames(const cx_source *s)
{
    return s->no;
}

void cx_source_set_file(cx_source *s, uint16_t file_index)
{
    s->file_index = s->ahead.file = file_index;
}

cx_status cx_source_move_secrets(cx_source *s, cx_source_info *to)
{
    for (size_t i = 0; i < s->info.n_secrets; i++)
        if (cx_source_secret(to, s->info.secrets[i]) != CX_OK)
            return CX_NO_MEMORY;
    cx_source_forget_secrets(&s->info);
    return CX_OK;
}

void cx_source_free(cx_source *s)
{
    if (!s)
        return;
    if (s->state)
        s->reader->close(s->state);
    cx_filter_free(s->filter);
    cx_input_free(&s->in);
    cx_inflate_free(s->inflate);
    cx_input_free(&s->raw);
    if (s->stream)
        (void)fclose(s->stream); /* read only: nothing can be lost */
    cx_set_free(s->set);
    cx_source_forget_secrets(&s->info);
    free(s->batch);
    free(s);
}
