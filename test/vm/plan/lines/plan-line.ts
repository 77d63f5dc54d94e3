/** One command line of the comparison of plans with QEMU, and the parts that most of them are made of. */
import type { SharedIommu } from '../../shared-hosts.ts';

/** A command line behind what every run has. */
export interface PlanLine {
  /** What it is about; no other line has the same. */
  readonly title: string;
  /** `$1` stands for the address of a device with ATS, `$2` for one of a device without. What has spaces stands in single quotes. */
  readonly words: string;
  /** Where it is run; on one of the hosts where it is left out. */
  readonly hosts?: readonly SharedIommu[];
  /** Files that it names as `@NAME`. */
  readonly files?: Readonly<Record<string, string>>;
}

export const Q35 = '-M pc-q35-11.1';
export const PC = '-M pc-i440fx-11.1';
export const IOMMUFD = '-object iommufd,id=i0';
/** Addresses of the host that no guest can have: of a device that a driver of the host's has, of one that no driver has, of a port. */
export const [DRIVEN, FREE, PORT_OF_HOST] = ['0000:00:04.0', '0000:00:1f.2', '0000:00:08.0'];

export const port = (id: string, chassis: number, more = ''): string => `-device pcie-root-port,id=${id},chassis=${chassis}${more}`;
export const RP1 = port('rp1', 1);
export const RP2 = port('rp2', 2);
export const PORTS = `${RP1} ${RP2}`;

/** Title, object, and what a device says of it. */
export const BACKENDS = [
  ['legacy', '', ''],
  ['iommufd', IOMMUFD, ',iommufd=i0'],
] as const;

/** Lines about one thing: the title of each is its own words behind `subject`. */
export const titled = (subject: string, texts: readonly string[], wordsOf: (text: string) => string): PlanLine[] =>
  texts.map(text => ({ title: `${subject}: ${text.trim()}`, words: wordsOf(text) }));
