/** What a host's architecture says of the guests that it runs fast: QEMU's program and the family of machine types (QEMU 11.1.3). */

/** The QEMU of one architecture. */
export interface QemuTarget {
  /** QEMU's name of the architecture: `x86_64`, `aarch64`, … */
  readonly name: string;
  /** The program, such as `qemu-system-aarch64`. */
  readonly program: string;
  /** The alias of the newest machine type of the family that is taken where none is asked for; null where no family of it is known here. */
  readonly machine: 'q35' | 'virt' | null;
}

/** By `uname -m`; the kernel has several names for some. */
const TARGETS: readonly (readonly [RegExp, string, QemuTarget['machine']])[] = [
  [/^(?:x86_64|amd64|i[3-6]86)$/, 'x86_64', 'q35'],
  [/^(?:aarch64|arm64)$/, 'aarch64', 'virt'],
  [/^riscv64$/, 'riscv64', null],
  [/^ppc64(?:le)?$/, 'ppc64', null],
  [/^s390x$/, 's390x', null],
  [/^loongarch64$/, 'loongarch64', null],
];

const known = TARGETS.map(([pattern, name, machine]) => ({ pattern, target: { name, program: `qemu-system-${name}`, machine } }));

/**
 * The QEMU for guests of a host by its `uname -m`; null where the architecture is not known, or is none that QEMU runs fast guests on.
 * @example
 * ```ts
 * import { qemuTarget } from 'vfio-airlock/machine';
 *
 * qemuTarget('aarch64')?.program; // → 'qemu-system-aarch64'
 * qemuTarget('aarch64')?.machine; // → 'virt'
 * qemuTarget('riscv64')?.machine; // → null
 * ```
 */
export function qemuTarget(architecture: string | null): QemuTarget | null {
  if (architecture === null) return null;
  return known.find(({ pattern }) => pattern.test(architecture))?.target ?? null;
}

/**
 * The alias of the machine type that holds where none is asked for: the newest q35, for a host of Arm's the newest virt. q35 is also
 * taken where the architecture is not known; null for one whose machine types are not known here.
 */
export function defaultMachine(architecture: string | null): QemuTarget['machine'] {
  return architecture === null ? 'q35' : (qemuTarget(architecture)?.machine ?? null);
}
