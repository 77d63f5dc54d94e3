/** `airlock view`: what will the guest see of a device, and why. */
import { writeFileSync } from 'node:fs';
import { formatHex } from '../../pure/bytes/hex.ts';
import { explainAts, explainPasid } from '../../pure/guest-view/explain.ts';
import { guestBytes } from '../../pure/guest-view/guest-view.ts';
import type { ViewRequest } from '../../pure/guest-view/index.ts';
import { unknownPlaces } from '../../pure/pci/unknown-places.ts';
import { formatEvidence, formatView } from '../../pure/render/view-text.ts';
import { VIEW_SCHEMA_VERSION } from '../../pure/reports/versions.ts';
import { formatViewLine } from '../../pure/reports/view-line.ts';
import type { ViewReport } from '../../pure/reports/view-report.ts';
import { viewSlot } from '../../pure/slot/index.ts';
import { refusalWords } from '../../service/system-words.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { formatHeading } from '../heading.ts';
import { readOneDevice, selectDevices } from '../input.ts';
import { HEX_TEXT_NOTE, INPUT_FORMAT_OPTION } from '../input-format-option.ts';
import { liveOptions } from '../live-options.ts';
import { onlyOperand } from '../operands.ts';
import { joinLines, painter, print, printError } from '../output.ts';
import { ROOT_OPTION } from '../root-option.ts';
import { IDS_OPTION, parseSelection, SLOT_OPTION } from '../selection.ts';
import { parseViewRequest, requestWarnings, VIEW_OPTIONS, viewDevice, viewExitCode } from '../view-options.ts';

function explain(report: ViewReport): string[] {
  const paint = painter();
  return ['', ...formatEvidence(explainAts(report), paint), '', ...formatEvidence(explainPasid(report), paint)];
}

async function writeGuest(path: string, request: ViewRequest, input: string, options: Options): Promise<number> {
  const report = viewDevice(await readOneDevice(input, parseSelection(options), liveOptions(options)), request);
  if (report.realized.outcome === 'failed') {
    printError(`airlock: nothing written to ${path}: realize fails: ${report.realized.error.message}`);
    return EXIT.failed;
  }
  const guest = guestBytes(report.realized);
  // A raw file cannot say that a byte is unknown.
  if (!guest.isWhole) {
    const [place] = unknownPlaces(guest);
    const [cause] = unknownPlaces(report.config);
    const at = place === undefined ? 'a byte' : `the byte at ${formatHex(place.from)}`;
    const why = cause === undefined ? '' : `, since of the device ${cause.text}`;
    printError(`airlock: nothing written to ${path}: ${at} of the guest's view is not known${why}; --json has what is not known as ??`);
    return EXIT.failed;
  }
  const { bytes } = guest;
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new UsageError(`Cannot write ${path}: ${refusalWords(error)}`);
  }
  for (const { text } of unknownPlaces(guest)) printError(`airlock: note: ${bytes.length} bytes written to ${path}: ${text}`);
  for (const { level, code, message } of report.realized.messages)
    if (level === 'warning') printError(`airlock: warning: ${message} (${code})`);
  return viewExitCode(report, options.flag('strict'));
}

/** Collects output into large pieces: for many thousand devices, one write each costs more than viewing them. */
class Batch {
  #text = '';

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= BATCH) this.flush();
  }

  flush(): void {
    print(this.#text);
    this.#text = '';
  }
}

const BATCH = 64 * 1024;

/** The beginning of a JSON document, up to its first device. */
const JSON_BEGIN = `{"schemaVersion":${VIEW_SCHEMA_VERSION},"devices":[`;

/** One device as the options want it: JSON, a JSON line, or text. `count` devices came before it. */
function formatDevice(report: ViewReport, options: Options, count: number): string {
  const bytes = !options.flag('no-bytes');
  if (options.flag('json')) return `${count === 0 ? JSON_BEGIN : ','}\n${formatViewLine(report, bytes)}`;
  if (options.flag('jsonl')) return `${formatViewLine(report, bytes)}\n`;
  const evidence = options.flag('explain') ? explain(report) : [];
  return joinLines([...(count === 0 ? [] : ['']), ...formatHeading(report.facts), ...formatView(report, painter()), ...evidence]);
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const input = onlyOperand('view', operands);
  const [json, lines, strict] = [options.flag('json'), options.flag('jsonl'), options.flag('strict')];
  if (json && lines) throw new UsageError('--json and --jsonl exclude each other');
  if (options.flag('no-bytes') && !json && !lines) throw new UsageError('--no-bytes goes with --json or --jsonl');
  const request = parseViewRequest(options);
  for (const message of requestWarnings(request)) printError(`airlock: warning: ${message}`);
  const write = options.value('write');
  if (write !== undefined) return writeGuest(write, request, input, options);
  const selection = parseSelection(options);
  if (lines && selection === null && options.value('input-format') === undefined) {
    const { isForThreads, viewInParallel } = await import('../parallel-view/view-in-parallel.ts');
    if (isForThreads(input)) return viewInParallel(input, { request, isStrict: strict, withBytes: !options.flag('no-bytes') });
  }
  const batch = new Batch();
  let worst = 0;
  let count = 0;
  const tell = (words: string): void => {
    printError(`airlock: warning: ${words}`);
    if (strict) worst = EXIT.failed;
  };
  try {
    for await (const device of selectDevices(input, selection, liveOptions(options), tell)) {
      const seen = viewDevice(device, request);
      // --jsonl looks at each device alone, so that threads give the same lines.
      const slot = viewSlot(lines ? { ...seen, facts: { ...device, above: null } } : seen);
      worst = Math.max(worst, viewExitCode(seen, strict));
      batch.add(formatDevice({ ...seen, slot }, options, count));
      count++;
    }
    if (json) batch.add(`${count === 0 ? JSON_BEGIN : ''}\n]}\n`);
  } finally {
    batch.flush();
  }
  return worst;
}

export const command: CommandSpec = {
  name: 'view',
  summary: 'what will the guest see of a device, and why',
  operands: 'INPUT',
  options: [
    SLOT_OPTION,
    IDS_OPTION,
    ...VIEW_OPTIONS,
    ROOT_OPTION,
    INPUT_FORMAT_OPTION,
    { name: 'explain', help: 'the chain of evidence for ATS and PASID, link by link' },
    { name: 'json', help: 'one JSON document' },
    { name: 'jsonl', help: 'one JSON object a line for each device, as soon as it is read' },
    { name: 'no-bytes', help: 'leave the config bytes out of the JSON' },
    { name: 'write', value: 'FILE', help: "save the guest's config bytes of one device" },
    { name: 'strict', help: 'exit with 1 on warnings too' },
  ],
  notes: [
    "INPUT is a dump of lspci -xxxx, perhaps quoted, indented, in HTML or from a kernel's log, 64, 256 or 4096 raw bytes, a capture, or a VM that QEMU saved into a file, each perhaps compressed with gzip, xz or bzip2; - is standard input. Rows that look like bytes and cannot be read are reported.",
    'Text of lspci -v to -vvvv without bytes, or beside a part of them, is read as far as it goes: exactly the bits that it names are known. A name is never turned into an ID (-nn prints both), and a list counts as whole only where the text shows no sign that lines are missing.',
    HEX_TEXT_NOTE,
    "INPUT may also be a device of this machine: its address, libvirt's name of it or its network interface. Its bytes come from sysfs. Where it is bound to vfio-pci and can be opened, which resets it, vfio's bytes and the kernel's report come through iommufd, or through --backend; where it cannot be opened, the text says why there is no report, and with --backend that is an error.",
    'Sizes of BARs come from a capture, from sysfs, from the text of lspci -vv that stands beside the bytes, or from a Resizable BAR capability; the ports above from the same dump, the capture or sysfs. --jsonl looks at each device alone.',
    'What depends on bytes that are not known is unknown, the outcome included; --strict then exits with 1.',
    'Exit code: 0, 1 where a device fails to realize, 2 for usage or unreadable input.',
  ],
  examples: [
    ['airlock view dump.txt', 'every device of an lspci -xxxx dump'],
    ['airlock view dump.txt -s 3b:00.0 --ats on --hw-caps 0x8', 'ATS demanded, the kernel says no'],
    ['airlock view dump.txt -s 3b:00.0 --machine pc-q35-11.0 --explain', 'why an older machine type differs'],
    ['sudo airlock view 3b:00.0', "a device of this machine, with the kernel's report"],
    ['sudo lspci -xxxx -s 3b:00.0 | airlock view - --json', 'from this machine, as JSON'],
  ],
  run,
};
