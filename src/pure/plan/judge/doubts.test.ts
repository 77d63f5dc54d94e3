import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOST_FACTS } from '../../facts/index.ts';
import { Planner } from '../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

const HOST = { name: 'h', facts: NO_HOST_FACTS, devices: [], isWhole: true };

/** The outcome, and all that is said of what fails or is not known. */
function planned(words: string): { outcome: string; said: string; stops: string | null } {
  const text = `qemu-system-x86_64 -nodefaults ${words}\n`;
  const [definition] = readDefinitions({ file: 'vm.sh', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  const [host] = new Planner([HOST]).plan(definition).hosts;
  assert.ok(host);
  const said = [...host.errors, ...[...host.iommus, ...host.devices].flatMap(({ error }) => error ?? [])];
  return { outcome: host.outcome, said: said.map(({ message }) => message).join('; '), stops: host.stopsWith?.message ?? null };
}

const SERVED = `-device '{"driver":"vfio-user-pci","socket":{"type":"unix","path":"/a"}}'`;

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: as a shell has them
/** A value of the shell's in each part of a command line, and its name. */
const UNKNOWN: readonly (readonly [words: string, name: string])[] = [
  ['-M q35 -device vfio-pci,host=$GPU', '$GPU'],
  ['-M q35 -device "vfio-pci,host=${GPU}"', '${GPU}'],
  ['-M q35 -device vfio-pci,host=01:00.0,bus=$BUS', '$BUS'],
  ['-M q35 -device vfio-pci,host=01:00.0,addr=`f`', '`f`'],
  ['-M q35 -device vfio-pci,host=01:00.0,ats=$(f)', '$(f)'],
  ['-M q35 -device vfio-pci,host=01:00.0,x-no-mmap=$MAP', '$MAP'],
  ['-M q35 -device vfio-pci,host=01:00.0,iommufd=$IO', '$IO'],
  ['-M q35 -device vfio-$KIND,host=01:00.0', '$KIND'],
  ['-M q35 -device vfio-pci,host=01:00.0,id=$ID', '$ID'],
  ['-M q35 -global vfio-pci.ats=$ATS -device vfio-pci,host=01:00.0', '$ATS'],
  ['-M q35 -device intel-iommu,aw-bits=$BITS', '$BITS'],
  ['-M q35 -device e1000,mac=$MAC', '$MAC'],
  ['-M q35,smm=$SMM', '$SMM'],
  ['-M $TYPE', '$TYPE'],
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

describe('plan of words that a shell puts in place of others', () => {
  for (const [words, name] of UNKNOWN) {
    test(`knows nothing of ${words}, and names ${name}`, () => {
      const { outcome, said, stops } = planned(words);
      assert.deepEqual([outcome, stops], ['unknown', null]);
      assert.ok(said.includes(name), said);
    });
  }

  test('does not refuse what such words may bring', () => {
    for (const words of [
      `-M q35 "$@" ${SERVED.replace('"socket"', '"bus":"rp1","socket"')}`,
      `-M q35 -device pcie-root-port,id=$P ${SERVED.replace('"socket"', '"bus":"rp1","socket"')}`,
      '-M q35 -object iommufd,id=$I -device vfio-pci,host=01:00.0,iommufd=i0',
      '-M q35 -device vfio-pci,host=01:00.0,id=$ID -set device.gpu.ats=off',
      '-M q35 -readconfig /nowhere.cfg -device vfio-pci,host=01:00.0,bus=rp1',
    ]) {
      const { outcome, said } = planned(words.replace('host=01:00.0', 'fd=3'));
      assert.equal(outcome, 'unknown', `${words}: ${said}`);
    }
  });

  test('refuses still what no other words turn away', () => {
    assert.equal(planned('-M q35 -drive file=$F -device vfio-pci,host=01:00.0,nosuch=1').outcome, 'fails');
    assert.equal(planned('-M q35 "$@" -device vfio-pci,host=01:00.0,nosuch=1').stops, "Property 'vfio-pci.nosuch' not found");
    assert.equal(planned("-M q35 -device vfio-pci,host='$GPU'").outcome, 'fails');
  });

  test('says of no machine that it is the default, where such words may name it', () => {
    const machineOf = (text: string): string | null | undefined => {
      const { definitions } = readDefinitions({ file: 'vm.sh', text: `qemu-system-x86_64 ${text}` }, 'qemu', NO_CONTEXT);
      return definitions.map(each => new Planner([HOST]).plan(each).machine)[0];
    };
    assert.deepEqual(['$OPTS', '-M q35 $OPTS', '-nodefaults'].map(machineOf), [null, 'pc-q35-11.1', 'pc-i440fx-11.1']);
  });
});
