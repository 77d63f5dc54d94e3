/** The text of Virtual Channel, the same for both IDs that it has. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields, CapabilityType } from '../../../pci/capability.ts';
import { virtualChannel, virtualChannelBesideMfvc } from '../../../pci/extended/virtual-channel.ts';
import type { CapabilityRef } from '../../../pci/walk.ts';
import { type CapabilityText, formatFlags, renderer, sign } from '../renderer.ts';
import { formatNamed } from './unknown-value.ts';

type VirtualChannel = CapabilityFields<typeof virtualChannel>;
type Resource = VirtualChannel['resources'][number];

const SCHEMES = { fixed: 'Fixed', wrr32: 'WRR32', wrr64: 'WRR64', wrr128: 'WRR128', timeBasedWrr128: 'TWRR128', wrr256: 'WRR256' };
const REFERENCE_CLOCKS: Readonly<Record<number, string>> = { 0: '100ns' };

/** Schemes without a name, of bits 0 to 7: ` ??6+` where the bit is set. */
function unnamedSchemes(reserved: number | undefined): string {
  let text = '';
  for (let i = 0; i < 8; i++) if (((reserved ?? 0) & (1 << i)) !== 0) text += ` ??${i}+`;
  return text;
}

function resourceLines(resource: Resource, index: number): string[] {
  const { capability, control, status } = resource;
  const schemes = formatFlags({
    Fixed: capability.fixed,
    WRR32: capability.wrr32,
    WRR64: capability.wrr64,
    WRR128: capability.wrr128,
    TWRR128: capability.timeBasedWrr128,
    WRR256: capability.wrr256,
  });
  const lines = [
    `VC${index}:\tCaps:\tPATOffset=${hexDigits(capability.tableOffset, 2)} MaxTimeSlots=${capability.maximumTimeSlots} RejSnoopTrans${sign(capability.rejectSnoopTransactions)}`,
    `\tArb:\t${schemes}${unnamedSchemes(capability.reserved)}`,
    `\tCtrl:\tEnable${sign(control.enable)} ID=${control.id} ArbSelect=${formatNamed(control.arbitration, SCHEMES)} TC/VC=${hexDigits(control.trafficClasses, 2)}`,
    `\tStatus:\tNegoPending${sign(status.negotiationPending)} InProgress${sign(status.tablePending)}`,
  ];
  if (capability.tableOffset !== 0) lines.push('\tPort Arbitration Table <?>');
  return lines;
}

function formatVirtualChannel(fields: VirtualChannel, ref: CapabilityRef): CapabilityText {
  const { capability1, capability2 } = fields;
  const schemes = formatFlags({
    Fixed: capability2.fixed,
    WRR32: capability2.wrr32,
    WRR64: capability2.wrr64,
    WRR128: capability2.wrr128,
  });
  const clock = REFERENCE_CLOCKS[capability1.referenceClock] ?? `??${capability1.referenceClock}`;
  const lines = [
    `Caps:\tLPEVC=${capability1.lowPriorityExtendedChannels} RefClk=${clock} PATEntryBits=${capability1.tableEntryBits}`,
    `Arb:\t${schemes}${unnamedSchemes(capability2.reserved)}`,
    `Ctrl:\tArbSelect=${formatNamed(fields.control.arbitration, SCHEMES)}`,
    `Status:\tInProgress${sign(fields.status.tablePending)}`,
  ];
  if (capability2.tableOffset !== 0) {
    // lspci calls it the port arbitration table, which is another one: the register is VC Arbitration Table Offset (§7.9.1.3).
    lines.push(`VC Arbitration Table [${hexDigits(ref.offset + 16 * capability2.tableOffset)}] <?>`);
  }
  return { title: 'Virtual Channel', lines: [...lines, ...fields.resources.flatMap(resourceLines)] };
}

/** Both types have the same registers. */
const textOf = (type: CapabilityType<typeof virtualChannel.registers.pieces>) => renderer(type, formatVirtualChannel);

export const virtualChannelText = textOf(virtualChannel);
export const virtualChannelBesideMfvcText = textOf(virtualChannelBesideMfvc);
