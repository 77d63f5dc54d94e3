/** The start of the command against bare Node. */
import { resolve } from 'node:path';
import { type Run, runInTurn } from './measure.ts';

const ROUNDS = 21;
const MAIN = resolve(import.meta.dirname, '../dist/cli/main.js');
const CAPTURE = resolve(import.meta.dirname, '../captures/synthetic-vtd-ats.json');

export interface StartResult {
  readonly node: Run;
  readonly version: Run;
  readonly view: Run;
}

export function benchStart(): StartResult {
  const node = process.execPath;
  const [bare, version, view] = runInTurn(
    [
      { command: [node, '-e', '0'] },
      { command: [node, MAIN, '--version'] },
      { command: [node, MAIN, 'view', CAPTURE, '-s', '0000:01:00.0'] },
    ],
    ROUNDS,
  );
  return { node: bare, version, view };
}
