import { test } from 'node:test';
import { checkMend, hostOf, type Row } from '../../../../../test/fixtures/mends.ts';

const NIC = 'path=/sys/bus/pci/devices/0000:01:00.0/,id=nic';
const NO_PEERS = 'vfio_p2p_dma=off';
const IOMMUFD = `iommufd=on,${NO_PEERS}`;
const cloud = (platform: string, ...devices: string[]): string =>
  `cloud-hypervisor --kernel /k --platform num_pci_segments=2,${platform} --device ${devices.join(' ')}`;

const CLOUD: readonly Row[] = [
  {
    code: 'iommufd.absent',
    text: cloud(IOMMUFD, NIC),
    mend: 'sudo modprobe iommufd, or iommufd=off of --platform',
    edit: ['iommufd=on', 'iommufd=off'],
    host: hostOf({ facts: { iommufd: 'none' } }),
  },
  {
    code: 'vfio.container-absent',
    text: cloud('vfio_p2p_dma=on', NIC),
    mend: `${IOMMUFD} of --platform`,
    edit: ['vfio_p2p_dma=on', IOMMUFD],
    host: hostOf({ facts: { vfioContainer: 'none' } }),
  },
  {
    code: 'iommufd.peer-dma',
    text: cloud('iommufd=on', NIC),
    mend: 'vfio_p2p_dma=off beside iommufd=on, without DMA between devices',
    edit: ['iommufd=on', IOMMUFD],
  },
  {
    code: 'vfio.cdev-absent',
    text: cloud(IOMMUFD, NIC),
    mend: 'iommufd=off of --platform',
    edit: ['iommufd=on', 'iommufd=off'],
    host: hostOf({ assignment: { cdev: 'none' } }),
  },
  {
    code: 'host.device-absent',
    text: cloud(NO_PEERS, NIC.replace('01:', '77:')),
    mend: 'path= of another device in --device: airlock devices lists them',
    edit: ['77:', '01:'],
  },
  {
    code: 'device.twice',
    text: cloud(IOMMUFD, NIC, NIC.replace('/,id=nic', ',id=b')),
    mend: 'path= of another device in --device: airlock devices lists them',
    edit: ['01:00.0,id=b', '02:00.0,id=b'],
  },
  {
    code: 'property.value',
    text: cloud('vfio_p2p_dma=on', `${NIC},x_nv_gpudirect_clique=300`),
    mend: 'leave it out, or see what it takes: airlock properties',
    edit: [',x_nv_gpudirect_clique=300', ''],
  },
];

for (const row of CLOUD)
  test(`withMends mends ${row.code} in Cloud Hypervisor's words: ${row.mend}`, () => checkMend('cloud-hypervisor', row));
