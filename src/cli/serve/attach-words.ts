/** The command-line words that attach a VMM to a socket. */
import { qemuTarget } from '../../pure/qemu/index.ts';
import { shorten } from '../../pure/text/shorten.ts';

/** A word of a shell's command line, quoted where it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export interface QemuWords {
  /** Whether a real device stands behind the socket. */
  readonly isPinned?: boolean;
  readonly memory?: string;
  /** `uname -m` of the host; null or left out where it is not known. */
  readonly architecture?: string | null;
}

/** What of QEMU's command line differs between architectures. */
interface MachineWords {
  /** The program's name. */
  readonly program: string;
  /** The value of -machine before its other options. */
  readonly machine: string;
  /** The driver of a port with an express bus. */
  readonly port: string;
  /** What is to be said before the words; empty where nothing is. */
  readonly note: string;
}

/**
 * Arm's virt takes the newest interrupt controller that there is: the default may be one that has few message interrupts. The words for
 * other architectures were never tried, and what stands for their machine type is no word of QEMU's.
 */
const MACHINES = { q35: 'q35', virt: 'virt,gic-version=max' } as const;

/** For guests of a host of `architecture` (`uname -m`); those of x86 where it is not known. */
export function machineWords(architecture: string | null): MachineWords {
  const target = qemuTarget(architecture ?? 'x86_64');
  if (target !== null && target.machine !== null) {
    return { program: target.program, machine: MACHINES[target.machine], port: 'pcie-root-port', note: '' };
  }
  const note = `for ${shorten(architecture ?? '')}, not tried: with its machine type and its PCI Express port in place of TYPE and PORT`;
  return { program: target?.program ?? 'qemu-system-ARCHITECTURE', machine: 'TYPE', port: 'PORT', note };
}

/** Words up to this long have the port beside them on one line. */
const MOST_BESIDE = 36;

/**
 * QEMU 10.1 and newer: shared memory of the guest's size, so that DMA reaches it, and the device. QEMU's vfio-user-pci is built on its
 * vfio-pci, so extended capabilities need an express bus: a root port. Lines of a shell, which may be indented.
 *
 * With a real device QEMU waits for one reply until all guest memory is pinned, which may take longer than its default of 5 s.
 */
export function qemuArguments(socket: string, { isPinned = false, memory = '2G', architecture = null }: QemuWords = {}): readonly string[] {
  const { machine, port } = machineWords(architecture);
  const patience = isPinned ? '"x-msg-timeout":60000,' : '';
  // JSON allows white space between its parts, so the two lines stay one word.
  const device = `{"driver":"vfio-user-pci","bus":"rp1",${patience}\n"socket":${JSON.stringify({ type: 'unix', path: socket })}}`;
  const [machineLine, portLine] = [`-machine ${machine},memory-backend=mem`, `-device ${port},id=rp1 \\`] as const;
  return [
    `-m ${memory} -object memory-backend-memfd,id=mem,size=${memory},share=on \\`,
    ...(machineLine.length < MOST_BESIDE ? [`${machineLine} ${portLine}`] : [`${machineLine} \\`, portLine]),
    ...`-device ${shellWord(device)}`.split('\n'),
  ];
}

/** Cloud Hypervisor; lines as above. */
export function cloudHypervisorArguments(socket: string): readonly string[] {
  return [`--memory size=2G,shared=on --user-device ${shellWord(`socket=${socket}`)}`];
}
