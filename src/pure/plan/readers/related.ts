/** Whether an input that definitions may refer to holds what a reader would look for in it, so that a wrong file is not passed over in silence. */
import { clusterOf } from './kubevirt/cluster.ts';
import { isAboutCluster, kubeObjects } from './kubevirt/objects.ts';
import { parseXml } from './libvirt/xml.ts';
import { isMappingFile } from './proxmox/mapping.ts';
import { DefinitionError, type DefinitionText } from './reader.ts';

export { mayBeRelated } from './may-be-related.ts';

/** @throws DefinitionError for a text that has no permitted devices of KubeVirt, or cannot be read */
export function requirePermitted(definition: DefinitionText): void {
  const { resources } = clusterOf(definition, { related: [], openFile: () => null });
  if (resources !== null) return;
  throw new DefinitionError(`${definition.file} has no permittedHostDevices: wanted a KubeVirt object with them, or that part of one`);
}

/** @throws DefinitionError for a text that no definition refers to, or that cannot be read */
export function requireRelated(definition: DefinitionText): void {
  const { file, text } = definition;
  if (isMappingFile(text)) return;
  if (text.includes('<network')) {
    if (parseXml(definition).root.name === 'network') return;
  } else if (isAboutCluster(definition)) {
    if (kubeObjects(definition).objects.length > 0) return;
  }
  throw new DefinitionError(
    `${file} holds nothing that a definition refers to: wanted a network of libvirt, mappings of Proxmox or objects of KubeVirt`,
  );
}
