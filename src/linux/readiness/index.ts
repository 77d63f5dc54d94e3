/** The public face of this part: what a host and its devices are ready for. */
export { type AskOptions, askAboutAts } from './ask.ts';
export type { Requirement } from './check.ts';
export { type Examination, examine } from './examine.ts';
export { groupReader, type ListOptions, listDevice } from './list-device.ts';
