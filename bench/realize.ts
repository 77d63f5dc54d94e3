/** Views per second of one core: a 4096-byte device with ten extended capabilities, host bytes in, both stages. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseCapture, parseConfigText } from '../src/pure/capture/index.ts';
import { guestBytes, PROFILES, type ProfileName, realize, settingsOf } from '../src/pure/guest-view/index.ts';
import { iommufdDevice } from '../src/pure/iommu/index.ts';
import { ConfigSpace, decodeDevice } from '../src/pure/pci/index.ts';
import { effectiveProperties } from '../src/pure/qemu/index.ts';
import { median } from './measure.ts';

const ROUNDS = 5;
const VIEWS = 200_000;

/** The capabilities of the shipped GPU-like device that a usual endpoint has too: four standard ones, ten extended ones. */
const KEPT = new Set([0x01, 0x03, 0x0e, 0x0f, 0x10, 0x13, 0x15, 0x18, 0x1b, 0x1e]);

export function benchDevice(): ConfigSpace {
  const { devices } = parseCapture(readFileSync(new URL('../captures/synthetic-vtd-ats.json', import.meta.url), 'utf8'));
  const config = parseConfigText(devices[0]?.config ?? '');
  const { capabilities } = decodeDevice(config);
  const bytes = config.bytes.slice();
  const kept = capabilities.filter(({ ref }) => ref.kind === 'extended' && KEPT.has(ref.id));
  // Relinks the list so that it leads through the kept ones alone; the head stays where it is.
  for (const [i, { ref }] of kept.entries()) {
    const next = kept[i + 1]?.ref.offset ?? 0;
    bytes[ref.offset + 2] = (ref.version ?? 0) | ((next & 15) << 4);
    bytes[ref.offset + 3] = next >> 4;
  }
  return new ConfigSpace(bytes);
}

export interface RealizeResult {
  readonly profile: ProfileName;
  readonly viewsPerSecond: number;
  readonly withBytesPerSecond: number;
}

/** Each profile in a process of its own: what is compiled for one must not slow the other down. */
export function benchRealize(): RealizeResult[] {
  return (Object.keys(PROFILES) as ProfileName[]).map(profile => {
    const { stdout, status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', import.meta.filename, profile], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`bench of ${profile} ended with ${status}: ${stderr}`);
    return JSON.parse(stdout) as RealizeResult;
  });
}

function benchProfile(profile: ProfileName): RealizeResult {
  const config = benchDevice();
  const extended = decodeDevice(config).capabilities.filter(({ ref }) => ref.kind === 'extended').length;
  if (extended !== KEPT.size) throw new Error(`the bench device has ${extended} extended capabilities: wanted ${KEPT.size}`);
  const hostIommu = iommufdDevice({ type: 0, data: new Uint8Array(0), capabilities: 0n, maxPasidLog2: 0, kernel: '7.3.4' });
  const settings = settingsOf(effectiveProperties({ profile: PROFILES[profile] }));
  const options = {
    config,
    bytes: 'host',
    profile: PROFILES[profile],
    settings,
    hostIommu,
    placement: 'root-port',
    viommuPasid: false,
    virtualFunction: null,
    barSizes: null,
  } as const;
  const time = (once: () => number) => {
    let sum = 0;
    const start = performance.now();
    for (let i = 0; i < VIEWS; i++) sum += once();
    if (sum === 0) throw new Error('nothing was realized');
    return (VIEWS / (performance.now() - start)) * 1000;
  };
  const view = () => {
    const realized = realize(options);
    return realized.outcome === 'realized' ? realized.patches.length : 0;
  };
  const bytes = () => {
    const realized = realize(options);
    return realized.outcome === 'realized' ? (guestBytes(realized).bytes[0] ?? 0) : 0;
  };
  time(view);
  return {
    profile,
    viewsPerSecond: median(Array.from({ length: ROUNDS }, () => time(view))),
    withBytesPerSecond: median(Array.from({ length: ROUNDS }, () => time(bytes))),
  };
}

if (process.argv[1] === import.meta.filename) process.stdout.write(JSON.stringify(benchProfile(process.argv[2] as ProfileName)));
