/** Whether an accelerated SMMUv3 gets command queues of a Tegra241 CMDQV: decided at its first device (QEMU 11.1.3). */
import { decodeHwInfo } from '../../../../iommu/index.ts';
import { IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV } from '../../../../spec/iommufd/hw-info.ts';
import { type AttachedDevice, refuseIommu } from '../attaching.ts';
import type { CmdqvAnswer } from '../question.ts';
import { FINE, unknown, type Verdict } from '../verdict.ts';

/** What QEMU's model of it needs. */
const VERSION = 1;
const LEAST_QUEUES_LOG2 = 1;
const LEAST_STREAMS_LOG2 = 4;

/** Why the probe fails; null where it succeeds. */
function probeWords(answer: Exclude<CmdqvAnswer, null>): string | null {
  if (answer === 'none') return 'Failed to get hardware info: Operation not supported';
  const decoded = decodeHwInfo(answer);
  if (decoded.type !== 'tegra241-cmdqv') {
    return `Host CMDQV: unexpected data type ${answer.type} (expected ${IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV})`;
  }
  const { version = 0, log2vcmdqs = 0, log2vsids = 0 } = decoded.fields;
  if (version !== VERSION) return `Host CMDQV: unsupported version ${version} (expected ${VERSION})`;
  if (log2vcmdqs < LEAST_QUEUES_LOG2) return `Host CMDQV: insufficient vCMDQs log2=${log2vcmdqs} (need >= ${LEAST_QUEUES_LOG2})`;
  return log2vsids < LEAST_STREAMS_LOG2 ? `Host CMDQV: insufficient SIDs log2=${log2vsids} (need >= ${LEAST_STREAMS_LOG2})` : null;
}

export interface CmdqvDecision {
  /** Whether it is used; null where that is not known. */
  readonly isUsed: boolean | null;
  readonly verdict: Verdict;
}

/** `wanted` is the property. */
export function decideCmdqv(wanted: string, attached: AttachedDevice): CmdqvDecision {
  if (wanted !== 'on' && wanted !== 'auto') return { isUsed: false, verdict: FINE };
  const { cmdqv } = attached;
  if (cmdqv === null) {
    if (wanted === 'auto') return { isUsed: null, verdict: FINE };
    const message = 'whether the host has a Tegra241 CMDQV, without which cmdqv=on fails, is not known';
    return {
      isUsed: null,
      verdict: unknown({ code: 'smmuv3.cmdqv-unknown', message, mend: 'cmdqv=auto', origin: attached.device.origin }),
    };
  }
  const words = probeWords(cmdqv);
  if (words === null) return { isUsed: true, verdict: FINE };
  if (wanted === 'auto') return { isUsed: false, verdict: FINE };
  const refusal = { code: 'smmuv3.cmdqv-absent', message: `${words}\nCMDQV requested but not supported`, mend: 'cmdqv=auto' };
  return { isUsed: false, verdict: refuseIommu(attached, refusal) };
}
