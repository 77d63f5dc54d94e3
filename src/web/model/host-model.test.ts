import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type DeviceFacts, deviceFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../../pure/facts/index.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { buildConfigSpace } from '../../pure/pci/builder.ts';
import { ConfigSpace } from '../../pure/pci/config-space.ts';
import { BUILT_IN_NAMES } from '../../pure/pci/pci-ids.ts';
import { type AtsAnswer, atsAnswer } from './ats-survey.ts';
import { className, type FunctionLine } from './function-line.ts';
import { hostFilter } from './host-filter.ts';
import { hostLayout } from './host-layout.ts';
import { type HostModel, hostModel } from './host-model.ts';
import { hostRows, type RowNode } from './host-rows.ts';
import type { TreeNode } from './host-tree.ts';
import { readInput } from './read-input.ts';
import { sortedLines } from './sorted-lines.ts';
import { NOTHING_CHANGED, requestOf } from './what-if.ts';

const CAPTURES = new URL('../../../captures/', import.meta.url);
const DUMPS = new URL('../../../../shared/dumps/', import.meta.url);

const config = buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x02_00_00 });

function fn(address: string, above: readonly string[] | null, others: Partial<DeviceFacts['assignment'] & object> = {}): DeviceFacts {
  return deviceFacts(config, { bdf: Bdf.parse(address), assignment: { ...NO_ASSIGNMENT_FACTS, bridges: above, ...others } });
}

const modelOf = (devices: readonly DeviceFacts[]): HostModel =>
  hostModel({ kind: 'devices', format: 'json', readAs: '', host: NO_HOST_FACTS, devices, leftOut: 0, notes: [] });

/** `0000:00(0000:00:01.0(0000:01:00.0))`. */
const written = (nodes: readonly TreeNode[]): string =>
  nodes.map(({ name, children }) => (children.length === 0 ? name : `${name}(${written(children)})`)).join(' ');

const rowsOf = (model: HostModel, matching: ReadonlySet<number> | null = null, toggled: readonly string[] = []): readonly RowNode[] =>
  hostRows({ tree: model.tree, lines: model.lines, matching, leavesOut: true, toggled: new Set(toggled) });

async function modelOfFile(url: URL): Promise<HostModel> {
  const read = await readInput(readFileSync(url));
  assert.ok(read.kind === 'devices');
  return hostModel(read);
}

test('hostTree puts functions below the bridges that a capture names, those that are not in it too', () => {
  const { tree } = modelOf([
    fn('02:00.0', ['0000:01:00.0', '0000:00:01.0']),
    fn('00:01.0', []),
    fn('03:00.0', ['0000:00:02.0']),
    fn('00:1f.0', []),
  ]);
  assert.equal(written(tree), '0000:00(0000:00:01.0(0000:01:00.0(0000:02:00.0)) 0000:00:02.0(0000:03:00.0) 0000:00:1f.0)');
});

test('functionLine knows a class of which the programming interface is not known, and none of half a class', () => {
  const lineOf = (from: number, to: number) => {
    const known = new Uint8Array(config.bytes.length).fill(1, from, to);
    const { lines } = modelOf([deviceFacts(new ConfigSpace(config.bytes, known))]);
    return lines.map(line => [className(line, BUILT_IN_NAMES), line.ids]);
  };
  assert.deepEqual(lineOf(10, 12), [['Ethernet controller', null]]);
  assert.deepEqual(lineOf(11, 12), [['class not known', null]]);
});

test('hostTree guesses no parent', () => {
  assert.equal(
    written(modelOf([fn('05:00.0', null), deviceFacts(config), fn('00:00.0', [])]).tree),
    '0000:00(0000:00:00.0) parent not known(0000:05:00.0 device 2)',
  );
});

test('hostTree ends where bridges stand above each other', () => {
  const { tree } = modelOf([fn('01:00.0', ['0000:02:00.0']), fn('02:00.0', ['0000:01:00.0']), fn('03:00.0', ['0000:03:00.0'])]);
  assert.match(written(tree), /^parent not known\(/);
  for (const address of ['0000:01:00.0', '0000:02:00.0', '0000:03:00.0']) assert.ok(written(tree).includes(address), address);
});

test('hostTree holds each function of a real host once, below its bridge', { skip: existsSync(DUMPS) ? false : 'no dumps' }, async () => {
  const { tree, devices } = await modelOfFile(new URL('tree-fujitsu-p8010.lspci', DUMPS));
  const text = written(tree);
  assert.match(text, /0000:00:1c\.0\(0000:04:00\.0\)/);
  assert.match(text, /0000:00:1e\.0\([^)]*0000:1c:03\.4/);
  // What stands behind a CardBus bridge is not known by the buses of PCI bridges.
  assert.ok(text.endsWith(' parent not known(0000:1d:00.0)'));
  assert.equal(text.match(/\.[0-7]/g)?.length, devices.length);
});

test('hostRows gathers virtual functions, and opens them on demand', () => {
  const sriov = { totalVfs: null, physicalFunction: '0000:01:00.0', virtualFunctions: null };
  const vfs = Array.from({ length: 50 }, (_, i) => fn(`01:${(1 + (i >> 3)).toString(16).padStart(2, '0')}.${i & 7}`, [], { sriov }));
  const model = modelOf([fn('01:00.0', []), ...vfs]);
  const names = (rows: readonly RowNode[]): string[] => rows.map(({ name }) => name);
  assert.deepEqual(names(rowsOf(model)), ['0000:01', '0000:01:00.0', '50 virtual functions of 0000:01:00.0']);
  const run = rowsOf(model)[2]?.key ?? '';
  assert.equal(rowsOf(model, null, [run]).length, 53);
  const [, found] = rowsOf(model, new Set([7, 8, 9, 10, 11]));
  assert.deepEqual([found?.kind, found?.matching, found?.members.length], ['run', 5, 5]);
});

test('hostLayout outlines each group in parts that hold no other function', () => {
  const inGroup = (number: number) => ({ iommuGroup: { number, type: null, members: null, file: null } });
  const model = modelOf([
    fn('00:01.0', [], inGroup(1)),
    fn('00:02.0', [], inGroup(1)),
    fn('00:03.0', [], inGroup(2)),
    fn('00:04.0', [], inGroup(1)),
    fn('00:05.0', []),
  ]);
  const layout = hostLayout(rowsOf(model), model.lines);
  assert.deepEqual(
    layout.outlines.map(({ label }) => label),
    ['group 1, part 1 of 2', 'group 1, part 2 of 2', 'group 2'],
  );
  for (const { group, x, y, width, height } of layout.outlines)
    for (const box of layout.boxes) {
      const isWithin = box.x >= x && box.y >= y && box.x + box.width <= x + width && box.y + box.height <= y + height;
      const own = model.lines[box.node.index ?? -1]?.group;
      if (isWithin) assert.equal(own !== null && own !== 'none' && own?.number, group);
    }
  assert.deepEqual(hostLayout(rowsOf(model), model.lines), layout);
});

test('hostLayout lets no two boxes meet', async () => {
  for (const file of readdirSync(CAPTURES)) {
    const model = await modelOfFile(new URL(file, CAPTURES));
    const { boxes } = hostLayout(rowsOf(model), model.lines);
    for (const [i, a] of boxes.entries())
      for (const b of boxes.slice(i + 1))
        assert.ok(
          a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y,
          `${file}: ${a.node.name}, ${b.node.name}`,
        );
  }
});

function matched(model: HostModel, text: string): string[] {
  const matches = hostFilter(text);
  assert.ok(matches !== null);
  return model.lines.filter(line => matches({ line, answer: undefined, names: BUILT_IN_NAMES })).map(({ name }) => name);
}

test('hostFilter and-s its words, and takes group 1 for no part of 14', () => {
  const group = (number: number) => ({ iommuGroup: { number, type: null, members: null, file: null } });
  const model = modelOf([
    fn('01:00.0', [], { ...group(1), driver: { name: 'vfio-pci' } }),
    fn('02:00.0', [], { ...group(14), driver: { name: 'igb' }, numaNode: 1 }),
    deviceFacts(config, { bdf: Bdf.parse('03:00.0'), description: 'an adapter without ATS' }),
  ]);
  for (const [text, names] of [
    ['vfio', ['0000:01:00.0']],
    ['group 1', ['0000:01:00.0']],
    ['GROUP 14 igb', ['0000:02:00.0']],
    ['group 14 vfio', []],
    ['node 1', ['0000:02:00.0']],
    ['ethernet 03:', ['0000:03:00.0']],
    ['1234:5678', ['0000:01:00.0', '0000:02:00.0', '0000:03:00.0']],
    ['ats', []],
    ['adapter', ['0000:03:00.0']],
  ] as const)
    assert.deepEqual(matched(model, text), names, text);
  assert.equal(hostFilter('  '), null);
});

test('sortedLines puts what is not known last, in both directions', () => {
  const driver = (name: string) => ({ driver: { name } });
  const model = modelOf([fn('01:00.0', [], driver('b')), fn('02:00.0', []), fn('03:00.0', [], driver('a'))]);
  const sorted = (order: 'driver' | '-driver'): string[] =>
    sortedLines(model.lines, order, [], BUILT_IN_NAMES).map(({ name }) => name.slice(5, 7));
  assert.deepEqual(
    [sorted('driver'), sorted('-driver')],
    [
      ['03', '01', '02'],
      ['01', '03', '02'],
    ],
  );
});

function answersOf({ devices, lines }: HostModel, question = NOTHING_CHANGED): AtsAnswer[] {
  const request = requestOf(question);
  return devices.map((device, i) => atsAnswer(device, lines[i] as FunctionLine, request));
}

test('atsAnswer is what the profiles say of the shipped captures, under each answer of the kernel', async () => {
  const model = await modelOfFile(new URL('vm-intel-iotlb.json', CAPTURES));
  const words = (question = NOTHING_CHANGED): string[] => answersOf(model, question).map(({ outcome, kernel }) => `${outcome} ${kernel}`);
  assert.deepEqual(words()[0], 'shown supported');
  assert.deepEqual(words({ ...NOTHING_CHANGED, kernelAnswer: 'unsupported' })[0], 'masked unsupported');
  assert.deepEqual(words({ ...NOTHING_CHANGED, kernelAnswer: 'unsupported', ats: 'on' })[0], 'realize fails unsupported');
  assert.deepEqual(words({ ...NOTHING_CHANGED, kernelAnswer: 'unreported' })[0], 'shown unreported');
  assert.deepEqual(words({ ...NOTHING_CHANGED, ats: 'off' })[0], 'masked supported');
});

test('atsAnswer of 64 bytes is unknown, never none', async () => {
  const bytes = new TextEncoder().encode(
    `01:00.0 x\n00: 86 80 72 15 06 04 10 00 02 00 00 02 10 00 00 00\n10: ${'00 '.repeat(16).trim()}\n20: ${'00 '.repeat(16).trim()}\n30: 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00\n`,
  );
  const read = await readInput(bytes);
  assert.ok(read.kind === 'devices');
  assert.deepEqual(
    answersOf(hostModel(read)).map(({ outcome }) => outcome),
    ['unknown'],
  );
});
