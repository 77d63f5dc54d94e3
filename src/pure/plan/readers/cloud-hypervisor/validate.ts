/** What Cloud Hypervisor 53 refuses of a configuration's devices before it starts, in its words. */
import { type DefinedValue, findValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import type { FindingList } from '../finding-list.ts';
import { type CloudHypervisorConfig, type ConfigEntry, isOn } from './config.ts';

const MOST_SEGMENTS = 96;
const MOST_ADDRESS_BITS = 64;
/** Slots of a segment's one bus. */
const SLOTS = 32;
const LAST_BAR = 5;

export function validate(config: CloudHypervisorConfig, list: FindingList): void {
  const check = new Check(config, list);
  check.platform();
  for (const entry of config.entries) check.entry(entry);
}

/** The numbers of `[1,2-4]`, of JSON's lists and of one number alone; a long range counts by its ends. */
export function numbersOf(text: string): number[] {
  return text
    .replaceAll(/[[\]\s]/g, '')
    .split(',')
    .flatMap(item => item.split('-').flatMap(part => (/^\d{1,15}$/.test(part) ? [Number(part)] : [])));
}

class Check {
  readonly #config: CloudHypervisorConfig;
  readonly #list: FindingList;
  readonly #segments: number;
  readonly #iommuSegments: ReadonlySet<number>;
  readonly #ids = new Set<string>();
  /** Segment and slot of each that names one. */
  readonly #slots = new Set<string>();
  readonly #paths = new Set<string>();
  #saidThatMemoryIsPrivate = false;

  constructor(config: CloudHypervisorConfig, list: FindingList) {
    this.#config = config;
    this.#list = list;
    this.#segments = Number(findValue(config.platform, 'num_pci_segments')?.value ?? 1);
    this.#iommuSegments = new Set(numbersOf(findValue(config.platform, 'iommu_segments')?.value ?? ''));
  }

  #refuse(code: string, words: string, origin: Origin): void {
    this.#list.add('error', `cloud-hypervisor.${code}`, words, origin);
  }

  platform(): void {
    const { platform } = this.#config;
    const value = (name: string): DefinedValue | undefined => findValue(platform, name);
    const segments = value('num_pci_segments');
    if (segments && !(this.#segments >= 1 && this.#segments <= MOST_SEGMENTS)) {
      this.#refuse('segments', `Number of PCI segments (${segments.value}) not in range of 1 to ${MOST_SEGMENTS}`, segments.origin);
    }
    const behind = value('iommu_segments');
    for (const segment of this.#iommuSegments) {
      if (behind && segment >= this.#segments) this.#refuse('segment', `Invalid PCI segment id: ${segment}`, behind.origin);
    }
    const width = value('iommu_address_width_bits') ?? value('iommu_address_width');
    if (width && Number(width.value) > MOST_ADDRESS_BITS) {
      this.#refuse('address-width', `IOMMU address width ${width.value} is more than ${MOST_ADDRESS_BITS} bits`, width.origin);
    }
    const descriptor = value('iommufd_fd');
    if (descriptor && value('iommufd') && !isOn(value('iommufd'))) {
      this.#refuse('iommufd', 'Platform `iommufd_fd=<fd>` requires `iommufd=on`', descriptor.origin);
    }
  }

  entry(entry: ConfigEntry): void {
    const { values, part, origin } = entry;
    const id = findValue(values, 'id');
    if (id?.value.startsWith('__')) this.#refuse('id', `Identifier ${id.value} is not valid`, id.origin);
    if (id && this.#ids.has(id.value)) this.#refuse('id', `Identifier ${id.value} is not unique`, id.origin);
    if (id) this.#ids.add(id.value);
    this.#place(entry);
    if (part === 'devices') this.#device(entry);
    if (part !== 'user_devices') return;
    const iommu = findValue(values, 'iommu');
    if (iommu && isOn(iommu)) this.#refuse('user-device.iommu', 'Device does not support being placed behind IOMMU', iommu.origin);
    if (!this.#config.hasSharedMemory && !this.#saidThatMemoryIsPrivate) {
      this.#saidThatMemoryIsPrivate = true;
      this.#refuse('memory', 'Using user devices requires using shared memory or huge pages', origin);
    }
  }

  #place({ values, origin }: ConfigEntry): void {
    const written = findValue(values, 'pci_segment');
    const segment = Number(written?.value ?? 0);
    if (written && segment >= this.#segments) this.#refuse('segment', `Invalid PCI segment id: ${written.value}`, written.origin);
    if (this.#iommuSegments.has(segment) && !isOn(findValue(values, 'iommu'))) {
      const words = `Device is on an IOMMU PCI segment (${segment}) but not placed behind IOMMU`;
      this.#refuse('iommu-segment', words, written?.origin ?? origin);
    }
    const slot = findValue(values, 'pci_device_id');
    if (slot === undefined) return;
    if (Number(slot.value) >= SLOTS) {
      this.#refuse('slot', `Given PCI device ID (${slot.value}) is out of the supported range of 0..${SLOTS}`, slot.origin);
    } else if (Number(slot.value) === 0 && segment === 0) {
      this.#refuse('slot', 'Given PCI device ID (0) is reserved', slot.origin);
    } else if (this.#slots.has(`${segment} ${Number(slot.value)}`)) {
      this.#refuse('slot', `Valid PCI device identifier but already used: ${Number(slot.value)}`, slot.origin);
    }
    this.#slots.add(`${segment} ${Number(slot.value)}`);
  }

  #device({ values, origin }: ConfigEntry): void {
    const { platform } = this.#config;
    const [path, fd] = [findValue(values, 'path'), findValue(values, 'fd')];
    if (!path && !fd) this.#refuse('device', 'VFIO device config must specify `path=` or `fd=`', origin);
    if (path && fd) this.#refuse('device', 'VFIO device config must specify at most one of `path=` or `fd=`', fd.origin);
    if (!path && fd && !findValue(platform, 'iommufd_fd')) {
      this.#refuse('device', 'VFIO device `fd=` requires platform `iommufd_fd=<fd>`', fd.origin);
    }
    if (path && this.#paths.has(path.value)) this.#refuse('device', `Duplicated device path: ${path.value.slice(0, 200)}`, path.origin);
    if (path) this.#paths.add(path.value);
    const clique = findValue(values, 'x_nv_gpudirect_clique');
    const direct = findValue(platform, 'vfio_p2p_dma');
    if (clique && direct && !isOn(direct)) {
      this.#refuse('device', 'Device with x_nv_gpudirect_clique requires vfio_p2p_dma=on', clique.origin);
    }
    const bars = findValue(values, 'x_exclude_mmap_bars');
    for (const bar of numbersOf(bars?.value ?? '')) {
      if (bars && bar > LAST_BAR) this.#refuse('device', `Invalid VFIO excluded-mmap BAR index: ${bar}`, bars.origin);
    }
  }
}
