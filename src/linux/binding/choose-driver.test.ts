import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { newRoot, writeTree } from '../../../test/fixtures/host-tree.ts';
import { BindingError } from './binding-error.ts';
import { chooseDriver, type DriverSearch, moduleLoader } from './choose-driver.ts';

const MODALIAS = 'pci:v000015B3d0000101Esv000015B3sd00000061bc02sc00i00';
const ALIASES = {
  'lib/modules/7.3.4/modules.alias':
    'alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\nalias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n',
};
const LOADED_VARIANT = { 'sys/module/mlx5_vfio_pci/drivers/pci:mlx5_vfio_pci': { link: 'x' } };

describe('chooseDriver', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const loaded: string[] = [];
  function search(changes: Partial<DriverSearch> = {}): DriverSearch {
    loaded.length = 0;
    return { root, kernel: '7.3.4', named: null, hasDriver: () => false, load: module => void loaded.push(module), ...changes };
  }

  test('chooseDriver takes the variant that modules.alias names', () => {
    writeTree(root, ALIASES, LOADED_VARIANT);
    assert.deepEqual(chooseDriver(MODALIAS, search()), { driver: 'mlx5_vfio_pci', notes: [] });
    assert.deepEqual(loaded, []);
  });

  test('chooseDriver loads a variant that is not loaded, and never takes vfio-pci in its place', () => {
    writeTree(root, ALIASES);
    const load = (module: string): void => {
      loaded.push(module);
      writeTree(root, LOADED_VARIANT);
    };
    const chosen = chooseDriver(MODALIAS, search({ load, hasDriver: () => true }));
    assert.deepEqual(chosen, { driver: 'mlx5_vfio_pci', notes: ['loaded the module mlx5_vfio_pci'] });
    assert.deepEqual(loaded, ['mlx5_vfio_pci']);
  });

  test('chooseDriver fails where a variant does not load', () => {
    writeTree(root, ALIASES);
    const load = (module: string): never => {
      throw new BindingError(`Cannot load ${module}`);
    };
    assert.throws(() => chooseDriver(MODALIAS, search({ load, hasDriver: () => true })), { message: 'Cannot load mlx5_vfio_pci' });
    assert.throws(() => chooseDriver(MODALIAS, search()), {
      message: 'Cannot use the module mlx5_vfio_pci: it is loaded and has no PCI driver',
    });
  });

  test('chooseDriver takes a vfio-pci that is built in, and says that no variant was looked for', () => {
    const chosen = chooseDriver(MODALIAS, search({ hasDriver: name => name === 'vfio-pci' }));
    assert.deepEqual(chosen, { driver: 'vfio-pci', notes: ['no /lib/modules/7.3.4/modules.alias: no variant driver was looked for'] });
    assert.match(chooseDriver(null, search({ hasDriver: () => true })).notes[0] ?? '', /^the device has no modalias: /);
    assert.match(chooseDriver(MODALIAS, search({ kernel: null, hasDriver: () => true })).notes[0] ?? '', /release is not known: /);
  });

  test('chooseDriver takes the driver that is named, loads it where it is not there, and refuses what is no VFIO driver', () => {
    assert.deepEqual(chooseDriver(MODALIAS, search({ named: 'vfio-pci', hasDriver: () => true })), { driver: 'vfio-pci', notes: [] });
    let isThere = false;
    const load = (): void => {
      isThere = true;
    };
    const late = chooseDriver(MODALIAS, search({ named: 'x_vfio_pci', load, hasDriver: () => isThere }));
    assert.deepEqual(late, { driver: 'x_vfio_pci', notes: ['loaded the module x_vfio_pci'] });
    assert.throws(() => chooseDriver(MODALIAS, search({ named: 'x_vfio_pci' })), /its module is loaded and has no PCI driver of that name/);
    for (const named of ['igb', '../x/vfio-pci', '-vfio-pci vfio-pci', '']) {
      assert.throws(() => chooseDriver(MODALIAS, search({ named, hasDriver: () => true })), /is no VFIO driver; wanted/, named);
    }
  });

  test('moduleLoader loads nothing for another tree', () => {
    assert.throws(() => moduleLoader(root)('vfio-pci'), { name: 'BindingError', message: /is another tree; wanted it loaded already$/ });
  });
});
