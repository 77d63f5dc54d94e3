/** The public face of this part: what a host and its devices are ready for. */
export { smmuAtsCause } from './arm-words.ts';
export { type Asked, type AskOptions, askAboutAts, unaskedFor, whyNotAsked } from './ask.ts';
export type { Requirement } from './check.ts';
export { type Examination, examine, examineDevice, examineHost, type Ground, isBoundTo } from './examine.ts';
export { groupReader, type ListOptions, listDevice } from './list-device.ts';
export type { Told } from './opened-checks.ts';
