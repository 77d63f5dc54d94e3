/** The text of `migrate`: what blocks a VM, what the destination refuses, byte by byte in words, and what changes without a word. */
import { hexDigits } from '../bytes/hex.ts';
import type { DecodedError, DeviceMigration, Migration, MigrationBlocker, NamedByte } from '../plan/index.ts';
import { vfioSection } from '../plan/migrate/guest-paths.ts';
import { wrapName } from '../text/wrap.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';

const OUTCOMES: Readonly<Record<Migration['outcome'] | DeviceMigration['outcome'], Tone>> = {
  migrates: 'good',
  loads: 'good',
  fails: 'bad',
  refused: 'bad',
  unknown: 'warn',
};

function lines(words: string, indent: number, paint: Painter, tone?: Tone): string[] {
  const wrapped = wrapName(words, paint.width - indent, '  ').map(line => ' '.repeat(indent) + line);
  return tone === undefined ? wrapped : wrapped.map(line => paint(tone, line));
}

function formatBlocker({ message, isKnown, why }: MigrationBlocker, paint: Painter): string[] {
  const title = isKnown ? 'blocked' : 'may be blocked';
  return [...lines(`${title}: ${message}`, 2, paint, isKnown ? 'bad' : 'warn'), ...lines(why, 4, paint)];
}

/** `ATS [1b0]: control.smallestTranslationUnit = 0`. */
function formatNamed({ place, fields }: NamedByte): string {
  return fields.length === 0 ? place : `${place}: ${fields.join(', ')}`;
}

function formatDevice({ id, path, from, to, outcome, refused, unknown, silent }: DeviceMigration, paint: Painter): string[] {
  const title = `${id}: ${from ?? '?'} → ${to ?? '?'}${path === null ? '' : `, guest path ${path}`}: ${outcome}`;
  const told =
    refused === null
      ? []
      : [
          ...refused.lines.flatMap(line => lines(line, 4, paint, 'bad')),
          ...lines(`source       ${formatNamed(refused.source)}`, 4, paint),
          ...lines(`destination  ${formatNamed(refused.destination)}`, 4, paint),
          ...(refused.count > 1 ? lines(`${refused.count - 1} more bytes would be refused`, 4, paint) : []),
        ];
  const changes = silent.flatMap(({ at, source, destination }) =>
    lines(
      `loads without a word: ${hexDigits(at, 3)}: ${formatNamed(source)} on the source, ${formatNamed(destination)} on the destination`,
      4,
      paint,
      'warn',
    ),
  );
  return [
    ...lines(title, 2, paint, OUTCOMES[outcome]),
    ...told,
    ...(unknown === null ? [] : lines(`not known: ${unknown}`, 4, paint, 'warn')),
    ...changes,
  ];
}

/** One VM. */
export function formatMigration({ from, to, outcome, blockers, errors, devices, warnings }: Migration, paint: Painter = PLAIN): string[] {
  const [{ 0: source }, { 0: destination }] = [from.hosts, to.hosts];
  const title = `${from.definition.name}: ${source?.host ?? '?'} → ${destination?.host ?? '?'}: ${outcome}`;
  const none = devices.length === 0 && errors.length === 0 ? ['  no device of the host'] : [];
  return [
    ...lines(title, 0, paint, OUTCOMES[outcome]),
    ...blockers.flatMap(blocker => formatBlocker(blocker, paint)),
    ...errors.flatMap(({ of, message }) => lines(`${of}: ${message}`, 2, paint, 'bad')),
    ...none,
    ...devices.flatMap(device => formatDevice(device, paint)),
    ...warnings.flatMap(({ message }) => lines(`warning: ${message}`, 2, paint, 'warn')),
  ];
}

/** Which device of the VMs a guest path names, and the byte by capability and field where it is the one that would be refused. */
function formatLocated(path: string, byte: DecodedError['byte'], vms: readonly Migration[]): string[] {
  const found = vms.flatMap(({ from, devices }) =>
    devices
      .filter(device => device.path !== null && vfioSection(device.path) === path)
      .map(device => ({ name: from.definition.name, device })),
  );
  if (vms.length > 0 && found.length === 0) return [`No device of the host is known to stand there in ${formatVms(vms)}.`];
  return found.flatMap(({ name, device: { id, from, to, refused } }) => [
    `In ${name} that is ${id}: ${from ?? '?'} → ${to ?? '?'}.`,
    ...(refused === null || refused.at !== byte?.at
      ? []
      : [`The byte is in ${formatNamed(refused.source)} on the source, and in ${formatNamed(refused.destination)} on the destination.`]),
  ]);
}

const formatVms = (vms: readonly Migration[]): string => {
  const [first] = vms;
  return first !== undefined && vms.length === 1 ? first.from.definition.name : `these ${vms.length} VMs`;
};

/** What an error text says; `vms`: the VMs that it may be about, on both hosts. */
export function formatDecodedErrors(errors: readonly DecodedError[], vms: readonly Migration[] = [], paint: Painter = PLAIN): string[] {
  return errors.flatMap(({ words, plain, device, byte }, index) => [
    ...(index === 0 ? [] : ['']),
    ...lines(words, 0, paint, 'strong'),
    ...lines(plain, 2, paint),
    ...(byte !== null && device !== null ? lines(`It is of the device at guest path ${device}.`, 2, paint) : []),
    ...(device?.endsWith('/vfio') ? formatLocated(device, byte, vms).flatMap(line => lines(line, 2, paint)) : []),
  ]);
}
