import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CONTEXT, readDefinitions } from '../index.ts';
import { deviceLines, domain, hostdev, readOne } from './read-fixture.ts';

const errors = (text: string) => readOne(text).findings.filter(({ severity }) => severity === 'error');

test('libvirtReader brings a hostdev to the words that libvirt gives QEMU', () => {
  const vectors: [inner: string, line: string][] = [
    ['', 'vfio-pci hostdev0 host=0000:3b:00.1 bus=pci.2 addr=0x0'],
    [
      "<boot order='2'/><rom bar='off'/><alias name='ua-nic0'/>",
      'vfio-pci ua-nic0 host=0000:3b:00.1 bootindex=2 rombar=0 bus=pci.2 addr=0x0',
    ],
    ["<alias name='nic0'/><rom enabled='no'/>", 'vfio-pci hostdev0 host=0000:3b:00.1 romfile= bus=pci.2 addr=0x0'],
    ["<driver name='vfio' iommufd='yes'/>", 'vfio-pci hostdev0 iommufd=iommufd0 bus=pci.2 addr=0x0'],
    ["<teaming type='transient' persistent='ua-net0'/>", 'vfio-pci hostdev0 host=0000:3b:00.1 failover_pair_id=ua-net0 bus=pci.2 addr=0x0'],
    [
      "<acpi index='7'/><rom file='/r.bin' bar='on'/>",
      'vfio-pci hostdev0 host=0000:3b:00.1 rombar=1 romfile=/r.bin acpi-index=7 bus=pci.2 addr=0x0',
    ],
    [
      "<address type='pci' bus='0' slot='010' function='0x2' multifunction='on'/>",
      'vfio-pci hostdev0 host=0000:3b:00.1 bus=pcie.0 multifunction=true addr=0x8.0x2',
    ],
  ];
  for (const [inner, line] of vectors) {
    const definition = readOne(domain(hostdev('3b:00.1', inner)));
    assert.deepEqual(deviceLines(definition, /^vfio/), [line]);
    assert.deepEqual(definition.findings, []);
    const device = definition.devices.find(({ driver }) => driver === 'vfio-pci');
    assert(device?.host.kind === 'address');
    assert.deepEqual(
      [device.host.address.text, device.isBoundAtStart, device.origin.line, device.host.origin.column],
      ['0000:3b:00.1', true, 5, 60],
    );
  }
});

test('libvirtReader says where each value stands', () => {
  const text = domain(hostdev('3b:00.1', "<boot order='2'/>"));
  const boot = readOne(text)
    .devices.flatMap(({ values }) => values)
    .find(({ name }) => name === 'bootindex');
  assert(boot?.origin.span);
  assert.deepEqual([boot.json, boot.origin.line, text.slice(boot.origin.span.start, boot.origin.span.end)], ['number', 5, '2']);
});

test('libvirtReader makes an object for iommufd where a device has it, for the VM or by itself', () => {
  const inDomain = domain(hostdev('3b:00.0') + hostdev('3b:00.1', "<driver iommufd='no'/>"), { more: "<iommufd enabled='yes'/>" });
  const definition = readOne(inDomain);
  assert.deepEqual(
    definition.objects.map(({ type, id }) => [type, id]),
    [['iommufd', 'iommufd0']],
  );
  assert.deepEqual(deviceLines(definition, /^vfio/), [
    'vfio-pci hostdev0 iommufd=iommufd0 bus=pci.2 addr=0x0',
    'vfio-pci hostdev1 host=0000:3b:00.1 bus=pci.3 addr=0x0',
  ]);
  assert.deepEqual(readOne(domain(hostdev('3b:00.0'))).objects, []);
});

test('libvirtReader knows mediated devices, and ramfb', () => {
  const uuid = '4b20d080-1b54-4048-85b3-a6a62d165c01';
  const mdev = (attributes: string) =>
    domain(`<hostdev mode='subsystem' type='mdev' model='vfio-pci'${attributes}><source><address uuid='${uuid}'/></source></hostdev>`);
  const definition = readOne(mdev(''));
  assert.deepEqual(deviceLines(definition, /^vfio/), [
    `vfio-pci hostdev0 sysfsdev=/sys/bus/mdev/devices/${uuid} display=off bus=pci.2 addr=0x0`,
  ]);
  assert.deepEqual(
    errors(mdev(" display='on'")).map(({ message }) => message),
    ["libvirt refuses this: graphics device is needed for attribute value 'display=on' in <hostdev>"],
  );
  const { host } = definition.devices.find(({ driver }) => driver === 'vfio-pci') ?? {};
  assert(host?.kind === 'mdev' && host.uuid === uuid);
  assert.deepEqual(deviceLines(readOne(mdev(" display='on' ramfb='on'")), /^vfio/), [
    `vfio-pci-nohotplug hostdev0 sysfsdev=/sys/bus/mdev/devices/${uuid} display=on ramfb=true bus=pci.2 addr=0x0`,
  ]);
});

test('libvirtReader takes an interface of a network that is a pool for one of its functions', () => {
  const text = domain(
    `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='vfs'/></interface>${hostdev('3c:00.0')}`,
  );
  const addresses = "<address type='pci' bus='0x3b' slot='0' function='1'/><address type='pci' bus='0x3b' slot='0' function='2'/>";
  const pool = `<network><name>vfs</name><forward mode='hostdev' managed='yes'>${addresses}</forward></network>`;
  const { devices } = readOne(text, [{ file: 'net.xml', text: pool }]);
  const pooled = devices.find(({ id }) => id === 'hostdev1');
  assert(pooled?.host.kind === 'candidates' && pooled.isBoundAtStart);
  assert.deepEqual(
    [pooled.host.words, pooled.host.anyOf?.map(({ address }) => address?.text)],
    ['network vfs', ['0000:3b:00.1', '0000:3b:00.2']],
  );
  const byInterface = pool.replace(addresses, "<pf dev='ens1f0'/>");
  const [one] = readOne(text, [{ file: 'net.xml', text: byInterface }]).devices.filter(({ host }) => host.kind === 'candidates');
  assert(one?.host.kind === 'candidates');
  assert.deepEqual(one.host.anyOf, [{ networkInterface: 'ens1f0' }]);
  assert.deepEqual(
    readOne(text).findings.map(({ code, severity }) => [code, severity]),
    [['libvirt.network.unknown', 'note']],
  );
});

test('libvirtReader reads interfaces of type hostdev first, and what one of a running VM became', () => {
  const source = "<source><address type='pci' domain='0' bus='0x3b' slot='0' function='0x1'/></source>";
  const text = domain(`${hostdev('3c:00.0')}<interface type='hostdev' managed='yes'>${source}<boot order='1'/></interface>`);
  assert.deepEqual(deviceLines(readOne(text), /^vfio/), [
    'vfio-pci hostdev0 host=0000:3b:00.1 bootindex=1 bus=pci.2 addr=0x0',
    'vfio-pci hostdev1 host=0000:3c:00.0 bus=pci.3 addr=0x0',
  ]);
  const actual = `<interface type='network'><source network='n'/><actual type='hostdev' managed='yes'>${source}</actual><alias name='hostdev4'/></interface>`;
  const status = `<!-- AUTO-GENERATED -->\n<domstatus state='running'><domain type='kvm' id='3'><name>x</name><os><type arch='x86_64' machine='pc-q35-11.1'/></os><devices>${actual}</devices></domain></domstatus>`;
  assert.deepEqual(deviceLines(readOne(status), /^vfio/), ['vfio-pci hostdev4 host=0000:3b:00.1 bus=pci.2 addr=0x0']);
});

test('libvirtReader makes globals of pcihole64', () => {
  const text = domain("<controller type='pci' index='0' model='pcie-root'><pcihole64 unit='GiB'>64</pcihole64></controller>");
  assert.deepEqual(
    readOne(text).globals.map(({ driver, name, value }) => `${driver}.${name}=${value}`),
    ['q35-pcihost.pci-hole64-size=67108864K'],
  );
});

test('libvirtReader puts devices of qemu:commandline where QEMU makes them: before those in JSON, which are libvirt’s', () => {
  const argument = (value: string) => `<qemu:arg value='${value}'/>`;
  const words = [
    '-global',
    'vfio-pci.ats=off',
    '-device',
    'vfio-pci,host=3b:00.0,id=a',
    '-device',
    '{"driver":"vfio-pci","host":"3b:00.1","id":"b"}',
  ];
  const text = domain(hostdev('3c:00.0'), { more: `<qemu:commandline>${words.map(argument).join('')}</qemu:commandline>` });
  const definition = readOne(text);
  assert.deepEqual(
    definition.devices.filter(({ driver }) => driver === 'vfio-pci').map(({ id }) => id),
    ['a', 'hostdev0', 'b'],
  );
  const [global] = definition.globals;
  assert(global?.origin.span);
  assert.equal(text.slice(global.origin.span.start, global.origin.span.end), 'off');
});

test('libvirtReader applies overrides, and finds those of no device', () => {
  const property = (name: string, type: string, value: string) => `<qemu:property name='${name}' type='${type}' value='${value}'/>`;
  const override = (alias: string, inner: string) => `<qemu:device alias='${alias}'><qemu:frontend>${inner}</qemu:frontend></qemu:device>`;
  const inner = `${property('x-pci-vendor-id', 'unsigned', '5555')}<qemu:property name='addr' type='remove'/>${property('x-n', 'bool', 'true')}`;
  const text = domain(hostdev('3b:00.0'), {
    more: `<qemu:override>${override('hostdev0', inner)}${override('nosuch', '')}</qemu:override>`,
  });
  const definition = readOne(text);
  assert.deepEqual(deviceLines(definition, /^vfio/), ['vfio-pci hostdev0 host=0000:3b:00.0 bus=pci.2 x-pci-vendor-id=5555 x-n=true']);
  assert.deepEqual(
    definition.findings.map(({ code }) => code),
    ['libvirt.override.unused'],
  );
  const hexadecimal = domain(hostdev('3b:00.0'), {
    more: `<qemu:override>${override('hostdev0', property('x', 'unsigned', '0x15b3'))}</qemu:override>`,
  });
  assert.deepEqual(
    errors(hexadecimal).map(({ message }) => message),
    ["libvirt refuses this: invalid value '0x15b3' of 'value' attribute of 'qemu:property'"],
  );
});

test('libvirtReader refuses what libvirt refuses, in its words and at its place', () => {
  const vectors: [devices: string, words: string][] = [
    [
      hostdev('3b:00.0', "<address type='pci' bus='0xzz'/>"),
      "Invalid value for attribute 'bus' in element 'address': '0xzz'. Expected non-negative integer value",
    ],
    [hostdev('3b:00.0', "<address type='pci' bus='1' slot='32'/>"), "Invalid PCI address slot='0x20', must be <= 0x1F"],
    [hostdev('3b:00.0', "<address type='pci' bus='1' slot='1'/>"), 'Invalid PCI address 0000:01:01.0. slot must be <= 0'],
    [
      hostdev('3b:00.0', "<address type='pci' domain='1' bus='0' slot='9'/>"),
      'Invalid PCI address 0001:00:09.0. Only PCI domain 0 is available',
    ],
    [hostdev('3b:00.0') + hostdev('3b:00.0'), 'Hostdev already exists in the domain configuration'],
    [hostdev('3b:00.0', "<driver name='kvm'/>"), "QEMU does not support device assignment mode 'kvm'"],
    [hostdev('3b:00.0', "<boot order='0'/>"), "Invalid value for attribute 'order' in element 'boot': Zero is not permitted"],
    [hostdev('3b:00.0', "<rom enabled='no' bar='on'/>"), 'ROM tuning is not supported when ROM is disabled'],
    ["<hostdev mode='subsystem' type='pci'/>", 'Missing <source> element in hostdev device'],
    ["<hostdev mode='subsystem'><source/></hostdev>", "Missing required attribute 'type' in element 'hostdev'"],
    ["<iommu model='intel'><driver eim='on'/></iommu>", 'IOMMU eim requires interrupt remapping to be enabled'],
    ["<iommu model='virtio'><driver intremap='on'/></iommu>", "iommu model 'virtio' doesn't support some additional attributes"],
    ["<iommu model='smmuv3'/>", "IOMMU device: 'smmuv3' is only supported with ARM Virt machines"],
    [
      "<controller type='pci' index='0' model='pci-root'/>",
      "The PCI controller with index='0' must be model='pcie-root' for this machine type, but model='pci-root' was found instead",
    ],
    ["<controller type='pci' index='1' model='foo'/>", "Unknown model type 'foo'"],
  ];
  for (const [devices, words] of vectors) {
    const found = errors(domain(devices));
    assert.deepEqual([...new Set(found.map(({ message }) => message))], [`libvirt refuses this: ${words}`], devices);
    assert.equal(found[0]?.origin?.line, 5);
  }
});

test('libvirtReader reads no domain of another hypervisor', () => {
  const text = domain('').replace("type='kvm'", "type='lxc'");
  assert.throws(() => readOne(text), { name: 'DefinitionError', message: 'The domain is of type lxc: only those that QEMU runs are read' });
});

test('libvirtReader tells which alias libvirt drops', () => {
  const definition = readOne(domain(hostdev('3b:00.0', "<alias name='ua-x y'/>")));
  assert.deepEqual(deviceLines(definition, /^vfio/), ['vfio-pci hostdev0 host=0000:3b:00.0 bus=pci.2 addr=0x0']);
  assert.deepEqual(
    definition.findings.map(({ code }) => code),
    ['libvirt.alias.ignored'],
  );
});

test('readDefinitions knows libvirt’s XML by its content', () => {
  const texts = [
    domain(hostdev('3b:00.0')),
    `\ufeff<?xml version='1.0'?>\n<!-- virsh edit -->\n${domain('')}`,
    '<network><name>n</name></network>',
  ];
  const read = texts.map(text => readDefinitions({ file: 'vm', text }, null, NO_CONTEXT).definitions.map(({ source }) => source.format));
  assert.deepEqual(read, [['libvirt'], ['libvirt'], []]);
});

test('libvirtReader gives a domain of Arm without a machine the one that libvirt writes down for it', () => {
  const typeOf = (arch: string) => readOne(domain('', { arch }).replace(" machine='pc-q35-11.1'", '')).machine.type?.value;
  assert.equal(typeOf('aarch64'), 'virt');
  assert.equal(typeOf('armv7l'), 'virt');
  assert.equal(typeOf('x86_64'), undefined, 'that of the program, which is pc');
});
