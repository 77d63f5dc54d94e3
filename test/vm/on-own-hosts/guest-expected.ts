/** What a guest reads of a capture's device that `airlock serve` serves to QEMU: two views, one over the other. */
import { readFileSync } from 'node:fs';
import { captureIommu, parseCapture, parseConfigText } from '../../../src/pure/capture/index.ts';
import { replayedWrites } from '../../../src/pure/device/replayed-writes.ts';
import {
  type GuestView,
  guestBytes,
  guestMasks,
  PROFILES,
  type Realized,
  realize,
  settingsOf,
} from '../../../src/pure/guest-view/index.ts';
import { overlayWrites } from '../../../src/pure/guest-view/masks.ts';
import { effectiveProperties } from '../../../src/pure/machine/index.ts';
import { expectView } from '../../oracle/guest-view/expected.ts';

export interface ExpectedInGuest {
  /** As the guest first reads them. */
  readonly bytes: Uint8Array;
  /** Bits that a guest's write reaches; all others stay as they are. */
  readonly write: Uint8Array;
}

function viewOf(realized: Realized): GuestView {
  if (realized.outcome === 'failed') throw new Error(`the device fails to realize: ${realized.error.message}`);
  return realized;
}

/** The capture's first device with `ats`: what profile `airlock` makes of it is served, and QEMU runs its rules over that. */
export function expectedInGuest(capturePath: string, ats: string): ExpectedInGuest {
  const capture = parseCapture(readFileSync(capturePath, 'utf8'));
  const [device] = capture.devices;
  if (device === undefined) throw new Error(`${capturePath} holds no device`);
  const barSizes: number[] = new Array(6).fill(0);
  for (const { index, size } of device.bars ?? []) barSizes[index] = Number(size);
  const served = viewOf(
    realize({
      config: parseConfigText(device.config),
      bytes: 'host',
      profile: PROFILES.airlock,
      settings: settingsOf(effectiveProperties({ profile: 'airlock', device: [{ name: 'ats', value: ats }] })),
      hostIommu: captureIommu(capture, device),
      placement: 'root-port',
      viommuPasid: false,
      barSizes,
      virtualFunction: null,
    }),
  );
  const seen = viewOf(expectView({ bytes: guestBytes(served).bytes, barSizes }, 'root-port'));
  // What is served is a replay: registers that it knows nothing of take no writes.
  const listed = served.capabilities.filter(({ status }) => status !== 'hidden');
  const replayed = replayedWrites(guestBytes(served).bytes, listed, { barSizes });
  const write = guestMasks(served, 'airlock', { barSizes }).write.map(
    (byte, at) => byte & (replayed.write[at] | replayed.writeOneToClear[at]),
  );
  overlayWrites(write, seen, 'qemu-11.1', { barSizes });
  return { bytes: guestBytes(seen).bytes, write };
}
