/** Pins in the words of Incus: sections of `raw.qemu.conf`, which change what Incus writes for QEMU. */
import { findValue, type VmDefinition } from '../definition.ts';
import { TextPlaces } from '../origin.ts';
import { FindingList } from '../readers/finding-list.ts';
import { ID_PREFIX } from '../readers/incus/devices.ts';
import { type IncusInstance, instancesOf } from '../readers/incus/instance.ts';
import { type RawSection, rawSections } from '../readers/incus/raw-conf.ts';
import { parseYaml, textOf, type YamlMap, type YamlScalar, yamlAt } from '../readers/yaml/index.ts';
import type { TextEdit } from './edits.ts';
import { type Pin, type PinEdits, PinResult } from './pins.ts';
import { insertion, replacement } from './qemu-words.ts';
import { entryEdit, lineEndOf } from './yaml-edits.ts';

const KEY = 'raw.qemu.conf';

export function pinIncus(definition: VmDefinition, text: string, pins: readonly Pin[]): PinEdits {
  const { file, line } = definition.source;
  const { instances } = instancesOf(parseYaml({ file, text }));
  const instance = instances.find(({ node, text: { places } }) => places.at(node.start, node.start).line === line);
  if (instance === undefined) return { edits: [], unwritten: pins.map(pin => ({ pin, why: 'its place in the text is not known' })) };
  return new InstancePins(definition, text, instance).pin(pins);
}

/** The lines of one section, which are to be added. */
interface Lines {
  readonly section: string;
  readonly pins: Pin[];
}

class InstancePins {
  readonly #definition: VmDefinition;
  readonly #text: string;
  readonly #instance: IncusInstance;
  readonly #result = new PinResult();
  readonly #lines = new Map<string, Lines>();

  constructor(definition: VmDefinition, text: string, instance: IncusInstance) {
    this.#definition = definition;
    this.#text = text;
    this.#instance = instance;
  }

  pin(pins: readonly Pin[]): PinEdits {
    for (const pin of pins) {
      const why = this.#place(pin);
      if (why !== null) this.#result.add(pin, why);
    }
    this.#write();
    return this.#result;
  }

  /** The edit, why there is none, or null where the pin becomes a line of a section. */
  #place(pin: Pin): TextEdit | string | null {
    const { device, driver } = pin;
    if (driver === null) {
      const { type } = this.#definition.machine;
      const known = type === null ? null : replacement(type.origin, this.#text, pin);
      return known ?? this.#addLine('machine', pin);
    }
    const known = device === null ? undefined : findValue(device.values, pin.name);
    const edit = known === undefined ? null : replacement(known.origin, this.#text, pin);
    if (edit !== null) return edit;
    if (device === null || device.id === null) return 'the device has no id, by which raw.qemu.conf would name it';
    if (!device.id.startsWith(ID_PREFIX) && !/^(?:qemu_iommu|intel-iommu)$/.test(device.id)) return this.#ofRawWords(pin);
    if (this.#isNic(device.id)) return 'Incus adds a nic over QMP, where raw.qemu.conf does not reach it';
    return this.#addLine(`device "${device.id}"`, pin);
  }

  #ofRawWords(pin: Pin): TextEdit | string {
    const raw = this.#instance.config('raw.qemu');
    const span = pin.device?.origin.span ?? null;
    const isIn = raw !== undefined && span !== null && span.start >= raw.start && span.end <= raw.end;
    const edit = isIn && raw.style !== 'quoted' && pin.device !== null ? insertion(pin.device.origin, this.#text, pin) : null;
    if (edit !== null) return edit;
    return this.#addLine(`device "${pin.device?.id ?? ''}"`, pin) ?? 'its place in raw.qemu is not known';
  }

  #isNic(id: string): boolean {
    const devices = this.#instance.devices.find(({ name }) =>
      [name, name.replaceAll('-', '--').replaceAll('/', '-')].includes(id.slice(ID_PREFIX.length)),
    );
    return textOf(yamlAt(devices?.node, 'type')) === 'nic';
  }

  #addLine(section: string, pin: Pin): null {
    const known = this.#lines.get(section);
    if (known === undefined) this.#lines.set(section, { section, pins: [pin] });
    else known.pins.push(pin);
    return null;
  }

  #write(): void {
    const all = [...this.#lines.values()];
    if (all.length === 0) return;
    const { node } = this.#instance;
    if (yamlAt(node, 'expanded_config', KEY) !== undefined) {
      this.#refuse(all, `${KEY} stands in expanded_config, which Incus does not take back: give what incus config show prints`);
      return;
    }
    const config = yamlAt(node, 'config');
    const raw = yamlAt(config, KEY);
    if (raw === undefined) {
      this.#newBlock(all, config?.kind === 'map' ? config : null);
      return;
    }
    if (raw.kind !== 'scalar' || raw.style !== 'literal') {
      this.#refuse(all, `${KEY} is no literal block (|), whose lines could be added to`);
      return;
    }
    // What goes into the last section comes before new ones behind it.
    const isKnown = ({ section }: Lines) => this.#sections(raw).some(({ name, index }) => name === section && index === 0);
    for (const lines of [...all.filter(isKnown), ...all.filter(one => !isKnown(one))]) this.#addTo(raw, lines);
  }

  #refuse(all: readonly Lines[], why: string): void {
    for (const pin of all.flatMap(({ pins }) => pins)) this.#result.add(pin, why);
  }

  #edit(at: number, text: string): TextEdit {
    return { file: this.#definition.source.file, span: { start: at, end: at }, text };
  }

  #newBlock(all: readonly Lines[], config: YamlMap | null): void {
    const { file } = this.#definition.source;
    const lines = all.flatMap(({ section, pins }) => [`[${section}]`, ...pins.map(lineOf)]);
    const edited = { file, text: this.#text };
    const { node } = this.#instance;
    const edit =
      config !== null && config.entries.length > 0
        ? entryEdit(edited, config, KEY, { lines })
        : config === null && yamlAt(node, 'config') === undefined && node.kind === 'map'
          ? this.#newConfig(node, lines)
          : null;
    if (edit === null) this.#refuse(all, `config: has no lines of its own, where ${KEY} could be written`);
    else this.#result.edits.push(edit);
  }

  /** `config:` with the block in it. */
  #newConfig(node: YamlMap, lines: readonly string[]): TextEdit | null {
    const edit = entryEdit({ file: this.#definition.source.file, text: this.#text }, node, KEY, { lines });
    if (edit === null) return null;
    const lineEnd = lineEndOf(this.#text);
    const [, ...rest] = edit.text.split(lineEnd);
    const indent = rest.at(-1) ?? '';
    const inner = rest.slice(0, -1).map(line => `  ${line}`);
    return { ...edit, text: [`config:`, `${indent}  ${KEY}: |`, ...inner, indent].join(lineEnd) };
  }

  /** Behind the last line of the section, or as a section of its own at the end. */
  #addTo(raw: YamlScalar, { section, pins }: Lines): void {
    const lineEnd = lineEndOf(this.#text);
    const indent = ' '.repeat(raw.indent);
    const known = this.#sections(raw).find(({ name, index }) => name === section && index === 0);
    const last = known?.values.at(-1)?.origin.span?.end ?? known?.origin.span?.end;
    const lines = pins.map(lineOf);
    if (last !== undefined) {
      const found = this.#text.indexOf('\n', last);
      const at = found < 0 ? this.#text.length : found - (this.#text[found - 1] === '\r' ? 1 : 0);
      this.#result.edits.push(this.#edit(at, lines.map(line => `${lineEnd}${indent}${line}`).join('')));
      return;
    }
    // Empty lines at the end of the block stay there.
    const at = this.#text.slice(0, raw.end).trimEnd().length;
    this.#result.edits.push(this.#edit(at, [`[${section}]`, ...lines].map(line => `${lineEnd}${indent}${line}`).join('')));
  }

  #sections(raw: YamlScalar): RawSection[] {
    return rawSections(raw, this.#text, new TextPlaces(this.#definition.source.file, this.#text), new FindingList());
  }
}

const lineOf = ({ name, value }: Pin): string => `${name} = "${value}"`;
