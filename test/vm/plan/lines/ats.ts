/** Every value of `ats`, on machines with rows and without, through both backends, on hosts that answer differently; and where it is written. */
import { BACKENDS, IOMMUFD, type PlanLine, PORTS, Q35, RP1, RP2 } from './plan-line.ts';

const ALL = ['intel', 'intel-no-iotlb', 'amd'] as const;

const MATRIX: readonly PlanLine[] = BACKENDS.flatMap(([backend, object, property]) =>
  ['pc-q35-11.1', 'pc-q35-11.0', 'pc-q35-9.0', 'pc-i440fx-11.1'].flatMap(machine =>
    ['', ',ats=on', ',ats=off', ',ats=auto'].map((ats): PlanLine => {
      const [ports, bus] = machine.startsWith('pc-i440fx') ? ['', ''] : [RP1, ',bus=rp1'];
      return {
        title: `${backend}, ${machine}${ats}`,
        words: `-M ${machine} ${object} ${ports} -device vfio-pci,host=$1${bus}${property}${ats}`,
        // The legacy container has no answer, whichever host.
        ...(backend === 'iommufd' && { hosts: machine === 'pc-q35-9.0' ? ['intel', 'intel-no-iotlb'] : ALL }),
      };
    }),
  ),
);

const device = (host: string, bus: string, more: string): string => `-device vfio-pci,host=${host},bus=${bus},iommufd=i0${more}`;

/** A device without ATS, and beside one that has it. */
const WITHOUT: readonly PlanLine[] = ['', ',ats=on', ',ats=off'].flatMap(ats => [
  { title: `a device without ATS${ats}`, words: `${Q35} ${IOMMUFD} ${RP1} ${device('$2', 'rp1', ats)}`, hosts: ALL },
  {
    title: `both kinds of device${ats}`,
    words: `${Q35} ${IOMMUFD} ${PORTS} ${device('$2', 'rp1', '')} ${device('$1', 'rp2', ats)}`,
    hosts: ['intel', 'intel-no-iotlb'],
  },
]);

const NOHOTPLUG: readonly PlanLine[] = ['', ',ats=on', ',ats=off'].map(ats => ({
  title: `vfio-pci-nohotplug${ats}`,
  words: `${Q35} ${IOMMUFD} ${RP2} -device vfio-pci-nohotplug,host=$1,bus=rp2,iommufd=i0${ats}`,
  hosts: ['intel', 'intel-no-iotlb'],
}));

export const ATS_LINES: readonly PlanLine[] = [...MATRIX, ...WITHOUT, ...NOHOTPLUG];
