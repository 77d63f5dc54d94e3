/** `airlock probe --json` and what probe.c prints, as values of one shape. */
import assert from 'node:assert/strict';
import { formatHexBytes, parseHexBytes } from '../../src/pure/bytes/hex.ts';
import { assertPublished } from '../fixtures/published-schemas.ts';
import type { AirlockRun } from './airlock-runs.ts';
import type { HostVm } from './booted-vm.ts';

/** A capability of `struct vfio_region_info`: its ID and what follows its header, in hexadecimal. */
interface RegionCapability {
  readonly id: number;
  readonly body: string;
}

/** What probe.c prints, as far as airlock says it too. */
export interface Reference {
  readonly cdev?: string;
  readonly group?: string;
  readonly hwInfo?: { readonly dataType: number; readonly capabilities: string; readonly maxPasidLog2: number; readonly data: string };
  readonly deviceInfo: { readonly flags: number };
  readonly regions: readonly {
    readonly index: number;
    readonly flags: number;
    readonly size: string;
    readonly offset: string;
    readonly raw: string;
    readonly error?: string;
  }[];
  readonly irqs: readonly { readonly index: number; readonly flags: number; readonly count: number; readonly error?: string }[];
  readonly config: string;
  readonly hardware: string;
}

/** The parts of airlock's JSON that are compared. */
export interface Answer {
  readonly backend: string;
  readonly path: string;
  readonly ats: { readonly answer: string };
  readonly hwInfo: Record<'type' | 'capabilities' | 'maxPasidLog2' | 'data' | 'capabilityFlags', unknown> | null;
  readonly device: { readonly flags: string };
  readonly config: { readonly hardware: string; readonly vfio: string };
  readonly regions: readonly (Record<'index' | 'flags' | 'size' | 'offset' | 'isMsixMappable' | 'type', unknown> & {
    readonly mappable: readonly { readonly offset: string; readonly size: string }[];
  })[];
  readonly interrupts: readonly Record<'index' | 'flags' | 'count', unknown>[];
}

const SPARSE_MMAP = 1;
const REGION_TYPE = 2;
const MSIX_MAPPABLE = 3;
export const FLAG_MMAP = 4;
export const ATS_NOT_SUPPORTED = 8n;

export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** The chain of a region's capabilities: id, version, offset of the next. */
function capabilitiesOf(raw: string): RegionCapability[] {
  const bytes = Buffer.from(raw, 'hex');
  const offsets: number[] = [];
  for (let at = bytes.readUInt32LE(12); at !== 0; at = bytes.readUInt32LE(at + 4)) {
    assert.ok(at + 8 <= bytes.length && !offsets.includes(at), `capability at ${at} of ${bytes.length} bytes`);
    offsets.push(at);
  }
  return offsets.map(at => ({ id: bytes.readUInt16LE(at), body: bytes.subarray(at + 8).toString('hex') }));
}

/** What of a region can be mapped: the areas of the sparse list, or all of it. */
function mappableOf(flags: number, size: string, capabilities: readonly RegionCapability[]): { offset: string; size: string }[] {
  if ((flags & FLAG_MMAP) === 0) return [];
  const sparse = capabilities.find(({ id }) => id === SPARSE_MMAP);
  if (sparse === undefined) return [{ offset: '0x0', size }];
  const body = Buffer.from(sparse.body, 'hex');
  return Array.from({ length: body.readUInt32LE(0) }, (_, i) => ({
    offset: hex(body.readBigUInt64LE(8 + 16 * i)),
    size: hex(body.readBigUInt64LE(16 + 16 * i)),
  }));
}

function regionsOf({ regions }: Reference): unknown[] {
  const there = regions.filter(({ error }) => error === undefined);
  return there.map(({ index, flags, size, offset, raw }) => {
    const capabilities = capabilitiesOf(raw);
    assert.ok(capabilities.every(({ id }) => id !== REGION_TYPE));
    const isMsixMappable = capabilities.some(({ id }) => id === MSIX_MAPPABLE);
    return { index, flags: hex(flags), size, offset, mappable: mappableOf(flags, size, capabilities), isMsixMappable, type: null };
  });
}

/** Both as one value of the same shape. */
export function expectedOf(reference: Reference): unknown {
  const { hwInfo, cdev, group } = reference;
  return {
    path: cdev ?? group,
    flags: hex(reference.deviceInfo.flags),
    hwInfo: hwInfo === undefined ? null : [hex(hwInfo.dataType), hwInfo.capabilities, hwInfo.maxPasidLog2, hwInfo.data],
    vfio: reference.config,
    hardware: reference.hardware,
    regions: regionsOf(reference),
    interrupts: reference.irqs.filter(({ error }) => error === undefined).map(({ index, flags, count }) => [index, hex(flags), count]),
  };
}

/** The digits of a config text of which every byte is known. */
const digits = (text: string): string => formatHexBytes(parseHexBytes(text));

export function foundIn({ path, device, hwInfo, config, regions, interrupts }: Answer): unknown {
  return {
    path,
    flags: device.flags,
    hwInfo: hwInfo && [hwInfo.type, hwInfo.capabilities, hwInfo.maxPasidLog2, hwInfo.data],
    vfio: digits(config.vfio),
    hardware: digits(config.hardware),
    regions: regions.map(({ index, flags, size, offset, mappable, isMsixMappable, type }) => {
      return { index, flags, size, offset, mappable, isMsixMappable, type };
    }),
    interrupts: interrupts.map(({ index, flags, count }) => [index, flags, count]),
  };
}

/** probe.c is in the VM. */
export async function reference(vm: HostVm, address: string, ...words: string[]): Promise<Reference> {
  return JSON.parse(await vm.output(['probe', ...words, address]));
}

export function answerOf({ stdout, stderr, code }: AirlockRun): Answer {
  assert.deepEqual([stderr, code], ['', 0]);
  assertPublished('probe', stdout);
  return JSON.parse(stdout);
}
