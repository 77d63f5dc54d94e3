/** What holds of the readers of KubeVirt's, Proxmox's, Cloud Hypervisor's, Incus's and Firecracker's definitions, whatever the text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DefinedValue, VmDefinition } from '../../src/pure/plan/definition.ts';
import type { Origin } from '../../src/pure/plan/origin.ts';
import { cloudHypervisorReader } from '../../src/pure/plan/readers/cloud-hypervisor/index.ts';
import { firecrackerReader } from '../../src/pure/plan/readers/firecracker/index.ts';
import { incusReader } from '../../src/pure/plan/readers/incus/index.ts';
import { DefinitionError, NO_CONTEXT, type Reader } from '../../src/pure/plan/readers/index.ts';
import { kubevirtReader } from '../../src/pure/plan/readers/kubevirt/index.ts';
import { proxmoxReader } from '../../src/pure/plan/readers/proxmox/index.ts';
import { RUNS } from '../fixtures/arbitrary-config.ts';

/** Of the processor's time, which a busy machine does not stretch: what grows with the square of a text's length takes longer. */
const MOST_MILLISECONDS = 10_000;
/** Long enough to tell. */
const LONG = 2 ** 17;

/** Each text goes to five readers. */
const TRIES = Math.ceil(RUNS / 5);

const READERS: readonly Reader[] = [kubevirtReader, proxmoxReader, cloudHypervisorReader, incusReader, firecrackerReader];

/** Every value of a definition. */
function valuesOf({ machine, globals, objects, devices, otherOptions }: VmDefinition): DefinedValue[] {
  const own = [...objects, ...devices].flatMap(({ values }) => values);
  return [...(machine.type === null ? [] : [machine.type]), ...machine.values, ...globals, ...otherOptions, ...own];
}

function checkOrigin({ span, line, column }: Origin, text: string): void {
  assert.ok(line === null || line >= 1);
  assert.ok(column === null || column >= 1);
  assert.ok(span === null || (0 <= span.start && span.start <= span.end && span.end <= text.length), JSON.stringify(span));
}

function checkSentence(sentence: string): void {
  assert.ok(sentence !== '' && !/\p{Cc}/u.test(sentence), JSON.stringify(sentence));
}

/** Reads a text as each format, and checks what holds of any; how many VMs it holds for all of them together. */
function readAny(text: string): number {
  let count = 0;
  for (const reader of READERS) {
    const start = process.cpuUsage();
    reader.matches(text);
    // What is read as itself is another input too: what it permits or maps is then asked for.
    const context = { ...NO_CONTEXT, related: [{ file: 'related', text }] };
    try {
      const { definitions, findings } = reader.read({ file: 'vm', text }, context);
      count += definitions.length;
      for (const finding of [...findings, ...definitions.flatMap(definition => definition.findings)]) checkSentence(finding.message);
      for (const definition of definitions) {
        const origins = [...valuesOf(definition), ...definition.devices, ...definition.findings].map(({ origin }) => origin);
        for (const origin of origins) if (origin !== null) checkOrigin(origin, text);
        for (const { host } of definition.devices) if ('words' in host) checkSentence(host.words);
      }
    } catch (error) {
      assert.ok(error instanceof DefinitionError, `${reader.name}: ${error instanceof Error ? error.stack : error}`);
      checkSentence(error.message);
      if (error.origin !== null) checkOrigin(error.origin, text);
    }
    assert.ok(process.cpuUsage(start).user / 1000 < MOST_MILLISECONDS, reader.name);
  }
  return count;
}

/** Texts that each format reads, to be spoilt. */
const TEXTS: readonly string[] = [
  `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: { name: db1, annotations: &a { kubevirt.io/placePCIDevicesOnRootComplex: "true" } }
spec:
  instancetype: { name: t }
  template:
    metadata: { annotations: *a }
    spec:
      domain:
        devices:
          gpus: [ { name: g0, deviceName: example.com/vf, virtualGPUOptions: { display: { enabled: true } } } ]
          hostDevices:
          - { name: nic0, deviceName: example.com/vf }
          interfaces: [ { name: n, sriov: {}, pciAddress: "0000:81:00.0" } ]
---
apiVersion: kubevirt.io/v1
kind: KubeVirt
spec:
  configuration:
    developerConfiguration: { featureGates: [IOMMUFD, GraceIOVirtualization] }
    permittedHostDevices:
      pciHostDevices: [ { pciVendorSelector: "10DE:2342", resourceName: example.com/vf } ]
`,
  `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachineInstance", "spec": {"domain": {}}}]}`,
  'machine: q35,viommu=intel\nargs: -device edu -set device.hostpci0.ats=off\nhostpci0: 3b:00;3b:00.1,pcie=1\nhostpci1: mapping=nics\n[PENDING]\n',
  'nics\n\tmap id=15b3:101e,node=pve1,path=0000:3b:00.0\n\tlive-migration-capable 1\n',
  `{"payload": {}, "platform": {"num_pci_segments": 2, "iommu_segments": [1]}, "devices": [{"path": "/sys/bus/pci/devices/0000:3b:00.0", "id": "a"}],
 "user_devices": [{"socket": "/s"}], "boot-source": {}}`,
  'cloud-hypervisor --platform iommufd=on --device path=/sys/bus/pci/devices/0000:3b:00.0,x_exclude_mmap_bars=[1,3] fd=3 \\\n --user-device socket="/a,b"\n',
  `architecture: x86_64
config:
  security.iommu: "true"
  raw.qemu: -device edu
  raw.qemu.conf: |
    [device "dev-incus_card"]
    x-no-mmap = "on"
    [global][2]
    driver = "vfio-pci"
devices:
  card: { type: pci, address: "3b:00.0" }
  gpu0: { type: gpu, pci: 41:00.0 }
  eth1: { type: nic, nictype: sriov, parent: eth0 }
`,
];

// biome-ignore format: a table
const PIECES = [
  ' ', '\n', '\t', '  ', '- ', ': ', ':', ',', '{', '}', '[', ']', '"', "'", '&a ', '*a', '<<: *a', '|\n', '>-\n', '!!str ', '#', '---\n', '...\n', '%', '?', '~', 'null', 'true', 'on', '0x1', '1e9',
  '\u0000', '\u001b', '\ud800', '😀', '\r', '\ufeff', '\u2028', '=', ';', '\\', '`', '$(', 'hostpci0: ', 'mapping=', 'args: ', '--device ', 'path=', '-device ', 'x'.repeat(300), '9'.repeat(20),
];

/** A text with a few places cut, doubled, moved or filled. */
const spoilt = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.array(fc.tuple(fc.nat(1000), fc.nat(60), fc.constantFrom('cut', 'double', 'fill'), fc.constantFrom(...PIECES)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([text, changes]) =>
    changes.reduce((before, [where, length, change, piece]) => {
      const at = where % (before.length + 1);
      const middle =
        change === 'cut' ? '' : change === 'double' ? before.slice(at, at + length).repeat(2) : piece + before.slice(at, at + length);
      return before.slice(0, at) + middle + before.slice(at + length);
    }, text),
  );

test('readers of definitions end on any text, with definitions and findings or with one line', () => {
  let vms = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        spoilt,
        spoilt,
        fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map(pieces => pieces.join('')),
      ),
      text => {
        vms += readAny(text);
      },
    ),
    { numRuns: TRIES },
  );
  assert.ok(vms > TRIES / 10, `${TRIES} texts hold only ${vms} VMs`);
});

/** Texts whose pieces a careless reader would look at again and again. */
const HOSTILE: readonly (readonly [before: string, piece: string, after?: string])[] = [
  ['', ' '],
  ['', '\n'],
  ['', '\t'],
  ['', '{'],
  ['', '['],
  ['', '- '],
  ['', 'a: '],
  ['', 'apiVersion'],
  ['', '"apiVersion": '],
  ['', 'apiVersion: kubevirt.'],
  ['', 'kind: VirtualMachine\napiVersion: kubevirt.io/v1\n---\n'],
  [
    'apiVersion: v1\nkind: List\nitems:\n',
    '- {apiVersion: kubevirt.io/v1, kind: VirtualMachine, spec: {template: {spec: {domain: {devices: {gpus: [{name: a}]}}}}}}\n',
  ],
  [
    'apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nspec: {domain: {devices: {hostDevices: [',
    '{name: a, deviceName: b},',
    ']}}}',
  ],
  ['apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nspec: {domain: {devices: {interfaces: [', '{name: a, sriov: {}},', ']}}}'],
  ['permittedHostDevices: {pciHostDevices: [', '{pciVendorSelector: "1:2", resourceName: a},', ']}'],
  ['a: &a [', 'x,', ']\nb: *a\n'],
  ['', 'hostpci0: 1\n'],
  ['hostpci0: ', '01:00;'],
  ['hostpci0: ', 'a=b,'],
  ['hostpci0: 01:00.0\nargs: ', '-device edu '],
  ['hostpci0: 01:00.0\nargs: ', '-set device.hostpci0.a=b '],
  ['hostpci0: 01:00.0\n', 'hpci0: x\n'],
  ['', ' map a=b,'],
  ['', 'nics\n\tmap id=1\n'],
  ['{"payload":1,"devices":[', '{"id":"a"},', '{}]}'],
  ['{"payload":1', ',"a":1', '}'],
  ['', '"devices"'],
  ['{', '"devices"'],
  ['', 'cloud-hypervisor '],
  ['', 'x cloud-hypervisor --a\n'],
  ['', '# cloud-hypervisor --a\n'],
  ['cloud-hypervisor --device ', 'path=/a,iommu=on '],
  ['cloud-hypervisor --device ', 'path=/a,'],
  ['cloud-hypervisor --device ', '['],
  ['cloud-hypervisor --platform iommu_segments=[', '1,', ']'],
  ['devices: {', 'a: {type: pci, address: "01:00.0"},', '}'],
  ['config:\n  raw.qemu.conf: |\n', '    [device "a"]\n'],
  ['config:\n  raw.qemu.conf: |\n', '    [device "a"]\n    driver = "edu"\n'],
  ['config:\n  raw.qemu.conf: |\n    [global][9]\n', '    [global]\n    driver = a\n    property = b\n    value = c\n'],
  ['config:\n  raw.qemu: ', '-device edu '],
];

for (const [before, piece, after = ''] of HOSTILE) {
  test(`readers of definitions end on much of ${JSON.stringify(before + piece)}`, () => {
    readAny(before + piece.repeat(LONG / piece.length) + after);
  });
}

test('readers of definitions end on many names that differ', () => {
  const many = (make: (at: number) => string): string => Array.from({ length: 5000 }, (_, at) => make(at)).join('');
  readAny(`config:\n  raw.qemu.conf: |\n${many(at => `    [device "a${at}"]\n    driver = "edu"\n`)}`);
  readAny(`devices:\n${many(at => `  a${at}: { type: pci, address: "01:00.0" }\n`)}`);
  readAny(many(at => `nics${at}\n\tmap id=15b3:101e,path=01:00.0\n`));
  readAny(`${many(at => `key${at}: x\n`)}hostpci0: mapping=a\n`);
  const items = many(
    at => `- {apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: a${at}}, spec: {instancetype: {name: b}, template: {}}}\n`,
  );
  readAny(`apiVersion: v1\nkind: List\nitems:\n${items}`);
});
