import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DefinitionSource } from '../model/definitions.ts';
import { readInput } from '../model/read-input.ts';
import { pinText } from './pin-text.ts';
import { makePlan } from './planning.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CAPTURE = join(ROOT, 'captures/vm-intel-iotlb.json');
const choice = { profile: null, author: null };

const VM = `qemu-system-x86_64 -M q35 -nodefaults -object iommufd,id=i0 \\
  -device pcie-root-port,id=rp1,chassis=1 \\
  -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0,id=nic0
`;

async function pinned(definitions: readonly DefinitionSource[]) {
  const bytes = new Uint8Array(readFileSync(CAPTURE));
  const read = await readInput(bytes);
  assert.ok(read.kind === 'devices');
  const sources = [{ id: 'i1', name: 'h.json', bytes, read }];
  const made = await makePlan({ definitions, sources, choice }, () => {});
  assert.ok(made !== null);
  return pinText({ made, file: definitions[0]?.name ?? '', host: 0, definitions, choice });
}

const definitionOf = (name: string, text: string): DefinitionSource => ({ id: name, name, text, bytes: new TextEncoder().encode(text) });

/** What the command prints of the same. */
function printed(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-pin-'));
  try {
    writeFileSync(join(folder, name), text);
    const words = ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/cli/main.ts'), 'plan', name, '--host', CAPTURE, '--pin'];
    const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    assert.notEqual(stdout, '', stderr);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('pinText', () => {
  for (const [name, text] of [
    ['vm.args', VM],
    ['db1.xml', readFileSync(join(ROOT, 'examples/definitions/db1.xml'), 'utf8')],
  ] as const)
    test(`pinText writes out what airlock plan --pin writes out: ${name}`, async () => {
      const result = await pinned([definitionOf(name, text)]);
      assert.ok(result.kind === 'pinned', JSON.stringify(result));
      assert.equal(result.text === text, name === 'db1.xml');
      assert.equal(result.text, printed(name, text));
    });

  test('pinText refuses a VM that does not start, and a log', async () => {
    const failing = await pinned([definitionOf('vm.args', VM.replace('id=nic0', 'atsx=on'))]);
    assert.ok(failing.kind === 'refused');
    assert.match(failing.why, /does not start on h\.json/);
    const log = await pinned([definitionOf('vm.log', VM)]);
    assert.deepEqual(log, { kind: 'refused', why: 'it is a log, from which nothing starts' });
  });
});
