/** `airlock plan`: does a VM start on a host, and what does its guest see of the host's devices? */
import { FORMATS } from '../../pure/plan/definition.ts';
import { withSharedDevices } from '../../pure/plan/given-twice.ts';
import type { PlanHost } from '../../pure/plan/judge/host/plan-host.ts';
import { formatOrigin } from '../../pure/plan/origin.ts';
import { Planner } from '../../pure/plan/plan.ts';
import type { PlanFinding } from '../../pure/plan/plan-finding.ts';
import type { VmPlan } from '../../pure/plan/plan-report.ts';
import type { DefinitionText } from '../../pure/plan/readers/reader.ts';
import { PROFILES } from '../../pure/profiles/index.ts';
import { formatFunctions } from '../../pure/render/plan-function-text.ts';
import { formatPlanSummary, formatVmPlan } from '../../pure/render/plan-text.ts';
import { planJson, vmPlanJson } from '../../pure/reports/plan-json.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { painter, print, printError } from '../output.ts';
import { type Aside, askedFiles, definitionsOf, MOST_NAMED, nothingAside, planOptions } from '../plan/asked-definitions.ts';
import { DefinitionReader, noVm } from '../plan/definitions.ts';
import { readHosts } from '../plan/hosts.ts';

/** With more VMs than these a summary comes first. */
const FEW = 3;

/** Of each VM only the device with that id, where one is wanted; VMs without it are left out, which is told. Throws UsageError where none has it. */
function chooseDevice(vms: readonly VmPlan[], id: string | undefined): readonly VmPlan[] {
  if (id === undefined || vms.length === 0) return vms;
  const chosen = vms.flatMap(vm => {
    const hosts = vm.hosts.map(host => ({ ...host, devices: host.devices.filter(device => device.id === id) }));
    return hosts.some(({ devices }) => devices.length > 0) ? [{ ...vm, hosts }] : [];
  });
  if (chosen.length === 0) throw noSuchDevice(id, vms);
  const left = vms.length - chosen.length;
  if (left > 0) printError(`airlock: note: --device ${shorten(id)}: left out, as they have no such device: ${left} of ${vms.length} VMs`);
  return chosen;
}

function noSuchDevice(id: string, vms: readonly VmPlan[]): UsageError {
  const known = [...new Set(vms.flatMap(({ hosts }) => hosts.flatMap(({ devices }) => devices.map(device => device.id))))];
  const more = known.length - MOST_NAMED;
  const names = `${known.slice(0, MOST_NAMED).join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}`;
  const [first] = vms;
  const who =
    vms.length === 1 ? `${first?.definition.name} has no such device: it has` : `none of ${vms.length} VMs has such a device: they have`;
  return new UsageError(`--device ${shorten(id)}: ${who} ${names}`);
}

function hasWarnings({ hosts, findings }: VmPlan): boolean {
  const told = hosts.flatMap(({ devices, iommus }) => [...devices, ...iommus]);
  return findings.some(({ severity }) => severity === 'warning') || told.some(({ warnings }) => warnings.length > 0);
}

function exitCode(vm: VmPlan, isStrict: boolean): number {
  const outcomes = vm.hosts.map(({ outcome }) => outcome);
  if (outcomes.includes('fails') || vm.findings.some(({ severity }) => severity === 'error')) return EXIT.failed;
  return isStrict && (outcomes.includes('unknown') || hasWarnings(vm)) ? EXIT.failed : EXIT.fine;
}

/** One document, a VM at a time: that of thousands is longer than any string may be. */
function printJson(vms: readonly VmPlan[], findings: readonly PlanFinding[], unread: number): void {
  const empty = JSON.stringify(planJson([], findings, unread), null, 2);
  const [head = '', ...tail] = empty.split('"vms": []');
  print(`${head}"vms": [`);
  for (const [i, vm] of vms.entries()) {
    const text = JSON.stringify(vmPlanJson(vm), null, 2).replaceAll('\n', '\n    ');
    print(`${i === 0 ? '' : ','}\n    ${text}`);
  }
  print(`${vms.length === 0 ? '' : '\n  '}]${tail.join('"vms": []')}\n`);
}

/** `wholes`: the same VMs with all of their devices. */
function printPlans(wholes: readonly VmPlan[], vms: readonly VmPlan[], { findings, unread }: Aside, options: Options): void {
  const id = options.value('device');
  if (options.flag('json')) {
    printJson(vms, findings, unread);
    return;
  }
  const paint = painter();
  if (vms.length > FEW) print([...formatPlanSummary(vms, paint), '']);
  for (const [i, vm] of vms.entries()) print([...(i === 0 ? [] : ['']), ...formatVmPlan(vm, paint)]);
  if (id !== undefined) print(wholes.flatMap(vm => formatFunctions(vm, id, paint)));
  for (const { severity, message, origin } of findings)
    printError(`airlock: ${severity}: ${origin === null ? '' : `${formatOrigin(origin)}: `}${message}`);
}

/** What is asked on which hosts. */
interface Question {
  readonly operands: readonly string[];
  readonly options: Options;
  readonly hosts: readonly PlanHost[];
}

/** Plans a text in the place of a file's. Throws UsageError. */
function replan(definition: DefinitionText, planner: Planner, reader: DefinitionReader): readonly VmPlan[] {
  const read = reader.read(definition);
  if ('skipped' in read) return [];
  if ('unread' in read) throw new UsageError(`Cannot pin ${definition.file}: read again, ${read.unread}`);
  return read.definitions.map(one => planner.plan(one));
}

async function runPlan({ operands, options, hosts }: Question): Promise<number> {
  const planner = new Planner(hosts, await planOptions(options));
  const asked = await askedFiles(operands, options);
  const reader = new DefinitionReader(asked.reading);
  const aside = nothingAside();
  const planned: VmPlan[] = [];
  for (const definition of definitionsOf(reader, asked, options, aside)) planned.push(planner.plan(definition));
  const wholes = withSharedDevices(planned, hosts);
  const vms = chooseDevice(wholes, options.value('device'));
  if (options.flag('pin') || options.flag('in-place')) {
    if (options.values('machine-as').length > 0) throw new UsageError('--machine-as is an assumption, which --pin does not write out');
    const { pinAll } = await import('../plan/pin.ts');
    if (vms.length === 0 && aside.unread === 0) throw noVm(operands);
    const code = pinAll(vms, { isInPlace: options.flag('in-place'), replan: (file, text) => replan({ file, text }, planner, reader) });
    return aside.unread > 0 ? EXIT.usage : code;
  }
  if (vms.length > 0 || aside.unread === 0) printPlans(wholes, vms, aside, options);
  if (aside.unread > 0) return EXIT.usage;
  if (vms.length === 0) throw noVm(operands);
  return Math.max(EXIT.fine, ...vms.map(vm => exitCode(vm, options.flag('strict'))));
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  if (options.values('change').length > 0) {
    const { runChange } = await import('../plan/run-change.ts');
    return runChange(operands, options);
  }
  return runPlan({ operands, options, hosts: await readHosts(options.values('host')) });
}

export const command: CommandSpec = {
  name: 'plan',
  summary: "does a VM start on a host, and what does its guest see of the host's devices",
  operands: 'DEFINITION...',
  takesWords: true,
  options: [
    { name: 'host', value: 'CAPTURE', multiple: true, help: 'a host, by its capture; may be repeated; default this machine' },
    { name: 'author', value: 'CAPTURE', help: 'the host that the definition was written for: are the devices the same cards' },
    { name: 'format', value: 'NAME', choices: FORMATS, help: 'the format of the definitions; default by their content' },
    { name: 'profile', value: 'NAME', choices: Object.keys(PROFILES), help: 'whose rules; default the newest version of the VMM' },
    {
      name: 'machine-as',
      value: 'NAME=TYPE',
      multiple: true,
      help: "take a distribution's machine type for an upstream one, which the plan notes; may be repeated",
    },
    { name: 'only', value: 'VM', help: 'the VM of that name alone' },
    { name: 'device', value: 'ID', help: 'the device of that id alone, with its group, card, NUMA nodes and BARs' },
    {
      name: 'change',
      value: 'NAME=VALUE',
      multiple: true,
      help: 'only what changes where kernel, vmm, machine, ats, backend or host is another; may be repeated',
    },
    { name: 'pin', help: 'the text of the definition with every value written out that AUTO, a row or the host decided' },
    { name: 'in-place', help: 'as --pin, and save the file' },
    { name: 'pid', value: 'PID', help: 'the command line of a running QEMU' },
    { name: 'permitted', value: 'FILE', multiple: true, help: 'a KubeVirt object with permittedHostDevices' },
    { name: 'related', value: 'FILE', multiple: true, help: 'a file that the definitions refer to: a network, a mapping' },
    { name: 'json', help: 'one JSON document' },
    { name: 'strict', help: 'exit with 1 on warnings, on what is unknown, and on any change' },
  ],
  notes: [
    'DEFINITION is a file, a folder of files, or - for standard input; behind -- stands a command line of QEMU. Networks, mappings and objects of KubeVirt among several files say what the others refer to; files of a folder that are no definition are left out.',
    "A plan judges the assigned devices, their places, the guest's IOMMUs and the machine; it does not judge processors, memory, disks and networks.",
    'A host is a capture of airlock capture, or a dump of lspci, which says nothing of drivers, groups and the kernel. A device that is not in a capture of the whole host is not there; of any other, that is not known.',
    '--change takes kernel=RELEASE (uname -r), vmm=PROFILE, machine=TYPE, ats=on|off|auto, backend=iommufd|legacy and host=CAPTURE.',
    'Exit code: 0 where all fit, 1 where one fails, with --change starts no more, or with --pin a value stays as it is; 2 for usage, and where a definition could not be read or none holds a VM.',
  ],
  examples: [
    ['airlock plan vm.xml --host host.json', 'a domain of libvirt on a captured host'],
    ['airlock plan vms/ --host a.json --host b.json', 'a folder of definitions on two hosts'],
    ['airlock plan vms/ --host a.json --change machine=pc-q35-11.1', 'what a newer machine type changes'],
    ['airlock plan vm.xml --author old.json --host new.json', 'is it the same card, and where is it now'],
    ['airlock plan -- qemu-system-x86_64 -M q35 -device vfio-pci,host=3b:00.0', 'a command line, on this machine'],
  ],
  run,
};
