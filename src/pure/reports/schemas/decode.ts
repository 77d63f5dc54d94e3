/** What `airlock decode` prints of one function, and as a document. */
import * as v from 'valibot';
import { DECODE_SCHEMA_VERSION } from '../versions.ts';
import {
  address,
  bytes,
  count,
  finding,
  flag,
  hex,
  type Json,
  list,
  oneOf,
  orNull,
  registers,
  schemaVersion,
  text,
  unknownPlaces,
} from './values.ts';

const layoutRegisters = (what: string) =>
  orNull(registers(what), `${what}; null where the function has another header. A register that is not known is absent`);

const header = v.object({
  common: registers('the registers that every header has; one that is not known is absent'),
  layout: orNull(count('0, 1 or 2'), 'the layout of the header; null where it is not known'),
  type0: layoutRegisters('registers of an endpoint'),
  type1: layoutRegisters('registers of a bridge'),
  type2: layoutRegisters('registers of a CardBus bridge'),
  missing: list(count('offset in bytes'), 'offsets of registers that are not known'),
});

const bar = v.object({
  index: count('0 to 5 for the (first) register, 6 for the expansion ROM'),
  kind: oneOf(['memory', 'io', 'rom'], 'what lies there'),
  width: v.pipe(v.picklist([32, 64]), v.description('bits of the address')),
  memoryType: orNull(v.picklist(['32-bit', 'below-1M', '64-bit', 'reserved']), 'what bits [2:1] of a memory BAR say; null for any other'),
  prefetchable: flag('whether reading has no side effect'),
  address: hex('where it lies, in bytes; 0 where firmware assigned nothing'),
  raw: hex('the register, or the pair of them, as it stands'),
  enabled: flag('whether the function answers there'),
});

export const decodedCapability = v.object({
  kind: oneOf(['standard', 'extended'], 'the list that it stands in'),
  id: hex('capability ID'),
  name: text('short name, such as ATS; unknown (0x3f) for an ID that is not known'),
  title: text('the name that the specification has'),
  offset: hex('offset in config space, in bytes'),
  version: orNull(count('version'), 'of an extended capability, null where it is not known; 0 for a standard one'),
  next: orNull(hex('the next pointer'), 'the next pointer as it stands, null where it is not known; 0 at the end of the list'),
  fields: registers(
    'registers with their fields, by name; one that is not known is absent. What is wider than 32 bits is a hexadecimal string',
  ),
  unknownRegisters: v.exactOptional(
    list(hex('offset from the start of the capability, in bytes'), 'registers that are not known; left out where all are'),
  ),
  bytes: v.exactOptional(bytes('the bytes of a capability whose ID is not known, at most 256')),
});

export const decodedDevice = v.object({
  bdf: orNull(address('address'), 'address of the function; null for bytes that came without one'),
  knownBytes: count('bytes from offset 0 up that are known without a gap'),
  header: v.pipe(header, v.description('registers of the configuration header')),
  bars: list(bar, 'base address registers and the expansion ROM, but for those that read 0 or are not known'),
  capabilities: list(decodedCapability, 'in list order, standard before extended'),
  unknown: unknownPlaces('the function'),
  findings: list(finding, 'what is strange about the bytes'),
});
/** One device in the JSON of `airlock decode`. */
export type DecodeJson = Json<typeof decodedDevice>;
/** One capability in the JSON of `airlock decode`. */
export type DecodedCapabilityJson = Json<typeof decodedCapability>;

export const decodeLine = v.pipe(
  decodedDevice,
  v.title('airlock decode --jsonl'),
  v.description('One line: one function with every register of every capability.'),
);

export const decodeDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(DECODE_SCHEMA_VERSION),
    devices: list(decodedDevice, 'in the order of the input'),
  }),
  v.title('airlock decode --json'),
  v.description('What functions are: every register of every capability, and what is strange about the bytes.'),
);
