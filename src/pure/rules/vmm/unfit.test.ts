import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import type { Placement } from '../realize-input.ts';
import type { Demands } from '../settings.ts';
import { unfitAfter, unfitBefore } from './unfit.ts';

interface Where {
  readonly classCode?: number;
  readonly multifunction?: boolean;
  readonly placement?: Placement;
}

function found(demands: Partial<Demands>, { classCode = 0x020000, multifunction = false, placement = 'root-port' }: Where = {}): string {
  const config = buildConfigSpace({ vendorId: 0x1af5, deviceId: 1, classCode });
  const settings = { multifunction, demands: { ...DEFAULT_SETTINGS.demands, ...demands } };
  const effect = effectOf([unfitBefore, unfitAfter], config, { settings, placement });
  return typeof effect === 'string' ? effect : effect.messages.join('\n');
}

test('vmm.unfit says nothing where nothing is asked', () => {
  assert.equal(found({}), '');
  assert.equal(found({ display: 'auto', migration: 'off', ramfbMigration: 'off' }), '');
});

/** What is asked, of which device, and QEMU's words. */
const REFUSED: readonly (readonly [demands: Partial<Demands>, where: Where, words: string])[] = [
  [{ balloon: true }, {}, 'x-balloon-allowed only potentially compatible with mdev devices'],
  [{ display: 'on' }, { classCode: 0x030000 }, "vfio: device doesn't support any (known) display method"],
  [{ display: 'on', resolution: true }, {}, "vfio: device doesn't support any (known) display method"],
  [{ resolution: true }, {}, 'xres and yres properties require display=on'],
  [{ ramfb: true }, {}, 'ramfb=on requires display=on'],
  [{ ramfb: true, display: 'auto' }, {}, 'ramfb=on requires display=on'],
  [{ failoverPair: true }, { classCode: 0x030000 }, 'failover primary device is not an Ethernet device'],
  [{ failoverPair: true }, { multifunction: true }, 'failover: primary device must be in its own PCI slot'],
  [{ failoverPair: true }, { placement: 'conventional' }, 'failover primary device must be on PCIExpress bus'],
];

for (const [demands, where, words] of REFUSED) {
  test(`vmm.unfit: ${words}, for ${JSON.stringify({ ...demands, ...where })}`, () => {
    assert.equal(found(demands, where), `property.unfit: ${words}`);
  });
}

test('vmm.unfit refuses x-vga of a device that is no VGA controller, and cannot tell of one that is', () => {
  assert.match(found({ vga: true }), /^property\.unfit: failed getting region info for VGA region index 8: Invalid argument/);
  assert.match(found({ vga: true }, { classCode: 0x030000 }), /^note property\.vga-unknown/);
});

test('vmm.unfit tells what QEMU warns of, what cannot be told, and what QEMU dies of', () => {
  assert.match(found({ ramfbMigration: 'on' }), /^warning property\.ramfb-migrate \(vmm\): x-ramfb-migrate=on but ramfb=off\./);
  assert.match(found({ migration: 'on' }), /^note property\.migration-unknown \(airlock\)/);
  assert.match(found({ sriovPf: true }), /^property\.sriov-pf: /);
  assert.equal(found({ failoverPair: true }), '');
});
