/** The VMs of the oracle of migration: which bits of their config spaces are changed on the way, and which of their properties. */
import { capabilityLengthOf, type SpoiledSpace } from './spoiled-space.ts';

/** A function of the VM, and the bridge above it. */
export interface OracleFunction {
  readonly path: string;
  /** Slot of its root port on bus 0, and the number that its bus gets; null where it stands on bus 0 itself. */
  readonly port: { readonly slot: number; readonly bus: number } | null;
  readonly slot: number;
}

const port = (number: number, more = ''): string[] => [
  '-device',
  `pcie-root-port,id=rp${number},bus=pcie.0,addr=${number},chassis=${number},slot=${number}${more}`,
];
const NETWORK = ['-netdev', 'hubport,id=n0,hubid=0', '-netdev', 'hubport,id=n1,hubid=0'];

/** Everything that flips are tried on. */
export const VM: readonly string[] = [
  ...['-M', 'pc-q35-11.1', ...NETWORK],
  ...[...port(1), '-device', 'e1000e,netdev=n0,bus=rp1,rombar=0'],
  ...[...port(2), '-device', 'igb,netdev=n1,bus=rp2,rombar=0'],
  ...[...port(3), '-device', 'qemu-xhci,bus=rp3'],
  ...[...port(4), '-device', 'virtio-rng-pci,bus=rp4,ats=on,aer=on'],
  ...['-device', 'ich9-ahci,addr=5', '-device', 'virtio-balloon-pci,addr=6'],
];

const below = (slot: number): OracleFunction => ({ path: `0000:00:0${slot}.0:00.0`, port: { slot, bus: slot }, slot: 0 });
const onRoot = (slot: number): OracleFunction => ({ path: `0000:00:0${slot}.0`, port: null, slot });

export const FUNCTIONS: readonly OracleFunction[] = [below(1), below(2), below(3), below(4), onRoot(1), onRoot(5), onRoot(6)];

/** One bit that is another on the way. */
export interface ByteFlip {
  readonly at: number;
  readonly bit: number;
}

/** Each costs a start of QEMU; of more, these are spread over all. */
const MOST_FLIPS = 20;

/** Header bits that tell the rules apart: compared, written by a guest, neither. */
const HEADER_FLIPS: readonly (readonly [at: number, bit: number])[] = [
  [0x00, 0],
  [0x03, 7],
  [0x04, 1],
  [0x06, 4],
  [0x08, 0],
  [0x0b, 2],
  [0x0c, 3],
  [0x10, 0],
  [0x34, 6],
  [0x3d, 1],
];
/** A subsystem ID and the lines of a bridge's layout stand elsewhere. */
const ENDPOINT_FLIPS: readonly (readonly [at: number, bit: number])[] = [[0x2c, 1]];

/** The flips of one function: of its header, and of the header and some registers of each capability. */
export function byteFlips(space: SpoiledSpace): ByteFlip[] {
  const header = [...HEADER_FLIPS, ...(space.isBridge ? [] : ENDPOINT_FLIPS)].map(([at, bit]) => ({ at, bit }));
  const inCapabilities = space.capabilities.flatMap((capability, index): ByteFlip[] => {
    const { offset, kind } = capability;
    const first = { at: offset + (index % (kind === 'standard' ? 2 : 4)), bit: (3 * index) % 8 };
    const body = capabilityLengthOf(capability) - 1;
    const last = { at: offset + Math.min(body, 4 + ((5 * index) % 9)), bit: (index + 1) % 8 };
    return [first, last];
  });
  const all = [...header, ...inCapabilities];
  return all.filter((_, index) => Math.floor((index * MOST_FLIPS) / all.length) !== Math.floor(((index - 1) * MOST_FLIPS) / all.length));
}

/** Two VMs: what the source has is put in place of what the destination has. */
export interface Change {
  readonly name: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const machine = (name: string, ...devices: readonly string[]): string[] => ['-M', name, ...NETWORK, ...devices];
const q35 = (...devices: readonly string[]): string[] => machine('pc-q35-11.1', ...devices);
const endpoint = (device: string, more = ''): string[] => q35(...port(1, more), '-device', `${device},bus=rp1`);
const pair = (name: string, from: readonly string[], to: readonly string[]): Change => ({ name, from, to });
const virtio = 'virtio-rng-pci';

/** Each changes one property, of a device or of the port above it. */
export const CHANGES: readonly Change[] = [
  pair('the same', endpoint(virtio), endpoint(virtio)),
  pair('ats', endpoint(`${virtio},ats=on`), endpoint(virtio)),
  pair('ats the other way', endpoint(virtio), endpoint(`${virtio},ats=on`)),
  pair('aer', endpoint(`${virtio},aer=on`), endpoint(virtio)),
  pair('ats behind aer', endpoint(`${virtio},aer=on,ats=on`), endpoint(`${virtio},aer=on`)),
  pair('vectors', endpoint(`${virtio},vectors=3`), endpoint(`${virtio},vectors=2`)),
  pair('no vectors', endpoint(`${virtio},vectors=0`), endpoint(`${virtio},vectors=2`)),
  pair('flr', endpoint(`${virtio},x-pcie-flr-init=off`), endpoint(virtio)),
  pair('power management', endpoint(`${virtio},x-pcie-pm-no-soft-reset=on`), endpoint(virtio)),
  pair('a step of the link', endpoint(virtio, ',x-pcie-lnksta-dllla=off'), endpoint(virtio)),
  pair('error masks', endpoint(`${virtio},aer=on,x-pcie-err-unc-mask=off`), endpoint(`${virtio},aer=on`)),
  pair('extended tags', endpoint('qemu-xhci'), [...endpoint('qemu-xhci'), '-global', 'pci-device.x-pcie-ext-tag=off']),
  pair('link speed of the port', endpoint(virtio, ',x-speed=16'), endpoint(virtio, ',x-speed=8')),
  pair('link width of the port', endpoint(virtio, ',x-width=16'), endpoint(virtio, ',x-width=8')),
  pair(
    'slot number of the port',
    endpoint(virtio),
    q35('-device', 'pcie-root-port,id=rp1,bus=pcie.0,addr=1,chassis=1,slot=9', '-device', `${virtio},bus=rp1`),
  ),
  pair('hot plug of the port', endpoint(virtio, ',hotplug=off'), endpoint(virtio)),
  pair('power controller of the port', endpoint(virtio, ',power_controller_present=off'), endpoint(virtio)),
  pair('memory window of the port', endpoint(virtio, ',io-reserve=4096'), endpoint(virtio, ',io-reserve=0')),
  pair('xhci without MSI-X', endpoint('qemu-xhci,msix=off'), endpoint('qemu-xhci')),
  pair(
    'a serial number',
    endpoint('e1000e,netdev=n0,mac=52:54:00:12:34:56,rombar=0'),
    endpoint('e1000e,netdev=n0,mac=52:54:00:12:34:57,rombar=0'),
  ),
  pair('multifunction', q35('-device', 'ich9-ahci,addr=5,multifunction=on'), q35('-device', 'ich9-ahci,addr=5')),
  pair('alignment of addresses', endpoint(`${virtio},ats=on,x-ats-page-aligned=off`), endpoint(`${virtio},ats=on`)),
];
