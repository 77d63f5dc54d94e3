/** The text of HyperTransport's slave or primary interface. */
import { hexDigits } from '../../../../bytes/hex.ts';
import { hyperTransportSlave } from '../../../../pci/capabilities/hypertransport/slave.ts';
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

type Slave = CapabilityFields<typeof hyperTransportSlave>;

/** The lines of revision 1.02 and later; empty where its registers are not there. */
function revisedLines(fields: Slave): string[] {
  const { linkFrequency0, linkFrequency1, frequencyCapability0, frequencyCapability1, features, memoryUpper } = fields;
  if (linkFrequency0 === undefined || linkFrequency1 === undefined || features === undefined || memoryUpper === undefined) return [];
  if (frequencyCapability0 === undefined || frequencyCapability1 === undefined || fields.errorHandling === undefined) return [];
  return [
    `Link Frequency 0: ${formatFrequency(linkFrequency0)}`,
    `Link Error 0: ${formatLinkError(linkFrequency0)}`,
    `Link Frequency Capability 0: ${formatFrequencies(frequencyCapability0.frequencies)}`,
    `Feature Capability: ${formatFeatures(features)}`,
    `Link Frequency 1: ${formatFrequency(linkFrequency1)}`,
    `Link Error 1: ${formatLinkError(linkFrequency1)}`,
    `Link Frequency Capability 1: ${formatFrequencies(frequencyCapability1.frequencies)}`,
    `Error Handling: ${formatErrorHandling(fields.errorHandling)}`,
    formatMemoryUpper(memoryUpper),
    `Bus Number: ${hexDigits(memoryUpper.busNumber, 2)}`,
  ];
}

export const hyperTransportSlaveText = renderer(hyperTransportSlave, fields => {
  const { command } = fields;
  const isRevised = fields.linkFrequency0 !== undefined;
  const flags = formatFlags({ MastHost: command.masterHost, DefDir: command.defaultDirection });
  const drop = isRevised ? ` ${formatFlags({ DUL: command.dropOnUninitializedLink })}` : '';
  return {
    title: 'HyperTransport: Slave or Primary Interface',
    lines: [
      ...revisionNotes(fields.revision),
      `Command: BaseUnitID=${command.baseUnitId} UnitCnt=${command.unitCount} ${flags}${drop}`,
      `Link Control 0: ${formatLinkControl(fields.linkControl0, isRevised)}`,
      `Link Config 0: ${formatLinkConfig(fields.linkConfig0, isRevised)}`,
      `Link Control 1: ${formatLinkControl(fields.linkControl1, isRevised)}`,
      `Link Config 1: ${formatLinkConfig(fields.linkConfig1, isRevised)}`,
      formatRevision(fields.revision),
      ...revisedLines(fields),
    ],
  };
});
