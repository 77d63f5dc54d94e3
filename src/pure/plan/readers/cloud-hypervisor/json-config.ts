/** Reads Cloud Hypervisor's VmConfig in JSON, as its API and its snapshots have it. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { clip } from '../../../text/shorten.ts';
import type { DefinedValue } from '../../definition.ts';
import type { FindingList } from '../finding-list.ts';
import { DefinitionError, type DefinitionText } from '../reader.ts';
import { entriesOf, itemsOf, jsonKindOf, parseJson, type YamlEntry, type YamlNode, type YamlText, yamlAt } from '../yaml/index.ts';
import {
  type CloudHypervisorConfig,
  type ConfigEntry,
  DEVICE_PARTS,
  type DevicePart,
  isOn,
  KEYS,
  TOP_KEYS,
  type ValueKind,
} from './config.ts';

/** Throws DefinitionError for a text that is no JSON object. */
export function readJsonConfig(definition: DefinitionText, list: FindingList): CloudHypervisorConfig {
  const text = parseJson(definition);
  const config = configOf(text.documents[0]);
  if (config?.kind !== 'map') throw new DefinitionError(`${definition.file} is no configuration of Cloud Hypervisor: wanted a JSON object`);
  return new JsonConfig(text, list).read(config);
}

/** The configuration itself, also where it stands in what the API answers of a VM that runs (vm.info). */
function configOf(document: YamlNode | undefined): YamlNode | undefined {
  const inside = yamlAt(document, 'config');
  return inside?.kind === 'map' && yamlAt(document, 'payload') === undefined ? inside : document;
}

class JsonConfig {
  readonly #text: YamlText;
  readonly #list: FindingList;

  constructor(text: YamlText, list: FindingList) {
    this.#text = text;
    this.#list = list;
  }

  read(config: YamlNode): CloudHypervisorConfig {
    for (const { key, start, end } of this.#text.repeatedKeys) {
      const words = `${clip(key, 64)} stands twice in one object: Cloud Hypervisor refuses the configuration (duplicate field), or ignores both where it does not know the key`;
      this.#list.add('error', 'cloud-hypervisor.key.repeated', words, this.#text.places.at(start, end));
    }
    this.#unknown(config, TOP_KEYS, 'the configuration');
    const platform = yamlAt(config, 'platform');
    const iommu = entriesOf(config).find(({ key }) => key === 'iommu');
    return {
      entries: Object.keys(DEVICE_PARTS).flatMap(part => (isDevicePart(part) ? this.#entries(config, part) : [])),
      platform: this.#values(platform, KEYS.platform, 'platform'),
      iommu: iommu === undefined ? null : this.#value(iommu, 'boolean', 'the configuration'),
      hasSharedMemory: hasSharedMemory(yamlAt(config, 'memory')),
    };
  }

  #entries(config: YamlNode, part: DevicePart): ConfigEntry[] {
    const node = yamlAt(config, part);
    // Of some parts there is one, not a list.
    const nodes = node?.kind === 'map' ? [node] : itemsOf(node);
    return nodes.map((item, at) => ({
      part,
      values:
        part === 'devices' || part === 'user_devices'
          ? this.#values(item, KEYS[part], `${part}[${at}]`)
          : entriesOf(item).flatMap(entry => (isPlace(entry) ? [this.#value(entry, null, part)] : [])),
      origin: this.#text.places.at(item.start, item.end),
    }));
  }

  #values(node: YamlNode | undefined, keys: Readonly<Record<string, ValueKind>>, path: string): DefinedValue[] {
    this.#unknown(node, Object.keys(keys), path);
    return entriesOf(node).flatMap(entry =>
      Object.hasOwn(keys, entry.key) && jsonKindOf(entry.value) !== 'null' ? [this.#value(entry, keys[entry.key] ?? null, path)] : [],
    );
  }

  #value({ key, value }: YamlEntry, wanted: ValueKind | null, path: string): DefinedValue {
    const json = jsonKindOf(value);
    const origin = this.#text.places.at(value.start, value.end);
    if (wanted !== null && json !== wanted) {
      const words = `${key} of ${path} is ${json}, Cloud Hypervisor wants ${wanted}: it refuses the whole configuration`;
      this.#list.add('error', 'cloud-hypervisor.value.type', words, origin);
    }
    const text =
      value.kind === 'scalar'
        ? value.text
        : `[${itemsOf(value)
            .map(item => (item.kind === 'scalar' ? item.text : '?'))
            .join(',')}]`;
    return { name: key, value: text, json, origin };
  }

  #unknown(node: YamlNode | undefined, known: readonly string[], path: string): void {
    for (const { key, keyStart, keyEnd } of entriesOf(node)) {
      if (known.includes(key)) continue;
      const [near] = nearestNames(key, known);
      const words = `${path} has no key ${clip(key, 64)}${near === undefined ? '' : ` (did you mean ${near}?)`}: Cloud Hypervisor ignores it without a word`;
      this.#list.add('warning', 'cloud-hypervisor.key.unknown', words, this.#text.places.at(keyStart, keyEnd));
    }
  }
}

function isDevicePart(part: string): part is DevicePart {
  return Object.hasOwn(DEVICE_PARTS, part);
}

/** What of an emulated device decides where it is. */
function isPlace({ key, value }: YamlEntry): boolean {
  return Object.hasOwn(PLACE_KEYS, key) && jsonKindOf(value) !== 'null';
}

const PLACE_KEYS = { id: true, iommu: true, pci_segment: true, pci_device_id: true };

function hasSharedMemory(memory: YamlNode | undefined): boolean {
  const says = (node: YamlNode | undefined): boolean => {
    const on = (key: string): boolean => {
      const value = yamlAt(node, key);
      return value?.kind === 'scalar' && isOn({ name: key, value: value.text, json: value.json, origin: NOWHERE });
    };
    return on('shared') || on('hugepages');
  };
  const size = yamlAt(memory, 'size');
  const zones = itemsOf(yamlAt(memory, 'zones'));
  return says(memory) || (size?.kind === 'scalar' && Number(size.text) === 0 && zones.length > 0 && zones.every(says));
}

const NOWHERE = { file: '', line: null, column: null, span: null };
