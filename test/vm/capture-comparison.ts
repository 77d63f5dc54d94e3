/** A capture that the package ships beside the live devices of the VM that it was made of: the same file, the same views. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CapturedHost, captureArguments, type VmCapture, vmCapture } from '../../tools/make-vm-captures.ts';
import { type AirlockRun, airlockHere, airlockInVm } from './airlock-runs.ts';

const folder = resolve(import.meta.dirname, '../../captures');

/** Under which the views of live device and capture are compared. */
const VARIANTS: readonly (readonly string[])[] = [['--json'], ['--json', '--profile', 'qemu-11.1', '--backend', 'legacy', '--ats', 'on']];

/** Text says where the device comes from between its heading and the profile; that alone may differ. JSON does not say it. */
const withoutOrigin = (text: string) => text.replace(/(?<=^.*\n)(?: {2}(?!profile ).*\n)*(?= {2}profile )/, '');

const EXPLAIN = ['--explain'];
const VIEWS = [...VARIANTS, EXPLAIN];

export interface MeasuredCapture {
  readonly wanted: VmCapture;
  readonly capture: AirlockRun;
  /** By device, then by variant; the last is text. */
  readonly views: ReadonlyMap<string, readonly AirlockRun[]>;
}

/** Captures and views the devices of the host. */
export async function measureCapture(wanted: VmCapture, host: CapturedHost): Promise<MeasuredCapture> {
  const addresses = wanted.devices.map(name => host.addresses[name]);
  const views = addresses.flatMap(address => VIEWS.map(options => ['view', address, ...options]));
  const [capture, ...runs] = await airlockInVm(host.vm, [captureArguments(wanted, host), ...views]);
  assert.ok(capture);
  const byAddress = addresses.map((address, at) => [address, runs.slice(at * VIEWS.length, (at + 1) * VIEWS.length)] as const);
  return { wanted, capture, views: new Map(byAddress) };
}

/** The file is what would be written now. */
export function assertShipped({ wanted, capture }: MeasuredCapture): void {
  assert.deepEqual([capture.code, capture.stderr], [0, '']);
  assert.equal(vmCapture(wanted, capture.stdout), readFileSync(join(folder, wanted.file), 'utf8'));
}

/** Views of the capture, made now and shipped, on this machine are those of the live devices. `scratch` is a folder for files. */
export function assertSameViews({ wanted, capture, views }: MeasuredCapture, scratch: string): void {
  assert.equal(views.size, wanted.devices.length);
  const fresh = join(scratch, wanted.file);
  writeFileSync(fresh, capture.stdout);
  for (const path of [fresh, join(folder, wanted.file)]) {
    for (const [address, live] of views) {
      const here = airlockHere(VIEWS.map(options => ['view', path, '-s', address, ...options]));
      for (const [index, options] of VIEWS.entries()) {
        const [left, right] = [here[index], live[index]];
        assert.ok(left && right);
        const what = `${address} ${options.join(' ')}`;
        assert.deepEqual([left.code, left.stderr], [right.code, right.stderr], what);
        if (options === EXPLAIN) assert.equal(withoutOrigin(left.stdout), withoutOrigin(right.stdout), what);
        else assert.deepEqual(JSON.parse(left.stdout), JSON.parse(right.stdout), what);
      }
    }
  }
}
