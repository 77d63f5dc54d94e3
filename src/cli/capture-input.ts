/** The devices of a capture as an input; apart from the other inputs, since the format's checks take time to load. */
import { type Capture, type CaptureDevice, captureIommu, parseConfigText } from '../pure/capture/index.ts';
import { BridgesAbove, type DeviceFacts, deviceFacts, type PortsAbove, type VirtualFunction } from '../pure/facts/index.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import type { KnownRegions } from '../pure/pci/regions.ts';

function captureFunction({ virtualFunction: vf }: CaptureDevice): VirtualFunction | null {
  return vf === undefined ? null : { vendorId: Number(vf.vendorId), deviceId: Number(vf.deviceId), ...(vf.bars && { bars: vf.bars }) };
}

type Bars = NonNullable<CaptureDevice['bars']>;

/** A capture lists the regions that its kernel knew; their kinds stand in the registers. */
function captureRegions(bars: Bars): KnownRegions {
  const kind = { kind: null, width: null, prefetchable: null };
  return { source: 'host', isComplete: true, regions: bars.map(({ index, size }) => ({ index, ...kind, size: BigInt(size) })) };
}

/** The bridges above each device, wherever in the capture they stand. */
function captureBridges(devices: readonly CaptureDevice[]): ReadonlyMap<CaptureDevice, PortsAbove> {
  const bridges = new BridgesAbove();
  const ordered = devices.map(device => ({ device, bdf: Bdf.parse(device.address) })).sort((a, b) => a.bdf.compare(b.bdf));
  return new Map(ordered.map(({ device, bdf }) => [device, bridges.see(bdf, parseConfigText(device.config))]));
}

/** The devices of a capture, in its order. */
export function* captureDevices(capture: Capture): Generator<DeviceFacts> {
  const above = captureBridges(capture.devices);
  for (const device of capture.devices) {
    // An empty list is the host's word that there is no region.
    const { bars } = device;
    yield deviceFacts(parseConfigText(device.config), {
      origin: 'capture',
      bdf: Bdf.parse(device.address),
      vfio: device.vfio === undefined ? null : parseConfigText(device.vfio),
      hostIommu: captureIommu(capture, device),
      notAsked: device.notAsked ?? null,
      virtualFunction: captureFunction(device),
      regions: bars === undefined ? null : captureRegions(bars),
      above: above.get(device) ?? null,
      description: device.description ?? null,
    });
  }
}
