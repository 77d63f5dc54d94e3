/** Reads Cloud Hypervisor's VmConfig in JSON. */
import { FindingList } from '../finding-list.ts';
import type { DefinitionText, Reader, Reading } from '../reader.ts';
import { cloudHypervisorDefinition } from './definition.ts';
import { readJsonConfig } from './json-config.ts';

export const cloudHypervisorReader: Reader = {
  name: 'cloud-hypervisor',
  summary: 'Cloud Hypervisor configuration in JSON',
  matches: isJsonConfig,
  read,
};

/** Keys that only VmConfig has, in an object that is none of Kubernetes. */
function isJsonConfig(text: string): boolean {
  return (
    /^\s*\{/.test(text) &&
    /"(?:payload|user_devices|boot_vcpus|num_pci_segments|vfio_p2p_dma)"\s*:/.test(text) &&
    !/"apiVersion"\s*:/.test(text)
  );
}

function read(definition: DefinitionText): Reading {
  const list = new FindingList();
  const config = readJsonConfig(definition, list);
  const line = definition.text.slice(0, definition.text.search(/\S|$/)).split('\n').length;
  return { definitions: [cloudHypervisorDefinition(config, { file: definition.file, line, program: null }, list)], findings: [] };
}
