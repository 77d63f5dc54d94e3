/** Command lines made of parts that meet often: few buses, few slots, few numbers. */
import fc from 'fast-check';

const ports = ['pcie-root-port', 'ioh3420', 'xio3130-downstream'];
const bridges = ['x3130-upstream', 'pcie-pci-bridge', 'i82801b11-bridge', 'pci-bridge', 'pxb-pcie', 'pxb'];
const cards = ['e1000e', 'e1000', 'virtio-rng-pci', 'pci-testdev', 'edu', 'qemu-xhci', 'virtio-net-pci', 'igb', 'usb-ehci'];

/** Each as often as it stands there. */
const from = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** null but for one in `times`. */
const rarely = <T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const device = fc.record({
  driver: fc.oneof(
    { weight: 4, arbitrary: from(...ports) },
    { weight: 2, arbitrary: from(...bridges) },
    { weight: 4, arbitrary: from(...cards) },
  ),
  /** How many bridges back its bus is; 0 for none said, -1 for the root. */
  back: from(0, 0, 0, -1, -1, -1, -1, 1, 1, 1, 1, 2, 2, 3),
  /** Now and then a bus that may not be there. */
  oddBus: rarely(25, from('pci.1', 'pcie.1', 'pcie.0', 'pci.0', 'pxb-internal', 'isa.0', 'd9', 'pxb-pcie-bus.0')),
  address: from('', '', '', '', '', '', '', '', '', '0', '1', '3', '0x4.0', '4.1', '4.2', '0.1', '1e.7', '11'),
  oddAddress: rarely(40, from('1f', '1f.1', '20', '5.8', 'zz', '-1')),
  hasId: from(true, true, true, true, false),
  multifunction: from('', '', 'on', 'on', 'off'),
  number: rarely(12, fc.integer({ min: 1, max: 4 })),
});

type Device = typeof device extends fc.Arbitrary<infer T> ? T : never;

/** The number that a driver takes. */
function numberOf(name: string, number: number): string {
  if (ports.includes(name)) return `,chassis=${number}`;
  if (name === 'pci-bridge') return `,chassis_nr=${number}`;
  return name.startsWith('pxb') ? `,bus_nr=${number * 16}` : '';
}

/** The buses that earlier devices make, last first. */
function busOf({ back, oddBus }: Device, earlier: readonly Device[], root: string): string | null {
  if (oddBus !== null) return oddBus;
  if (back <= 0) return back === 0 ? null : root;
  const made = earlier.flatMap(({ driver, hasId }, index) => (hasId && !cards.includes(driver) ? [`d${index}`] : []));
  return made.at(-back) ?? root;
}

function deviceText(one: Device, index: number, bus: string | null): string {
  const address = one.oddAddress ?? one.address;
  const own = [
    ...(one.hasId ? [`id=d${index}`] : []),
    ...(bus === null ? [] : [`bus=${bus}`]),
    ...(address === '' ? [] : [`addr=${address}`]),
    ...(one.multifunction === '' ? [] : [`multifunction=${one.multifunction}`]),
  ];
  return `-device ${[one.driver, ...own].join(',')}${numberOf(one.driver, one.number ?? index + 5)}`;
}

const line = fc
  .record({
    machine: from('q35', 'q35', 'pc', 'virt'),
    defaults: from(' -nodefaults', ''),
    devices: fc.array(device, { minLength: 2, maxLength: 8 }),
  })
  .map(({ machine, defaults, devices }) => {
    const root = machine === 'pc' ? 'pci.0' : 'pcie.0';
    const words = devices.map((one, index) => deviceText(one, index, busOf(one, devices.slice(0, index), root)));
    return `-M ${machine}${defaults} ${words.join(' ')}`;
  });

/** `count` command lines, the same in every run. */
export function generatedLines(count: number, seed = 2026): string[] {
  return fc.sample(line, { numRuns: count, seed });
}
