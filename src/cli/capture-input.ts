/** The devices of a capture as an input; apart from the other inputs, since the format's checks take time to load. */
import { type Capture, type CaptureDevice, captureIommu, parseConfigText } from '../pure/capture/index.ts';
import type { VirtualFunction } from '../pure/guest-view/index.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import type { InputDevice } from './input-device.ts';

function barSizes(bars: readonly { readonly index: number; readonly size: string }[]): readonly number[] {
  const sizes = [0, 0, 0, 0, 0, 0, 0];
  for (const { index, size } of bars) sizes[index] = Number(size);
  return sizes;
}

function captureFunction({ virtualFunction: vf }: CaptureDevice): VirtualFunction | null {
  return vf === undefined ? null : { vendorId: Number(vf.vendorId), deviceId: Number(vf.deviceId), ...(vf.bars && { bars: vf.bars }) };
}

/** The devices of a capture, in its order. */
export function* captureDevices(capture: Capture): Generator<InputDevice> {
  for (const device of capture.devices) {
    yield {
      bdf: Bdf.parse(device.address),
      config: parseConfigText(device.config),
      vfio: device.vfio === undefined ? null : parseConfigText(device.vfio),
      hostIommu: captureIommu(capture, device),
      notAsked: device.notAsked ?? null,
      virtualFunction: captureFunction(device),
      barSizes: device.bars === undefined ? null : barSizes(device.bars),
      description: device.description ?? null,
      unread: null,
    };
  }
}
