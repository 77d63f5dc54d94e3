/** Where a device of the host's is put: every kind of place with every value of `ats`, and places made by hand, good and bad. */
import { BACKENDS, PC, type PlanLine, PORTS, Q35, RP1, RP2 } from './plan-line.ts';

const SWITCH = `${RP1} -device x3130-upstream,id=up,bus=rp1 -device xio3130-downstream,id=dn,bus=up,chassis=9`;
const EXPANDER = '-device pxb-pcie,id=px,bus_nr=16,bus=pcie.0';

/** Title, machine, what stands before the device, and its own place. */
const KINDS = [
  ['a root port', Q35, RP1, ',bus=rp1'],
  ['another root port', Q35, '-device ioh3420,id=io1,chassis=3', ',bus=io1'],
  ['the root complex', Q35, '', ',addr=6'],
  ['a switch', Q35, SWITCH, ',bus=dn'],
  ['an expander with a port', Q35, `${EXPANDER} -device pcie-root-port,id=pp,bus=px,chassis=4`, ',bus=pp'],
  ['a conventional bridge', Q35, '-device pcie-pci-bridge,id=b1', ',bus=b1,addr=1'],
  ['two conventional bridges', Q35, '-device i82801b11-bridge,id=b1 -device pci-bridge,id=b2,bus=b1,chassis_nr=7', ',bus=b2,addr=3'],
  ['a conventional root', PC, '', ',addr=8'],
  ['a port of a conventional root', PC, RP1, ',bus=rp1'],
  ['a bridge of a conventional root', PC, '-device pci-bridge,id=b2,chassis_nr=7', ',bus=b2,addr=2'],
] as const;

/** What else is said of the device, so that each kind of place meets each of them with another value of `ats`. */
const BESIDE = ['', ',rombar=0', ',multifunction=on', ',id=dev0', ',rombar=1,id=dev0', ',x-no-mmap=on'];

const BY_KIND: readonly PlanLine[] = KINDS.flatMap(([kind, machine, before, place], row) =>
  BACKENDS.flatMap(([backend, object, property], half) =>
    ['auto', 'on', 'off'].map((ats, index) => {
      const { [(row + 3 * half + index) % BESIDE.length]: beside = '' } = BESIDE;
      return {
        title: `${kind}, ${backend}, ats=${ats}${beside}`,
        words: `${machine} ${object} ${before} -device vfio-pci,host=$1${place}${property},ats=${ats}${beside}`,
      };
    }),
  ),
);

const one = (title: string, before: string, place: string, machine: string = Q35): PlanLine => ({
  title: `place: ${title}`,
  words: `${machine} ${before} -device vfio-pci,host=$1${place}`,
});
const two = (title: string, before: string, first: string, second: string, machine: string = Q35): PlanLine => ({
  title: `places: ${title}`,
  words: `${machine} ${before} -device vfio-pci,host=$1${first} -device vfio-pci,host=$2${second}`,
});

const ADDRESSES: readonly PlanLine[] = [
  ...['', ',addr=10', ',addr=05.0', ',addr=0x5', ',addr=0x2.0x1', ',addr=3.7', ',addr=-1', ',addr=1e.0'],
  ...[',addr=1f.2', ',addr=1f', ',addr=0', ',addr=20', ',addr=5.8', ',addr=zz', ',addr=', ',addr=0x5.0x9'],
].map(place => one(`on pcie.0${place}`, '', place));

const ON_PC: readonly PlanLine[] = [
  ...['', ',addr=1.2', ',addr=1f', ',addr=2.3', ',bus=pci.0', ',bus=pcie.0'].map(place =>
    one(`on a conventional root${place}`, '', place, PC),
  ),
  one('a root port on a conventional root', RP1, ',bus=rp1', PC),
  one('an expander of a conventional root', '-device pxb,id=px,bus_nr=32', ',bus=px,addr=1', PC),
];

const BUSES: readonly PlanLine[] = [
  one('a bus that is not there', '', ',bus=rp9'),
  one('a bus that comes later on the line', '', `,bus=rp1 ${RP1}`),
  one('an expander without a port', EXPANDER, ',bus=px'),
  one('an expander that goes around the IOMMU', `${EXPANDER},bypass_iommu=on -device pcie-root-port,id=pp,bus=px,chassis=4`, ',bus=pp'),
  one('the upstream port of a switch', SWITCH, ',bus=up'),
  one('slot 1 below a port', RP1, ',bus=rp1,addr=1.0'),
  one('slot 1 below a switch', SWITCH, ',bus=dn,addr=1.0'),
  one('a function without function 0', RP1, ',bus=rp1,addr=0.1'),
  one('a function of a single-function device', `${RP1} -device e1000e,bus=rp1`, ',bus=rp1,addr=0.1'),
  one('a function of a multifunction device', `${RP1} -device e1000e,bus=rp1,multifunction=on`, ',bus=rp1,addr=0.1'),
  one('a slot that an emulated device has', '-device e1000e,addr=6', ',addr=6'),
  one('the next slot behind an emulated device', '-device e1000e', ''),
  one('slot 0 of a bridge with a hot plug controller', '-device pcie-pci-bridge,id=b1', ',bus=b1,addr=0'),
  one('any slot of a bridge', '-device pcie-pci-bridge,id=b1', ',bus=b1'),
  one('a port that does not hot plug', '-device pcie-root-port,id=rp1,chassis=1,hotplug=off', ',bus=rp1'),
  one('a port in a slot of its own', '-device pcie-root-port,id=rp1,chassis=1,slot=4,addr=1c.0', ',bus=rp1,addr=0.0'),
  one('a port with the chassis of another', `${RP1} -device pcie-root-port,id=rp2,chassis=1`, ',bus=rp2'),
  one(
    'three ports in one slot',
    '-device pcie-root-port,id=a,chassis=1,addr=5.0,multifunction=on -device pcie-root-port,id=b,chassis=2,addr=5.1 -device pcie-root-port,id=c,chassis=3,addr=5.2',
    ',bus=c',
  ),
  one('an index for ACPI', RP1, ',bus=rp1,acpi-index=7'),
  one('an index for ACPI that is too large', RP1, ',bus=rp1,acpi-index=20000'),
  one('an id that an emulated device has', `${RP1} -device e1000e,id=x`, ',bus=rp1,id=x'),
  one('an id that is none', RP1, ',bus=rp1,id=1a'),
];

const TWO: readonly PlanLine[] = [
  two('below a port each', PORTS, ',bus=rp1', ',bus=rp2'),
  two('in the order of the ports, last first', PORTS, ',bus=rp2', ',bus=rp1'),
  two('on the root complex', '', '', ''),
  two('in slots of their own', '', ',addr=8', ',addr=7'),
  two('in one slot', '', ',addr=8', ',addr=8'),
  two('both below one port', RP1, ',bus=rp1', ',bus=rp1'),
  two('functions of one slot', '', ',addr=8.0,multifunction=on', ',addr=8.1'),
  two('functions of one slot, function 0 last', '', ',addr=8.1', ',addr=8.0,multifunction=on'),
  two('functions of one slot without multifunction', '', ',addr=8.0', ',addr=8.1'),
  two('functions of one slot, function 0 last, without multifunction', '', ',addr=8.1', ',addr=8.0'),
  two('functions below a port', RP1, ',bus=rp1,addr=0.0,multifunction=on', ',bus=rp1,addr=0.3'),
  two('functions below a port, seven before zero', RP1, ',bus=rp1,addr=0.7', ',bus=rp1,addr=0.0,multifunction=on'),
  two('one id for both', PORTS, ',bus=rp1,id=d', ',bus=rp2,id=d'),
  two('ids of their own', PORTS, ',bus=rp1,id=d1', ',bus=rp2,id=d2'),
  two('the same index for ACPI', PORTS, ',bus=rp1,acpi-index=3', ',bus=rp2,acpi-index=3'),
  two('a port and the root complex', RP1, ',bus=rp1', ',addr=9'),
  two('a bridge and a port', `-device pcie-pci-bridge,id=b1 ${RP2}`, ',bus=b1,addr=2', ',bus=rp2'),
  two('on a conventional root', '', '', '', PC),
  two(
    'below two expanders',
    `${EXPANDER} -device pxb-pcie,id=py,bus_nr=32,bus=pcie.0 -device pcie-root-port,id=pp,bus=px,chassis=4 -device pcie-root-port,id=pq,bus=py,chassis=5`,
    ',bus=pp',
    ',bus=pq',
  ),
];

export const PLACE_LINES: readonly PlanLine[] = [...BY_KIND, ...ADDRESSES, ...ON_PC, ...BUSES, ...TWO];
