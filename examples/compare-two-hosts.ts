/**
 * May a virtual machine move between two hosts? Each capture holds what a host says of its devices; a guest must meet the same
 * bytes on both. Here the devices are alike, and only one host's kernel says that ATS may be used.
 *
 *   npm run build && node --import tsx examples/compare-two-hosts.ts [CAPTURE CAPTURE]
 */
import { readFileSync } from 'node:fs';
import { type Capture, captureDevices, parseCapture } from 'vfio-airlock/capture';
import { guestBytes, type Realized, view } from 'vfio-airlock/guest-view';
import { formatCapability } from 'vfio-airlock/render';

const shipped = (name: string) => new URL(import.meta.resolve(`vfio-airlock/captures/${name}.json`));
const [pathA, pathB] = process.argv.slice(2);
const a = parseCapture(readFileSync(pathA ?? shipped('synthetic-vtd-ats'), 'utf8'));
const b = parseCapture(readFileSync(pathB ?? shipped('synthetic-vtd-no-ats'), 'utf8'));

/** The view of a capture's first device. */
function realizeFirst(capture: Capture, ats: string): Realized {
  const [device] = captureDevices(capture);
  if (device === undefined) throw new Error('the capture holds no device');
  return view(device, { properties: [{ name: 'ats', value: ats }] }).realized;
}

/** What the guest sees, as text; a failed realize shows nothing. */
function seen(realized: Realized): string[] {
  if (realized.outcome === 'failed') return [];
  return realized.capabilities.filter(({ status }) => status !== 'hidden').map(view => formatCapability(view));
}

for (const ats of ['auto', 'off']) {
  const [viewA, viewB] = [realizeFirst(a, ats), realizeFirst(b, ats)];
  const onlyA = seen(viewA).filter(name => !seen(viewB).includes(name));
  const onlyB = seen(viewB).filter(name => !seen(viewA).includes(name));
  const same =
    viewA.outcome === 'realized' && viewB.outcome === 'realized' && Buffer.compare(guestBytes(viewA).bytes, guestBytes(viewB).bytes) === 0;
  process.stdout.write(`ats=${ats}: the guest's bytes ${same ? 'are the same: it may move' : 'differ: it may not move'}\n`);
  if (onlyA.length > 0) process.stdout.write(`  only on the first host: ${onlyA.join(', ')}\n`);
  if (onlyB.length > 0) process.stdout.write(`  only on the second host: ${onlyB.join(', ')}\n`);
}
