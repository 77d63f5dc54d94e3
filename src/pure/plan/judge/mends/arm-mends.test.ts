import { test } from 'node:test';
import { checkMend, hostOf, type Row, SMMU, SMMU_ATS } from '../../../../../test/fixtures/mends.ts';

const OBJECT = '-object iommufd,id=iommufd0';
const PORT = '-device pcie-root-port,id=rp,chassis=1';
const NIC = '-device vfio-pci,host=01:00.0,bus=rp,id=nic';

const arm = (words: string, machine = 'virt-11.1'): string =>
  `qemu-system-aarch64 -M ${machine} -accel kvm -bios QEMU_EFI.fd -nodefaults ${OBJECT} ${words}`;
const PXB = '-device pxb-pcie,id=pcie.1,bus_nr=8,bus=pcie.0';
const smmu = (more = ''): string =>
  `${PXB} -device arm-smmuv3,primary-bus=pcie.1,id=s1,accel=on${more} -device pcie-root-port,id=rp,bus=pcie.1,chassis=1`;
const ON_SMMU = `${NIC},iommufd=iommufd0`;

const ARM: readonly Row[] = [
  {
    code: 'smmuv3.no-iommufd',
    text: arm(`${smmu()} ${NIC}`),
    mend: 'iommufd=iommufd0',
    edit: ['id=nic', 'id=nic,iommufd=iommufd0'],
  },
  {
    code: 'smmuv3.no-accel',
    text: arm(`${smmu().replace('on', 'off')} ${ON_SMMU}`.replace('accel=on', 'accel=off')),
    mend: 'accel=on of s1',
    edit: ['accel=off', 'accel=on'],
  },
  {
    code: 'smmuv3.no-accel',
    text: arm(`${PORT} ${ON_SMMU}`, 'virt-11.1,iommu=smmuv3'),
    mend: '-device arm-smmuv3,primary-bus=pcie.0,accel=on; no -machine iommu=',
    edit: [`virt-11.1,iommu=smmuv3 `, 'virt-11.1 -device arm-smmuv3,primary-bus=pcie.0,accel=on '],
  },
  { code: 'smmuv3.ats', text: arm(`${smmu(',ats=on')} ${ON_SMMU}`), mend: 'ats=off of s1', edit: ['accel=on,ats=on', 'accel=on,ats=off'] },
  { code: 'smmuv3.ssidsize', text: arm(`${smmu(',ssidsize=8')} ${ON_SMMU}`), mend: 'ssidsize=0 of s1', edit: ['ssidsize=8', 'ssidsize=0'] },
  { code: 'smmuv3.oas', text: arm(`${smmu(',oas=48')} ${ON_SMMU}`), mend: 'oas=44 of s1', edit: ['oas=48', 'oas=44'] },
  {
    code: 'smmuv3.ril',
    text: arm(`${PXB} -device arm-smmuv3,primary-bus=pcie.1,ril=off`),
    mend: 'accel=on',
    edit: ['ril=off', 'accel=on,ril=off,ats=off,ssidsize=0,oas=44'],
  },
  {
    code: 'smmuv3.auto-without-device',
    text: arm(smmu()),
    mend: 'ats=off,ril=on,ssidsize=0,oas=44',
    edit: ['accel=on', 'accel=on,ats=off,ril=on,ssidsize=0,oas=44'],
  },
  { code: 'smmuv3.kvm', text: arm(`${smmu()} ${ON_SMMU}`).replace('kvm', 'tcg'), mend: '-accel kvm', edit: ['-accel tcg', '-accel kvm'] },
  {
    code: 'smmuv3.no-bus',
    text: arm('-device arm-smmuv3'),
    mend: 'primary-bus=pcie.0',
    edit: ['-device arm-smmuv3', '-device arm-smmuv3,primary-bus=pcie.0'],
  },
  { code: 'iommu.link', text: arm('-device arm-smmuv3,primary-bus=pcie.9'), mend: 'primary-bus=pcie.0', edit: ['pcie.9', 'pcie.0'] },
  {
    code: 'smmuv3.bus-taken',
    text: arm('-device arm-smmuv3,primary-bus=pcie.0,id=a -device arm-smmuv3,primary-bus=pcie.0,id=b'),
    mend: 'primary-bus=pxb1, with -device pxb-pcie,id=pxb1,bus_nr=64 in front',
    edit: ['-device arm-smmuv3,primary-bus=pcie.0,id=b', '-device pxb-pcie,id=pxb1,bus_nr=64 -device arm-smmuv3,primary-bus=pxb1,id=b'],
  },
  {
    code: 'smmuv3.bypass',
    text: arm('-device arm-smmuv3,primary-bus=pcie.0', 'virt-11.1,default-bus-bypass-iommu=on'),
    mend: '-machine default-bus-bypass-iommu=off',
    edit: ['-nodefaults', '-nodefaults -machine default-bus-bypass-iommu=off'],
  },
  {
    code: 'ats.two-switches',
    text: arm(`${smmu(',ats=off')} ${ON_SMMU}`),
    mend: 'ats=off',
    edit: ['id=nic', 'id=nic,ats=off'],
    host: hostOf({ report: SMMU_ATS }),
  },
  {
    code: 'ats.two-switches',
    text: arm(`${smmu()} ${ON_SMMU},ats=off`),
    mend: 'ats=off of s1',
    edit: ['accel=on', 'accel=on,ats=off'],
    host: hostOf({ report: SMMU_ATS }),
  },
];

for (const row of ARM) {
  test(`withMends mends ${row.code} of Arm in QEMU's words: ${row.mend}`, () =>
    checkMend('qemu', { host: hostOf({ report: SMMU }), ...row }));
}
