/** `pcidump -xx` and `-xxx` of OpenBSD: addresses in decimal, registers of 32 bits as numbers (pcidump(8)). */
import { Bdf } from '../../pci/bdf.ts';
import { type FormLine, type HexForm, READINGS } from './hex-form.ts';
import { DWORD, rowReader } from './row-grammar.ts';

const FUNCTION = /^(\d{1,3}):(\d{1,2}):([0-7]):(?: |$)/;
const DOMAIN = /^Domain \/dev\/pci(\d{1,4}):?$/;

const readRow = rowReader({ offset: '[0-9a-f]{4}', before: '0x', behind: ': +', groups: [DWORD], most: 4 });

/** The domain is named above its functions, so that a reader remembers it. */
function lineReader(): (text: string) => FormLine | null {
  let domain = 0;
  return text => {
    const named = DOMAIN.exec(text)?.[1];
    if (named !== undefined) {
      domain = Number(named);
      return { kind: 'furniture' };
    }
    const [, bus, device, func] = FUNCTION.exec(text)?.map(Number) ?? [];
    if (bus === undefined || device === undefined || func === undefined || bus > 255 || device > 31) return readRow(text);
    return { kind: 'device', bdf: new Bdf(domain, bus, device, func), at: 0 };
  };
}

export const PCIDUMP: HexForm = { readings: [READINGS.pcidump], isMarked: true, lineReader };
