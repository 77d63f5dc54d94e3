/** The text of HyperTransport's host or secondary interface. */
import { hyperTransportHost } from '../../../../pci/capabilities/hypertransport/host.ts';
import type { CapabilityFields } from '../../../../pci/capability.ts';
import { formatFlags, renderer } from '../../renderer.ts';
import {
  formatErrorHandling,
  formatFeatures,
  formatFrequencies,
  formatFrequency,
  formatLinkConfig,
  formatLinkControl,
  formatLinkError,
  formatMemoryUpper,
  formatRevision,
  revisionNotes,
} from './link.ts';

type Host = CapabilityFields<typeof hyperTransportHost>;

/** The lines of revision 1.02 and later; empty where its registers are not there. */
function revisedLines({ linkFrequency, frequencyCapability, features, errorHandling, memoryUpper }: Host): string[] {
  if (linkFrequency === undefined || frequencyCapability === undefined || features === undefined) return [];
  const more = formatFlags({ ExtRS: features.extendedRegisterSet, UCnfE: features.upstreamConfigurationEnable });
  const lines = [
    `Link Frequency: ${formatFrequency(linkFrequency)}`,
    `Link Error: ${formatLinkError(linkFrequency)}`,
    `Link Frequency Capability: ${formatFrequencies(frequencyCapability.frequencies)}`,
    `Feature Capability: ${formatFeatures(features)} ${more}`,
  ];
  if (errorHandling !== undefined) lines.push(`Error Handling: ${formatErrorHandling(errorHandling)}`);
  if (memoryUpper !== undefined) lines.push(formatMemoryUpper(memoryUpper));
  return lines;
}

function formatCommand(command: Host['command'], isRevised: boolean): string {
  const flags = formatFlags({ WarmRst: command.warmReset, DblEnd: command.doubleEnded });
  if (!isRevised) return flags;
  const more = formatFlags({
    ChainSide: command.chainSide,
    HostHide: command.hostHide,
    Slave: command.actAsSlave,
    '<EOCErr': command.hostInboundEndOfChainError,
    DUL: command.dropOnUninitializedLink,
  });
  return `${flags} DevNum=${command.deviceNumber} ${more}`;
}

export const hyperTransportHostText = renderer(hyperTransportHost, fields => {
  const isRevised = fields.linkFrequency !== undefined;
  return {
    title: 'HyperTransport: Host or Secondary Interface',
    lines: [
      ...revisionNotes(fields.revision),
      `Command: ${formatCommand(fields.command, isRevised)}`,
      `Link Control: ${formatLinkControl(fields.linkControl, isRevised)}`,
      `Link Config: ${formatLinkConfig(fields.linkConfig, isRevised)}`,
      formatRevision(fields.revision),
      ...revisedLines(fields),
    ],
  };
});
