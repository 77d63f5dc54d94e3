/** What `ats` means, seen from a guest: the outcome in a guest's bytes, and the table that says which program gave which outcome. */

/** What became of ATS. */
export type AtsOutcome = 'shown' | 'masked' | 'realize fails';

export interface CoverRow {
  readonly ats: string;
  /** out_capabilities of IOMMU_GET_HW_INFO. */
  readonly kernelSays: string;
  readonly expected: string;
  readonly qemu: string;
  readonly airlock: string;
}

const ATS = 0x0f;
const FIRST_EXTENDED = 0x100;

/** Whether the extended list leads to ATS, walked as a guest walks it (PCIe 6.0 §7.6.3): ID [15:0], next [31:20]. */
export function outcomeInBytes(guest: Uint8Array | null): AtsOutcome {
  if (guest === null) return 'realize fails';
  const bytes = new DataView(guest.buffer, guest.byteOffset, guest.byteLength);
  // A list of more steps than there are dwords leads in a circle.
  for (let at = FIRST_EXTENDED, steps = 0; at >= FIRST_EXTENDED && steps < guest.length / 4; steps++) {
    const header = bytes.getUint32(at, true);
    if ((header & 0xffff) === ATS) return 'shown';
    at = (header >>> 20) & 0xffc;
  }
  return 'masked';
}

const COLUMNS: readonly (readonly [title: string, cell: (row: CoverRow) => string])[] = [
  ['ats', row => row.ats],
  ['kernel says', row => row.kernelSays],
  ['expected', row => row.expected],
  ['QEMU 11.1.3', row => row.qemu],
  ['Airlock', row => row.airlock],
];

/** The table as lines: a title, and a line for each row. */
export function formatCoverTable(rows: readonly CoverRow[]): string[] {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map(row => COLUMNS.map(([, cell]) => cell(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map(line => line[column]?.length ?? 0)));
  return cells.map(line =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
