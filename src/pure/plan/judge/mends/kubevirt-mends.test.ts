import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMend, hostOf, type Row, SMMU } from '../../../../../test/fixtures/mends.ts';
import { plan } from '../../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../../readers/index.ts';

const NIC = '      hostDevices:\n      - { name: nic0, deviceName: example.com/nic }\n';

interface Parts {
  readonly devices?: string;
  readonly machine?: string;
  readonly architecture?: string;
  readonly annotation?: string;
  readonly selector?: string;
  readonly gates?: string;
}

/** An instance and the object of its cluster. */
function objects(parts: Parts = {}): string {
  const { devices = NIC, machine = 'pc-q35-11.1', architecture = 'amd64', annotation = '', selector = '1234:0001', gates = '' } = parts;
  return `apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: { name: db1, annotations: { ${annotation} } }
spec:
  architecture: ${architecture}
  domain:
    machine: { type: ${machine} }
    devices:
${devices}---
apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: { name: kubevirt, namespace: kubevirt }
spec:
  configuration:
    permittedHostDevices:
      pciHostDevices:
      - { pciVendorSelector: "${selector}", resourceName: example.com/nic }
    developerConfiguration: { featureGates: [${gates}] }
`;
}

const KUBEVIRT: readonly Row[] = [
  {
    code: 'iommufd.absent',
    text: objects({ gates: 'IOMMUFD' }),
    mend: 'sudo modprobe iommufd, or no IOMMUFD in featureGates',
    edit: ['[IOMMUFD]', '[]'],
    host: hostOf({ facts: { iommufd: 'none' } }),
  },
  {
    code: 'candidates.too-few',
    text: objects({ selector: '15b3:101e' }),
    mend: 'a pciVendorSelector in permittedHostDevices that fits others',
    edit: ['15b3:101e', '1234:0001'],
  },
  {
    code: 'candidates.undefined',
    text: objects({ devices: NIC.replace('example.com/nic', 'example.com/gpu') }),
    mend: 'permittedHostDevices of the KubeVirt object: --permitted FILE',
    edit: ['resourceName: example.com/nic', 'resourceName: example.com/gpu'],
  },
  {
    code: 'machine.unknown',
    text: objects({ machine: 'pc-q35-11.11' }),
    mend: 'spec.domain.machine.type: pc-q35-11.1',
    edit: ['pc-q35-11.11', 'pc-q35-11.1'],
  },
  {
    code: 'machine.distribution',
    text: objects({ machine: 'pc-q35-rhel9.6.0' }),
    mend: 'spec.domain.machine.type: TYPE, one that airlock machines lists',
    edit: ['pc-q35-rhel9.6.0', 'pc-q35-11.1'],
  },
  {
    code: 'machine.unknown',
    text: objects({ machine: 'vrt', architecture: 'arm64' }),
    mend: 'spec.domain.machine.type: virt',
    edit: ['vrt', 'virt'],
    host: hostOf({ report: SMMU }),
  },
  {
    code: 'place.slot-not-seen',
    text: objects({ devices: '      interfaces:\n      - { name: a, sriov: {}, pciAddress: "0000:01:01.0" }\n' }),
    mend: 'a pciAddress of slot 00',
    edit: ['0000:01:01.0', '0000:01:00.0'],
  },
];

for (const row of KUBEVIRT) test(`withMends mends ${row.code} in KubeVirt's words: ${row.mend}`, () => checkMend('kubevirt', row));

test('withMends sends nobody to permittedHostDevices for the function of a network', () => {
  const text = objects({ devices: '      interfaces:\n      - { name: a, sriov: {} }\n' });
  const { definitions } = readDefinitions({ file: 'vm.yaml', text }, 'kubevirt', NO_CONTEXT);
  const error = plan(definitions, [hostOf()]).vms[0]?.hosts[0]?.devices[0]?.error;
  assert.deepEqual([error?.code, error?.mend], ['candidates.undefined', null]);
});
