/** What a guest of Cloud Hypervisor reads of an assigned device, held against the view of profile `cloud-hypervisor-53`. */
import { formatHex } from '../../src/pure/bytes/hex.ts';
import { guestBytes, guestMasks, PROFILES, realize, settingsOf } from '../../src/pure/guest-view/index.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { effectiveProperties } from '../../src/pure/qemu/index.ts';

export interface Assigned {
  /** `x_nv_gpudirect_clique` and others, as they are given. */
  readonly properties: Readonly<Record<string, string>>;
  /** Bytes of each region, BAR 0 first, the ROM's behind them. */
  readonly barSizes: readonly number[];
  /** Config space as the host's kernel reads it. */
  readonly host: Uint8Array;
  /** As the guest reads it, some time after it started. */
  readonly guest: Uint8Array;
}

const [BARS, BARS_END] = [0x10, 0x28];
/** Of the lowest byte of a base address register; below are the type's bits. */
const ADDRESS = 0xf0;

const PROFILE = PROFILES['cloud-hypervisor-53'];

/** `104: 0x1, expected 0x0` for each byte that differs from the view in a bit that no write of a guest reaches. */
export function unexpectedOfAssigned({ properties, barSizes, host, guest }: Assigned): string[] {
  const device = Object.entries(properties).map(([name, value]) => ({ name, value }));
  const settings = settingsOf(effectiveProperties({ profile: PROFILE, device }));
  const realized = realize({ config: new ConfigSpace(host), bytes: 'host', profile: PROFILE, settings, barSizes });
  if (realized.outcome !== 'realized') throw new Error(`the view of the device is ${realized.outcome}`);
  const { bytes } = guestBytes(realized);
  const { write } = guestMasks(realized, barSizes);
  // It aligns I/O regions to four bytes, and keeps what is written into an address below the size of the region.
  for (let at = BARS; at < BARS_END; at++) if (write[at] !== 0 || at % 4 !== 0) write[at] |= at % 4 === 0 ? ADDRESS : 0xff;
  const differing = [...guest.keys()].filter(at => (((guest[at] ?? 0) ^ bytes[at]) & ~write[at]) !== 0);
  return differing.map(at => `${formatHex(at)}: ${formatHex(guest[at] ?? 0)}, expected ${formatHex(bytes[at])}`);
}
