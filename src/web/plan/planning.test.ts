import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { before, describe, test } from 'node:test';
import { guestBytes, view } from '../../pure/guest-view/index.ts';
import { NO_CONTEXT, plan, readDefinitions } from '../../pure/plan/index.ts';
import { planJson } from '../../pure/reports/plan-json.ts';
import type { DefinitionSource } from '../model/definitions.ts';
import { readInput } from '../model/read-input.ts';
import { requestOf } from '../model/what-if.ts';
import type { Source } from '../model/workspace.ts';
import { whatIfOf } from './asked-view.ts';
import { excerptOf } from './excerpt.ts';
import { makePlan, planHosts } from './planning.ts';

const ROOT = new URL('../../../', import.meta.url);
const NOTHING_CHOSEN = { profile: null, author: null };

const filesOf = (folder: string): readonly URL[] => readdirSync(new URL(folder, ROOT)).map(name => new URL(`${folder}/${name}`, ROOT));

const definitionOf = (name: string, text: string): DefinitionSource => ({ id: name, name, text, bytes: new TextEncoder().encode(text) });

let sources: readonly Source[] = [];
const examples = filesOf('examples/definitions').map(file => definitionOf(basename(file.pathname), readFileSync(file, 'utf8')));

before(async () => {
  const captures = filesOf('captures').filter(({ pathname }) => pathname.endsWith('.json'));
  sources = await Promise.all(
    captures.map(async file => {
      const bytes = new Uint8Array(readFileSync(file));
      const read = await readInput(bytes);
      assert.ok(read.kind === 'devices');
      return { id: basename(file.pathname), name: basename(file.pathname, '.json'), bytes, read };
    }),
  );
});

describe('makePlan', () => {
  test('makePlan plans every definition on every host as the engine does in one call', async () => {
    const made = await makePlan({ definitions: examples, sources, choice: NOTHING_CHOSEN }, () => {});
    const definitions = examples.flatMap(({ name, text }) => readDefinitions({ file: name, text }, null, NO_CONTEXT).definitions);
    assert.ok(definitions.length >= 4 && sources.length >= 8);
    assert.deepEqual(planJson(made?.vms ?? [], [], 0), planJson(plan(definitions, planHosts(sources)).vms, [], 0));
  });

  test('makePlan says why a text is not read, names what others refer to, and plans the rest', async () => {
    const definitions = [
      definitionOf('a.xml', '<domain type="kvm"><name>a</name'),
      definitionOf('net.xml', '<network><name>default</name></network>'),
      definitionOf('b.args', 'qemu-system-x86_64 -M q35 -nodefaults'),
      definitionOf('c.txt', 'nothing of a VM'),
    ];
    const made = await makePlan({ definitions, sources: [], choice: NOTHING_CHOSEN }, () => {});
    assert.deepEqual(
      made?.vms.map(({ definition }) => definition.source.file),
      ['b.args'],
    );
    assert.deepEqual(
      made?.related.map(({ name }) => name),
      ['net.xml'],
    );
    assert.match(made?.unread[0]?.why ?? '', /^a\.xml:1:\d+: /);
    assert.match(made?.unread[1]?.why ?? '', /^c\.txt: it is not a definition of a VM that is known/);
  });

  test('makePlan ends where nobody waits for it', async () => {
    assert.equal(
      await makePlan(
        { definitions: examples, sources, choice: NOTHING_CHOSEN },
        () => {},
        () => false,
      ),
      null,
    );
  });

  test('makePlan gives hosts of one name different names', () => {
    const [first] = sources;
    assert.ok(first !== undefined);
    assert.deepEqual(
      planHosts([first, first]).map(({ name }) => name),
      [first.name, `${first.name} (2)`],
    );
  });
});

describe('whatIfOf', () => {
  test("whatIfOf asks the device's own view what the plan asked", async () => {
    const more = definitionOf(
      'more.args',
      `qemu-system-x86_64 -M pc-q35-11.0 -nodefaults -object iommufd,id=i0 -global vfio-pci.ats=off
        -device pcie-root-port,id=rp1,chassis=1 -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0,x-vpasid-cap-offset=0x200
        -device vfio-pci,host=02:00.0,ats=auto`.replaceAll('\n', ' '),
    );
    const made = await makePlan({ definitions: [...examples, more], sources, choice: NOTHING_CHOSEN }, () => {});
    const views = made?.vms.flatMap(({ hosts }) => hosts.flatMap(({ devices }) => devices.flatMap(device => device.view ?? []))) ?? [];
    let realized = 0;
    for (const planned of views) {
      const own = view(planned.facts, requestOf(whatIfOf(planned)));
      assert.equal(own.realized.outcome, planned.realized.outcome);
      if (own.realized.outcome === 'failed' || planned.realized.outcome === 'failed') continue;
      realized++;
      assert.deepEqual(own.realized.capabilities, planned.realized.capabilities);
      assert.deepEqual(guestBytes(own.realized).bytes, guestBytes(planned.realized).bytes);
    }
    assert.ok(realized >= 8, `${realized}`);
  });
});

describe('excerptOf', () => {
  test('excerptOf marks what stands at the place', () => {
    const text = '<domain>\n  <name>a</name>\n';
    const origin = { file: 'a.xml', line: 2, column: 9, span: { start: 17, end: 18 } };
    assert.deepEqual(excerptOf(text, origin), { before: '<name>', marked: 'a', after: '</name>' });
  });

  test('excerptOf cuts a long line on both sides', () => {
    const text = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`;
    const excerpt = excerptOf(text, { file: 'a', line: 1, column: 501, span: { start: 500, end: 504 } });
    assert.equal(excerpt?.marked, 'HERE');
    assert.ok((excerpt?.before.length ?? 0) < 80 && excerpt?.before.startsWith('…') && excerpt.after.endsWith('…'));
  });

  test('excerptOf is null beyond the text, and without a line', () => {
    assert.equal(excerptOf('a', { file: 'a', line: 7, column: 1, span: null }), null);
    assert.equal(excerptOf('a', { file: 'a', line: null, column: null, span: null }), null);
  });
});
