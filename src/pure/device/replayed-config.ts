/** The config space of a replayed function: stores writes where hardware would, and acts on resets and power states. */
import { byteAt } from '../bytes/checked.ts';
import { ROM_INDEX } from '../pci/bars.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace } from '../pci/config-space.ts';
import { hasExtendedSpace } from '../pci/extended-space.ts';
import { walkExtended, walkStandard } from '../pci/walk.ts';
import { PCI_COMMAND, PCI_PM_CTRL_STATE_MASK } from '../spec/pci-regs.ts';
import { checkInside } from './bounds.ts';
import { type FunctionControls, findControls, isPowerReset } from './function-controls.ts';
import { rawWrites } from './raw-writes.ts';
import { type ReplayedWrites, replayedWrites } from './replayed-writes.ts';
import { refuseState } from './state.ts';

export interface ReplayedConfigOptions {
  readonly config: ConfigSpace;
  /** Bytes of BAR 0 to 5 and the ROM. */
  readonly regionSizes: readonly number[];
  /** Every bit takes writes, except in base address registers, and none has an effect; a reset leaves Command as it is. */
  readonly isRaw: boolean;
}

const NO_CONTROLS: FunctionControls = { resets: [], power: null, msi: null, msix: null, isExpress: false };

/** Unknown bytes hold 0. */
export class ReplayedConfig {
  readonly bytes: Uint8Array;
  readonly controls: FunctionControls;
  readonly #initial: Uint8Array;
  readonly #masks: ReplayedWrites;
  readonly #isRaw: boolean;

  constructor({ config, regionSizes, isRaw }: ReplayedConfigOptions) {
    this.#initial = config.bytes.slice();
    this.bytes = config.bytes.slice();
    this.#isRaw = isRaw;
    const extended = config.bytes.length > CONVENTIONAL_SIZE && hasExtendedSpace(config) ? walkExtended(config).capabilities : [];
    const capabilities = [...walkStandard(config).capabilities, ...extended];
    this.controls = findControls(this.#initial, capabilities);
    const sizes = regionSizes.slice(0, ROM_INDEX + 1);
    this.#masks = isRaw ? rawWrites(config, sizes) : replayedWrites(this.#initial, capabilities, sizes);
  }

  read(offset: number, into: Uint8Array): void {
    const { bytes } = this;
    checkInside(bytes.length, offset, into.length);
    for (let i = 0; i < into.length; i++) into[i] = byteAt(bytes, offset + i);
  }

  /** Returns whether the write resets the function, which the caller must do; the power state is then the written one. */
  write(offset: number, data: Uint8Array): boolean {
    checkInside(this.bytes.length, offset, data.length);
    const controls = this.#isRaw ? NO_CONTROLS : this.controls;
    const power = controls.power === null ? 0 : byteAt(this.bytes, controls.power);
    const { write, writeOneToClear } = this.#masks;
    for (let i = 0; i < data.length; i++) {
      const at = offset + i;
      const byte = byteAt(data, i);
      const mask = byteAt(write, at);
      this.bytes[at] = ((byteAt(this.bytes, at) & ~mask) | (byte & mask)) & ~(byte & byteAt(writeOneToClear, at));
    }
    if (controls.power !== null && isPowerReset(power, byteAt(this.bytes, controls.power))) return true;
    return controls.resets.some(({ at, mask, isSupported }) => isSupported && ((data[at - offset] ?? 0) & mask) !== 0);
  }

  /** The bytes that it began with, in D0; raw ones with Command as it was, as the kernel leaves it over a reset (VFIO_DEVICE_RESET). */
  reset(): void {
    const command = this.#isRaw ? this.bytes.slice(PCI_COMMAND, PCI_COMMAND + 2) : [];
    this.bytes.set(this.#initial);
    for (const [i, byte] of command.entries()) this.bytes[PCI_COMMAND + i] = byte;
    const { power } = this.controls;
    if (power !== null) this.bytes[power] = byteAt(this.bytes, power) & ~PCI_PM_CTRL_STATE_MASK;
  }

  /** Throws DeviceError EINVAL where what cannot be written differs: that is another device. */
  check(state: Uint8Array): void {
    if (state.length !== this.bytes.length) throw refuseState(`config space of ${state.length} bytes: wanted ${this.bytes.length}`);
    const { write, writeOneToClear } = this.#masks;
    const at = state.findIndex((byte, i) => ((byte ^ byteAt(this.#initial, i)) & ~(byteAt(write, i) | byteAt(writeOneToClear, i))) !== 0);
    if (at >= 0) throw refuseState(`config byte ${at} is ${state[at]}: wanted ${this.#initial[at]}`);
  }
}
