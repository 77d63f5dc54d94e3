/** Reads Cloud Hypervisor's command line, behind the program's name. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { clip } from '../../../text/shorten.ts';
import type { DefinedValue } from '../../definition.ts';
import type { FindingList } from '../finding-list.ts';
import type { QemuWord } from '../qemu/index.ts';
import { type CloudHypervisorConfig, type ConfigEntry, type DevicePart, isOn, KEYS, type ValueKind } from './config.ts';
import { type OptionValue, splitOption } from './options.ts';

/** Options that make PCI devices; several values may stand behind one of most. */
const PARTS: Readonly<Record<string, DevicePart>> = {
  disk: 'disks',
  net: 'net',
  rng: 'rng',
  balloon: 'balloon',
  'generic-vhost-user': 'generic_vhost_user',
  fs: 'fs',
  pmem: 'pmem',
  console: 'console',
  device: 'devices',
  'user-device': 'user_devices',
  vdpa: 'vdpa',
  vsock: 'vsock',
  rtc: 'rtc',
};

const OPTIONS: readonly string[] = [
  ...Object.keys(PARTS),
  ...`api-socket cmdline cpus dbus-object-path dbus-service-name dbus-system-bus debug-console event-monitor firmware fw-cfg-config gdb
  help host-data igvm initramfs ivshmem kernel landlock landlock-rules log-file log-format memory memory-zone no-shutdown numa pci-segment
  platform pvmemcontrol pvpanic rate-limit-group restore seccomp serial tpm version watchdog`.split(/\s+/),
];

/** What an option takes that a list of VmConfig's keys does not say: one key has another name here, and the API alone has another. */
const OPTION_KEYS: Readonly<Record<'devices' | 'user_devices' | 'platform', Readonly<Record<string, ValueKind>>>> = {
  devices: KEYS.devices,
  user_devices: without(KEYS.user_devices, 'iommu'),
  platform: { ...without(KEYS.platform, 'iommu_address_width_bits'), iommu_address_width: 'number' },
};

function without(keys: Readonly<Record<string, ValueKind>>, name: string): Record<string, ValueKind> {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => key !== name));
}

/** Where an emulated device is. */
const PLACE_KEYS: readonly string[] = ['id', 'iommu', 'pci_segment', 'pci_device_id'];

export function readCommandLine(words: readonly QemuWord[], list: FindingList): CloudHypervisorConfig {
  const command = new CommandLine(list);
  let option = '';
  for (const word of words) {
    const [, name, value] = /^--([a-z][a-z-]*)(?:=([\s\S]*))?$/.exec(word.text) ?? [];
    if (name === undefined) {
      command.value(option, word, 0);
      continue;
    }
    option = name;
    command.option(name, word);
    if (value !== undefined) command.value(option, word, name.length + 3);
  }
  return command.config();
}

class CommandLine {
  readonly #list: FindingList;
  readonly #entries: ConfigEntry[] = [];
  #platform: readonly DefinedValue[] = [];
  /** By `--memory`, then each `--memory-zone`; undefined where there is none. */
  #memory: readonly DefinedValue[] | undefined;
  readonly #zones: (readonly DefinedValue[])[] = [];

  constructor(list: FindingList) {
    this.#list = list;
  }

  option(name: string, word: QemuWord): void {
    if (OPTIONS.includes(name)) return;
    const [near] = nearestNames(name, OPTIONS);
    const words = `unexpected argument '--${clip(name, 64)}' found${near === undefined ? '' : ` (did you mean --${near}?)`}`;
    this.#list.add('error', 'cloud-hypervisor.option.unknown', words, word.origin(0, word.text.length));
  }

  /** What stands from `from` on is a value of `option`. */
  value(option: string, word: QemuWord, from: number): void {
    const part = Object.hasOwn(PARTS, option) ? PARTS[option] : undefined;
    if (part === undefined && !['platform', 'memory', 'memory-zone'].includes(option)) return;
    const text = word.text.slice(from);
    const items = splitOption(text);
    const origin = word.origin(from, word.text.length);
    if (items === null) {
      this.#list.add('error', 'cloud-hypervisor.option.syntax', `Error parsing --${option}: Invalid syntax: ${clip(text, 200)}`, origin);
      return;
    }
    const place = (item: OptionValue): DefinedValue => this.#defined(item, word, from);
    if (option === 'platform') this.#platform = this.#checked(items, 'platform', place);
    else if (option === 'memory') this.#memory = items.map(place);
    else if (option === 'memory-zone') this.#zones.push(items.map(place));
    else if (part === 'devices' || part === 'user_devices') this.#entries.push({ part, values: this.#checked(items, part, place), origin });
    // A console that is off is no device.
    else if (part !== undefined && !(part === 'console' && /^(?:off|null)\b/.test(text))) {
      this.#entries.push({ part, values: items.filter(({ key, value }) => value !== null && PLACE_KEYS.includes(key)).map(place), origin });
    }
  }

  #defined({ key, value, start, end }: OptionValue, word: QemuWord, from: number): DefinedValue {
    return { name: key, value: value ?? '', json: null, origin: word.origin(from + start, from + end) };
  }

  #checked(items: readonly OptionValue[], option: keyof typeof OPTION_KEYS, place: (item: OptionValue) => DefinedValue): DefinedValue[] {
    const keys = OPTION_KEYS[option];
    const name = option === 'platform' ? option : option.slice(0, -1).replace('_', '-');
    return items.flatMap(item => {
      const value = place(item);
      const refuse = (words: string): DefinedValue[] => {
        this.#list.add('error', 'cloud-hypervisor.option.refused', `Error parsing --${name}: ${words}`, value.origin);
        return [];
      };
      if (!Object.hasOwn(keys, item.key)) {
        const [near] = nearestNames(item.key, Object.keys(keys));
        return refuse(`Unknown option: ${clip(item.key, 64)}${near === undefined ? '' : ` (did you mean ${near}?)`}`);
      }
      if (item.value === null) return refuse(`Invalid syntax: ${clip(item.key, 64)}`);
      // Nothing behind the `=` is as good as no value.
      if (item.value === '') return [];
      const kind = keys[item.key];
      const isWrong =
        (kind === 'boolean' && !/^(?:on|off|true|false)$/i.test(item.value)) || (kind === 'number' && !/^[+-]?\d{1,20}$/.test(item.value));
      return isWrong ? refuse(`Unable to convert ${clip(item.value, 64)} for ${item.key}`) : [value];
    });
  }

  config(): CloudHypervisorConfig {
    const says = (values: readonly DefinedValue[] = []): boolean =>
      values.some(value => ['shared', 'hugepages'].includes(value.name) && isOn(value));
    const isZoned = this.#memory?.some(({ name, value }) => name === 'size' && /^0+[A-Za-z]?$/.test(value)) ?? false;
    const hasSharedMemory = says(this.#memory) || (isZoned && this.#zones.length > 0 && this.#zones.every(says));
    return { entries: this.#entries, platform: this.#platform, iommu: null, hasSharedMemory };
  }
}
