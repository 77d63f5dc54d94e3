/** Parts of the command lines and of the expectations in the rows of this folder. */
import type { SmmuRegisters, SmmuRun } from './inner-smmu.ts';

export interface SmmuRow extends SmmuRun {
  readonly title: string;
  /** 1 where QEMU did not start. */
  readonly code: 0 | 1;
  readonly said: readonly string[];
  readonly refused?: readonly string[];
  /** Null where there is none that was given the address of the only one. */
  readonly registers: SmmuRegisters | null;
}

export const BUS = '-object iommufd,id=iommufd0 -device pxb-pcie,id=pcie.1,bus_nr=8,bus=pcie.0';
export const PORT = '-device pcie-root-port,bus=pcie.1,id=rp1,chassis=1';
export const SECOND_PORT = '-device pcie-root-port,bus=pcie.1,id=rp2,chassis=2';
export const DEVICE = '-device vfio-pci,host=$1,bus=rp1,iommufd=iommufd0';
export const SECOND_DEVICE = '-device vfio-pci,host=$2,bus=rp2,iommufd=iommufd0';
export const smmu = (properties: string): string => `-device arm-smmuv3,primary-bus=pcie.1${properties === '' ? '' : `,${properties}`}`;

/** One device behind an SMMU with these properties beside accel=on. */
export const one = (properties = ''): string => `${BUS} ${smmu(`accel=on${properties === '' ? '' : `,${properties}`}`)} ${PORT} ${DEVICE}`;
export const two = (properties = ''): string => `${one(properties)} ${SECOND_PORT} ${SECOND_DEVICE}`;

/** The kernel's answers about this host: no ATS, no SubstreamIDs, range invalidation, 44 bits. */
export const HOST: SmmuRegisters = { ats: 0, ril: 1, ssidsize: 0, oas: 4 };

export const MASKED = 'vfio-pci: warning: vfio-pci: host kernel reports ATS unsupported; ATS capability will be masked';
export const refusal = (words: string, device = '$1'): string => `vfio-pci: vfio ${device}: Failed to set vIOMMU: ${words}`;
export const NO_ATS = "Host SMMUv3 doesn't support Address Translation Services";
export const NO_RIL = "Host SMMUv3 doesn't support Range Invalidation";
export const bits = (host: number, guest: number): string =>
  `Host SMMUv3 supports only ${host}-bit IPA, but the vSMMU OAS implies ${guest}-bit IPA`;

export const starts = (registers: Partial<SmmuRegisters> = {}, said: readonly string[] = [MASKED]) =>
  ({ code: 0, said, registers: { ...HOST, ...registers } }) as const;
export const fails = (...said: readonly string[]) => ({ code: 1, said, registers: null }) as const;

/** An answer about device `device` that is another in one field. */
export const answer = (register: string, clear: number, set: number, device = 0): string =>
  `${device} ${register} ${clear.toString(16)} ${set.toString(16)}`;
export const both = (register: string, clear: number, set: number): string =>
  [0, 1].map(device => answer(register, clear, set, device)).join(',');

export const ATS = 1 << 10;
export const RIL = 1 << 10;
export const ssids = (value: number) => [0x1f << 6, value << 6] as const;
export const output = (value: number) => [7, value] as const;

export const wrong = (properties: string, text: string): SmmuRow => ({
  title: properties,
  words: `${BUS} ${smmu(properties)}`,
  ...fails(`arm-smmuv3: ${text}`),
});

export const OAS = 'QEMU SMMUv3 model only implements auto, 44 bit, or 48 bit OAS. Other OasMode values are not supported.';
