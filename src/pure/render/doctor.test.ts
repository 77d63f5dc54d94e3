import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { doctorJson } from '../reports/doctor-json.ts';
import type { Check, DoctorReport } from '../reports/doctor-report.ts';
import { formatDoctor } from './doctor-text.ts';
import { createPainter } from './paint.ts';

const CHECKS: readonly Check[] = [
  { code: 'iommu.on', status: 'pass', text: 'one IOMMU', fix: null, isCommand: false },
  {
    code: 'pci.noats',
    status: 'warn',
    text: 'a sentence that is too long for what is left of one line of text',
    fix: 'boot without pci=noats',
    isCommand: false,
  },
  { code: 'group.viable', status: 'fail', text: 'not viable', fix: 'sudo airlock bind 0000:01:00.0 --group --yes', isCommand: true },
  { code: 'device.ats', status: 'unknown', text: 'not known', fix: null, isCommand: false },
];
const REPORT: DoctorReport = { kernel: '7.3.4', device: '0000:01:00.0', required: ['ats'], checks: CHECKS };

describe('doctor', () => {
  test('formatDoctor has a line a check, what mends it below, and the sum', () => {
    assert.deepEqual(formatDoctor(REPORT), [
      'host and 0000:01:00.0, Linux 7.3.4, required: ats',
      '',
      'PASS    iommu.on              one IOMMU',
      'WARN    pci.noats             a sentence that is too long for what is left of',
      '                              one line of text',
      '                              mend: boot without pci=noats',
      'FAIL    group.viable          not viable',
      '                              mend: sudo airlock bind 0000:01:00.0 --group --yes',
      'UNKNOWN device.ats            not known',
      '',
      '1 passed, 1 warning, 1 failed, 1 unknown',
    ]);
  });

  test('formatDoctor keeps to 80 columns where what mends it is long', () => {
    const fix = 'boot with intel_iommu=on (VT-d) or amd_iommu=on, and switch the IOMMU on in the firmware';
    const lines = formatDoctor({ ...REPORT, checks: [{ code: 'iommu.on', status: 'fail', text: 'x', fix, isCommand: false }] });
    assert.ok(lines.every(line => line.length <= 80));
    assert.equal(
      lines
        .slice(3, 5)
        .map(line => line.trim())
        .join(' '),
      `mend: ${fix}`,
    );
  });

  test('formatDoctor leaves a command whole, however long, and breaks one where a shell reads on', () => {
    const fix = `sudo tee ${'/long'.repeat(20)}`;
    const lines = formatDoctor({ ...REPORT, checks: [{ code: 'iommu.on', status: 'fail', text: 'x', fix, isCommand: true }] });
    assert.equal(lines[3], `        mend: ${fix}`);
    const two = `sudo modprobe iommufd && ${fix}`;
    const broken = formatDoctor({ ...REPORT, checks: [{ code: 'iommu.on', status: 'fail', text: 'x', fix: two, isCommand: true }] });
    assert.deepEqual(broken.slice(3, 5), ['        mend: sudo modprobe iommufd &&', `      ${fix}`]);
  });

  test('formatDoctor wraps its sum where the terminal is narrow', () => {
    const checks = [...CHECKS, ...CHECKS.filter(({ status }) => status === 'warn')];
    const lines = formatDoctor({ ...REPORT, checks }, createPainter({ width: 40 }));
    assert.deepEqual(lines.slice(-2), ['1 passed, 2 warnings, 1 failed, 1', '  unknown']);
  });

  test('formatDoctor of a host alone, whose kernel is not known', () => {
    const lines = formatDoctor({ kernel: null, device: null, required: [], checks: [] });
    assert.deepEqual([lines[0], lines.at(-1)], ['host, kernel not known', '0 passed, 0 warnings, 0 failed, 0 unknown']);
  });

  test('doctorJson has the checks as they are, their numbers and how it ended', () => {
    assert.deepEqual(doctorJson(REPORT), {
      schemaVersion: 1,
      kernel: '7.3.4',
      device: '0000:01:00.0',
      required: ['ats'],
      outcome: 'failed',
      counts: { pass: 1, warn: 1, fail: 1, unknown: 1 },
      checks: CHECKS,
    });
    assert.equal(doctorJson({ ...REPORT, checks: CHECKS.slice(0, 2) }).outcome, 'passed');
  });
});
