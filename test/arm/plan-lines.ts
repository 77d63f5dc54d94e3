/** Command lines of `virt` with devices of the Arm host: places, values and machines, and devices behind an accelerated SMMUv3. */
import { FIRMWARE } from './inner-smmu.ts';
import { BUS, DEVICE, one, PORT, SECOND_DEVICE, SECOND_PORT, smmu, two } from './smmu-words.ts';

/** `$1` and `$2`: devices with ATS. */
export interface ArmLine {
  readonly title: string;
  readonly words: string;
}

const WITHOUT_KVM = '-accel qtest -cpu max';
const WITH_KVM = `-accel kvm -cpu host -bios ${FIRMWARE}`;
const IOMMUFD = '-object iommufd,id=i0';
const RP1 = '-device pcie-root-port,id=rp1,chassis=1';
const RP2 = '-device pcie-root-port,id=rp2,chassis=2';

const plain = (title: string, words: string, machine = 'virt-11.1'): ArmLine => ({
  title,
  words: `-M ${machine},gic-version=3 ${WITHOUT_KVM} ${words}`,
});
const nested = (title: string, words: string, machine = 'virt'): ArmLine => ({
  title: `behind an SMMU: ${title}`,
  words: `-M ${machine},gic-version=3 ${WITH_KVM} ${words}`,
});

const BACKENDS = [
  ['legacy', '', ''],
  ['iommufd', IOMMUFD, ',iommufd=i0'],
] as const;

const ATS: readonly ArmLine[] = BACKENDS.flatMap(([backend, object, property]) =>
  ['', ',ats=on', ',ats=off'].map(ats => plain(`${backend}${ats}`, `${object} ${RP1} -device vfio-pci,host=$1,bus=rp1${property}${ats}`)),
);

const MACHINES: readonly ArmLine[] = ['virt', 'virt-11.0', 'virt-10.0', 'virt-8.0'].map(machine =>
  plain(`machine ${machine}`, `${IOMMUFD} ${RP1} -device vfio-pci,host=$1,bus=rp1,iommufd=i0`, machine),
);

const PLACES: readonly ArmLine[] = [
  plain('the root complex', '-device vfio-pci,host=$1'),
  plain('a slot of the root complex', '-device vfio-pci,host=$1,addr=1f.3'),
  plain('a slot that is taken', '-device vfio-pci,host=$1,addr=0'),
  plain(
    'an expander',
    '-device pxb-pcie,id=px,bus_nr=16,bus=pcie.0 -device pcie-root-port,id=pp,bus=px,chassis=4 -device vfio-pci,host=$1,bus=pp',
  ),
  plain('a conventional bridge', '-device pcie-pci-bridge,id=b1 -device vfio-pci,host=$1,bus=b1,addr=1'),
  plain('a bus that is not there', '-device vfio-pci,host=$1,bus=rp9'),
  plain('two functions of a slot', `${RP1} -device vfio-pci,host=$1,bus=rp1,multifunction=on -device vfio-pci,host=$2,bus=rp1,addr=0.1`),
  plain('two devices', `${IOMMUFD} ${RP1} ${RP2} -device vfio-pci,host=$1,bus=rp2,iommufd=i0 -device vfio-pci,host=$2,bus=rp1,iommufd=i0`),
  plain('one device twice', `${RP1} ${RP2} -device vfio-pci,host=$1,bus=rp1 -device vfio-pci,host=$1,bus=rp2`),
  plain('-global', `-global vfio-pci.ats=off ${IOMMUFD} ${RP1} -device vfio-pci,host=$1,bus=rp1,iommufd=i0`),
  plain('JSON', `${RP1} -device '{"driver":"vfio-pci","host":"$1","bus":"rp1","ats":"off","multifunction":true}'`),
  plain('a value that is wrong', `${RP1} -device vfio-pci,host=$1,bus=rp1,ats=maybe`),
  plain('a device that is not there', `${RP1} -device vfio-pci,host=0000:77:00.0,bus=rp1`),
  plain('virtio-iommu', `-device virtio-iommu-pci ${IOMMUFD} ${RP1} -device vfio-pci,host=$1,bus=rp1,iommufd=i0`),
];

const NESTED: readonly ArmLine[] = [
  nested('as it is', one()),
  nested('its own values', one('ril=off,oas=44')),
  nested('ats=off of the device', `${one()},ats=off`),
  nested('ats=on of the device', `${one()},ats=on`),
  nested('two devices', two()),
  nested('an older machine', one(), 'virt-11.0'),
  nested('without iommufd', `${BUS} ${smmu('accel=on')} ${PORT} -device vfio-pci,host=$1,bus=rp1`),
  nested('another order of devices', `${BUS} ${smmu('accel=on')} ${PORT} ${SECOND_PORT} ${SECOND_DEVICE} ${DEVICE}`),
];

export const ARM_LINES: readonly ArmLine[] = [...ATS, ...MACHINES, ...PLACES, ...NESTED];

/** Where a plan is not QEMU, by title: of a line, or of a row of smmu-rows.ts. The test says so of one that differs no more. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['accel=on,cmdqv=on', 'no capture tells of a CMDQV: the plan says unknown'],
]);
