/** What QEMU 11.1.3 was seen to do with an accelerated SMMUv3 on the Arm host: command lines with how they end, what is said and what the guest reads. */
import { BEHIND } from './smmu-behind-rows.ts';
import {
  ATS,
  answer,
  BUS,
  bits,
  both,
  DEVICE,
  fails,
  MASKED,
  NO_ATS,
  NO_RIL,
  OAS,
  one,
  output,
  PORT,
  RIL,
  refusal,
  SECOND_PORT,
  type SmmuRow,
  smmu,
  ssids,
  starts,
  two,
  wrong,
} from './smmu-words.ts';

export type { SmmuRow } from './smmu-words.ts';

/** What this host answers, and QEMU makes of it. */
const OWN_HOST: readonly SmmuRow[] = [
  { title: 'accel=on', words: one(), ...starts() },
  { title: 'ril=on,oas=44', words: one('ril=on,oas=44'), ...starts() },
  { title: 'ril=off', words: one('ril=off'), ...starts({ ril: 0 }) },
  { title: 'ats=off,ssidsize=0', words: one('ats=off,ssidsize=0'), ...starts() },
  { title: 'cmdqv=off', words: one('cmdqv=off'), ...starts() },
  { title: 'cmdqv=auto', words: one('cmdqv=auto'), ...starts() },
  { title: 'ats=on', words: one('ats=on'), ...fails(refusal(NO_ATS)) },
  { title: 'oas=48', words: one('oas=48'), ...fails(refusal(bits(44, 48))) },
  {
    title: 'ssidsize=8',
    words: one('ssidsize=8'),
    ...fails(refusal('Host SMMUv3 SSIDSIZE not compatible (host=0, QEMU=8)')),
  },
  {
    title: 'accel=on,cmdqv=on',
    words: one('cmdqv=on'),
    ...fails(refusal('Failed to get hardware info: Operation not supported'), 'CMDQV requested but not supported'),
  },
  { title: 'vfio-pci,ats=off', words: `${one()},ats=off`, ...starts({}, []) },
  {
    title: 'vfio-pci,ats=on',
    words: `${one()},ats=on`,
    ...fails('vfio-pci: vfio $1: vfio-pci: ATS requested but not supported by kernel'),
  },
  { title: 'virt-11.0', machine: 'virt-11.0', words: one(), ...starts() },
  { title: 'virt-11.0,ats=auto', machine: 'virt-11.0', words: one('ats=auto,ril=auto,ssidsize=auto,oas=auto'), ...starts() },
  { title: 'virt-10.0', machine: 'virt-10.0', words: one(), ...starts() },
  { title: 'virt-11.0,ats=on', machine: 'virt-11.0', words: one('ats=on'), ...fails(refusal(NO_ATS)) },
];

/** Where the device is, and what stands behind it. */
const PLACES: readonly SmmuRow[] = [
  {
    title: 'vfio-pci without iommufd',
    words: `${BUS} ${smmu('accel=on')} ${PORT} -device vfio-pci,host=$1,bus=rp1`,
    ...fails('vfio-pci: vfio-pci endpoint devices without an iommufd backend not allowed when using arm-smmuv3,accel=on'),
  },
  {
    title: 'virtio-net-pci',
    words: `${BUS} ${smmu('accel=on')} ${PORT} -device virtio-net-pci,bus=rp1`,
    ...fails('virtio-net-pci: Emulated endpoint devices are not allowed when using arm-smmuv3,accel=on'),
  },
  {
    title: 'without accel',
    words: `${BUS} ${smmu('')} ${PORT} ${DEVICE}`,
    ...fails(
      'vfio-pci: vfio $1: memory listener initialization failed: Region smmuv3-iommu-memory-region-0-0: device 00.00.0 requires iommu MAP notifier which is not currently supported',
    ),
  },
  {
    title: 'no SMMU',
    words: `${BUS} ${PORT} ${DEVICE}`,
    code: 0,
    said: [MASKED],
    registers: null,
  },
  {
    title: 'no SMMU, vfio-pci,ats=on',
    words: `${BUS} ${PORT} ${DEVICE},ats=on`,
    ...fails('vfio-pci: vfio $1: vfio-pci: ATS requested but not supported by kernel'),
  },
  {
    title: 'no device',
    words: `${BUS} ${smmu('accel=on')} ${PORT}`,
    ...fails("arm-smmuv3 accel=on with 'auto' properties requires at least one cold-plugged VFIO device"),
  },
  { title: 'no device, virt-11.0', machine: 'virt-11.0', words: `${BUS} ${smmu('accel=on')} ${PORT}`, ...starts({}, []) },
  {
    title: 'no device, nothing auto',
    words: `${BUS} ${smmu('accel=on,ats=off,ril=on,ssidsize=0,oas=44')} ${PORT}`,
    ...starts({}, []),
  },
  {
    title: 'no device, cmdqv=on',
    words: `${BUS} ${smmu('accel=on,ats=off,ril=on,ssidsize=0,oas=44,cmdqv=on')} ${PORT}`,
    ...starts({}, []),
  },
  {
    title: 'migrate',
    words: one(),
    commands: [{ execute: 'migrate', arguments: { uri: 'exec:cat' } }],
    ...starts(),
    // Of two blockers the device's is told.
    refused: ['$1: VFIO migration init failed: migration is not supported in kernel: Inappropriate ioctl for device'],
  },
];

/** What is refused before a device of the host is looked at. */
const WITHOUT_DEVICE: readonly SmmuRow[] = [
  {
    title: 'by device tree',
    words: one(),
    hasFirmware: false,
    ...fails('arm-smmuv3: SMMUv3 with accel=on not supported for DT'),
  },
  {
    title: 'under TCG',
    words: one(),
    accelerator: 'tcg',
    ...fails('arm-smmuv3: SMMUv3 accel=on requires KVM with kernel-irqchip=on support'),
  },
];

/** Words for values and for their combinations. */
const VALUES: readonly SmmuRow[] = [
  ...[32, 36, 40, 42, 52, 56].map(value => wrong(`accel=on,oas=${value}`, OAS)),
  wrong('accel=on,oas=43', "Parameter 'oas' does not accept value '43'"),
  wrong('accel=on,ssidsize=21', "Parameter 'ssidsize' does not accept value '21'"),
  wrong('accel=on,ats=maybe', "Parameter 'ats' does not accept value 'maybe'"),
  wrong('accel=on,stage=2', 'Only stage1 is supported for SMMUv3 with accel=on'),
  wrong('accel=on,stage=nested', 'Only stage1 is supported for SMMUv3 with accel=on'),
  wrong('ril=off', 'ril can only be disabled if accel=on'),
  wrong('ats=on', 'ats can only be enabled if accel=on'),
  wrong('oas=48', 'oas must be 44 bits when accel=off'),
  wrong('ssidsize=1', 'ssidsize can only be greater than 0 bits if accel=on'),
  wrong('cmdqv=on', 'cmdqv can only be enabled if accel=on'),
];

/** What QEMU makes of hosts that answer something else. */
const OTHER_HOSTS: readonly SmmuRow[] = [
  { title: 'a host with ATS', answers: answer('idr0', 0, ATS), words: one(), ...starts({ ats: 1 }) },
  { title: 'a host with ATS, ats=on', answers: answer('idr0', 0, ATS), words: one('ats=on'), ...starts({ ats: 1 }) },
  { title: 'a host with ATS, ats=off', answers: answer('idr0', 0, ATS), words: one('ats=off'), ...starts() },
  { title: 'a host with ATS, virt-11.0', machine: 'virt-11.0', answers: answer('idr0', 0, ATS), words: one(), ...starts() },
  {
    title: 'ATS of the device alone',
    answers: answer('caps', 8, 0),
    words: one(),
    ...starts({}, []),
  },
  {
    title: 'ATS of the device alone, ats=on',
    answers: answer('caps', 8, 0),
    words: one('ats=on'),
    ...fails(refusal(NO_ATS)),
  },
  { title: 'a host without RIL', answers: answer('idr3', RIL, 0), words: one(), ...starts({ ril: 0 }) },
  { title: 'a host without RIL, ril=off', answers: answer('idr3', RIL, 0), words: one('ril=off'), ...starts({ ril: 0 }) },
  { title: 'a host without RIL, ril=on', answers: answer('idr3', RIL, 0), words: one('ril=on'), ...fails(refusal(NO_RIL)) },
  {
    title: 'a host without RIL, virt-11.0',
    machine: 'virt-11.0',
    answers: answer('idr3', RIL, 0),
    words: one(),
    ...fails(refusal(NO_RIL)),
  },
  { title: 'a host of 40 bits', answers: answer('idr5', ...output(2)), words: one(), ...starts({ oas: 2 }) },
  { title: 'a host of 40 bits, oas=44', answers: answer('idr5', ...output(2)), words: one('oas=44'), ...fails(refusal(bits(40, 44))) },
  {
    title: 'a host of 40 bits, virt-11.0',
    machine: 'virt-11.0',
    answers: answer('idr5', ...output(2)),
    words: one(),
    ...fails(refusal(bits(40, 44))),
  },
  { title: 'a host of 48 bits', answers: answer('idr5', ...output(5)), words: one(), ...starts({ oas: 5 }) },
  { title: 'a host of 48 bits, oas=48', answers: answer('idr5', ...output(5)), words: one('oas=48'), ...starts({ oas: 5 }) },
  { title: 'a host of 48 bits, oas=44', answers: answer('idr5', ...output(5)), words: one('oas=44'), ...starts() },
  { title: 'a host of 52 bits', answers: answer('idr5', ...output(6)), words: one(), ...starts({ oas: 6 }) },
  { title: 'a host of 20 SubstreamID bits', answers: answer('idr1', ...ssids(20)), words: one(), ...starts({ ssidsize: 20 }) },
  {
    title: 'a host of 20 SubstreamID bits, ssidsize=8',
    answers: answer('idr1', ...ssids(20)),
    words: one('ssidsize=8'),
    ...starts({ ssidsize: 8 }),
  },
  {
    title: 'a host of 4 SubstreamID bits, ssidsize=8',
    answers: answer('idr1', ...ssids(4)),
    words: one('ssidsize=8'),
    ...fails(refusal('Host SMMUv3 SSIDSIZE not compatible (host=4, QEMU=8)')),
  },
];

const unlike = (title: string, answers: string, words: string): SmmuRow => ({ title, answers, words: one(), ...fails(refusal(words)) });

/** Comparisons of what no property decides, in the order in which QEMU makes them. */
const COMPARISONS: readonly SmmuRow[] = [
  unlike('linear stream table', answer('idr0', 3 << 27, 0), 'Host SMMUv3 Stream Table format mismatch (host STLEVEL=0, QEMU STLEVEL=1)'),
  unlike('big endian', answer('idr0', 3 << 21, 3 << 21), "Host SMMUv3 doesn't support Little-endian translation table"),
  unlike('AArch32 tables', answer('idr0', 3 << 2, 1 << 2), "Host SMMUv3 doesn't support AArch64 translation table format"),
  unlike('15 StreamID bits', answer('idr1', 0x3f, 15), 'Host SMMUv3 SIDSIZE not compatible (host=15, QEMU=16)'),
  unlike('no 4K granule', answer('idr5', 1 << 4, 0), "Host SMMUv3 doesn't support 4K translation granule"),
  unlike('no 16K granule', answer('idr5', 1 << 5, 0), "Host SMMUv3 doesn't support 16K translation granule"),
  unlike('no 64K granule', answer('idr5', 1 << 6, 0), "Host SMMUv3 doesn't support 64K translation granule"),
  {
    title: 'SIDSIZE before SSIDSIZE, RIL, OAS and ATS',
    answers: `${answer('idr1', 0x3f, 15)},${answer('idr3', RIL, 0)}`,
    words: one('ssidsize=8,ril=on,oas=48,ats=on'),
    ...fails(refusal('Host SMMUv3 SIDSIZE not compatible (host=15, QEMU=16)')),
  },
  {
    title: 'SSIDSIZE before RIL, OAS and ATS',
    answers: answer('idr3', RIL, 0),
    words: one('ssidsize=8,ril=on,oas=48,ats=on'),
    ...fails(refusal('Host SMMUv3 SSIDSIZE not compatible (host=0, QEMU=8)')),
  },
  { title: 'RIL before OAS and ATS', answers: answer('idr3', RIL, 0), words: one('ril=on,oas=48,ats=on'), ...fails(refusal(NO_RIL)) },
  { title: 'OAS before ATS', words: one('oas=48,ats=on'), ...fails(refusal(bits(44, 48))) },
  {
    title: 'ATS before the granules',
    answers: answer('idr5', 1 << 4, 0),
    words: one('ats=on'),
    ...fails(refusal(NO_ATS)),
  },
];

const plug = (properties: object): object => ({
  execute: 'device_add',
  arguments: { driver: 'vfio-pci', host: '$2', bus: 'rp2', iommufd: 'iommufd0', ...properties },
});

/** Several devices behind one SMMU: the first decides. */
const SEVERAL: readonly SmmuRow[] = [
  { title: 'two devices', words: two(), ...starts({}, [MASKED, MASKED]) },
  { title: 'ATS, then none', answers: answer('idr0', 0, ATS), words: two(), ...fails(MASKED, refusal(NO_ATS, '$2')) },
  { title: 'no ATS, then some', answers: answer('idr0', 0, ATS, 1), words: two(), ...starts({}, [MASKED, MASKED]) },
  { title: 'RIL, then none', answers: answer('idr3', RIL, 0, 1), words: two(), ...fails(MASKED, refusal(NO_RIL, '$2')) },
  { title: 'no RIL, then some', answers: answer('idr3', RIL, 0), words: two(), ...starts({ ril: 0 }, [MASKED, MASKED]) },
  { title: '48 bits, then 44', answers: answer('idr5', ...output(5)), words: two(), ...fails(MASKED, refusal(bits(44, 48), '$2')) },
  { title: '44 bits, then 48', answers: answer('idr5', ...output(5), 1), words: two(), ...starts({}, [MASKED, MASKED]) },
  {
    title: '20 SubstreamID bits, then none',
    answers: answer('idr1', ...ssids(20)),
    words: two(),
    ...fails(MASKED, refusal('Host SMMUv3 SSIDSIZE not compatible (host=0, QEMU=20)', '$2')),
  },
  { title: 'both with ATS', answers: both('idr0', 0, ATS), words: two(), ...starts({ ats: 1 }, [MASKED, MASKED]) },
  {
    title: 'hot plug of the second',
    words: `${one()} ${SECOND_PORT}`,
    commands: [plug({})],
    ...starts({}, [MASKED, 'warning: vfio-pci: host kernel reports ATS unsupported; ATS capability will be masked']),
  },
  {
    title: 'hot plug of one without RIL',
    answers: answer('idr3', RIL, 0, 1),
    words: `${one()} ${SECOND_PORT}`,
    commands: [plug({})],
    ...starts(),
    refused: [`vfio $2: Failed to set vIOMMU: ${NO_RIL}`],
  },
  {
    title: 'hot plug of the first, virt-11.0',
    machine: 'virt-11.0',
    words: `${BUS} ${smmu('accel=on')} ${PORT} ${SECOND_PORT}`,
    commands: [plug({})],
    ...starts({}, ['warning: vfio-pci: host kernel reports ATS unsupported; ATS capability will be masked']),
  },
];

export const SMMU_ROWS: readonly SmmuRow[] = [
  ...OWN_HOST,
  ...PLACES,
  ...WITHOUT_DEVICE,
  ...VALUES,
  ...OTHER_HOSTS,
  ...COMPARISONS,
  ...SEVERAL,
  ...BEHIND,
];

/** On a host whose IORT does not let Linux nest: after all comparisons, since they come first. */
export const WITHOUT_NESTING: readonly SmmuRow[] = [
  {
    title: 'a host that does not nest',
    words: one(),
    ...fails(refusal('IOMMU_VIOMMU_ALLOC failed: Operation not supported'), 'Unable to alloc vIOMMU: hiodi devid 0x1: '),
  },
  { title: 'a host that does not nest, ats=on', words: one('ats=on'), ...fails(refusal(NO_ATS)) },
];
