/** Options of machine types, good and bad: a plan says of each what QEMU says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_HOST_FACTS } from '../../../src/pure/facts/index.ts';
import { Planner } from '../../../src/pure/plan/index.ts';
import { definitionOf } from './qemu-places.ts';
import { runQemu, skipWithoutQemu } from './run-qemu.ts';

const X86 = 'qemu-system-x86_64';
const ARM = 'qemu-system-aarch64';

const OPTIONS: readonly (readonly [program: string, machine: string])[] = [
  ...['nosuch=1', 'nosuch.part=1', 'Smm=off', 'pcie_aspm=1', 'ram-size=1', 'gic-version=3', 'spcr=off', 'wdat=on', 'igd_passthru=on'],
  ...['smm=maybe', 'smm=ON', 'smm=auto', 'hpet=1', 'hpet=yes', 'hpet=', 'usb=no', 'kernel_irqchip=split', 'kvm-shadow-mem=1'],
  ...['max-ram-below-4g=zz', 'max-ram-below-4g=2G', 'max-fw-size=-1', 'smp.cpus=2', 'mem_merge=off', 'x-oem-id=ABC', 'vmport=off,vmport=5'],
].map(options => [X86, `q35,${options}`] as const);

const OTHERS: typeof OPTIONS = [
  ...['pc,wdat=on', 'pc,x-south-bridge=PIIX3', 'pc-i440fx-8.0,nosuch=1', 'pc-q35-6.2,smm=1'].map(machine => [X86, machine] as const),
  ...['hpet=on', 'its=maybe', 'ras=off', 'compact_highmem=off', 'virtio-mmio-transports=zz', 'virtio-mmio-transports=300', 'smm=on'].map(
    options => [ARM, `virt,${options}`] as const,
  ),
];

for (const [program, machine] of [...OPTIONS, ...OTHERS]) {
  test(`plan says of -M ${machine} what QEMU says`, { skip: skipWithoutQemu }, () => {
    const words = ['-nodefaults', '-M', machine];
    const { status, lines } = runQemu(program, words);
    const host = { name: 'host', facts: NO_HOST_FACTS, devices: [], isWhole: false };
    const [plan] = new Planner([host]).plan(definitionOf(program, words)).hosts;
    assert.deepEqual([plan?.outcome, plan?.stopsWith?.message], status === 0 ? ['fits', undefined] : ['fails', lines.join('\n')]);
  });
}
