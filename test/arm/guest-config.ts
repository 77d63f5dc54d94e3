/** QEMU inside the Arm host with a device behind a root port: how it ends, and the config space that its guest would read. */
import type { HostVm } from '../vm/booted-vm.ts';

export interface GuestConfigRun {
  readonly address: string;
  /** QEMU's words for `-machine`. */
  readonly machine: string;
  /** More properties of the device, as in `ats=on`. */
  readonly properties: readonly string[];
}

export interface GuestConfigResult {
  /** 4096 bytes, read as the guest's processor reads them, before the guest has run; null where QEMU did not start. */
  readonly guest: Uint8Array | null;
  /** What QEMU said of the device: stderr's lines without `qemu-system-aarch64: -device OPTIONS: `. */
  readonly messages: readonly string[];
}

const CONFIG_SIZE = 4096;
/** Bytes 18h to 1Bh of 00:01.0 in the config space of `virt`, which begins at 4010000000h, and the place of 01:00.0. */
const [BUS_NUMBERS, DEVICE] = ['0x4010008018', '0x4010100000'];

/** Words are QEMU's. Prints its answers to two lines of qtest's protocol, and ends it. */
const SCRIPT = `
set -e; folder=$(mktemp -d); cd $folder; mkfifo in out
"$@" -qtest stdio <in >out & pid=$!
exec 3>in 4<out
printf 'writel ${BUS_NUMBERS} 0x00010100\\nread ${DEVICE} ${CONFIG_SIZE}\\n' >&3 || true
(head -n 2 <&4; kill $pid 2>/dev/null) || true
wait $pid || true; rm -r $folder`;

/** Starts QEMU without a processor, reads, and ends it. */
export async function readGuestConfig(vm: HostVm, run: GuestConfigRun): Promise<GuestConfigResult> {
  const device = [`vfio-pci,host=${run.address}`, 'bus=rp', 'iommufd=iommufd0', ...run.properties].join(',');
  const words = [
    ...['qemu-system-aarch64', '-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'qtest', '-qtest-log', 'none'],
    ...['-machine', `${run.machine},gic-version=3`, '-cpu', 'max', '-m', '64M', '-object', 'iommufd,id=iommufd0'],
    ...['-device', 'pcie-root-port,id=rp,bus=pcie.0,addr=1.0', '-device', device],
  ];
  const { stdout, stderr } = await vm.run(['sh', '-c', SCRIPT, 'sh', ...words], { timeoutSeconds: 120 });
  const prefix = `qemu-system-aarch64: -device ${device}: `;
  const [, digits] = /^OK 0x([0-9a-f]+)$/m.exec(stdout) ?? [];
  return {
    guest: digits === undefined || digits.length !== 2 * CONFIG_SIZE ? null : new Uint8Array(Buffer.from(digits, 'hex')),
    messages: stderr.split('\n').flatMap(line => (line.startsWith(prefix) ? [line.slice(prefix.length)] : [])),
  };
}
