/**
 * Plans: a VM's definition in other people's formats, judged before boot on the hosts that it may run on.
 *
 * @module vfio-airlock/plan
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { captureDevices, captureHostFacts, parseCapture } from 'vfio-airlock/capture';
 * import { NO_CONTEXT, plan, readDefinitions } from 'vfio-airlock/plan';
 *
 * const text = `qemu-system-x86_64 -M q35 -nodefaults -object iommufd,id=i0
 *   -device pcie-root-port,id=rp1,chassis=1 -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0,ats=on`.replaceAll('\n', ' ');
 * const { definitions } = readDefinitions({ file: 'vm.args', text }, null, NO_CONTEXT);
 * const capture = parseCapture(readFileSync(new URL(import.meta.resolve('vfio-airlock/captures/vm-intel-no-iotlb.json')), 'utf8'));
 * const host = { name: 'a', facts: captureHostFacts(capture), devices: [...captureDevices(capture)], isWhole: capture.whole ?? null };
 * const [vm] = plan(definitions, [host]).vms;
 * vm?.hosts[0]?.outcome; // → 'fails'
 * vm?.hosts[0]?.stopsWith?.message; // → 'vfio 0000:01:00.0: vfio-pci: ATS requested but not supported by kernel'
 * ```
 */

export { alikeText } from './alike.ts';
export { type Change, changesOf, type HostChange, type VmChange } from './change.ts';
export {
  type DefinedDevice,
  type DefinedGlobal,
  type DefinedMachine,
  type DefinedObject,
  type DefinedValue,
  type DefinedVmm,
  type DefinitionSource,
  FORMATS,
  type FormatName,
  type FunctionSet,
  findValue,
  type HostChoice,
  type HostSelector,
  type JsonKind,
  type NamedFunctions,
  type VmDefinition,
} from './definition.ts';
export { withSharedDevices } from './given-twice.ts';
export { guestNumaNode } from './guest-numa-node.ts';
export type { PlanAssumptions } from './judge/assumptions.ts';
export type { Backend } from './judge/handover/attach-words.ts';
export type { PlanHost } from './judge/host/plan-host.ts';
export type { MachinesTaken } from './judge/taken-machine.ts';
export { type DecodedError, decodeMigrationError } from './migrate/decode-error.ts';
export {
  type CheckedBits,
  formatRefused,
  formatRefusedDevice,
  type LoadedConfig,
  loadConfig,
  type RefusedByte,
} from './migrate/load-config.ts';
export { migrate, sentMachine } from './migrate/migrate.ts';
export type {
  ByteNames,
  DeviceMigration,
  Migration,
  MigrationBlocker,
  MigrationError,
  MigrationWarning,
  RefusedLoad,
  SilentDifference,
} from './migrate/migration.ts';
export { type NamedByte, nameByte } from './migrate/name-byte.ts';
export { formatOrigin, type Origin, type Span } from './origin.ts';
export { pinFault, type Told } from './pin/check.ts';
export { applyEdits, sharedEdits, type TextEdit } from './pin/edits.ts';
export { type PinnedVm, pinVm } from './pin/pin.ts';
export type { OpenPin, Pin, PinEdits, Unwritten } from './pin/pins.ts';
export { isStartLog } from './pin/start-log.ts';
export { hasAssignedDevices, Planner, type PlanOptions, plan } from './plan.ts';
export type { PlanFinding, Severity } from './plan-finding.ts';
export {
  CARD_FIELDS,
  type Candidate,
  type CardComparison,
  type CardField,
  type DevicePlan,
  type HostFunction,
  type HostNeighbour,
  type HostPlan,
  type IommuPlan,
  type Outcome,
  type Place,
  type PlanError,
  type PlanMessage,
  type PlannedProperty,
  type PlanReport,
  type PlanStage,
  type VmPlan,
} from './plan-report.ts';
export { NO_CONTEXT, readDefinitions } from './readers/index.ts';
export { DefinitionError, type DefinitionText, type ReadContext, type Reading } from './readers/reader.ts';
