import { test } from 'node:test';
import { LIBVIRT_MENDS } from '../../../../../test/fixtures/libvirt-mends.ts';
import { checkMend, hostOf, SMMU } from '../../../../../test/fixtures/mends.ts';

for (const row of LIBVIRT_MENDS) {
  const host = row.text.includes('smmuv3') ? hostOf({ report: SMMU }) : hostOf();
  test(`withMends mends ${row.code} in libvirt's words: ${row.mend}`, () => checkMend('libvirt', { host, ...row }));
}
