/** Links of the chain for ATS from Linux's list of devices whose ATS it never uses; none for a device that is not on the list. */

import type { VirtualFunction } from '../facts/index.ts';
import { expectNoAts, guestNeverUsesAts, type HostIommuDevice, linuxNeverUsesAts } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { EffectiveProperties } from '../qemu/index.ts';
import { findShown } from '../rules/capability-view.ts';
import { guestIdentity, hostIdentity } from '../rules/pci-identity.ts';
import { settingsOf } from '../rules/settings.ts';
import { PCI_EXT_CAP_ID_ATS } from '../spec/pci-regs.ts';
import type { Realized } from './guest-view.ts';

interface NoAtsOptions {
  readonly config: ConfigSpace;
  readonly realized: Realized;
  readonly properties: EffectiveProperties;
  readonly hostIommu: HostIommuDevice;
  readonly facts: { readonly virtualFunction: VirtualFunction | null };
}

const link = (name: string, text: string) => ({ name, holds: null, text });

function isAtsShown(realized: Realized): boolean {
  if (realized.outcome === 'failed') return false;
  return findShown(realized.capabilities, 'extended', PCI_EXT_CAP_ID_ATS) !== undefined;
}

/** Neither link breaks the chain: an expected report is no report, and a guest may see a capability that it does not use. */
export function noAtsLinks({ config, realized, properties, hostIommu, facts }: NoAtsOptions) {
  const host = hostIdentity(config, facts.virtualFunction);
  const expected = expectNoAts(host, hostIommu, properties.get('ats') !== undefined);
  const listed = expected?.text ?? linuxNeverUsesAts(host);
  const guest = isAtsShown(realized) ? guestNeverUsesAts(guestIdentity(host, settingsOf(properties))) : null;
  return [...(listed === null ? [] : [link('no-ATS list', listed)]), ...(guest === null ? [] : [link('guest driver', guest)])];
}
