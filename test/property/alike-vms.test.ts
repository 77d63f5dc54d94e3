/** VMs that are alike: what is found of one is what would be found of each, and whatever else differs makes them different. */
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { domainXml } from '../../bench/plan-inputs.ts';
import { AlikeVms } from '../../src/cli/plan/alike-vms.ts';
import { ChangeJudge } from '../../src/cli/plan/change-judge.ts';
import { alikeText, type FormatName, NO_CONTEXT, readDefinitions, type VmDefinition } from '../../src/pure/plan/index.ts';
import { DefinitionError } from '../../src/pure/plan/readers/reader.ts';
import { RUNS } from '../fixtures/arbitrary-config.ts';
import { PIN_TEXTS } from './pin-texts.ts';

const CAPTURES = resolve(import.meta.dirname, '../../captures');
const HOSTS = ['synthetic-vtd-no-ats', 'vm-amd', 'vm-arm-smmuv3', 'vm-intel-iotlb'].map(name => join(CAPTURES, `${name}.json`));

interface Written {
  readonly format: FormatName;
  readonly file: string;
  readonly text: string;
}

function read({ format, file, text }: Written): readonly VmDefinition[] {
  try {
    return readDefinitions({ file, text }, format, NO_CONTEXT).definitions;
  } catch (error) {
    if (error instanceof DefinitionError) return [];
    throw error;
  }
}

/** Of one kind, but for what a fleet's manager writes for each VM. */
const named = (text: string, n: number): string =>
  text
    .replace(/<name>[^<]*/, `<name>web-${n}`)
    .replace(/<uuid>[^<]*/, `<uuid>6f1c2a34-0d5e-4b7a-9c31-0000000${10000 + n}`)
    .replaceAll(/mac address='[^']*'/g, `mac address='52:54:00:00:00:${10 + (n % 90)}'`)
    .replaceAll(/images\/[^']*/g, `images/web-${n}.qcow2`);

/** One digit or word of a text is another, or a line is there twice, or not. */
const spoil = (text: string, { at, by, what }: { at: number; by: string; what: number }): string => {
  const lines = text.split('\n');
  const line = at % lines.length;
  if (what === 0) return lines.toSpliced(line, 1).join('\n');
  if (what === 1) return lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
  const words = [...text.matchAll(/[0-9a-f]+(?=[.:'"\s,])|'(?:on|off|auto|yes|no|qemu|kvm|vfio)'/g)];
  const word = words[at % Math.max(words.length, 1)];
  if (word === undefined) return text;
  const quote = word[0].startsWith("'") ? "'" : '';
  return `${text.slice(0, word.index)}${quote}${by}${quote}${text.slice(word.index + word[0].length)}`;
};

const anyText: fc.Arbitrary<Written> = fc.oneof(
  { weight: 3, arbitrary: fc.nat(40).map((n): Written => ({ format: 'libvirt', file: 'vm', text: domainXml(n) })) },
  { weight: 1, arbitrary: fc.nat(40).map((n): Written => ({ format: 'libvirt', file: 'vm', text: domainXml(n, 'own') })) },
  ...Object.values(PIN_TEXTS).map(arbitrary => ({
    weight: 1,
    arbitrary: arbitrary.map(({ format, text }): Written => ({ format, file: 'vm', text })),
  })),
);

const anySpoilt = fc.record({ at: fc.nat(5000), by: fc.constantFrom('0', '1', '02', '03', 'on', 'off', 'auto'), what: fc.nat(12) });

/** A fleet: VMs of one kind, and such as differ in one word more. */
const anyFleet: fc.Arbitrary<readonly Written[]> = fc
  .tuple(anyText, fc.array(fc.tuple(fc.nat(99), fc.option(anySpoilt, { freq: 2 })), { minLength: 2, maxLength: 5 }))
  .map(([one, others]) => [
    one,
    ...others.map(([n, spoilt]): Written => {
      const text = named(one.text, n);
      return { ...one, file: `fleet/vm-${n}`, text: spoilt === null ? text : spoil(text, spoilt) };
    }),
  ]);

/** All of a definition but its name, its file, and which characters its values are. */
function bare(value: unknown, file: string): unknown {
  if (Array.isArray(value)) return value.map(each => bare(each, file));
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key === 'span') return [key, each !== null];
      return [key, key === 'file' && each === file ? '' : bare(each, file)];
    }),
  );
}

const bareOf = (definition: VmDefinition): unknown => ({ ...(bare(definition, definition.source.file) as object), name: '' });

function isEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

test('alikeText is equal for two definitions where all is equal but their names, their files and the indices of their values', () => {
  let alike = 0;
  fc.assert(
    fc.property(anyFleet, fleet => {
      const [first, ...others] = fleet.flatMap(read);
      if (first === undefined) return;
      for (const other of others) {
        const is = alikeText(first) === alikeText(other);
        assert.equal(is, isEqual(bareOf(first), bareOf(other)));
        if (is) alike++;
      }
    }),
    { numRuns: RUNS / 4 },
  );
  assert.ok(alike > RUNS / 20, `${alike} were alike`);
});

test('alikeText tells a value that looks like the end of another from one that is', () => {
  const [one] = read({ format: 'libvirt', file: 'vm', text: domainXml(1) });
  assert.ok(one);
  const text = `","file":"vm","span":{"start":1,"end":2}`;
  const program = (words: string): string => alikeText({ ...one, vmm: { ...one.vmm, program: words } });
  assert.notEqual(program(text), program(text.replace('"vm"', '0')));
  assert.notEqual(program(text), program(text.replace('1', '3')));
});

const CHANGES = [['kernel=6.12.0'], ['machine=pc-q35-10.0'], ['ats=on'], ['backend=legacy', 'kernel=7.3.4'], ['vmm=qemu-10.0']];

for (const changes of CHANGES) {
  test(`what ${changes.join(' and ')} changes is the same of a VM that is judged alone and of one of a fleet`, async () => {
    const prepare = () => ChangeJudge.prepare({ hosts: HOSTS, changes, options: {} });
    const [judge, alone] = [await prepare(), await prepare()];
    fc.assert(
      fc.property(anyFleet, fleet => {
        for (const definition of fleet.flatMap(read)) assert.deepEqual(judge.judge(definition), alone.judgeAlone(definition));
      }),
      { numRuns: Math.ceil(RUNS / 40) },
    );
  });
}

test('AlikeVms finds out once what holds for VMs that differ in names, disks and network cards, and again for any other', () => {
  const fleet = Array.from({ length: 12 }, (_, n) => named(domainXml(1), 10 + n));
  const definitions = [...fleet, domainXml(2), domainXml(1, 'own')].flatMap((text, n) =>
    read({ format: 'libvirt', file: `${n}.xml`, text }),
  );
  const found: string[] = [];
  const alike = new AlikeVms<number>();
  const answers = definitions.map(definition => alike.of(definition, ({ name }) => found.push(name)));
  assert.deepEqual(answers, [...Array.from({ length: 12 }, () => 1), 2, 3]);
  assert.deepEqual(found, ['', '', '']);
});
