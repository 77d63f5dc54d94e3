/** The devices of a capture as an input; apart from the other inputs, since the format's checks take time to load. */
import { type Capture, type CaptureDevice, captureIommu, parseConfigText } from '../pure/capture/index.ts';
import type { VirtualFunction } from '../pure/guest-view/index.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import type { KnownRegions } from '../pure/pci/regions.ts';
import { BridgesAbove, type PortsAbove } from '../pure/slot/index.ts';
import type { InputDevice } from './input-device.ts';

function barSizes(bars: readonly { readonly index: number; readonly size: string }[]): readonly number[] {
  const sizes = [0, 0, 0, 0, 0, 0, 0];
  for (const { index, size } of bars) sizes[index] = Number(size);
  return sizes;
}

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
export function* captureDevices(capture: Capture): Generator<InputDevice> {
  const above = captureBridges(capture.devices);
  for (const device of capture.devices) {
    // An empty list is the host's word that there is no region.
    const { bars } = device;
    yield {
      bdf: Bdf.parse(device.address),
      config: parseConfigText(device.config),
      vfio: device.vfio === undefined ? null : parseConfigText(device.vfio),
      hostIommu: captureIommu(capture, device),
      notAsked: device.notAsked ?? null,
      virtualFunction: captureFunction(device),
      barSizes: bars === undefined ? null : barSizes(bars),
      regions: bars === undefined ? null : captureRegions(bars),
      above: above.get(device) ?? null,
      reportedAtomicOps: null,
      description: device.description ?? null,
      unread: null,
      contradictory: null,
    };
  }
}
