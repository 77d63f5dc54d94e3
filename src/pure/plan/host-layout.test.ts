import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../facts/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { plan } from './plan.ts';
import { NO_CONTEXT, readDefinitions } from './readers/index.ts';

/** A GPU with its sound, of node 1, and a card with two ports. */
const FUNCTIONS = [
  ['0000:41:00.0', 1],
  ['0000:41:00.1', 2],
  ['0000:42:00.0', 3],
  ['0000:42:00.1', 3],
] as const;

const HOST = {
  name: 'h',
  facts: NO_HOST_FACTS,
  isWhole: true,
  devices: FUNCTIONS.map(([address, deviceId]) => {
    const iommuGroup = {
      number: Number.parseInt(address.slice(5, 7), 16),
      type: 'DMA',
      members: FUNCTIONS.map(([each]) => each).filter(each => each.slice(0, 7) === address.slice(0, 7)),
      file: null,
    };
    const assignment = { ...NO_ASSIGNMENT_FACTS, driver: { name: 'vfio-pci' }, iommuGroup, numaNode: 1 };
    const config = buildConfigSpace({ vendorId: 0x1234, deviceId, classCode: 0, standard: [{ id: 0x10, body: '0200' }] });
    return deviceFacts(config, { origin: 'capture', bdf: Bdf.parse(address), assignment });
  }),
};

const PORTS = '-device pcie-root-port,id=rp1,chassis=1 -device pcie-root-port,id=rp2,chassis=2';

function said(words: string): readonly string[] {
  const { definitions } = readDefinitions({ file: 'vm', text: `qemu-system-x86_64 -M q35 -nodefaults ${words}` }, 'qemu', NO_CONTEXT);
  return plan(definitions, [HOST, { ...HOST, name: 'i' }]).vms.flatMap(({ findings }) => findings.map(({ message }) => message));
}

test('plan warns of functions of one card that the guest finds apart, and not of ports that are alike', () => {
  assert.deepEqual(said(`${PORTS} -device vfio-pci,id=a,host=41:00.0,bus=rp1 -device vfio-pci,id=b,host=41:00.1,bus=rp2`), [
    '0000:41:00.1 is of one card with 0000:41:00.0 (a at rp1 00.0), and for the guest one of its own, at rp2 00: bus=rp1,addr=0x0.0x1 of b and multifunction=on of a put them into one slot',
  ]);
  assert.deepEqual(
    said(`${PORTS} -device vfio-pci,id=a,host=41:00.0,bus=rp1,multifunction=on -device vfio-pci,id=b,host=41:00.1,bus=rp1,addr=0x0.0x1`),
    [],
  );
  assert.deepEqual(said(`${PORTS} -device vfio-pci,id=a,host=42:00.0,bus=rp1 -device vfio-pci,id=b,host=42:00.1,bus=rp2`), []);
});

test('plan warns of an expander bus of another NUMA node than the device', () => {
  const on = (node: string) =>
    said(`-device pxb-pcie,id=x,bus_nr=8${node} -device pcie-root-port,id=rp1,bus=x,chassis=1 -device vfio-pci,id=a,host=42:00.0,bus=rp1`);
  assert.deepEqual(on(',numa_node=0'), [
    "the guest is told that a is at its NUMA node 0, and 0000:42:00.0 is at the host's node 1: wanted numa_node=1 of its pxb-pcie, unless the guest's node 0 is bound to the host's node 1",
  ]);
  assert.deepEqual([on(',numa_node=1'), on('')], [[], []]);
});
