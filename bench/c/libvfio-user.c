/* libvfio-user PATH: a device by libvfio-user whose config space its library answers; it waits in the kernel, as its own samples do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <libvfio-user.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    vfu_ctx_t *ctx = vfu_create_ctx(VFU_TRANS_SOCK, argv[1], 0, NULL, VFU_DEV_TYPE_PCI);
    if (ctx == NULL || vfu_pci_init(ctx, VFU_PCI_TYPE_EXPRESS, 0, 0) < 0 || vfu_realize_ctx(ctx) < 0)
        return fail(argv[1]);
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (vfu_attach_ctx(ctx) < 0 && errno != EINTR)
            return fail("vfu_attach_ctx");
        /* It returns when the client is gone. */
        vfu_run_ctx(ctx);
    }
}
