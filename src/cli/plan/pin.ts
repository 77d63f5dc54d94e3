/** `--pin`: the definition's text with every value written out that AUTO, a row or the host decided; `--in-place` saves it. */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { applyEdits, pinVm, type TextEdit, type VmPlan } from '../../pure/plan/index.ts';
import { refusalWords } from '../../service/system-words.ts';
import { UsageError } from '../command.ts';
import { print, printError } from '../output.ts';
import { decodeText } from './definitions.ts';

/** A file's text, and the mark of UTF-8 before it, which is no part of the text that a reader's places count in. */
function readMarked(path: string): { text: string; mark: string } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${refusalWords(error)}`);
  }
  const text = decodeText(bytes);
  const mark = bytes[0] === 0xef ? '\ufeff' : '';
  if (Buffer.compare(Buffer.from(mark + text), bytes) !== 0) throw new UsageError(`Cannot pin ${path}: it is not in UTF-8, wanted UTF-8`);
  return { text, mark };
}

/** Writes beside the file and renames, so that a full disk leaves the old text. */
function replaceFile(path: string, text: string): void {
  const beside = `${path}.airlock-${process.pid}`;
  try {
    writeFileSync(beside, text, { mode: statSync(path).mode, flag: 'wx' });
    renameSync(beside, path);
  } catch (error) {
    throw new UsageError(`Cannot write ${path}: ${refusalWords(error)}`);
  }
}

function requireFit(vm: VmPlan): void {
  const { name } = vm.definition;
  if (vm.hosts.length !== 1) throw new UsageError(`--pin needs one host, whose values are written out: ${vm.hosts.length} were named`);
  const [host] = vm.hosts;
  if (host?.outcome === 'fails') throw new UsageError(`Cannot pin ${name}: it does not start on ${host.host}; airlock plan says why`);
}

/** All VMs of one file. */
function pinFile(file: string, vms: readonly VmPlan[], isInPlace: boolean): void {
  const { text, mark } = readMarked(file);
  const edits: TextEdit[] = [];
  let pins = 0;
  for (const vm of vms) {
    requireFit(vm);
    const [host] = vm.hosts;
    if (host === undefined) continue;
    const pinned = pinVm(vm, host, text);
    for (const { message } of pinned.findings) printError(`airlock: warning: ${vm.definition.name}: ${message}`);
    edits.push(...pinned.edits);
    pins += pinned.edits.length;
  }
  const result = mark + applyEdits(text, edits);
  if (isInPlace) {
    if (result !== mark + text) replaceFile(file, result);
    printError(`airlock: note: ${file}: ${pins} values written out`);
  } else print(result);
}

/** Pins the VMs of each file. Throws UsageError. */
export function pinAll(vms: readonly VmPlan[], isInPlace: boolean): void {
  const byFile = new Map<string, VmPlan[]>();
  for (const vm of vms) {
    const { file, line } = vm.definition.source;
    if (file === '-' || line === null) throw new UsageError(`Cannot pin ${vm.definition.name}: --pin needs a file, and ${file} is none`);
    byFile.set(file, [...(byFile.get(file) ?? []), vm]);
  }
  for (const [file, own] of byFile) pinFile(file, own, isInPlace);
}
