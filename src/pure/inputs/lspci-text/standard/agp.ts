/** Reads the text of the Accelerated Graphics Port. */
import { agp } from '../../../pci/capabilities/agp.ts';
import { code, decimal, flags, reader, type Take } from '../reader.ts';

const sizes = (register: string): readonly Take[] => [
  decimal(register, 'requestQueueDepth', /RQ=(\d+)/),
  decimal(register, 'asyncRequestSize', /ArqSz=(\d+)/),
  decimal(register, 'calibrationCycle', /Cal=(\d+)/),
];

/** `x1,x2`, or `x4,x8` in the mode of AGP 3, which has the same bits for four times the rate. */
const rates =
  (register: string, field: string): Take =>
  (text, put) => {
    const words = /Rate=(\S+)/.exec(text)?.[1];
    if (words === undefined) return;
    if (words === '<none>') return put.code(register, field, 0);
    const named = words.split(',').map(word => Number(/^x(1|2|4|8|16)$/.exec(word)?.[1] ?? Number.NaN));
    const isMode3 = named.some(rate => rate > 4) || (named.length === 1 && named[0] === 4 && isAgp3(put));
    const bits = named.map(rate => (isMode3 ? rate / 4 : rate));
    if (bits.every(bit => bit === 1 || bit === 2 || bit === 4))
      put.code(
        register,
        field,
        bits.reduce((sum, bit) => sum | bit, 0),
      );
  };

/** Whether the mode's flag, which stands before the rates, is set in a version that has it. */
function isAgp3(put: Parameters<Take>[1]): boolean {
  return put.valueOf('status', 'agp3Mode') === 1 && put.valueOf('revision', 'major') >= 3;
}

export const agpReader = reader(agp, /^AGP version /, {
  title: [code('revision', 'major', /^AGP version ([0-9a-f])\./), code('revision', 'minor', /^AGP version [0-9a-f]\.([0-9a-f])/)],
  labels: {
    Status: [
      ...sizes('status'),
      flags('status', {
        Iso: 'isochronous',
        SBA: 'sideBandAddressing',
        ITACoh: 'coherentAccesses',
        GART64: 'gart64',
        HTrans: 'hostTranslationDisabled',
        '64bit': 'addressing64',
        FW: 'fastWrites',
        AGP3: 'agp3Mode',
      }),
      rates('status', 'rates'),
    ],
    Command: [
      ...sizes('command'),
      flags('command', {
        SBA: 'sideBandEnable',
        AGP: 'agpEnable',
        GART64: 'gart64Enable',
        '64bit': 'addressing64Enable',
        FW: 'fastWriteEnable',
      }),
      rates('command', 'rate'),
    ],
  },
});
