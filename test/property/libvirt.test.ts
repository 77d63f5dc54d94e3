/** What holds of the reader of libvirt's XML, whatever the text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DefinitionError, NO_CONTEXT } from '../../src/pure/plan/readers/index.ts';
import { libvirtReader } from '../../src/pure/plan/readers/libvirt/index.ts';
import { RUNS } from '../fixtures/arbitrary-config.ts';

/** No text may take longer; one of these takes a few milliseconds. */
const MOST_MILLISECONDS = 2000;

const NAMES = [
  ...[
    'domain',
    'devices',
    'hostdev',
    'source',
    'address',
    'controller',
    'interface',
    'iommu',
    'driver',
    'rom',
    'boot',
    'alias',
    'os',
    'type',
  ],
  ...[
    'qemu:commandline',
    'qemu:arg',
    'qemu:override',
    'qemu:device',
    'qemu:frontend',
    'qemu:property',
    'x:y',
    'network',
    'forward',
    'video',
  ],
  ...[
    'model',
    'target',
    'pcihole64',
    'teaming',
    'acpi',
    'features',
    'gic',
    'ioapic',
    'iommufd',
    'name',
    'disk',
    'memory',
    'node',
    'granule',
  ],
];
const ATTRIBUTES = [
  ...['type', 'mode', 'model', 'index', 'domain', 'bus', 'slot', 'function', 'multifunction', 'managed', 'name', 'pciBus', 'accel', 'ats'],
  ...['order', 'bar', 'file', 'enabled', 'iommufd', 'aw_bits', 'busNr', 'chassis', 'port', 'value', 'alias', 'machine', 'arch', 'network'],
  ...['nodeset', 'uuid', 'size', 'unit', 'persistent', 'fdgroup', 'dev', 'primary', 'xmlns:qemu', 'version', 'display', 'ramfb'],
];
const VALUES = [
  ...[
    'pci',
    'hostdev',
    'subsystem',
    'mdev',
    'usb',
    'scsi',
    'sata',
    'network',
    '0',
    '1',
    '0x1f',
    '255',
    '256',
    '4294967295',
    '-1',
    '010',
    '0-9',
  ],
  ...[
    'pcie-root',
    'pcie-root-port',
    'pci-bridge',
    'pcie-expander-bus',
    'pcie-switch-upstream-port',
    'dmi-to-pci-bridge',
    'pc-q35-11.1',
    'pc',
  ],
  ...[
    'virt',
    'x86_64',
    'aarch64',
    'intel',
    'smmuv3',
    'virtio',
    'yes',
    'no',
    'on',
    'off',
    'ua-x',
    '-device',
    'vfio-pci,host=3b:00.0',
    '',
    'a&#10;b',
  ],
  ...[
    'http://libvirt.org/schemas/domain/qemu/1.0',
    '{"driver":"vfio-pci"}',
    'transient',
    'vfio-pci',
    'hostdev0',
    'remove',
    '&amp;',
    '&x;',
    '<',
  ],
];

/** Elements of names that mean something, in any order and depth. */
const elements = fc.letrec<{ element: string }>(tie => ({
  element: fc
    .record({
      name: fc.constantFrom(...NAMES),
      attributes: fc.array(fc.tuple(fc.constantFrom(...ATTRIBUTES), fc.constantFrom(...VALUES)), { maxLength: 5 }),
      children: fc.array(fc.oneof({ maxDepth: 4 }, fc.constantFrom('', '1', 'GiB', '<!-- -->', '&#x41;'), tie('element')), {
        maxLength: 5,
      }),
    })
    .map(({ name, attributes, children }) => {
      const words = [...new Map(attributes)].map(([attribute, value]) => ` ${attribute}='${value}'`).join('');
      return `<${name}${words}>${children.join('')}</${name}>`;
    }),
})).element;

const OPEN =
  "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><os><type arch='x86_64' machine='pc-q35-11.1'/></os>";

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  elements,
  fc.array(elements, { maxLength: 6 }).map(devices => `${OPEN}<devices>${devices.join('\n')}</devices></domain>`),
  fc.array(elements, { maxLength: 4 }).map(children => `${OPEN}${children.join('\n')}</domain>`),
  fc.tuple(fc.array(elements, { maxLength: 4 }), fc.nat(2000)).map(([devices, cut]) => `${OPEN}<devices>${devices.join('')}`.slice(0, cut)),
);

function isOneLine(text: string): boolean {
  return text.length > 0 && !['\n', '\r', '\u001b'].some(character => text.includes(character));
}

/** Milliseconds of processors that this process has taken: on a busy machine a clock tells something else. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test('libvirtReader ends on any text, with findings or one line', () => {
  fc.assert(
    fc.property(texts, text => {
      const start = processorTime();
      libvirtReader.matches(text);
      try {
        const { definitions, findings } = libvirtReader.read(
          { file: 'vm.xml', text },
          { ...NO_CONTEXT, related: [{ file: 'n.xml', text }] },
        );
        for (const { code, message, origin } of [...findings, ...definitions.flatMap(one => one.findings)]) {
          assert.match(code, /^(?:libvirt|qemu)\.[a-z.-]+$/);
          assert.ok(isOneLine(message), message);
          if (origin?.span) assert.ok(origin.span.start <= origin.span.end && origin.span.end <= text.length);
        }
        for (const { values } of definitions.flatMap(one => one.devices)) {
          for (const { origin } of values) assert.ok(origin.line !== null && origin.line >= 1);
        }
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        assert.ok(isOneLine(error.message), error.message);
      }
      assert.ok(processorTime() - start < MOST_MILLISECONDS);
    }),
    { numRuns: RUNS },
  );
});

test('libvirtReader ends soon on large texts that are nothing but one thing', () => {
  const many = (text: string, count = 10_000) => text.repeat(count);
  const inDevices = (devices: string) => `${OPEN}<devices>${devices}</devices></domain>`;
  const large = [
    inDevices(many("<hostdev mode='subsystem' type='pci'><source><address bus='1'/></source></hostdev>")),
    inDevices(many("<controller type='pci' model='pcie-root-port'/>")),
    inDevices(many("<controller type='scsi'/>")),
    inDevices(many("<video><model type='virtio'/></video>")),
    inDevices(many("<interface type='network'><source network='n'/></interface>")),
    inDevices(many("<iommu model='virtio'/>")),
    inDevices(many("<disk><target dev='sdzzz' bus='scsi'/></disk>")),
    `${OPEN}<devices/><qemu:override>${many("<qemu:device alias='a'/>")}</qemu:override></domain>`,
    `${OPEN}<devices/><qemu:commandline>${many("<qemu:arg value='-device'/>")}</qemu:commandline></domain>`,
    `<domain ${Array.from({ length: 10_000 }, (_, index) => `a${index}='1'`).join(' ')}>${many('<a/>')}</domain>`,
    `<domain>${many('<a>', 200)}${many('<b/>')}${many('</a>', 200)}</domain>`,
    `<domain>${'x'.repeat(2 ** 22)}</domain>`,
    `<!--${'-'.repeat(2 ** 20)}`,
    many('<?a?>', 100_000),
  ];
  for (const text of large) {
    const start = processorTime();
    try {
      libvirtReader.matches(text);
      libvirtReader.read({ file: 'vm.xml', text }, NO_CONTEXT);
    } catch (error) {
      assert.ok(error instanceof DefinitionError, `${text.slice(0, 200)}: ${error}`);
    }
    const took = processorTime() - start;
    assert.ok(took < 20_000, `${took} ms for ${text.slice(110, 200)}`);
  }
});
