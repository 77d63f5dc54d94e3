/** The property table of a VMM that has no property system as QEMU has one: one device, with a few options of its own. */
import type { PropertyDeclaration, PropertyTable } from '../qemu/index.ts';

/** The properties of a profile that are not QEMU's. */
export interface OwnProperties {
  /** The VMM and its version, whose properties these are. */
  readonly vmm: string;
  readonly version: string;
  /** What the VMM calls a device that is assigned. */
  readonly driver: string;
  /** In any order. */
  readonly declarations: readonly PropertyDeclaration[];
  /** The word among them that says which device is meant; default none. */
  readonly lineKeys?: readonly string[];
  /** The VMM's words for a property that it does not have; default words of ours. */
  readonly unknownWords?: (name: string) => string;
}

/** Makes the table; refuses a property that it does not hold with words that name the VMM. */
export function ownProperties({ vmm, version, driver, declarations, lineKeys = [], ...words }: OwnProperties): PropertyTable {
  const { unknownWords = name => `${vmm} ${version} has no property ${name}` } = words;
  const sorted = [...declarations].sort((a, b) => (a.name < b.name ? -1 : 1));
  const only = { ancestors: [driver], declarations: new Map(sorted.map(declaration => [declaration.name, declaration])) };
  const table: PropertyTable = {
    vmm,
    version,
    drivers: [driver],
    of(name) {
      if (name !== driver) throw new RangeError(`there is no table of ${name} in ${vmm} ${version}`);
      return only;
    },
    versions: () => [table],
    takesGlobals: false,
    lineKeys: new Set(lineKeys),
    unlisted: () => undefined,
    unknownWords: (_driver, name) => unknownWords(name),
    check() {},
  };
  return table;
}
