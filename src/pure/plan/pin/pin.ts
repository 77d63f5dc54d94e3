/** Pins a VM on a host: the edits of its text that write out what AUTO, rows and the host decided. */
import type { FormatName } from '../definition.ts';
import type { PlanFinding } from '../plan-finding.ts';
import type { HostPlan, VmPlan } from '../plan-report.ts';
import { pinIncus } from './incus.ts';
import { pinKubevirt } from './kubevirt.ts';
import { pinLibvirt } from './libvirt/index.ts';
import { type OpenPin, type Pin, type PinEdits, type Pinner, pinsOf } from './pins.ts';
import { pinProxmox } from './proxmox.ts';
import { pinQemu } from './qemu.ts';

/** Formats that values can be written out in. */
const PINNERS: Readonly<Partial<Record<FormatName, Pinner>>> = {
  qemu: pinQemu,
  libvirt: pinLibvirt,
  kubevirt: pinKubevirt,
  proxmox: pinProxmox,
  incus: pinIncus,
};

/** The edits for one VM, and what stays open. */
export interface PinnedVm extends PinEdits {
  readonly pins: readonly Pin[];
  readonly open: readonly OpenPin[];
  readonly findings: readonly PlanFinding[];
}

const note = (code: string, message: string): PlanFinding => ({ severity: 'warning', code, message, origin: null });

const nameOf = ({ device, driver, name }: Pin): string => (driver === null ? 'the machine type' : `${device?.id ?? driver}: ${name}`);

/** A property stays as it is, whoever decides it. */
function staying(pin: Pin, why: string): PlanFinding {
  const what =
    pin.driver === null
      ? `the machine type, ${pin.value} by ${pin.because}, is not written out`
      : isOfHost(pin)
        ? `${nameOf(pin)} stays auto`
        : `${nameOf(pin)}=${pin.value} of a ${pin.because} is not written out`;
  return note('pin.unwritten', `${what}: ${why}`);
}

const isOfHost = ({ because }: Pin): boolean => because === 'the host';

/** `text` is that of the definition's file. */
export function pinVm(vm: VmPlan, host: HostPlan, text: string): PinnedVm {
  const { definition } = host;
  const { format } = definition.source;
  const { pins, open } = pinsOf(vm, host);
  const opened = open.map(({ id, name, why }) => note('pin.unknown', `${id}: ${name} stays auto: ${why}`));
  const pinner = PINNERS[format];
  const made: PinEdits = pinner?.(definition, text, pins) ?? {
    edits: [],
    unwritten: pins.map(pin => ({ pin, why: `values cannot be written out in the format ${format}` })),
  };
  return { pins, open, ...made, findings: [...opened, ...made.unwritten.map(({ pin, why }) => staying(pin, why))] };
}
