/** The assigned device at run time: a guest view over a backend, as a VMM meets it through VFIO or vfio-user. */
import { byteAt } from '../bytes/checked.ts';
import { type GuestView, vfioBytes } from '../guest-view/guest-view.ts';
import { type MsixArrays, readMsixArrays } from '../pci/msix-arrays.ts';
import type { BarSizes } from '../pci/regions.ts';
import { EINVAL } from '../spec/errno.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MEMORY,
  PCI_PM_CTRL_STATE_MASK,
} from '../spec/pci-regs.ts';
import { PM_D3_HOT } from '../spec/pcie.ts';
import { VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_ROM_REGION_INDEX } from '../spec/vfio/region.ts';
import { type Backend, LEAST_PAGE } from './backend.ts';
import { checkInside } from './bounds.ts';
import { type FunctionControls, findControls, isPowerReset } from './function-controls.ts';
import { guestAnswers } from './guest-answers.ts';
import { GuestConfig } from './guest-config.ts';
import { type InterruptSetup, interruptSetup, isSameSetup } from './interrupt-setup.ts';
import { withoutPages } from './mapped-areas.ts';
import { MsixTable } from './msix-table.ts';
import type { DeviceIrq, DeviceMigration, DeviceRegion, DeviceSession, DmaRange, IrqRequest } from './pci-device.ts';
import { DeviceError } from './pci-device.ts';
import { decodeState, encodeState, refuseState, STATE_KINDS } from './state.ts';

/** What an assigned device is made of. */
export interface AssignedDeviceOptions {
  /** The device owns it from then on. Its config region holds vfio bytes. */
  readonly backend: Backend;
  readonly view: GuestView;
  /** Sizes of the regions that the guest may give addresses to; default the backend's. */
  readonly barSizes?: BarSizes;
  /** Called whenever the guest's own registers ask for other interrupts than before. */
  readonly onInterrupts?: (setup: InterruptSetup) => void;
}

const CONFIG = VFIO_PCI_CONFIG_REGION_INDEX;
const ROM = VFIO_PCI_ROM_REGION_INDEX;

function barSizesOf({ regions }: Backend): BarSizes {
  return Array.from({ length: ROM + 1 }, (_, index) => regions[index]?.size ?? 0);
}

/** The arrays of MSI-X where the table lies whole in a region; anything else is not emulated. */
function msixOf(guest: Uint8Array, { msix }: FunctionControls, { regions }: Backend): MsixArrays | null {
  if (msix === null) return null;
  const arrays = readMsixArrays(guest, msix);
  const { bar, offset, length } = arrays.table;
  return bar < ROM && offset + length <= (regions[bar]?.size ?? 0) ? arrays : null;
}

/**
 * Config space follows the guest view: its bits are answered here, the others by the backend, and what the view hides from writes
 * never reaches it. A region whose decoding Command has not switched on, or of a function in D3hot, reads as all ones and takes no
 * writes. A function level reset and a return from D3hot bring back the state in which the guest first met the device.
 *
 * Interrupts are set up in one of two ways. A client of vfio-user emulates MSI and MSI-X itself and sends `setIrqs`, which goes to the
 * backend whatever stands in the registers here. A VMM in this process listens to `onInterrupts`, for which MSI, MSI-X and the
 * vector table are emulated here. The latter's pages are never mapped to a client; the pending bits are the backend's, read-only.
 */
export class AssignedDevice implements Backend {
  readonly regions: readonly DeviceRegion[];
  readonly irqs: readonly DeviceIrq[];
  /** As the backend has them. */
  readonly canReset: boolean;
  readonly hasHardwareDma: boolean;
  readonly mapDma?: (range: DmaRange) => void;
  readonly unmapDma?: (range: DmaRange) => void;
  /** Where the backend can be migrated. */
  readonly migration?: DeviceMigration;
  readonly #backend: Backend;
  readonly #config: GuestConfig;
  readonly #controls: FunctionControls;
  readonly #msix: MsixArrays | null;
  readonly #table: MsixTable | null;
  readonly #onInterrupts: ((setup: InterruptSetup) => void) | undefined;
  readonly #readByte: (at: number) => number;
  /** The last value that `onInterrupts` was given. */
  #setup: InterruptSetup;
  #command = 0;
  #power = 0;

  /**
   * Puts the device into the state that the view begins in.
   * @throws RangeError where the backend's config region is shorter than the view
   */
  constructor({ backend, view, barSizes, onInterrupts }: AssignedDeviceOptions) {
    const config = backend.regions[CONFIG]?.size ?? 0;
    if (config < view.size) throw new RangeError(`a backend with ${config} bytes of config space for a view of ${view.size}`);
    const answers = guestAnswers(view, barSizes ?? barSizesOf(backend));
    const listed = view.capabilities.filter(({ status }) => status !== 'hidden');
    this.#backend = backend;
    const controls = findControls(answers.guest, listed);
    // A reset bit that the view keeps from the guest resets nothing.
    this.#controls = { ...controls, resets: controls.resets.filter(({ at, mask }) => (byteAt(answers.write, at) & mask) !== 0) };
    this.#config = new GuestConfig(backend, answers, this.#controls.resets);
    this.#readByte = at => (at < this.#config.size ? this.#config.readByte(at) : 0);
    this.#msix = msixOf(answers.guest, this.#controls, backend);
    this.#table = this.#msix === null ? null : new MsixTable(this.#msix.vectors);
    this.irqs = backend.irqs;
    this.canReset = backend.canReset ?? true;
    this.hasHardwareDma = backend.hasHardwareDma ?? false;
    if (backend.mapDma) this.mapDma = range => backend.mapDma?.(range);
    if (backend.unmapDma) this.unmapDma = range => backend.unmapDma?.(range);
    // The table's pages stay unmapped even where its capability is hidden.
    const vfio = vfioBytes(view).bytes;
    const table = msixOf(vfio, findControls(vfio, view.capabilities), backend)?.table;
    const { pageSize = LEAST_PAGE } = backend;
    this.regions = backend.regions.map((region, index) => {
      if (index === CONFIG) return { size: view.size, isReadable: true, isWritable: true, mapping: null };
      return table?.bar === index ? withoutPages(region, { offset: table.offset, size: table.length }, pageSize) : region;
    });
    const { migration } = backend;
    if (migration) {
      this.migration = {
        save: () => encodeState(STATE_KINDS.assigned, [this.#config.save(), this.#table?.bytes ?? new Uint8Array(0), migration.save()]),
        load: state => this.#load(state, migration),
        stop: () => migration.stop(),
        resume: () => migration.resume(),
      };
    }
    this.#followRegisters();
    this.#setup = this.interrupts;
    this.#onInterrupts = onInterrupts;
  }

  /** The interrupts that the guest's registers ask for now. */
  get interrupts(): InterruptSetup {
    return interruptSetup(this.#readByte, this.#controls, this.#table);
  }

  readRegion(index: number, offset: number, into: Uint8Array): void {
    if (index === CONFIG) this.#config.read(offset, into);
    else this.#readBar(index, offset, into);
  }

  #readBar(index: number, offset: number, into: Uint8Array): void {
    checkInside(this.regions[index]?.size ?? 0, offset, into.length);
    if (!this.#isDecoded(index)) {
      into.fill(0xff);
      return;
    }
    this.#backend.readRegion(index, offset, into);
    const table = this.#msix?.table;
    if (this.#table === null || table?.bar !== index) return;
    const from = Math.max(offset, table.offset);
    const to = Math.min(offset + into.length, table.offset + table.length);
    if (from < to) this.#table.read(from - table.offset, into.subarray(from - offset, to - offset));
  }

  writeRegion(index: number, offset: number, bytes: Uint8Array): void {
    if (index === CONFIG) {
      this.#writeConfig(offset, bytes);
      return;
    }
    checkInside(this.regions[index]?.size ?? 0, offset, bytes.length);
    if (this.regions[index]?.isWritable !== true) throw new DeviceError(EINVAL, `region ${index} takes no writes`);
    if (this.#isDecoded(index)) this.#writeBar(index, offset, bytes);
  }

  setIrqs(request: IrqRequest): void {
    this.#backend.setIrqs(request);
  }

  reset(): void {
    this.#backend.reset();
    this.#restart();
  }

  attach(session: DeviceSession): void {
    this.#backend.attach?.(session);
  }

  detach(): void {
    this.#backend.detach?.();
  }

  close(): void {
    this.#backend.close();
  }

  #writeConfig(offset: number, bytes: Uint8Array): void {
    const power = this.#power;
    this.#config.write(offset, bytes);
    const isReset = this.#controls.resets.some(({ at, mask, isSupported }) => isSupported && ((bytes[at - offset] ?? 0) & mask) !== 0);
    if (isReset) {
      this.reset();
      return;
    }
    this.#followRegisters();
    // The device resets itself on its way from D3hot to D0; only the guest's own registers are left to reset.
    if (isPowerReset(power, this.#power)) this.#restart();
    else this.#announce();
  }

  /** Around the table and the pending bits the write goes to the backend, piece by piece. */
  #writeBar(index: number, offset: number, bytes: Uint8Array): void {
    const arrays = (this.#msix === null ? [] : [this.#msix.table, this.#msix.pending]).filter(({ bar }) => bar === index);
    arrays.sort((a, b) => a.offset - b.offset);
    const end = offset + bytes.length;
    let at = offset;
    let isMaskChanged = false;
    for (const array of arrays) {
      const from = Math.max(at, array.offset);
      const to = Math.min(end, array.offset + array.length);
      if (from >= to) continue;
      if (at < from) this.#backend.writeRegion(index, at, bytes.subarray(at - offset, from - offset));
      if (array === this.#msix?.table) isMaskChanged = this.#writeTable(from - array.offset, bytes.subarray(from - offset, to - offset));
      at = to;
    }
    if (at < end) this.#backend.writeRegion(index, at, bytes.subarray(at - offset));
    if (isMaskChanged) this.#announce();
  }

  #writeTable(offset: number, bytes: Uint8Array): boolean {
    return this.#table?.write(offset, bytes) === true;
  }

  #isDecoded(index: number): boolean {
    if ((this.#power & PCI_PM_CTRL_STATE_MASK) === PM_D3_HOT) return false;
    if (index > ROM) return true;
    const isIo = index < ROM && (this.#readByte(PCI_BASE_ADDRESS_0 + 4 * index) & PCI_BASE_ADDRESS_SPACE_IO) !== 0;
    return (this.#command & (isIo ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)) !== 0;
  }

  /** Brings the guest's own registers back, once the backend has been reset. */
  #restart(): void {
    this.#config.start();
    this.#table?.reset();
    this.#followRegisters();
    this.#announce();
  }

  #followRegisters(): void {
    this.#command = this.#readByte(PCI_COMMAND);
    this.#power = this.#controls.power === null ? 0 : this.#readByte(this.#controls.power);
  }

  #announce(): void {
    if (this.#onInterrupts === undefined) return;
    const setup = this.interrupts;
    if (isSameSetup(setup, this.#setup)) return;
    this.#setup = setup;
    this.#onInterrupts(setup);
  }

  #load(state: Uint8Array, migration: DeviceMigration): void {
    const [shadow, table, backend] = decodeState(STATE_KINDS.assigned, state);
    this.#config.check(shadow);
    const wanted = this.#table?.bytes.length ?? 0;
    if (table.length !== wanted) throw refuseState(`a vector table of ${table.length} bytes: wanted ${wanted}`);
    migration.load(backend);
    this.#config.load(shadow);
    this.#table?.write(0, table);
    this.#followRegisters();
    this.#announce();
  }
}
