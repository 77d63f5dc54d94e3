import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceLines, domain, hostdev, readOne } from './read-fixture.ts';

const IOMMU = /iommu|AMDVI|smmu/;
const virt = (devices: string) => domain(devices, { machine: 'virt-11.1', arch: 'aarch64' });

test('libvirtReader brings IOMMUs of x86 to the words that libvirt gives QEMU', () => {
  const vectors: [xml: string, lines: string[]][] = [
    ["<iommu model='intel'/>", ['intel-iommu iommu0']],
    [
      "<iommu model='intel'><driver intremap='on' caching_mode='on' eim='off' iotlb='on' aw_bits='48' dma_translation='off'/></iommu>",
      ['intel-iommu iommu0 intremap=on caching-mode=true eim=off device-iotlb=true aw-bits=48 dma-translation=false'],
    ],
    [
      "<iommu model='amd'><driver intremap='on' xtsup='on' passthrough='on'/></iommu>",
      ['AMDVI-PCI iommu0 bus=pcie.0 addr=0x2', 'amd-iommu - pci-id=iommu0 intremap=on pt=true xtsup=true'],
    ],
    [
      "<iommu model='virtio'><driver aw_bits='48'><granule mode='host'/></driver></iommu>",
      ['virtio-iommu iommu0 aw-bits=48 granule=host bus=pcie.0 addr=0x2'],
    ],
    [
      "<iommu model='virtio'><driver><granule size='64' unit='KiB'/></driver></iommu>",
      ['virtio-iommu iommu0 granule=64k bus=pcie.0 addr=0x2'],
    ],
  ];
  for (const [xml, lines] of vectors) {
    const definition = readOne(domain(xml + hostdev('3b:00.0')));
    assert.deepEqual(deviceLines(definition, IOMMU), lines);
    assert.deepEqual(definition.findings, []);
  }
});

test('libvirtReader gives an SMMUv3 the bus that pciBus names, and its values as QEMU’s words', () => {
  const text = virt("<iommu model='smmuv3'><driver pciBus='0' accel='on' ats='on' ril='off' ssidsize='20' oas='48' cmdqv='on'/></iommu>");
  const [smmu] = readOne(text).devices.filter(({ driver }) => driver === 'arm-smmuv3');
  assert(smmu !== undefined);
  assert.deepEqual(
    smmu.values.map(({ name, value, json }) => `${name}=${json}:${value}`),
    [
      'primary-bus=string:pcie.0',
      'accel=boolean:true',
      'ats=string:on',
      'ril=string:off',
      'ssidsize=string:20',
      'oas=string:48',
      'cmdqv=string:on',
    ],
  );
});

test('libvirtReader tells what an SMMUv3 without pciBus loses', () => {
  const definition = readOne(virt("<iommu model='smmuv3'><driver accel='on' ats='on'/></iommu>"));
  assert.deepEqual(deviceLines(definition, IOMMU), []);
  assert.deepEqual(definition.machine.values.map(({ name, value }) => `${name}=${value}`).slice(-1), ['iommu=smmuv3']);
  assert.deepEqual(
    definition.findings.map(({ code, origin }) => `${code} ${origin?.column}`),
    ['libvirt.attribute.lost 38', 'libvirt.attribute.lost 47'],
  );
  assert.match(
    definition.findings[1]?.message ?? '',
    /^Without pciBus libvirt makes -machine iommu=smmuv3 of this and drops ats='on' in silence: add pciBus='0'/,
  );
});

test('libvirtReader refuses AUTO, which libvirt has by leaving it out', () => {
  const [finding] = readOne(virt("<iommu model='smmuv3'><driver pciBus='0' accel='on' ats='auto'/></iommu>")).findings;
  assert.equal(finding?.message, "libvirt refuses this: Invalid value for attribute 'ats' in element 'driver': 'auto'.");
});
