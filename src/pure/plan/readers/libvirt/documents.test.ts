import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DefinitionError, NO_CONTEXT, readDefinitions } from '../index.ts';

const domain = (name: string): string => `<domain type='kvm'>
  <name>${name}</name><os><type arch='x86_64' machine='pc-q35-11.1'>hvm</type></os>
  <devices><interface type='network'><source network='pool'/></interface></devices>
</domain>
`;
const NETWORK = `<network><name>pool</name><forward mode='hostdev'><address type='pci' domain='0' bus='1' slot='0' function='0'/></forward></network>
`;
const read = (text: string) => readDefinitions({ file: 'all.xml', text }, null, NO_CONTEXT);

test('libvirtReader reads domains one behind the other, each at its place', () => {
  const text = `<?xml version='1.0'?>\n<!-- a -->\n${domain('a')}\n<?xml version='1.0'?>\n${domain('b').replace("type='network'>", "type='network' x='1'>")}${NETWORK}\n`;
  const { definitions } = read(text);
  assert.deepEqual(
    definitions.map(({ name, source, devices }) => [name, source.line, devices.some(({ host }) => host.kind === 'candidates')]),
    [
      ['a', 3, true],
      ['b', 9, true],
    ],
  );
  const [finding] = definitions[1]?.findings ?? [];
  assert.deepEqual([finding?.origin?.line, text.slice(finding?.origin?.span?.start).startsWith('x=')], [11, true]);
});

test('libvirtReader says of which document what is wrong, and does not read what follows the last', () => {
  for (const [text, words] of [
    [`${domain('a')}<domain><name>b</nam></domain>`, /unexpected close tag/],
    [`${domain('a')}${domain('b')}x`, /text data outside of root node/],
    [`<!DOCTYPE domain [ <!ENTITY x "y"> ]>\n${domain('a')}`, /document type \(<!DOCTYPE …>\), which no definition needs: take it out/],
    [`$ virsh dumpxml a\n${domain('a')}`, /a shell's line stands above the XML: take it out/],
    [`<domainsnapshot><name>s</name>${domain('a')}</domainsnapshot>`, /give the <domain> alone/],
  ] as const)
    assert.throws(
      () => read(text),
      (error: unknown) => error instanceof DefinitionError && words.test(error.message),
      text,
    );
});
