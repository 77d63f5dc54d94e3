/** Makes what `plan.ts` measures with: domains of libvirt that differ as those of a fleet do, and captures of many hosts. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CAPTURES = resolve(import.meta.dirname, '../captures');
const MACHINES = ['pc-q35-9.2', 'pc-q35-10.0', 'pc-q35-10.1', 'pc-q35-11.0', 'pc-q35-11.1'] as const;
/** Functions that most of the shipped captures have, each two beside each other different ones. */
const ADDRESSES = ['01:00', '03:00', '02:00', '01:00', '03:00', '01:00', '02:00'] as const;
const KERNELS = ['6.12.48', '7.0.9', '7.1.2', '7.3.4'] as const;

const pick = <T>(list: readonly T[], at: number): T => {
  const found = list[at % list.length];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
};

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** What a domain calls its devices, which of the host's they are, and the buses that they stand on. */
interface Assigned {
  readonly alias: string;
  /** Bus and slot. */
  readonly host: string;
  readonly guestBus: number;
}

/** `kinds`: a fleet's, of some hundred kinds; `own`: no two have the same devices, names of them and places. */
export type Fleet = 'kinds' | 'own';

/** Functions that a host of a fleet without kinds has beside those of its capture. */
const OWN_FUNCTIONS = 32;
const ownBus = (at: number): number => 0x40 + (at % OWN_FUNCTIONS);

/** Buses that no disk and no network card has. */
const FREE_BUSES = [2, 4, 5, 6] as const;

function assigned(n: number, i: number, fleet: Fleet): Assigned {
  if (fleet === 'kinds') return { alias: `ua-dev${i}`, host: pick(ADDRESSES, n + i), guestBus: 5 + i };
  const bus = ownBus(n + i * (1 + (Math.trunc(n / OWN_FUNCTIONS) % (OWN_FUNCTIONS - 1))));
  return { alias: `ua-${hex(n, 8)}-5d1e-4c0b-8a77-${hex(i, 12)}`, host: `${hex(bus, 2)}:00`, guestBus: pick(FREE_BUSES, (n >> 3) + i) };
}

function hostdev(n: number, i: number, fleet: Fleet): string {
  const { alias, host, guestBus } = assigned(n, i, fleet);
  const [bus, slot] = host.split(':');
  const driver = n % 7 === 3 ? "<driver name='vfio'/>" : '';
  const place = n % 2 === 0 ? `<address type='pci' domain='0x0000' bus='0x0${guestBus}' slot='0x00' function='0x0'/>` : '';
  return `    <hostdev mode='subsystem' type='pci' managed='yes'>
      ${driver}<source><address domain='0x0000' bus='0x${bus}' slot='0x${slot}' function='0x0'/></source>
      <alias name='${alias}'/>
      ${n % 5 === 2 ? "<rom bar='off'/>" : ''}${place}
    </hostdev>`;
}

function override(n: number, fleet: Fleet): string {
  if (n % 3 !== 0) return '';
  return `  <qemu:override>
    <qemu:device alias='${assigned(n, 0, fleet).alias}'>
      <qemu:frontend><qemu:property name='ats' type='string' value='${pick(['on', 'off', 'auto'], n / 3)}'/></qemu:frontend>
    </qemu:device>
  </qemu:override>
`;
}

/** The `n`th domain. */
export function domainXml(n: number, fleet: Fleet = 'kinds'): string {
  const ports = Array.from({ length: 6 + (n % 5) }, (_, i) => {
    const address = `<address type='pci' domain='0x0000' bus='0x00' slot='0x0${2 + (i >> 3)}' function='0x${i % 8}'${i % 8 === 0 ? " multifunction='on'" : ''}/>`;
    const target = `<target chassis='${i + 1}' port='0x${hex(0x10 + i, 2)}'/>`;
    return `    <controller type='pci' index='${i + 1}' model='pcie-root-port'>
      <model name='pcie-root-port'/>${target}${address}
    </controller>`;
  }).join('\n');
  const id = hex(n, 12);
  const iommu =
    n % 4 === 1 ? `    <iommu model='intel'><driver intremap='on' caching_mode='on' iotlb='${n % 8 === 1 ? 'on' : 'off'}'/></iommu>\n` : '';
  return `<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>vm-${n}</name>
  <uuid>6f1c2a34-0d5e-4b7a-9c31-${id}</uuid>
  <memory unit='GiB'>${4 << (n % 5)}</memory>
  <vcpu placement='static'>${2 << (n % 4)}</vcpu>
${n % 2 === 0 ? "  <iommufd enabled='yes'/>\n" : ''}  <os><type arch='x86_64' machine='${pick(MACHINES, n)}'>hvm</type><boot dev='hd'/></os>
  <features><acpi/><apic/><ioapic driver='${n % 4 === 1 ? 'qemu' : 'kvm'}'/></features>
  <cpu mode='host-passthrough' check='none' migratable='on'/>
  <clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='hpet' present='no'/></clock>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/><source file='/var/lib/libvirt/images/vm-${n}.qcow2'/>
      <target dev='vda' bus='virtio'/><address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>
    </disk>
    <controller type='usb' index='0' model='qemu-xhci' ports='15'/>
    <controller type='pci' index='0' model='pcie-root'/>
${ports}
    <interface type='bridge'>
      <mac address='52:54:00:${hex((n >> 16) & 255, 2)}:${hex((n >> 8) & 255, 2)}:${hex(n & 255, 2)}'/><source bridge='br${n % 9}'/>
      <model type='virtio'/><address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </interface>
    <serial type='pty'><target type='isa-serial' port='0'/></serial>
    <graphics type='vnc' port='-1' autoport='yes'/>
    <video><model type='virtio' heads='1' primary='yes'/></video>
${[0, 1].map(i => hostdev(n, i, fleet)).join('\n')}
${iommu}    <memballoon model='virtio'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
${override(n, fleet)}</domain>
`;
}

/** Writes `count` domains into a folder, a thousand in each folder of it. */
export function writeDomains(folder: string, count: number, fleet: Fleet = 'kinds'): void {
  for (let n = 0; n < count; n++) {
    const rack = join(folder, `rack-${hex(Math.trunc(n / 1000), 2)}`);
    if (n % 1000 === 0) mkdirSync(rack, { recursive: true });
    writeFileSync(join(rack, `vm-${n}.xml`), domainXml(n, fleet));
  }
}

/** What a capture has, as far as functions are added to it. */
interface CaptureJson {
  devices: { address: string; iommuGroup: { number: number; members?: string[] } }[];
}

/** The text of a capture whose functions are there at further addresses, each in a group of its own. */
function withOwnFunctions(text: string): string {
  const capture: CaptureJson = JSON.parse(text);
  const own = Array.from({ length: OWN_FUNCTIONS }, (_, i) => {
    const like = pick(capture.devices, i);
    const address = `0000:${hex(ownBus(i), 2)}:00.0`;
    return { ...like, address, iommuGroup: { ...like.iommuGroup, number: 100 + i, members: [address] } };
  });
  return JSON.stringify({ ...capture, devices: [...capture.devices, ...own] }, null, 2);
}

/** Writes captures of so many hosts, made of the shipped ones: ids, kernels and drivers differ. Gives their paths. */
export function writeHosts(folder: string, count: number, fleet: Fleet = 'kinds'): string[] {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(CAPTURES).filter(name => name.endsWith('.json'));
  return Array.from({ length: count }, (_, i) => {
    const shipped = readFileSync(join(CAPTURES, pick(names, i)), 'utf8');
    const text = (fleet === 'own' ? withOwnFunctions(shipped) : shipped)
      // Behind the vendor: another device id.
      .replace(/("(?:config|vfio)": "[0-9a-f]{4})[0-9a-f]{2}/g, `$1${hex(i, 2)}`)
      .replace(/("kernel": ")7\.3\.4/g, `$1${pick(KERNELS, i)}`);
    const path = join(folder, `host-${hex(i, 2)}.json`);
    writeFileSync(path, text);
    return path;
  });
}
