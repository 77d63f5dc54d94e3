/** What goes past QEMU under KVM, for a disk by QEMU's own vfio-pci and for its twin through Airlock, in one guest: interrupts, registers. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed, staticProgram } from '../vm/bed.ts';
import { nullDisk } from '../vm/devices.ts';
import type { HostVm } from '../vm/host-vm.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import { runFor } from '../vm/run-for.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { guestDisk } from './guest-disk.ts';
import { type InnerDevice, type InnerGuest, innerGuest } from './inner-guest.ts';
import { kvmHost } from './kvm-host.ts';
import { kvmCounters, messagesOf, type Serving, serveHost } from './served-host.ts';

/**
 * QEMU's own vfio-pci and Airlock. A vfio-pci that was told to deliver its interrupts itself (`x-no-kvm-msix`) got none in the same time,
 * seen by hand: a guest that waits so long for its disk does not always live through it under a KVM that TCG emulates.
 */
const KINDS = ['vfio-pci', 'airlock'] as const;
type Kind = (typeof KINDS)[number];
/** Many more than come by themselves while nobody delivers them: of a disk whose interrupt is lost, the driver waits 30 s. */
const ENOUGH = 200;
const WATCH_SECONDS = 20;
const timeoutSeconds = 300;

describe('under KVM', { skip: missingBed() }, () => {
  let vm: HostVm;
  let serving: Serving;
  let at: Readonly<Record<Kind, string>>;

  before(async () => {
    vm = await kvmHost({ iommu: 'intel', devices: KINDS.map(nullDisk), package: packedAirlock() });
    await vm.copyIn(staticProgram(join(import.meta.dirname, 'hold-thread.c')), '/usr/local/bin/hold-thread');
    at = { 'vfio-pci': await vm.address('vfio-pci'), airlock: await vm.address('airlock') };
    for (const kind of KINDS) await bindToVfio(vm, at[kind]);
    serving = await serveHost(vm, [at.airlock], []);
  });
  after(async () => {
    await vm?.close();
  });

  const disk = (kind: Kind): InnerDevice =>
    kind === 'airlock'
      ? { kind: 'vfio-user', socket: serving.socket(at.airlock), properties: { 'x-msg-timeout': 120_000 } }
      : { kind: 'vfio-pci', address: at[kind], backend: 'iommufd' };
  const disks = (kinds: readonly Kind[]) => Object.fromEntries(kinds.map(kind => [kind, disk(kind)]));

  /**
   * Lets the guest read blocks while the main thread of its QEMU stands still; how many interrupts of the disk came to the host in that
   * time, which ends with `ENOUGH` of them or after `WATCH_SECONDS`. The guest gets the next one when it has seen the last.
   */
  async function interruptsWithoutQemu(guest: InnerGuest, kind: Kind): Promise<number> {
    const reading = guest.output(`inner-tools blocks ${await guestDisk(guest, kind)} 2000 4096 read 1`, { timeoutSeconds });
    const count = `grep -F '(${at[kind]})' /proc/interrupts | awk '{ sum += $2 + $3 } END { print sum + 0 }'`;
    // The reading has begun.
    await vm.output(`first=$(${count}); until [ $(${count}) -ge $((first + 20)) ]; do sleep 0.1; done`, { timeoutSeconds });
    const watch = `came=0 first=$(${count}); until [ $came -ge ${ENOUGH} ]; do sleep 0.5; came=$(($(${count}) - first)); echo $came; done`;
    const { stdout, stderr } = await runFor(vm, WATCH_SECONDS, ['hold-thread', `${guest.pid}`, 'sh', '-c', watch]);
    assert.notEqual(stdout, '', stderr);
    assert.equal(JSON.parse(await reading).count, 2000);
    return Number(stdout.trim().split('\n').at(-1));
  }

  describe('with MSI-X', () => {
    let guest: InnerGuest;

    before(async () => {
      guest = await innerGuest(vm, { devices: disks(KINDS) });
    });
    after(() => guest?.close());

    for (const kind of KINDS) {
      it(`${kind}: interrupts reach the guest while the main loop of QEMU stands still`, async () => {
        const came = await interruptsWithoutQemu(guest, kind);
        assert.ok(came >= ENOUGH, `${came} interrupts`);
      });

      it(`${kind}: no I/O makes QEMU do anything for the guest: neither a register nor an interrupt`, async () => {
        const disk = await guestDisk(guest, kind);
        const exitsOf = async (count: number): Promise<number> => {
          const before = await kvmCounters(vm, guest.pid);
          await guest.output(`inner-tools blocks ${disk} ${count} 4096 read 1`, { timeoutSeconds });
          const { mmio_exits, io_exits } = await kvmCounters(vm, guest.pid);
          return mmio_exits + io_exits - before.mmio_exits - before.io_exits;
        };
        await exitsOf(100);
        const few = await exitsOf(100);
        const many = await exitsOf(1100);
        assert.ok(many - few < 100, `1,100 reads make ${many} exits to QEMU, 100 make ${few}`);
      });
    }

    it('the processor leaves the guest at each interrupt that KVM injects, as exit-after-interrupt.c is to see to', async () => {
      const disk = await guestDisk(guest, 'vfio-pci');
      const before = await kvmCounters(vm, guest.pid);
      await guest.output(`inner-tools blocks ${disk} 1000 4096 read 1`, { timeoutSeconds });
      const after = await kvmCounters(vm, guest.pid);
      const injected = after.irq_injections - before.irq_injections;
      const left = after.irq_exits - before.irq_exits;
      assert.ok(injected >= 1000 && left >= injected - 50, `${left} exits at ${injected} interrupts`);
    });

    it('QEMU asks Airlock to signal its own eventfds, and asks for no eventfds of registers', async () => {
      const messages = messagesOf(await serving.ctl('counters', at.airlock));
      assert.ok((messages.DEVICE_SET_IRQS ?? 0) > 0, JSON.stringify(messages));
      assert.equal(messages.DEVICE_GET_REGION_IO_FDS ?? 0, 0);
    });
  });

  it('airlock, INTx: the line is raised, lowered and unmasked while the main loop of QEMU stands still', async () => {
    await using guest = await innerGuest(vm, { devices: disks(['airlock']), kernelArguments: ['pci=nomsi'] });
    const came = await interruptsWithoutQemu(guest, 'airlock');
    assert.ok(came >= ENOUGH, `${came} interrupts`);
  });
});
