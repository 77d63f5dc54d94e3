/** What a format's words for mends are asked with: the judge speaks of the VMM's own options, and each format has other words for them. */

/** What is to be mended. */
export interface Asked {
  readonly code: string;
  /** What the judge says of it, in the VMM's own options, or a command; null where it says nothing. */
  readonly given: string | null;
  /** Whom the message is about: a device, an IOMMU. */
  readonly driver: string;
  readonly id: string;
  /** What the VMM says. */
  readonly message: string;
}

/** A property and the value that it wants. */
export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** The kinds that texts which are not all words tell apart. */
export type ValueKind = 'text' | 'number' | 'boolean';

/** One property of an assigned device. */
export interface DeviceSetting extends NameValue {
  readonly id: string;
  readonly driver: string;
  readonly kind: ValueKind;
  /** Whether the device is written as JSON. */
  readonly isJson: boolean;
}

/** Properties of one IOMMU of the guest. */
export interface IommuSettings {
  readonly driver: string;
  /** null where it has none, or several may be meant. */
  readonly id: string | null;
  /** Whether the message is about it: then it need not be named. */
  readonly isOwn: boolean;
  /** Whether the machine makes it of itself, so that no text has it as a device. */
  readonly isMachines: boolean;
  readonly values: readonly NameValue[];
}

type Words = (asked: Asked) => string | null;

/** Words that rest on the message alone. */
export type WordsName = keyof MenderWords;

interface MenderWords {
  /** An iommufd object for the device, and the object alone. */
  readonly iommufd: Words;
  readonly iommufdObject: Words;
  /** The legacy container for the device. */
  readonly legacy: Words;
  /** A VFIO driver for the host's device. */
  readonly bind: Words;
  /** Another function of the host's. */
  readonly otherDevice: Words;
  /** More, or other, devices in the set that it is chosen from. */
  readonly supply: Words;
  /** The input that says what a set is. */
  readonly definedSet: Words;
  readonly machine: Words;
  readonly kvm: Words;
  /** Interrupts that KVM does not make. */
  readonly split: Words;
  readonly firmware: Words;
  /** Another model of IOMMU; `given` lists those that there are. */
  readonly iommuModel: Words;
  readonly oneIommu: Words;
  /** A bus of another root. */
  readonly otherRoot: Words;
  /** The IOMMU in front of the device. */
  readonly order: Words;
  readonly belowPort: Words;
  /** A property that there is not, or that does not take the value. */
  readonly property: Words;
  /** A place in the guest; those that the judge knows better words for come with them. */
  readonly place: Words;
}

/** The words of one format. */
export interface Mender extends MenderWords {
  readonly device: (setting: DeviceSetting) => string;
  readonly iommu: (settings: IommuSettings) => string;
  /** A property of a device that is not to be written. */
  readonly leaveOut: (device: { readonly id: string; readonly name: string }) => string;
  /** One of the VMM's own options, written as on its command line. */
  readonly option: (option: string) => string;
}

/** `a=1,b=2`, as the VMM's own options have it. */
export const joined = (values: readonly NameValue[], between = ','): string =>
  values.map(({ name, value }) => `${name}=${value}`).join(between);
