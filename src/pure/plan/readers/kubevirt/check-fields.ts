/** Says which fields KubeVirt's API does not have: its server refuses or drops them, so that a misspelt one does nothing. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { clip } from '../../../text/shorten.ts';
import type { FindingList } from '../finding-list.ts';
import { entriesOf, itemsOf, type YamlNode, type YamlText, yamlAt } from '../yaml/index.ts';
import { FIELDS, type FieldsOf } from './fields.ts';

const UNKNOWN = 'kubevirt.field.unknown';

/** Checks the objects of one text, which its places are of. */
export class FieldCheck {
  readonly #text: YamlText;
  readonly #list: FindingList;

  constructor(text: YamlText, list: FindingList) {
    this.#text = text;
    this.#list = list;
  }

  /** Whether all of a map's keys are among the fields of `kind`. */
  fields(node: YamlNode | undefined, kind: FieldsOf, path: string): void {
    const known: readonly string[] = FIELDS[kind];
    for (const { key, keyStart, keyEnd } of entriesOf(node)) {
      if (known.includes(key)) continue;
      const [near] = nearestNames(key, known);
      const message = `${path} has no field ${clip(key, 64)}${near === undefined ? '' : ` (did you mean ${near}?)`}: KubeVirt's API server refuses the object, or drops the field where validation is not strict`;
      this.#list.add('warning', UNKNOWN, message, this.#text.places.at(keyStart, keyEnd));
    }
  }

  each(node: YamlNode | undefined, kind: FieldsOf, path: string): void {
    for (const [at, item] of itemsOf(node).entries()) this.fields(item, kind, `${path}[${at}]`);
  }

  /** The spec of an instance, such as that in a virtual machine's template. */
  instance(spec: YamlNode | undefined, path: string): void {
    const domain = yamlAt(spec, 'domain');
    const devices = yamlAt(domain, 'devices');
    this.fields(spec, 'instance', path);
    this.fields(domain, 'domain', `${path}.domain`);
    this.fields(yamlAt(domain, 'machine'), 'machine', `${path}.domain.machine`);
    this.fields(yamlAt(domain, 'cpu'), 'cpu', `${path}.domain.cpu`);
    this.fields(yamlAt(domain, 'cpu', 'numa'), 'numa', `${path}.domain.cpu.numa`);
    this.fields(devices, 'devices', `${path}.domain.devices`);
    this.assigned(devices, `${path}.domain.devices`);
    this.each(yamlAt(devices, 'interfaces'), 'interface', `${path}.domain.devices.interfaces`);
    this.each(yamlAt(spec, 'networks'), 'network', `${path}.networks`);
    for (const [at, network] of itemsOf(yamlAt(spec, 'networks')).entries()) {
      this.fields(yamlAt(network, 'multus'), 'multus', `${path}.networks[${at}].multus`);
    }
  }

  /** `hostDevices` and `gpus`, which instance types have too. */
  assigned(node: YamlNode | undefined, path: string): void {
    this.each(yamlAt(node, 'hostDevices'), 'hostDevice', `${path}.hostDevices`);
    this.each(yamlAt(node, 'gpus'), 'gpu', `${path}.gpus`);
    for (const [at, gpu] of itemsOf(yamlAt(node, 'gpus')).entries()) {
      const options = yamlAt(gpu, 'virtualGPUOptions');
      this.fields(options, 'gpuOptions', `${path}.gpus[${at}].virtualGPUOptions`);
      this.fields(yamlAt(options, 'display'), 'gpuDisplay', `${path}.gpus[${at}].virtualGPUOptions.display`);
      this.fields(yamlAt(options, 'display', 'ramFB'), 'feature', `${path}.gpus[${at}].virtualGPUOptions.display.ramFB`);
    }
  }

  permitted(node: YamlNode | undefined, path: string): void {
    this.fields(node, 'permittedHostDevices', path);
    this.each(yamlAt(node, 'pciHostDevices'), 'pciHostDevice', `${path}.pciHostDevices`);
    this.each(yamlAt(node, 'mediatedDevices'), 'mediatedDevice', `${path}.mediatedDevices`);
  }
}
