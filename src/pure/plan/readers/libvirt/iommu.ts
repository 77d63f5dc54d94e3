/** `<iommu>`: the IOMMUs that the guest has. */
import type { DefinedValue } from '../../definition.ts';
import type { MachineBuses } from './controllers.ts';
import type { Aliases, GuestBus, GuestDevice } from './guest-device.ts';
import { jsonValue, type LibvirtText } from './libvirt-text.ts';
import { readGuestAddress } from './pci-address.ts';
import { findAttribute, findChild, type XmlElement } from './xml.ts';

const MODELS = ['intel', 'amd', 'virtio', 'smmuv3'] as const;

/** An attribute of `<driver>` and the property that it becomes, in the kind that libvirt gives it to QEMU. */
interface DriverAttribute {
  readonly attribute: string;
  readonly property: string;
  readonly kind: 'switch' | 'switch as text' | 'number' | 'integer';
}

const attribute = (name: string, kind: DriverAttribute['kind'], property = name): DriverAttribute => ({ attribute: name, property, kind });

/** In the order in which libvirt writes them. */
const ATTRIBUTES: Readonly<Record<(typeof MODELS)[number], readonly DriverAttribute[]>> = {
  intel: [
    attribute('intremap', 'switch as text'),
    attribute('caching_mode', 'switch', 'caching-mode'),
    attribute('eim', 'switch as text'),
    attribute('iotlb', 'switch', 'device-iotlb'),
    attribute('aw_bits', 'number', 'aw-bits'),
    attribute('dma_translation', 'switch', 'dma-translation'),
  ],
  amd: [
    attribute('intremap', 'switch as text'),
    attribute('passthrough', 'switch', 'pt'),
    attribute('xtsup', 'switch'),
    attribute('iotlb', 'switch', 'device-iotlb'),
  ],
  virtio: [attribute('aw_bits', 'number', 'aw-bits')],
  smmuv3: [
    attribute('accel', 'switch'),
    attribute('ats', 'switch as text'),
    attribute('ril', 'switch as text'),
    attribute('ssidsize', 'integer'),
    attribute('oas', 'integer'),
    attribute('cmdqv', 'switch as text'),
  ],
};

/** All of the table, and the one that is no property. */
const ALL_ATTRIBUTES: ReadonlySet<string> = new Set([...Object.values(ATTRIBUTES).flatMap(all => all.map(one => one.attribute)), 'pciBus']);

/** The attribute of `<driver>` that becomes a property; null where a model has none for it. */
export function attributeFor(model: string | undefined, property: string): string | null {
  const known = MODELS.find(one => one === model);
  return known === undefined ? null : (ATTRIBUTES[known].find(one => one.property === property)?.attribute ?? null);
}

/** What the IOMMUs of a text come to. */
export interface Iommus {
  readonly devices: readonly GuestDevice[];
  /** For the machine, where an SMMUv3 belongs to no bus. */
  readonly machineValues: readonly DefinedValue[];
}

/** What is asked of an IOMMU's surroundings. */
export interface IommuContext {
  readonly text: LibvirtText;
  readonly machine: MachineBuses;
  readonly isArmVirt: boolean;
  readonly hasAcpi: boolean;
  readonly buses: ReadonlyMap<number, GuestBus>;
  readonly aliases: Aliases;
}

export function readIommus(context: IommuContext, elements: readonly XmlElement[]): Iommus {
  const devices: GuestDevice[] = [];
  const machineValues: DefinedValue[] = [];
  for (const element of elements) {
    const model = context.text.requiredWord(element, 'model', MODELS);
    const id = context.aliases.of(element, 'iommu');
    if (model === undefined) continue;
    const driver = findChild(element, 'driver');
    const bus = driver === undefined ? undefined : findAttribute(driver, 'pciBus');
    refuseMisfits(context, element, model);
    if (model === 'smmuv3' && bus === undefined) machineValues.push(machineIommu(context.text, element, driver));
    else devices.push(...iommuDevices(context, element, model, id));
  }
  return { devices, machineValues };
}

function iommuDevices(context: IommuContext, element: XmlElement, model: (typeof MODELS)[number], id: string): GuestDevice[] {
  const { text } = context;
  const driver = findChild(element, 'driver');
  const values = driver === undefined ? [] : driverValues(text, driver, model);
  const address = readGuestAddress(text, element);
  const make = (name: string, own: Pick<GuestDevice, 'id' | 'values' | 'connection'>): GuestDevice => ({
    class: 'iommu',
    element,
    driver: name,
    host: { kind: 'emulated' },
    address: own.connection === null || address === 'unassigned' ? null : address,
    origin: text.origin(element),
    ...own,
  });
  switch (model) {
    case 'intel':
      return [make('intel-iommu', { id, values, connection: null })];
    case 'virtio':
      return [make('virtio-iommu', { id, values: [...values, ...granule(text, driver)], connection: 'integrated' })];
    case 'amd': {
      const pci = make('AMDVI-PCI', { id, values: [], connection: 'integrated' });
      return [pci, make('amd-iommu', { id: null, values: [jsonValue('pci-id', id, text.madeOf(element)), ...values], connection: null })];
    }
    case 'smmuv3':
      return [make('arm-smmuv3', { id, values: [...primaryBus(context, driver), ...values], connection: null })];
  }
}

function primaryBus({ text, buses }: IommuContext, driver: XmlElement | undefined): DefinedValue[] {
  const found = driver === undefined ? undefined : findAttribute(driver, 'pciBus');
  const index = driver === undefined ? undefined : text.number(driver, 'pciBus');
  if (found === undefined || index === undefined) return [];
  const bus = buses.get(index);
  if (bus === undefined) text.refuse('Could not find a suitable controller for smmuv3', text.valueOrigin(found));
  return bus === undefined ? [] : [jsonValue('primary-bus', bus.name, { ...text.valueOrigin(found), span: null })];
}

/** An SMMUv3 of the whole machine; all else that is said of it gets lost. */
function machineIommu(text: LibvirtText, element: XmlElement, driver: XmlElement | undefined): DefinedValue {
  for (const { attribute: name } of driver === undefined ? [] : ATTRIBUTES.smmuv3) {
    const found = driver === undefined ? undefined : findAttribute(driver, name);
    if (found === undefined || driver === undefined) continue;
    const message = `Without pciBus libvirt makes -machine iommu=smmuv3 of this and drops ${name}='${found.value.slice(0, 80)}' in silence: add pciBus='0', or the index of the pcie-expander-bus that the SMMU is for`;
    text.add('warning', 'libvirt.attribute.lost', message, text.valueOrigin(found));
  }
  if (driver !== undefined) driverValues(text, driver, 'smmuv3');
  const model = findAttribute(element, 'model');
  return { name: 'iommu', value: 'smmuv3', json: null, origin: model === undefined ? text.origin(element) : text.valueOrigin(model) };
}

function driverValues(text: LibvirtText, driver: XmlElement, model: (typeof MODELS)[number]): DefinedValue[] {
  const known = ATTRIBUTES[model];
  const values = known.flatMap(one => driverValue(text, driver, one) ?? []);
  const others = driver.attributes.filter(({ name }) => ALL_ATTRIBUTES.has(name) && name !== (model === 'smmuv3' ? 'pciBus' : ''));
  const hasGranule = model !== 'virtio' && findChild(driver, 'granule') !== undefined;
  if (hasGranule || others.some(({ name }) => !known.some(one => one.attribute === name))) {
    text.refuse(`iommu model '${model}' doesn't support some additional attributes`, text.origin(driver));
  }
  const isOn = (name: string) => findAttribute(driver, name)?.value === 'on';
  if (model === 'intel' && isOn('eim') && !isOn('intremap')) {
    text.refuse('IOMMU eim requires interrupt remapping to be enabled', text.origin(driver));
  }
  if (model === 'smmuv3' && values.some(({ name }) => name !== 'accel') && !isOn('accel')) {
    const names = "accel must be enabled for iommu model 'smmuv3' when setting ats, ril, ssidsize, oas, or cmdqv";
    text.refuse(names, text.origin(driver));
  }
  return values;
}

function driverValue(text: LibvirtText, driver: XmlElement, { attribute: name, property, kind }: DriverAttribute): DefinedValue | null {
  const found = findAttribute(driver, name);
  if (found === undefined) return null;
  const origin = text.valueOrigin(found);
  if (kind === 'number' || kind === 'integer') {
    const number = kind === 'number' ? text.number(driver, name, 'decimal') : text.integer(driver, name);
    // SsidSizeMode and OasMode are words to QEMU, though they look like numbers.
    // Less than nothing stands for nothing said.
    return number === undefined || number < 0 ? null : jsonValue(property, kind === 'integer' ? String(number) : number, origin);
  }
  const word = text.word(driver, name, ['on', 'off']);
  if (word === undefined) return null;
  return jsonValue(property, kind === 'switch' ? word === 'on' : word, origin);
}

/** Units of memory as libvirt writes them, in bytes. */
const UNITS: Readonly<Record<string, number>> = { b: 1, bytes: 1, KB: 1000, k: 1024, KiB: 1024, M: 1024 ** 2, MiB: 1024 ** 2 };

const GRANULES: readonly number[] = [4, 8, 16, 64];

function granule(text: LibvirtText, driver: XmlElement | undefined): DefinedValue[] {
  const element = driver === undefined ? undefined : findChild(driver, 'granule');
  if (element === undefined) return [];
  const origin = text.madeOf(element);
  if (text.word(element, 'mode', ['host']) === 'host') return [jsonValue('granule', 'host', origin)];
  const size = text.number(element, 'size', 'decimal');
  const unit = UNITS[findAttribute(element, 'unit')?.value ?? 'KiB'];
  if (size === undefined || unit === undefined) return [];
  const kibibytes = (size * unit) / 1024;
  if (!GRANULES.includes(kibibytes)) {
    text.refuse('iommu: unsupported granule size. Supported values are 4, 8, 16 and 64 KiB', text.origin(element));
  }
  return [jsonValue('granule', `${Math.floor(kibibytes)}k`, origin)];
}

function refuseMisfits({ text, machine, isArmVirt, hasAcpi }: IommuContext, element: XmlElement, model: (typeof MODELS)[number]): void {
  const origin = text.origin(element);
  const address = findChild(element, 'address');
  if ((model === 'intel' || model === 'smmuv3') && address !== undefined)
    text.refuse(`iommu model '${model}' can't have address`, text.origin(address));
  if ((model === 'intel' || model === 'amd') && !machine.isQ35) {
    text.refuse(`IOMMU device: '${model}' is only supported with Q35 machines`, origin);
  }
  if (model === 'smmuv3' && !isArmVirt) text.refuse("IOMMU device: 'smmuv3' is only supported with ARM Virt machines", origin);
  if (model === 'virtio' && !machine.isQ35 && !isArmVirt) {
    text.refuse("IOMMU device: 'virtio' is only supported with Q35 and ARM Virt machines", origin);
  } else if (model === 'virtio' && !hasAcpi) text.refuse("IOMMU device: 'virtio' requires ACPI", origin);
}
