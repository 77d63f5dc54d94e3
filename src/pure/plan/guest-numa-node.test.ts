import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestNumaNode } from './guest-numa-node.ts';
import { NO_CONTEXT, readDefinitions } from './readers/index.ts';

function nodeOf(bus: string, ...devices: readonly string[]): number | null {
  const text = `qemu-system-x86_64 -M q35 ${devices.map(device => `-device ${device}`).join(' ')}`;
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert(definition);
  return guestNumaNode(definition, bus);
}

test('guestNumaNode climbs to the expander bus, and says nothing where there is none, none named, or no end', () => {
  const port = 'pcie-root-port,id=rp1,bus=pcie.1,chassis=1';
  assert.equal(nodeOf('rp1', 'pxb-pcie,id=pcie.1,bus_nr=8,numa_node=1', port), 1);
  assert.equal(nodeOf('rp1', 'pxb-pcie,id=pcie.1,bus_nr=8', port), null);
  assert.equal(nodeOf('pcie.0'), null);
  assert.equal(nodeOf('a', 'pcie-root-port,id=a,bus=b', 'pcie-root-port,id=b,bus=a'), null);
});
