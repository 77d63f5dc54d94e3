/** Values of properties as a plan and as `info qtree` write them, brought to one form. */
import { qemu11_1Tables } from '../../../src/pure/profiles/qemu-11.1/tables.ts';
import { effectiveProperties } from '../../../src/pure/qemu/index.ts';

/** The place, the device of the host, what the tree has no line for, and what QEMU writes itself. */
const NOT_VALUES: ReadonlySet<string> = new Set([
  ...['addr', 'busnr', 'bus', 'id', 'host', 'sysfsdev', 'iommufd', 'bootindex', 'primary-bus', 'memory', 'secure-memory'],
  // QEMU writes the device's own into them, which are among its bytes.
  ...['vendor-id', 'device-id', 'sub-vendor-id', 'sub-device-id', 'class-code'].map(name => `x-pci-${name}`),
  // A machine and a place write these into an IOMMU.
  ...['reserved-regions', 'disable-legacy', 'msi-gpa', 'identifier', 'smmu_per_bus'],
]);

/** Values that QEMU shows where there is none. */
const NONE: Readonly<Record<string, string>> = { 'vf-token': '00000000-0000-0000-0000-000000000000', 'x-nv-gpudirect-clique': '255' };

/** `"auto"`, `true`, `4096 (4 KiB)` as `auto`, `on`, `4096`. */
function plainText(text: string): string {
  const bare = /^"(.*)"$/.exec(text)?.[1] ?? text.replace(/^(-?\d+) \(.*\)$/, '$1');
  if (/^-?(0x[0-9a-f]+|\d+)$/i.test(bare)) {
    const [, sign = '', digits = ''] = /^(-?)(.*)$/.exec(bare) ?? [];
    const value = BigInt.asUintN(64, BigInt(digits) * (sign === '' ? 1n : -1n));
    return String(value);
  }
  return bare.replace(/^(true|yes)$/, 'on').replace(/^(false|no)$/, 'off');
}

const defaults = new Map<string, ReadonlyMap<string, string>>();

/** Of a driver that no machine type and nobody else sets a value of. */
function defaultsOf(driver: string): ReadonlyMap<string, string> {
  const known = defaults.get(driver);
  if (known !== undefined) return known;
  const table = qemu11_1Tables.properties;
  const isKnown = table?.drivers.includes(driver) === true;
  const effective = effectiveProperties({ profile: qemu11_1Tables, ...(isKnown && { driver }) });
  const made = new Map([...effective.values()].map(({ name, text }) => [name, plainText(text)]));
  defaults.set(driver, made);
  return made;
}

/** Those that have a default and another value, in the order of their names. */
export function changedProperties(driver: string, texts: Iterable<readonly [name: string, text: string]>): Record<string, string> {
  const known = defaultsOf(driver);
  const changed = [...texts].flatMap(([name, text]) => {
    const plain = plainText(text);
    return !known.has(name) || NOT_VALUES.has(name) || known.get(name) === plain || NONE[name] === plain ? [] : [[name, plain] as const];
  });
  return Object.fromEntries(changed.sort(([one], [other]) => (one < other ? -1 : 1)));
}
