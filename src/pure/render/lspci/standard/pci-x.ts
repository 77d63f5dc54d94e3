/** The text of PCI-X, in a device and in a bridge. */
import { hexDigits } from '../../../bytes/hex.ts';
import { pcix, pcixBridge } from '../../../pci/capabilities/pci-x.ts';
import { formatFlags, renderer } from '../renderer.ts';

/** Only three bits of the frequency are shown. */
const FREQUENCIES = ['conv', '66MHz', '100MHz', '133MHz'];

function formatAddress(of: { busNumber: number; deviceNumber: number; functionNumber: number }): string {
  return `${hexDigits(of.busNumber, 2)}:${hexDigits(of.deviceNumber, 2)}.${of.functionNumber}`;
}

interface Abilities {
  readonly width64: boolean;
  readonly capable133: boolean;
  readonly splitCompletionDiscarded: boolean;
  readonly unexpectedSplitCompletion: boolean;
}

function formatAbilities(of: Abilities): string {
  return formatFlags({
    '64bit': of.width64,
    '133MHz': of.capable133,
    SCD: of.splitCompletionDiscarded,
    USC: of.unexpectedSplitCompletion,
  });
}

const formatSplits = (of: { splitCompletionOverrun: boolean; splitRequestDelayed: boolean }) =>
  formatFlags({ SCO: of.splitCompletionOverrun, SRD: of.splitRequestDelayed });

export const pcixText = renderer(pcix, ({ command, status }) => {
  const commandFlags = formatFlags({ DPERE: command.dataParityErrorRecovery, ERO: command.relaxedOrdering });
  const designed = [
    `DMMRBC=${status.designedReadByteCount}`,
    `DMOST=${status.designedSplitTransactions}`,
    // In units of 128 bytes.
    `DMCRS=${8 << status.designedCumulativeReadSize}`,
  ];
  const errors = formatFlags({ RSCEM: status.splitCompletionError, '266MHz': status.capable266, '533MHz': status.capable533 });
  const kind = status.complexDevice ? 'bridge' : 'simple';
  return {
    title: 'PCI-X non-bridge device',
    lines: [
      `Command: ${commandFlags} RBC=${command.maxReadByteCount} OST=${command.maxSplitTransactions}`,
      `Status: Dev=${formatAddress(status)} ${formatAbilities(status)} DC=${kind} ${designed.join(' ')} ${errors}`,
    ],
  };
});

export const pcixBridgeText = renderer(pcixBridge, ({ secondaryStatus: secondary, status, upstreamSplits, downstreamSplits }) => {
  const code = secondary.frequency & 7;
  const control = (of: { capacity: number; commitmentLimit: number }) => `Capacity=${of.capacity} CommitmentLimit=${of.commitmentLimit}`;
  return {
    title: 'PCI-X bridge device',
    lines: [
      `Secondary Status: ${formatAbilities(secondary)} ${formatSplits(secondary)} Freq=${FREQUENCIES[code] ?? `?${code}`}`,
      `Status: Dev=${formatAddress(status)} ${formatAbilities(status)} ${formatSplits(status)}`,
      `Upstream: ${control(upstreamSplits)}`,
      `Downstream: ${control(downstreamSplits)}`,
    ],
  };
});
