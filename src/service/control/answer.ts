/** Answers requests to the control socket: asks the devices, or changes them. */

import type { DeviceChange, DeviceCounters, DeviceDescription, DeviceSummary } from '../../pure/reports/schemas/control.ts';
import { type ViewChanges, viewChanges } from '../../pure/reports/view-changes.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { commandName } from '../../pure/vfio-user/message.ts';
import { ServiceError } from '../service-error.ts';
import type { ControlledDevice } from './controlled-device.ts';
import type { ControlRequest } from './protocol.ts';

const SHOWN_NAMES = 8;
const NO_CHANGES: ViewChanges = { capabilities: [], properties: {} };

function summaryOf(description: DeviceDescription): DeviceSummary {
  const { name, socket, source, isConnected, profile, machine, set, view, next } = description;
  const property = view?.properties.ats;
  const status = view?.capabilities.find(capability => capability.name === 'ATS')?.status ?? null;
  const ats = property === undefined ? null : { value: String(property.value), source: property.source, status };
  return { name, socket, source, isConnected, profile, machine, set, ats, hasNext: next !== null };
}

async function countersOf(device: ControlledDevice): Promise<DeviceCounters> {
  const { messages, ...totals } = await device.counters();
  const named = Array.from(messages, (count, command) => [command === 0 ? 'unknown' : commandName(command), count] as const);
  return {
    name: device.name,
    isConnected: totals.isConnected,
    connections: totals.connections,
    refused: totals.refused,
    messages: Object.fromEntries(named.filter(([, count]) => count > 0)),
    errors: totals.errors,
    bytesReceived: totals.bytesReceived,
    bytesSent: totals.bytesSent,
    dmaMapped: totals.dmaMapped,
    dmaByMessage: totals.dmaByMessage,
  };
}

function formatNames(devices: readonly ControlledDevice[]): string {
  const names = devices.slice(0, SHOWN_NAMES).map(({ name }) => name);
  const more = devices.length > SHOWN_NAMES ? [`and ${devices.length - SHOWN_NAMES} more`] : [];
  return `${devices.length === 1 ? '' : 'one of '}${[...names, ...more].join(', ')}`;
}

/** Answers requests about a list of devices. Changes of properties are made one after another. */
export class ControlDesk {
  readonly #devices: readonly ControlledDevice[];
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(devices: readonly ControlledDevice[]) {
    this.#devices = devices;
  }

  /** A JSON object. Rejects with ServiceError, and as the device does. */
  async answer(request: ControlRequest): Promise<object> {
    switch (request.request) {
      case 'list':
        return { devices: this.#devices.map(device => summaryOf(device.describe())) };
      case 'show':
        return { device: this.#find(request.device).describe() };
      case 'counters':
        return { devices: await Promise.all(this.#chosen(request.device).map(countersOf)) };
      case 'end': {
        const device = this.#find(request.device);
        return { name: device.name, wasConnected: await device.endSession() };
      }
      case 'set':
        return this.#change(this.#find(request.device), device => device.set(request.properties));
      case 'unset':
        return this.#unset(request.device, request.properties);
    }
  }

  /** Where one device is served, a first word that does not name it is one of its properties. */
  #unset(name: string | undefined, properties: readonly string[]): Promise<DeviceChange> {
    const [only, second] = this.#devices;
    if (name !== undefined && only !== undefined && second === undefined && only.name !== name) {
      return this.#change(only, device => device.unset([name, ...properties]));
    }
    return this.#change(this.#find(name), device => device.unset(properties));
  }

  #chosen(name: string | undefined): readonly ControlledDevice[] {
    return name === undefined ? this.#devices : [this.#find(name)];
  }

  #find(name: string | undefined): ControlledDevice {
    const [only, second] = this.#devices;
    if (name === undefined && only !== undefined && second === undefined) return only;
    if (name === undefined) throw new ServiceError(`which device? Wanted ${formatNames(this.#devices)}`);
    const found = this.#devices.find(device => device.name === name);
    if (found === undefined) throw new ServiceError(`no device "${shorten(name)}" is served: wanted ${formatNames(this.#devices)}`);
    return found;
  }

  /** Compares the view before with that after, so no other change may come between. */
  #change(device: ControlledDevice, apply: (device: ControlledDevice) => Promise<void>): Promise<DeviceChange> {
    const change = this.#lastChange.then(async () => {
      const before = device.describe();
      await apply(device);
      const { name, isConnected, set, view, next } = device.describe();
      const [old, now] = [before.next ?? before.view, next ?? view];
      const changes = old === null || now === null ? NO_CHANGES : viewChanges(old, now);
      return { name, isConnected, set, changes, warnings: now?.warnings ?? [] };
    });
    this.#lastChange = change.catch(() => undefined);
    return change;
  }
}
