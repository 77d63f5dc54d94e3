import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES } from '../profiles/index.ts';
import { distributionType, upstreamMachine } from './distribution-types.ts';
import { machineTypes } from './machine-types.ts';

test('distributionType names the maker, and the nearest upstream type where it is known', () => {
  const vectors: [name: string, maker: string, upstream: string | null][] = [
    ['pc-q35-rhel9.6.0', 'Red Hat Enterprise Linux 9.6', null],
    ['pc-i440fx-rhel7.6.0', 'Red Hat Enterprise Linux 7.6', null],
    ['virt-rhel10.0.0', 'Red Hat Enterprise Linux 10.0', null],
    ['rhel6.6.0', 'Red Hat Enterprise Linux 6.6', null],
    ['pc-q35-noble', 'Ubuntu 24.04', 'pc-q35-8.2'],
    ['pc-q35-noble-v2', 'Ubuntu 24.04', 'pc-q35-8.2'],
    ['pc-i440fx-jammy-hpb-maxcpus', 'Ubuntu 22.04', 'pc-i440fx-6.2'],
    ['pc-q35-resolute', 'Ubuntu 26.04', 'pc-q35-10.2'],
    ['virt-questing', 'Ubuntu 25.10', 'virt-10.1'],
    ['pc-i440fx-focal', 'Ubuntu 20.04', 'pc-i440fx-4.2'],
    ['pc-q35-mantic', 'Ubuntu 23.10', null],
    ['ubuntu-q35', 'Ubuntu', null],
    ['pc-q35-9.2+pve1', 'Proxmox VE', 'pc-q35-9.2'],
    ['pc-i440fx-10.0+pve2.pxe', 'Proxmox VE', 'pc-i440fx-10.0'],
    ['virt-11.0+pve0', 'Proxmox VE', 'virt-11.0'],
    ['q35+pve0', 'Proxmox VE', 'q35'],
    ['pc-9.2+pve1', 'Proxmox VE', 'pc-9.2'],
  ];
  for (const [name, maker, upstream] of vectors) {
    const found = distributionType(name);
    assert.deepEqual([found?.maker, found?.upstream], [maker, upstream], name);
    assert.equal(found?.because === '', upstream === null, name);
  }
});

test('distributionType gives null for upstream types and for names of nobody', () => {
  for (const { name, alias } of [...machineTypes(PROFILES['qemu-11.1']), ...machineTypes(PROFILES['qemu-10.0'])]) {
    assert.equal(distributionType(name), null, name);
    assert.equal(distributionType(alias ?? ''), null, alias);
  }
  const others = [
    '',
    'pc-q35',
    'pc-q35-nobel',
    'pc-q35-constructor',
    'pc-q35-rhel',
    'pc-q35-rhel9',
    'microvm-noble',
    'pc-q35-9.2+pve',
    '9.2+pve1',
  ];
  for (const name of [...others, `pc-q35-${'a'.repeat(100_000)}`, `pc-q35-9.2+pve${'1'.repeat(100_000)}`])
    assert.equal(distributionType(name), null, name.slice(0, 40));
});

test('upstreamMachine gives what Proxmox cuts its revision off, and any other name as it is', () => {
  for (const [name, upstream] of [
    ['pc-q35-11.0+pve1', 'pc-q35-11.0'],
    ['pc+pve0', 'pc'],
    ['pc-q35-noble', 'pc-q35-noble'],
    ['pc-q35-11.1', 'pc-q35-11.1'],
    ['moon', 'moon'],
  ] as const)
    assert.equal(upstreamMachine(name), upstream, name);
});
