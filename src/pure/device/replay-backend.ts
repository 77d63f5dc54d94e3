/** Replays a captured or made-up function: its config space as far as it is known, and memory for its regions. */
import { parseConfigText } from '../capture/config-text.ts';
import type { CaptureDevice } from '../capture/schema.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { EINVAL } from '../spec/errno.ts';
import { PCI_COMMAND, PCI_COMMAND_INTX_DISABLE } from '../spec/pci-regs.ts';
import { VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_NUM_REGIONS, VFIO_PCI_ROM_REGION_INDEX } from '../spec/vfio/region.ts';
import type { Backend } from './backend.ts';
import { EventIrqs } from './event-irqs.ts';
import { functionIrqs } from './function-irqs.ts';
import { DeviceError, type DeviceIrq, type DeviceMigration, type DeviceRegion, type DeviceSession, type IrqRequest } from './pci-device.ts';
import { regionSizes } from './region-sizes.ts';
import { ReplayedConfig } from './replayed-config.ts';
import { type RegisterModel, ReplayedRegions } from './replayed-regions.ts';
import { PAGE_SIZE } from './sparse-memory.ts';
import { decodeState, encodeState, STATE_KINDS } from './state.ts';

/** What is replayed: config bytes, sizes of regions, and models of registers where there are some. */
export interface ReplayOptions {
  /**
   * Vfio bytes where the backend stands behind an assigned device (`vfioBytes(view)`); any bytes otherwise. Unknown ones read 0. Some VMMs
   * die of a list that leads there, or out of the space: `servedConfig` makes it one that they take.
   */
  readonly config: ConfigSpace;
  /** Bytes of BAR 0 to 5 and of the ROM, as far as they are known; the others are guessed, see `regionSizes`. */
  readonly regionSizes?: readonly (number | null | undefined)[];
  /**
   * Config bytes are served as they are, and no write has an effect. Every bit takes writes, except in base address registers: these take
   * addresses of their region, so that a client can find out its size. A reset leaves Command as it is, as vfio-pci's does.
   */
  readonly isRaw?: boolean;
  readonly registers?: readonly RegisterModel[];
  /** The expansion ROM's contents, from its start on; 0 where there are none. */
  readonly rom?: Uint8Array;
  /** How much of the regions may be written to before writes are refused with ENOMEM, in bytes; 64 MiB where it is not given. */
  readonly memoryLimit?: number;
  /** The function was reset, whoever asked for it; everything is as it was at first. */
  readonly onReset?: () => void;
  /** A migrated state was loaded; it is in place already. */
  readonly onLoad?: () => void;
}

const DEFAULT_MEMORY_LIMIT = 0x400_0000;
/** The upper byte of Command and Interrupt Disable in it. */
const COMMAND_HIGH = PCI_COMMAND + 1;
const INTERRUPT_DISABLE = PCI_COMMAND_INTX_DISABLE >> 8;

/** A capture's device as a source of a replay: what the kernel let user space read where that was captured, else the host's bytes. */
export function replayOptions(device: CaptureDevice): Pick<ReplayOptions, 'config' | 'regionSizes'> {
  const sizes: (number | null)[] = new Array(7).fill(device.bars === undefined ? null : 0);
  for (const { index, size } of device.bars ?? []) sizes[index] = Number(size);
  return { config: parseConfigText(device.vfio ?? device.config), regionSizes: sizes };
}

/**
 * Behaves as hardware behind vfio-pci as far as that is known: writable bits by the kernel's permissions and the specification, error
 * bits that a 1 clears, base address registers that can be sized, resets through Device Control and Advanced Features, and from
 * D3hot to D0. What belongs to no capability takes no writes. Regions are memory that reads 0 first.
 */
export class ReplayBackend implements Backend {
  readonly regions: readonly DeviceRegion[];
  readonly irqs: readonly DeviceIrq[];
  readonly migration: DeviceMigration;
  /** For register models that raise interrupts. */
  readonly interrupts: EventIrqs;
  readonly #config: ReplayedConfig;
  readonly #memory: ReplayedRegions;
  readonly #isRaw: boolean;
  readonly #onReset: (() => void) | undefined;
  readonly #onLoad: (() => void) | undefined;

  /** @throws RangeError for register models that do not fit their region or overlap, and for a ROM larger than its region */
  constructor(options: ReplayOptions) {
    const { config, isRaw = false, registers = [], rom = null, memoryLimit = DEFAULT_MEMORY_LIMIT } = options;
    const sizes = regionSizes(config, options.regionSizes);
    this.#isRaw = isRaw;
    this.#onReset = options.onReset;
    this.#onLoad = options.onLoad;
    this.#config = new ReplayedConfig({ config, regionSizes: sizes, isRaw });
    this.#memory = new ReplayedRegions({ sizes, models: registers, rom, pageLimit: Math.ceil(memoryLimit / PAGE_SIZE) });
    this.irqs = functionIrqs(config.bytes, this.#config.controls);
    this.interrupts = new EventIrqs(this.irqs);
    this.regions = Array.from({ length: VFIO_PCI_NUM_REGIONS }, (_, index) => {
      const size = index === VFIO_PCI_CONFIG_REGION_INDEX ? config.bytes.length : (sizes[index] ?? 0);
      return { size, isReadable: size > 0, isWritable: size > 0 && index !== VFIO_PCI_ROM_REGION_INDEX, mapping: null };
    });
    this.migration = { save: () => this.#save(), load: state => this.#load(state), stop: () => {}, resume: () => {} };
    this.#memory.reset();
    this.#followCommand();
  }

  readRegion(index: number, offset: number, into: Uint8Array): void {
    if (index === VFIO_PCI_CONFIG_REGION_INDEX) {
      this.#config.read(offset, into);
      return;
    }
    this.#checkRegion(index, this.regions[index]?.isReadable);
    this.#memory.read(index, offset, into);
  }

  writeRegion(index: number, offset: number, bytes: Uint8Array): void {
    if (index !== VFIO_PCI_CONFIG_REGION_INDEX) {
      this.#checkRegion(index, this.regions[index]?.isWritable);
      this.#memory.write(index, offset, bytes);
    } else if (this.#config.write(offset, bytes)) this.reset();
    else this.#followCommand();
  }

  setIrqs(request: IrqRequest): void {
    this.interrupts.set(request);
  }

  reset(): void {
    this.#config.reset();
    this.#memory.reset();
    this.interrupts.reset();
    this.#followCommand();
    this.#onReset?.();
  }

  attach(session: DeviceSession): void {
    this.interrupts.attach(session);
  }

  detach(): void {
    this.interrupts.detach();
  }

  close(): void {
    this.interrupts.detach();
  }

  #checkRegion(index: number, isAllowed: boolean | undefined): void {
    if (isAllowed !== true) throw new DeviceError(EINVAL, `region ${index} cannot be accessed like that`);
  }

  #followCommand(): void {
    const { bytes } = this.#config;
    if (!this.#isRaw) this.interrupts.setIntxDisabled(((bytes[COMMAND_HIGH] ?? 0) & INTERRUPT_DISABLE) !== 0);
  }

  #save(): Uint8Array {
    return encodeState(STATE_KINDS.replay, [this.#config.bytes, ...this.#memory.save()]);
  }

  #load(state: Uint8Array): void {
    const [config, pages, models] = decodeState(STATE_KINDS.replay, state);
    this.#config.check(config);
    this.#memory.check(pages, models);
    this.#config.bytes.set(config);
    this.#memory.load(pages, models);
    this.interrupts.reset();
    this.#followCommand();
    this.#memory.loaded();
    this.#onLoad?.();
  }
}
