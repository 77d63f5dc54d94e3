/** Reads the text of Virtual Channel, which is the same for both of its IDs. */
import { virtualChannel } from '../../../pci/extended/virtual-channel.ts';
import type { FieldWriter } from '../field-writer.ts';
import { eachFlag, labelLines } from '../lines.ts';
import { reader } from '../reader.ts';

/** Decoded names by lspci's words. */
const SCHEMES: Readonly<Record<string, string>> = {
  Fixed: 'fixed',
  WRR32: 'wrr32',
  WRR64: 'wrr64',
  WRR128: 'wrr128',
  TWRR128: 'timeBasedWrr128',
  WRR256: 'wrr256',
};

function readSchemes(text: string, register: string, put: FieldWriter): void {
  eachFlag(text, (word, isSet) => {
    const scheme = SCHEMES[word];
    const isPort = register === 'capability2' && (word === 'TWRR128' || word === 'WRR256');
    if (scheme !== undefined && Object.hasOwn(SCHEMES, word) && !isPort) put.set(register, scheme, isSet);
  });
}

function readArbitration(text: string, register: string, put: FieldWriter): void {
  const [, word = '', code] = /ArbSelect=(?:(\w+)|\?\?([0-7]))/.exec(text) ?? [];
  if (code !== undefined) put.code(register, 'arbitration', Number(code));
  else if (Object.hasOwn(SCHEMES, word)) put.set(register, 'arbitration', SCHEMES[word]);
}

function readPort(label: string, text: string, put: FieldWriter): void {
  if (label === 'Caps') {
    const [, count, clock, entry] = /LPEVC=(\d) RefClk=(\S+) PATEntryBits=(\d+)/.exec(text) ?? [];
    if (count !== undefined) put.set('capability1', 'lowPriorityExtendedChannels', Number(count));
    if (clock === '100ns') put.set('capability1', 'referenceClock', 0);
    else if (clock?.startsWith('??')) put.code('capability1', 'referenceClock', Number(clock.slice(2)));
    if (entry !== undefined) put.set('capability1', 'tableEntryBits', Number(entry));
  } else if (label === 'Arb') readSchemes(text, 'capability2', put);
  else if (label === 'Ctrl') readArbitration(text, 'control', put);
  else if (label === 'Status') {
    eachFlag(text, (word, isSet) => {
      if (word === 'InProgress') put.set('status', 'tablePending', isSet);
    });
  }
}

function readResource(index: number, label: string, text: string, put: FieldWriter): void {
  const [capability, control, status] = ['capability', 'control', 'status'].map(name => `resources.${index}.${name}`) as [
    string,
    string,
    string,
  ];
  if (label === 'Caps') {
    const [, offset, slots, reject] = /PATOffset=([0-9a-f]{2}) MaxTimeSlots=(\d+) RejSnoopTrans([+-])/.exec(text) ?? [];
    if (offset === undefined) return;
    put.code(capability, 'tableOffset', Number.parseInt(offset, 16));
    put.set(capability, 'maximumTimeSlots', Number(slots));
    put.set(capability, 'rejectSnoopTransactions', reject === '+');
  } else if (label === 'Arb') readSchemes(text, capability, put);
  else if (label === 'Ctrl') {
    const [, enable, id, classes] = /Enable([+-]) ID=(\d) .*TC\/VC=([0-9a-f]{2})\b/.exec(text) ?? [];
    readArbitration(text, control, put);
    if (enable === undefined || classes === undefined) return;
    put.set(control, 'enable', enable === '+');
    put.set(control, 'id', Number(id));
    put.code(control, 'trafficClasses', Number.parseInt(classes, 16));
  } else if (label === 'Status') {
    eachFlag(text, (word, isSet) => {
      if (word === 'NegoPending') put.set(status, 'negotiationPending', isSet);
      if (word === 'InProgress') put.set(status, 'tablePending', isSet);
    });
  }
}

/** The channel's own number stands before its first line: `VC0:	Caps:	…`. */
function readLines(lines: readonly string[], put: FieldWriter): void {
  let channel: number | null = null;
  let last = -1;
  for (const { label, text } of labelLines(lines)) {
    const number = /^VC([0-7])$/.exec(label)?.[1];
    if (number === undefined) {
      if (channel === null) readPort(label, text, put);
      else readResource(channel, label, text, put);
      continue;
    }
    channel = Number(number);
    last = Math.max(last, channel);
    const [inner] = labelLines([text]);
    if (inner !== undefined) readResource(channel, inner.label, inner.text, put);
  }
  if (last >= 0) put.set('capability1', 'extendedChannels', last);
}

export const virtualChannelReader = reader(virtualChannel, /^Virtual Channel(?: <\?>)?$/, { rest: readLines });
