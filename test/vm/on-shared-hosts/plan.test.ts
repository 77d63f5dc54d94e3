/**
 * `airlock plan` against QEMU on a real kernel with real devices: whether a command line starts, every word that is said, where each device
 * of the host's stands, the values of its properties, and what the guest reads of it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed, preloadedLibrary } from '../bed.ts';
import { type ComparedLine, capturedHost, compareLines } from '../plan/compare-lines.ts';
import { DIFFERENCES } from '../plan/lines/differences.ts';
import { HOSTS, PLAN_LINES, type PlacedLine } from '../plan/lines/index.ts';
import { QEMU_RUN, splitWords, type TypedLine } from '../plan/words.ts';
import { type SharedDevice, type SharedIommu, shareHosts } from '../shared-hosts.ts';

const skip = missingBed();
const hosts = skip === false ? shareHosts() : null;

/** A device is one QEMU's at a time: `$1` and `$2` of the lines that run one after the other. */
const LANES: readonly (readonly [SharedDevice, SharedDevice])[] = [
  ['virtio-net', 'igb'],
  ['virtio-twin', 'nvme'],
];

/** The line for devices at `addresses`; its files are in the VM under names that begin with `prefix`. */
function typed({ words, files = {} }: PlacedLine, addresses: readonly [string, string], prefix: string): TypedLine {
  const [first, second] = addresses;
  const filled = (text: string): string => text.replaceAll('$1', first).replaceAll('$2', second);
  return {
    words: [...QEMU_RUN, ...splitWords(words).map(word => filled(word).replace(/^@/, prefix))],
    files: new Map(Object.entries(files).map(([name, text]) => [`${prefix}${name}`, filled(text)])),
  };
}

async function compareOnHost(iommu: SharedIommu): Promise<(readonly [PlacedLine, ComparedLine])[]> {
  assert.ok(hosts);
  const { vm, addresses } = await hosts.get(iommu);
  const host = await capturedHost(vm, iommu);
  const many = { vm, library: preloadedLibrary(join(import.meta.dirname, '../many-lines.c')), program: QEMU_RUN[0] };
  const lines = PLAN_LINES.filter(line => line.host === iommu);
  const lanes = LANES.map(async ([first, second], lane) => {
    const own = lines.filter((_, index) => index % LANES.length === lane);
    const filled = own.map((line, index) => typed(line, [addresses[first], addresses[second]], `/run/plan-${lane}-${index}-file-`));
    const compared = await compareLines(many, host, filled, `/run/plan-${lane}`);
    return own.flatMap((line, index) => (compared[index] === undefined ? [] : [[line, compared[index]] as const]));
  });
  return (await Promise.all(lanes)).flat();
}

describe('airlock plan', { skip }, () => {
  let compared = new Map<PlacedLine, ComparedLine>();
  before(async () => {
    compared = new Map((await Promise.all(HOSTS.map(compareOnHost))).flat());
  });
  after(() => hosts?.release());

  for (const line of PLAN_LINES) {
    const difference = DIFFERENCES.get(line.title);
    it(difference === undefined ? line.name : `${line.name} (differs: ${difference})`, () => {
      const found = compared.get(line);
      assert.ok(found);
      const { planned, asked, words } = found;
      const told = words.slice(QEMU_RUN.length).join(' ');
      if (difference !== undefined) assert.notDeepEqual(planned, asked, `${told}: it differs no more`);
      else assert.deepEqual({ line: told, ...planned }, { line: told, ...asked });
    });
  }

  it('every outcome occurs, and most lines start', () => {
    const outcomes = [...compared.values()].map(({ asked }) => asked.outcome);
    const started = outcomes.filter(outcome => outcome === 'fits').length;
    assert.ok(started > 150 && outcomes.length - started > 80, `${started} of ${outcomes.length} start`);
  });
});
