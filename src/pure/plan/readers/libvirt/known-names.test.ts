import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findUnknownNames } from './known-names.ts';
import { parseXml } from './xml.ts';

function unknown(text: string): string[] {
  const document = parseXml({ file: 'vm.xml', text });
  return findUnknownNames(document, document.root).map(
    ({ code, message, origin }) => `${origin?.line}:${origin?.column} ${code} ${message}`,
  );
}

const domain = (devices: string, more = '') => `<domain type='kvm'>\n<name>db1</name>\n<devices>\n${devices}\n</devices>${more}</domain>`;

test('findUnknownNames finds the attribute that a platform misspells, and says the right one', () => {
  const text = domain("<iommu model='smmuv3'><driver pciBus='0' accel='on' ssidSize='20'/></iommu>");
  assert.deepEqual(unknown(text), [
    '4:53 libvirt.attribute.unknown libvirt 12.9.0 knows no attribute "ssidSize" of <driver> and ignores it; near it: "ssidsize"',
  ]);
});

test('findUnknownNames finds what a later libvirt may know', () => {
  const text = domain("<hostdev mode='subsystem' type='pci' ats='off'><source><address bus='0x3b'/></source><viommu/></hostdev>");
  assert.deepEqual(unknown(text), [
    '4:38 libvirt.attribute.unknown libvirt 12.9.0 knows no attribute "ats" of <hostdev> and ignores it',
    '4:86 libvirt.element.unknown libvirt 12.9.0 knows no element <viommu> in <hostdev> and ignores it',
  ]);
});

test('findUnknownNames knows what depends on a type', () => {
  const pci = domain("<controller type='scsi' index='0'><target chassis='1'/></controller>");
  assert.deepEqual(unknown(pci), [
    "4:35 libvirt.element.misplaced The element <target> in <controller> is one that libvirt 12.9.0 knows only with type='pci'",
  ]);
  assert.deepEqual(
    unknown(domain("<controller type='pci' index='1' model='pcie-root-port'><target chassis='1' port='0x10'/></controller>")),
    [],
  );
});

test('findUnknownNames finds elements of QEMU whose prefix nothing declares', () => {
  const words = "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>";
  assert.match(unknown(domain('', words)).join(), /libvirt\.namespace\.undeclared <commandline> in <domain>: Nothing declares its prefix/);
  const declared = domain('', words)
    .replace('<domain', "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'")
    .replaceAll('qemu:c', 'q:c')
    .replaceAll('qemu:a', 'q:a');
  assert.deepEqual(unknown(declared), []);
});

test('findUnknownNames leaves metadata alone, and knows networks', () => {
  assert.deepEqual(unknown(domain('', "<metadata><x xmlns='urn:x' y='z'><w/></x></metadata>")), []);
  const network = "<network><name>n</name><forward mode='hostdev' managed='yes'><pf dev='e0' devs='2'/></forward></network>";
  assert.match(unknown(network).join(), /^1:75 libvirt\.attribute\.unknown .* no attribute "devs" of <pf>/);
});

test('findUnknownNames ends with what is too much', () => {
  const found = unknown(`<domain>${'<wrong/>'.repeat(300)}</domain>`);
  assert.equal(found.length, 201);
  assert.match(found.at(-1) ?? '', /More than 200 names are not known; the rest is left out$/);
});
