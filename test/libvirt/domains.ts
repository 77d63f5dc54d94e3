/** Domains that libvirt and our reader are given: hand-made ones, one for each thing that can be said, and generated ones. */
import { numbers } from '../fixtures/arbitrary-config.ts';
import { REFUSED, TAKEN } from './devices-of-values.ts';
import {
  ARM,
  controller,
  type Domain,
  disk,
  domain,
  hostdev,
  mdev,
  NONE,
  NUMA,
  one,
  override,
  PC,
  place,
  port,
  smmu,
  uuid,
  words,
} from './domain-xml.ts';

const HAND_MADE: Readonly<Record<string, string>> = {
  'nothing on q35': domain(''),
  'nothing on i440fx': domain('', PC),
  'nothing on virt': domain('', ARM),
  'no USB, no balloon': domain(NONE),
  'no USB, no balloon on i440fx': domain(NONE, PC),
  'one device': domain(one),
  'one device on i440fx': domain(one, PC),
  'one device on virt': domain(one, ARM),
  'eight devices': domain([0, 1, 2, 3, 4, 5, 6, 7].map(fn => hostdev(`3c:00.${fn}`)).join('')),
  'ROM off': domain(hostdev('3b:00.0', "<rom enabled='no'/>")),
  'ROM bar off': domain(hostdev('3b:00.0', "<rom bar='off'/>")),
  'ROM file': domain(hostdev('3b:00.0', "<rom bar='on' file='/r.bin'/>")),
  'boot order': domain(hostdev('3b:00.0', "<boot order='3'/>")),
  'ACPI index': domain(hostdev('3b:00.0', "<acpi index='9'/>")),
  'ACPI nodes': domain(hostdev('3b:00.0', "<acpi nodeset='0'/>") + hostdev('3b:00.1', "<acpi nodeset='0'/>"), { more: NUMA }),
  alias: domain(hostdev('3b:00.0', "<alias name='ua-nic0'/>") + hostdev('3b:00.1')),
  'alias that does not hold': domain(hostdev('3b:00.0', "<alias name='hostdev7'/>") + hostdev('3b:00.1')),
  'alias of a port': domain(port(1, "<alias name='ua-rp'/>") + hostdev('3b:00.0', place(1, 0))),
  teaming: domain(hostdev('3b:00.0', "<teaming type='transient' persistent='ua-net0'/>")),
  'driver and its model': domain(hostdev('3b:00.0', "<driver name='vfio' model='mlx5_vfio_pci'/>")),
  'iommufd of a device': domain(hostdev('3b:00.0', "<driver iommufd='yes'/>") + hostdev('3b:00.1')),
  'iommufd of the VM': domain(hostdev('3b:00.0') + hostdev('3b:00.1', "<driver iommufd='no'/>"), { more: "<iommufd enabled='yes'/>" }),
  'iommufd with a group': domain(one, { more: "<iommufd enabled='yes' fdgroup='iommu'/>" }),
  'iommufd off for the VM': domain(hostdev('3b:00.0', "<driver iommufd='yes'/>"), { more: "<iommufd enabled='no'/>" }),
  'fdgroup without iommufd': domain(one, { more: "<iommufd enabled='no' fdgroup='iommu'/>" }),
  'not managed': domain(hostdev('3b:00.0', '', "managed='no'")),
  'multifunction written': domain(hostdev('3b:00.0', place(1, 0, 0, " multifunction='on'")) + hostdev('3b:00.1', place(1, 0, 1))),
  'multifunction made': domain(
    hostdev('3b:00.0', place(1, 0, 0)) + hostdev('3b:00.1', place(1, 0, 1)) + hostdev('3b:00.2', place(1, 0, 2)),
  ),
  'multifunction off': domain(hostdev('3b:00.0', place(1, 0, 0, " multifunction='off'")) + hostdev('3b:00.1', place(1, 0, 1))),
  'function 1 alone': domain(hostdev('3b:00.1', place(1, 0, 1))),
  'on the root': domain(hostdev('3b:00.0', place(0, 9)) + hostdev('3b:00.1')),
  'on the root alone': domain(NONE + hostdev('3b:00.0', place(0, 3))),
  'an address that is no place': domain(hostdev('3b:00.0', "<address type='pci'/>")),
  'an address of zeros': domain(hostdev('3b:00.0', place(0, 0, 3))),
  'octal and decimal': domain(
    hostdev('3b:00.0', "<address type='pci' bus='0' slot='010'/>") + hostdev('3b:00.1', "<address type='pci' bus='0' slot='10'/>"),
  ),
  'a bus far away': domain(hostdev('3b:00.0', place(20, 0))),
  unassigned: domain(hostdev('3b:00.0', "<address type='unassigned'/>") + hostdev('3b:00.1')),
  'source without parts': domain("<hostdev mode='subsystem' type='pci'><source><address bus='0x3b'/></source></hostdev>"),
  'a domain of five digits': domain(
    "<hostdev mode='subsystem' type='pci'><source><address domain='0x10000' bus='0x3b' slot='0' function='0'/></source></hostdev>",
  ),
  mdev: domain(mdev()),
  'mdev with display': domain(`${mdev(" display='on'")}<graphics type='vnc'/>`),
  'mdev with ramfb': domain(`${mdev(" display='on' ramfb='on'")}<graphics type='vnc'/>`),
  'display of a PCI device': domain(`${hostdev('3b:00.0', '', "display='on' ramfb='on'")}<graphics type='vnc'/>`),
  'one port': domain(port(1) + one),
  'five ports': domain([1, 2, 3, 4, 5].map(index => port(index)).join('') + one),
  'ten ports': domain(Array.from({ length: 10 }, (_, index) => port(index + 1)).join('') + one + hostdev('3b:00.1')),
  'a gap of ports': domain(port(3) + one),
  'the root written': domain(controller(0, 'pcie-root') + one),
  'ports without index': domain(controller(0, 'pcie-root') + port(1).replace(" index='1'", '') + port(1) + one),
  'port at its place': domain(port(1, place(0, 5, 1)) + one + hostdev('3b:00.1')),
  'port at its place with multifunction': domain(port(1, place(0, 5, 0, " multifunction='on'")) + one),
  'port in slot 1': domain(port(1, place(0, 1)) + one + hostdev('3b:00.1')),
  'port with target': domain(port(1, "<target chassis='9' port='0x20' hotplug='off'/>") + one),
  'port of Intel': domain(port(1, "<model name='ioh3420'/>") + one),
  switch: domain(
    controller(1, 'pcie-switch-upstream-port') +
      controller(2, 'pcie-switch-downstream-port') +
      controller(3, 'pcie-switch-downstream-port', "<target chassis='9' port='0x7'/>") +
      one +
      hostdev('3b:00.1'),
  ),
  'downstream port alone': domain(controller(1, 'pcie-switch-downstream-port') + one),
  bridges: domain(
    port(1) +
      controller(2, 'pcie-to-pci-bridge') +
      controller(3, 'pci-bridge', "<target chassisNr='77'/>") +
      hostdev('3b:00.0', place(3, 4)) +
      hostdev('3b:00.1', place(2, 31)),
  ),
  'DMI bridge': domain(controller(1, 'dmi-to-pci-bridge') + controller(2, 'pci-bridge') + one),
  expanders: domain(
    controller(1, 'pcie-expander-bus') +
      controller(2, 'pcie-expander-bus', "<target busNr='100'/>") +
      controller(3, 'pcie-expander-bus') +
      one,
  ),
  'expander with a port and a node': domain(
    controller(1, 'pcie-expander-bus', "<target busNr='64'><node>0</node></target>") +
      port(2, place(1, 0)) +
      port(3, place(1, 1)) +
      hostdev('3b:00.0', place(2, 0)) +
      hostdev('3b:00.1', place(3, 0)),
    { more: NUMA },
  ),
  'expanders on i440fx': domain(
    controller(1, 'pci-expander-bus') + controller(2, 'pci-expander-bus') + controller(3, 'pci-bridge') + one,
    PC,
  ),
  'pcihole64 of q35': domain(controller(0, 'pcie-root', "<pcihole64 unit='GiB'>64</pcihole64>") + one),
  'pcihole64 of i440fx': domain(controller(0, 'pci-root', '<pcihole64>1048576</pcihole64>') + one, PC),
  'full i440fx': domain(
    Array.from({ length: 26 }, (_, index) => disk(index)).join('') + [0, 1, 2, 3].map(fn => hostdev(`3c:00.${fn}`)).join(''),
    PC,
  ),
  'full i440fx without spare': domain(
    NONE + Array.from({ length: 26 }, (_, index) => disk(index)).join('') + [0, 1, 2, 3].map(fn => hostdev(`3c:00.${fn}`)).join(''),
    PC,
  ),
  'USB of ICH9': domain(
    "<controller type='usb' index='0' model='ich9-ehci1'/><controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller><controller type='usb' index='0' model='ich9-uhci2'><master startport='2'/></controller>" +
      one,
  ),
  'USB of ICH9 on i440fx': domain(
    "<controller type='usb' index='0' model='ich9-ehci1'/><controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>" +
      one,
    PC,
  ),
  controllers: domain(
    "<controller type='virtio-serial' index='0'/><controller type='scsi' index='1' model='lsilogic'/><controller type='scsi' index='0' model='virtio-scsi'/><controller type='sata' index='1'/><controller type='usb' index='1' model='nec-xhci'/><controller type='usb' index='0' model='ehci'/><controller type='scsi' index='2'/>" +
      one,
  ),
  'controllers on i440fx': domain(
    "<controller type='usb' index='0' model='ich9-ehci1'/><controller type='virtio-serial' index='0'/><controller type='scsi' index='0'/><controller type='usb' index='1' model='nec-xhci'/><controller type='sata' index='0'/>" +
      one,
    PC,
  ),
  'sound cards': domain(`<sound model='ac97'/><sound model='virtio'/><sound model='ich9'/><sound model='ich9'/>${one}`),
  displays: domain(`<video><model type='virtio'/></video><video><model type='virtio' primary='yes'/></video>${one}`),
  'a display whose place is taken': domain(`<video><model type='vga'/></video>${hostdev('3b:00.0', place(0, 1))}`),
  'a display on i440fx': domain(`<video><model type='vga'/></video>${one}`, PC),
  'a display for VNC': domain(`<graphics type='vnc'/>${one}`),
  'a display for VNC on virt': domain(`<graphics type='vnc'/>${one}`, ARM),
  'devices of all kinds': domain(
    "<serial type='pty'><target type='pci-serial' port='0'/></serial><input type='mouse' bus='virtio'/><shmem name='a'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem><watchdog model='i6300esb'/><rng model='virtio-transitional'><backend model='random'>/dev/urandom</backend></rng><memballoon model='virtio-non-transitional'/><panic model='pvpanic'/><iommu model='virtio'/><crypto model='virtio' type='qemu'><backend model='builtin'/></crypto><filesystem type='mount' accessmode='mapped'><source dir='/tmp'/><target dir='h'/></filesystem>" +
      one,
  ),
  'devices of all kinds on i440fx': domain(
    "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel><disk type='file' device='disk'><source file='/y.img'/><target dev='sda' bus='scsi'/></disk><input type='tablet' bus='virtio'/><watchdog model='i6300esb'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><video><model type='virtio'/></video>" +
      one,
    PC,
  ),
  'disks on SCSI and SATA': domain(
    Array.from(
      { length: 9 },
      (_, index) =>
        `<disk type='file' device='disk'><source file='/s${index}.img'/><target dev='sd${String.fromCharCode(97 + index)}' bus='${index < 7 ? 'scsi' : 'sata'}'/></disk>`,
    ).join('') + one,
  ),
  intel: domain(`<iommu model='intel'><driver intremap='on' caching_mode='on' eim='on' iotlb='on' aw_bits='48'/></iommu>${one}`),
  'intel, all off': domain(
    `<iommu model='intel'><driver intremap='off' caching_mode='off' eim='off' iotlb='off' aw_bits='39' dma_translation='off'/></iommu>${one}`,
  ),
  'intel, nothing said': domain(`<iommu model='intel'/>${one}`),
  'intel on i440fx': domain(`<iommu model='intel'/>${one}`, PC),
  'intel with what is not its': domain(`<iommu model='intel'><driver pciBus='0'/></iommu>${one}`),
  'intel, eim alone': domain(`<iommu model='intel'><driver eim='on'/></iommu>${one}`),
  'intel with an address': domain(`<iommu model='intel'>${place(0, 7)}</iommu>${one}`),
  amd: domain(`<iommu model='amd'><driver intremap='on' xtsup='on' passthrough='on' iotlb='on'/></iommu>${one}`),
  'amd, nothing said': domain(`<iommu model='amd'/>${one}`),
  'amd with what is not its': domain(`<iommu model='amd'><driver aw_bits='48'/></iommu>${one}`),
  'virtio-iommu': domain(`<iommu model='virtio'><driver aw_bits='48'><granule mode='host'/></driver></iommu>${one}`),
  'virtio-iommu at its place': domain(
    `<iommu model='virtio'><driver><granule size='64' unit='KiB'/></driver><alias name='ua-v'/>${place(0, 7)}</iommu>${one}`,
  ),
  'virtio-iommu without ACPI': domain(`<iommu model='virtio'/>${one}`, { features: '' }),
  'virtio-iommu on i440fx': domain(`<iommu model='virtio'/>${one}`, PC),
  'two IOMMUs': domain(`<iommu model='intel'/><iommu model='virtio'/>${one}`),
  'SMMU of the machine': domain(`<iommu model='smmuv3'/>${one}`, ARM),
  'SMMU of the machine, with what is lost': domain(smmu("accel='on' ats='on' ssidsize='4'"), ARM),
  'SMMU of a bus': domain(
    smmu("pciBus='0' accel='on' ats='on' ril='off' ssidsize='20' oas='48' cmdqv='on'") + hostdev('3b:00.0', "<driver iommufd='yes'/>"),
    ARM,
  ),
  'SMMU of a bus, plain': domain(smmu("pciBus='0'") + one, ARM),
  'two SMMUs': domain(
    `${controller(1, 'pcie-expander-bus', "<target busNr='64'/>")}${controller(2, 'pcie-expander-bus', "<target busNr='128'/>")}${port(3, place(1, 0))}${port(4, place(2, 0))}${smmu("pciBus='1' accel='on'")}${smmu("pciBus='2' accel='on' ats='off'")}${hostdev('3b:00.0', place(3, 0))}${hostdev('3b:00.1', place(4, 0))}`,
    ARM,
  ),
  'two SMMUs on one bus': domain(smmu("pciBus='0' accel='on'") + smmu("pciBus='0' accel='on'"), ARM),
  'SMMU of a port': domain(port(1) + smmu("pciBus='1' accel='on'"), ARM),
  'SMMU of no bus': domain(smmu("pciBus='7' accel='on'"), ARM),
  'SMMU without accel': domain(smmu("pciBus='0' ats='on'"), ARM),
  'SMMU, auto': domain(smmu("pciBus='0' accel='on' ats='auto'"), ARM),
  'SMMU, oas auto': domain(smmu("pciBus='0' accel='on' oas='auto'"), ARM),
  'SMMU, oas -1': domain(smmu("pciBus='0' accel='on' oas='-1'"), ARM),
  'SMMU on q35': domain("<iommu model='smmuv3'/>"),
  'an unknown IOMMU': domain("<iommu model='sparc'/>"),
  override: domain(hostdev('3b:00.0', "<alias name='ua-x'/><rom bar='on'/>"), {
    more: override(
      'ua-x',
      "name='rombar' type='unsigned' value='0'",
      "name='x-s' type='string' value='on'",
      "name='x-n' type='signed' value='-3'",
      "name='x-b' type='bool' value='true'",
      "name='addr' type='remove'",
      "name='bus' type='string' value='pcie.0'",
    ),
  }),
  'override in hexadecimal': domain(one, { more: override('hostdev0', "name='x' type='unsigned' value='0x12'") }),
  'override of no bool': domain(one, { more: override('hostdev0', "name='x' type='bool' value='on'") }),
  'override of nothing': domain(one, { more: override('nosuch', "name='x' type='bool' value='true'") }),
  'words for QEMU': domain(one, {
    more: words('-global', 'vfio-pci.ats=off', '-device', 'vfio-pci,host=0000:3b:00.1,id=a,bus=pcie.0,addr=9'),
  }),
  'words for QEMU, in JSON': domain(one, {
    more: words('-device', '{"driver":"vfio-pci","host":"0000:3b:00.1","id":"b"}', '-object', 'iommufd,id=i0'),
  }),
  'words for QEMU under another prefix': domain('', { more: words('-global', 'vfio-pci.ats=off').replaceAll('qemu:', 'q:') }).replace(
    'xmlns:qemu',
    'xmlns:q',
  ),
  'words for QEMU under a prefix that nothing declares': domain('', { more: words('-global', 'vfio-pci.ats=off') }).replace(
    / xmlns:qemu='[^']*'/,
    '',
  ),
  'driver kvm': domain(hostdev('3b:00.0', "<driver name='kvm'/>")),
  'no type': domain("<hostdev mode='subsystem'><source><address bus='0x3b' slot='0' function='0'/></source></hostdev>"),
  'a wrong type': domain("<hostdev mode='subsystem' type='foo'><source/></hostdev>"),
  'a wrong mode': domain("<hostdev mode='foo' type='pci'><source/></hostdev>"),
  'no source': domain("<hostdev mode='subsystem' type='pci'/>"),
  'managed by maybe': domain(hostdev('3b:00.0', '', "managed='maybe'")),
  'ROM bar maybe': domain(hostdev('3b:00.0', "<rom bar='maybe'/>")),
  'ROM off and tuned': domain(hostdev('3b:00.0', "<rom enabled='no' bar='on'/>")),
  'boot order 0': domain(hostdev('3b:00.0', "<boot order='0'/>")),
  'boot order twice': domain(hostdev('3b:00.0', "<boot order='1'/>") + hostdev('3b:00.1', "<boot order='1'/>")),
  'a device twice': domain(one + one),
  'a place twice': domain(hostdev('3b:00.0', place(0, 9)) + hostdev('3b:00.1', place(0, 9))),
  'slot 1 of a port': domain(port(1) + hostdev('3b:00.0', place(1, 1))),
  'slot 32': domain(hostdev('3b:00.0', "<address type='pci' bus='0' slot='32'/>")),
  'function 8': domain(hostdev('3b:00.0', "<address type='pci' bus='1' slot='0' function='8'/>")),
  'bus 300': domain(hostdev('3b:00.0', "<address type='pci' bus='300' slot='0'/>")),
  'a bus that is no number': domain(hostdev('3b:00.0', "<address type='pci' bus='0xzz'/>")),
  'a domain of the guest': domain(hostdev('3b:00.0', "<address type='pci' domain='1' bus='0' slot='9'/>")),
  'an index twice': domain(port(1) + port(1)),
  'an index too large': domain(port(300)),
  'the wrong root': domain(controller(0, 'pci-root')),
  'a port for the root': domain(controller(0, 'pcie-root-port')),
  'an unknown controller': domain(controller(1, 'foo')),
  'a controller without model': domain("<controller type='pci' index='1'/>"),
  'a port on i440fx': domain(port(1), PC),
  'a port below a port': domain(port(1) + port(2, place(1, 0))),
  'a second display of VGA': domain("<video><model type='cirrus'/></video><video><model type='vga'/></video>"),
  'mdev without model': domain(`<hostdev mode='subsystem' type='mdev'><source><address uuid='${uuid}'/></source></hostdev>`),
  'mdev of no UUID': domain("<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='zz'/></source></hostdev>"),
  'teaming with nobody': domain(hostdev('3b:00.0', "<teaming type='transient'/>")),
  'names that libvirt does not know': domain(
    `${smmu("pciBus='0' accel='on' ssidSize='20'")}${hostdev('3b:00.0', '<viommu/>', "ats='off'")}`,
    ARM,
  ),
};

/** Domains of chance: the same for one seed. */
function generated(count: number, seed: number): Domain[] {
  const next = numbers(seed);
  const below = (most: number) => next() % most;
  const maybe = (text: string, odds = 2) => (below(odds) === 0 ? text : '');
  return Array.from({ length: count }, (_, index) => {
    const kind = below(5);
    const isArm = kind === 4;
    const isPc = kind === 3;
    const ports = isPc ? 0 : below(4);
    const functions = 1 + below(6);
    const parts: string[] = [];
    for (let bus = 1; bus <= ports; bus++) parts.push(port(bus, maybe(`<target chassis='${bus + 20}'/>`, 4)));
    for (let fn = 0; fn < functions; fn++) {
      const at = (bus: number) => place(bus, isPc ? 4 + fn : 0);
      const inner = [
        maybe(`<driver iommufd='${below(2) === 0 ? 'yes' : 'no'}'/>`, 3),
        maybe(`<boot order='${fn + 1}'/>`, 3),
        maybe(`<rom bar='${below(2) === 0 ? 'on' : 'off'}'/>`, 3),
        maybe(`<alias name='ua-d${fn}'/>`, 4),
        maybe(`<acpi index='${fn + 1}'/>`, 5),
        maybe(at(isPc ? 0 : fn + 1), 4),
      ];
      parts.push(hostdev(`3d:00.${fn}`, inner.join('')));
    }
    for (let drive = 0; drive < below(4); drive++) parts.push(disk(drive));
    parts.push(
      maybe("<video><model type='virtio'/></video>"),
      maybe("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"),
    );
    if (!isArm)
      parts.push(
        maybe("<sound model='ich6'/>", 4),
        maybe("<controller type='usb' model='none'/>", 4),
        maybe("<watchdog model='i6300esb'/>", 4),
      );
    parts.push(maybe("<memballoon model='none'/>", 3), maybe("<controller type='scsi' model='virtio-scsi'/>", 3));
    if (isArm) parts.push(maybe(smmu(`pciBus='0' accel='on'${maybe(" ats='on'")}${maybe(" oas='48'")}`)));
    else if (!isPc)
      parts.push(
        maybe(
          ["<iommu model='intel'><driver caching_mode='on' intremap='on'/></iommu>", "<iommu model='amd'/>", "<iommu model='virtio'/>"][
            below(3)
          ] ?? '',
        ),
      );
    const more = maybe("<iommufd enabled='yes'/>", 4) + maybe(words('-global', 'vfio-pci.x-no-mmap=on'), 4);
    return { name: `generated ${index} of seed ${seed}`, text: domain(parts.join('\n    '), { ...(isArm ? ARM : isPc ? PC : {}), more }) };
  });
}

/** All of them. */
export const DOMAINS: readonly Domain[] = [
  ...Object.entries(HAND_MADE).map(([name, text]) => ({ name, text })),
  ...Object.entries({ ...REFUSED, ...TAKEN }).map(([name, devices]) => ({ name, text: domain(devices) })),
  ...generated(80, 20261129),
];
