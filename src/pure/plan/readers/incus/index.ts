/** Reads instances of Incus, and of LXD, in YAML or JSON. */
import { FindingList } from '../finding-list.ts';
import { DefinitionError, type DefinitionText, type ReadContext, type Reader, type Reading } from '../reader.ts';
import { parseYaml } from '../yaml/index.ts';
import { incusDefinition } from './definition.ts';
import { instancesOf } from './instance.ts';

export const incusReader: Reader = {
  name: 'incus',
  summary: 'Incus instance in YAML',
  matches,
  read,
};

/** Devices or configuration by name, and something in them that only Incus and LXD have. */
function matches(text: string): boolean {
  if (/^[ \t-]{0,32}["']?apiVersion["']?[ \t]*:/m.test(text) || /^\s*</.test(text)) return false;
  const hasParts =
    /^[ \t-]{0,32}["']?(?:expanded_)?(?:devices|config)["']?[ \t]*:/m.test(text) ||
    /^\s*\{.{0,65536}"(?:expanded_)?(?:devices|config)"\s*:/s.test(text);
  return (
    hasParts &&
    /["']?\btype["']?[ \t]*:[ \t]*["']?(?:pci|gpu|nic|disk|tpm|usb|none|virtual-machine|unix-[a-z]+)\b|\braw\.qemu\b|\bsecurity\.(?:iommu|secureboot)\b|\b(?:image\.os|volatile\.)/.test(
      text,
    )
  );
}

function read(definition: DefinitionText, context: ReadContext): Reading {
  const text = parseYaml(definition);
  const { instances, containers } = instancesOf(text);
  const list = new FindingList();
  for (const { key, start, end } of text.repeatedKeys) {
    list.add(
      'error',
      'incus.key.repeated',
      `${key.slice(0, 64)} stands twice in one object: Incus refuses the text`,
      text.places.at(start, end),
    );
  }
  for (const node of containers)
    list.add('note', 'incus.container', 'This instance is a container: it has no virtual machine', text.places.at(node.start, node.start));
  if (instances.length === 0 && containers.length === 0) {
    throw new DefinitionError(`${definition.file} is no instance of Incus: wanted its devices: or config:`);
  }
  return {
    definitions: instances.map(instance => incusDefinition(instance, definition, context, new FindingList())),
    findings: list.findings,
  };
}
