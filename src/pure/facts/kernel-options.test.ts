import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasNoAts, kernelOptions } from './kernel-options.ts';

/** What stands on the command line, and what may be told of it. */
const VECTORS: readonly (readonly [line: string, options: readonly string[]])[] = [
  ['', []],
  ['root=UUID=5e1f-77 ro quiet ip=10.0.0.7::10.0.0.1 token=hunter2', []],
  ['root=/dev/vda intel_iommu=on,sm_on iommu=pt quiet', ['intel_iommu=on,sm_on', 'iommu=pt']],
  ['amd_iommu=on iommu.passthrough=0 iommu.strict=1', ['amd_iommu=on', 'iommu.passthrough=0', 'iommu.strict=1']],
  ['pci=realloc,noats pci=nommconf', ['pci=realloc,noats', 'pci=nommconf']],
  ['pci=noats,hunter2,realloc=on', ['pci=noats,…,realloc=on']],
  ['pcie_acs_override=downstream,multifunction', ['pcie_acs_override=downstream,multifunction']],
  ['vfio-pci.ids=10de:1b80,10de:10f0 vfio_pci.disable_idle_d3=1', ['vfio-pci.ids=10de:1b80,10de:10f0', 'vfio_pci.disable_idle_d3=1']],
  ['vfio-pci.ids="10de:1b80"', ['vfio-pci.ids=10de:1b80']],
  ['vfio-pci.ids=hunter2', ['vfio-pci.ids=…']],
  ['iommu=pt;hunter2 intel_iommu=', ['iommu=…', 'intel_iommu=…']],
  ['note="the iommu=pt of the lab" iommu=pt', ['iommu=pt']],
  ['nointremap=hunter2 nointremap noats', ['nointremap']],
  ['intel_iommu=on -- iommu=pt', ['intel_iommu=on']],
  ['-- iommu=pt', []],
  ['xiommu=pt iommux=pt iommu', []],
];

for (const [line, options] of VECTORS) {
  test(`kernelOptions of "${line}"`, () => assert.deepEqual(kernelOptions(line), options));
}

test('kernelOptions tells no word that is not on its list, whatever stands before or behind it', () => {
  const noise = fc.constantFrom(
    'token=',
    'pci=',
    'vfio-pci.ids=',
    'iommu.strict=',
    'console=',
    '"',
    ' ',
    '--',
    'vfio_pci.',
    'rd.luks.key=',
    ',',
  );
  fc.assert(
    fc.property(fc.array(noise), fc.array(noise), (before, behind) => {
      const line = `${before.join('')}hunter2${behind.join('')}`;
      assert.doesNotMatch(kernelOptions(line).join(' '), /hunter/);
    }),
    { numRuns: 500 },
  );
});

test('hasNoAts finds noats among the words of pci= only', () => {
  for (const line of ['pci=noats', 'quiet pci=nomsi pci=x,noats,y']) assert.equal(hasNoAts(kernelOptions(line)), true, line);
  for (const line of ['noats', 'xpci=noats', 'pci=noatsx', 'quiet -- pci=noats', ''])
    assert.equal(hasNoAts(kernelOptions(line)), false, line);
});
