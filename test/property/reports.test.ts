/** What holds of the JSON of any device, whatever its bytes: it is as its published schema has it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare } from '../../src/pure/guest-view/index.ts';
import { decodeDevice } from '../../src/pure/pci/decode-device.ts';
import { compareJson } from '../../src/pure/reports/compare-json.ts';
import type { CompareSide } from '../../src/pure/reports/compare-report.ts';
import { decodeJson } from '../../src/pure/reports/decode-json.ts';
import { configSpaces, RUNS } from '../fixtures/arbitrary-config.ts';
import { schemaFaults } from '../fixtures/published-schemas.ts';

/** As it is printed. */
const printed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const SIDE: Omit<CompareSide, 'name'> = { input: '-', bdf: null, outcome: 'raw', error: null, doubts: [], unknown: [] };

test('decodeJson of any bytes is as the published schema has it', () => {
  fc.assert(
    fc.property(configSpaces, config => {
      assert.deepEqual(schemaFaults('decode-line', printed(decodeJson(decodeDevice(config, null)))), []);
    }),
    { numRuns: RUNS },
  );
});

test('compareJson of any two config spaces is as the published schema has it', () => {
  fc.assert(
    fc.property(configSpaces, configSpaces, (a, b) => {
      const comparison = compare({ config: a }, { config: b });
      const report = { a: { ...SIDE, name: 'A' }, b: { ...SIDE, name: 'B' }, comparison } as const;
      assert.deepEqual(schemaFaults('compare', printed(compareJson(report))), []);
    }),
    { numRuns: Math.ceil(RUNS / 4) },
  );
});
