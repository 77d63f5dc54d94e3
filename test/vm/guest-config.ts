/** The config space that a guest of QEMU inside the host VM would read, written by that QEMU into files of the VM's. */
import type { HostVm } from './booted-vm.ts';
import { monitorLine } from './device-lines.ts';

/** Bus 1, device 0 and bus 0, device 1, from B0000000h on; how much of each is read, since each dword takes time. */
const DEVICE = { at: 0xb010_0000, size: 4096 } as const;
const PORT = { at: 0xb000_8000, size: 256 } as const;

/** Names of the files of one QEMU. */
export interface ConfigFiles {
  readonly device: string;
  readonly port: string;
}

export interface GuestConfig {
  /** 4096 bytes, read as the guest's processor reads them, before the guest has run. */
  readonly guest: Uint8Array;
  /** The first 256 of the root port above the device. */
  readonly port: Uint8Array;
}

let files = 0;

/** That no other QEMU writes. */
export function configFiles(): ConfigFiles {
  const path = `/run/guest-config-${files++}`;
  return { device: `${path}-device`, port: `${path}-port` };
}

const save = ({ at, size }: { readonly at: number; readonly size: number }, filename: string) => ({
  execute: 'pmemsave',
  arguments: { val: at, size, filename },
});

/**
 * What firmware does so that config space can be read: q35's PCIEXBAR (00:00.0, 60h) enabled at B0000000h, then the root port's
 * bus numbers (01.0, 18h). Bus 1 is one megabyte further.
 */
export function configConversation({ device, port }: ConfigFiles): string {
  const commands = [
    { execute: 'qmp_capabilities' },
    ...['o /w 0xcf8 0x80000060', 'o /w 0xcfc 0xb0000001', 'o /w 0xcf8 0x80000818', 'o /w 0xcfc 0x00010100'].map(monitorLine),
    ...[save(DEVICE, device), save(PORT, port), { execute: 'quit' }],
  ];
  return commands.map(command => `${JSON.stringify(command)}\n`).join('');
}

/** What QEMUs that ended well have written, in their order. Throws where one has not. */
export async function readConfigs(vm: HostVm, written: readonly ConfigFiles[]): Promise<GuestConfig[]> {
  if (written.length === 0) return [];
  const paths = written.flatMap(({ device, port }) => [device, port]);
  const { bytes, stderr } = await vm.run(['cat', ...paths]);
  const each = DEVICE.size + PORT.size;
  if (bytes.stdout.length !== written.length * each) {
    throw new Error(`QEMU wrote ${bytes.stdout.length} bytes of config spaces, wanted ${written.length * each}: ${stderr}`);
  }
  return written.map((_, index) => ({
    guest: Uint8Array.from(bytes.stdout.subarray(index * each, index * each + DEVICE.size)),
    port: Uint8Array.from(bytes.stdout.subarray(index * each + DEVICE.size, (index + 1) * each)),
  }));
}
