/** The identification registers of the guest's SMMUv3, as far as properties and the host decide them. */
import { type Smmuv3Numbers, smmuv3OutputAddressSize } from '../../../../iommu/index.ts';
import type { IommuProperties } from '../properties.ts';

/** Fields of IDR0, IDR1, IDR3 and IDR5 (Arm IHI 0070 §6.3); null where a host that said nothing decided. */
export interface GuestRegisters {
  readonly ats: number | null;
  readonly ril: number | null;
  readonly ssidsize: number | null;
  /** As the register has it: 4 for 44 bits, 5 for 48. */
  readonly oas: number | null;
}

export type RegisterName = keyof GuestRegisters;

export const REGISTER_NAMES: readonly RegisterName[] = ['ats', 'ril', 'ssidsize', 'oas'];

/** What they are without a word, and without the host. */
export const PLAIN_REGISTERS: GuestRegisters = { ats: 0, ril: 1, ssidsize: 0, oas: 4 };

const OAS_VALUES: ReadonlyMap<string, number> = new Map([
  ['44', 4],
  ['48', 5],
]);

function written(name: RegisterName, text: string): number | null {
  if (text === 'auto') return PLAIN_REGISTERS[name];
  if (name === 'oas') return OAS_VALUES.get(text) ?? null;
  return name === 'ssidsize' ? Number(text) : text === 'on' ? 1 : 0;
}

/** What the properties write at realize; AUTO waits. */
export function writtenRegisters(properties: IommuProperties): GuestRegisters {
  const value = (name: RegisterName): number | null => written(name, properties.text(name));
  return { ats: value('ats'), ril: value('ril'), ssidsize: value('ssidsize'), oas: value('oas') };
}

/** Which of them wait for the host. */
export function autoRegisters(properties: IommuProperties): readonly RegisterName[] {
  return REGISTER_NAMES.filter(name => properties.text(name) === 'auto');
}

/** The waiting ones as the first host's report decides them; null for a host that said nothing. */
export function resolveRegisters(registers: GuestRegisters, waiting: readonly RegisterName[], host: Smmuv3Numbers | null): GuestRegisters {
  const answers: GuestRegisters =
    host === null
      ? { ats: null, ril: null, ssidsize: null, oas: null }
      : { ats: host.ats, ril: host.ril, ssidsize: host.ssidSize, oas: host.oas };
  return { ...registers, ...Object.fromEntries(waiting.map(name => [name, answers[name]])) };
}

/** Bits of an output address; the value that the specification keeps for later counts as 56 in QEMU. */
export const oasBits = (oas: number): number => (oas === 7 ? 56 : smmuv3OutputAddressSize(oas).bits);

/** A register as its property spells it; null where it is not known. */
export function registerText(name: RegisterName, registers: GuestRegisters): string | null {
  const value = registers[name];
  if (value === null) return null;
  if (name === 'oas') return String(oasBits(value));
  return name === 'ssidsize' ? String(value) : value === 1 ? 'on' : 'off';
}
