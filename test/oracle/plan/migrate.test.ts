/** What QEMU refuses to load, and the first byte of it, are what loadConfig says: VMs that are saved into files and loaded from them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseSaveFile, type SavedFunction } from '../../../src/pure/inputs/index.ts';
import { type CheckedBits, formatRefusedDevice, loadConfig, type RefusedByte } from '../../../src/pure/plan/migrate/load-config.ts';
import { migratedAsAssigned } from './assigned-copy.ts';
import { byteFlips, CHANGES, type Change, FUNCTIONS, type OracleFunction, VM } from './migrations.ts';
import { loadVm, type Migrated, probeFunctions, saveVm, skipWithoutQemu as skip } from './saving-qemu.ts';
import { checkedBits, spoiledSpace } from './spoiled-space.ts';

const folder = mkdtempSync(join(tmpdir(), 'airlock-saved-'));
after(() => rmSync(folder, { recursive: true }));

/** QEMU's word: null where it loads, else the section and the byte. */
interface TheirVerdict {
  readonly section: string | null;
  readonly byte: RefusedByte | null;
  readonly words: string;
}

const BAD_DATA = /Bad config data: i=0x(\S+) read: (\S+) device: (\S+) cmask: (\S+) wmask: (\S+) w1cmask:(\S+)/;

function theirVerdict({ status, lines }: Migrated): TheirVerdict | null {
  if (status === 'completed') return null;
  const words = lines.join('\n');
  const [at = -1, read = 0, device = 0, cmask = 0, wmask = 0, w1cmask = 0] = (BAD_DATA.exec(words) ?? [])
    .slice(1)
    .map(text => Number.parseInt(text, 16));
  const section = / of device '([^']*)'/.exec(words)?.[1] ?? null;
  return { section, byte: at < 0 ? null : { at, read, device, cmask, wmask, w1cmask }, words };
}

async function save(name: string, args: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const { status, lines } = await saveVm(args, path);
  assert.equal(status, 'completed', lines.join('\n'));
  return path;
}

/** What is checked of each function, by its path. */
async function checksOf(
  args: readonly string[],
  functions: readonly OracleFunction[],
  saved: readonly SavedFunction[],
): Promise<Map<string, CheckedBits>> {
  const bridges = functions.flatMap(({ port }) => (port === null ? [] : [{ at: { bus: 0, device: port.slot, fn: 0 }, bus: port.bus }]));
  const addresses = functions.map(({ port, slot }) => ({ bus: port?.bus ?? 0, device: slot, fn: 0 }));
  const probed = await probeFunctions(args, bridges, addresses);
  return new Map(
    functions.flatMap(({ path }, index) => {
      const [own, found] = [saved.find(one => one.path === path), probed[index]];
      return own === undefined || found === undefined ? [] : [[path, checkedBits(own.config, found.probe)]];
    }),
  );
}

async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

test('parseSaveFile reads the bytes that a guest reads', { skip }, async () => {
  const { functions, machine, doubts } = parseSaveFile(readFileSync(await save('read', VM)));
  assert.equal(machine, 'pc-q35-11.1');
  assert.deepEqual(doubts, []);
  // Numbers of buses are a guest's writes: the saved VM has had none.
  const bridges = FUNCTIONS.flatMap(({ port }) => (port === null ? [] : [{ at: { bus: 0, device: port.slot, fn: 0 }, bus: port.bus }]));
  const addresses = FUNCTIONS.map(({ port, slot }) => ({ bus: port?.bus ?? 0, device: slot, fn: 0 }));
  const probed = await probeFunctions(VM, bridges, addresses);
  for (const [index, { path }] of FUNCTIONS.entries()) {
    const config = functions.find(one => one.path === path)?.config;
    const theirs = probed[index]?.bytes.slice(0, config?.bytes.length);
    theirs?.set(config?.bytes.subarray(0x18, 0x1b) ?? [], 0x18);
    assert.deepEqual(config?.bytes, theirs, path);
  }
});

test('loadConfig says of any bit that is another whether QEMU refuses it, and which byte it names', { skip }, async () => {
  const original = readFileSync(await save('whole', VM));
  const saved = parseSaveFile(original).functions;
  const checks = await checksOf(VM, FUNCTIONS, saved);
  const flips = saved.flatMap(one => (checks.has(one.path) ? byteFlips(spoiledSpace(one.config)).map(flip => ({ one, ...flip })) : []));
  let [refused, loaded, migrated] = [0, 0, 0];
  const differences: string[] = [];
  await inPairs(flips, async ({ one, at, bit }) => {
    const name = `${one.path} ${one.kind} ${at.toString(16)} bit ${bit}`;
    const spoiled = Buffer.from(original);
    spoiled[one.at + at] ^= 1 << bit;
    const path = join(folder, `flip-${one.path}-${at}-${bit}`);
    writeFileSync(path, spoiled);
    const theirs = theirVerdict(await loadVm(VM, path));
    rmSync(path);
    const source = parseSaveFile(spoiled).functions.find(({ path: own }) => own === one.path);
    const ours = loadConfig(source?.config ?? one.config, one.config, checks.get(one.path) ?? assert.fail(name));
    if (theirs === null) loaded++;
    else refused++;
    differences.push(...compareVerdicts(name, `${one.path}/${one.kind}`, ours.first, theirs));
    const whole = migratedAsAssigned(source?.config ?? one.config, one.config, { at, wmask: checks.get(one.path)?.write[at] ?? 0 });
    if (whole === null) return;
    migrated++;
    differences.push(...compareVerdicts(`${name} by migrate`, `${one.path}/${one.kind}`, whole.refused, theirs));
  });
  assert.deepEqual(differences, []);
  assert.ok(
    refused > 40 && loaded > 10 && migrated >= 55,
    `${migrated} judged by migrate too, ${refused} refused, ${loaded} loaded: QEMU must refuse some and load some`,
  );
});

function compareVerdicts(name: string, section: string, ours: RefusedByte | null, theirs: TheirVerdict | null): string[] {
  const told = (byte: RefusedByte | null) =>
    byte === null
      ? 'loads'
      : `refuses ${byte.at.toString(16)}: read ${byte.read}, device ${byte.device}, checked ${byte.cmask & ~byte.wmask & ~byte.w1cmask}`;
  const [own, their] = [told(ours), theirs !== null && theirs.byte === null ? theirs.words : told(theirs?.byte ?? null)];
  if (own !== their) return [`${name}: ours ${own}; QEMU ${their}`];
  const line = formatRefusedDevice(section);
  return theirs === null || theirs.words.includes(line) ? [] : [`${name}: ours ${line}; QEMU ${theirs.words}`];
}

/** The first function of the stream that is refused, in QEMU's order. */
async function judge({ name, from, to }: Change): Promise<string[]> {
  const [source, destination] = [await save(`${name} from`, from), await save(`${name} to`, to)];
  const [old, own] = [parseSaveFile(readFileSync(source)).functions, parseSaveFile(readFileSync(destination)).functions];
  const known = [...FUNCTIONS].filter(({ path }) => own.some(one => one.path === path));
  const checks = await checksOf(to, known, own);
  const order = [...old].sort((a, b) => a.at - b.at);
  const refused = order.flatMap(one => {
    const [there, check] = [own.find(({ path }) => path === one.path), checks.get(one.path)];
    const first = there === undefined || check === undefined ? null : loadConfig(one.config, there.config, check).first;
    return first === null ? [] : [{ section: `${one.path}/${one.kind}`, first }];
  });
  const [first] = refused;
  return compareVerdicts(name, first?.section ?? '', first?.first ?? null, theirVerdict(await loadVm(to, source)));
}

test('loadConfig finds the byte that QEMU refuses where a property is another', { skip }, async () => {
  const differences: string[] = [];
  await inPairs(CHANGES, async change => {
    differences.push(...(await judge(change)));
  });
  assert.deepEqual(differences, []);
});
