/** What the kernel and QEMU say of a whole IOMMU group: its members, its address space, its interrupts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device, host, planOn, planText } from '../../../../../test/fixtures/plan-on-host.ts';
import type { HostFacts } from '../../../facts/index.ts';
import { NO_CONTEXT } from '../../readers/index.ts';

const [A, B] = ['0000:01:00.0', '0000:01:00.1'];
const PAIR = { members: [A, B] };

const hostdev = (slot: string, managed = 'yes') =>
  `<hostdev mode='subsystem' type='pci' managed='${managed}'><source><address domain='0x0000' bus='0x01' slot='0x00' function='${slot}'/></source></hostdev>`;
const domain = (devices: string) =>
  `<domain type='kvm'><name>vm</name><memory unit='GiB'>1</memory><os><type arch='x86_64' machine='pc-q35-11.1'>hvm</type></os><devices>${devices}</devices></domain>`;

test('plan takes for viable a group of which the manager binds all members that drivers of the host have, before the VMM starts', () => {
  const where = host([device(A, { ...PAIR, driver: { name: 'nouveau' } }), device(B, { ...PAIR, driver: { name: 'snd_hda_intel' } })]);
  const outcomes = (text: string) => planText(where, { file: 'vm.xml', text }).devices.map(({ outcome, error }) => error?.code ?? outcome);
  assert.deepEqual(outcomes(domain(hostdev('0x0') + hostdev('0x1'))), ['realized', 'realized']);
  assert.deepEqual(outcomes(domain(hostdev('0x0'))), ['group.not-viable']);
  assert.deepEqual(outcomes(domain(hostdev('0x0') + hostdev('0x1', 'no'))), ['group.not-viable', 'device.not-bound']);
});

test('plan refuses members of one group behind an IOMMU of the guest that tells them apart', () => {
  const where = host([device(A, PAIR), device(B, PAIR)], {});
  const said = (iommu: string, places: readonly [string, string] = ['', '']) => {
    const { devices, stopsWith } = planOn(
      where,
      `-object iommufd,id=i ${iommu} -device vfio-pci,ats=off,host=01:00.0${places[0]} -device vfio-pci,ats=off,host=01:00.1${places[1]}`,
    );
    assert.notEqual(devices[0]?.outcome, 'failed', devices[0]?.error?.message);
    return stopsWith?.message ?? 'fits';
  };
  const intel = '-device intel-iommu,caching-mode=on';
  const legacy = `vfio ${B}: group 7 used in multiple address spaces`;
  const iommufd = `vfio ${B}: [iommufd=N] error attach ${B} (N) pasid 0 to id=N: Invalid argument`;
  assert.equal(said(''), 'fits');
  assert.equal(said(intel), legacy);
  assert.equal(said('-device virtio-iommu-pci'), legacy);
  assert.equal(said(intel, [',iommufd=i', ',iommufd=i']), iommufd);
  assert.equal(said(`${intel} -device pcie-pci-bridge,id=br`, [',bus=br,addr=1', ',bus=br,addr=2']), 'fits');
  const port = '-device pcie-root-port,id=rp,chassis=1';
  assert.equal(said(`${intel} ${port}`, [',bus=rp,addr=0.0,multifunction=on', ',bus=rp,addr=0.1']), legacy);
  const expander = '-device pxb-pcie,id=px,bus_nr=64,bypass_iommu=on -device pcie-root-port,id=rp,bus=px,chassis=1';
  assert.equal(said(`${intel} ${expander}`, [',bus=pcie.0', ',bus=rp']), legacy);
});

test('plan refuses what the kernel does where interrupts are not kept apart and nobody takes the risk', () => {
  const checks = (status: 'pass' | 'warn' | 'fail'): HostFacts['checks'] => [{ code: 'interrupts.isolated', status, text: '' }];
  const module = (name: string, allowed: string) =>
    ({ name, state: 'loaded', parameters: { allow_unsafe_interrupts: allowed } }) as const satisfies NonNullable<
      HostFacts['modules']
    >[number];
  const said = (facts: Partial<HostFacts>, backend = '') => {
    const { stopsWith, devices, outcome } = planOn(
      host([device(A)], facts),
      `-object iommufd,id=i -device vfio-pci,ats=off,host=01:00.0${backend}`,
    );
    return stopsWith?.message ?? devices[0]?.error?.code ?? outcome;
  };
  const refused = `vfio ${A}: failed to setup container for group 7: Failed to set iommu for container: Operation not permitted`;
  const [none, type1] = [
    [module('iommufd', 'N'), module('vfio_iommu_type1', 'N')],
    [module('iommufd', 'N'), module('vfio_iommu_type1', 'Y')],
  ];
  assert.equal(said({ checks: checks('fail'), modules: none }), refused);
  assert.equal(said({ checks: checks('fail'), modules: type1 }), 'fits');
  assert.equal(
    said({ checks: checks('fail'), modules: type1 }, ',iommufd=i'),
    `vfio ${A}: error bind device fd=N to iommufd=N: Operation not permitted`,
  );
  assert.equal(said({ checks: checks('warn'), modules: [module('iommufd', 'Y'), module('vfio_iommu_type1', 'N')] }), refused);
  assert.equal(said({ checks: checks('fail') }), 'host.interrupts-unknown');
  assert.equal(said({ checks: checks('pass') }), 'fits');
  assert.equal(said({}), 'fits');
});

test('plan knows of a virtual function that needs the token of a program which has the physical one', () => {
  const sriov = { totalVfs: 'none', physicalFunction: '0000:02:00.0', virtualFunctions: [] } as const;
  const said = (driver: string, token = '') => {
    const where = host([device(A, { sriov }), device('0000:02:00.0', { group: 8, driver: { name: driver } })]);
    return planOn(where, `-device vfio-pci,ats=off,host=01:00.0${token}`).stopsWith?.message.split('\n')[0] ?? 'fits';
  };
  const token = ',vf-token=b0a1b0a1-0000-4000-8000-000000000001';
  assert.equal(said('vfio-pci'), `vfio ${A}: error getting device from group 7: Permission denied`);
  assert.equal(said('igb'), 'fits');
  assert.equal(said('igb', token), `vfio ${A}: error getting device from group 7: Invalid argument`);
  assert.equal(said('vfio-pci', token), 'fits');
});

const KUBEVIRT = `apiVersion: kubevirt.io/v1
kind: KubeVirt
spec:
  configuration:
    permittedHostDevices:
      pciHostDevices:
        - {pciVendorSelector: '1234:0001', resourceName: example.com/card}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: vm}
spec:
  domain:
    devices:
      hostDevices:
        - {name: card, deviceName: example.com/card}
`;

test('plan offers a VM of KubeVirt what the device plugin does: what vfio-pci has, one of each group', () => {
  const said = (...devices: Parameters<typeof device>[1][]) => {
    const where = host(devices.map((given, i) => device(`0000:0${i + 1}:00.0`, { group: i + 1, ...given })));
    const { outcome, devices: plans } = planText(where, { file: 'vm.yaml', text: KUBEVIRT });
    return [outcome, plans[0]?.candidates?.map(({ host: address }) => address)];
  };
  assert.deepEqual(said({}, { driver: { name: 'igb' } }, { driver: 'none' }, { iommuGroup: 'none' }), ['fits', ['0000:01:00.0']]);
  assert.deepEqual(said({ driver: { name: 'igb' } }), ['fails', []]);
  assert.deepEqual(said({ driver: null }), ['unknown', []]);
  const members = ['0000:01:00.0', '0000:02:00.0'];
  assert.deepEqual(said({ group: 1, members }, { group: 1, members }), ['fits', ['0000:02:00.0']]);
});

test('plan takes of a mapping of Proxmox what is in the group that it names, as qemu-server does', () => {
  const said = (group: string) => {
    const related = [{ file: 'pci.cfg', text: `nics\n\tmap id=1234:0001,${group}node=pve1,path=${A}\n` }];
    const text = 'ostype: l26\nmachine: pc-q35-11.0+pve1\nhostpci0: mapping=nics,pcie=1\n';
    return planText(host([device(A)]), { file: '100.conf', text }, { ...NO_CONTEXT, related }).outcome;
  };
  assert.deepEqual(['', 'iommugroup=7,', 'iommugroup=99,'].map(said), ['fits', 'fits', 'fails']);
});
