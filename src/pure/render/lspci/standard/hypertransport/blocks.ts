/** The texts of HyperTransport capabilities without links. */
import { hexDigits } from '../../../../bytes/hex.ts';
import {
  hyperTransportBlock,
  hyperTransportClumping,
  hyperTransportInterrupt,
  hyperTransportMsiMapping,
  hyperTransportRetry,
  hyperTransportRevision,
} from '../../../../pci/capabilities/hypertransport/blocks.ts';
import { HT_COMMAND_HIGH } from '../../../../pci/capabilities/hypertransport/link.ts';
import { type CapabilityRenderer, formatFlags, renderer } from '../../renderer.ts';
import { formatRevision } from './link.ts';

/** Types that are shown by name; any other is shown by number. */
const NAMES: Readonly<Record<number, string>> = {
  8: 'Switch',
  19: 'Extended Configuration Space Access',
  20: 'Address Mapping',
  22: 'DirectRoute',
  23: 'VCSet',
  25: 'X86 (reserved)',
};

const msiMappingText = renderer(hyperTransportMsiMapping, ({ command, addressLow, addressHigh }) => ({
  title: `HyperTransport: MSI Mapping ${formatFlags({ Enable: command.enable, Fixed: command.fixed })}`,
  lines:
    addressLow === undefined || addressHigh === undefined
      ? []
      : [`Mapping Address Base: ${hexDigits(addressHigh, 8)}${hexDigits(addressLow.address, 8)}`],
}));

const blockText = renderer(hyperTransportBlock, (_fields, ref, { config }) => {
  const type = (config.read(ref.offset + HT_COMMAND_HIGH, 1) ?? 0) >> 3;
  return { title: `HyperTransport: ${NAMES[type] ?? `#${hexDigits(type, 2)}`}`, lines: [] };
});

export const HYPER_TRANSPORT_BLOCK_TEXTS: readonly CapabilityRenderer[] = [
  msiMappingText,
  renderer(hyperTransportRevision, ({ command }) => ({ title: `HyperTransport: ${formatRevision(command)}`, lines: [] })),
  renderer(hyperTransportInterrupt, () => ({ title: 'HyperTransport: Interrupt Discovery and Configuration', lines: [] })),
  renderer(hyperTransportClumping, () => ({ title: 'HyperTransport: UnitID Clumping', lines: [] })),
  renderer(hyperTransportRetry, () => ({ title: 'HyperTransport: Retry Mode', lines: [] })),
  blockText,
];
