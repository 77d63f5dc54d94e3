/** Reads Firecracker's configuration file, to say that it assigns no devices. */

import { nameOfFile } from '../file-name.ts';
import { FindingList } from '../finding-list.ts';
import type { DefinitionText, Reader, Reading } from '../reader.ts';
import { entriesOf, itemsOf, parseJson, type YamlNode } from '../yaml/index.ts';

export const firecrackerReader: Reader = {
  name: 'firecracker',
  summary: 'Firecracker configuration',
  matches: text => /^\s*\{/.test(text) && /"(?:boot-source|machine-config|network-interfaces)"\s*:/.test(text),
  read,
};

/** Keys under which others write assigned devices. */
const HOPES: ReadonlySet<string> = new Set(['devices', 'vfio', 'pci', 'pci-devices', 'host-devices', 'hostdevs', 'passthrough']);

/** An empty list asks for nothing. */
const asksForDevices = (node: YamlNode): boolean => itemsOf(node).length > 0 || entriesOf(node).length > 0;

function read(definition: DefinitionText): Reading {
  const { file, text } = definition;
  const list = new FindingList();
  const { documents, places } = parseJson(definition);
  const [config] = documents;
  const hoped = entriesOf(config).find(({ key }) => HOPES.has(key));
  const start = text.search(/\S|$/);
  const origin = hoped === undefined ? places.at(start, start) : places.at(hoped.keyStart, hoped.keyEnd);
  const words = 'Firecracker 1.16 has no device assignment: no device of the host reaches this VM';
  const severity = hoped === undefined ? 'note' : asksForDevices(hoped.value) ? 'error' : 'warning';
  list.add(severity, 'firecracker.no-assignment', words, { ...origin, span: null });
  return {
    definitions: [
      {
        name: nameOfFile(file),
        source: { format: 'firecracker', file, line: origin.line === null ? null : places.at(start, start).line },
        vmm: { family: 'firecracker', architecture: null, program: null },
        machine: { type: null, values: [] },
        hasDefaultDevices: true,
        otherOptions: [],
        accelerators: ['kvm'],
        globals: [],
        objects: [],
        devices: [],
        findings: list.findings,
      },
    ],
    findings: [],
  };
}
