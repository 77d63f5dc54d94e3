/** A function that does not answer: a read of its config space gives all ones (PCIe 6.0 §2.3.2, Completion Status). */

import { PCI_BASE_ADDRESS_0, PCI_STD_HEADER_SIZEOF } from '../spec/pci-regs.ts';
import type { ConfigSpace } from './config-space.ts';

/** The stable code of that, wherever it is told. */
export const NO_ANSWER = 'device.no-answer';
export const NO_ANSWER_TEXT = 'the device does not answer: its header reads as all ones (powered down, link down or gone)';

/** Whether the header reads as all ones as far as it is known, which no function's header does. */
export function doesNotAnswer(config: ConfigSpace): boolean {
  // A virtual function has all ones in its ids alone (PCIe 6.0 §9.3.4.1): what stands before the base addresses must be known.
  if (!config.isKnown(0, PCI_BASE_ADDRESS_0)) return false;
  for (let at = 0; at < PCI_STD_HEADER_SIZEOF; at++) if (config.bytes[at] !== 0xff && config.isKnown(at)) return false;
  return true;
}
