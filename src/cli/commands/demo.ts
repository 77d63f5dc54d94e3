/** `airlock demo`: the main job on a capture that the package ships, so that it can be seen before anything is set up. */

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Capture, captureDevices, parseCapture } from '../../pure/capture/index.ts';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import type { Realized } from '../../pure/guest-view/index.ts';
import { view } from '../../pure/guest-view/view.ts';
import type { OnOffAuto } from '../../pure/qemu/index.ts';
import { nearestNames } from '../../pure/qemu/index.ts';
import { atsRows, formatAtsTable } from '../../pure/render/ats-table.ts';
import type { Painter } from '../../pure/render/paint.ts';
import { rowsAt } from '../../pure/render/row.ts';
import { formatView } from '../../pure/render/view-text.ts';
import { IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED } from '../../pure/spec/iommufd/index.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { wrap } from '../../pure/text/wrap.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { formatHeading } from '../heading.ts';
import { painter, print } from '../output.ts';
import { machineWords, qemuArguments, shellWord } from '../serve/attach-words.ts';
import { CAPTURE_SUFFIX, captureNames, captureUrl } from '../shipped-captures.ts';

const DEFAULT = 'synthetic-smmuv3-ats';
const SOCKET = '/tmp/airlock.sock';

function readCapture(name: string): Capture {
  return parseCapture(readFileSync(captureUrl(name), 'utf8'));
}

/** The shipped capture of this name. Only names that the folder lists become part of a path. */
function chosenName(options: Options): string {
  const asked = options.value('capture') ?? DEFAULT;
  const name = asked.endsWith(CAPTURE_SUFFIX) ? asked.slice(0, -CAPTURE_SUFFIX.length) : asked;
  const names = captureNames();
  if (names.includes(name)) return name;
  const [nearest] = nearestNames(name, names);
  const meant = nearest === undefined ? 'airlock demo --list names them' : `did you mean ${nearest}?`;
  throw new UsageError(`--capture: no capture "${shorten(asked)}" is shipped; ${meant}`);
}

/** The device's view with `ats`; the kernel's answer is the capture's, with its flag about ATS replaced. */
function viewUnder(device: DeviceFacts, ats: OnOffAuto, isSupported: boolean): Realized {
  const flag = BigInt(IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED);
  const others = BigInt(device.hostIommu?.report?.capabilities ?? 0) & ~flag;
  const assumed = { capabilities: others | (isSupported ? 0n : flag) };
  return view(device, { properties: [{ name: 'ats', value: ats }], assumed }).realized;
}

function formatList(): string[] {
  const names = captureNames();
  const width = Math.max(0, ...names.map(name => name.length));
  const row = rowsAt([0, width + 2], painter());
  return names.flatMap(name => row(name, readCapture(name).description ?? ''));
}

/** A command stays whole, so that it can be copied. */
function withCommand(words: string, command: string, paint: Painter): string[] {
  const told = paint('strong', command);
  return words.length + 1 + command.length <= paint.width ? [`${words} ${told}`] : [words, `  ${told}`];
}

function formatDemo(name: string): string[] {
  const capture = readCapture(name);
  const [device] = captureDevices(capture);
  if (device === undefined) throw new UsageError(`Cannot show ${name}: it holds no device`);
  const paint = painter();
  const strong = (text: string, indent = ''): string[] =>
    wrap(text, paint.width - indent.length).map(line => indent + paint('strong', line));
  const { program } = machineWords(device.hostArchitecture);
  const rows = atsRows((ats, answer) => viewUnder(device, ats, answer === 'supported'));
  return [
    ...formatHeading(device),
    ...formatView(view(device), paint),
    '',
    ...strong("The same device under each value of ats and each answer of the host's kernel:", '  '),
    ...formatAtsTable(rows, paint),
    '',
    ...withCommand('Your own devices:', 'sudo lspci -xxxx > YOUR-DUMP; airlock view YOUR-DUMP', paint),
    ...withCommand('Why ATS is or is not there:', 'airlock view YOUR-DUMP -s BDF --explain', paint),
    '',
    ...strong('Be this device for a VM: serve it, then attach QEMU 10.1 or newer:'),
    `  airlock serve ${shellWord(relative(process.cwd(), fileURLToPath(captureUrl(name))))} \\`,
    `    -s ${device.bdf} --socket ${SOCKET}`,
    `  ${program} \\`,
    ...qemuArguments(SOCKET, { architecture: device.hostArchitecture }).map(line => `    ${line}`),
  ];
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  if (operands.length > 0) throw new UsageError(`airlock demo takes no operand, not "${operands[0]}"; --capture chooses a capture`);
  print(options.flag('list') ? formatList() : formatDemo(chosenName(options)));
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'demo',
  summary: 'the main job on a capture that the package ships',
  operands: '',
  options: [
    { name: 'capture', value: 'NAME', values: 'captures', help: `which of the shipped captures; default ${DEFAULT}` },
    { name: 'list', help: 'the shipped captures, one a line' },
  ],
  notes: [
    'Shows the first device of a capture: its capabilities, what becomes of each in the guest, and the table of ats.',
    'The captures are synthetic: no hardware stands behind them.',
    'Exit code: 0, or 2 for usage.',
  ],
  examples: [
    ['airlock demo', 'a GPU-like device on an SMMUv3 host'],
    ['airlock demo --capture synthetic-vtd-no-ats', 'on a VT-d host whose kernel reports ATS as not supported'],
  ],
  run,
};
