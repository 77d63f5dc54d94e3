/** An assigned device as it is attached: what a guest's IOMMU asks of it, and the words that QEMU puts in front of a refusal. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { HostIommuDevice } from '../../../iommu/index.ts';
import { pciSlotAddress } from '../../../qemu/property-types/pci-address.ts';
import type { DefinedDevice } from '../../definition.ts';
import type { Place, PlanStage } from '../../plan-report.ts';
import { chooseBackend } from '../handover/backend.ts';
import { CAPTURE } from '../mends/mend-rule.ts';
import type { CmdqvAnswer, IommuQuestion } from './question.ts';
import { failed, unknown, type Verdict } from './verdict.ts';

export interface AttachedDevice {
  readonly device: DefinedDevice;
  readonly place: Place;
  readonly hasIommufd: boolean;
  readonly hostIommu: HostIommuDevice | null;
  readonly group: number | null;
  readonly cmdqv: CmdqvAnswer;
  readonly nests: boolean | null;
}

/** Drivers of QEMU's that stand for a device of the host, or of a server. */
const ASSIGNED: ReadonlySet<string> = new Set(['vfio-pci', 'vfio-pci-nohotplug']);

export const isVfioPci = ({ driver }: DefinedDevice): boolean => ASSIGNED.has(driver);
export const isAssigned = (device: DefinedDevice): boolean => isVfioPci(device) || device.driver === 'vfio-user-pci';

/** Whether an IOMMU of the host's is behind it: a mediated device and one that a program serves have none that QEMU asks about. */
export const hasHostIommu = ({ device }: AttachedDevice): boolean => isVfioPci(device) && device.host.kind !== 'mdev';

export function attachedDevice(device: DefinedDevice, place: Place, question: IommuQuestion): AttachedDevice {
  return {
    device,
    place,
    hasIommufd: isVfioPci(device) && chooseBackend(device, question.definition).backend === 'iommufd',
    hostIommu: question.hostIommuOf(device),
    group: question.groupOf?.(device) ?? null,
    cmdqv: question.cmdqvOf?.(device) ?? null,
    nests: question.nestsOf?.(device) ?? null,
  };
}

/** As QEMU calls it. */
export function vfioName({ host, id, driver }: DefinedDevice): string {
  if (host.kind === 'address') return host.address.text;
  if (host.kind === 'socket') return `vfio-user:${host.path ?? ''}`;
  return host.kind === 'mdev' ? host.uuid : (id ?? driver);
}

export interface RefusalWords {
  readonly code: string;
  readonly message: string;
  readonly mend?: string | null;
  /** Who refuses; the VMM where it is left out. */
  readonly stage?: PlanStage;
}

/** A refusal of the device by what stands in front of it. */
export function refuse({ device }: AttachedDevice, { code, message, mend = null, stage = 'vmm' }: RefusalWords): Verdict {
  return failed({ stage, code, message: `vfio ${vfioName(device)}: ${message}`, mend, origin: device.origin });
}

/** Said when the device is told of its IOMMU. */
export function refuseIommu(attached: AttachedDevice, { message, ...words }: RefusalWords): Verdict {
  return refuse(attached, { ...words, message: `Failed to set vIOMMU: ${message}` });
}

/** The host says nothing that decides; `isTold`: whether a capture of it would. */
export function notReported({ device }: AttachedDevice, what: string, isTold = true): Verdict {
  return unknown({
    stage: 'kernel',
    code: 'iommu.host-unreported',
    message: `the host's report of the IOMMU behind ${vfioName(device)} is not known: ${what}`,
    mend: isTold ? CAPTURE : null,
    origin: device.origin,
  });
}

/** Slot and function as the IOMMU sees them: a conventional bridge below PCI Express speaks for what is behind it. */
function devfnOf({ place }: AttachedDevice): number | null {
  if (place.kind === 'conventional-bridge') return 0;
  return place.address === null ? null : Number(pciSlotAddress.parse(place.address, 'addr'));
}

/** The IOMMU cannot tell of what the guest maps, so that nothing could be mapped for the device. */
export function refuseListener(attached: AttachedDevice, words: RefusalWords & { readonly region: (devfn: number) => string }): Verdict {
  const { hasIommufd, group } = attached;
  const devfn = devfnOf(attached) ?? 0;
  const address = `00.${hexDigits(devfn >> 3, 2)}.${devfn & 7}`;
  const legacy = isVfioPci(attached.device) ? `failed to setup container for group ${group ?? 'N'}: ` : 'failed to connect proxy';
  const front = hasIommufd ? '' : legacy;
  const message = `${front}memory listener initialization failed: Region ${words.region(devfn)}: device ${address} ${words.message}`;
  return refuse(attached, { ...words, message });
}
