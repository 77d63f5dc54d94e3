/** The instances that a YAML text of Incus or LXD holds, whatever printed it: `config show`, a list of the API, the index of a backup. */
import { entriesOf, itemsOf, scalarOf, textOf, type YamlNode, type YamlScalar, type YamlText, yamlAt } from '../yaml/index.ts';

export interface IncusInstance {
  readonly text: YamlText;
  readonly node: YamlNode;
  readonly name: string | null;
  /** Its own devices, or those of its profiles too where the text has them. */
  readonly devices: readonly { readonly name: string; readonly node: YamlNode }[];
  /** Profiles whose devices the text does not have; empty where it has all. */
  readonly profiles: readonly string[];
  config(key: string): YamlScalar | undefined;
}

/** A boolean as Incus takes it, be it written as one or in quotes. */
export function isTrue(text: string | undefined): boolean {
  return /^(?:true|1|yes|on)$/i.test(text ?? '');
}

export function instancesOf(text: YamlText): { instances: IncusInstance[]; containers: YamlNode[] } {
  const instances: IncusInstance[] = [];
  const containers: YamlNode[] = [];
  for (const document of text.documents) {
    // The API wraps a list in what it says of the answer, a backup its instance in what it says of itself.
    const whole = yamlAt(document, 'metadata')?.kind === 'list' ? yamlAt(document, 'metadata') : document;
    for (const item of whole?.kind === 'list' ? itemsOf(whole) : [document]) {
      const node = yamlAt(item, 'instance') ?? yamlAt(item, 'config', 'instance') ?? item;
      if (!['devices', 'expanded_devices', 'config', 'expanded_config'].some(key => yamlAt(node, key)?.kind === 'map')) continue;
      if (textOf(yamlAt(node, 'type')) === 'container') containers.push(node);
      else instances.push(instanceOf(node, text));
    }
  }
  return { instances, containers };
}

function instanceOf(node: YamlNode, text: YamlText): IncusInstance {
  const expanded = yamlAt(node, 'expanded_devices');
  const config = [yamlAt(node, 'expanded_config'), yamlAt(node, 'config')];
  const profiles = itemsOf(yamlAt(node, 'profiles')).flatMap(profile => textOf(profile) ?? []);
  return {
    text,
    node,
    name: textOf(yamlAt(node, 'name')) ?? null,
    devices: entriesOf(expanded ?? yamlAt(node, 'devices')).map(({ key, value }) => ({ name: key, node: value })),
    profiles: expanded === undefined ? profiles : [],
    config: key => config.map(map => scalarOf(yamlAt(map, key))).find(found => found !== undefined),
  };
}
