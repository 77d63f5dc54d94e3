/** What a kernel answers about an SMMUv3, changed as smmu-answers.c changes it. */
import type { HwInfoReport } from '../../src/pure/iommu/index.ts';
import type { IommuPlan } from '../../src/pure/plan/index.ts';
import { iommu_hw_info_arm_smmuv3 } from '../../src/pure/spec/iommufd/hw-info.ts';
import type { SmmuRegisters } from './inner-smmu.ts';

/** The answer about the device that is asked about as number `device`. */
export function changedReport(report: HwInfoReport, device: number, answers: string): HwInfoReport {
  const data = Uint8Array.from(report.data);
  const registers = new DataView(data.buffer);
  let capabilities = BigInt(report.capabilities ?? 0);
  for (const answer of answers.split(',').filter(text => text !== '')) {
    const [order, register = '', clear = '', set = ''] = answer.split(' ');
    if (Number(order) !== device) continue;
    const [off, on] = [Number.parseInt(clear, 16), Number.parseInt(set, 16)];
    if (register === 'caps') capabilities = (capabilities & ~BigInt(off)) | BigInt(on);
    else {
      const at = iommu_hw_info_arm_smmuv3.fields.idr.offset + 4 * Number(register.slice(3));
      registers.setUint32(at, (registers.getUint32(at, true) & ~off) | on, true);
    }
  }
  return { ...report, data, capabilities };
}

const OUTPUT_BITS = ['32', '36', '40', '42', '44', '48', '52', '56'];

/** What a plan says that the guest reads of its SMMU; what is left to a first device that is plugged later reads as the model has it. */
export function plannedRegisters({ properties }: Pick<IommuPlan, 'properties'>): SmmuRegisters {
  const text = (name: string): string => properties[name]?.resolved ?? '';
  return {
    ats: text('ats') === 'on' ? 1 : 0,
    ril: text('ril') === 'on' ? 1 : 0,
    ssidsize: Number(text('ssidsize')),
    oas: OUTPUT_BITS.indexOf(text('oas')),
  };
}
