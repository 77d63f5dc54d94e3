/** A capture of this host: its facts, and devices with the bytes and the report that can be had. */
import { type HostFacts, readHostFacts } from '../linux/sysfs/index.ts';
import { formatHex, formatHexBytes } from '../pure/bytes/hex.ts';
import { type Capture, type CaptureDevice, formatConfigText, type RedactionKind, redact, SCHEMA_VERSION } from '../pure/capture/index.ts';
import type { HostIommuDevice } from '../pure/iommu/index.ts';
import { type LiveDevice, virtualFunctionOf } from './live.ts';

/** Registers that do not change while the host runs and are no addresses. */
const ATTRIBUTES = ['cap', 'ecap', 'features', 'version'];

function hostOf({ kernel, architecture, iommus, noAts }: HostFacts): Capture['host'] {
  // A kernel may list others that it has no name for here, such as the mock of iommufd's self-test.
  const first = iommus.find(({ kind }) => kind !== 'other') ?? iommus[0];
  return {
    ...(kernel !== null && { kernel }),
    ...(architecture !== null && { architecture }),
    ...(first && { iommu: first.kind }),
    ...(noAts !== null && { noAts }),
    iommus: iommus.map(({ kind, attributes }) => ({
      kind,
      attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => ATTRIBUTES.includes(name))),
    })),
  };
}

function iommuOf({ backend, report }: HostIommuDevice): CaptureDevice['iommu'] {
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

function functionOf(device: LiveDevice): Pick<CaptureDevice, 'virtualFunction'> {
  const vf = virtualFunctionOf(device.host);
  if (vf === null) return {};
  const { vendorId, deviceId, bars } = vf;
  return { virtualFunction: { vendorId: formatHex(vendorId, 4), deviceId: formatHex(deviceId, 4), bars: [...bars] } };
}

/** One device of a capture, without what `redacts` names. */
export function captureDevice(device: LiveDevice, redacts: readonly RedactionKind[]): CaptureDevice {
  const { host, opened, notAsked } = device;
  const { spaces, places } = redact([host.config, ...(opened === null ? [] : [opened.vfio])], redacts);
  const [config, vfio] = spaces.map(formatConfigText);
  return {
    address: host.address.text,
    config: config ?? '',
    ...(vfio !== undefined && { vfio }),
    bars: host.bars.map(({ index, size }) => ({ index, size: formatHex(size) })),
    ...functionOf(device),
    driver: host.driver,
    iommuGroup: host.iommuGroup?.number ?? null,
    numaNode: host.numaNode,
    ...(opened !== null && { iommu: iommuOf(opened.hostIommu) }),
    ...(notAsked !== null && { notAsked }),
    ...(places.length > 0 && { redacted: places.map(({ at, length, what }) => ({ at: formatHex(at), length, what })) }),
  };
}

/** The capture of a host, of this one or of the tree at `root`. */
export function captureHost(devices: readonly LiveDevice[], redacts: readonly RedactionKind[], root: string): Capture {
  return {
    schemaVersion: SCHEMA_VERSION,
    format: 'airlock-capture',
    redacts: [...redacts],
    host: hostOf(readHostFacts({ root })),
    devices: devices.map(device => captureDevice(device, redacts)),
  };
}
