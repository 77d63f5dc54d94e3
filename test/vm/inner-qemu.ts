/** QEMU inside the host VM with one of its devices assigned: how it ends, what it says, and the config space that its guest would read. */
import type { HostVm } from './host-vm.ts';

export interface InnerProgram {
  readonly path: string;
  readonly argv: readonly string[];
  /** `NAME=VALUE` each. */
  readonly environment: readonly string[];
  /** One under which no processor runs before `cont`. */
  readonly accelerator: string;
}

export interface InnerQemuOptions {
  /** The device's address in the host VM; vfio-pci has it. */
  readonly address: string;
  readonly machine: string;
  readonly backend: 'iommufd' | 'legacy';
  /** Which QEMU of the VM's: its program, what must stand before all other arguments, and its environment. Default: the installed one. */
  readonly program?: InnerProgram;
  /** Default `vfio-pci`. */
  readonly driver?: 'vfio-pci' | 'vfio-pci-nohotplug';
  /** More properties of the device, as in `ats=on`. */
  readonly properties?: readonly string[];
}

export interface InnerQemuResult {
  /** 1 where the device did not realize. */
  readonly code: number;
  /** What QEMU said of the device: stderr's lines without `qemu-system-x86_64: -device OPTIONS: `. */
  readonly messages: readonly string[];
  /** The lines of stderr that do not begin so. */
  readonly others: readonly string[];
  /** 4096 bytes, read as the guest's processor reads them, before the guest has run; null where QEMU did not start. */
  readonly guest: Uint8Array | null;
  /** The first 256 of the root port above the device. */
  readonly port: Uint8Array | null;
}

const NAME = 'qemu-system-x86_64';
export const INSTALLED: InnerProgram = { path: NAME, argv: [], environment: [], accelerator: 'qtest' };
/** Bus 1, device 0 and bus 0, device 1 from B0000000h on, in pages of 4096 bytes; how much of each is read, since each word takes time. */
const DEVICE = { page: 'b0100', size: 4096 } as const;
const PORT = { page: 'b0008', size: 256 } as const;

/** QMP for QEMU's human monitor. */
function monitor(line: string): string {
  return JSON.stringify({ execute: 'human-monitor-command', arguments: { 'command-line': line } });
}

/**
 * What firmware does so that config space can be read: q35's PCIEXBAR (00:00.0, 60h) enabled at B0000000h, then the root port's
 * bus numbers (01.0, 18h). Bus 1 is one megabyte further.
 */
export const configConversation = [
  JSON.stringify({ execute: 'qmp_capabilities' }),
  ...['o /w 0xcf8 0x80000060', 'o /w 0xcfc 0xb0000001', 'o /w 0xcf8 0x80000818', 'o /w 0xcfc 0x00010100'].map(monitor),
  ...[DEVICE, PORT].map(({ page, size }) => monitor(`xp /${size / 4}xw 0x${page}000`)),
  `${JSON.stringify({ execute: 'quit' })}\n`,
].join('\n');

/** The bytes in `b0100010: 0x00000000 0x0000000c …`; null where there are fewer than were asked for. */
export function decodeConfig(stdout: string, { page, size }: { readonly page: string; readonly size: number } = DEVICE): Uint8Array | null {
  const bytes = new DataView(new ArrayBuffer(size));
  let count = 0;
  for (const [, at, words] of stdout.matchAll(new RegExp(`${page}([0-9a-f]{3}):((?: 0x[0-9a-f]{8})+)`, 'g'))) {
    for (const [index, word] of (words ?? '').trim().split(' ').entries()) {
      bytes.setUint32(Number.parseInt(at ?? '', 16) + 4 * index, Number(word), true);
      count += 4;
    }
  }
  return count === size ? new Uint8Array(bytes.buffer) : null;
}

/** Starts QEMU with the device behind a root port and the guest stopped at reset, reads, and ends it. */
export async function runInnerQemu(vm: HostVm, options: InnerQemuOptions): Promise<InnerQemuResult> {
  const { address, machine, backend, program = INSTALLED, driver = 'vfio-pci', properties = [] } = options;
  const device = [`${driver},host=${address}`, 'bus=rp', ...(backend === 'iommufd' ? ['iommufd=iommufd'] : []), ...properties].join(',');
  const { stdout, stderr, code } = await vm.run(
    [
      ...[
        'env',
        ...program.environment,
        program.path,
        ...program.argv,
        '-nodefaults',
        '-no-user-config',
        '-display',
        'none',
        '-qmp',
        'stdio',
      ],
      // No processor runs: the guest is as reset left it.
      ...['-machine', machine, '-m', '16M', '-accel', program.accelerator, '-S'],
      ...(backend === 'iommufd' ? ['-object', 'iommufd,id=iommufd'] : []),
      ...['-device', 'pcie-root-port,id=rp,bus=pcie.0,addr=1.0', '-device', device],
    ],
    { stdin: configConversation, timeoutSeconds: 120 },
  );
  const prefix = `${NAME}: -device ${device}: `;
  const lines = stderr.split('\n').filter(line => line !== '');
  return {
    code,
    messages: lines.filter(line => line.startsWith(prefix)).map(line => line.slice(prefix.length)),
    others: lines.filter(line => !line.startsWith(prefix)),
    guest: decodeConfig(stdout),
    port: decodeConfig(stdout, PORT),
  };
}
