/** Changing drivers so that all of a change happens or none of it: bind to a VFIO driver, and back. */

import { isVfioDriver } from '../../pure/facts/vfio-drivers.ts';
import { BindingError } from './binding-error.ts';
import type { DriverControl } from './driver-control.ts';

/** What became of one function. */
export interface DriverChange {
  readonly address: string;
  readonly before: string | null;
  readonly after: string | null;
}

interface State {
  readonly driver: string | null;
  readonly override: string | null;
}

const nameOf = (driver: string | null): string => driver ?? 'no driver';

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Puts a function back as it was. Throws BindingError where the kernel does not let it. */
function restore(control: DriverControl, address: string, { driver, override }: State): void {
  const current = control.driverOf(address);
  if (current !== driver && current !== null) control.unbind(address, current);
  // The override goes first: it would keep the previous driver from taking the function.
  if (control.overrideOf(address) !== override) control.setOverride(address, override);
  if (driver !== null && current !== driver) control.bind(address, driver);
  const now = control.driverOf(address);
  if (now !== driver) throw new BindingError(`Cannot put ${address} back: it has ${nameOf(now)}, wanted ${nameOf(driver)}`);
}

/** Runs `change`; where it fails, puts all that was touched back, the last first, and says whether that went well. */
function allOrNothing<T>(control: DriverControl, change: (touch: (address: string) => State) => T): T {
  const touched: { address: string; state: State }[] = [];
  try {
    return change(address => {
      const state = { driver: control.driverOf(address), override: control.overrideOf(address) };
      touched.unshift({ address, state });
      return state;
    });
  } catch (error) {
    const faults: string[] = [];
    for (const { address, state } of touched) {
      try {
        restore(control, address, state);
      } catch (fault) {
        faults.push(wordsOf(fault));
      }
    }
    const outcome = faults.length === 0 ? 'everything is as it was' : `and not all is as it was: ${faults.join('; ')}`;
    throw new BindingError(`${wordsOf(error)}; ${outcome}`, { cause: error });
  }
}

/**
 * Binds each function to its VFIO driver: driver_override, unbind from the previous driver, drivers_probe. A function that has its driver
 * already is left alone. Throws BindingError; then everything is as it was, or the message says what is not.
 */
export function bindFunctions(
  control: DriverControl,
  wanted: readonly { readonly address: string; readonly driver: string }[],
): DriverChange[] {
  return allOrNothing(control, touch =>
    wanted.map(({ address, driver }) => {
      const before = touch(address).driver;
      if (before === driver) return { address, before, after: before };
      control.setOverride(address, driver);
      if (before !== null) control.unbind(address, before);
      control.probe(address);
      const after = control.driverOf(address);
      if (after !== driver) throw new BindingError(`Cannot bind ${address} to ${driver}: the kernel left it with ${nameOf(after)}`);
      return { address, before, after };
    }),
  );
}

/**
 * Takes a function from its VFIO driver, clears driver_override and lets the host's own driver have it, which the kernel finds by the
 * function's ids. Throws BindingError; then everything is as it was, or the message says what is not.
 */
export function unbindFunction(control: DriverControl, address: string): DriverChange {
  return allOrNothing(control, touch => {
    const { driver: before } = touch(address);
    control.setOverride(address, null);
    if (before !== null) control.unbind(address, before);
    control.probe(address);
    const after = control.driverOf(address);
    if (after !== null && isVfioDriver(after)) {
      const why = 'the ids of the function were given to that driver (its parameter ids, or new_id): wanted them removed (remove_id)';
      throw new BindingError(`Cannot return ${address} to the host: the kernel gave it to ${after}, as ${why}`);
    }
    return { address, before, after };
  });
}
