/** What a capture says of its host and of its devices, as facts; what it does not say is null there. */
import {
  type AssignmentFacts,
  BridgesAbove,
  type DeviceFacts,
  type DeviceFile,
  deviceFacts,
  type HostFacts,
  hasNoAts,
  type PortsAbove,
  type VirtualFunction,
} from '../facts/index.ts';
import { Bdf } from '../pci/bdf.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { KnownRegions } from '../pci/regions.ts';
import { captureIommu } from './capture-iommu.ts';
import { parseConfigText } from './config-text.ts';
import type { Capture, CaptureDevice } from './schema.ts';

type CaptureFile = CaptureDevice['cdev'];

/** In a capture a missing key means unknown, and null means that there is nothing. */
function orNone<T>(value: T | null | undefined): T | 'none' | null {
  return value === undefined ? null : (value ?? 'none');
}

function fileFacts(file: CaptureFile): DeviceFile | 'none' | null {
  const known = orNone(file);
  if (known === 'none' || known === null) return known;
  return { path: known.path, mode: known.mode ?? null, uid: known.uid ?? null, gid: known.gid ?? null };
}

/** The host that a capture was made on. */
export function captureHostFacts({ time, whole, host }: Capture): HostFacts {
  const { kernelOptions } = host;
  return {
    id: host.id ?? null,
    time: time ?? null,
    kernel: host.kernel ?? null,
    architecture: host.architecture ?? null,
    pageSize: host.pageSize ?? null,
    kernelOptions: kernelOptions ?? null,
    noAts: kernelOptions === undefined ? (host.noAts ?? null) : hasNoAts(kernelOptions),
    iommus: host.iommus?.map(({ kind, attributes, devices }) => ({ name: null, kind, attributes, devices: devices ?? null })) ?? null,
    iommufd: fileFacts(host.iommufd),
    vfioContainer: fileFacts(host.vfioContainer),
    modules: host.modules ?? null,
    numaNodes: host.numaNodes?.map(({ node, distances, cpus }) => ({ node, distances: distances ?? null, cpus: cpus ?? null })) ?? null,
    checks: host.checks ?? null,
    isWhole: whole ?? null,
  };
}

function groupFacts(group: CaptureDevice['iommuGroup']): AssignmentFacts['iommuGroup'] {
  const known = orNone(group);
  if (known === 'none' || known === null) return known;
  return { number: known.number, type: known.type ?? null, members: known.members ?? null, file: fileFacts(known.file) };
}

function sriovFacts(sriov: CaptureDevice['sriov']): AssignmentFacts['sriov'] {
  if (sriov === undefined) return null;
  const { totalVfs, physicalFunction, virtualFunctions } = sriov;
  return {
    totalVfs: orNone(totalVfs),
    physicalFunction: orNone(physicalFunction),
    virtualFunctions: virtualFunctions ?? null,
  };
}

/** A driver may have any name, `none` too. */
function driverFacts({ driver }: CaptureDevice): AssignmentFacts['driver'] {
  if (driver === undefined) return null;
  return driver === null ? 'none' : { name: driver };
}

function assignmentFacts(device: CaptureDevice): AssignmentFacts {
  return {
    driver: driverFacts(device),
    iommuGroup: groupFacts(device.iommuGroup),
    numaNode: orNone(device.numaNode),
    sriov: sriovFacts(device.sriov),
    resetMethods: device.resetMethods ?? null,
    cdev: fileFacts(device.cdev),
    bridges: device.above ?? null,
    checks: device.checks ?? null,
  };
}

function captureFunction({ virtualFunction: vf }: CaptureDevice): VirtualFunction | null {
  return vf === undefined ? null : { vendorId: Number(vf.vendorId), deviceId: Number(vf.deviceId), ...(vf.bars && { bars: vf.bars }) };
}

/** A capture lists the regions that its kernel knew, so an empty list says that there are none. */
function captureRegions({ bars }: CaptureDevice): KnownRegions | null {
  if (bars === undefined) return null;
  const regions = bars.map(({ index, size, kind, width, prefetchable }) => ({
    ...{ index, kind: kind ?? null, width: width ?? null, prefetchable: prefetchable ?? null },
    size: BigInt(size),
  }));
  return { source: 'host', isComplete: true, regions };
}

/**
 * The config space of each device, and the bridges above it: those that it names, or the ones whose bus numbers lead to it, wherever in the
 * capture they stand.
 */
class CaptureBridges {
  readonly #configs = new Map<CaptureDevice, ConfigSpace>();
  readonly #byBus = new Map<CaptureDevice, PortsAbove>();
  readonly #byAddress = new Map<string, ConfigSpace>();

  constructor({ devices, bridges = [] }: Capture) {
    const seen = new BridgesAbove();
    const ordered = devices.map(device => ({ device, bdf: Bdf.parse(device.address) })).sort((a, b) => a.bdf.compare(b.bdf));
    for (const { device, bdf } of ordered) {
      const config = parseConfigText(device.config, device.configBits);
      this.#configs.set(device, config);
      this.#byBus.set(device, seen.see(bdf, config));
      this.#byAddress.set(device.address, config);
    }
    for (const { address, config, configBits } of bridges) this.#byAddress.set(address, parseConfigText(config, configBits));
  }

  /** Throws RangeError for a device of another capture. */
  configOf(device: CaptureDevice): ConfigSpace {
    const config = this.#configs.get(device);
    if (config === undefined) throw new RangeError(`${device.address} is no device of the capture`);
    return config;
  }

  above(device: CaptureDevice): PortsAbove {
    if (device.above === undefined) return this.#byBus.get(device) ?? null;
    const named = device.above.map(address => this.#byAddress.get(address));
    // A bridge may be missing from a capture of chosen devices.
    return named.every(config => config !== undefined) ? named : null;
  }
}

/** The devices of a capture, in its order. */
export function* captureDevices(capture: Capture): Generator<DeviceFacts> {
  const bridges = new CaptureBridges(capture);
  for (const device of capture.devices) {
    yield deviceFacts(bridges.configOf(device), {
      origin: 'capture',
      bdf: Bdf.parse(device.address),
      vfio: device.vfio === undefined ? null : parseConfigText(device.vfio, device.vfioBits),
      hostIommu: captureIommu(capture, device),
      // An empty text says nothing.
      hostArchitecture: capture.host.architecture || null,
      hostPageSize: capture.host.pageSize ?? null,
      notAsked: device.notAsked ?? null,
      virtualFunction: captureFunction(device),
      regions: captureRegions(device),
      above: bridges.above(device),
      reportedAtomicOps: device.reportedAtomicOps === undefined ? null : Number(device.reportedAtomicOps),
      assignment: assignmentFacts(device),
      description: device.description ?? null,
    });
  }
}
