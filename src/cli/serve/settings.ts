/** How `serve` serves, as its options say. */

import { parseListenAddress } from '../../service/metrics.ts';
import type { ServeSettings } from '../../service/serve-settings.ts';
import { type Options, UsageError } from '../command.ts';

/** The longest poll, one second in microseconds. */
const MOST_SPIN = 1_000_000;

function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new UsageError(`--mode does not take "${text}": wanted permissions as in 0660`);
  return Number.parseInt(text, 8);
}

function parseSpin(text: string): number {
  if (!/^\d{1,7}$/.test(text) || Number(text) > MOST_SPIN) {
    throw new UsageError(`--spin does not take "${text}": wanted microseconds from 0 to ${MOST_SPIN}`);
  }
  return Number(text);
}

/** In milliseconds. */
function parseDeadline(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new UsageError(`--version-deadline does not take "${text}": wanted seconds from 0 to 9999`);
  return Number(text) * 1000;
}

/** Throws UsageError for a value that an option does not take. */
export function parseSettings(options: Options): ServeSettings {
  const spin = options.value('spin');
  const deadline = options.value('version-deadline');
  const metrics = options.value('metrics');
  const control = options.value('control') ?? null;
  if (control === '') throw new UsageError('--control does not take "": wanted the path of a socket');
  return {
    mode: parseMode(options.value('mode') ?? '0600'),
    spin: spin === undefined ? undefined : parseSpin(spin),
    versionDeadline: deadline === undefined ? undefined : parseDeadline(deadline),
    isOnce: options.flag('once'),
    isFresh: options.flag('fresh'),
    isLogged: options.flag('log-protocol'),
    metrics: metrics === undefined ? null : parseListenAddress(metrics),
    control,
  };
}
