/** The properties that an IOMMU ends up with, by the tables of the profile, and how a report shows them. */
import { type EffectiveProperties, type EffectiveProperty, effectiveProperties, PropertyError } from '../../../qemu/index.ts';
import { type DefinedDevice, type DefinedValue, findValue, type VmDefinition } from '../../definition.ts';
import { formatOrigin, type Origin } from '../../origin.ts';
import type { PlannedProperty } from '../../plan-report.ts';
import { assignmentsOf } from '../json-kinds.ts';
import { nearestSetting } from '../nearest-setting.ts';
import type { IommuQuestion } from './question.ts';
import { failed, type Verdict } from './verdict.ts';

/** The properties of one IOMMU. */
export class IommuProperties {
  readonly effective: EffectiveProperties;
  readonly #definition: VmDefinition;
  readonly #values: readonly DefinedValue[];

  constructor(effective: EffectiveProperties, definition: VmDefinition, values: readonly DefinedValue[]) {
    this.effective = effective;
    this.#definition = definition;
    this.#values = values;
  }

  /** As an option spells it; empty for a property that this version does not have. */
  text(name: string): string {
    return this.effective.get(name)?.text ?? '';
  }

  isOn(name: string): boolean {
    return this.text(name) === 'on';
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  /** Where its value was written; null where nobody wrote it. */
  originOf(name: string): Origin | null {
    const source = this.effective.get(name)?.source;
    if (source?.kind === 'device') return findValue(this.#values, name)?.origin ?? null;
    if (source?.kind !== 'global') return null;
    return this.#definition.globals.findLast(global => global.driver === source.driver && global.name === name)?.origin ?? null;
  }

  #sourceOf({ name, source }: EffectiveProperty): string {
    const origin = this.originOf(name);
    const at = origin === null || origin.line === null ? '' : ` at ${formatOrigin(origin)}`;
    switch (source.kind) {
      case 'default':
        return 'default';
      case 'compat':
        return `compat row of ${source.machine}`;
      case 'global':
        return `-global${at}`;
      case 'device':
        return `device option${at}`;
    }
  }

  /** Those of `names` and those that somebody set; `resolved` says what became of an AUTO. */
  planned(names: readonly string[], resolved: ReadonlyMap<string, string | null>): Record<string, PlannedProperty> {
    const planned: Record<string, PlannedProperty> = {};
    for (const property of this.effective.values()) {
      const { name, text, source } = property;
      if (!names.includes(name) && source.kind === 'default') continue;
      const became = resolved.get(name);
      planned[name] = {
        value: text,
        resolved: became === undefined ? (text === 'auto' ? null : text) : became,
        source: this.#sourceOf(property),
      };
    }
    return planned;
  }
}

type Read = IommuProperties | Verdict;

/** A VM is judged on many hosts, and its properties are the same on each: what was read of a device, by what it rests on besides. */
const known = new WeakMap<DefinedDevice, Map<string, { readonly globals: VmDefinition['globals']; readonly read: Read }>>();

/** The properties, or the VMM's words for what is wrong with one. */
export function readProperties(driver: string, device: DefinedDevice | null, question: IommuQuestion): Read {
  if (device === null) return read(driver, null, question);
  const { definition, profile, machine } = question;
  const key = `${profile.name} ${machine?.name}`;
  const before = known.get(device) ?? new Map();
  known.set(device, before);
  const found = before.get(key);
  if (found?.globals === definition.globals) return found.read;
  const made = read(driver, device, question);
  before.set(key, { globals: definition.globals, read: made });
  return made;
}

function read(driver: string, device: DefinedDevice | null, { definition, profile, machine }: IommuQuestion): Read {
  const values = device?.values ?? [];
  try {
    const declarations = profile.properties?.of(driver).declarations ?? null;
    const effective = effectiveProperties({
      profile,
      driver,
      ...(machine !== null && { machine: machine.name }),
      globals: definition.globals.map(({ driver, name, value }) => ({ driver, name, value })),
      device: assignmentsOf(values, declarations),
    });
    return new IommuProperties(effective, definition, values);
  } catch (error) {
    if (!(error instanceof PropertyError)) throw error;
    const { code, message, property } = error;
    const global = definition.globals.findLast(each => each.driver === driver && each.name === property);
    const written = findValue(values, property) ?? global;
    return failed({ code, message, mend: nearestSetting(error, written), origin: written?.origin ?? device?.origin ?? null });
  }
}
