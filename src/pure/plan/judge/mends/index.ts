/** What mends what a plan says, in the words of the format that the definition was written in. */
import type { PropertyDeclaration } from '../../../qemu/index.ts';
import type { DefinedDevice, FormatName } from '../../definition.ts';
import type { DevicePlan, HostPlan, IommuPlan, PlanError, PlanMessage } from '../../plan-report.ts';
import type { PlacedVm } from '../place-vm.ts';
import type { PreparedVm } from '../prepared-vm.ts';
import { cloudHypervisor } from './cloud-hypervisor.ts';
import { firecracker } from './firecracker.ts';
import { withFreeNames } from './free-names.ts';
import { incus } from './incus.ts';
import { kubevirt } from './kubevirt.ts';
import { libvirt } from './libvirt.ts';
import type { MendRule } from './mend-rule.ts';
import type { DeviceSetting, Mender, NameValue, ValueKind } from './mender.ts';
import { proxmox } from './proxmox.ts';
import { qemu } from './qemu.ts';
import { MEND_RULES } from './rules.ts';

export { mendWords } from './place-words.ts';

const MENDERS: Readonly<Record<FormatName, Mender>> = {
  qemu,
  libvirt,
  kubevirt,
  proxmox,
  'cloud-hypervisor': cloudHypervisor,
  incus,
  firecracker,
};

/** What is said. */
type Said = Pick<PlanMessage, 'code' | 'message' | 'mend'>;

/** Whom a message is about. */
interface About {
  readonly kind: 'device' | 'iommu' | 'vm';
  readonly driver: string;
  readonly id: string;
  readonly backend: DevicePlan['backend'];
}

/** `a=1,b=2` and its parts; null for words that are no assignments. */
export function parseSettings(text: string): readonly NameValue[] | null {
  const values = text.split(',').map((part): NameValue | null => {
    const [, name, value] = /^([a-z][a-z0-9_-]*)=([\w.+-]*)$/i.exec(part) ?? [];
    return name === undefined || value === undefined ? null : { name, value };
  });
  const known = values.filter(value => value !== null);
  return known.length === values.length ? known : null;
}

function kindOf(declaration: PropertyDeclaration | undefined): ValueKind {
  const type = declaration?.declaredType ?? '';
  if (type === 'bool') return 'boolean';
  return /^(?:u?int\d+|size)$/.test(type) ? 'number' : 'text';
}

/** Puts the words of one VM's format to what is said of it. */
class VmMends {
  readonly #vm: PreparedVm;
  readonly #mender: Mender;
  readonly #iommus: readonly IommuPlan[];
  readonly #known = new Map<string, string | null>();

  constructor(vm: PreparedVm, iommus: readonly IommuPlan[]) {
    this.#vm = vm;
    this.#mender = MENDERS[vm.definition.source.format];
    this.#iommus = iommus;
  }

  /** Asked again for each host: the words are those of the definition, and the same on all that say the same. */
  words({ code, message, mend }: PlanMessage, about: About): string | null {
    const rule = MEND_RULES[code];
    if (rule === undefined) return mend;
    const isByMessage = rule.kind === 'by-message' || code.startsWith('property.');
    const key = `${code} ${about.kind} ${about.id} ${isByMessage ? message : ''} ${mend}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const applied = this.#apply(rule, { code, message, mend }, about);
    const made = applied === null ? null : withFreeNames(applied, this.#vm.definition);
    this.#known.set(key, made);
    return made;
  }

  #apply(rule: MendRule, said: Said, about: About): string | null {
    const { mend } = said;
    switch (rule.kind) {
      case 'device':
        return about.kind === 'iommu'
          ? this.#iommu(about.driver, mend, said, about)
          : this.#device(mend ?? rule.setting ?? null, said, about);
      case 'iommu':
        return this.#iommu(rule.driver, mend ?? rule.setting ?? null, said, about);
      case 'leave-out':
        return this.#mender.leaveOut({ id: about.id, name: rule.name });
      case 'by-message': {
        const [, found] = rule.rules.find(([pattern]) => pattern.test(said.message)) ?? [];
        return found === undefined ? null : this.#apply(found, said, about);
      }
      case 'option':
        return mend && this.#mender.option(mend);
      case 'words': {
        const own = this.#mender[rule.words]({ ...about, ...said, given: mend });
        const onHost = rule.onHost === undefined ? null : (mend ?? rule.onHost);
        return [onHost ?? [], own ?? []].flat().join(', or ') || null;
      }
      case 'other-backend':
        return mend ?? this.#mender[about.backend === 'legacy' ? 'iommufd' : 'legacy']({ ...about, ...said, given: null });
      case 'host':
        return mend ?? rule.command;
      case 'given':
        return mend;
      case 'none':
        return null;
    }
  }

  /** Of what is no assignment: an option, or words that hold for all formats. */
  #other(given: string | null, { code, message }: Said, about: About): string | null {
    if (given === null) return this.#mender.property({ ...about, code, message, given });
    return given.startsWith('-') ? this.#mender.option(given) : given;
  }

  #device(given: string | null, said: Said, about: About): string | null {
    const values = given === null ? null : parseSettings(given);
    if (values === null) return this.#other(given, said, about);
    return values.map(value => this.#mender.device(this.#setting(value, about))).join(', ');
  }

  #setting({ name, value }: NameValue, { driver, id }: About): DeviceSetting {
    const { profile, placed } = this.#vm;
    const table = profile.properties;
    const declaration = table?.drivers.includes(driver) === true ? table.of(driver).declarations.get(name) : undefined;
    const device = placed.devices.find(each => each.id === id)?.device;
    // One that no table has is what its author wrote under another name.
    const written = device?.values.find(each => each.value === value)?.json ?? null;
    const kind = declaration === undefined && (written === 'number' || written === 'boolean') ? written : kindOf(declaration);
    return { id, driver, name, value, kind, isJson: device !== undefined && isJson(device) };
  }

  #iommu(driver: string, given: string | null, said: Said, about: About): string | null {
    const values = given === null ? null : parseSettings(given);
    if (values === null) return this.#other(given, said, about);
    const isOwn = about.kind === 'iommu';
    const all = this.#iommus.filter(iommu => iommu.driver === driver);
    const id = isOwn ? about.id : all.length === 1 ? (all[0]?.id ?? null) : null;
    const isNamed = this.#vm.definition.devices.some(device => device.id === id);
    return this.#mender.iommu({ driver, id: isNamed ? id : null, isOwn, isMachines: id === 'machine', values });
  }
}

const isJson = ({ values }: DefinedDevice): boolean => values.some(({ json }) => json !== null);

const IOMMU_DRIVERS: ReadonlySet<string> = new Set(['intel-iommu', 'amd-iommu', 'virtio-iommu-pci', 'arm-smmuv3']);

/** What `of` of an error names: `device nic0`, `object iommufd0`, `arm-smmuv3`. */
function aboutError({ of }: PlanError, { devices }: PlacedVm): About {
  const id = of.replace(/^(?:device|object) /, '');
  const driver = devices.find(each => each.id === id)?.device.driver ?? id;
  return { kind: IOMMU_DRIVERS.has(driver) ? 'iommu' : 'vm', driver, id, backend: null };
}

/** By VM, which has the same IOMMUs on every host. */
const made = new WeakMap<PreparedVm, VmMends>();

function mendsOf(vm: PreparedVm, iommus: readonly IommuPlan[]): VmMends {
  const known = made.get(vm) ?? new VmMends(vm, iommus);
  made.set(vm, known);
  return known;
}

const isSaid = ({ error, warnings }: DevicePlan | IommuPlan): boolean => error !== null || warnings.length > 0;

/** The plan with what mends each of its messages; most plans say nothing, and are given back as they are. */
export function withMends(plan: HostPlan, vm: PreparedVm): HostPlan {
  const { devices, iommus, errors, stopsWith } = plan;
  if (errors.length === 0 && ![...devices, ...iommus].some(isSaid)) return plan;
  const mends = mendsOf(vm, iommus);
  let stops = stopsWith;
  const mended = <T extends PlanMessage>(message: T, about: About): T => {
    const mend = mends.words(message, about);
    if (mend === message.mend) return message;
    const made = { ...message, mend };
    if (message === stopsWith) stops = made;
    return made;
  };
  const told = <T extends DevicePlan | IommuPlan>(each: T, about: About): T => {
    if (!isSaid(each)) return each;
    const error = each.error === null ? null : mended(each.error, about);
    return { ...each, error, warnings: each.warnings.map(warning => mended(warning, about)) };
  };
  return {
    ...plan,
    devices: devices.map(each => told(each, { kind: 'device', driver: each.driver, id: each.id, backend: each.backend })),
    iommus: iommus.map(each => told(each, { kind: 'iommu', driver: each.driver, id: each.id, backend: null })),
    errors: errors.map(error => mended(error, aboutError(error, vm.placed))),
    stopsWith: stops,
  };
}
