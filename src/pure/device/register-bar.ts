/** A base address region whose registers are the fields of a struct: what a driver reads and writes is the struct's bytes. */
import type { Decoded, Struct, StructFields } from '../bytes/struct.ts';
import { roundUpToPowerOfTwo } from './region-sizes.ts';
import type { RegisterModel } from './replayed-regions.ts';
import type { BarDefinition, DeviceContext } from './software-device.ts';

/** The registers by their names: reading one decodes its bytes, setting one encodes them. */
export type RegisterValues<F extends StructFields> = Decoded<Struct<F>>;

/** What happens when a register is read or written, or all of them are loaded. */
export interface RegisterBarOptions<F extends StructFields> {
  /** Bytes of the region; at least 4 KiB, and as much as the struct needs, where it is not given. */
  readonly size?: number;
  /** Registers that keep their value when a driver writes them; their `write` is called nevertheless. */
  readonly readOnly?: readonly (keyof F)[];
  /** Called when a driver reads the register, before it gets the bytes; what it returns is stored. */
  readonly read?: { readonly [K in keyof F]?: (registers: RegisterValues<F>, device: DeviceContext) => RegisterValues<F>[K] };
  /** Called when a driver has written the register or a part of it; `written` is its value with those bytes put in. */
  readonly write?: {
    readonly [K in keyof F]?: (registers: RegisterValues<F>, device: DeviceContext, written: RegisterValues<F>[K]) => void | Promise<void>;
  };
  /**
   * Called when a migrated device's registers were loaded: for what the device keeps beside them. The device is stopped still; its
   * memory and its interrupts may come later.
   */
  readonly onLoad?: (registers: RegisterValues<F>, device: DeviceContext) => void;
}

interface Register {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  get(): unknown;
  set(value: unknown): void;
  decode(bytes: Uint8Array): unknown;
}

function registersOf(struct: Struct, state: Uint8Array): Register[] {
  const view = new DataView(state.buffer, state.byteOffset, state.length);
  return Object.entries(struct.fields).map(([name, { offset: at, size, type }]) => ({
    name,
    at,
    size,
    get: () => type.get(view, at, at + size),
    set: value => type.set(view, at, value, `${struct.name}.${name}`),
    decode: bytes => type.get(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, size),
  }));
}

type AnyHandler = (registers: unknown, device: DeviceContext, written?: unknown) => unknown;
type Handlers = Readonly<Record<string, AnyHandler | undefined>>;

/**
 * The rest of the region reads 0 and takes no writes. An access may cover a part of a register or several of them; handlers run in
 * the order of offsets, once all bytes of the access are stored. A reset clears all registers.
 */
export function registerBar<F extends StructFields>(struct: Struct<F>, options: RegisterBarOptions<F> = {}): BarDefinition {
  const size = options.size ?? Math.max(0x1000, roundUpToPowerOfTwo(struct.size));
  if (struct.size > size) throw new RangeError(`${struct.name} of ${struct.size} bytes in a region of ${size}`);
  return { size, model: device => registerModel(struct, options, { device, size }) };
}

function registerModel<F extends StructFields>(
  struct: Struct<F>,
  options: RegisterBarOptions<F>,
  { device, size }: { readonly device: DeviceContext; readonly size: number },
): Omit<RegisterModel, 'region' | 'offset' | 'size'> {
  const state = new Uint8Array(struct.size);
  const registers = registersOf(struct, state);
  const values = {};
  for (const { name, get, set } of registers) Object.defineProperty(values, name, { enumerable: true, get, set });
  const readOnly = new Set<unknown>(options.readOnly ?? []);
  const [readers, writers] = [(options.read ?? {}) as Handlers, (options.write ?? {}) as Handlers];
  const touched = (offset: number, length: number) => registers.filter(it => it.at < offset + length && offset < it.at + it.size);
  return {
    state,
    loaded: () => options.onLoad?.(values as RegisterValues<F>, device),
    read(offset, into) {
      for (const { name, set } of touched(offset, into.length)) {
        const reader = readers[name];
        if (reader !== undefined) set(reader(values, device));
      }
      for (let i = 0; i < into.length; i++) into[i] = state[offset + i] ?? 0;
    },
    write(offset, bytes) {
      if (offset + bytes.length > size) return;
      const written = touched(offset, bytes.length).map(register => {
        const whole = state.slice(register.at, register.at + register.size);
        for (const i of whole.keys()) {
          const byte = bytes[register.at + i - offset];
          if (byte !== undefined) whole[i] = byte;
        }
        return { ...register, whole };
      });
      for (const { name, at, whole } of written) if (!readOnly.has(name)) state.set(whole, at);
      for (const { name, whole, decode } of written) device.run(writers[name]?.(values, device, decode(whole)));
    },
  };
}
