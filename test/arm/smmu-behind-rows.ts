/** Which SMMU a device is behind, if any, as QEMU 11.1.3 was seen to have it: by its root bus, and by what is made first. */
import {
  ATS,
  answer,
  BUS,
  DEVICE,
  fails,
  MASKED,
  NO_ATS,
  OAS,
  PORT,
  refusal,
  SECOND_DEVICE,
  type SmmuRow,
  smmu,
  starts,
  wrong,
} from './smmu-words.ts';

const AUTO = "arm-smmuv3 accel=on with 'auto' properties requires at least one cold-plugged VFIO device";
const FIXED = 'accel=on,ats=off,ril=on,ssidsize=0,oas=44';
const TWO_BUSES = `${BUS} -device pxb-pcie,id=pcie.2,bus_nr=16,bus=pcie.0`;
const OTHER_PORT = '-device pcie-root-port,bus=pcie.2,id=rp2,chassis=2';
const ROOT_PORT = '-device pcie-root-port,bus=pcie.0,id=rp0,chassis=3';
const otherSmmu = (properties: string): string => `-device arm-smmuv3,primary-bus=pcie.2,${properties}`;
const twoSmmus = (first: string, second: string): string =>
  `${TWO_BUSES} ${smmu(first)} ${otherSmmu(second)} ${PORT} ${OTHER_PORT} ${DEVICE}`;
const onPort = (port: string, properties = ',iommufd=iommufd0'): string => `-device vfio-pci,host=$1,bus=${port}${properties}`;
const UNMAPPED =
  'vfio $1: memory listener initialization failed: Region smmuv3-iommu-memory-region-0-0: device 00.00.0 requires iommu MAP notifier which is not currently supported';

export const BEHIND: readonly SmmuRow[] = [
  { title: 'a device before the SMMU', words: `${BUS} ${PORT} ${DEVICE} ${smmu('accel=on')}`, ...fails(MASKED, AUTO) },
  { title: 'a device before the SMMU, nothing auto', words: `${BUS} ${PORT} ${DEVICE} ${smmu(FIXED)}`, ...starts() },
  { title: 'two SMMUs, one without a device', words: twoSmmus('accel=on', 'accel=on'), ...fails(MASKED, AUTO) },
  { title: 'two SMMUs', words: `${twoSmmus('accel=on', 'accel=on')} ${SECOND_DEVICE}`, ...starts({}, [MASKED, MASKED]) },
  {
    title: 'two SMMUs, ATS of the second',
    answers: answer('idr0', 0, ATS, 1),
    words: `${twoSmmus('accel=on', 'accel=on,ats=on')} ${SECOND_DEVICE}`,
    ...starts({}, [MASKED, MASKED]),
  },
  {
    title: 'two SMMUs, ATS of the wrong one',
    answers: answer('idr0', 0, ATS, 1),
    words: `${twoSmmus('accel=on,ats=on', 'accel=on')} ${SECOND_DEVICE}`,
    ...fails(refusal(NO_ATS)),
  },
  { title: 'a device on another root', words: `${BUS} ${smmu('accel=on')} ${ROOT_PORT} ${onPort('rp0')}`, ...fails(MASKED, AUTO) },
  {
    title: 'a device on another root, without iommufd',
    words: `${BUS} ${smmu(FIXED)} ${ROOT_PORT} ${onPort('rp0', '')}`,
    ...starts({}, []),
  },
  {
    title: 'an SMMU of pcie.0, a device below an expander',
    words: `${BUS} -device arm-smmuv3,primary-bus=pcie.0,accel=on ${PORT} ${DEVICE}`,
    ...fails(MASKED, AUTO),
  },
  { title: 'an SMMU of pcie.0', words: `${BUS} -device arm-smmuv3,primary-bus=pcie.0,accel=on ${onPort('pcie.0')}`, ...starts() },
  {
    title: 'behind a conventional bridge',
    words: `${BUS} ${smmu('accel=on')} ${PORT} -device pcie-pci-bridge,bus=rp1,id=b1 ${onPort('b1', ',addr=1,iommufd=iommufd0')}`,
    ...fails(`vfio-pci: ${UNMAPPED}`),
  },
  {
    title: 'no host device and no iommufd',
    words: `${BUS} ${smmu('accel=on')} ${PORT} -device vfio-pci,bus=rp1`,
    ...fails('vfio-pci: vfio-pci endpoint devices without an iommufd backend not allowed when using arm-smmuv3,accel=on'),
  },
  {
    title: 'iommu=smmuv3',
    machine: 'virt,iommu=smmuv3',
    words: `${BUS} ${ROOT_PORT} ${onPort('rp0')}`,
    ...fails(`vfio-pci: ${UNMAPPED}`),
  },
  {
    title: 'iommu=smmuv3, below an expander',
    machine: 'virt,iommu=smmuv3',
    words: `${BUS} ${PORT} ${DEVICE}`,
    ...fails(`vfio-pci: ${UNMAPPED}`),
  },
  {
    title: 'iommu=smmuv3, -global accel=on',
    machine: 'virt,iommu=smmuv3',
    words: '-global arm-smmuv3.accel=on',
    ...fails('Only stage1 is supported for SMMUv3 with accel=on'),
  },
  {
    title: 'iommu=smmuv3 and arm-smmuv3',
    machine: 'virt,iommu=smmuv3',
    words: `${BUS} ${smmu('accel=on')}`,
    ...fails("arm-smmuv3: virt machine already has iommu=smmuv3 set. Doesn't support incompatible iommus"),
  },
  wrong('accel=on,oas=52,stage=2', OAS),
  wrong('accel=on,ssidsize=3,stage=2', 'Only stage1 is supported for SMMUv3 with accel=on'),
];
