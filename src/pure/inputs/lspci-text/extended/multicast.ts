/** Reads the text of Multicast. */
import { multicast } from '../../../pci/extended/multicast.ts';
import { code, decimal, flags, number, reader, type Take } from '../reader.ts';

const capability: readonly Take[] = [
  decimal('capability', 'maxGroups', /MaxGroups (\d+)/),
  flags('capability', { ECRCRegen: 'ecrcRegenerationSupported' }),
  code('capability', 'windowSizeRequested', /WindowSz (\d+)/, 10),
];
const control: readonly Take[] = [decimal('control', 'numGroups', /NumGroups (\d+)/), flags('control', { Enable: 'enable' })];

/** The position and the address share the low register. */
const base =
  (register: string, high: string, pattern: RegExp): Take =>
  (text, put) => {
    const digits = pattern.exec(text)?.[1];
    if (digits === undefined) return;
    put.set(register, 'addressLow', Number.parseInt(digits.slice(8), 16));
    put.number(high, Number.parseInt(digits.slice(0, 8), 16));
  };

export const multicastReader = reader(multicast, /^Multicast$/, {
  labels: {
    // In all but ports lspci does not end the first of these lines.
    McastCap: [...capability, ...control],
    McastCtl: control,
    McastBAR: [code('base', 'indexPosition', /IndexPos (\d+)/, 10), base('base', 'baseHigh', /BaseAddr ([0-9a-f]{16})\b/)],
    McastReceiveVec: [number('receive', /([0-9a-f]{16})$/)],
    McastBlockAllVec: [number('blockAll', /([0-9a-f]{16})$/)],
    McastBlockUntransVec: [number('blockUntranslated', /([0-9a-f]{16})$/)],
    McastOverlayBAR: [code('overlay', 'size', /OverlaySize (\d+)/, 10), base('overlay', 'overlayHigh', /BaseAddr ([0-9a-f]{16})\b/)],
  },
});
