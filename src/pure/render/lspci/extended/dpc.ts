/** The text of Downstream Port Containment. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { dpc } from '../../../pci/extended/dpc.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

type Dpc = CapabilityFields<typeof dpc>;

// lspci prints these by number; the last code of each has no name or is the last here.
const TRIGGERS = ['disabled', 'fatal', 'fatal or non-fatal'];
const REASONS = ['uncorrectable error', 'ERR_NONFATAL', 'ERR_FATAL', 'see extension'];
const EXTENSIONS = ['RP PIO error', 'software trigger', 'unknown (0x2)', 'unknown (0x3)'];

function codeOf(name: string, names: readonly string[]): number {
  const code = names.indexOf(name);
  return code < 0 ? names.length : code;
}

function formatCapability(capability: Dpc['capability']): string {
  const flags = formatFlags({
    RPExt: capability.rootPortExtensions,
    PoisonedTLP: capability.poisonedTlpEgressBlockingSupported,
    SwTrigger: capability.softwareTriggeringSupported,
  });
  const logSize = capability.rpPioLogSize + (capability.rpPioLogSize4 ? 16 : 0);
  const active = `DL_ActiveErr${sign(capability.dlActiveErrCorSignalingSupported)}`;
  return `IntMsgNum ${capability.interruptMessageNumber}, ${flags} RP PIO Log ${logSize}, ${active}`;
}

function formatControl(control: Dpc['control']): string {
  const flags = formatFlags({
    Cmpl: control.completionControl === 'unsupported request',
    INT: control.interruptEnable,
    ErrCor: control.errCorEnable,
    PoisonedTLP: control.poisonedTlpEgressBlockingEnable,
    SwTrigger: control.softwareTrigger,
    DL_ActiveErr: control.dlActiveErrCorEnable,
  });
  return `Trigger:${codeOf(control.triggerEnable, TRIGGERS)} ${flags}`;
}

function formatStatus(status: Dpc['status']): string {
  const reason = hexDigits(codeOf(status.triggerReason, REASONS), 2);
  const extension = hexDigits(codeOf(status.triggerReasonExtension, EXTENSIONS), 2);
  const busy = `INT${sign(status.interruptStatus)} RPBusy${sign(status.rpBusy)}`;
  const pointer = hexDigits(status.rpPioFirstErrorPointer, 2);
  return `Trigger${sign(status.triggerStatus)} Reason:${reason} ${busy} TriggerExt:${extension} RP PIO ErrPtr:${pointer}`;
}

export const dpcText = renderer(dpc, ({ capability, control, status, errorSourceId }) => ({
  title: 'Downstream Port Containment',
  lines: [
    `DpcCap:\t${formatCapability(capability)}`,
    `DpcCtl:\t${formatControl(control)}`,
    `DpcSta:\t${formatStatus(status)}`,
    `Source:\t${hexDigits(errorSourceId, 4)}`,
  ],
}));
