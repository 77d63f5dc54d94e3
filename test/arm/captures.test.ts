/** The capture of the Arm host that the package ships: it is what the host gives now, and a view of it is a view of the live device. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { VM_CAPTURES } from '../../tools/make-vm-captures.ts';
import { assertSameViews, assertShipped, type MeasuredCapture, measureCapture } from '../vm/capture-comparison.ts';
import { missingArmBed } from './bed.ts';
import { shareArmHost } from './shared-arm-host.ts';

const skip = missingArmBed();
const host = skip === false ? shareArmHost() : null;

describe('captures/vm-arm-smmuv3.json', { skip }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'airlock-arm-captures-'));
  let measured: MeasuredCapture;
  before(async () => {
    const wanted = VM_CAPTURES.find(({ iommu }) => iommu === 'smmuv3');
    assert.ok(host && wanted);
    measured = await measureCapture(wanted, await host.get());
  });
  after(async () => {
    rmSync(scratch, { recursive: true });
    await host?.release();
  });

  it('it is what tools/make-vm-captures.ts makes now, byte for byte', () => assertShipped(measured));

  it('airlock view of the capture, on this machine, equals airlock view of the live device', () => assertSameViews(measured, scratch));
});
