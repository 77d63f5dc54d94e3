/** Networks that are pools of functions: a VM on one gets a function of the host that is free when it starts. */
import type { HostChoice, HostSelector } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { DefinitionError, type DefinitionText } from '../reader.ts';
import { LibvirtText } from './libvirt-text.ts';
import { readHostAddress } from './pci-address.ts';
import { findAttribute, findChild, findChildren, parseXml, type XmlElement } from './xml.ts';

/** What is known of a network. */
export interface KnownNetwork {
  /** null where it is no pool. */
  readonly pool: { readonly anyOf: readonly HostSelector[]; readonly isManaged: boolean } | null;
}

/** The networks among other inputs, by their name; what is no network is left to others. */
export function readNetworks(related: readonly DefinitionText[]): ReadonlyMap<string, KnownNetwork> {
  const before = known.get(related);
  if (before !== undefined) return before;
  const networks = new Map<string, KnownNetwork>();
  for (const input of related) {
    const root = rootOf(input);
    if (root === null) continue;
    const name = findChild(root, 'name')?.text.trim() ?? '';
    networks.set(name, { pool: readPool(new LibvirtText(parseXml(input), input.text), root) });
  }
  known.set(related, networks);
  return networks;
}

/** The inputs besides are the same for each of many definitions. */
const known = new WeakMap<readonly DefinitionText[], ReadonlyMap<string, KnownNetwork>>();

/** The root of a text that is a network; null for all else, and for what cannot be read, which its own reading tells. */
function rootOf(input: DefinitionText): XmlElement | null {
  if (!input.text.includes('<network')) return null;
  try {
    const { root } = parseXml(input);
    return root.name === 'network' ? root : null;
  } catch (error) {
    if (error instanceof DefinitionError) return null;
    throw error;
  }
}

function readPool(text: LibvirtText, network: XmlElement): KnownNetwork['pool'] {
  const forward = findChild(network, 'forward');
  if (forward === undefined || findAttribute(forward, 'mode')?.value !== 'hostdev') return null;
  const functions = findChildren(forward, 'address').flatMap(element => readHostAddress(text, element) ?? []);
  const interfaces = findChildren(forward, 'pf').flatMap(element => findAttribute(element, 'dev')?.value ?? []);
  const anyOf: HostSelector[] = [...functions.map(address => ({ address })), ...interfaces.map(networkInterface => ({ networkInterface }))];
  return { anyOf, isManaged: findAttribute(forward, 'managed')?.value === 'yes' };
}

/** The choice that an interface of a pool leaves. */
export function poolChoice(name: string, { anyOf }: NonNullable<KnownNetwork['pool']>, origin: Origin): HostChoice {
  return { kind: 'candidates', words: `network ${name}`, anyOf, origin };
}
