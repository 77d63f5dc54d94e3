/** The hosts that a plan is made for: captures and dumps by name, or this machine. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DeviceFacts, HostFacts } from '../../pure/facts/index.ts';
import type { PlanHost } from '../../pure/plan/index.ts';
import { UsageError } from '../command.ts';
import { readHost } from '../input.ts';

function planHost(name: string, facts: HostFacts, devices: readonly DeviceFacts[]): PlanHost {
  return { name, facts, devices, isWhole: facts.isWhole };
}

/** This machine, its devices as `capture` reads them: those that VFIO has and nobody uses are opened, which resets them. */
async function readThisMachine(): Promise<PlanHost> {
  const [{ isRootUser, readAllDevices }, { captureHost }, { captureDevices, captureHostFacts }, { readLive }] = await Promise.all([
    import('../host-tree.ts'),
    import('../host-capture.ts'),
    import('../../pure/capture/index.ts'),
    import('../live.ts'),
  ]);
  const options = { root: '/', backend: 'iommufd', open: 'try' } as const;
  const devices = readAllDevices('/', false).flatMap(({ address }) => {
    try {
      return [readLive(address, options)];
    } catch (error) {
      // One that was unplugged meanwhile is not there.
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
  const capture = captureHost(devices, { redacts: [], root: '/', now: Date.now(), isRoot: isRootUser(), withId: false });
  return { ...planHost('this machine', captureHostFacts(capture), [...captureDevices(capture)]), hasFile: existsSync };
}

/** The name of each: that of its file, and of those that are called alike with as many folders as tell them apart. */
function namesOf(paths: readonly string[]): ReadonlyMap<string, string> {
  const parts = new Map(paths.map(path => [path, resolve(path).split('/')]));
  const different = new Map([...parts].map(([path, each]) => [each.join('/'), path]));
  const names = new Map<string, string>();
  for (const [path, own] of parts) {
    const others = [...different.keys()].filter(other => other !== own.join('/'));
    let count = 1;
    const end = (): string => own.slice(-count).join('/');
    while (count < own.length && others.some(other => other.endsWith(`/${end()}`))) count += 1;
    names.set(path, path === '-' ? 'standard input' : end());
  }
  return names;
}

/** Reads the hosts; this machine where none is named. Throws UsageError. */
export async function readHosts(paths: readonly string[]): Promise<readonly PlanHost[]> {
  if (paths.length === 0) return [await readThisMachine()];
  const hosts: PlanHost[] = [];
  const names = namesOf(paths);
  for (const path of paths) {
    const { host, devices } = await readHost(path);
    hosts.push(planHost(names.get(path) ?? path, host, devices));
  }
  return hosts;
}
