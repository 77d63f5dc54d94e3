import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QemuVersion } from './generated-table.ts';
import { knownDrivers, propertyDeclarations } from './property-declarations.ts';
import { judgedProperties, propertyEffect } from './property-effects.ts';

const VERSIONS: readonly QemuVersion[] = ['11.1', '10.0'];
const DRIVERS = knownDrivers('11.1');

for (const driver of DRIVERS) {
  test(`propertyEffect says of every property of ${driver} in every table what it does to the view, and of no other`, () => {
    const tables = VERSIONS.filter(version => knownDrivers(version).includes(driver));
    const names = new Set(tables.flatMap(version => [...propertyDeclarations(driver, version).keys()]));
    assert.deepEqual(judgedProperties(driver).sort(), [...names].sort());
    for (const name of names) {
      const { text } = propertyEffect(driver, name);
      assert.ok(text.length > 10 && !text.endsWith('.') && !text.includes('\n'), name);
    }
  });
}

test('propertyEffect throws for a property that the driver does not have', () => {
  assert.throws(() => propertyEffect('vfio-pci', 'ramfb'), RangeError);
  assert.throws(() => propertyEffect('vfio-pci', 'toString'), RangeError);
});
