/** What becomes of one assigned device when the destination loads it: the bytes of both views, as QEMU compares them. */

import { byteAt } from '../../bytes/checked.ts';
import { formatHex } from '../../bytes/hex.ts';
import { barSizesOf } from '../../facts/index.ts';
import { type GuestView, guestBytes, guestMasks, loadMasks, type View } from '../../guest-view/index.ts';
import type { DevicePlan } from '../plan-report.ts';
import { vfioSection } from './guest-paths.ts';
import { formatRefused, formatRefusedDevice, type LoadedConfig, loadConfig } from './load-config.ts';
import type { DeviceMigration, RefusedLoad, SilentDifference } from './migration.ts';
import { nameByte } from './name-byte.ts';

/** Of more differences that nobody checks the first are told. */
const MOST_SILENT = 16;

interface Seen extends View {
  readonly realized: GuestView;
}

const isSeen = (view: View | null): view is Seen => view !== null && view.realized.outcome !== 'failed';

/** The load with what is certain, and with what rests on bytes that a reset may change. */
interface Judged {
  readonly firm: LoadedConfig;
  /** A byte that differs now in registers that a driver of the host writes; null where there is none. */
  readonly doubtfulAt: number | null;
}

function judge(source: Seen, destination: Seen): Judged {
  const [old, own] = [guestBytes(source.realized), guestBytes(destination.realized)];
  const sizes = barSizesOf(destination.facts);
  const { check, write } = loadMasks(destination.realized, sizes, destination.settings.comparesVendorBodies);
  // What either guest writes is its own, and no difference of the hosts.
  const byGuest = [guestMasks(source.realized, barSizesOf(source.facts)).write, guestMasks(destination.realized, sizes).write];
  const written = check.map((_, at) => byGuest.reduce((bits, own) => bits | (own[at] ?? 0), 0));
  // Host bytes are those of a driver's last setting; the VMM reads them behind a reset.
  const isAsReset = source.bytes === 'vfio' && destination.bytes === 'vfio';
  const firmCheck = isAsReset ? check : check.map((bits, at) => bits & ~byteAt(written, at));
  const firm = loadConfig(old, own, {
    check: firmCheck,
    write: write.map((bits, at) => bits | (byteAt(written, at) & ~byteAt(firmCheck, at))),
  });
  const all = isAsReset ? firm : loadConfig(old, own, { check, write });
  return { firm, doubtfulAt: all.refused.find(at => !firm.refused.includes(at)) ?? null };
}

function refusedLoad({ firm: { first, refused } }: Judged, source: Seen, destination: Seen, path: string | null): RefusedLoad | null {
  if (first === null) return null;
  const section = path === null ? null : formatRefusedDevice(vfioSection(path));
  const names = nameByte(guestBytes(source.realized), guestBytes(destination.realized), first.at);
  return { ...first, ...names, lines: [formatRefused(first), ...(section === null ? [] : [section])], count: refused.length };
}

function silentDifferences({ firm: { silent } }: Judged, source: Seen, destination: Seen): SilentDifference[] {
  const [old, own] = [guestBytes(source.realized), guestBytes(destination.realized)];
  const told = new Map<string, SilentDifference>();
  for (const at of silent) {
    if (told.size === MOST_SILENT) break;
    const names = nameByte(old, own, at);
    const key = JSON.stringify(names);
    if (!told.has(key)) told.set(key, { at, ...names });
  }
  return [...told.values()];
}

function whyUnknown({ error, candidates, host }: DevicePlan, side: string): string {
  if (error !== null) return `on the ${side}: ${error.message}`;
  if (candidates !== null) return `on the ${side} it is one of ${candidates.length} devices that fit: which is not known`;
  return `what the guest sees of ${host ?? 'it'} on the ${side} is not known`;
}

/** `path` is its place in the guest, null where that is not known. */
export function migrateDevice(from: DevicePlan, to: DevicePlan, path: string | null): DeviceMigration {
  const common = { id: from.id, driver: from.driver, path, from: from.host, to: to.host };
  const nothing = { ...common, outcome: 'unknown', refused: null, silent: [] } as const;
  if (!isSeen(from.view)) return { ...nothing, unknown: whyUnknown(from, 'source') };
  if (!isSeen(to.view)) return { ...nothing, unknown: whyUnknown(to, 'destination') };
  if (!to.view.profile.traits.comparesToMigrate) {
    return { ...nothing, unknown: `what ${to.view.profile.name} compares when it loads a device is not known` };
  }
  if (from.view.realized.size !== to.view.realized.size) {
    return { ...nothing, unknown: 'one side has 256 bytes of config space and the other one 4096: QEMU ends in an assertion' };
  }
  const judged = judge(from.view, to.view);
  const refused = refusedLoad(judged, from.view, to.view, path);
  const silent = silentDifferences(judged, from.view, to.view);
  if (refused !== null) return { ...common, outcome: 'refused', refused, unknown: null, silent };
  const { firm, doubtfulAt } = judged;
  const open =
    firm.unknownAt !== null
      ? `the byte at ${formatHex(firm.unknownAt)} is compared, and one side does not know it`
      : doubtfulAt !== null
        ? `the byte at ${formatHex(doubtfulAt)} is compared and differs now, but a driver of the host may have set it before the reset: capture both devices while vfio-pci has them`
        : null;
  return { ...common, outcome: open === null ? 'loads' : 'unknown', refused: null, unknown: open, silent };
}
