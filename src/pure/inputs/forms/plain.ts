/** `xxd -p`: digits alone, up to sixty a line (xxd(1)). */
import { type FormLine, type HexForm, READINGS } from './hex-form.ts';

/** A whole line, and the last one, which may be short. 4096 bytes may stand on one. */
const LINE = /^(?:[0-9a-f]{2}){8,4096}$/i;
const LAST = /^(?:[0-9a-f]{2}){1,30}$/i;
const LONGEST = 8192;

function lineReader(): (text: string) => FormLine | null {
  let isBelow = false;
  return text => {
    const isRow = text.length <= LONGEST && (LINE.test(text) || (isBelow && LAST.test(text)));
    isBelow = isRow && LINE.test(text);
    return isRow ? { kind: 'row', offset: null, groups: [text], column: null } : null;
  };
}

export const PLAIN: HexForm = { readings: [READINGS.plain], isMarked: false, lineReader };
