/** What the host has and has not, and IOMMUs of the guest in front of its devices. */
import { IOMMU_ROWS } from '../../iommu-rows.ts';
import { BACKENDS, DRIVEN, FREE, IOMMUFD, type PlanLine, PORT_OF_HOST, PORTS, Q35 } from './plan-line.ts';

const BY_BACKEND: readonly PlanLine[] = BACKENDS.flatMap(([backend, object, property]): PlanLine[] => {
  const device = (host: string, bus: string): string => `-device vfio-pci,host=${host},bus=${bus}${property}`;
  const one = (title: string, host: string): PlanLine => ({
    title: `${title}, ${backend}`,
    words: `${Q35} ${PORTS} ${object} ${device(host, 'rp1')}`,
  });
  const two = (title: string, first: string, second: string): PlanLine => ({
    title: `${title}, ${backend}`,
    words: `${Q35} ${PORTS} ${object} ${device(first, 'rp1')} ${device(second, 'rp2')}`,
  });
  return [
    one('an address with nothing', '0000:77:00.0'),
    one('a device that a driver of the host has', DRIVEN),
    one('a device without a driver', FREE),
    one('a port of the host', PORT_OF_HOST),
    two('two devices', '$1', '$2'),
    two('one device twice', '$1', '$1'),
    two('a good one and an absent one', '$1', '0000:77:00.0'),
    two('an absent one and a good one', '0000:77:00.0', '$1'),
    two('a good one and a driven one', '$2', DRIVEN),
  ];
});

const OBJECTS: readonly PlanLine[] = [
  {
    title: 'one device twice, through both backends',
    words: `${Q35} ${PORTS} ${IOMMUFD} -device vfio-pci,host=$1,bus=rp1,iommufd=i0 -device vfio-pci,host=$1,bus=rp2`,
  },
  {
    title: 'one device twice, iommufd behind legacy',
    words: `${Q35} ${PORTS} ${IOMMUFD} -device vfio-pci,host=$1,bus=rp1 -device vfio-pci,host=$1,bus=rp2,iommufd=i0`,
  },
  {
    title: 'objects of their own',
    words: `${Q35} ${PORTS} ${IOMMUFD} -object iommufd,id=i1 -device vfio-pci,host=$1,bus=rp1,iommufd=i0 -device vfio-pci,host=$2,bus=rp2,iommufd=i1`,
  },
  { title: 'an object that nothing uses', words: `${Q35} ${PORTS} ${IOMMUFD} -device vfio-pci,host=$1,bus=rp1` },
  { title: 'an object behind the device', words: `${Q35} ${PORTS} -device vfio-pci,host=$1,bus=rp1,iommufd=i0 ${IOMMUFD}` },
  {
    title: 'an object in JSON',
    words: `${Q35} ${PORTS} -object '{"qom-type":"iommufd","id":"i0"}' -device vfio-pci,host=$1,bus=rp1,iommufd=i0`,
  },
  { title: 'two objects of one id', words: `${Q35} ${PORTS} ${IOMMUFD} ${IOMMUFD} -device vfio-pci,host=$1,bus=rp1,iommufd=i0` },
  { title: 'an object without an id', words: `${Q35} ${PORTS} -object iommufd -device vfio-pci,host=$1,bus=rp1` },
  { title: 'an object of another kind', words: `${Q35} ${PORTS} -object rng-random,id=i0 -device vfio-pci,host=$1,bus=rp1,iommufd=i0` },
  { title: 'no host device', words: `${Q35} ${PORTS} -device vfio-pci,bus=rp1` },
];

const IOMMUS: readonly PlanLine[] = BACKENDS.flatMap(([backend, object, property]) =>
  [
    '-device intel-iommu',
    '-device intel-iommu,caching-mode=on,aw-bits=40',
    '-device intel-iommu,caching-mode=on,aw-bits=39',
    '-device intel-iommu,caching-mode=on,intremap=off,eim=off',
    '-device intel-iommu,caching-mode=on,device-iotlb=on',
    '-device amd-iommu,dma-remap=on',
    '-device amd-iommu,xtsup=on',
    '-device virtio-iommu-pci,boot-bypass=off,aw-bits=48',
    '-device intel-iommu,caching-mode=on -device virtio-iommu-pci',
    '-device intel-iommu,nosuch=on',
  ].map(iommu => ({
    title: `${backend}: ${iommu}`,
    words: `${Q35} ${object} ${iommu} ${PORTS} -device vfio-pci,host=$1,bus=rp1${property}`,
  })),
);

/** The rows of iommu-rows.ts for the hosts that tests share. */
const ROWS: readonly PlanLine[] = IOMMU_ROWS.flatMap(({ title, qemu = '11.1', host = 'intel', machine = 'q35', words }): PlanLine[] =>
  qemu !== '11.1' || host === 'intel-39' ? [] : [{ title: `IOMMU: ${title}`, words: `-M ${machine} ${words}`, hosts: [host] }],
);

export const HOST_LINES: readonly PlanLine[] = [...BY_BACKEND, ...OBJECTS, ...IOMMUS, ...ROWS];
