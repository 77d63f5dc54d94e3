import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownDrivers, propertyDeclarations } from './property-declarations.ts';
import { helpedProperties, propertyHelp } from './property-help.ts';

const DRIVERS = knownDrivers('11.1');

test('propertyHelp has a line for every property of the tables and for nothing else', () => {
  for (const driver of DRIVERS) {
    const older = knownDrivers('10.0').includes(driver) ? propertyDeclarations(driver, '10.0').keys() : [];
    const names = new Set([...propertyDeclarations(driver).keys(), ...older]);
    assert.deepEqual(helpedProperties(driver).sort(), [...names].sort(), driver);
  }
});

test('propertyHelp gives one line without a full stop, no two the same', () => {
  for (const driver of DRIVERS) {
    const lines = helpedProperties(driver).map(name => propertyHelp(driver, name));
    for (const line of lines) assert.match(line, /^[A-Z][^\n]{19,139}[^.\s]$/);
    assert.equal(new Set(lines).size, lines.length, driver);
  }
});

test('propertyHelp names every word that an on, off or auto property takes', () => {
  for (const driver of DRIVERS) {
    for (const { name, type } of propertyDeclarations(driver).values()) {
      const words = { OnOffAuto: ['on', 'off', 'auto'], bool: ['on', 'off'] }[type.name] ?? [];
      for (const word of words) assert.match(propertyHelp(driver, name), new RegExp(`\\b${word}\\b`), `${driver}.${name}`);
    }
  }
});

test('propertyHelp tells the two properties named ats apart, and is empty for a name that there is not', () => {
  assert.match(propertyHelp('vfio-pci', 'ats'), /the kernel reports it unsupported/);
  assert.match(propertyHelp('arm-smmuv3', 'ats'), /SMMUv3/);
  for (const name of ['atss', 'ramfb', 'toString', '']) assert.equal(propertyHelp('vfio-pci', name), '');
});
