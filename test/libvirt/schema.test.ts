import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CONTEXT, readDefinitions } from '../../src/pure/plan/readers/index.ts';
import { parseXml, type XmlElement } from '../../src/pure/plan/readers/libvirt/xml.ts';
import { numbers } from '../fixtures/arbitrary-config.ts';
import { DOMAINS } from './domains.ts';
import { isValid, skip } from './libvirt-root.ts';

/** Names that people write: of other elements, of other versions, of QEMU, and misspelt. */
const ATTRIBUTES = [
  ...['ats', 'pciBus', 'iommufd', 'ssidSize', 'multifunction', 'managed', 'model', 'type', 'mode', 'name', 'index', 'bus', 'slot', 'order'],
  ...['bar', 'file', 'enabled', 'driver', 'aw_bits', 'awBits', 'caching-mode', 'intremap', 'accel', 'chassis', 'port', 'busNr', 'hotplug'],
  ...['display', 'ramfb', 'persistent', 'fdgroup', 'domain', 'uuid', 'ports', 'primary', 'addr', 'x-vendor-id', 'vendor', 'romfile'],
];
const ELEMENTS = [
  'ats',
  'rom',
  'boot',
  'driver',
  'alias',
  'address',
  'source',
  'target',
  'viommu',
  'acpi',
  'model',
  'numa',
  'iommufd',
  'teaming',
];

/** Ways in which a name can be right where it is known. */
const VALUES = ['on', 'yes', 'pci', '/x', '5', 'transient', 'persistent', 'ua-x', 'virtio', 'subsystem', 'x'];
const FORMS: Readonly<Record<string, readonly string[]>> = {
  alias: ["<alias name='ua-z'/>"],
  boot: ["<boot order='9'/>", "<boot dev='hd'/>"],
  rom: ["<rom bar='on'/>"],
  driver: ["<driver name='vfio'/>", "<driver name='qemu'/>"],
  teaming: ["<teaming type='persistent'/>"],
  iommufd: ["<iommufd enabled='yes'/>"],
  acpi: ["<acpi index='9'/>"],
  model: ["<model type='vga'/>", "<model name='pcie-root-port'/>", "<model name='pci-bridge'/>", "<model name='i82801b11-bridge'/>"],
  target: ["<target chassis='9'/>", "<target chassisNr='9'/>", "<target busNr='9'/>", "<target dev='vdz' bus='virtio'/>"],
  source: [
    "<source file='/x'/>",
    "<source><address domain='0' bus='1' slot='1' function='0'/></source>",
    `<source><address uuid='${'4b20d080-1b54-4048-85b3-a6a62d165c01'}'/></source>`,
  ],
  address: [
    "<address type='pci'/>",
    "<address domain='0' bus='1' slot='1' function='0'/>",
    `<address uuid='${'4b20d080-1b54-4048-85b3-a6a62d165c01'}'/>`,
  ],
};

/** A document with one name more, and where that stands. */
interface Spoilt {
  readonly text: string;
  readonly at: number;
  readonly what: string;
  /** Documents of which the schema takes one, where the name is known at that place. */
  readonly righted: readonly string[];
}

function elementsOf(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(elementsOf)];
}

/** Whether an element is one tag. */
function isEmpty(text: string, { contentStart }: XmlElement): boolean {
  return text.startsWith('/>', contentStart - 2);
}

/** Findings about names, with the index that each begins at. */
function nameFindings(text: string): { readonly at: number | undefined; readonly code: string }[] {
  const [definition] = readDefinitions({ file: 'vm', text }, 'libvirt', NO_CONTEXT).definitions;
  return (definition?.findings ?? [])
    .filter(({ code }) => /^libvirt\.(?:(?:attribute|element)\.(?:unknown|misplaced)|namespace)/.test(code))
    .map(({ origin, code }) => ({ at: origin?.span?.start, code }));
}

/** Puts a name into an element of chance; null where it is there already. */
function spoil(text: string, next: () => number): Spoilt | null {
  const elements = elementsOf(parseXml({ file: 'vm', text }).root);
  const element = elements[next() % elements.length];
  if (element === undefined) return null;
  return next() % 3 > 0
    ? withAttribute(text, element, ATTRIBUTES[next() % ATTRIBUTES.length] ?? '')
    : withElement(text, element, ELEMENTS[next() % ELEMENTS.length] ?? '');
}

function withAttribute(text: string, element: XmlElement, name: string): Spoilt | null {
  if (element.attributes.some(attribute => attribute.name === name)) return null;
  const end = element.contentStart - (isEmpty(text, element) ? 2 : 1);
  const put = (value: string) => `${text.slice(0, end)} ${name}='${value}'${text.slice(end)}`;
  return { text: put('1'), at: end + 1, what: `${name} of <${element.name}>`, righted: VALUES.map(put) };
}

function withElement(text: string, element: XmlElement, name: string): Spoilt | null {
  const at = element.contentStart;
  if (at === element.contentEnd || element.text.trim() !== '') return null;
  // One of its kind that is there already goes, since there may be no two.
  const twin = element.children.find(child => child.name === name);
  const end = twin === undefined ? at : isEmpty(text, twin) ? twin.contentStart : text.indexOf('>', twin.contentEnd) + 1;
  const rest = twin === undefined ? text.slice(at) : text.slice(at, twin.start) + text.slice(end);
  const righted = [`<${name}/>`, ...(FORMS[name] ?? [])].map(form => text.slice(0, at) + form + rest);
  return { text: `${text.slice(0, at)}<${name}/>${text.slice(at)}`, at, what: `<${name}> in <${element.name}>`, righted };
}

test('libvirtReader finds no unknown name in what libvirt’s schema takes', { skip }, context => {
  const verdicts = isValid(DOMAINS.map(({ text }) => text));
  const valid = DOMAINS.filter((_, index) => verdicts[index]);
  for (const { name, text } of valid) assert.deepEqual(nameFindings(text), [], name);
  context.diagnostic(`${valid.length} of ${DOMAINS.length} domains are valid`);
  assert(valid.length >= 100);
});

test('libvirtReader finds every name that libvirt’s schema refuses, at its place', { skip }, context => {
  const next = numbers(29112026);
  const verdicts = isValid(DOMAINS.map(({ text }) => text));
  const valid = DOMAINS.filter((_, index) => verdicts[index]);
  const spoilt = Array.from({ length: 1200 }, (_, index) => spoil(valid[index % valid.length]?.text ?? '', next)).filter(
    one => one !== null,
  );
  const taken = isValid(spoilt.map(({ text }) => text));
  const missed: Spoilt[] = [];
  for (const [index, one] of spoilt.entries()) {
    const found = nameFindings(one.text);
    if (taken[index]) assert.deepEqual(found, [], `the schema takes ${one.what}`);
    else if (!found.some(({ at }) => at === one.at)) missed.push(one);
  }
  const refused = taken.filter(isTaken => !isTaken).length;
  context.diagnostic(`${refused} of ${spoilt.length} documents are refused, ${missed.length} of them not for a name`);
  // A name that is known can have a wrong value, or stand there twice: the schema takes it when that is put right.
  const righted = isValid(missed.flatMap(one => one.righted));
  let at = 0;
  for (const { what, righted: ways } of missed) {
    assert(righted.slice(at, at + ways.length).includes(true), `no finding says that libvirt does not know ${what}`);
    at += ways.length;
  }
  assert(refused - missed.length >= 500);
});
