import { test } from 'node:test';
import { checkMend, hostOf, type Row } from '../../../../../test/fixtures/mends.ts';

const qemu = (words: string, machine = 'pc-q35-11.1'): string => `qemu-system-x86_64 -M ${machine} -nodefaults ${words}`;
const OBJECT = '-object iommufd,id=iommufd0';
const PORT = '-device pcie-root-port,id=rp,chassis=1';
const NIC = '-device vfio-pci,host=01:00.0,bus=rp,id=nic';
const WITH = `${OBJECT} ${PORT} ${NIC},iommufd=iommufd0`;
const SECOND = '-device vfio-pci,host=02:00.0';

const QEMU: readonly Row[] = [
  { code: 'ats.required.kernel-unsupported', text: qemu(`${WITH},ats=on`), mend: 'ats=auto', edit: ['ats=on', 'ats=auto'] },
  { code: 'ats.masked.kernel-unsupported', text: qemu(WITH), mend: 'ats=off', edit: ['id=nic', 'id=nic,ats=off'] },
  {
    code: 'ats.required.kernel-unsupported',
    text: qemu(`-global vfio-pci.ats=on ${WITH}`),
    mend: 'ats=auto',
    edit: ['id=nic', 'id=nic,ats=auto'],
  },
  {
    code: 'ats.required.kernel-unsupported',
    text: qemu(
      `${OBJECT} ${PORT} -device '{"driver": "vfio-pci", "host": "01:00.0", "bus": "rp", "id": "nic", "iommufd": "iommufd0", "ats": "on"}'`,
    ),
    mend: '"ats": "auto"',
    edit: ['"ats": "on"', '"ats": "auto"'],
  },
  { code: 'property.value', text: qemu(`${WITH},ats=atuo`), mend: 'ats=auto', edit: ['ats=atuo', 'ats=auto'] },
  {
    code: 'property.value',
    text: qemu(`-global vfio-pci.ats=atuo ${WITH}`),
    mend: '-global vfio-pci.ats=auto',
    edit: ['-global vfio-pci.ats=atuo', '-global vfio-pci.ats=auto'],
  },
  {
    code: 'property.unknown',
    text: qemu(`${WITH},x-pci-vendor-idd=0x8086`),
    mend: 'x-pci-vendor-id=0x8086',
    edit: ['x-pci-vendor-idd=0x8086', 'x-pci-vendor-id=0x8086'],
  },
  {
    code: 'property.value',
    text: qemu(`${OBJECT} ${PORT} -device vfio-pci,host=01:00,bus=rp`),
    mend: 'host=BUS:SLOT.FUNCTION: airlock devices lists them',
    edit: ['host=01:00,', 'host=01:00.0,'],
  },
  {
    code: 'property.unknown',
    text: qemu(`${WITH} -device amd-iommu,pt=on`),
    mend: 'leave it out, or see airlock properties --driver amd-iommu',
    edit: [',pt=on', ''],
  },
  {
    code: 'property.unknown',
    text: qemu(`-global e1000.bootindx=1 ${WITH}`),
    mend: '-global e1000.bootindex=1',
    edit: ['e1000.bootindx', 'e1000.bootindex'],
  },
  {
    code: 'property.value',
    text: qemu(`-device '{"driver": "virtio-net-pci", "mq": "on"}' ${WITH}`),
    mend: 'leave it out, or see what it takes: -device virtio-net-pci,help',
    edit: ['"mq": "on"', '"mq": true'],
  },
  {
    code: 'property.unknown',
    text: qemu(`${WITH} -device virtio-rng-pci,max_byte=5`),
    mend: 'max-bytes=5',
    edit: ['max_byte', 'max-bytes'],
  },
  {
    code: 'property.unknown',
    text: qemu(`${WITH} -device '{"driver": "virtio-rng-pci", "ioevntfd": true}'`),
    mend: '"ioeventfd": true',
    edit: ['ioevntfd', 'ioeventfd'],
  },
  { code: 'property.unfit', text: qemu(`${WITH},x-vga=on`), mend: 'x-vga=off', edit: ['x-vga=on', 'x-vga=off'] },
  {
    code: 'machine.unknown',
    text: qemu(WITH, 'pc-q35-11.11'),
    mend: '-machine pc-q35-11.1',
    edit: ['-M pc-q35-11.11', '-machine pc-q35-11.1'],
  },
  {
    code: 'iommufd.object-absent',
    text: qemu(`${PORT} ${NIC},iommufd=i1`),
    mend: '-object iommufd,id=i1',
    edit: ['-nodefaults', '-nodefaults -object iommufd,id=i1'],
  },
  {
    code: 'vfio.cdev-absent',
    text: qemu(WITH),
    mend: 'no iommufd=, for the legacy container',
    edit: [',iommufd=iommufd0', ''],
    host: hostOf({ assignment: { cdev: 'none' } }),
  },
  {
    code: 'iommufd.absent',
    text: qemu(WITH),
    mend: 'sudo modprobe iommufd, or no iommufd=, for the legacy container',
    edit: [',iommufd=iommufd0', ''],
    host: hostOf({ facts: { iommufd: 'none' } }),
  },
  {
    code: 'vfio.container-absent',
    text: qemu(`${PORT} ${NIC}`),
    mend: 'iommufd=iommufd0, with -object iommufd,id=iommufd0',
    edit: [NIC, `${OBJECT} ${NIC},iommufd=iommufd0`],
    host: hostOf({ facts: { vfioContainer: 'none' } }),
  },
  {
    code: 'backend.mixed',
    text: qemu(`${WITH} ${SECOND}`),
    mend: 'iommufd=iommufd0',
    edit: [SECOND, `${SECOND},iommufd=iommufd0`],
  },
  {
    code: 'device.twice',
    text: qemu(`${WITH} -device vfio-pci,host=01:00.0,iommufd=iommufd0`),
    mend: 'host= of another device: airlock devices lists them',
    edit: ['host=01:00.0', 'host=02:00.0'],
  },
  {
    code: 'place.bus',
    text: qemu(`${OBJECT} ${PORT} ${NIC}p,iommufd=iommufd0`.replace('bus=rp', 'bus=rpp')),
    mend: 'bus=rp',
    edit: ['bus=rpp', 'bus=rp'],
  },
  { code: 'place.bus', text: qemu(`${NIC} ${PORT}`), mend: '-device of rp before this one', edit: [`${NIC} ${PORT}`, `${PORT} ${NIC}`] },
  {
    code: 'place.slot-taken',
    text: qemu(`-device vfio-pci,host=01:00.0,addr=5 ${SECOND},addr=05.0`),
    mend: 'addr=01.0 is free on pcie.0',
    edit: ['addr=05.0', 'addr=01.0'],
  },
  {
    code: 'place.slot-not-seen',
    text: qemu(`${PORT} ${NIC} ${SECOND},bus=rp`),
    mend: 'bus=rp1, with -device pcie-root-port,id=rp1,chassis=9 in front',
    edit: [`${SECOND},bus=rp`, `-device pcie-root-port,id=rp1,chassis=9 ${SECOND},bus=rp1`],
  },
  {
    code: 'place.slot-not-seen',
    text: qemu(`-device pcie-root-port,id=rp1,chassis=9 ${NIC.replace('bus=rp', 'bus=rp1')} ${SECOND},bus=rp1`),
    mend: 'bus=rp2, with -device pcie-root-port,id=rp2,chassis=10 in front',
    edit: [`${SECOND},bus=rp1`, `-device pcie-root-port,id=rp2,chassis=10 ${SECOND},bus=rp2`],
  },
  {
    code: 'place.bus-full',
    text: qemu(`${PORT}${' -device virtio-rng-pci'.repeat(29)} ${SECOND},id=nic`),
    mend: 'addr=SLOT.1, and multifunction=on of the device in that slot',
    edit: [
      `${PORT}${' -device virtio-rng-pci'.repeat(29)} ${SECOND}`,
      `${PORT},multifunction=on${' -device virtio-rng-pci'.repeat(29)} ${SECOND},addr=1.1`,
    ],
  },
  {
    code: 'place.chassis',
    text: qemu(`${PORT} -device pcie-root-port,id=rq,chassis=1 ${NIC}`),
    mend: 'chassis=2',
    edit: ['id=rq,chassis=1', 'id=rq,chassis=2'],
  },
  {
    code: 'place.function',
    text: qemu(`${SECOND},addr=5.1 ${NIC.replace('rp', 'pcie.0')},addr=5`),
    mend: 'multifunction=on for this device at 05.0',
    edit: ['pcie.0,id=nic', 'pcie.0,id=nic,multifunction=on'],
  },
  {
    code: 'intel-iommu.caching-mode',
    text: qemu(`-device intel-iommu,id=v ${WITH}`),
    mend: 'caching-mode=on of v',
    edit: ['intel-iommu,id=v', 'intel-iommu,id=v,caching-mode=on'],
  },
  { code: 'intel-iommu.aw-bits', text: qemu(`-device intel-iommu,aw-bits=40`), mend: 'aw-bits=39', edit: ['aw-bits=40', 'aw-bits=39'] },
  {
    code: 'intel-iommu.svm',
    text: qemu(`-device intel-iommu,svm=on,x-scalable-mode=on`.replace('x-scal', 'scal')),
    mend: 'device-iotlb=on',
    edit: ['svm=on', 'svm=on,device-iotlb=on,fsts=on,pasid-bits=20'],
  },
  {
    code: 'iommu.irqchip',
    text: qemu('-accel kvm -device intel-iommu,intremap=on'),
    mend: '-machine kernel-irqchip=split',
    edit: ['-accel kvm', '-accel kvm -machine kernel-irqchip=split'],
  },
  { code: 'iommu.machine', text: qemu('-device intel-iommu', 'pc'), mend: '-machine q35', edit: ['-M pc', '-machine q35'] },
  {
    code: 'iommu.several',
    text: qemu('-device intel-iommu -device amd-iommu'),
    mend: 'one IOMMU alone: no -device of this one',
    edit: [' -device amd-iommu', ''],
  },
  {
    code: 'iommu.after-device',
    text: qemu(`${WITH} -device intel-iommu,caching-mode=on`),
    mend: '-device intel-iommu in front of it',
    edit: [`${WITH} -device intel-iommu,caching-mode=on`, `-device intel-iommu,caching-mode=on ${WITH}`],
  },
  {
    code: 'amd-iommu.dma-remap',
    text: qemu(`-device amd-iommu,id=v ${WITH}`),
    mend: 'dma-remap=on of v',
    edit: ['amd-iommu,id=v', 'amd-iommu,id=v,dma-remap=on'],
  },
  {
    code: 'virtio-iommu.aw-bits',
    text: qemu('-device virtio-iommu-pci,aw-bits=20'),
    mend: 'aw-bits=48',
    edit: ['aw-bits=20', 'aw-bits=48'],
  },
  {
    code: 'virtio-iommu.granule',
    text: qemu(`-device virtio-iommu-pci,id=v,granule=64k ${WITH}`),
    mend: 'granule=host of v',
    edit: ['granule=64k', 'granule=host'],
  },
];

for (const row of QEMU) test(`withMends mends ${row.code} in QEMU's words: ${row.mend}`, () => checkMend('qemu', row));
