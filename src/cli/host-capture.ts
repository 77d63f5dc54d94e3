/** Captures this host: its facts, its devices with what bytes and report can be read, and what doctor says of both. */
import { isBridge } from '../linux/binding/index.ts';
import {
  type Asked,
  examineDevice,
  examineHost,
  type Ground,
  isBoundTo,
  smmuAtsCause,
  type Told,
  unaskedFor,
  whyNotAsked,
} from '../linux/readiness/index.ts';
import { readHidden, readHostFacts } from '../linux/sysfs/index.ts';
import { type Capture, captureOf, type RedactionKind } from '../pure/capture/index.ts';
import type { CheckFact, DeviceFacts } from '../pure/facts/index.ts';
import type { Check } from '../pure/reports/doctor-report.ts';
import { readPhysical } from './host-tree.ts';
import { type LiveDevice, liveFacts } from './live.ts';

export interface HostCaptureOptions {
  readonly redacts: readonly RedactionKind[];
  /** The folder in which the host's file system tree begins. */
  readonly root: string;
  /** Milliseconds since 1970, as Date has them. */
  readonly now: number;
  /** Whether the user is root. */
  readonly isRoot: boolean;
  /** Whether the capture tells which host it is of. */
  readonly withId: boolean;
  readonly description?: string | undefined;
}

/** What the device told while it was open. Only doctor tries a reset by itself, since a reset may fail. */
function askedOf({ host, opened, closed }: LiveDevice, root: string): Asked<Told> {
  if (opened !== null) {
    const { hostIommu } = opened;
    const ats = { ...hostIommu.atsEvidence(), because: null };
    return { value: { ats, atsCause: smmuAtsCause(hostIommu), pasid: hostIommu.pasid(), reset: 'not tried' } };
  }
  if (closed !== undefined) return { unasked: unaskedFor(closed) };
  const why = whyNotAsked(host, { root, hasIommufd: true });
  return { unasked: why ?? { code: 'other-tree', because: 'another tree', text: `${root} is another tree` } };
}

/** Leaves --root's folder out of the capture: where a copy lies is private to whoever made it. */
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

/** Whether the kernel lists no others. A copy of its tree may have lost some; null is what is not known. */
function isWholeHost(devices: readonly LiveDevice[], root: string): boolean | null {
  const others = readHidden(
    devices.map(({ host }) => host),
    root,
  );
  if (others.length > 0) return false;
  return root === '/' ? true : null;
}

/** The capture of this host, or of the host whose tree is at `root`. */
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
    // A copy of a host's tree does not tell when it was made.
    time: root === '/' ? formatTime(now) : null,
    checks: withoutRoot(examineHost(ground, isBound), root),
    isWhole: isWholeHost(devices, root),
  };
  const all = devices.map((device, i) => {
    const { [i]: one = askedOf(device, root) } = asked;
    return factsOf(device, one, ground);
  });
  return captureOf(host, all, { redacts, description });
}
