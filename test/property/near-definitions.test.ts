/** Texts that are almost definitions: those of the examples with a few places spoilt, given to every reader, and what grows without an end. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DefinitionError, NO_CONTEXT, READERS, readDefinitions } from '../../src/pure/plan/readers/index.ts';
import { RUNS } from '../fixtures/arbitrary-config.ts';

const FOLDER = join(import.meta.dirname, '../../examples/definitions');
const NETWORK =
  "<network><name>n</name><forward mode='hostdev' managed='yes'><address type='pci' domain='0' bus='1' slot='0' function='1'/></forward></network>";
const EXAMPLES = readdirSync(FOLDER).map(name => readFileSync(join(FOLDER, name), 'utf8'));
const TEXTS: readonly string[] = [
  ...EXAMPLES,
  ...EXAMPLES.filter(text => text.startsWith('<domain')).map(text => `<domstatus state='running'>${text}</domstatus>`),
  ...EXAMPLES.filter(text => text.startsWith('qemu')).map(text =>
    text
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .replaceAll(' ', '\0'),
  ),
  NETWORK,
  '[device "nic0"]\n  driver = "vfio-pci"\n  host = "0000:3b:00.0"\n[machine]\n  type = "q35"\n[global]\n  driver = "vfio-pci"\n  property = "ats"\n  value = "off"\n',
  `qemu-system-x86_64 -device '{"driver":"vfio-pci","host":"0000:3b:00.0","id":"nic0","addr":"0x0","x-pci-vendor-id":5555}' -set device.nic0.ats=off`,
  'machine: q35,viommu=intel\nargs: -device edu\nhostpci0: 3b:00;3b:00.1,pcie=1\nhostpci1: mapping=nics\n[snap]\nhostpci0: 1:0.0\n',
  '{"payload": {}, "platform": {"num_pci_segments": 2, "iommu_segments": [1]}, "devices": [{"path": "/sys/bus/pci/devices/0000:3b:00.0"}]}',
  'cloud-hypervisor --platform iommufd=on --device path=/sys/bus/pci/devices/0000:3b:00.0,x_exclude_mmap_bars=[1,3]\n',
  'config:\n  raw.qemu.conf: |\n    [device "dev-incus_card"]\n    x-no-mmap = "on"\ndevices:\n  card: { type: pci, address: "3b:00.0" }\n',
  '{"boot-source": {"kernel_image_path": "/k"}, "drives": [], "machine-config": {"vcpu_count": 1}}',
];

const HOSTILE = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '9'.repeat(400),
    '1e400',
    '-1',
    '0x',
    'NaN',
    '\0',
    '\ufeff',
    '\ud800',
    '\udc00',
  ],
  ...[
    '\r',
    '\u2028',
    '\u0085',
    '\u001b[2J',
    '\u009b',
    '$(',
    '`',
    '${x',
    '<<EOF\n',
    '\\',
    "'",
    '"',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '&b;',
    '&#0;',
  ],
  ...[
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '&a [',
    '*a',
    '<<: *a',
    '!!js ',
    '? ',
    '|\n',
    '%YAML 9\n---\n',
    '{"__proto__":',
    ',,',
    '[',
    '}',
    '😀',
  ],
];

/** A text with a few places cut, doubled or filled, or one word of it put in place of another. */
const spoilt = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.array(fc.tuple(fc.nat(3000), fc.nat(3000), fc.constantFrom('cut', 'double', 'fill', 'swap', 'cr'), fc.constantFrom(...HOSTILE)), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map(([text, changes]) =>
    changes.reduce((before, [a, b, change, piece]) => {
      const at = a % (before.length + 1);
      const until = Math.min(before.length, at + (b % 40));
      if (change === 'cr') return before.replaceAll('\n', '\r');
      if (change === 'swap') {
        const words = before.split(/([^\w.-]+)/);
        const [one, other] = [(a % words.length) & ~1, (b % words.length) & ~1];
        return words.with(one, words[other] ?? '').join('');
      }
      const middle = change === 'cut' ? '' : change === 'double' ? before.slice(at, until).repeat(2) : piece;
      return before.slice(0, at) + middle + before.slice(change === 'fill' ? at : until);
    }, text),
  );

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Reads a text as one format, or by its content; how many VMs it holds. Fails where it is refused in other than one line. */
function read(text: string, name: (typeof READERS)[number]['name'] | null): number {
  try {
    const context = { ...NO_CONTEXT, related: [{ file: 'related', text }], openFile: () => text };
    const { definitions, findings } = readDefinitions({ file: 'vm', text }, name, context);
    for (const { message } of [...findings, ...definitions.flatMap(one => one.findings)]) assert.doesNotMatch(message, /[\n\r]/);
    return definitions.length;
  } catch (error) {
    assert.ok(error instanceof DefinitionError, `${name}: ${error instanceof Error ? error.stack : error}`);
    assert.match(error.message, /^[^\n\r]+$/);
    return 0;
  }
}

test('readDefinitions ends on any text that is almost a definition, whichever reader has it', () => {
  let vms = 0;
  const tries = Math.ceil(RUNS / 4);
  fc.assert(
    fc.property(spoilt, text => {
      const start = processorTime();
      vms += read(text, null);
      for (const { name } of READERS) read(text, name);
      assert.ok(processorTime() - start < 10_000);
    }),
    { numRuns: tries },
  );
  assert.ok(vms > tries / 4, `${tries} texts hold only ${vms} VMs`);
});

test('readDefinitions refuses what is larger than any definition, and what nests without an end', () => {
  assert.equal(read('a'.repeat(50 * 2 ** 20), null), 0);
  for (const piece of ['{"a":', '[', '<domain>', '<devices>', '- ', '$(', '"$(', '<<A\n']) {
    const start = processorTime();
    for (const { name } of READERS) read(`qemu-kvm ${piece.repeat(100_000)}`, name);
    for (const { name } of READERS) read(piece.repeat(100_000), name);
    assert.ok(processorTime() - start < 30_000, piece);
  }
});

const many = (count: number, make: (at: number) => string): string => Array.from({ length: count }, (_, at) => make(at)).join('');
const KUBEVIRT = 'apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nspec:\n';

/** Lists that refer to each other: what looks one up in the other from its beginning takes minutes at this size. */
const CROSSED: Readonly<Record<string, string>> = {
  'interfaces and networks': `${KUBEVIRT}  networks: [${many(40_000, at => `{name: c${at}, multus: {networkName: t}},`)}]\n  domain: {devices: {interfaces: [${many(40_000, at => `{name: c${at}, sriov: {}},`)}]}}`,
  'segments and devices': `{"payload":{},"platform":{"iommu_segments":[${many(500_000, at => `${at},`)}1]},"devices":[${'{"path":"/a","pci_segment":-1},'.repeat(40_000)}{"path":"/b"}]}`,
  'sets and devices': `qemu-kvm ${many(20_000, at => `-device edu,id=a${at} -set device.a${at}.b=c `)}`,
  hostdevs: `<domain type='kvm'><os><type machine='pc-q35-11.1'/></os><devices>${"<hostdev mode='subsystem' type='pci'><source/></hostdev>".repeat(100_000)}</devices></domain>`,
};
for (const [name, text] of Object.entries(CROSSED)) {
  test(`readDefinitions takes time in proportion to many ${name}`, () => {
    const start = processorTime();
    // More elements than any definition has are refused in one line.
    assert.equal(read(text, null), name === 'hostdevs' ? 0 : 1);
    const took = processorTime() - start;
    assert.ok(took < 30_000, `${took} ms`);
  });
}
