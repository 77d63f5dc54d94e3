import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeCapability, encodeCapability } from '../capability.ts';
import { ConfigSpace } from '../config-space.ts';
import { enhancedAllocation, enhancedAllocationBridge } from './enhanced-allocation.ts';
import { STANDARD_CAPABILITIES } from './index.ts';
import { vendorSpecific } from './vendor-specific.ts';
import { virtio } from './virtio.ts';

/** Bytes that the longest form of a type may reach; 64 where nothing is said. */
const LONGEST = new Map<unknown, number>([
  [enhancedAllocation, 4 + 63 * 32],
  [enhancedAllocationBridge, 8 + 63 * 32],
  [vendorSpecific, 255],
  [virtio, 255],
]);

for (const type of STANDARD_CAPABILITIES) {
  test(`${type.name} encodes what it decodes, for any body`, () => {
    const length = LONGEST.get(type) ?? 64;
    const bodies = fc.uint8Array({ minLength: length - 2, maxLength: length - 2 });
    fc.assert(
      fc.property(bodies, body => {
        const bytes = Uint8Array.of(type.id, 0, ...body);
        const { fields, missing } = decodeCapability(type, new ConfigSpace(bytes), 0);
        assert.deepEqual(missing, []);
        const encoded = encodeCapability(type, fields);
        assert.deepEqual(encoded, bytes.slice(0, encoded.length));
      }),
      { numRuns: 300 },
    );
  });

  test(`${type.name} decodes bytes that end early without throwing`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), body => {
        decodeCapability(type, new ConfigSpace(body), 0);
      }),
      { numRuns: 100 },
    );
  });
}
