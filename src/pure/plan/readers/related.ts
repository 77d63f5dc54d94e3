/** Whether an input that definitions may refer to holds what a reader would look for in it, so that a wrong file is not passed over in silence. */
import { clusterOf } from './kubevirt/cluster.ts';
import { isAboutCluster, kubeObjects } from './kubevirt/objects.ts';
import { parseXml } from './libvirt/xml.ts';
import { isMappingFile } from './proxmox/mapping.ts';
import { DefinitionError, type DefinitionText } from './reader.ts';

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

/** Objects of KubeVirt and Kubernetes that VMs draw on, by their kinds. */
const KINDS =
  /^[ \t,{-]{0,64}["']?kind["']?[ \t]{0,8}:[ \t]{0,8}["']?(?:KubeVirt|VirtualMachine(?:Cluster)?(?:Instancetype|Preference)|NetworkAttachmentDefinition)["']?[ \t,}\r]{0,64}$/m;

/** Whether a text may be one that definitions refer to, by a glance: of files that are given together, those that say something of the others. */
export function mayBeRelated(text: string): boolean {
  if (/^[\s\uFEFF]*</.test(text)) return /<network[\s>]/.test(text) && !/<domain[\s>]/.test(text);
  return isMappingFile(text) || KINDS.test(text) || /permittedHostDevices|pciHostDevices/.test(text);
}
