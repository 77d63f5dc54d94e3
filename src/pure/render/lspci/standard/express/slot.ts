/** The lines about a PCI Express slot: SltCap, SltCtl and SltSta. */
import { formatFlags } from '../../renderer.ts';
import type { Express } from './device.ts';
import { formatPowerLimit } from './power-limit.ts';

const INDICATORS: Readonly<Record<string, string>> = { reserved: 'Unknown', on: 'On', blinking: 'Blink', off: 'Off' };

function capabilityLines(of: NonNullable<Express['slotCapabilities']>): string[] {
  const flags = {
    AttnBtn: of.attentionButton,
    PwrCtrl: of.powerController,
    MRL: of.mrlSensor,
    AttnInd: of.attentionIndicator,
    PwrInd: of.powerIndicator,
    HotPlug: of.hotPlugCapable,
    Surprise: of.hotPlugSurprise,
  };
  const power = formatPowerLimit(of.slotPowerLimitValue, of.slotPowerLimitScale);
  const more = formatFlags({ Interlock: of.electromechanicalInterlock, NoCompl: of.noCommandCompleted });
  return [`SltCap:\t${formatFlags(flags)}`, `\tSlot #${of.physicalSlotNumber}, PowerLimit ${power}; ${more}`];
}

function controlLines(of: NonNullable<Express['slotControl']>): string[] {
  const enables = {
    AttnBtn: of.attentionButtonPressed,
    PwrFlt: of.powerFault,
    MRL: of.mrlSensorChanged,
    PresDet: of.presenceDetectChanged,
    CmdCplt: of.commandCompletedInterrupt,
    HPIrq: of.hotPlugInterrupt,
    LinkChg: of.dataLinkLayerStateChanged,
  };
  const indicators = `AttnInd ${INDICATORS[of.attentionIndicator]}, PwrInd ${INDICATORS[of.powerIndicator]}`;
  const flags = formatFlags({ Power: of.powerController, Interlock: of.electromechanicalInterlock });
  return [`SltCtl:\tEnable: ${formatFlags(enables)}`, `\tControl: ${indicators}, ${flags}`];
}

function statusLines(of: NonNullable<Express['slotStatus']>): string[] {
  const status = {
    AttnBtn: of.attentionButtonPressed,
    PowerFlt: of.powerFault,
    MRL: of.mrlSensorOpen,
    CmdCplt: of.commandCompleted,
    PresDet: of.presenceDetect,
    Interlock: of.electromechanicalInterlock,
  };
  const changed = { MRL: of.mrlSensorChanged, PresDet: of.presenceDetectChanged, LinkState: of.dataLinkLayerStateChanged };
  return [`SltSta:\tStatus: ${formatFlags(status)}`, `\tChanged: ${formatFlags(changed)}`];
}

/** Empty for a function without a slot. */
export function formatSlot({ slotCapabilities, slotControl, slotStatus }: Express): string[] {
  if (slotCapabilities === undefined || slotControl === undefined || slotStatus === undefined) return [];
  return [...capabilityLines(slotCapabilities), ...controlLines(slotControl), ...statusLines(slotStatus)];
}
