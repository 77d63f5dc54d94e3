/** The first line of a device: its class, its names or IDs, its revision and its programming interface. */
import { classOfName } from '../../pci/class-names.ts';
import { commonHeader } from '../../pci/header.ts';
import { FieldWriter } from './field-writer.ts';
import type { TextBits } from './text-bits.ts';

const INTERFACE = / \(prog-if ([0-9a-f]{2})(?: \[.*\])?\)$/;
const REVISION = / \(rev ([0-9a-f]{2})\)$/;
const HEX4 = '([0-9a-f]{4})';
/** `-n`, `-nn`, and names alone where neither the vendor nor the device has one. */
const CLASS_AND_IDS = new RegExp(`^(?:(?:.*\\[|Class )?${HEX4}\\]?): (.*)$`);
const IDS = new RegExp(`(?:^|\\[|^Device )${HEX4}:${HEX4}\\]?$`);

/** What a title says, for whoever needs it besides the bits. */
export interface ReadTitleLine {
  /** Base class [15:8] and subclass [7:0]; null where it is not known. */
  readonly classCode: number | null;
}

/**
 * Reads `text`, the line behind the address. A name is never turned into an ID, but for the name of a class that no other has. Where
 * `isVerbose`, a programming interface that is not printed is 0.
 */
export function readTitleLine(text: string, bits: TextBits, isVerbose: boolean): ReadTitleLine {
  const put = new FieldWriter(commonHeader.pieces, bits, 0);
  const isWhole = text.includes(': ');
  // Such a line may be anybody's words.
  if (!isWhole && !isVerbose) return { classCode: null };
  const programming = INTERFACE.exec(text)?.[1];
  const behindInterface = text.replace(INTERFACE, '');
  const revision = REVISION.exec(behindInterface)?.[1];
  const words = behindInterface.replace(REVISION, '');
  if (programming !== undefined) put.number('programmingInterface', Number.parseInt(programming, 16));
  else if (isWhole && isVerbose) put.number('programmingInterface', 0);
  if (revision !== undefined) put.number('revisionId', Number.parseInt(revision, 16));
  else if (isWhole) put.number('revisionId', 0);
  const [, classDigits, rest] = CLASS_AND_IDS.exec(words) ?? [];
  const [, vendor, device] = IDS.exec(rest ?? words.slice(words.indexOf(': ') + 2)) ?? [];
  if (vendor !== undefined && device !== undefined && isWhole) {
    put.number('vendorId', Number.parseInt(vendor, 16));
    put.number('deviceId', Number.parseInt(device, 16));
  }
  const name = isWhole ? words.slice(0, words.indexOf(': ')) : words;
  const classCode = classDigits === undefined ? classOfName(name) : Number.parseInt(classDigits, 16);
  if (classCode !== null) {
    put.number('baseClass', classCode >> 8);
    put.number('subclass', classCode & 0xff);
  }
  return { classCode };
}
