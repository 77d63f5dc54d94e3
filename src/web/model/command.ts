/** The command that gives the same answer as the page. */
import { formatHex } from '../../pure/bytes/hex.ts';
import type { ViewRequest } from '../../pure/guest-view/index.ts';

/** `--name value`, or `--name=value` for a value that would be taken for an option. */
const option = (name: string, value: string): readonly string[] => (value.startsWith('-') ? [`--${name}=${value}`] : [`--${name}`, value]);

/** `-p NAME=VALUE`. */
const short = (letter: string, name: string, value: string): readonly string[] =>
  value.startsWith('-') ? [`--${name}=${value}`] : [`-${letter}`, value];

const optional = (name: string, value: string | undefined): readonly string[] => (value === undefined ? [] : option(name, value));

/** Properties in their order; `--ats`, which the command puts behind all others, for an `ats` that stands there. */
function propertyWords(properties: NonNullable<ViewRequest['properties']>): readonly string[] {
  const last = properties.at(-1);
  const ats = last?.name === 'ats' && ['on', 'off', 'auto'].includes(last.value) ? last : undefined;
  const others = ats === undefined ? properties : properties.slice(0, -1);
  return [...others.flatMap(({ name, value }) => short('p', 'property', `${name}=${value}`)), ...optional('ats', ats?.value)];
}

/** A legacy container reports nothing: what else is assumed of its report has no say, and the command refuses it. */
function assumedWords({ backend, capabilities, maxPasidLog2, kernel }: NonNullable<ViewRequest['assumed']>): readonly string[] {
  const reports = backend !== 'legacy';
  return [
    ...optional('backend', backend),
    ...(reports && capabilities !== undefined ? option('hw-caps', formatHex(capabilities)) : []),
    ...(reports && maxPasidLog2 !== undefined ? option('max-pasid-log2', `${maxPasidLog2}`) : []),
    ...optional('kernel', kernel),
  ];
}

/** The options of `airlock view` that make the request. */
export function requestWords({
  profile,
  machine,
  globals = [],
  properties = [],
  placement,
  guestIommu,
  bytes,
  assumed = {},
}: ViewRequest): readonly string[] {
  return [
    ...optional('profile', profile),
    ...optional('machine', machine),
    ...globals.flatMap(({ driver, name, value }) => short('g', 'global', `${driver}.${name}=${value}`)),
    ...propertyWords(properties),
    ...optional('placement', placement),
    ...assumedWords(assumed),
    ...(guestIommu?.pasid === true ? ['--viommu-pasid'] : []),
    ...(bytes === 'vfio' ? ['--bytes', 'vfio'] : []),
  ];
}

/** A file in the folder where the command is run, whatever it is called. */
const operand = (name: string): string => (name.startsWith('-') ? `./${name}` : name);

/**
 * The words of `airlock view`.
 *
 * @param input the name of the input's file
 * @param address of the device; null for all devices of the input
 */
export function viewCommand(input: string, address: string | null, request: ViewRequest): readonly string[] {
  return ['airlock', 'view', operand(input), ...(address === null ? [] : ['-s', address]), ...requestWords(request), '--json'];
}

/** The words of `airlock plan`; `author` is the name of the host's file that the definitions were written for. */
export function planCommand(
  definitions: readonly string[],
  hosts: readonly string[],
  { profile, author }: { readonly profile: string | null; readonly author: string | null },
): readonly string[] {
  return [
    ...['airlock', 'plan', ...definitions.map(operand)],
    ...hosts.flatMap(name => option('host', operand(name))),
    ...(author === null ? [] : option('author', operand(author))),
    ...(profile === null ? [] : option('profile', profile)),
    '--json',
  ];
}
