/** `airlock doctor`: says whether a host, and perhaps one device of it, is ready for assignment, and what mends it. */

import { examine, type Requirement } from '../../linux/readiness/index.ts';
import { readHostFacts } from '../../linux/sysfs/index.ts';
import { formatDoctor } from '../../pure/render/doctor-text.ts';
import { doctorJson } from '../../pure/reports/doctor-json.ts';
import type { DoctorReport } from '../../pure/reports/doctor-report.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { chooseAddress, isRootUser, readPhysical, requireDevice, systemWords } from '../host-tree.ts';
import { painter, print } from '../output.ts';
import { parseRoot, ROOT_OPTION } from '../root-option.ts';

const REQUIREMENTS: readonly Requirement[] = ['iommufd', 'ats', 'pasid'];

function parseRequired(options: Options, hasDevice: boolean): Requirement[] {
  const words = options.values('require').flatMap(text => text.split(','));
  const required = REQUIREMENTS.filter(name => words.includes(name));
  const wrong = words.find(word => !REQUIREMENTS.some(name => name === word));
  if (wrong !== undefined) throw new UsageError(`--require does not take "${shorten(wrong)}": wanted ${REQUIREMENTS.join(', ')}`);
  // Only a device can tell whether PASID is there.
  if (required.includes('pasid') && !hasDevice) throw new UsageError('--require pasid needs a device: airlock doctor BDF --require pasid');
  return required;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const [operand, extra] = operands;
  if (extra !== undefined) throw new UsageError(`airlock doctor takes one device, not also "${extra}"`);
  const required = parseRequired(options, operand !== undefined);
  const root = parseRoot(options);
  const device = operand === undefined ? null : requireDevice(chooseAddress(operand, root), root);
  const subject = device && { device, physical: readPhysical(device, root) };
  const { facts, checks } = systemWords('examine the host', () => {
    const known = readHostFacts({ root });
    return { facts: known, checks: examine({ facts: known, root, isRoot: isRootUser(), required, subject }) };
  });
  const report: DoctorReport = { kernel: facts.kernel, device: device?.address.text ?? null, required, checks };
  if (options.flag('json')) print(`${JSON.stringify(doctorJson(report), null, 2)}\n`);
  else print(formatDoctor(report, painter()));
  return checks.some(({ status }) => status === 'fail') ? EXIT.failed : EXIT.fine;
}

export const command: CommandSpec = {
  name: 'doctor',
  summary: 'is this host ready to assign devices, and what mends it',
  operands: '[BDF]',
  options: [
    { name: 'require', value: 'WHAT', multiple: true, choices: REQUIREMENTS, help: 'fail without iommufd, ats or pasid; may be repeated' },
    { name: 'json', help: 'one JSON document' },
    ROOT_OPTION,
  ],
  notes: [
    'Each line is PASS, WARN, FAIL or UNKNOWN with a stable code; each FAIL has what mends it below.',
    'A device that a VFIO driver has and no process holds is opened and reset, to see that reset works and what the kernel reports.',
    'Exit code: 0, 1 where a check fails, 2 for usage or where the device is not there.',
  ],
  examples: [
    ['airlock doctor', 'the host'],
    ['sudo airlock doctor 3b:00.0 --require ats', 'the host and a device, which must have ATS that can be used'],
  ],
  run,
};
