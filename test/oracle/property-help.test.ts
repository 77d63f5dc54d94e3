/** What `airlock properties` lists is what QEMU's `-device DRIVER,help` lists: names, types, defaults. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { PROFILES, type ProfileName } from '../../src/pure/profiles/index.ts';
import type { DriverName } from '../../src/pure/qemu/index.ts';
import { propertyFacts } from '../../src/pure/qemu/property-facts.ts';
import { oracleRoot, skipWithoutChroot } from './oracle-root.ts';

const skip = skipWithoutChroot('QEMU');

const UNPACKED = '/opt/qemu-10.0/usr';
const X86 = ['qemu-system-x86_64'];
const ARM = ['qemu-system-aarch64'];
const X86_10_0 = [
  ...['env', `QEMU_MODULE_DIR=${UNPACKED}/lib/x86_64-linux-gnu/qemu`],
  ...[`${UNPACKED}/bin/qemu-system-x86_64`, '-L', `${UNPACKED}/share/qemu`],
];

const CASES: readonly (readonly [driver: DriverName, profile: ProfileName, program: readonly string[]])[] = [
  ['vfio-pci', 'qemu-11.1', X86],
  ['vfio-pci', 'airlock', X86],
  ['vfio-pci-nohotplug', 'qemu-11.1', X86],
  ['arm-smmuv3', 'qemu-11.1', ARM],
  ['intel-iommu', 'qemu-11.1', X86],
  ['amd-iommu', 'qemu-11.1', X86],
  ['virtio-iommu-pci', 'qemu-11.1', X86],
  ['virtio-iommu-pci', 'qemu-11.1', ARM],
  ['vfio-pci', 'qemu-10.0', X86_10_0],
  ['intel-iommu', 'qemu-10.0', X86_10_0],
  ['amd-iommu', 'qemu-10.0', X86_10_0],
  ['virtio-iommu-pci', 'qemu-10.0', X86_10_0],
  ['vfio-pci-nohotplug', 'qemu-10.0', X86_10_0],
];

/** `name=<type>` with `(default: value)` at the end of the line, empty where QEMU prints none. */
function parseHelp(text: string): string[] {
  const lines = text.split('\n').filter(line => line.startsWith('  '));
  return lines.map(line => {
    const [, name, type, rest = ''] = /^ {2}([^=]+)=<(.+?)>(?: *-|$)(.*)$/.exec(line) ?? assert.fail(line);
    return `${name}=${type} ${/\(default: ([^()]*)\)$/.exec(rest)?.[1] ?? ''}`;
  });
}

for (const [driver, profile, program] of CASES) {
  test(`propertyFacts of ${driver} under ${profile} are those of ${program[0]} -device ${driver},help`, { skip }, () => {
    const { stdout, stderr } = spawnSync('chroot', [oracleRoot, ...program, '-device', `${driver},help`], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    const theirs = parseHelp(stdout);
    assert.ok(theirs.length >= 4, stderr);
    const ours = propertyFacts(driver, PROFILES[profile]).map(
      ({ name, declaredType, type, default: value }) => `${name}=${declaredType} ${type.format(value)}`,
    );
    assert.deepEqual(ours.sort(), theirs.sort());
  });
}
