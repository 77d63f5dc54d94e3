/** HyperTransport, ID 08h: the type in the command register says which of many layouts a capability has (HyperTransport 3.10 §7.5). */
import type { Source } from '../../../bytes/layout.ts';
import type { CapabilityType } from '../../capability.ts';
import {
  hyperTransportBlock,
  hyperTransportClumping,
  hyperTransportInterrupt,
  hyperTransportMsiMapping,
  hyperTransportRetry,
  hyperTransportRevision,
} from './blocks.ts';
import { hyperTransportHost } from './host.ts';
import { hyperTransportSlave } from './slave.ts';

export const HYPER_TRANSPORT: readonly CapabilityType[] = [
  hyperTransportSlave,
  hyperTransportHost,
  hyperTransportInterrupt,
  hyperTransportRevision,
  hyperTransportClumping,
  hyperTransportMsiMapping,
  hyperTransportRetry,
  hyperTransportBlock,
];

const BLOCKS: Readonly<Record<number, CapabilityType>> = {
  16: hyperTransportInterrupt,
  17: hyperTransportRevision,
  18: hyperTransportClumping,
  21: hyperTransportMsiMapping,
  24: hyperTransportRetry,
};

/** The layout of the HyperTransport capability at `offset`. */
export function hyperTransportFor(source: Source, offset: number): CapabilityType {
  const command = source.read(offset + 2, 2) ?? 0;
  if (command >> 13 === 0) return hyperTransportSlave;
  if (command >> 13 === 1) return hyperTransportHost;
  return BLOCKS[command >> 11] ?? hyperTransportBlock;
}
