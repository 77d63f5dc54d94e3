/** What a guest reads of a capture's device that `airlock serve` serves: its view, and over it what the VMM makes of that. */
import { readFileSync } from 'node:fs';
import { formatHex } from '../../src/pure/bytes/hex.ts';
import { captureIommu, parseCapture, parseConfigText } from '../../src/pure/capture/index.ts';
import { replayedWrites } from '../../src/pure/device/replayed-writes.ts';
import { type GuestView, guestBytes, guestMasks, PROFILES, type Realized, realize, settingsOf } from '../../src/pure/guest-view/index.ts';
import { overlayWrites } from '../../src/pure/guest-view/masks.ts';
import { effectiveProperties } from '../../src/pure/qemu/index.ts';
import { expectView } from '../oracle/guest-view/expected.ts';

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

export interface Served extends ExpectedInGuest {
  readonly barSizes: readonly number[];
}

/** What `airlock serve` serves of the capture's first device with `ats`: what profile `airlock` makes of it. */
export function expectedServed(capturePath: string, ats: string): Served {
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
      settings: settingsOf(effectiveProperties({ profile: PROFILES.airlock, device: [{ name: 'ats', value: ats }] })),
      hostIommu: captureIommu(capture, device),
      placement: 'root-port',
      viommuPasid: false,
      barSizes,
      virtualFunction: null,
    }),
  );
  const { bytes } = guestBytes(served);
  // It is a replay: registers that it knows nothing of take no writes.
  const listed = served.capabilities.filter(({ status }) => status !== 'hidden');
  const replayed = replayedWrites(bytes, listed, barSizes);
  const write = guestMasks(served, barSizes).write.map((byte, at) => byte & (replayed.write[at] | replayed.writeOneToClear[at]));
  return { bytes, write, barSizes };
}

/** What QEMU's guest reads of that: QEMU runs its rules over what is served. */
export function expectedInGuest(capturePath: string, ats: string): ExpectedInGuest {
  const { bytes, write, barSizes } = expectedServed(capturePath, ats);
  const seen = viewOf(expectView({ bytes, barSizes }, 'root-port'));
  overlayWrites(write, seen, barSizes);
  return { bytes: guestBytes(seen).bytes, write };
}

/** `104: 0x1, expected 0x0` for each byte of `config` that differs in a bit that no write reaches. */
export function unexpectedBytes(config: Uint8Array, { bytes, write }: ExpectedInGuest): string[] {
  const differing = [...bytes.keys()].filter(at => (((config[at] ?? 0) ^ bytes[at]) & ~write[at]) !== 0);
  return differing.map(at => `${formatHex(at)}: ${formatHex(config[at] ?? 0)}, expected ${formatHex(bytes[at])}`);
}
