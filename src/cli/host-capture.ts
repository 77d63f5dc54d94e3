/** A capture of this host: its facts, devices with the bytes and the report that can be had, and what doctor says of both. */
import { isBridge } from '../linux/binding/index.ts';
import {
  type Asked,
  examineDevice,
  examineHost,
  type Ground,
  isBoundTo,
  type Told,
  unaskedFor,
  whyNotAsked,
} from '../linux/readiness/index.ts';
import { readHostFacts } from '../linux/sysfs/index.ts';
import { type Capture, captureOf, type RedactionKind } from '../pure/capture/index.ts';
import type { CheckFact, DeviceFacts } from '../pure/facts/index.ts';
import type { Check } from '../pure/reports/doctor-report.ts';
import { readPhysical } from './host-tree.ts';
import { type LiveDevice, liveFacts } from './live.ts';

export interface HostCaptureOptions {
  readonly redacts: readonly RedactionKind[];
  /** Where the tree of the host begins. */
  readonly root: string;
  /** Milliseconds since 1970, as Date has them. */
  readonly now: number;
  /** Whether the user is root. */
  readonly isRoot: boolean;
  /** Whether the capture tells which host it is of. */
  readonly withId: boolean;
  readonly description?: string | undefined;
}

/** What the device told when it was open; a reset of its own is doctor's, since one may fail. */
function askedOf({ host, opened, closed }: LiveDevice, root: string): Asked<Told> {
  if (opened !== null) {
    const { hostIommu } = opened;
    return { value: { ats: { ...hostIommu.atsEvidence(), because: null }, pasid: hostIommu.pasid(), reset: 'not tried' } };
  }
  if (closed !== undefined) return { unasked: unaskedFor(closed) };
  const why = whyNotAsked(host, { root, hasIommufd: true });
  return { unasked: why ?? { code: 'other-tree', because: 'another tree', text: `${root} is another tree` } };
}

/** Where a copy lies is the business of whoever made it. */
function withoutRoot(checks: readonly Check[], root: string): CheckFact[] {
  const own = (text: string) => (root === '/' ? text : text.replaceAll(root.replace(/\/$/, ''), 'this copy'));
  return checks.map(({ code, status, text }) => ({ code, status, text: own(text).slice(0, 2000) }));
}

function factsOf(device: LiveDevice, asked: Asked<Told>, ground: Ground): DeviceFacts {
  const { root, facts } = ground;
  const known = liveFacts(device, { root, kernel: facts.kernel });
  // A bridge is never assigned.
  const subject = { device: device.host, physical: readPhysical(device.host, root) };
  const checks = isBridge(device.host) ? null : withoutRoot(examineDevice(ground, subject, asked), root);
  return { ...known, description: null, assignment: known.assignment && { ...known.assignment, checks } };
}

/** `2026-11-28T18:00:00Z`. */
const formatTime = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`;

/** The capture of a host, of this one or of the tree at `root`. */
export function captureHost(devices: readonly LiveDevice[], options: HostCaptureOptions): Capture {
  const { redacts, root, now, isRoot, withId, description } = options;
  const facts = readHostFacts({ root });
  const ground: Ground = { facts, root, isRoot, required: [] };
  const asked = devices.map(device => askedOf(device, root));
  const bound = asked.map(isBoundTo);
  const isBound = bound.includes(true) ? true : bound.includes(false) ? false : null;
  const host = {
    ...facts,
    id: withId ? facts.id : null,
    // When a copy was made of another host does not show.
    time: root === '/' ? formatTime(now) : null,
    checks: withoutRoot(examineHost(ground, isBound), root),
  };
  const all = devices.map((device, i) => {
    const { [i]: one = askedOf(device, root) } = asked;
    return factsOf(device, one, ground);
  });
  return captureOf(host, all, { redacts, description });
}
