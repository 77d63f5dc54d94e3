/** One side of a comparison: its options, its device, and the bytes that a guest would meet. Its errors name the side. */

import type { DeviceFacts } from '../pure/facts/index.ts';
import { inputDoubts } from '../pure/facts/input-doubts.ts';
import type { ViewRequest } from '../pure/guest-view/index.ts';
import type { ConfigSpace } from '../pure/pci/config-space.ts';
import { doesNotAnswer, NO_ANSWER, NO_ANSWER_TEXT } from '../pure/pci/no-answer.ts';
import { guestSide, type MetSide } from '../pure/reports/guest-side.ts';
import { type Options, UsageError } from './command.ts';
import { readOneDevice } from './input.ts';
import { liveOptions } from './live-options.ts';
import { parseSelection } from './selection.ts';
import { parseViewRequest, viewDevice } from './view-options.ts';

function rawBytes({ bdf, config, vfio, notAsked }: DeviceFacts, options: Options): ConfigSpace {
  if (options.value('bytes') !== 'vfio') return config;
  if (vfio === null) throw new UsageError(`${bdf ?? 'it'} has no vfio bytes${notAsked === null ? '' : `: ${notAsked}`}`);
  return vfio;
}

/** What the user asked for on one side; no request under --raw. */
export interface Asked {
  readonly name: 'A' | 'B';
  readonly input: string;
  readonly options: Options;
  readonly request: ViewRequest | null;
}

function meet({ name, input, options, request }: Asked, device: DeviceFacts): MetSide {
  if (request !== null) return guestSide({ name, input }, viewDevice(device, request));
  const config = rawBytes(device, options);
  // A device that reads as all ones does not answer: there is nothing to compare.
  if (doesNotAnswer(config)) throw new UsageError(`Cannot compare ${input}: ${NO_ANSWER_TEXT} (${NO_ANSWER})`);
  const side = { name, input, bdf: device.bdf, outcome: 'raw', error: null, doubts: inputDoubts(device), unknown: [] } as const;
  return { side, space: { config } };
}

/** Puts the side's name before an error. */
function ofSide(name: 'A' | 'B', error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  const needsSlot = name === 'B' && error.message.includes('choose with -s');
  return new UsageError(`side ${name}: ${error.message}`, needsSlot ? '--b-slot chooses in B alone' : error.hint);
}

/** Checks the view options of both sides before a file is read. A's options hold for both, so an error in them names no side. */
export function requestsOf(a: Options, b: Options): readonly [ViewRequest | null, ViewRequest | null] {
  if (a.flag('raw')) return [null, null];
  const first = parseViewRequest(a);
  try {
    return [first, parseViewRequest(b)];
  } catch (error) {
    throw ofSide('B', error);
  }
}

/** Reads the side's device and makes the guest's view of it. Throws UsageError that names the side. */
export async function readSide(asked: Asked): Promise<MetSide> {
  const { name, input, options, request } = asked;
  try {
    const live = liveOptions(options);
    // Host bytes come without opening the device, which would reset it.
    const isUnopened = request === null && options.value('bytes') !== 'vfio';
    return meet(asked, await readOneDevice(input, parseSelection(options), isUnopened ? { ...live, open: 'never' } : live));
  } catch (error) {
    throw ofSide(name, error);
  }
}
