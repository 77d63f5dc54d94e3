/** Makes a capture of the facts of a host and its devices, without what is private to the host. */
import { formatHex, formatHexBytes } from '../bytes/hex.ts';
import type { AssignmentFacts, DeviceFacts, DeviceFile, HostFacts } from '../facts/index.ts';
import type { HostIommuDevice } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { KnownRegions, RegionFact } from '../pci/regions.ts';
import { formatConfigText, formatKnownBits } from './config-text.ts';
import { type RedactedPlace, type RedactionKind, redact } from './redact.ts';
import { type Capture, type CaptureDevice, SCHEMA_VERSION } from './schema.ts';

/** Registers of an IOMMU that do not change while the host runs and are no addresses. */
const ATTRIBUTES = ['cap', 'ecap', 'features', 'version'];

/** Only names of PCI devices are kept: devices of other buses stand behind an IOMMU too, and their names hold addresses. */
const PCI_ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

/** `{ key: value }` where something is known, `{ key: null }` where it is known that there is nothing, and no key else. */
function told<K extends string, T, U>(key: K, value: T | 'none' | null, format: (value: T) => U): { [k in K]?: U | null } {
  if (value === null) return {};
  return { [key]: value === 'none' ? null : format(value) } as { [k in K]?: U | null };
}

const asIs = <T>(value: T): T => value;

function fileOf({ path, mode, uid, gid }: DeviceFile): NonNullable<CaptureDevice['cdev']> {
  return { path, ...(mode !== null && { mode }), ...(uid !== null && { uid }), ...(gid !== null && { gid }) };
}

function hostOf(facts: HostFacts, redacts: Redacts): Capture['host'] {
  const { id, kernel, architecture, pageSize, kernelOptions, noAts, iommus, modules, numaNodes, checks } = facts;
  return {
    ...(id !== null && { id }),
    ...(kernel !== null && { kernel }),
    ...(architecture !== null && { architecture }),
    ...(pageSize !== null && { pageSize }),
    ...(kernelOptions !== null && { kernelOptions: [...kernelOptions] }),
    ...(kernelOptions === null && noAts !== null && { noAts }),
    ...(iommus !== null && { iommus: iommus.map(iommuOf) }),
    ...told('iommufd', facts.iommufd, fileOf),
    ...told('vfioContainer', facts.vfioContainer, fileOf),
    ...(modules !== null && { modules: modules.map(({ name, state, parameters }) => ({ name, state, parameters: { ...parameters } })) }),
    ...(numaNodes !== null && { numaNodes: numaNodes.map(nodeOf) }),
    ...(checks !== null && { checks: checksOf(checks, redacts) }),
  };
}

function iommuOf({ kind, attributes, devices }: NonNullable<HostFacts['iommus']>[number]): NonNullable<Capture['host']['iommus']>[number] {
  const kept = Object.fromEntries(Object.entries(attributes).filter(([name]) => ATTRIBUTES.includes(name)));
  return { kind, attributes: kept, ...(devices !== null && { devices: devices.filter(name => PCI_ADDRESS.test(name)) }) };
}

function nodeOf({ node, distances, cpus }: NonNullable<HostFacts['numaNodes']>[number]): NonNullable<Capture['host']['numaNodes']>[number] {
  return { node, ...(distances !== null && { distances: [...distances] }), ...(cpus !== null && { cpus }) };
}

type Redacts = readonly RedactionKind[];

/** Names that the kernel makes of addresses: `smmu3.0x0000000009050000`, `9050000.iommu`. */
const ADDRESS_IN_NAME = /\b0x[0-9a-f]{6,}\b|\b[0-9a-f]{6,}(?=\.[a-z])/gi;

function nameless(text: string, redacts: Redacts): string {
  return redacts.includes('addresses') ? text.replaceAll(ADDRESS_IN_NAME, '…') : text;
}

function checksOf(checks: NonNullable<HostFacts['checks']>, redacts: Redacts): NonNullable<Capture['host']['checks']> {
  return checks.map(({ code, status, text }) => ({ code, status, text: nameless(text, redacts) }));
}

function reportOf({ backend, report }: HostIommuDevice): CaptureDevice['iommu'] {
  if (backend === 'none') return undefined;
  if (backend !== 'iommufd' || report === null) return { backend: 'legacy' };
  const { type, data, capabilities, maxPasidLog2 } = report;
  const hwInfo = {
    type: formatHex(type),
    data: formatHexBytes(data),
    capabilities: capabilities === null ? null : formatHex(capabilities),
    maxPasidLog2,
  };
  return { backend, hwInfo };
}

function functionOf({ virtualFunction: vf }: DeviceFacts): Pick<CaptureDevice, 'virtualFunction'> {
  if (vf === null) return {};
  const { vendorId, deviceId, bars } = vf;
  const ids = { vendorId: formatHex(vendorId, 4), deviceId: formatHex(deviceId, 4) };
  return { virtualFunction: { ...ids, ...(bars !== undefined && { bars: [...bars] }) } };
}

type CaptureBar = NonNullable<CaptureDevice['bars']>[number];

function barOf({ index, size, kind, width, prefetchable }: RegionFact): CaptureBar[] {
  if (size === null) return [];
  const known = {
    ...(kind !== null && { kind }),
    ...(width !== null && { width }),
    ...(prefetchable !== null && { prefetchable }),
  };
  return [{ index, size: formatHex(size), ...known }];
}

/** A list in a capture counts as whole, so a list with unknown parts is left out. */
function barsOf(regions: KnownRegions | null): Pick<CaptureDevice, 'bars'> {
  if (regions === null || !regions.isComplete || regions.regions.some(({ size }) => size === null)) return {};
  return { bars: regions.regions.flatMap(barOf) };
}

function assignmentOf(facts: AssignmentFacts | null, redacts: Redacts): Partial<CaptureDevice> {
  if (facts === null) return {};
  const { sriov, resetMethods, bridges, checks } = facts;
  return {
    ...told('driver', facts.driver, ({ name }) => name),
    ...told('iommuGroup', facts.iommuGroup, ({ number, type, members, file }) => ({
      number,
      ...(type !== null && { type }),
      ...(members !== null && { members: members.map(name => nameless(name, redacts)) }),
      ...told('file', file, fileOf),
    })),
    ...told('numaNode', facts.numaNode, asIs),
    ...(sriov !== null && {
      sriov: {
        ...told('totalVfs', sriov.totalVfs, asIs),
        ...told('physicalFunction', sriov.physicalFunction, asIs),
        ...(sriov.virtualFunctions !== null && { virtualFunctions: [...sriov.virtualFunctions] }),
      },
    }),
    ...(resetMethods !== null && { resetMethods: [...resetMethods] }),
    ...told('cdev', facts.cdev, fileOf),
    ...(bridges !== null && { above: [...bridges] }),
    ...(checks !== null && { checks: checksOf(checks, redacts) }),
  };
}

interface Bytes {
  readonly config: string;
  readonly configBits?: CaptureDevice['configBits'];
}

function bytesOf(config: ConfigSpace): Bytes {
  const bits = formatKnownBits(config);
  return { config: formatConfigText(config), ...(bits.length > 0 && { configBits: bits }) };
}

function placesOf(places: readonly RedactedPlace[]): Pick<CaptureDevice, 'redacted'> {
  return places.length === 0 ? {} : { redacted: places.map(({ at, length, what }) => ({ at: formatHex(at), length, what })) };
}

/** One device of a capture, without what `redacts` names. Throws RangeError for one without an address. */
export function captureDevice(facts: DeviceFacts, redacts: Redacts): CaptureDevice {
  if (facts.bdf === null) throw new RangeError('a device of a capture needs an address');
  const { hostIommu, notAsked, description, reportedAtomicOps } = facts;
  const { spaces, places } = redact([facts.config, ...(facts.vfio === null ? [] : [facts.vfio])], redacts);
  const [config = facts.config, vfio] = spaces;
  const vfioBytes = vfio && bytesOf(vfio);
  const iommu = hostIommu === null ? undefined : reportOf(hostIommu);
  return {
    address: facts.bdf.text,
    ...(description !== null && { description }),
    ...bytesOf(config),
    ...(vfioBytes && { vfio: vfioBytes.config, ...(vfioBytes.configBits && { vfioBits: vfioBytes.configBits }) }),
    ...barsOf(facts.regions),
    ...functionOf(facts),
    ...assignmentOf(facts.assignment, redacts),
    ...(reportedAtomicOps !== null && { reportedAtomicOps: formatHex(reportedAtomicOps) }),
    ...(iommu && { iommu }),
    ...(notAsked !== null && { notAsked }),
    ...placesOf(places),
  };
}

/** Bridges above the devices that are no devices of the capture themselves, each once. */
function bridgesOf(devices: readonly DeviceFacts[], redacts: Redacts): NonNullable<Capture['bridges']> {
  const captured = new Set(devices.map(({ bdf }) => bdf?.text));
  const bridges = new Map<string, NonNullable<Capture['bridges']>[number]>();
  for (const { above, assignment } of devices) {
    for (const [i, address] of (assignment?.bridges ?? []).entries()) {
      const own = above?.[i];
      if (own === undefined || captured.has(address) || bridges.has(address)) continue;
      const { spaces, places } = redact([own], redacts);
      bridges.set(address, { address, ...bytesOf(spaces[0] ?? own), ...placesOf(places) });
    }
  }
  return [...bridges.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Options of making a capture. */
export interface CaptureOptions {
  /** What is taken out of config bytes; the rest of a capture holds no serial number, address or name of the host. */
  readonly redacts: readonly RedactionKind[];
  /** Where the capture comes from, in a sentence. */
  readonly description?: string | undefined;
}

/** A capture of a host. */
export function captureOf(host: HostFacts, devices: readonly DeviceFacts[], { redacts, description }: CaptureOptions): Capture {
  const bridges = bridgesOf(devices, redacts);
  return {
    schemaVersion: SCHEMA_VERSION,
    format: 'airlock-capture',
    ...(description !== undefined && { description }),
    redacts: [...redacts],
    ...(host.time !== null && { time: host.time }),
    ...(host.isWhole !== null && { whole: host.isWhole }),
    host: hostOf(host, redacts),
    devices: devices.map(device => captureDevice(device, redacts)),
    ...(bridges.length > 0 && { bridges }),
  };
}
