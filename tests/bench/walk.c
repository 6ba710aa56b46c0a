/* The least that a reader of captures does: libpcap from the first record to the last, with a
 * buffer of 1 MiB. usage: walk CAPTURE; prints the packets and bytes. */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE] = "cannot be opened";
    static char buffer[1048576];
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    uint64_t packets = 0, total = 0;
    FILE *stream = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (stream)
        (void)setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    pcap_t *p = stream ? pcap_fopen_offline(stream, error) : NULL;
    if (!p) {
        (void)fprintf(stderr, "walk: %s\n", error);
        return 1;
    }
    while (pcap_next_ex(p, &h, &bytes) == 1) {
        packets++;
        total += h->caplen;
    }
    (void)printf("%" PRIu64 " packets, %" PRIu64 " bytes\n", packets, total);
    pcap_close(p);
    return 0;
}
