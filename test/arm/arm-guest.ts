/** Guests inside the Arm host: QEMU's `virt` under KVM, the host's kernel, and a root of one program with many names. */
import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type InnerGuest, RunningGuest, START, wires } from '../passthrough/inner-guest.ts';
import { deviceObject, type InnerDevice, slotOf } from '../passthrough/inner-guest-command.ts';
import { CHARACTER_DEVICE, DIRECTORY, type Entry, keptArchive, PROGRAM, symlink } from '../passthrough/inner-initramfs.ts';
import type { HostVm } from '../vm/booted-vm.ts';
import { agentPort } from '../vm/protocol.ts';
import { armBed, armKernel, armProgram } from './bed.ts';

const MEMORY = '512M';
const START_SECONDS = 400;
/** Where the host has them. */
const [KERNEL, INITRAMFS] = ['/run/inner-kernel', '/run/inner-initramfs'];
/** Beside what the shell has itself. */
const NAMES = 'sh basename cat cp cut dd grep head ln ls mkdir od readlink rm sed sleep tail tr wc';
const passthrough = resolve(import.meta.dirname, '../passthrough');

function ownProgram(name: string): Entry {
  return { path: `usr/bin/${name}`, mode: PROGRAM, data: readFileSync(armProgram(join(passthrough, `${name}.c`))) };
}

/** The path of the guest's root on this machine. */
function armInitramfs(): string {
  const { folder } = armBed();
  return keptArchive(folder, [
    ...['dev', 'usr', 'usr/bin'].map(path => ({ path, mode: DIRECTORY })),
    symlink('bin', 'usr/bin'),
    { path: 'usr/bin/busybox', mode: PROGRAM, data: readFileSync(join(folder, 'busybox')) },
    ...NAMES.split(' ').map(name => symlink(`usr/bin/${name}`, 'busybox')),
    { path: 'dev/console', mode: CHARACTER_DEVICE, device: [5, 1] },
    ownProgram('inner-tools'),
    ownProgram('inner-agent'),
    { path: 'init', mode: PROGRAM, data: readFileSync(join(passthrough, 'inner-init')) },
  ]);
}

/** What every guest has beside its machine and its devices: a kernel with its root, an agent on a port, sockets. */
const OWN_WORDS = [
  ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
  ...['-kernel', KERNEL, '-initrd', INITRAMFS, '-append', 'console=ttyAMA0 quiet panic=-1'],
  ...['-device', 'virtio-serial-pci,addr=2.0,max_ports=2,disable-legacy=on', '-device', `virtserialport,chardev=agent,name=${agentPort}`],
  ...wires,
];

/** The machine, and devices at root ports, from the first on. */
function machineWords(devices: Readonly<Record<string, InnerDevice>>): string[] {
  const slots = Object.entries(devices).map(([name, device], index) => {
    const port = `pcie-root-port,id=port-${index},bus=pcie.0,addr=${slotOf(index)}.0,chassis=${index + 1},slot=${index + 1}`;
    return ['-device', port, '-device', JSON.stringify(deviceObject(name, device, index))];
  });
  return [
    ...['-machine', 'virt,gic-version=3,memory-backend=memory', '-accel', 'kvm', '-cpu', 'host', '-m', MEMORY],
    ...['-object', `memory-backend-memfd,id=memory,size=${MEMORY},share=on`],
    ...slots.flat(),
  ];
}

/**
 * Starts the QEMU that the words make of `OWN_WORDS`, and waits until the guest's agent answers and its drivers have the devices at the root
 * ports of `armGuest`, which are named.
 */
async function start(vm: HostVm, words: (own: readonly string[]) => readonly string[], names: readonly string[]): Promise<InnerGuest> {
  await vm.copyIn(armProgram(join(passthrough, 'inner-agent.c')), '/usr/local/bin/inner-agent');
  await vm.copyIn(realpathSync(armKernel()), KERNEL);
  await vm.copyIn(armInitramfs(), INITRAMFS);
  const folder = '/run/inner';
  const pid = Number(await vm.output(['sh', '-c', START, 'sh', folder, ...words(OWN_WORDS)], { timeoutSeconds: START_SECONDS }));
  const guest = new RunningGuest({ vm, folder, pid, ports: [...names], hasIommufd: false });
  try {
    await guest.output('true', { timeoutSeconds: START_SECONDS });
    for (const name of names) await guest.taken(name);
    return guest;
  } catch (error) {
    await guest.close();
    throw error;
  }
}

/**
 * Boots a guest with devices, which are the host's.
 *
 * @throws InnerGuestError where the guest does not come to life, with QEMU's words where a device does not realize.
 */
export function armGuest(vm: HostVm, devices: Readonly<Record<string, InnerDevice>>): Promise<InnerGuest> {
  return start(vm, own => ['qemu-system-aarch64', ...machineWords(devices), ...own], Object.keys(devices));
}

/** Boots the guest of a line of sh that runs QEMU, in which `…` stands for the words that every guest needs. */
export function typedGuest(vm: HostVm, line: string): Promise<InnerGuest> {
  return start(vm, own => ['sh', '-c', `exec ${line.replace('…', own.map(word => `'${word}'`).join(' '))}`], []);
}
