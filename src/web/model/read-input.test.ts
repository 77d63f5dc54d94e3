import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { definitions, removeDefinition } from './definitions.ts';
import { EXAMPLE_LINES } from './example-lines.ts';
import { names, namesFile } from './names.ts';
import { InputError, type ReadInput, readInput } from './read-input.ts';
import { addInputs, refusals, removeSource, sources } from './workspace.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const DUMP = `01:00.0 Ethernet controller: an example
00: 86 80 72 15 06 04 10 00 02 00 00 02 10 00 00 00
10: 0c 00 00 90 00 00 00 00 00 00 00 00 00 00 00 00
`;
const VM = '<domain type="kvm"><name>a</name><os><type machine="pc-q35-10.0">hvm</type></os></domain>';

async function devicesOf(text: string | Uint8Array): Promise<ReadInput> {
  const read = await readInput(typeof text === 'string' ? bytesOf(text) : text);
  assert.ok(read.kind === 'devices');
  return read;
}

test('readInput says what it read a dump as, and how many lines it left out', async () => {
  const { readAs, devices, leftOut } = await devicesOf(`${DUMP}0x20: 101915b3 00000000 00000000 00000000\n`);
  assert.deepEqual([readAs, devices.length, leftOut], ['lspci -x', 1, 1]);
});

test('readInput says that it read text without bytes, and what that means', async () => {
  const text = '01:00.0 Ethernet controller [0200]: Device [8086:1572] (rev 02)\n\tFlags: fast devsel\n\tCapabilities: [40] Null\n';
  const alone = await devicesOf(text);
  const [note = ''] = alone.notes;
  assert.equal(alone.readAs, 'text of lspci -v');
  assert.match(note, /^1 device was read as text of lspci -v, 1 capability, without bytes/);
  const beside = await devicesOf(`${text}\n${DUMP.replace('01:', '02:')}`);
  assert.equal(beside.readAs, 'lspci -x');
  assert.equal(beside.notes.length, 1);
});

test('readInput reads the devices before a fault of a dump, and tells the fault', async () => {
  const { devices, notes } = await devicesOf(`${DUMP}\n${DUMP.replace('01:', '02:')}20: 00 00 0`);
  assert.deepEqual(
    devices.map(({ bdf }) => bdf?.text),
    ['0000:01:00.0'],
  );
  assert.equal(notes[0], 'line 8, column 12: the dump ends in the middle of a row: the devices before it were read, this one was not');
  await assert.rejects(readInput(bytesOf(`${DUMP}20: 00 00 0`)), /the dump ends in the middle of a row/);
});

test('readInput reads what is packed, and in two bytes a character', async () => {
  const packed = await devicesOf(gzipSync(DUMP));
  const wide = await devicesOf(Buffer.from(`\ufeff${DUMP}`, 'utf16le'));
  for (const { devices } of [packed, wide]) assert.equal(devices[0]?.config.read(2, 2), 0x1572);
});

test('readInput reads each capture that the package ships', async () => {
  const folder = new URL('../../../captures/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const { readAs, devices, host } = await devicesOf(readFileSync(new URL(file, folder)));
    assert.equal(readAs, 'a capture of Airlock');
    assert.ok(devices.length > 0 && host.kernel !== null, file);
  }
});

test('readInput knows the definition of a VM', async () => {
  for (const text of [
    VM,
    'qemu-system-x86_64 -M q35 -device vfio-pci,host=01:00.0',
    '{"cpus": {"boot_vcpus": 1}, "payload": {"kernel": "/k"}, "devices": [{"path": "/sys/bus/pci/devices/0000:01:00.0"}]}',
  ]) {
    const read = await readInput(bytesOf(text));
    assert.deepEqual(read, { kind: 'definition', bytes: bytesOf(text) });
  }
});

test('readInput reads a hex dump of another program, and says as what', async () => {
  const read = await readInput(
    bytesOf('# hexdump -C config\n00000000  86 80 72 15 06 04 10 00  02 00 00 02 10 00 00 00  |..r.............|\n'),
  );
  assert.ok(read.kind === 'devices');
  assert.deepEqual([read.readAs, read.leftOut, read.devices[0]?.config.read(0, 2), read.devices[0]?.bdf], ['hexdump -C', 1, 0x8086, null]);
});

test('readInput refuses what it cannot use, with the cause and what is wanted', async () => {
  for (const [text, words] of [
    ['', /it is empty; wanted the output of lspci/],
    ['hello', /no format that is known; wanted the output of lspci/],
    ['hello', /the text of lspci -vvv, another hex dump,/],
    ['0000000 15b3 1019 0000 0000 0000 0000 0000 0000\n', /can be read in 2 ways/],
    ['{"format": "airlock-capture"', /not JSON/],
    [gzipSync(gzipSync(DUMP)), /compressed twice/],
    [gzipSync(DUMP).subarray(0, 40), /not valid gzip/],
  ] as const) {
    const bytes = typeof text === 'string' ? bytesOf(text) : text;
    await assert.rejects(readInput(bytes), error => error instanceof InputError && words.test(error.message), `${text}`);
  }
});

test('readInput gives way while it reads a large dump', async () => {
  const large = bytesOf(DUMP.repeat(100_000).replaceAll('01:00.0', '01:00.1'));
  let [told, turns, longest, last] = [0, 0, 0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    turns++;
  }, 1);
  const read = await readInput(large, () => told++).finally(() => clearInterval(timer));
  assert.ok(read.kind === 'devices' && read.devices.length > 0);
  assert.ok(told > 3 && turns > 3, `${told} reports, ${turns} turns of others, the longest after ${Math.round(longest)} ms`);
});

test('addInputs keeps devices and definitions apart, and tells of what it refuses', async () => {
  const inputs = [['a.txt', DUMP] as const, ['vm.xml', VM] as const, ['b.txt', 'hello'] as const];
  const added = await addInputs(inputs.map(([name, text]) => ({ name, bytes: bytesOf(text) })));
  assert.deepEqual([added.sources.map(({ name }) => name), added.definitions.map(({ name }) => name)], [['a.txt'], ['vm.xml']]);
  assert.deepEqual([sources.value, definitions.value], [added.sources, added.definitions]);
  assert.deepEqual(
    refusals.value.map(({ name }) => name),
    ['b.txt'],
  );
  removeSource(added.sources[0]?.id ?? '');
  removeDefinition(added.definitions[0]?.id ?? '');
  assert.deepEqual([sources.value, definitions.value], [[], []]);
});

test('EXAMPLE_LINES has a line for each capture that the package ships, and no other', () => {
  const shipped = readdirSync(new URL('../../../captures/', import.meta.url)).map(name => name.replace(/\.json$/, ''));
  assert.deepEqual(Object.keys(EXAMPLE_LINES).sort(), shipped.sort());
});

test('addInputs takes what is equal once, and a pci.ids file for names', async () => {
  const input = { name: 'twice.txt', bytes: bytesOf(DUMP) };
  const [first] = (await addInputs([input])).sources;
  const [again] = (await addInputs([{ ...input, bytes: bytesOf(DUMP) }])).sources;
  assert.ok(first !== undefined && first === again);
  assert.equal(sources.value.length, 1);
  await addInputs([{ name: 'pci.ids', bytes: bytesOf('8086  Intel Corporation\n\t1572  X710\n\t\t8086 0001  A board\n') }]);
  assert.deepEqual([names.value.device(0x8086, 0x1572), namesFile.value, sources.value.length], ['X710', 'pci.ids', 1]);
  removeSource(first.id);
});
