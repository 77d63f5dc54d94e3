/** What the VMM changes in PCI Express so that the function fits where it stands in the guest (PCIe 6.0 §7.5.3). */

import { formatHex } from '../../bytes/hex.ts';
import { standardSize } from '../capability-extent.ts';
import { REASONS } from '../reasons.ts';
import type { CapabilityRule } from '../rule.ts';
import type { Work, WorkCapability } from '../work.ts';

const ENDPOINT = 0x0;
const LEGACY_ENDPOINT = 0x1;
const INTEGRATED_ENDPOINT = 0x9;

/** Offsets of registers in the capability. */
const FLAGS = 0x02;
const LINK_CAPABILITIES = 0x0c;
const LINK_CONTROL = 0x10;
const LINK_CAPABILITIES_2 = 0x2c;

const FLAGS_VERSION = 0x000f;
const FLAGS_TYPE = 0x00f0;

/** Maximum Link Width x1 [9:4], Max Link Speed 2.5 GT/s [3:0]. */
const LINK_X1_2_5GT = 0x11;

/** The functions that can be assigned; ports, bridges and event collectors cannot. */
function isAssignable(type: number): boolean {
  return type === ENDPOINT || type === LEGACY_ENDPOINT || type === INTEGRATED_ENDPOINT;
}

/** Registers that the capability is too short to hold stay as they are. */
function becomeIntegrated(work: Work, capability: WorkCapability, size: number): void {
  work.change(capability, FLAGS, 2, FLAGS_TYPE, INTEGRATED_ENDPOINT << 4, REASONS['express.integrated']);
  if (size <= LINK_CONTROL) return;
  work.change(capability, LINK_CAPABILITIES, 8, 0xffffffff, 0, REASONS['express.integrated']);
  if (size <= LINK_CAPABILITIES_2) return;
  work.change(capability, LINK_CAPABILITIES_2, 8, 0xffffffff, 0, REASONS['express.integrated']);
}

function becomeEndpoint(work: Work, capability: WorkCapability): void {
  work.change(capability, FLAGS, 2, FLAGS_TYPE, ENDPOINT << 4, REASONS['express.endpoint']);
  work.change(capability, LINK_CAPABILITIES, 4, 0xffffffff, LINK_X1_2_5GT, REASONS['express.endpoint']);
  work.change(capability, LINK_CONTROL, 2, 0xffff, 0, REASONS['express.endpoint']);
}

export const express: CapabilityRule = {
  stage: 'vmm',
  when: 'capability',
  kind: 'standard',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.express',
  ids: [0x10],
  summary: 'the device type and the link follow from where the function stands in the guest',
  fails: { code: 'express.type-unsupported', text: 'the type of the PCI Express function is not known' },
  apply(work, capability) {
    const flags = work.u16(capability.offset + FLAGS);
    const type = (flags & FLAGS_TYPE) >> 4;
    const version = flags & FLAGS_VERSION;
    const { placement } = work.options;
    if (!isAssignable(type)) {
      const at = `${formatHex(0x10)}[${formatHex(standardSize(work, capability.offset))}]@${formatHex(capability.offset)}`;
      work.fail(
        'express.type-unsupported',
        `failed to add PCI capability ${at}: assignment of PCIe type ${formatHex(type)} devices is not currently supported`,
      );
      return;
    }
    if (placement === 'conventional-bridge') return work.hide(capability, REASONS['express.dropped.conventional-bus']);
    if (placement === 'root-complex' && type === LEGACY_ENDPOINT) return work.hide(capability, REASONS['express.dropped.legacy-endpoint']);
    if (placement === 'root-complex' && type === ENDPOINT) becomeIntegrated(work, capability, standardSize(work, capability.offset));
    if (placement === 'root-port' && type === INTEGRATED_ENDPOINT) becomeEndpoint(work, capability);
    if (version === 0) work.change(capability, FLAGS, 2, FLAGS_VERSION, 1, REASONS['express.version']);
  },
};
