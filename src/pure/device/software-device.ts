/** A PCI device written in TypeScript: its author gives identity, regions, registers and interrupts; config space is made from these. */

import { EFAULT } from '../spec/errno.ts';
import { VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSIX_IRQ_INDEX } from '../spec/vfio/irq.ts';
import type { Backend } from './backend.ts';
import { MsixTable } from './msix-table.ts';
import type { DeviceIrq, DeviceMigration, DeviceRegion, DeviceSession, GuestMemory, IrqRequest } from './pci-device.ts';
import { DeviceError } from './pci-device.ts';
import { ReplayBackend } from './replay-backend.ts';
import type { RegisterModel } from './replayed-regions.ts';
import { buildSoftwareConfig, type SoftwareBar, type SoftwareIdentity } from './software-config.ts';

/** The context that a device's own code is given. */
export interface DeviceContext {
  /** The guest's memory. Every access fails with DeviceError EFAULT while no client is there. */
  readonly memory: GuestMemory;
  /** Raises an MSI-X vector, 0 where none is given; INTx where the device has it and the client listens to no vector. */
  readonly interrupt: (vector?: number) => void;
  /** The level of INTx, for a device that holds it until its driver has acknowledged it. */
  readonly setIntx: (isAsserted: boolean) => void;
  /** Passes a promise's rejection to `onError`, and to nothing else. */
  readonly run: (work: unknown) => void;
}

/** A region: plain memory, or what `model` makes of it. `registerBar` writes one for the fields of a struct. */
export interface BarDefinition extends SoftwareBar {
  /** Called once for each device; it covers the whole region. */
  readonly model?: (device: DeviceContext) => Omit<RegisterModel, 'region' | 'offset' | 'size'>;
}

/** A device written in TypeScript. */
export interface SoftwareDeviceDefinition extends SoftwareIdentity {
  /** By the number of the base address register. With MSI-X one of the six must be left for the vector table. */
  readonly bars?: Readonly<Record<number, BarDefinition>>;
  /** The function was reset, by its client or its driver; registers are 0 already. */
  readonly onReset?: (device: DeviceContext) => void;
  /**
   * The state of a migrated device was loaded into registers, memory and config space: for what the device keeps beside them. It is stopped
   * still, and its client may map memory and connect interrupts later. A DeviceError refuses the state.
   */
  readonly onLoad?: (device: DeviceContext) => void;
  /** Work that a register started has failed. Without it nobody is told; a device's fault never ends its server. */
  readonly onError?: (error: unknown) => void;
}

function refuse(): never {
  throw new DeviceError(EFAULT, 'no client is there: guest memory is out of reach');
}

const NO_MEMORY: GuestMemory = { view: refuse, read: async () => refuse(), write: async () => refuse() };

/** Its functions are bound, since authors destructure it in a handler's parameters. */
class Context implements DeviceContext {
  session: DeviceSession | null = null;
  backend: ReplayBackend | null = null;
  readonly #onError: ((error: unknown) => void) | undefined;

  constructor(onError: ((error: unknown) => void) | undefined) {
    this.#onError = onError;
  }

  get memory(): GuestMemory {
    return this.session?.memory ?? NO_MEMORY;
  }

  readonly interrupt = (vector = 0): void => {
    const { interrupts, irqs } = this.backend ?? {};
    const vectors = irqs?.[VFIO_PCI_MSIX_IRQ_INDEX]?.count ?? 0;
    if (vectors > 0 && vector >= vectors) throw new RangeError(`there is no vector ${vector}: the device has ${vectors}`);
    const listens = Array.from({ length: vectors }).some((_, i) => interrupts?.isConnected(VFIO_PCI_MSIX_IRQ_INDEX, i) === true);
    if (listens) interrupts?.trigger(VFIO_PCI_MSIX_IRQ_INDEX, vector);
    else if ((irqs?.[VFIO_PCI_INTX_IRQ_INDEX]?.count ?? 0) > 0) interrupts?.trigger(VFIO_PCI_INTX_IRQ_INDEX, 0);
  };

  readonly setIntx = (isAsserted: boolean): void => this.backend?.interrupts.setIntx(isAsserted);

  readonly run = (work: unknown): void => {
    if (work instanceof Promise) work.catch(error => this.#onError?.(error)).catch(() => {});
  };
}

/** A model may be an object of a class, whose methods a spread would lose. */
function wholeRegion(region: number, size: number, model: ReturnType<NonNullable<BarDefinition['model']>>): RegisterModel {
  const place: RegisterModel = { region, offset: 0, size };
  if (model.read) place.read = (offset, into) => model.read?.(offset, into);
  if (model.write) place.write = (offset, bytes) => model.write?.(offset, bytes);
  if (model.reset) place.reset = () => model.reset?.();
  if (model.loaded) place.loaded = () => model.loaded?.();
  return model.state ? { ...place, state: model.state } : place;
}

/** Pending bits read 0: a vector that its client masks waits at the client. */
function msixModels(identity: SoftwareIdentity, built: ReturnType<typeof buildSoftwareConfig>): RegisterModel[] {
  if (built.msix === null) return [];
  const { bar, pendingOffset, pendingLength } = built.msix;
  const table = new MsixTable(identity.msixVectors ?? 0);
  return [
    {
      region: bar,
      offset: 0,
      size: table.bytes.length,
      state: table.bytes,
      read: (offset, into) => table.read(offset, into),
      write: (offset, bytes) => void table.write(offset, bytes),
      reset: () => table.reset(),
    },
    { region: bar, offset: pendingOffset, size: pendingLength, write: () => {} },
  ];
}

/**
 * Has the config space of a PCI Express endpoint with power management, function level reset and, where it asks for vectors, MSI-X
 * with its table. Base address registers size themselves; a reset clears registers and memory. Regions answer whatever Command says:
 * it is the client that decodes addresses. Registers and memory make up the state that migrates.
 */
export class SoftwareDevice implements Backend {
  readonly regions: readonly DeviceRegion[];
  readonly irqs: readonly DeviceIrq[];
  readonly migration: DeviceMigration;
  readonly #backend: ReplayBackend;
  readonly #context: Context;

  /** @throws RangeError for a definition that no device can have */
  constructor(definition: SoftwareDeviceDefinition) {
    const { bars = {}, onReset, onLoad, onError } = definition;
    const built = buildSoftwareConfig(definition, bars);
    const context = new Context(onError);
    const models = Object.entries(bars).flatMap(([index, { size, model }]): RegisterModel[] =>
      model ? [wholeRegion(Number(index), size, model(context))] : [],
    );
    const registers = [...models, ...msixModels(definition, built)];
    this.#backend = new ReplayBackend({
      config: built.config,
      regionSizes: built.sizes,
      registers,
      onReset: () => onReset?.(context),
      onLoad: () => onLoad?.(context),
    });
    this.#context = context;
    context.backend = this.#backend;
    this.regions = this.#backend.regions;
    this.irqs = this.#backend.irqs;
    this.migration = this.#backend.migration;
  }

  /** What the registers' handlers work with, for a device that acts by itself too. */
  get context(): DeviceContext {
    return this.#context;
  }

  readRegion(index: number, offset: number, into: Uint8Array): void {
    this.#backend.readRegion(index, offset, into);
  }

  writeRegion(index: number, offset: number, bytes: Uint8Array): void {
    this.#backend.writeRegion(index, offset, bytes);
  }

  setIrqs(request: IrqRequest): void {
    this.#backend.setIrqs(request);
  }

  reset(): void {
    this.#backend.reset();
  }

  attach(session: DeviceSession): void {
    this.#context.session = session;
    this.#backend.attach(session);
  }

  detach(): void {
    this.#context.session = null;
    this.#backend.detach();
  }

  close(): void {
    this.#context.session = null;
    this.#backend.close();
  }
}
