/** The options that decide a view, shared by the commands that make one, and the request that they make. */

import { formatHex } from '../pure/bytes/hex.ts';
import type { DeviceFacts } from '../pure/facts/index.ts';
import { prepareRequest, RequestError, type View, type ViewRequest, view } from '../pure/guest-view/index.ts';
import { type AssumedReport, parseKernelRelease } from '../pure/iommu/index.ts';
import { DEFAULT_PROFILE, findProfile, isProfileName, PROFILES, type Profile } from '../pure/profiles/index.ts';
import { MachineError, PropertyError, parseGlobalAssignment, parsePropertyAssignment } from '../pure/qemu/index.ts';
import { PLACEMENTS } from '../pure/rules/realize-input.ts';
import { PASID_BITS } from '../pure/spec/pcie.ts';
import { shorten } from '../pure/text/shorten.ts';
import { EXIT, type OptionSpec, type Options, UsageError } from './command.ts';
import { propertyUsageError } from './property-error.ts';

export const VIEW_OPTIONS: readonly OptionSpec[] = [
  { name: 'ats', value: 'V', help: 'the property ats: on, off or auto (short for -p ats=V)' },
  {
    name: 'machine',
    short: 'M',
    value: 'TYPE',
    help: 'machine type, such as pc-q35-11.0; default the newest q35, for a host of Arm the newest virt',
  },
  { name: 'property', short: 'p', value: 'NAME=VALUE', multiple: true, help: 'a property of the device; may be repeated' },
  { name: 'global', short: 'g', value: 'DRIVER.NAME=VALUE', multiple: true, help: 'a -global of the VMM; may be repeated' },
  {
    name: 'profile',
    value: 'NAME',
    choices: Object.keys(PROFILES),
    help: 'whose rules: airlock, the default, is strict; another profile does as its VMM does',
  },
  {
    name: 'placement',
    value: 'P',
    choices: PLACEMENTS,
    help: 'where the device stands in the guest; default below a root port where the VMM has root ports',
  },
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
    const bound = most < 100n ? `${most}` : formatHex(most);
    throw new UsageError(`--${name} does not take "${shorten(text)}": wanted a number from 0 to ${bound}`);
  }
  return BigInt(text);
}

function kernelRelease(options: Options): string | undefined {
  const text = options.value('kernel');
  if (text !== undefined && parseKernelRelease(text) === null) {
    const wanted = "wanted the host's uname -r, which begins with the version, such as 7.1.0-generic";
    throw new UsageError(`--kernel does not take "${shorten(text)}": ${wanted}`);
  }
  return text;
}

/** The host's answer as the options give it. */
function assumedReport(options: Options): AssumedReport {
  const capabilities = wholeNumber(options, 'hw-caps', 0xffff_ffff_ffff_ffffn);
  const maxPasidLog2 = wholeNumber(options, 'max-pasid-log2', BigInt(PASID_BITS));
  const kernel = kernelRelease(options);
  const backend = options.value('backend');
  const given = ['hw-caps', 'max-pasid-log2'].find(name => options.value(name) !== undefined);
  if (backend === 'legacy' && given !== undefined)
    throw new UsageError(`--${given} needs --backend iommufd: a legacy container reports nothing`);
  return {
    ...((backend === 'legacy' || backend === 'iommufd') && { backend }),
    ...(capabilities !== undefined && { capabilities }),
    ...(maxPasidLog2 !== undefined && { maxPasidLog2: Number(maxPasidLog2) }),
    ...(kernel !== undefined && { kernel }),
  };
}

/** Says what is wrong with a request in terms of the options that the user typed. */
function requestUsageError(error: unknown, profile: Profile): unknown {
  if (error instanceof PropertyError || error instanceof MachineError) return propertyUsageError(error, profile);
  if (!(error instanceof RequestError)) return error;
  return new UsageError(error.code === 'bytes.none' ? `--bytes vfio: ${error.message}` : `--${error.message}`);
}

/** Calls `ask`; turns an error of the request into a UsageError. */
export function inUsersWords<T>({ profile }: Pick<ViewRequest, 'profile'>, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw requestUsageError(error, findProfile(profile ?? DEFAULT_PROFILE.name));
  }
}

/** Returns the request unchanged. Throws UsageError where it asks for something that does not exist. */
function checked(request: ViewRequest): ViewRequest {
  inUsersWords(request, () => prepareRequest(request));
  return request;
}

/** The request that the options make. Throws UsageError for an option that does not fit. */
export function parseViewRequest(options: Options): ViewRequest {
  const profile = options.value('profile') ?? DEFAULT_PROFILE.name;
  if (!isProfileName(profile)) throw new UsageError(`--profile does not take "${shorten(profile)}"`);
  const [machine, ats] = [options.value('machine'), options.value('ats')];
  const placement = PLACEMENTS.find(known => known === options.value('placement'));
  const properties = () => [
    ...options.values('property').map(parsePropertyAssignment),
    ...(ats === undefined ? [] : [{ name: 'ats', value: ats }]),
  ];
  const assumed = assumedReport(options);
  return inUsersWords({ profile }, () =>
    checked({
      profile,
      ...(machine !== undefined && { machine }),
      globals: options.values('global').map(parseGlobalAssignment),
      properties: properties(),
      ...(placement !== undefined && { placement }),
      guestIommu: { pasid: options.flag('viommu-pasid') },
      bytes: options.value('bytes') === 'vfio' ? 'vfio' : 'host',
      assumed,
    }),
  );
}

/** Adds `NAME=VALUE` words to the request; of two for one property the later wins. Throws UsageError for a word that does not fit. */
export function requestWith(request: ViewRequest, words: readonly string[]): ViewRequest {
  return inUsersWords(request, () =>
    checked({ ...request, properties: [...(request.properties ?? []), ...words.map(parsePropertyAssignment)] }),
  );
}

/** `view` for a command. Throws UsageError where the device lacks what the request asks for. */
export function viewDevice(device: DeviceFacts, request: ViewRequest): View {
  return inUsersWords(request, () => view(device, request));
}

/** Warnings of the request itself, whatever the device is. */
export const requestWarnings = (request: ViewRequest): readonly string[] =>
  prepareRequest(request).properties.warnings.map(({ message }) => message);

/** The exit code that one device asks for; `strict` makes warnings count. */
export function viewExitCode({ realized }: Pick<View, 'realized'>, strict: boolean): number {
  if (realized.outcome === 'failed') return EXIT.failed;
  // An unknown outcome always has a warning.
  return strict && realized.messages.some(({ level }) => level === 'warning') ? EXIT.failed : EXIT.fine;
}
