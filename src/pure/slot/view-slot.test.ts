import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceFacts } from '../facts/index.ts';
import { type ViewRequest, view } from '../guest-view/index.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { viewSlot } from './view-slot.ts';

/** BAR 0 of 64 bits with MSI-X's table at 80h, inside of a page. */
const config = buildConfigSpace({
  ...{ vendorId: 0x1234, deviceId: 1, classCode: 0x020000, bars: [4, 0, 0, 0, 0, 0] },
  standard: [
    { id: 0x10, body: `0200${'00'.repeat(0x38)}` },
    { id: 0x11, body: '0f008000000000080000' },
  ],
});
const region = { index: 0, kind: 'memory', width: 64, prefetchable: false, size: 0x1000n } as const;
const FACTS = deviceFacts(config, { regions: { source: 'host', isComplete: true, regions: [region] } });

for (const [what, request, sizes] of [
  ['the device has it', {}, ['0 4096 host']],
  ['a property moves the arrays into it', { properties: [{ name: 'x-msix-relocation', value: 'bar0' }] }, ['0 8192 x-msix-relocation']],
  ['the VMM moves them by itself', { profile: 'cloud-hypervisor-53' }, ['0 8192 vmm']],
] as const satisfies readonly (readonly [string, ViewRequest, readonly string[]])[]) {
  test(`viewSlot says how large a BAR is as ${what}`, () => {
    const { bars } = viewSlot(view(FACTS, request));
    assert.deepEqual(
      bars.map(({ index, size, sizeFrom }) => `${index} ${size} ${sizeFrom}`),
      sizes,
    );
  });
}
