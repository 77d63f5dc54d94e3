/** Pins a VM on a host: the edits of its text that write out what AUTO, rows and the host decided. */
import type { DefinedDevice, FormatName, VmDefinition } from '../definition.ts';
import type { PlanFinding } from '../plan-finding.ts';
import type { HostPlan, VmPlan } from '../plan-report.ts';
import { type Pin, type PinEdits, type Pinner, pinsOf } from './pins.ts';
import { pinQemu } from './qemu.ts';

/** Formats that values can be written out in. */
const PINNERS: Readonly<Partial<Record<FormatName, Pinner>>> = { qemu: pinQemu };

/** The edits for one VM, and what stays open. */
export interface PinnedVm extends PinEdits {
  readonly pins: readonly Pin[];
  readonly findings: readonly PlanFinding[];
}

function findDevice(definition: VmDefinition, id: string): DefinedDevice | undefined {
  return definition.devices.find((device, index) => (device.id ?? `${device.driver}.${index}`) === id);
}

const note = (code: string, message: string): PlanFinding => ({ severity: 'warning', code, message, origin: null });

/** `text` is that of the definition's file. */
export function pinVm(vm: VmPlan, host: HostPlan, text: string): PinnedVm {
  const { definition } = vm;
  const { format } = definition.source;
  const { pins, open } = pinsOf(vm, host, findDevice);
  const opened = open.map(({ id, name }) => note('pin.unknown', `${id}: ${name} stays auto: what it becomes on ${host.host} is not known`));
  const pinner = PINNERS[format];
  if (pinner === undefined) {
    const why = `values cannot be written out in the format ${format}`;
    return { pins, edits: [], unwritten: pins.map(pin => ({ pin, why })), findings: opened };
  }
  const made = pinner(definition, text, pins);
  const unwritten = made.unwritten.map(({ pin, why }) => note('pin.unwritten', `${pin.name}=${pin.value} is not written out: ${why}`));
  return { pins, ...made, findings: [...opened, ...unwritten] };
}
