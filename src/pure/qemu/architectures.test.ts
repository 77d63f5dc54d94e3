/** What follows from a host's architecture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES } from '../profiles/index.ts';
import { defaultMachine, qemuTarget } from './architectures.ts';
import { effectiveProperties } from './effective-properties.ts';

test('defaultMachine is q35 for x86 and where nothing is known, virt for Arm, and none for what has no table', () => {
  const of = (names: readonly (string | null)[]) => names.map(name => defaultMachine(name));
  assert.deepEqual(of(['x86_64', 'i686', 'amd64', null]), ['q35', 'q35', 'q35', 'q35']);
  assert.deepEqual(of(['aarch64', 'arm64']), ['virt', 'virt']);
  assert.deepEqual(of(['riscv64', 'ppc64le', 's390x', 'loongarch64', 'armv7l', '', 'x86_64 ']), [null, null, null, null, null, null, null]);
});

test('qemuTarget names the program of each architecture that QEMU runs guests of', () => {
  const programs = ['i686', 'arm64', 'riscv64', 'ppc64le', 's390x', 'loongarch64', 'vax'].map(name => qemuTarget(name)?.program);
  const names = ['x86_64', 'aarch64', 'riscv64', 'ppc64', 's390x', 'loongarch64'].map(name => `qemu-system-${name}`);
  assert.deepEqual(programs, [...names, undefined]);
});

test('effectiveProperties take the newest machine type of the host, and none of x86 where the profile has none for it', () => {
  const machineOf = (profile: keyof typeof PROFILES, architecture: string | null, driver?: string) =>
    effectiveProperties({ profile: PROFILES[profile], architecture, ...(driver !== undefined && { driver }) }).machine?.name ?? null;
  for (const profile of ['airlock', 'qemu-11.1'] as const) {
    assert.equal(machineOf(profile, 'aarch64'), 'virt-11.1');
    assert.equal(machineOf(profile, 'x86_64'), 'pc-q35-11.1');
    assert.equal(machineOf(profile, null), 'pc-q35-11.1');
    assert.equal(machineOf(profile, 'riscv64'), null);
    assert.equal(machineOf(profile, 'x86_64', 'arm-smmuv3'), 'virt-11.1');
  }
  assert.equal(machineOf('qemu-10.0', 'aarch64'), null);
  assert.equal(machineOf('qemu-10.0', 'x86_64'), 'pc-q35-10.0');
  assert.equal(machineOf('cloud-hypervisor-53', 'aarch64'), null);
  const given = effectiveProperties({ profile: PROFILES.airlock, architecture: 'aarch64', machine: 'pc-q35-11.0' });
  assert.equal(given.machine?.name, 'pc-q35-11.0', 'what is asked for stands above the architecture');
});
