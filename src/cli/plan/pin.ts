/** `--pin`: the definition's text with every value written out that AUTO, a row or the host decided; `--in-place` saves it. */
import { chmodSync, chownSync, existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { pinFault } from '../../pure/plan/pin/check.ts';
import { applyEdits, sharedEdits } from '../../pure/plan/pin/edits.ts';
import { type PinnedVm, pinVm } from '../../pure/plan/pin/pin.ts';
import { isStartLog } from '../../pure/plan/pin/start-log.ts';
import type { VmPlan } from '../../pure/plan/plan-report.ts';
import { escapeText } from '../../pure/text/escape.ts';
import { refusalWords } from '../../service/system-words.ts';
import { EXIT, UsageError } from '../command.ts';
import { printError, printVerbatim } from '../output.ts';
import { decodeText, isPacked } from './definitions.ts';

/** What pins are made with. */
export interface PinOptions {
  readonly isInPlace: boolean;
  /** Plans a text in the place of a file's; throws UsageError for one that cannot be read. */
  replan(file: string, text: string): readonly VmPlan[];
}

/** A file's text, and the mark of UTF-8 before it, which is no part of the text that a reader's places count in. */
function readMarked(path: string): { text: string; mark: string } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${refusalWords(error)}`);
  }
  if (isPacked(bytes)) throw new UsageError(`Cannot pin ${path}: it is compressed, wanted its text`);
  const text = decodeText(bytes);
  const mark = bytes[0] === 0xef ? '\ufeff' : '';
  if (Buffer.compare(Buffer.from(mark + text), bytes) !== 0) throw new UsageError(`Cannot pin ${path}: it is not in UTF-8, wanted UTF-8`);
  return { text, mark };
}

/** The owner stays where this user may say so; a folder of a cluster may know none. */
function keepOwner(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  try {
    chownSync(path, uid, gid);
  } catch {
    // It is this user's then, as with any editor.
  }
}

/** Writes beside the file and renames, so that a full disk leaves the old text; a link stays one. */
function replaceFile(path: string, text: string): void {
  let beside = '';
  try {
    const target = realpathSync(path);
    const old = statSync(target);
    const temporary = `${target}.airlock-${process.pid}`;
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    beside = temporary;
    keepOwner(temporary, old);
    chmodSync(temporary, old.mode & 0o7777);
    renameSync(temporary, target);
  } catch (error) {
    if (beside !== '') rmSync(beside, { force: true });
    throw new UsageError(`Cannot write ${path}: ${refusalWords(error)}`);
  }
}

/** A VM whose pins are known, and what was planned of it before. */
interface Pinned {
  readonly vm: VmPlan;
  readonly pinned: PinnedVm;
}

/** Throws UsageError for a VM that does not start, which has nothing to pin. */
function pinOne(vm: VmPlan, text: string): Pinned {
  const name = escapeText(vm.definition.name);
  const [host] = vm.hosts;
  if (host === undefined || vm.hosts.length !== 1)
    throw new UsageError(`--pin needs one host, whose values are written out: ${vm.hosts.length} were named`);
  if (host.outcome === 'fails') throw new UsageError(`Cannot pin ${name}: it does not start on ${host.host}; airlock plan says why`);
  return { vm, pinned: pinVm(vm, host, text) };
}

function apply(file: string, text: string, all: readonly Pinned[]): string {
  try {
    return applyEdits(text, sharedEdits(all.map(({ pinned }) => pinned.edits)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`Cannot pin ${file}: two of its VMs share a part of the text that would be another for each`);
  }
}

/** Throws UsageError where the new text is another VM, so that nothing wrong is ever written. */
function check(file: string, text: string, all: readonly Pinned[], { replan }: PinOptions): void {
  const after = replan(file, text);
  const seen = new Map<string, number>();
  for (const { vm, pinned } of all) {
    const { name } = vm.definition;
    const number = seen.get(name) ?? 0;
    seen.set(name, number + 1);
    const now = after.filter(one => one.definition.name === name)[number];
    const fault = pinFault(vm, now, { open: pinned.open, unwritten: pinned.unwritten.map(({ pin }) => pin) });
    if (fault !== null) throw new UsageError(`Cannot pin ${escapeText(name)} in ${file}: read again, ${escapeText(fault)}`);
  }
}

/** Throws UsageError for a file that tells what was started, and starts nothing. */
function refuseLog(file: string, text: string, [vm]: readonly VmPlan[]): void {
  const log = vm === undefined ? false : isStartLog(vm.definition.source, text);
  if (log === false) return;
  const wanted = log === 'libvirt' ? "the domain's XML" : 'what starts the VM';
  throw new UsageError(`Cannot pin ${file}: it is a log, from which nothing starts: wanted ${wanted}`);
}

/** Why a definition that stands on no line of a file has no text to edit. */
function noText(file: string): string {
  if (file === '-' || file.startsWith('/proc/') || !existsSync(file)) return `--pin needs a file, and ${file} is none`;
  return `${file} holds a command line as a running program has it, with NUL between its words: wanted a script`;
}

/** All VMs of one file; whether every value is written out. */
function pinFile(file: string, vms: readonly VmPlan[], options: PinOptions): boolean {
  const { text, mark } = readMarked(file);
  refuseLog(file, text, vms);
  const all = vms.map(vm => pinOne(vm, text));
  const result = apply(file, text, all);
  if (result !== text) check(file, result, all, options);
  for (const { vm, pinned } of all)
    for (const { message } of pinned.findings) printError(`airlock: warning: ${escapeText(`${vm.definition.name}: ${message}`)}`);
  if (options.isInPlace) {
    if (result !== text) replaceFile(file, mark + result);
    const written = all.reduce((count, { pinned }) => count + pinned.pins.length - pinned.unwritten.length, 0);
    printError(`airlock: note: ${file}: ${written} ${written === 1 ? 'value' : 'values'} written out`);
  } else printVerbatim(mark + result);
  return all.every(({ pinned }) => pinned.findings.length === 0);
}

/** The exit code: 0 where every value is written out, 1 where one stays as it is, 2 where a file cannot be pinned. Throws UsageError. */
export function pinAll(vms: readonly VmPlan[], options: PinOptions): number {
  const byFile = new Map<string, VmPlan[]>();
  for (const vm of vms) {
    const { file, line } = vm.definition.source;
    if (file === '-' || line === null) throw new UsageError(`Cannot pin ${vm.definition.name}: ${noText(file)}`);
    const known = byFile.get(file);
    if (known === undefined) byFile.set(file, [vm]);
    else known.push(vm);
  }
  if (byFile.size > 1 && !options.isInPlace)
    throw new UsageError(`--pin prints the text of one file, and ${byFile.size} were named: --in-place saves each`);
  let code: number = EXIT.fine;
  for (const [file, own] of byFile) {
    try {
      if (!pinFile(file, own, options)) code = Math.max(code, EXIT.failed);
    } catch (error) {
      // The others are pinned all the same.
      if (!(error instanceof UsageError)) throw error;
      printError(`airlock: ${error.message}`);
      code = EXIT.usage;
    }
  }
  return code;
}
