/** The values that a shell can offer, by source. */
import { readdirSync } from 'node:fs';
import type { ValueSource } from '../command.ts';

/** One word that may stand where the cursor is, and what it is. */
export interface Candidate {
  readonly word: string;
  readonly help: string;
}

/** What may stand there: files or folders, which shells list better than we do, or these words. */
export type Offer = 'files' | 'folders' | readonly Candidate[];

/** What the rest of the line says about the values. */
export interface Context {
  readonly profile: string | undefined;
  readonly driver: string | undefined;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Properties whose value is a path. */
const PATHS: readonly string[] = ['romfile', 'sysfsdev'];

const plain = (words: readonly string[]): Candidate[] => words.map(word => ({ word, help: '' }));

/** The tables of the profile that the line names; the default where it names none or an unknown one. */
async function tablesOf({ profile = '' }: Context) {
  const { DEFAULT_PROFILE_NAME, hasTables, PROFILE_TABLES } = await import('../../pure/profiles/tables.ts');
  return PROFILE_TABLES[hasTables(profile) ? profile : DEFAULT_PROFILE_NAME];
}

async function properties(context: Context) {
  const { properties: table } = await tablesOf(context);
  const driver = context.driver ?? table?.drivers[0] ?? '';
  if (table?.drivers.includes(driver) !== true) return new Map<never, never>();
  return table.of(driver).declarations;
}

async function machines(context: Context): Promise<Candidate[]> {
  const { machines: table } = await tablesOf(context);
  return (table?.types ?? []).flatMap(({ name, alias, deprecated }) => [
    ...(alias === undefined ? [] : [{ word: alias, help: `alias of ${name}` }]),
    { word: name, help: deprecated ? 'deprecated' : '' },
  ]);
}

async function propertyNames(context: Context, end = ''): Promise<Candidate[]> {
  return [...(await properties(context)).values()].map(({ name, help }) => ({ word: `${name}${end}`, help }));
}

/** `NAME=VALUE`: names up to the `=`, then the words that the property takes. */
async function assignments(current: string, context: Context): Promise<Offer> {
  const at = current.indexOf('=');
  if (at < 0) return propertyNames(context, '=');
  const name = current.slice(0, at);
  if (PATHS.includes(name)) return 'files';
  const words = (await properties(context)).get(name)?.type.words ?? [];
  return plain(words.map(word => `${name}=${word}`));
}

/** `DRIVER.NAME=VALUE`: the drivers, then the properties of that driver. */
async function globals(current: string, context: Context): Promise<Offer> {
  const { properties: table } = await tablesOf(context);
  const drivers = table?.takesGlobals === true ? table.drivers : [];
  const driver = drivers.find(name => current.startsWith(`${name}.`));
  if (driver === undefined) return plain(drivers.map(name => `${name}.`));
  const offer = await assignments(current.slice(driver.length + 1), { ...context, driver });
  return typeof offer === 'string' ? offer : offer.map(({ word, help }) => ({ word: `${driver}.${word}`, help }));
}

/** Devices of this machine; none where it has no PCI bus, or sysfs is not there. */
function addresses(): Candidate[] {
  try {
    return plain(readdirSync('/sys/bus/pci/devices').sort());
  } catch {
    return [];
  }
}

async function captures(): Promise<Candidate[]> {
  const { captureNames } = await import('../shipped-captures.ts');
  return plain(captureNames());
}

async function requests(): Promise<Candidate[]> {
  const { REQUESTS } = await import('../../service/control/protocol.ts');
  return plain(REQUESTS);
}

/** What `source` offers for `current`, a word that may be half typed. */
export async function valuesOf(source: ValueSource, current: string, context: Context): Promise<Offer> {
  switch (source) {
    case 'files':
    case 'folders':
      return source;
    case 'addresses':
      return addresses();
    case 'assignments':
      return assignments(current, context);
    case 'globals':
      return globals(current, context);
    case 'machines':
      return machines(context);
    case 'properties':
      return propertyNames(context);
    case 'captures':
      return captures();
    case 'requests':
      return requests();
    case 'shells':
      return plain(SHELLS);
    case 'ats':
      return plain((await properties({ ...context, driver: undefined })).get('ats')?.type.words ?? []);
  }
}
