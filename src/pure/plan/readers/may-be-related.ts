/** Whether a text may be one that definitions refer to: a network, mappings, objects of KubeVirt. */
import { isMappingFile } from './proxmox/mapping.ts';

/** Objects of KubeVirt and Kubernetes that VMs draw on, by their kinds. */
const KINDS =
  /^[ \t,{-]{0,64}["']?kind["']?[ \t]{0,8}:[ \t]{0,8}["']?(?:KubeVirt|VirtualMachine(?:Cluster)?(?:Instancetype|Preference)|NetworkAttachmentDefinition)["']?[ \t,}\r]{0,64}$/m;

/** Whether a text may be one that definitions refer to, by a glance: of files that are given together, those that say something of the others. */
export function mayBeRelated(text: string): boolean {
  if (/^[\s\uFEFF]*</.test(text)) return /<network[\s>]/.test(text) && !/<domain[\s>]/.test(text);
  return isMappingFile(text) || KINDS.test(text) || /permittedHostDevices|pciHostDevices/.test(text);
}
