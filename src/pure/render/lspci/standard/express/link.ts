/** The lines about a PCI Express link: LnkCap, LnkCtl and LnkSta. */
import { linkSpeed } from '../../../../pci/capabilities/express/link.ts';
import { formatFlags } from '../../renderer.ts';
import type { Express } from './device.ts';
import { formatLatency } from './latency.ts';

type LinkCapabilities = NonNullable<Express['linkCapabilities']>;

const FASTEST_NAMED = 6;

/** The name of a speed; one without a name, and 128GT/s with it, is unknown in this layout. */
export function formatSpeed(speed: string, unknown: string): string {
  const code = linkSpeed.encode(speed);
  return code === 0 || code > FASTEST_NAMED ? unknown : speed;
}

function formatAspm(of: LinkCapabilities): string {
  if (of.aspmSupport === 'none') return 'not supported';
  const latencies: string[] = [];
  if (of.aspmSupport !== 'L1') latencies.push(`L0s ${formatLatency(of.l0sExitLatency)}`);
  if (of.aspmSupport !== 'L0s') latencies.push(`L1 ${formatLatency(of.l1ExitLatency)}`);
  return `${of.aspmSupport}, Exit Latency ${latencies.join(', ')}`;
}

function capabilityLines(of: LinkCapabilities): string[] {
  const flags = {
    ClockPM: of.clockPowerManagement,
    Surprise: of.surpriseDownErrorReporting,
    LLActRep: of.dataLinkLayerActiveReporting,
    BwNot: of.bandwidthNotification,
    ASPMOptComp: of.aspmOptionalityCompliance,
  };
  const speed = formatSpeed(of.maxSpeed, 'unknown');
  return [`LnkCap:\tPort #${of.portNumber}, Speed ${speed}, Width x${of.maxWidth}, ASPM ${formatAspm(of)}`, `\t${formatFlags(flags)}`];
}

const WITH_BOUNDARY = ['endpoint', 'legacy-endpoint', 'root-port', 'express-to-pci-bridge'];

function controlLines(of: NonNullable<Express['linkControl']>, deviceType: string): string[] {
  const boundary = WITH_BOUNDARY.includes(deviceType) ? ` RCB ${of.readCompletionBoundary128 ? 128 : 64} bytes,` : '';
  const flags = {
    ExtSynch: of.extendedSynch,
    ClockPM: of.clockPowerManagement,
    AutWidDis: of.hardwareAutonomousWidthDisable,
    BWInt: of.bandwidthManagementInterrupt,
    AutBWInt: of.autonomousBandwidthInterrupt,
  };
  const link = formatFlags({ LnkDisable: of.linkDisable, CommClk: of.commonClock });
  return [`LnkCtl:\tASPM ${of.aspm === 'none' ? 'Disabled' : `${of.aspm} Enabled`};${boundary} ${link}`, `\t${formatFlags(flags)}`];
}

/** Ports above a link, whose partner may be the slower one: they are not said to be downgraded. */
const DOWNSTREAM = ['root-port', 'downstream-port', 'pci-to-express-bridge'];

/** What to say where a link runs below or above what it can. */
function compare(current: number, most: number, deviceType: string): string {
  if (current > most) return ' (overdriven)';
  return current < most && !DOWNSTREAM.includes(deviceType) ? ' (downgraded)' : '';
}

function statusLines(of: NonNullable<Express['linkStatus']>, most: LinkCapabilities, deviceType: string): string[] {
  const speedNote = compare(linkSpeed.encode(of.currentSpeed), linkSpeed.encode(most.maxSpeed), deviceType);
  const speed = `${formatSpeed(of.currentSpeed, 'unknown')}${speedNote}`;
  const width = `x${of.negotiatedWidth}${compare(of.negotiatedWidth, most.maxWidth, deviceType)}`;
  const flags = {
    TrErr: of.trainingError,
    Train: of.linkTraining,
    SlotClk: of.slotClock,
    DLActive: of.dataLinkLayerActive,
    BWMgmt: of.bandwidthManagement,
    ABWMgmt: of.autonomousBandwidth,
  };
  return [`LnkSta:\tSpeed ${speed}, Width ${width}`, `\t${formatFlags(flags)}`];
}

/** Empty for a function without a link. */
export function formatLink({ capabilities, linkCapabilities, linkControl, linkStatus }: Express): string[] {
  if (linkCapabilities === undefined || linkControl === undefined || linkStatus === undefined) return [];
  return [
    ...capabilityLines(linkCapabilities),
    ...controlLines(linkControl, capabilities.deviceType),
    ...statusLines(linkStatus, linkCapabilities, capabilities.deviceType),
  ];
}
