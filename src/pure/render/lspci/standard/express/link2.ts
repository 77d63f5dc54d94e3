/** The lines about a PCI Express link's second set of registers: LnkCap2, LnkCtl2 and LnkSta2. */
import { formatFlags, sign } from '../../renderer.ts';
import type { Express } from './device.ts';
import { formatSpeed } from './link.ts';

type LinkCapabilities2 = NonNullable<Express['linkCapabilities2']>;
type LinkControl2 = NonNullable<Express['linkControl2']>;
type LinkStatus2 = NonNullable<Express['linkStatus2']>;

/** By the highest bit of Supported Link Speeds, from bit 0 on. */
const SPEED_RANGES = ['2.5GT/s', '2.5-5GT/s', '2.5-8GT/s', '2.5-16GT/s', '2.5-32GT/s', '2.5-64GT/s', 'RsvdP'];
const FULL_MARGIN = '800-1200mV(full-swing)/400-700mV(half-swing)';
const REDUCED_MARGIN = '200-400mV(full-swing)/100-200mV(half-swing)';
const MARGINS = ['Normal Operating Range', FULL_MARGIN, REDUCED_MARGIN, REDUCED_MARGIN, REDUCED_MARGIN, REDUCED_MARGIN];
/** De-emphasis and preshoot in decibels (PCIe 6.0 table 4-24). */
const PRESETS = [
  ['-6', '0'],
  ['-3.5', '0'],
  ['-4.4', '0'],
  ['-2.5', '0'],
  ['0', '0'],
  ['0', '1.9'],
  ['0', '2.5'],
  ['-6.0', '3.5'],
  ['-3.5', '3.5'],
  ['0', '3.5'],
];
const CROSSLINK = ['unsupported', 'Upstream Port', 'Downstream Port', 'incomplete'];
const COMPONENTS: Readonly<Record<number, string>> = {
  0: 'Link Down - Not Determined',
  1: 'Link Down - Not Present',
  2: 'Link Down - Present',
  4: 'Link Up - Present',
  5: 'Link Up - Present and DRS Received',
};

function capabilityLines(of: LinkCapabilities2): string[] {
  // A register of zeros is one that the function does not have.
  if (!Object.values(of).some(value => value !== false && value !== 0)) return [];
  const range = of.supportedSpeeds === 0 ? 'Unknown' : SPEED_RANGES[31 - Math.clz32(of.supportedSpeeds)];
  const flags = formatFlags({
    Crosslink: of.crosslink,
    Retimer: of.retimerPresenceDetect,
    '2Retimers': of.twoRetimersPresenceDetect,
    DRS: of.drs,
  });
  return [`LnkCap2: Supported Link Speeds: ${range}, ${flags}`];
}

function controlLines(of: LinkControl2, deviceType: string): string[] {
  // Code 0 is what a port of 2.5 GT/s may have there.
  const speed = of.targetSpeed === 'unknown (0x0)' ? '2.5GT/s' : formatSpeed(of.targetSpeed, 'Unknown');
  const flags = formatFlags({ EnterCompliance: of.enterCompliance, SpeedDis: of.hardwareAutonomousSpeedDisable });
  const deemphasis = deviceType === 'downstream-port' ? `, Selectable De-emphasis: ${of.selectableDeemphasis ? '-3.5dB' : '-6dB'}` : '';
  const compliance = formatFlags({ EnterModifiedCompliance: of.enterModifiedCompliance, ComplianceSOS: of.complianceSos });
  const preset = PRESETS[of.compliancePreset];
  return [
    `LnkCtl2: Target Link Speed: ${speed}, ${flags}${deemphasis}`,
    `\t Transmit Margin: ${MARGINS[of.transmitMargin] ?? 'Unknown'}, ${compliance}`,
    `\t Compliance Preset/De-emphasis: ${preset === undefined ? 'Unknown' : `${preset[0]}dB de-emphasis, ${preset[1]}dB preshoot`}`,
  ];
}

const REPORTS_DRS = ['root-port', 'downstream-port', 'pci-to-express-bridge'];

function statusLines(of: LinkStatus2, capabilities: LinkCapabilities2, deviceType: string): string[] {
  const phase = formatFlags({ EqualizationComplete: of.equalizationComplete, EqualizationPhase1: of.equalizationPhase1 });
  const phases = formatFlags({
    EqualizationPhase2: of.equalizationPhase2,
    EqualizationPhase3: of.equalizationPhase3,
    LinkEqualizationRequest: of.equalizationRequest,
  });
  const retimers = formatFlags({ Retimer: of.retimerPresent, '2Retimers': of.twoRetimersPresent });
  const reportsDrs = capabilities.drs && REPORTS_DRS.includes(deviceType);
  const drs = reportsDrs ? `, DRS${sign(of.drsReceived)}` : '';
  const lines = [
    `LnkSta2: Current De-emphasis Level: ${of.currentDeemphasis ? '-3.5dB' : '-6dB'}, ${phase}`,
    `\t ${phases}`,
    `\t ${retimers} CrosslinkRes: ${CROSSLINK[of.crosslinkResolution]}${drs}`,
  ];
  if (reportsDrs) lines.push(`\t DownstreamComp: ${COMPONENTS[of.downstreamComponentPresence] ?? 'Reserved'}`);
  return lines;
}

/** Empty where the registers are not there. Capabilities and control are left out of functions that do not own the link. */
export function formatLink2(express: Express, ownsLink: boolean): string[] {
  const { capabilities, linkCapabilities2, linkControl2, linkStatus2 } = express;
  if (linkCapabilities2 === undefined || linkControl2 === undefined || linkStatus2 === undefined) return [];
  return [
    ...(ownsLink ? [...capabilityLines(linkCapabilities2), ...controlLines(linkControl2, capabilities.deviceType)] : []),
    ...statusLines(linkStatus2, linkCapabilities2, capabilities.deviceType),
  ];
}
