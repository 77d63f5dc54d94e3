import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { captureIommu, parseCapture, parseConfigText } from '../capture/index.ts';
import { PROFILES, type ProfileName, realize, settingsOf } from '../guest-view/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { describeSlot } from '../slot/index.ts';
import { viewJson } from './view-json.ts';
import { formatViewLine } from './view-line.ts';

const CAPTURES = join(import.meta.dirname, '../../../captures');

for (const name of readdirSync(CAPTURES)) {
  for (const profile of Object.keys(PROFILES) as ProfileName[]) {
    // QEMU 10.0 has no such property.
    for (const ats of profile === 'qemu-10.0' ? [null] : ['auto', 'on', 'off']) {
      test(`formatViewLine is JSON.stringify of viewJson: ${name}, ${profile}, ats=${ats}`, () => {
        const capture = parseCapture(readFileSync(join(CAPTURES, name), 'utf8'));
        const properties = effectiveProperties({ profile, device: ats === null ? [] : [{ name: 'ats', value: ats }] });
        for (const device of capture.devices) {
          const config = parseConfigText(device.config);
          const hostIommu = captureIommu(capture, device);
          const realized = realize({
            ...{ config, hostIommu, bytes: 'host', profile: PROFILES[profile], settings: settingsOf(properties) },
            ...{ placement: 'root-port', viommuPasid: true, virtualFunction: null, barSizes: null },
          });
          for (const bdf of [Bdf.parse(device.address), null]) {
            const place = { virtualFunction: null, regions: null, above: null, placement: 'root-port' } as const;
            const slot = describeSlot({ ...place, config, profile, properties });
            const report = { bdf, config, realized, profile, properties, hostIommu, ...(bdf !== null && { slot }) };
            for (const bytes of [false, true]) assert.equal(formatViewLine(report, bytes), JSON.stringify(viewJson(report, bytes)));
          }
        }
      });
    }
  }
}
