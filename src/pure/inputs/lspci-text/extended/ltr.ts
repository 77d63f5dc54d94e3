/** Reads the text of Latency Tolerance Reporting. */
import { ltr } from '../../../pci/extended/ltr.ts';
import { reader, type Take } from '../reader.ts';
import { putScaled } from './l1-pm-substates.ts';

const LARGEST = 1023;
const SCALES = Array.from({ length: 8 }, (_, scale) => 32 ** scale);

const latency =
  (register: string): Take =>
  (text, put) => {
    const nanoseconds = /^(\d{1,15})ns/.exec(text)?.[1];
    if (nanoseconds !== undefined) putScaled(put, { register, value: 'value', scale: 'scale' }, Number(nanoseconds), SCALES, LARGEST);
  };

export const ltrReader = reader(ltr, /^Latency Tolerance Reporting/, {
  labels: { 'Max snoop latency': [latency('maxSnoop')], 'Max no snoop latency': [latency('maxNoSnoop')] },
});
