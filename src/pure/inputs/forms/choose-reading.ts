/** Of the ways in which a text can be read, the one that can be proved; where there are several, they are named. */
import { hexDigits } from '../../bytes/hex.ts';
import { PCI_DEVICE_ID, PCI_VENDOR_ID } from '../../spec/pci-regs.ts';
import { InputSyntaxError } from '../input-syntax-error.ts';
import { headerFault } from './header-rules.ts';
import type { Reading } from './hex-form.ts';
import type { FormResult } from './read-form.ts';

/** A text that can be read in more ways than one, each of which gives other bytes. */
export class AmbiguousInputError extends Error {
  override readonly name = 'AmbiguousInputError';
  /** How it can be read. */
  readonly readings: readonly Reading[];

  constructor(results: readonly FormResult[]) {
    const ways = results.map(({ reading: { name, title }, devices }) => `as ${title}, its first device is ${idsOf(devices)} (${name})`);
    super(`it can be read in ${results.length} ways, and nothing in it proves one: ${ways.join('; ')}`);
    this.readings = results.map(({ reading }) => reading);
  }
}

function idsOf(devices: FormResult['devices']): string {
  const ids = [PCI_VENDOR_ID, PCI_DEVICE_ID].map(at => devices[0]?.config.read(at, 2));
  return ids.map(id => (id === undefined ? '????' : hexDigits(id, 4))).join(':');
}

/** The same devices with the same bytes. */
function isSame(one: FormResult, other: FormResult): boolean {
  return (
    one.devices.length === other.devices.length &&
    one.devices.every(({ bdf, config }, i) => {
      const also = other.devices[i];
      if (also === undefined || bdf?.text !== also.bdf?.text || config.bytes.length !== also.config.bytes.length) return false;
      return config.bytes.every((byte, at) => byte === also.config.bytes[at] && config.isKnown(at) === also.config.isKnown(at));
    })
  );
}

/** Those for which `test` holds, or all where it holds for none. */
const prefer = (results: readonly FormResult[], test: (result: FormResult) => boolean): readonly FormResult[] => {
  const found = results.filter(test);
  return found.length === 0 ? results : found;
};

/** A result, and why it is the right one; null where there is no other. */
export interface Choice {
  readonly result: FormResult;
  readonly because: string | null;
}

/**
 * Judges by what the text itself says, its offsets and its characters; then by rules that hold of every function's header, which must
 * speak for one reading and against all others.
 * @throws AmbiguousInputError
 */
export function chooseReading(results: readonly FormResult[]): Choice {
  const distinct = results.filter((result, i) => results.findIndex(other => isSame(result, other)) === i);
  // Offsets read in the wrong base nearly never follow one another.
  let left = prefer(distinct, ({ joins }) => joins > 0);
  left = prefer(left, ({ gaps }) => gaps === 0);
  left = prefer(left, ({ isOddSize }) => !isOddSize);
  left = prefer(left, ({ columns }) => columns.differ === 0 && columns.agree > 0);
  const [first, ...others] = left;
  if (first === undefined) throw new InputSyntaxError('no row of bytes can be read', 1, 1);
  if (others.length === 0) return { result: first, because: null };
  const faults = left.map(({ devices }) => devices.map(({ config }) => headerFault(config)).find(fault => fault !== null) ?? null);
  const good = left.filter((_, i) => faults[i] === null);
  const [result] = good;
  if (good.length !== 1 || result === undefined) throw new AmbiguousInputError(left);
  return { result, because: `read otherwise, ${faults.find(fault => fault !== null)}` };
}
