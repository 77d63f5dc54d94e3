/** What was meant by a property that its driver refuses, as `NAME=VALUE`. */
import type { PropertyError } from '../../qemu/index.ts';
import type { DefinedGlobal, DefinedValue } from '../definition.ts';

/** `written`: the value that it is about. null where nothing is like it. */
export function nearestSetting(
  { code, property, nearest }: PropertyError,
  written: DefinedValue | DefinedGlobal | undefined,
): string | null {
  const [best] = nearest;
  if (best === undefined || written === undefined) return null;
  const setting = code === 'property.unknown' ? `${best}=${written.value}` : `${property}=${best}`;
  return 'driver' in written ? `-global ${written.driver}.${setting}` : setting;
}
