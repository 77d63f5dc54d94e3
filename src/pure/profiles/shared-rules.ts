/** Rules that several profiles share: what Linux's vfio-pci does, and what QEMU does in every version that there is a profile of. */
import * as kernelCapabilities from '../rules/kernel/capabilities.ts';
import * as kernelHeader from '../rules/kernel/header.ts';
import * as kernelUnlink from '../rules/kernel/unlink.ts';
import type { Rule } from '../rules/rule.ts';
import { express } from '../rules/vmm/express.ts';
import { ari, conventionalBus, emptyHeader, rebar, sriov } from '../rules/vmm/extended.ts';
import { baseAddresses, commandReset, expansionRom, identity, multifunction } from '../rules/vmm/header.ts';
import { msi, msix, msixArrays } from '../rules/vmm/interrupts.ts';
import { msixRelocation } from '../rules/vmm/msix-relocation.ts';
import { powerReset } from '../rules/vmm/power.ts';
import { unfitBefore } from '../rules/vmm/unfit.ts';

export const KERNEL_RULES: readonly Rule[] = [
  kernelHeader.kernelAnswers,
  kernelHeader.headerType,
  kernelHeader.opened,
  kernelHeader.enabled,
  kernelHeader.virtualFunction,
  kernelCapabilities.powerManagement,
  kernelCapabilities.msi,
  kernelCapabilities.msix,
  kernelCapabilities.express,
  kernelUnlink.unlinkStandard,
  kernelUnlink.unlinkExtended,
  kernelUnlink.relink,
];

/** What QEMU does first, and `airlock` with it; the order is that in which the rules run. */
export const QEMU_RULES: readonly Rule[] = [
  kernelHeader.vmmAnswers,
  conventionalBus,
  unfitBefore,
  identity,
  commandReset,
  msixArrays,
  multifunction,
  baseAddresses,
  msixRelocation,
  expansionRom,
  powerReset,
  msi,
  msix,
  express,
  emptyHeader,
  sriov,
  ari,
  rebar,
];
