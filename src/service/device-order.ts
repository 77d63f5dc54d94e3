/** The main thread's order for a device: plain data from which the thread that serves it makes the device. */
import { borrowFunction, type LentFunction } from '../linux/passthrough/index.ts';
import { AssignedDevice, type Backend, ReplayBackend } from '../pure/device/index.ts';
import { type GuestView, vfioBytes } from '../pure/guest-view/index.ts';
import { ConfigSpace } from '../pure/pci/config-space.ts';
import type { BarSizes } from '../pure/pci/regions.ts';

/** `ConfigSpace` as a structured clone carries it. */
interface PlainConfig {
  readonly bytes: Uint8Array;
  /** For each of `bytes` one byte, which is 0 where that is unknown. */
  readonly known: Uint8Array;
}

export interface DeviceOrder {
  /** Sizes of the regions; null where they are to be guessed. */
  readonly barSizes: BarSizes | null;
  readonly source: { readonly kind: 'raw'; readonly config: PlainConfig } | { readonly kind: 'view'; readonly view: PlainView };
  /** The device of this machine that stands behind it; null for a replay. */
  readonly lent: LentFunction | null;
}

/** A view as a structured clone carries it. */
interface PlainView extends Omit<GuestView, 'input'> {
  readonly input: PlainConfig;
}

/** What a served device keeps from one connection to the next. */
export type DeviceState = Uint8Array | null;

function plainConfig(config: ConfigSpace): PlainConfig {
  return { bytes: config.bytes, known: Uint8Array.from(config.bytes, (_, at) => (config.isKnown(at) ? 1 : 0)) };
}

function configOf({ bytes, known }: PlainConfig): ConfigSpace {
  return new ConfigSpace(bytes, known);
}

export function rawOrder(config: ConfigSpace, barSizes: BarSizes | null): DeviceOrder {
  return { barSizes, source: { kind: 'raw', config: plainConfig(config) }, lent: null };
}

export function viewOrder(view: GuestView, { barSizes, lent }: Pick<DeviceOrder, 'barSizes' | 'lent'>): DeviceOrder {
  const { name, traits } = view.profile;
  // A profile has functions, which a clone cannot carry.
  const plain = { ...view, input: plainConfig(view.input), profile: { name, traits } };
  return { barSizes, source: { kind: 'view', view: plain }, lent };
}

function viewOf({ input, ...view }: PlainView): GuestView {
  return { ...view, input: configOf(input) };
}

/**
 * The device in the state in which a guest first meets it, or in the one that it was left in; a device of this machine is always in the
 * first. `tell` takes lines for whoever runs the service.
 */
export function makeDevice({ barSizes, source, lent }: DeviceOrder, state: DeviceState, tell: (line: string) => void): Backend {
  const regionSizes = barSizes === null ? {} : { regionSizes: barSizes };
  if (source.kind === 'raw') return loaded(new ReplayBackend({ config: configOf(source.config), ...regionSizes, isRaw: true }), state);
  const view = viewOf(source.view);
  if (lent === null) {
    const backend = new ReplayBackend({ config: vfioBytes(view), ...regionSizes });
    return loaded(new AssignedDevice({ backend, view }), state);
  }
  const backend = borrowFunction(lent, tell);
  try {
    return new AssignedDevice({ backend, view });
  } catch (error) {
    backend.close();
    throw error;
  }
}

function loaded(device: Backend, state: DeviceState): Backend {
  if (state !== null) device.migration?.load(state);
  return device;
}
