/** The matrix of `ats` on a real iommufd: QEMU 11.1.3 with the real device against `airlock view` of it, word for word and byte for byte. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../bed.ts';
import { shareHosts } from '../shared-hosts.ts';
import { ATS, type Cell, cellName, MACHINES, type MeasuredCell, measureCells, type View } from './ats-matrix.ts';
import { outcomeInBytes } from './cover-table.ts';

const skip = missingBed();
const hosts = skip === false ? shareHosts() : null;

const ANSWERS = [
  { iommu: 'intel', says: 'may be used' },
  { iommu: 'intel-no-iotlb', says: 'not supported' },
] as const;

/** With ATS: every cell, each backend on a device of its own. Without: iommufd on every machine, the legacy container on one. */
const CELLS: readonly Cell[] = MACHINES.flatMap(machine =>
  ATS.flatMap((ats): Cell[] => [
    { device: 'virtio-net', backend: 'iommufd', ats, machine },
    { device: 'virtio-twin', backend: 'legacy', ats, machine },
    { device: 'igb', backend: 'iommufd', ats, machine },
    ...(machine === 'q35' ? [{ device: 'igb', backend: 'legacy', ats, machine } as const] : []),
  ]),
);

/** Lines of QEMU's that say nothing of the guest's view; any other line that is not of the device fails the test. */
const HARMLESS: readonly RegExp[] = [];

const hasAts = ({ device }: Cell) => device !== 'igb';

/** What QEMU would say in the words of a view: an error of vfio-pci's realize begins with its name for the device. */
function qemuWords({ bdf, error, warnings }: View): string[] {
  const told = warnings.filter(({ origin }) => origin === 'vmm').map(({ level, message }) => `${level}: ${message}`);
  return error === null ? told : [...told, `vfio ${bdf}: ${error.message}`];
}

interface Strict {
  readonly error: string | null;
  /** `LEVEL CODE` of each. */
  readonly told: readonly string[];
  readonly source: string;
}

/** What the profile `airlock` makes of a cell, written down apart from the product: its rows, then its table. */
function strictly(cell: Cell, says: (typeof ANSWERS)[number]['says']): Strict {
  const { ats, machine, backend } = cell;
  const old = machine !== 'q35';
  const value = ats === 'default' ? (old ? 'on' : 'auto') : ats;
  const source = ats === 'default' ? (old ? `compat row of ${machine}` : 'default') : 'device option';
  const fine = { error: null, told: [], source };
  // Where QEMU fails without looking at the device, airlock warns.
  if (!hasAts(cell)) return value === 'on' ? { ...fine, told: ['warning ats.absent'] } : fine;
  if (backend === 'legacy') {
    const level = { on: 'warning', auto: 'note', off: null }[value];
    return level === null ? fine : { ...fine, told: [`${level} ats.shown.unreported`] };
  }
  if (says === 'may be used' || value === 'off') return fine;
  if (value === 'on') return { ...fine, error: 'ats.required.kernel-unsupported' };
  return { ...fine, told: ['warning ats.masked.kernel-unsupported'] };
}

/** Bytes of hidden capabilities that QEMU leaves readable and airlock does not: [start, end). */
const BLANKED = {
  ats: [[0x104, 0x108]],
  // ARI, and SR-IOV.
  igb: [
    [0x150, 0x158],
    [0x160, 0x1a0],
  ],
} as const;

/** QEMU's guest bytes as airlock shows them. */
function blanked(cell: Cell, guest: Uint8Array): string {
  const bytes = guest.slice();
  const ranges = hasAts(cell) ? (outcomeInBytes(guest) === 'masked' ? BLANKED.ats : []) : BLANKED.igb;
  for (const [start, end] of ranges) {
    assert.ok(
      bytes.subarray(start, end).some(byte => byte !== 0),
      'QEMU leaves them readable',
    );
    bytes.fill(0, start, end);
  }
  return Buffer.from(bytes).toString('hex');
}

/** QEMU's bytes for what airlock decides in this cell: its own, or those of the cell of the same device where QEMU decides so too. */
function reference(measured: readonly MeasuredCell[], { cell, strict }: MeasuredCell): Uint8Array {
  const wanted = outcomeInBytes(Buffer.from(strict.guest ?? '', 'hex'));
  const same = measured.filter(
    ({ cell: other, qemu }) => other.device === cell.device && other.backend === cell.backend && outcomeInBytes(qemu.guest) === wanted,
  );
  const guest = (same.find(({ cell: other }) => other === cell) ?? same[0])?.qemu.guest;
  assert.ok(guest);
  return guest;
}

/** How many cells end in what, for one device: `{ shown: 9, masked: 3 }`. */
function counted(measured: readonly MeasuredCell[], device: string, backend: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { cell, qemu } of measured) {
    if (cell.device !== device || cell.backend !== backend) continue;
    const outcome = outcomeInBytes(qemu.guest);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe('QEMU 11.1.3 and airlock view of a live device', { skip }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'airlock-matrix-'));
  const measured = new Map<string, readonly MeasuredCell[]>();
  const cellOf = (says: string, cell: Cell): MeasuredCell => {
    const found = measured.get(says)?.find(other => other.cell === cell);
    assert.ok(found);
    return found;
  };
  before(async () => {
    assert.ok(hosts);
    const { get } = hosts;
    const measure = async ({ iommu, says }: (typeof ANSWERS)[number]) => {
      const save = (text: string): string => {
        const path = join(scratch, `${iommu}.json`);
        writeFileSync(path, text);
        return path;
      };
      measured.set(says, await measureCells(await get(iommu), CELLS, save));
    };
    await Promise.all(ANSWERS.map(measure));
  });
  after(async () => {
    rmSync(scratch, { recursive: true });
    await hosts?.release();
  });

  for (const { says } of ANSWERS) {
    describe(`where the kernel says: ${says}`, () => {
      for (const cell of CELLS) {
        it(`${cellName(cell)}: same outcome, words and 4096 bytes`, () => {
          const { qemu, live, liveCode } = cellOf(says, cell);
          assert.deepEqual(
            qemu.others.filter(line => !HARMLESS.some(pattern => pattern.test(line))),
            [],
          );
          assert.deepEqual(qemu.messages, qemuWords(live));
          assert.deepEqual([qemu.code, qemu.guest === null], live.outcome === 'failed' ? [1, true] : [0, false]);
          assert.equal(liveCode, qemu.code);
          assert.equal(qemu.guest === null ? null : Buffer.from(qemu.guest).toString('hex'), live.guest);
        });
      }

      for (const cell of CELLS) {
        it(`${cellName(cell)}: the profile airlock differs from QEMU by its rows, its words and blanked bytes alone`, () => {
          const own = cellOf(says, cell);
          const { strict, strictCode } = own;
          const expected = strictly(cell, says);
          assert.deepEqual(
            {
              error: strict.error?.code ?? null,
              told: strict.warnings.map(({ level, code }) => `${level} ${code}`),
              source: strict.properties.ats?.source,
            },
            expected,
          );
          assert.deepEqual([strictCode, strict.outcome], expected.error === null ? [0, 'realized'] : [1, 'failed']);
          if (expected.error === null) assert.equal(strict.guest, blanked(cell, reference(measured.get(says) ?? [], own)));
          else assert.equal(strict.guest, null);
        });
      }
    });
  }

  it('every outcome occurs as often as the mission says', () => {
    const [used = [], unsupported = []] = ANSWERS.map(({ says }) => measured.get(says));
    assert.deepEqual(counted(used, 'virtio-net', 'iommufd'), { shown: 9, masked: 3 });
    assert.deepEqual(counted(unsupported, 'virtio-net', 'iommufd'), { masked: 9, 'realize fails': 3 });
    for (const cells of [used, unsupported]) {
      assert.deepEqual(counted(cells, 'virtio-twin', 'legacy'), { shown: 9, masked: 3 });
      assert.deepEqual(counted(cells, 'igb', 'iommufd'), { masked: 9, 'realize fails': 3 });
      assert.deepEqual(counted(cells, 'igb', 'legacy'), { masked: 4 });
    }
  });
});
