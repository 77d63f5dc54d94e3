/** The options that decide a view, shared by the commands that make one. */

import { type DeviceFacts, regionSizesOf } from '../pure/facts/index.ts';
import { inputDoubts } from '../pure/facts/input-doubts.ts';
import { movedArrays, possibleArraysBar } from '../pure/guest-view/guest-bar-sizes.ts';
import type { Realized } from '../pure/guest-view/guest-view.ts';
import type { Message } from '../pure/guest-view/index.ts';
import { realize } from '../pure/guest-view/realize.ts';
import { type HostIommuDevice, iommufdDevice, legacyVfioDevice, noReportDevice } from '../pure/iommu/host-iommu-device.ts';
import { PASID_BITS } from '../pure/iommu/hw-info.ts';
import { parseKernelRelease } from '../pure/iommu/kernel-release.ts';
import type { ConfigSpace } from '../pure/pci/config-space.ts';
import { PROFILES, type Profile } from '../pure/profiles/index.ts';
import { type EffectiveProperties, effectiveProperties } from '../pure/qemu/effective-properties.ts';
import { MachineError } from '../pure/qemu/machine-types.ts';
import { parseGlobalAssignment, parsePropertyAssignment } from '../pure/qemu/property-assignment.ts';
import { PropertyError } from '../pure/qemu/property-error.ts';
import type { ViewReport } from '../pure/render/view-report.ts';
import type { Placement } from '../pure/rules/realize-input.ts';
import { type Settings, settingsOf } from '../pure/rules/settings.ts';
import { describeSlot, type Slot } from '../pure/slot/index.ts';
import { EXIT, type OptionSpec, type Options, UsageError } from './command.ts';
import { propertyUsageError } from './property-error.ts';

const PLACEMENTS: readonly Placement[] = ['root-port', 'root-complex', 'conventional-bridge', 'conventional'];

export const VIEW_OPTIONS: readonly OptionSpec[] = [
  { name: 'ats', value: 'V', help: 'the property ats: on, off or auto (short for -p ats=V)' },
  { name: 'machine', short: 'M', value: 'TYPE', help: 'machine type, such as pc-q35-11.0; default the newest q35' },
  { name: 'property', short: 'p', value: 'NAME=VALUE', multiple: true, help: 'a property of the device; may be repeated' },
  { name: 'global', short: 'g', value: 'DRIVER.NAME=VALUE', multiple: true, help: 'a -global of the VMM; may be repeated' },
  { name: 'profile', value: 'NAME', choices: Object.keys(PROFILES), help: 'VMM profile: airlock (strict), qemu-11.1 or qemu-10.0' },
  { name: 'placement', value: 'P', choices: PLACEMENTS, help: 'where the device stands in the guest; default below a root port' },
  { name: 'backend', value: 'B', choices: ['iommufd', 'legacy'], help: "how the host's kernel is asked; legacy cannot ask about ATS" },
  { name: 'hw-caps', value: 'HEX', help: 'out_capabilities of IOMMU_GET_HW_INFO; 0x8 says ATS is not supported' },
  { name: 'max-pasid-log2', value: 'N', help: 'out_max_pasid_log2 of IOMMU_GET_HW_INFO, at most 20' },
  { name: 'kernel', value: 'REL', help: "the host's uname -r; before 7.1 a clear ATS flag says nothing" },
  { name: 'viommu-pasid', help: "the guest's IOMMU takes PASIDs" },
  { name: 'bytes', value: 'KIND', choices: ['host', 'vfio'], help: 'what the input holds: host bytes (default) or vfio bytes' },
];

function wholeNumber(options: Options, name: string, most: bigint): bigint | undefined {
  const text = options.value(name);
  if (text === undefined) return undefined;
  if (!/^(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(text) || BigInt(text) > most) {
    const bound = most < 100n ? `${most}` : `0x${most.toString(16)}`;
    throw new UsageError(`--${name} does not take "${text.slice(0, 80)}": wanted a number from 0 to ${bound}`);
  }
  return BigInt(text);
}

function kernelRelease(options: Options): string | undefined {
  const text = options.value('kernel');
  if (text !== undefined && parseKernelRelease(text) === null) {
    const wanted = "wanted the host's uname -r, which begins with the version, such as 7.1.0-generic";
    throw new UsageError(`--kernel does not take "${text.slice(0, 80)}": ${wanted}`);
  }
  return text;
}

/** The host IOMMU device that the options describe, on top of what the input says; null where they say nothing. */
function hostIommuOf(options: Options): (device: DeviceFacts) => HostIommuDevice {
  const capabilities = wholeNumber(options, 'hw-caps', 0xffff_ffff_ffff_ffffn);
  const maxPasidLog2 = wholeNumber(options, 'max-pasid-log2', BigInt(PASID_BITS));
  const kernel = kernelRelease(options);
  const backend = options.value('backend');
  if (backend === 'legacy') {
    const given = ['hw-caps', 'max-pasid-log2'].find(name => options.value(name) !== undefined);
    if (given !== undefined) throw new UsageError(`--${given} needs --backend iommufd: a legacy container reports nothing`);
    return ({ hostIommu }) => legacyVfioDevice(kernel ?? hostIommu?.kernel);
  }
  const nothing = capabilities === undefined && maxPasidLog2 === undefined;
  return ({ hostIommu }) => {
    const report = hostIommu?.report ?? null;
    if (report === null && nothing) {
      const isLegacy = backend !== 'iommufd' && hostIommu?.backend === 'legacy';
      return (isLegacy ? legacyVfioDevice : noReportDevice)(kernel ?? hostIommu?.kernel);
    }
    const given = {
      type: report?.type ?? 0,
      data: report?.data ?? new Uint8Array(0),
      capabilities: capabilities ?? report?.capabilities ?? null,
      maxPasidLog2: maxPasidLog2 === undefined ? (report?.maxPasidLog2 ?? 0) : Number(maxPasidLog2),
      kernel: kernel ?? hostIommu?.kernel ?? undefined,
    };
    return iommufdDevice(given, report !== null || maxPasidLog2 !== undefined);
  };
}

function propertiesOf(options: Options, profile: Profile): EffectiveProperties {
  const ats = options.value('ats');
  try {
    return effectiveProperties({
      profile: profile.name,
      ...(options.value('machine') !== undefined && { machine: options.value('machine') }),
      globals: options.values('global').map(parseGlobalAssignment),
      device: [...options.values('property').map(parsePropertyAssignment), ...(ats === undefined ? [] : [{ name: 'ats', value: ats }])],
    });
  } catch (error) {
    if (!(error instanceof PropertyError || error instanceof MachineError)) throw error;
    throw propertyUsageError(error, 'vfio-pci', profile.name);
  }
}

/** Machines without a PCI Express root; their devices stand on a conventional bus. */
function placementOf(options: Options, properties: EffectiveProperties): Placement {
  const given = options.value('placement') as Placement | undefined;
  const conventional = properties.machine.family === 'pc-i440fx';
  if (given === undefined) return conventional ? 'conventional' : 'root-port';
  if (conventional && given !== 'conventional') {
    throw new UsageError(`--placement ${given} does not fit ${properties.machine.name}: it has no PCI Express root`);
  }
  return given;
}

/** The exit code that one device asks for; `strict` makes warnings count. */
export function viewExitCode({ realized }: ViewReport, strict: boolean): number {
  if (realized.outcome === 'failed') return EXIT.failed;
  // An outcome that is not known comes with a warning.
  return strict && realized.messages.some(({ level }) => level === 'warning') ? EXIT.failed : EXIT.fine;
}

/** What rows of a device leave in doubt are warnings of its view. */
function withDoubts(realized: Realized, device: DeviceFacts): Realized {
  if (device.unread === null && device.contradictory === null) return realized;
  const warnings = inputDoubts(device).map((doubt): Message => ({ level: 'warning', ...doubt, origin: 'airlock' }));
  return { ...realized, messages: [...realized.messages, ...warnings] };
}

/** Makes the view of any device under one set of options, which are checked once. */
export class Viewer {
  readonly properties: EffectiveProperties;
  readonly profile: Profile;
  readonly placement: Placement;
  readonly viommuPasid: boolean;
  readonly #bytes: 'host' | 'vfio';
  readonly #settings: Settings;
  readonly #hostIommu: (device: DeviceFacts) => HostIommuDevice;

  /** Throws UsageError for an option that does not fit. */
  constructor(options: Options) {
    this.profile = PROFILES[(options.value('profile') ?? 'airlock') as keyof typeof PROFILES];
    this.properties = propertiesOf(options, this.profile);
    this.placement = placementOf(options, this.properties);
    this.viommuPasid = options.flag('viommu-pasid');
    this.#bytes = (options.value('bytes') ?? 'host') as 'host' | 'vfio';
    this.#settings = settingsOf(this.properties);
    this.#hostIommu = hostIommuOf(options);
  }

  /** Whether it was said that the input holds vfio bytes. */
  get isOfVfio(): boolean {
    return this.#bytes === 'vfio';
  }

  /** What the input holds. */
  get bytes(): 'host' | 'vfio' {
    return this.#bytes;
  }

  /** The slot that the guest finds the device in. */
  slot(device: DeviceFacts): Slot {
    const { config, virtualFunction, regions, above, reportedAtomicOps } = device;
    const { placement, properties } = this;
    const facts = { config, virtualFunction, regions, above, reportedAtomicOps, profile: this.profile.name, placement, properties };
    if (this.#settings.msixRelocation === 'off') return describeSlot(facts);
    const realized = this.realize(device, config);
    if (realized.outcome === 'failed') return describeSlot(facts);
    return describeSlot({ ...facts, moved: movedArrays(realized), possibleArrays: possibleArraysBar(realized, this.#settings) });
  }

  /** `bytes` in place of what the options say. */
  view(device: DeviceFacts, bytes: 'host' | 'vfio' = this.#bytes): ViewReport {
    if (bytes === 'vfio' && device.vfio === null && device.notAsked !== null) {
      throw new UsageError(`--bytes vfio: ${device.bdf ?? 'the device'} has none: ${device.notAsked}`);
    }
    const config = bytes === 'vfio' && device.vfio !== null ? device.vfio : device.config;
    const { bdf, notAsked } = device;
    const realized = withDoubts(this.realize(device, config, bytes), device);
    const hostIommu = this.#hostIommu(device);
    return { bdf, config, realized, profile: this.profile.name, properties: this.properties, hostIommu, notAsked };
  }

  /** The view alone, of a config space that the device might have. */
  realize(device: DeviceFacts, config: ConfigSpace, bytes: 'host' | 'vfio' = this.#bytes): Realized {
    return realize({
      config,
      bytes,
      profile: this.profile,
      settings: this.#settings,
      hostIommu: this.#hostIommu(device),
      placement: this.placement,
      viommuPasid: this.viommuPasid,
      virtualFunction: device.virtualFunction,
      barSizes: regionSizesOf(device),
    });
  }
}
