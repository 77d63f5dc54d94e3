/** A device as the main thread orders it from a thread that serves it: plain data, made into the device there. */
import { AssignedDevice, type Backend, ReplayBackend } from '../../pure/device/index.ts';
import { type GuestView, REASONS, type ReasonCode, vfioBytes } from '../../pure/guest-view/index.ts';
import type { ProfileName } from '../../pure/guest-view/profiles.ts';
import { ConfigSpace } from '../../pure/pci/config-space.ts';

/** `ConfigSpace` as a structured clone carries it. */
interface PlainConfig {
  readonly bytes: Uint8Array;
  /** One byte for each of `bytes`, 0 where it is unknown. */
  readonly known: Uint8Array;
}

export interface DeviceOrder {
  /** What the region's sizes are; null where they are guessed. */
  readonly barSizes: readonly number[] | null;
  readonly source:
    | { readonly kind: 'raw'; readonly config: PlainConfig }
    | { readonly kind: 'view'; readonly profile: ProfileName; readonly input: PlainConfig; readonly view: Omit<GuestView, 'input'> };
}

/** What a served device keeps from one connection to the next. */
export type DeviceState = Uint8Array | null;

function plainConfig(config: ConfigSpace): PlainConfig {
  return { bytes: config.bytes, known: Uint8Array.from(config.bytes, (_, at) => (config.isKnown(at) ? 1 : 0)) };
}

function configOf({ bytes, known }: PlainConfig): ConfigSpace {
  return new ConfigSpace(bytes, known);
}

export function rawOrder(config: ConfigSpace, barSizes: readonly number[] | null): DeviceOrder {
  return { barSizes, source: { kind: 'raw', config: plainConfig(config) } };
}

export function viewOrder({ input, ...view }: GuestView, profile: ProfileName, barSizes: readonly number[] | null): DeviceOrder {
  return { barSizes, source: { kind: 'view', profile, input: plainConfig(input), view } };
}

/** Reasons are compared as the objects that they are, and a clone is another one. */
function viewOf(input: PlainConfig, { patches, ...rest }: Omit<GuestView, 'input'>): GuestView {
  const own = patches.map(patch => ({ ...patch, reason: REASONS[patch.reason.code as ReasonCode] }));
  return { ...rest, patches: own, input: configOf(input) };
}

/** The device in the state in which a guest first meets it, or in the one that it was left in. */
export function makeDevice({ barSizes, source }: DeviceOrder, state: DeviceState): Backend {
  const regionSizes = barSizes === null ? {} : { regionSizes: barSizes };
  let device: Backend;
  if (source.kind === 'raw') {
    device = new ReplayBackend({ config: configOf(source.config), ...regionSizes, isRaw: true });
  } else {
    const view = viewOf(source.input, source.view);
    const backend = new ReplayBackend({ config: vfioBytes(view), ...regionSizes });
    device = new AssignedDevice({ backend, view, profile: source.profile });
  }
  if (state !== null) device.migration?.load(state);
  return device;
}
