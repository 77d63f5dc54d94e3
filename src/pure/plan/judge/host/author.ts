/** The host that a definition was written for: is a device on another host the card that was meant? */
import type { FormatName } from '../../definition.ts';
import type { CardComparison, CardField, PlanMessage } from '../../plan-report.ts';
import type { Attachment } from '../handover/attach.ts';
import { planMessage } from '../verdict.ts';
import { compareCard } from './card.ts';
import { type HostIndex, WHOLE_CAPTURE, whyNotWhole } from './plan-host.ts';

const NAMES: Readonly<Record<CardField, string>> = {
  vendorId: 'vendor id',
  deviceId: 'device id',
  subsystemVendorId: 'subsystem vendor id',
  subsystemId: 'subsystem id',
  classCode: 'class',
  revisionId: 'revision',
  serialNumber: 'serial number',
};

/** How each format names a device of the host. */
const WRITTEN: Readonly<Record<FormatName, (address: string) => string>> = {
  qemu: address => `host=${address}`,
  libvirt: address => {
    const [, domain = '', bus = '', slot = '', fn = ''] = /^(.*):(..):(..)\.(.)$/.exec(address) ?? [];
    return `<address domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>`;
  },
  kubevirt: address => address,
  proxmox: address => address,
  'cloud-hypervisor': address => `path=/sys/bus/pci/devices/${address}`,
  incus: address => `address: ${address}`,
  firecracker: address => address,
};

const BY = { serial: 'by its serial number', ids: 'by its ids, which no other device there has' } as const;

const listFields = (fields: readonly CardField[]): string => fields.map(field => NAMES[field]).join(', ');

/** A device of a definition on a host. */
interface Asked {
  readonly attachment: Attachment;
  readonly index: HostIndex;
  readonly format: FormatName;
}

/** What is said of a card, and what was found of it. */
export interface CardWord {
  readonly card: CardComparison | null;
  readonly warning: PlanMessage | null;
}

export const NO_CARD: CardWord = { card: null, warning: null };

/** A host that definitions are compared with. */
export class Author {
  readonly #index: HostIndex;
  readonly #compared = new WeakMap<HostIndex, Map<string, CardComparison>>();

  constructor(index: HostIndex) {
    this.#index = index;
  }

  /** Whether the device is the author's, and what to say where it is not, or that is not known. */
  judge(asked: Asked): CardWord {
    const { attachment, index } = asked;
    const card = this.#compare(attachment.address, index);
    const { answer } = card;
    return { card, warning: answer === 'same' ? null : answer === 'other' ? this.#tellOther(card, asked) : this.#tellUnknown(card, asked) };
  }

  #compare(address: string, index: HostIndex): CardComparison {
    const known = this.#compared.get(index) ?? new Map<string, CardComparison>();
    const found = known.get(address) ?? compareCard(address, this.#index.cards, index.cards, index.host.isWhole === true);
    known.set(address, found);
    this.#compared.set(index, known);
    return found;
  }

  #tellOther({ differences, foundAt }: CardComparison, { attachment, index, format }: Asked): PlanMessage {
    const { address, facts, origin } = attachment;
    const [here, there] = [index.host.name, this.#index.host.name];
    const differs = differences.map(({ field, author, host }) => `${NAMES[field]} ${author} there, ${host} here`).join('; ');
    const message =
      facts === undefined
        ? `the card that ${there} has at ${address} is not there on ${here}`
        : `${address} of ${here} is not the card that ${there} has there${differs === '' ? '' : `: ${differs}`}`;
    const mend = foundAt === null ? null : `${WRITTEN[format](foundAt.address)}, where ${here} has that card, ${BY[foundAt.by]}`;
    return planMessage('platform', { code: 'device.other-card', message, mend, origin });
  }

  #tellUnknown({ notKnown, foundAt }: CardComparison, { attachment, index, format }: Asked): PlanMessage {
    const { address, facts, origin } = attachment;
    const [here, there] = [index.host.name, this.#index.host.name];
    const say = (why: string, mend: string): PlanMessage => {
      const message = `whether ${address} is the card that ${there} has there is not known: ${why}`;
      return planMessage('platform', { code: 'device.card-unknown', message, mend, origin });
    };
    if (this.#index.find(address) === undefined)
      return say(`${there} holds no ${address}`, `--author with a capture that holds ${address}`);
    if (facts === undefined) {
      const elsewhere = foundAt === null ? '' : `; ${foundAt.address} may be it: write ${WRITTEN[format](foundAt.address)}`;
      return say(`${whyNotWhole(index.host) ?? here}, and not this one${elsewhere}`, WHOLE_CAPTURE);
    }
    const why = `what both know of it is the same; not known on both sides: ${listFields(notKnown)}`;
    return say(why, 'sudo airlock capture --include-serials on both hosts');
  }
}
