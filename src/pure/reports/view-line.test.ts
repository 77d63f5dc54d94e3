import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROFILE_NAMES } from '../../../test/fixtures/profile-names.ts';
import { captureIommu, parseCapture, parseConfigText } from '../capture/index.ts';
import { deviceFacts } from '../facts/index.ts';
import { PROFILES, view } from '../guest-view/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { effectiveProperties, type PropertySystem } from '../qemu/index.ts';
import { viewSlot } from '../slot/index.ts';
import { viewJson } from './view-json.ts';
import { formatViewLine } from './view-line.ts';

const CAPTURES = join(import.meta.dirname, '../../../captures');

const hasAts = (profile: PropertySystem) => effectiveProperties({ profile }).has('ats');

for (const name of readdirSync(CAPTURES)) {
  for (const profile of PROFILE_NAMES) {
    // QEMU 10.0 has no such property.
    for (const ats of hasAts(PROFILES[profile]) ? ['auto', 'on', 'off'] : [null]) {
      test(`formatViewLine is JSON.stringify of viewJson: ${name}, ${profile}, ats=${ats}`, () => {
        const capture = parseCapture(readFileSync(join(CAPTURES, name), 'utf8'));
        const request = { profile, properties: ats === null ? [] : [{ name: 'ats', value: ats }], guestIommu: { pasid: true } };
        for (const device of capture.devices) {
          const hostIommu = captureIommu(capture, device);
          for (const bdf of [Bdf.parse(device.address), null]) {
            const seen = view(deviceFacts(parseConfigText(device.config), { hostIommu, bdf }), request);
            const report = { ...seen, ...(bdf !== null && { slot: viewSlot(seen) }) };
            for (const bytes of [false, true]) assert.equal(formatViewLine(report, bytes), JSON.stringify(viewJson(report, bytes)));
          }
        }
      });
    }
  }
}
