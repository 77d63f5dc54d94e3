/** The lines below a device or a capability as labels with their text: `DevCtl`, and all that stands behind its colon. */

/** A label and its text; lines that have no label of their own go on with the one before. */
export interface LabelledText {
  /** Empty for lines before the first label. */
  readonly label: string;
  text: string;
}

/** What stands before a colon that is no number and no address. */
const LABEL = /^([A-Za-z[][\w[\]/#.&+-]*(?: [\w/#.&()-]+){0,4}):(?:\s+(.*))?$/;

/** A flag that stands before the first colon: the line goes on with flags. */
const FLAG_BEFORE = /^[^:]*[+-](?: [^:]*)?:/;

/** The labels of `lines`, in order. Lines are without their indent. */
export function labelLines(lines: readonly string[]): LabelledText[] {
  const labelled: LabelledText[] = [];
  for (const line of lines) {
    const [, label, text = ''] = FLAG_BEFORE.test(line) ? [] : (LABEL.exec(line) ?? []);
    const last = labelled.at(-1);
    if (label !== undefined) labelled.push({ label, text });
    else if (last === undefined) labelled.push({ label: '', text: line });
    else last.text += ` ${line}`;
  }
  return labelled;
}

/** Calls `take` with each flag of a text: `CorrErr+` is `CorrErr`, true. */
export function eachFlag(text: string, take: (name: string, isSet: boolean) => void): void {
  for (const word of text.split(/[\s,;()]+/)) {
    const sign = word.at(-1);
    if ((sign === '+' || sign === '-') && word.length > 1) take(word.slice(0, -1), sign === '+');
  }
}
