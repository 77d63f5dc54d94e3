/*
 * A device behind libvfio-user, for tests of our client: `peer-server SOCKET`.
 * BAR 0 has registers that make the device act; BAR 1 is a file of which the first and the third page may be mapped; the
 * state that migrates is 100 bytes.
 */
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libvfio-user.h"

#define BAR1_SIZE 0x4000
#define STATE_SIZE 100

enum action { BY_MESSAGE = 1, MAPPED = 2, INTERRUPT = 3 };

/* Each action copies 8 bytes of guest memory from `from` to `to`, or raises the interrupt; `error` is its errno. */
static struct {
    uint64_t from;
    uint64_t to;
    uint32_t action;
    uint32_t error;
} registers;

static char state[STATE_SIZE];
static size_t moved;

static void log_line(vfu_ctx_t *ctx, int level, const char *text)
{
    (void)ctx;
    (void)level;
    fprintf(stderr, "%s\n", text);
}

static int move(vfu_ctx_t *ctx, uint64_t address, char *bytes, int prot)
{
    dma_sg_t *sg = alloca(dma_sg_size());
    struct iovec part;

    if (vfu_addr_to_sgl(ctx, (vfu_dma_addr_t)(uintptr_t)address, 8, sg, 1, prot) < 0)
        return -1;
    if (registers.action == BY_MESSAGE) {
        if (prot == PROT_READ)
            return vfu_sgl_read(ctx, sg, 1, bytes, 0);
        return vfu_sgl_write(ctx, sg, 1, bytes, 0);
    }
    if (vfu_sgl_get(ctx, sg, &part, 1, 0) < 0)
        return -1;
    if (prot == PROT_READ)
        memcpy(bytes, part.iov_base, 8);
    else
        memcpy(part.iov_base, bytes, 8);
    vfu_sgl_put(ctx, sg, &part, 1);
    return 0;
}

static void act(vfu_ctx_t *ctx)
{
    char bytes[8];
    int result;

    if (registers.action == INTERRUPT) {
        result = vfu_irq_trigger(ctx, 0);
    } else {
        result = move(ctx, registers.from, bytes, PROT_READ);
        if (result == 0)
            result = move(ctx, registers.to, bytes, PROT_WRITE);
    }
    registers.error = result == 0 ? 0 : (uint32_t)errno;
}

static ssize_t access_registers(vfu_ctx_t *ctx, char *bytes, size_t count, loff_t offset, bool is_write)
{
    if (offset + count > sizeof registers) {
        memset(bytes, 0, is_write ? 0 : count);
        return (ssize_t)count;
    }
    if (!is_write) {
        memcpy(bytes, (char *)&registers + offset, count);
        return (ssize_t)count;
    }
    memcpy((char *)&registers + offset, bytes, count);
    if (offset <= 16 && offset + count > 16)
        act(ctx);
    return (ssize_t)count;
}

static char *shared;

static ssize_t access_shared(vfu_ctx_t *ctx, char *bytes, size_t count, loff_t offset, bool is_write)
{
    (void)ctx;
    if (is_write)
        memcpy(shared + offset, bytes, count);
    else
        memcpy(bytes, shared + offset, count);
    return (ssize_t)count;
}

static int on_reset(vfu_ctx_t *ctx, vfu_reset_type_t type)
{
    (void)ctx;
    (void)type;
    memset(&registers, 0, sizeof registers);
    return 0;
}

static int on_transition(vfu_ctx_t *ctx, vfu_migr_state_t next)
{
    (void)ctx;
    (void)next;
    moved = 0;
    return 0;
}

static ssize_t read_state(vfu_ctx_t *ctx, void *bytes, uint64_t count)
{
    (void)ctx;
    size_t left = STATE_SIZE - moved;
    size_t part = count < left ? count : left;

    memcpy(bytes, state + moved, part);
    moved += part;
    return (ssize_t)part;
}

static ssize_t write_state(vfu_ctx_t *ctx, void *bytes, uint64_t count)
{
    (void)ctx;
    size_t left = STATE_SIZE - moved;
    size_t part = count < left ? count : left;

    memcpy(state + moved, bytes, part);
    moved += part;
    return (ssize_t)part;
}

static void on_memory(vfu_ctx_t *ctx, vfu_dma_info_t *info)
{
    (void)ctx;
    (void)info;
}

static void must(int result, const char *what)
{
    if (result < 0)
        err(1, "%s", what);
}

static void set_up(vfu_ctx_t *ctx)
{
    static struct iovec areas[] = { { (void *)0, 0x1000 }, { (void *)0x2000, 0x1000 } };
    static const vfu_migration_callbacks_t migration = {
        .version = VFU_MIGR_CALLBACKS_VERS,
        .transition = on_transition,
        .read_data = read_state,
        .write_data = write_state,
    };
    int file = memfd_create("BAR 1", 0);

    must(ftruncate(file, BAR1_SIZE), "ftruncate");
    shared = mmap(NULL, BAR1_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED)
        err(1, "mmap");
    for (int i = 0; i < STATE_SIZE; i++)
        state[i] = (char)i;
    must(vfu_pci_init(ctx, VFU_PCI_TYPE_CONVENTIONAL, PCI_HEADER_TYPE_NORMAL, 0), "vfu_pci_init");
    vfu_pci_set_id(ctx, 0x1234, 0xa0e0, 0x1234, 0xa0e1);
    must(vfu_setup_region(ctx, VFU_PCI_DEV_BAR0_REGION_IDX, 0x1000, access_registers, VFU_REGION_FLAG_RW | VFU_REGION_FLAG_MEM,
                          NULL, 0, -1, 0), "BAR 0");
    must(vfu_setup_region(ctx, VFU_PCI_DEV_BAR1_REGION_IDX, BAR1_SIZE, access_shared, VFU_REGION_FLAG_RW | VFU_REGION_FLAG_MEM,
                          areas, 2, file, 0), "BAR 1");
    must(vfu_setup_device_nr_irqs(ctx, VFU_DEV_INTX_IRQ, 1), "interrupts");
    must(vfu_setup_device_reset_cb(ctx, on_reset), "reset");
    must(vfu_setup_device_dma(ctx, LIBVFIO_USER_MAX_DMA_REGIONS, on_memory, on_memory), "DMA");
    must(vfu_setup_device_migration_callbacks(ctx, &migration), "migration");
    must(vfu_realize_ctx(ctx), "vfu_realize_ctx");
}

int main(int argc, char **argv)
{
    vfu_ctx_t *ctx;

    if (argc != 2)
        errx(2, "usage: %s SOCKET", argv[0]);
    ctx = vfu_create_ctx(VFU_TRANS_SOCK, argv[1], 0, NULL, VFU_DEV_TYPE_PCI);
    if (ctx == NULL)
        err(1, "vfu_create_ctx");
    vfu_setup_log(ctx, log_line, 3);
    set_up(ctx);
    for (;;) {
        must(vfu_attach_ctx(ctx), "vfu_attach_ctx");
        /* A message that the library takes for none leaves the connection as it is; a program can only end. */
        while (vfu_run_ctx(ctx) >= 0)
            ;
        if (errno != ENOTCONN)
            err(3, "vfu_run_ctx");
    }
}
