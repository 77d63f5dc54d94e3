/** The types that QEMU names, of devices' properties and of machines' options; whatever else it names (`str`, `link<…>`) is text. */
import type { PropertyType } from '../property-type.ts';
import { int32, uint8, uint16, uint32, uint64 } from './integer.ts';
import { size } from './size.ts';
import { listType, socketAddress } from './text.ts';
import { bool, granuleMode, oasMode, offAutoPciBar, onOffAuto, ssidSizeMode } from './words.ts';

const namedTypes = [
  bool,
  granuleMode,
  int32,
  listType,
  oasMode,
  offAutoPciBar,
  onOffAuto,
  size,
  socketAddress,
  ssidSizeMode,
  uint8,
  uint16,
  uint32,
  uint64,
];
const typesByName: ReadonlyMap<string, PropertyType> = new Map(namedTypes.map(type => [type.name, type]));

/** undefined where QEMU checks the text itself, or not at all. */
export const typeNamed = (name: string): PropertyType | undefined => typesByName.get(name);
