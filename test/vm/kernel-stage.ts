/** Measures the kernel's stage on a host VM's devices, and predicts it: vfio's bytes from the hardware's, and what a write becomes. */
import { type GuestView, PROFILES, type ProfileName, type VirtualFunction, vfioBytes } from '../../src/pure/guest-view/index.ts';
import { setAddressBits } from '../../src/pure/guest-view/write-permissions/base-addresses.ts';
import { kernelWrites } from '../../src/pure/guest-view/write-permissions/kernel.ts';
import type { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import type { CapabilityKind } from '../../src/pure/pci/walk.ts';
import { viewOf } from '../fixtures/realize-with.ts';
import type { HostVm } from './host-vm.ts';
import { bindToVfio } from './vfio.ts';

/** Four bytes as a read through vfio gives them, and one of the hardware through sysfs. Hexadecimal digits of a number. */
type Pair = readonly [vfio: string, hardware: string];

/** One dword as it was, after ones were written, after zeros, and after what it was. */
export interface Sweep {
  readonly at: number;
  readonly before: Pair;
  readonly ones: Pair;
  readonly zeros: Pair;
  readonly restored: Pair;
}

export interface Probe {
  readonly regions: readonly { readonly index: number; readonly size: string }[];
  readonly config: string;
  readonly hardware: string;
  readonly writes: readonly Sweep[];
}

export interface Measured {
  readonly name: string;
  /** The hardware's bytes before vfio-pci got the function, as its host driver had it. */
  readonly before: Uint8Array;
  /** Through vfio; the bytes are those before the first write. */
  readonly probe: Probe;
  /** The same writes without VFIO, to the function that no driver has: which bits the hardware takes. */
  readonly bare: readonly Sweep[];
  readonly virtualFunction: VirtualFunction | null;
}

const SWEEP = ['--sweep', '0', '0x1000'];
const IORESOURCE_IO = 0x100;
const IORESOURCE_PREFETCH = 0x2000;
const IORESOURCE_MEM_64 = 0x100000;

/** What sysfs says of a virtual function: the identity that the kernel gave it, and its regions by their flags. */
async function readVirtualFunction(vm: HostVm, address: string): Promise<VirtualFunction | null> {
  const { stdout, code } = await vm.run(`cd /sys/bus/pci/devices/${address} && [ -e physfn ] && cat vendor device && head -6 resource`);
  if (code !== 0) return null;
  const [vendorId, deviceId, ...regions] = stdout.trim().split('\n');
  const bars = regions.map(line => {
    const flags = Number(line.split(' ')[2]);
    if ((flags & IORESOURCE_IO) !== 0) return 1;
    return ((flags & IORESOURCE_MEM_64) === 0 ? 0 : 4) | ((flags & IORESOURCE_PREFETCH) === 0 ? 0 : 8);
  });
  return { vendorId: Number(vendorId), deviceId: Number(deviceId), bars };
}

/** Binds the function to vfio-pci, writes to every dword through it, takes it from every driver and writes to every dword again. */
export async function measure(vm: HostVm, name: string, address: string): Promise<Measured> {
  const sysfs = `/sys/bus/pci/devices/${address}`;
  const before = (await vm.run(['cat', `${sysfs}/config`])).bytes.stdout;
  await bindToVfio(vm, address);
  const virtualFunction = await readVirtualFunction(vm, address);
  const probe: Probe = JSON.parse(await vm.output(['probe', address, ...SWEEP], { timeoutSeconds: 300 }));
  await vm.output(`echo ${address} >${sysfs}/driver/unbind`);
  const bare: Probe = JSON.parse(await vm.output(['probe', '--sysfs', address, ...SWEEP], { timeoutSeconds: 300 }));
  return { name, before: Uint8Array.from(before), probe, bare: bare.writes, virtualFunction };
}

/** What the kernel's stage makes of the hardware's bytes. */
export function predictView(hardware: ConfigSpace, virtualFunction: VirtualFunction | null, profile: ProfileName): GuestView {
  return viewOf(hardware, { profile: PROFILES[profile], virtualFunction });
}

/** The bits that take writes: those of vfio-pci, and of base addresses no more than the regions' sizes leave. */
export function predictMask(view: GuestView, { regions }: Probe): Uint8Array {
  const vfio = vfioBytes(view).bytes;
  const { write } = kernelWrites(vfio, view.capabilities);
  const size = (wanted: number) => Number(regions.find(({ index }) => index === wanted)?.size ?? 0);
  write.fill(0, 0x10, 0x28).fill(0, 0x30, 0x34);
  setAddressBits(write, vfio, view.input.bytes, [0, 1, 2, 3, 4, 5, 6].map(size));
  return write;
}

/** Which dwords: of each capability of an ID, or of the header. */
export interface Place {
  readonly kind: 'header' | CapabilityKind;
  readonly id: number;
  readonly offset: number;
}

/** Some bits of the dwords of `length` bytes from a place on, and what is known of them. */
export interface BitRow extends Place {
  readonly length: number;
  readonly mask: number;
  readonly reason: string;
}

/** Where the place is in a view: once for each capability of the ID. One near the end of the first 256 bytes does not reach beyond. */
export function offsetsOf({ kind, id, offset }: Place, { capabilities }: GuestView): number[] {
  if (kind === 'header') return [offset];
  const places = capabilities.filter(it => it.kind === kind && it.id === id).map(it => it.offset + offset);
  return places.filter(at => at < (kind === 'standard' ? 0x100 : 0x1000));
}

/** The bits of `rows` in the dword at `at`. */
export function bitsOf(rows: readonly BitRow[], view: GuestView, at: number): number {
  let bits = 0;
  for (const row of rows) if (offsetsOf(row, view).some(start => at >= start && at < start + row.length)) bits |= row.mask;
  return bits >>> 0;
}

/** One answer that is not as predicted. */
export interface Mismatch {
  readonly device: string;
  readonly at: number;
  readonly wrote: 'ones' | 'zeros';
  readonly side: 'vfio' | 'hardware';
  readonly got: number;
  readonly predicted: number;
}

const dword = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
export const numberOf = (hex: string): number => Number.parseInt(hex, 16);

/**
 * Compares each answer with the prediction: a bit outside of the mask stays as it is; one inside is as written where the kernel keeps
 * the register to itself (`kept`), and there the hardware's stays; any other is, on both sides, what the hardware makes of the same
 * write without VFIO.
 */
export function findMismatches(measured: Measured, view: GuestView, kept: readonly BitRow[]): Mismatch[] {
  const { name, probe, bare } = measured;
  const mask = predictMask(view, probe);
  const mismatches: Mismatch[] = [];
  for (const [index, sweep] of probe.writes.entries()) {
    const { at } = sweep;
    const writable = dword(mask, at);
    const own = bitsOf(kept, view, at) & writable;
    const raw = writable & ~own;
    for (const wrote of ['ones', 'zeros'] as const) {
      const taken = numberOf(bare[index][wrote][1]);
      const written = wrote === 'ones' ? own : 0;
      for (const [i, side] of (['vfio', 'hardware'] as const).entries()) {
        const kernels = side === 'vfio' ? writable : raw;
        const predicted = ((numberOf(sweep.before[i]) & ~kernels) | (side === 'vfio' ? written : 0) | (taken & raw)) >>> 0;
        const got = numberOf(sweep[wrote][i]);
        if (got !== predicted) mismatches.push({ device: name, at, wrote, side, got, predicted });
      }
    }
  }
  return mismatches;
}

/** What the writes to one dword have shown. */
export interface Shown {
  /** Bits that a write through vfio changes. */
  readonly through: number;
  /** Bits that the hardware takes and vfio does not let through. */
  readonly guarded: number;
  /** Bits that the mask lets through and neither a write through vfio nor a bare one changes. */
  readonly unseen: number;
}

/** Of each dword, in order. */
export function showWrites({ probe, bare }: Measured, view: GuestView): Shown[] {
  const mask = predictMask(view, probe);
  return probe.writes.map(({ at, ones, zeros }, index) => {
    const writable = dword(mask, at);
    const through = numberOf(ones[0]) ^ numberOf(zeros[0]);
    const hardware = numberOf(bare[index].ones[1]) ^ numberOf(bare[index].zeros[1]);
    return { through: through >>> 0, guarded: (hardware & ~writable) >>> 0, unseen: (writable & ~through & ~hardware) >>> 0 };
  });
}
