/** Reads config space as a guest's processor does once its firmware has numbered the buses: what to write and read for devices at places. */
import { findValue, type VmDefinition } from '../../../src/pure/plan/definition.ts';
import { type PlaceMachine, planPlaces } from '../../../src/pure/plan/judge/places/index.ts';

/** A bridge gets the numbers of the bus that it is on, of the bus below it, and of the last one below that. */
export interface BridgeNumbers {
  readonly bus: number;
  readonly devfn: number;
  readonly secondary: number;
  readonly subordinate: number;
}

/** Where a device is to be found, and the bridges above it, the uppermost first. */
export interface GuestPath {
  readonly bridges: readonly BridgeNumbers[];
  readonly bus: number;
  readonly devfn: number;
}

interface Bridge {
  readonly id: string;
  readonly driver: string;
  readonly bus: string;
  readonly devfn: number;
  readonly number: string | undefined;
}

const ROOTS = ['pcie.0', 'pci.0'];
/** Of a bridge to another root, which has a number. */
const isExpander = ({ driver }: Bridge): boolean => driver.startsWith('pxb');
/** Of a conventional one, devices stand behind a bridge of its own in slot 0 of that root. */
const hasOwnBridge = ({ driver }: Bridge): boolean => driver === 'pxb';

/** Bridges by the name of the bus that they make, which is their id. */
function bridgesOf(definition: VmDefinition, machine: PlaceMachine): ReadonlyMap<string, Bridge> {
  const { devices } = planPlaces(definition, machine);
  return new Map(
    definition.devices.flatMap(({ driver, id, values }, index) => {
      const { [index]: placed } = devices;
      if (id === null || !placed?.place || placed.devfn === null) return [];
      const number = findValue(values, 'bus_nr')?.value;
      return [[id, { id, driver, bus: placed.place.bus, devfn: placed.devfn, number }] as const];
    }),
  );
}

/** Bridges above a bus, the uppermost first, and the number of the root that they hang below. */
function above(bus: string, bridges: ReadonlyMap<string, Bridge>): { root: number; chain: Bridge[] } {
  if (ROOTS.includes(bus)) return { root: 0, chain: [] };
  const bridge = bridges.get(bus);
  if (bridge === undefined) throw new Error(`No bridge of the command line makes the bus ${bus}: give it an id`);
  if (isExpander(bridge)) return { root: Number(bridge.number), chain: hasOwnBridge(bridge) ? [{ ...bridge, devfn: 0 }] : [] };
  const { root, chain } = above(bridge.bus, bridges);
  return { root, chain: [...chain, bridge] };
}

/** The path to each place. Of two devices below different bridges each is read before the next one's buses are numbered. */
export function guestPaths(
  definition: VmDefinition,
  machine: PlaceMachine,
  places: readonly { readonly bus: string; readonly devfn: number }[],
): GuestPath[] {
  const bridges = bridgesOf(definition, machine);
  return places.map(({ bus, devfn }) => {
    const { root, chain } = above(bus, bridges);
    const last = root + chain.length;
    const numbered = chain.map((bridge, level) => ({
      bus: root + level,
      devfn: bridge.devfn,
      secondary: root + level + 1,
      subordinate: last,
    }));
    return { bridges: numbered, bus: last, devfn };
  });
}

const CONFIG_SIZE = 4096;
const CONVENTIONAL_SIZE = 256;
const BUS_NUMBERS = 0x18;

const hex = (value: number): string => `0x${value.toString(16)}`;

/** A command of qtest's protocol; its answer is a line that begins with `OK`. */
export type QtestCommand = string;

/** Configuration mechanism #1. */
const selects = (bus: number, devfn: number, at: number): QtestCommand =>
  `outl 0xcf8 ${hex((0x8000_0000 | (bus << 16) | (devfn << 8) | at) >>> 0)}`;

/** How a machine's config space is written and read, whatever its processors do. */
interface Access {
  readonly before: readonly QtestCommand[];
  write(bus: number, devfn: number, at: number, value: number): QtestCommand[];
  read(bus: number, devfn: number): QtestCommand[];
}

/** Enhanced access from an address on. */
function enhanced(base: number, before: readonly QtestCommand[]): Access {
  const addressOf = (bus: number, devfn: number): number => base + bus * 0x10_0000 + devfn * CONFIG_SIZE;
  return {
    before,
    write: (bus, devfn, at, value) => [`writel ${hex(addressOf(bus, devfn) + at)} ${hex(value)}`],
    read: (bus, devfn) => [`read ${hex(addressOf(bus, devfn))} ${CONFIG_SIZE}`],
  };
}

/** By the family of a machine. q35's firmware enables the enhanced access where it likes, by PCIEXBAR (00:00.0, 60h). */
const ACCESS: Readonly<Record<string, Access>> = {
  'pc-q35': enhanced(0xb000_0000, [selects(0, 0, 0x60), 'outl 0xcfc 0xb0000001']),
  virt: enhanced(0x40_1000_0000, []),
  'pc-i440fx': {
    before: [],
    write: (bus, devfn, at, value) => [selects(bus, devfn, at), `outl 0xcfc ${hex(value)}`],
    read: (bus, devfn) => Array.from({ length: CONVENTIONAL_SIZE / 4 }, (_, index) => [selects(bus, devfn, 4 * index), 'inl 0xcfc']).flat(),
  },
};

/** The commands that read the config space of each device, in order. Bridges of one are without numbers again before the next is read. */
export function qtestCommands(family: string, paths: readonly GuestPath[]): QtestCommand[] {
  const { [family]: access } = ACCESS;
  if (access === undefined) throw new Error(`How a guest of ${family} reads config space is not known`);
  const number = ({ bridges }: GuestPath) =>
    bridges.flatMap(({ bus, devfn, secondary, subordinate }) =>
      access.write(bus, devfn, BUS_NUMBERS, bus | (secondary << 8) | (subordinate << 16)),
    );
  const forget = ({ bridges }: GuestPath) => bridges.toReversed().flatMap(({ bus, devfn }) => access.write(bus, devfn, BUS_NUMBERS, 0));
  return [...access.before, ...paths.flatMap(path => [...number(path), ...access.read(path.bus, path.devfn), ...forget(path)])];
}

/** A dword as `inl` prints it, `OK 0x1`, or a config space as `read` does, `OK 0xf41a4110…`. */
function answeredBytes(answer: string): Uint8Array {
  const [, digits = ''] = /^OK 0x([0-9a-f]+)$/.exec(answer) ?? [];
  if (digits.length === 2 * CONFIG_SIZE) return Buffer.from(digits, 'hex');
  const dword = new DataView(new ArrayBuffer(4));
  dword.setUint32(0, Number.parseInt(digits, 16), true);
  return new Uint8Array(dword.buffer);
}

/** The config spaces in the answers to `commands`, in order; throws where they are not all there. */
export function answeredSpaces(commands: readonly QtestCommand[], text: string): Uint8Array[] {
  const answers = text.split('\n').filter(line => line.startsWith('OK') || line.startsWith('FAIL'));
  if (answers.length !== commands.length)
    throw new Error(`qtest answered ${answers.length} of ${commands.length} commands: ${text.slice(0, 200)}`);
  const spaces: Uint8Array[] = [];
  let dwords: Uint8Array[] = [];
  for (const [index, command] of commands.entries()) {
    const { [index]: answer = '' } = answers;
    if (command.startsWith('read ')) spaces.push(answeredBytes(answer));
    if (!command.startsWith('inl ')) continue;
    dwords.push(answeredBytes(answer));
    if (dwords.length < CONVENTIONAL_SIZE / 4) continue;
    spaces.push(Buffer.concat(dwords));
    dwords = [];
  }
  return spaces;
}
