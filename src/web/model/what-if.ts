/** A what-if question as the page has it: a plain value, made into a request for a view. */
import { signal } from '@preact/signals';
import type { Placement, ViewRequest } from '../../pure/guest-view/index.ts';
import type { AssumedReport } from '../../pure/iommu/index.ts';
import type { ProfileName } from '../../pure/profiles/index.ts';
import { IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED } from '../../pure/spec/iommufd/hw-info.ts';

/** What the kernel answers about ATS; `host` is what the facts say. */
export type KernelAnswer = 'host' | 'supported' | 'unsupported' | 'unreported';

/** Every part that is null is left as it is by default. */
export interface WhatIf {
  readonly profile: ProfileName | null;
  readonly machine: string | null;
  readonly ats: 'on' | 'off' | 'auto' | null;
  readonly kernelAnswer: KernelAnswer;
  readonly backend: 'iommufd' | 'legacy' | null;
  readonly placement: Placement | null;
  readonly viommuPasid: boolean;
  /** Further properties, each `NAME=VALUE`. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

export const NOTHING_CHANGED: WhatIf = {
  profile: null,
  machine: null,
  ats: null,
  kernelAnswer: 'host',
  backend: null,
  placement: null,
  viommuPasid: false,
  properties: [],
};

export const whatIf = signal<WhatIf>(NOTHING_CHANGED);

/** Answers to assume. A clear flag says something from Linux 7.1 on. */
const ANSWERS: Readonly<Record<KernelAnswer, AssumedReport>> = {
  host: {},
  supported: { backend: 'iommufd', capabilities: 0n, kernel: '7.1' },
  unsupported: { backend: 'iommufd', capabilities: BigInt(IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED) },
  unreported: { backend: 'iommufd', capabilities: 0n, kernel: '7.0' },
};

/** The request that a question makes. */
export function requestOf({ profile, machine, ats, kernelAnswer, backend, placement, viommuPasid, properties }: WhatIf): ViewRequest {
  return {
    ...(profile !== null && { profile }),
    ...(machine !== null && { machine }),
    properties: [...properties, ...(ats === null ? [] : [{ name: 'ats', value: ats }])],
    ...(placement !== null && { placement }),
    guestIommu: { pasid: viommuPasid },
    assumed: { ...ANSWERS[kernelAnswer], ...(backend !== null && { backend }) },
  };
}
