/** `pci -i` of the UEFI shell: a line that names the function, and rows with a dash in their middle (UEFI Shell 2.2 §5.3, `pci`). */
import { Bdf } from '../../pci/bdf.ts';
import { type FormLine, type HexForm, READINGS } from './hex-form.ts';
import { PAIR, rowReader } from './row-grammar.ts';

const FUNCTION = /\bPCI Segment ([0-9a-f]{1,8}) Bus ([0-9a-f]{1,2}) Device ([01]?[0-9a-f]) Func(?:tion)? (0?[0-7])\b/i;

const readRow = rowReader({
  offset: '[0-9a-f]{8}',
  behind: ': +',
  groups: [PAIR],
  between: '(?: +|-)',
  column: String.raw`\*(.*?)\*?`,
  most: 16,
});

function readLine(text: string): FormLine | null {
  const [, segment, bus, device, func] = FUNCTION.exec(text) ?? [];
  if (segment === undefined || bus === undefined || device === undefined || func === undefined) return readRow(text);
  const [domain, ...rest] = [segment, bus, device, func].map(digits => Number.parseInt(digits, 16));
  const bdf = new Bdf(domain ?? 0, rest[0] ?? 0, rest[1] ?? 0, rest[2] ?? 0);
  return { kind: 'device', bdf, at: 0 };
}

export const UEFI_PCI: HexForm = { readings: [READINGS.uefi], isMarked: true, lineReader: () => readLine };
