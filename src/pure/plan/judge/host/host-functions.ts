/** What becomes of devices that stand for several functions of a host's card, as Proxmox names them: how many they are, the host says. */
import type { Bdf } from '../../../pci/bdf.ts';
import type { DefinedDevice, DefinedValue, FunctionSet, HostChoice, VmDefinition } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import type { PlanError } from '../../plan-report.ts';
import { planMessage } from '../verdict.ts';
import { type HostIndex, WHOLE_CAPTURE, whyNotWhole } from './plan-host.ts';

/** A definition on one host. */
export interface DefinitionOnHost {
  readonly definition: VmDefinition;
  /** What is not known of it, or is refused since a device has other names than its owner thought. */
  readonly errors: readonly PlanError[];
}

/** A function, and where the text names it or its slot. */
interface HostFunction {
  readonly address: Bdf;
  readonly origin: Origin;
}

/** The functions of a device on one host; of a mapping those of each alternative that the host has. */
interface Found {
  readonly alternatives: readonly (readonly HostFunction[])[];
  readonly selectors: Extract<HostChoice, { kind: 'candidates' }>['anyOf'];
  /** Slots whose other functions are not known. */
  readonly open: readonly string[];
}

class DeviceOnHost {
  readonly #device: DefinedDevice;
  readonly #set: FunctionSet;
  readonly #index: HostIndex;
  readonly errors: PlanError[] = [];

  constructor(device: DefinedDevice, set: FunctionSet, index: HostIndex) {
    this.#device = device;
    this.#set = set;
    this.#index = index;
  }

  /** The devices that it becomes: one of its own name for one function, one for each of several. */
  devices(): DefinedDevice[] {
    const found = this.#find();
    const counts = new Set(found.alternatives.map(({ length }) => length));
    const [first = []] = found.alternatives;
    const isDoubtful = found.open.length > 0 || counts.size > 1;
    if (isDoubtful) this.#sayUnknown(found);
    if (first.length < 2) {
      // Where others may be there, the device may have another name.
      const isSure = !isDoubtful && (found.alternatives.length === this.#set.anyOf.length || whyNotWhole(this.#index.host) === null);
      const { functions: _, ...alone } = this.#device;
      return [isSure ? alone : this.#device];
    }
    this.#checkNames();
    const made = first.map((_, at) => this.#make(found, at));
    return isDoubtful ? made.map(device => ({ ...device, functions: this.#set })) : made;
  }

  #find(): Found {
    const { host } = this.#device;
    const isNamed = host.kind !== 'candidates';
    const open: string[] = [];
    const here = this.#set.anyOf.filter(({ parts: [part], first }) => {
      return isNamed || (part !== undefined && this.#index.select([first]).devices.length > 0);
    });
    const alternatives = here.map(({ parts }) =>
      parts.flatMap(({ address, isWholeSlot, origin }): HostFunction[] => {
        if (!isWholeSlot) return [{ address, origin }];
        const { functions, isWhole } = this.#index.functionsOfSlot(address);
        if (!isWhole) open.push(address.text.slice(0, -2));
        return (functions.length === 0 ? [address] : functions).map(each => ({ address: each, origin }));
      }),
    );
    return { alternatives, selectors: here.map(({ first }) => first), open };
  }

  #make({ alternatives, selectors }: Found, at: number): DefinedDevice {
    const { functions: _, ...device } = this.#device;
    const left = new Set<DefinedValue>(at === 0 ? [] : this.#set.ofFirst);
    const values = device.values.filter(value => !left.has(value) && value.name !== 'host');
    const named = device.host.kind === 'address' ? alternatives[0]?.[at] : undefined;
    const host = named === undefined ? [] : [{ name: 'host', value: named.address.text, json: null, origin: named.origin }];
    const { origin } = device;
    const multifunction = at === 0 ? [{ name: 'multifunction', value: 'on', json: null, origin: { ...origin, span: null } }] : [];
    return {
      ...device,
      id: `${device.id}.${at}`,
      values: [
        ...host,
        ...values.map(value => (value.name === 'addr' ? { ...value, value: `${value.value}.${at}` } : value)),
        ...multifunction,
      ],
      host: named === undefined ? this.#candidates(alternatives, selectors ?? [], at) : { kind: 'address', ...named },
    };
  }

  /** Of a mapping: the functions of that number. */
  #candidates(alternatives: Found['alternatives'], selectors: NonNullable<Found['selectors']>, at: number): HostChoice {
    const { host } = this.#device;
    if (host.kind !== 'candidates') return host;
    const anyOf = alternatives.flatMap((functions, i) => {
      const address = functions[at]?.address;
      return address === undefined ? [] : [at === 0 ? { ...selectors[i], address } : { address }];
    });
    return { ...host, words: `${host.words}, function ${at}`, anyOf };
  }

  #sayUnknown({ open, alternatives }: Found): void {
    const { id, origin } = this.#device;
    const why = whyNotWhole(this.#index.host);
    const message =
      open.length > 0
        ? `how many functions of ${[...new Set(open)].join(' and ')} go to ${id} is not known: ${why}`
        : `${id} is ${alternatives.map(({ length }) => length).join(' or ')} functions: that is known when one of the mapped devices is taken`;
    const mend = open.length > 0 ? WHOLE_CAPTURE : null;
    this.errors.push({ ...planMessage('platform', { code: 'host.functions-unknown', message, mend, origin }), of: `device ${id}` });
  }

  /** A -set of the name that it has as one function alone. */
  #checkNames(): void {
    const { driver, id, values } = this.#device;
    const own = new Set(this.#set.own);
    const set = values.find(value => !own.has(value));
    if (set === undefined) return;
    const message = `-set device.${id}.${set.name}=${set.value}: there is no device "${id}" defined`;
    const mend = `-global ${driver}.${set.name}=${set.value}`;
    this.errors.push({
      ...planMessage('vmm', { code: 'device.name-of-functions', message, mend, origin: set.origin }),
      of: `device ${id}`,
    });
  }
}

/** The definition with each function as a device of its own; the same one where no device stands for several. */
export function definitionOn(definition: VmDefinition, index: HostIndex): DefinitionOnHost {
  if (!definition.devices.some(({ functions }) => functions !== undefined)) return { definition, errors: [] };
  const errors: PlanError[] = [];
  const devices = definition.devices.flatMap(device => {
    if (device.functions === undefined) return [device];
    const made = new DeviceOnHost(device, device.functions, index);
    const own = made.devices();
    errors.push(...made.errors);
    return own;
  });
  return { definition: { ...definition, devices }, errors };
}
