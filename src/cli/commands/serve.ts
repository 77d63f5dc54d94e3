/** `airlock serve`: be the device behind a VM's slot, over vfio-user. */
import { PROFILES } from '../../pure/profiles/index.ts';
import { RAW } from '../../service/prepare.ts';
import { serveAll } from '../../service/serve-all.ts';
import { type CommandSpec, EXIT, type OptionSpec, type Options, UsageError } from '../command.ts';
import { headingLines } from '../heading.ts';
import { onlyOperand } from '../operands.ts';
import { printError } from '../output.ts';
import { parseSelection, SLOT_OPTION } from '../selection.ts';
import { announce } from '../serve/announce.ts';
import { prepareAll, serveRequest } from '../serve/prepare-all.ts';
import { parseSettings } from '../serve/settings.ts';
import { requireApart } from '../serve/socket-path.ts';
import { readSources } from '../serve/sources.ts';
import { untilSignal } from '../signals.ts';
import { requestWith, VIEW_OPTIONS } from '../view-options.ts';

async function run(operands: readonly string[], options: Options): Promise<number> {
  const socket = options.value('socket');
  if (operands.length === 0) onlyOperand('serve', operands);
  if (socket === undefined || socket === '') throw new UsageError('airlock serve needs --socket PATH; see airlock serve --help');
  const settings = parseSettings(options);
  const request = serveRequest(options);
  // Before the device is bound, so that it is given back whenever the signal comes.
  const signal = untilSignal();
  const { sources, isFolder } = await readSources(operands, parseSelection(options), socket, options);
  try {
    requireApart(
      settings.control,
      sources.map(it => it.socket),
    );
    const prepared = prepareAll(sources, request);
    if (prepared === null) return EXIT.failed;
    const { isFault } = await serveAll(prepared, {
      ...{ settings, makesFolder: isFolder, signal },
      amend: request === null ? null : words => requestWith(request, words),
      heading: ({ device }) => headingLines(device),
      announce: desks => announce(prepared, desks),
      tell: line => printError(`airlock: ${line}`),
    });
    return isFault ? EXIT.fault : EXIT.fine;
  } finally {
    for (const { host } of sources) host?.close();
  }
}

/** The option of `view`, with the profile raw added. */
function serveOption(option: OptionSpec): OptionSpec {
  if (option.name !== 'profile') return option;
  return { ...option, choices: [...Object.keys(PROFILES), RAW], help: `${option.help}, or raw: the bytes untouched` };
}

export const command: CommandSpec = {
  name: 'serve',
  summary: "be the device behind a VM's slot, over vfio-user",
  operands: 'SOURCE...',
  options: [
    { name: 'socket', value: 'PATH', help: 'where VMMs connect; for several devices, the folder of their sockets' },
    { ...SLOT_OPTION, help: 'the device of a file, as in airlock view' },
    ...VIEW_OPTIONS.map(serveOption),
    { name: 'bind', help: 'give the device to VFIO first, and back to the host at the end' },
    { name: 'device-fd', value: 'N', help: 'use this open descriptor of the device (/dev/vfio/devices/vfioN)' },
    { name: 'iommu-fd', value: 'N', help: 'use this open descriptor of /dev/iommu' },
    { name: 'once', help: 'end when the first client has gone' },
    { name: 'fresh', help: 'give each client the device as at first; without, a replayed device keeps its state' },
    { name: 'mode', value: 'MODE', help: 'permissions of the socket; default 0600' },
    { name: 'spin', value: 'US', help: 'microseconds for which a connection polls after a message; default 100, 0 never' },
    { name: 'version-deadline', value: 'SECONDS', help: 'seconds in which a client must agree on a version; default 10, 0 any time' },
    { name: 'log-protocol', help: 'print every message on standard error' },
    { name: 'control', value: 'PATH', help: 'a socket for airlock ctl: views, counters, other properties for the next client' },
    { name: 'metrics', value: '[ADDR:]PORT', help: 'answer http://127.0.0.1:PORT/metrics in the format of Prometheus' },
  ],
  notes: [
    'SOURCE is a device of this machine, or several, each of which gets a socket in the folder PATH. It is bound to vfio-pci (--bind does that), and opened through iommufd or, with --backend legacy, through its group. Clients map its regions, interrupts and DMA directly. Only config space goes through airlock; reads and writes of it follow airlock view. The device is reset between two clients.',
    'Or SOURCE is a capture, a dump of lspci -xxxx, raw config space, or a folder of such files, each device of which gets a socket; what cannot be served of a folder, such as bridges and other files, is left out and told. Such a device is replayed: its regions are plain memory. Where bytes are not known, each capability list ends before the first unknown capability, other unknown bytes read 0, and warnings say so.',
    'Each socket serves one client at a time, in a thread of its own. A client that says nothing holds up nobody; one that has not agreed on a version after --version-deadline is let go. A replayed device keeps its state from one client to the next (Command, registers, memory of its regions), as a VMM expects that resets it before a guest starts; with --fresh, for VMMs that do not, each client finds it as at first. A socket file that an ended server left behind is replaced; one where a server still listens is not. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 end everything, remove the sockets and give devices back; a second one of its kind ends the process at once.',
    'QEMU applies its own rules to what it is served, as it does to a device of the host: airlock view --profile qemu-11.1 --bytes vfio shows the result.',
    'Under systemd, serve notifies readiness and uses the sockets that the manager passes, in order.',
    'Exit code: 0, 1 where a device fails to realize, 2 for usage, an input that cannot be read, a device that cannot be opened or a socket that cannot be made.',
  ],
  examples: [
    ['sudo airlock serve 3b:00.0 --bind --socket /run/nic.sock', 'a device of this machine, for a VM'],
    ['sudo airlock serve 3b:00.0 --ats off --control /run/ctl --socket /run/nic.sock', 'without ATS; airlock ctl can change that'],
    ['airlock serve capture.json --socket /tmp/gpu.sock', 'one device, ATS as the capture says'],
    ['airlock serve dump.txt -s 3b:00.0 --ats off --socket /tmp/nic.sock', 'a device of a dump, without ATS'],
    ['airlock serve gpu.bin --fresh --socket /tmp/gpu.sock', 'for Cloud Hypervisor, which does not reset devices'],
    ['airlock serve captures/ --socket /run/airlock', 'each device of a folder'],
  ],
  run,
};
