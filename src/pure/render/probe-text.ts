/** The text of `probe`: the kernel's report, what the kernel changes in config space, regions and interrupts. */
import { formatHex, formatHexBytes } from '../bytes/hex.ts';
import { decodeHwInfo, type HwInfoReport } from '../iommu/index.ts';
import { type HwInfoRegister, hwInfoRegisters } from '../reports/hw-info-registers.ts';
import { type ProbeReport, probeDifferences } from '../reports/probe-report.ts';
import { wrap } from '../text/wrap.ts';
import { formatDifference } from './compare-text.ts';
import { type Painter, PLAIN } from './paint.ts';
import { formatInterrupts, formatRegions, rowsFor } from './resources-text.ts';
import type { Rows } from './row.ts';

/** `DT+`, `DT-` for a flag, as lspci has it, `MGAW=47` for any other field. */
function fieldWord([name, value]: readonly [string, unknown]): string {
  if (typeof value === 'boolean') return name + (value ? '+' : '-');
  const text = typeof value === 'bigint' || name === 'reserved' ? formatHex(value as number | bigint) : String(value).replace(/ /g, '-');
  return `${name}=${text}`;
}

function registerRows({ name, raw, size, fields }: HwInfoRegister, row: Rows): string[] {
  const words = fields === null ? '' : Object.entries(fields).map(fieldWord).join(' ');
  return [...row(name, formatHex(raw, 2 * size)), ...(words === '' ? [] : row('', words))];
}

const spaced = (name: string) => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

function meaningWord([name, value]: readonly [string, unknown]): string {
  if (typeof value === 'boolean') return `${value ? '' : 'no '}${spaced(name)}`;
  return `${spaced(name)} ${Array.isArray(value) ? value.join('/') : String(value)}`;
}

function reportLines(report: HwInfoReport, paint: Painter): string[] {
  const { type, data, maxPasidLog2 } = report;
  const row = rowsFor(paint);
  const decoded = decodeHwInfo(report);
  const raw = report.capabilities === null ? null : BigInt(report.capabilities);
  const registers = hwInfoRegisters(report);
  const meaning = decoded.meaning === null ? [] : Object.entries(decoded.meaning).map(meaningWord);
  return [
    paint('strong', `HW_INFO of type ${type} (${decoded.type}), ${data.length} bytes of data`),
    ...row('out_capabilities', raw === null ? 'not returned' : formatHex(raw, 16)),
    ...(decoded.capabilities === null ? [] : row('', Object.entries(decoded.capabilities).map(fieldWord).join(' '))),
    ...row('out_max_pasid_log2', String(maxPasidLog2)),
    ...registers.flatMap(register => registerRows(register, row)),
    ...(registers.length === 0 && data.length > 0 ? row('data', (formatHexBytes(data).match(/.{1,16}/g) ?? []).join(' ')) : []),
    ...(meaning.length === 0 ? [] : row('meaning', meaning.join(', '))),
    ...decoded.notes.flatMap(({ code, text }) => row('note', `${text} (${code})`)),
  ];
}

function answerLines({ hostIommu }: ProbeReport, paint: Painter): string[] {
  const row = rowsFor(paint);
  const { answer, code, text } = hostIommu.atsEvidence();
  const pasid = hostIommu.pasid();
  const modes = pasid === null ? [] : [...(pasid.exec ? ['execute'] : []), ...(pasid.priv ? ['privileged'] : [])];
  return [
    paint('strong', "The kernel's answers"),
    ...row('ATS', `${answer}: ${text} (${code})`),
    ...row('PASID', pasid === null ? 'not reported' : [`${pasid.maxLog2} bits`, ...modes].join(', ')),
  ];
}

function differenceLines(report: ProbeReport, paint: Painter): string[] {
  const { compared, differences } = probeDifferences(report);
  const { hardware, vfio } = report;
  const partly = hardware.knownLength < vfio.knownLength ? ` (of the hardware's, ${hardware.knownLength} may be read)` : '';
  const lines = [paint('strong', `vfio's bytes against the hardware's: ${compared} bytes compared${partly}`)];
  if (differences.length === 0) return [...lines, '  no difference'];
  lines.push(paint('dim', '  WHERE: HARDWARE | VFIO'));
  for (const difference of differences) {
    lines.push(...wrap(formatDifference(difference), paint.width - 2, '    ').map(line => `  ${line}`));
  }
  return lines;
}

/** All of a probe below the device's heading. */
export function formatProbe(report: ProbeReport, paint: Painter = PLAIN): string[] {
  const { driver, backend, path, iommuGroup, kernel, canReset, hostIommu } = report;
  const words = [
    `driver ${driver}`,
    `opened through ${backend}: ${path}`,
    ...(iommuGroup === null ? [] : [`IOMMU group ${iommuGroup}`]),
    ...(kernel === null ? [] : [`Linux ${kernel}`]),
    canReset ? 'can be reset' : 'cannot be reset',
  ];
  const reports = [...(hostIommu.report === null ? [] : [hostIommu.report]), ...report.moreReports];
  return [
    ...wrap(words.join(', '), paint.width - 2).map(line => `  ${line}`),
    '',
    ...answerLines(report, paint),
    ...reports.flatMap(one => ['', ...reportLines(one, paint)]),
    '',
    ...differenceLines(report, paint),
    '',
    ...formatRegions(report.regions, paint),
    '',
    ...formatInterrupts(report.interrupts, paint),
  ];
}
