import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findVfioModule } from './module-alias.ts';

const MODALIAS = 'pci:v000015B3d0000101Esv000015B3sd00000061bc02sc00i00';
const GENERIC = 'alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci';
const MELLANOX = 'alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci';
const OTHER = 'alias vfio_pci:v00001DD8d00001006sv*sd*bc*sc*i* pds_vfio_pci';

const VECTORS: readonly (readonly [name: string, lines: readonly string[], module: string | null])[] = [
  ['no line at all', [], null],
  ['the line for any device', [GENERIC], 'vfio_pci'],
  ['the line with the fewest stars, before', [MELLANOX, GENERIC], 'mlx5_vfio_pci'],
  ['the line with the fewest stars, after', [GENERIC, MELLANOX], 'mlx5_vfio_pci'],
  ['no line of another device', [OTHER], null],
  ['no line of another kind', ['alias pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_core'], null],
  ['no line that is longer than an alias', [`alias vfio_pci:v${'*'.repeat(300)} vfio_pci`], null],
  ['no line without a module', ['alias vfio_pci:v*d*sv*sd*bc*sc*i*'], null],
  ['a dot as a dot', ['alias vfio_pci:v000015B3d0000101Esv*sd*bc.*sc*i* x_vfio_pci'], null],
];

for (const [name, lines, module] of VECTORS) {
  test(`findVfioModule takes ${name}`, () => {
    assert.equal(findVfioModule(MODALIAS, ['# comment', ...lines, ''].join('\n')), module);
  });
}

test('findVfioModule ends soon on a line made of stars', () => {
  const line = `alias vfio_pci:${'*v'.repeat(90)} vfio_pci`;
  const start = performance.now();
  assert.equal(findVfioModule(`pci:${'v'.repeat(60)}`, line), null);
  assert.ok(performance.now() - start < 1000);
});
