/**
 * Checks that a number of the specification is typed once: in src/pure/spec, or in the layout of a capability. What it sees: constants that
 * are hexadecimal numbers, offsets and ids that are numbers where bytes are read or capabilities looked for, and names of pci-regs.ts that
 * nobody uses, or that the layout does not share. A decimal constant under a name of its own it does not see. Hexadecimal text is made in
 * one place too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where such numbers have their home. */
const HOMES = ['src/pure/spec/', 'src/pure/pci/capabilities/', 'src/pure/pci/extended/'];

/** Where hexadecimal text is made. */
const HEX = 'src/pure/bytes/hex.ts';

/** Constants that only look so, by file, or by folder with `*`; each with the reason. */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'src/linux/ffi/constants.ts': { '*': 'numbers of the C library, which have their home there' },
  'src/pure/vfio-user/message.ts': { '*': 'numbers of the vfio-user protocol, which have their home there' },
  'src/pure/guest-view/write-permissions/': {
    '*': 'masks of what takes a write: facts of the kernel, of which the specification knows nothing',
  },
  'src/linux/sysfs/resource.ts': { '*': "flags of the kernel's file `resource`, which have their home there" },
  'src/linux/vfio/vfio-device.ts': { MOST_REPLY: 'a limit of ours' },
  'src/linux/iommufd/hw-info.ts': { MOST_ROOM: 'a limit of ours' },
  'src/linux/iommufd/ioas.ts': { MOST_RANGES: 'a limit of ours' },
  'src/pure/device/region-sizes.ts': {
    LEAST_MEMORY: 'a guess of ours, as the next three',
    MOST_32: 'a guess of ours',
    MOST_64: 'a guess of ours',
    MOST_ROM: 'a guess of ours',
  },
  'src/pure/device/replay-backend.ts': { DEFAULT_MEMORY_LIMIT: 'a limit of ours' },
  'src/pure/device/sparse-memory.ts': { PAGE_SIZE: 'how memory is kept' },
  'src/pure/device/state.ts': { MAGIC: 'the mark of our own format' },
  'src/pure/inputs/lspci-rows.ts': { NO_BYTE: 'no value of a byte' },
  'src/pure/qemu/realize-limits.ts': { romSizeUnset: "a default of QEMU's" },
  'src/pure/render/lspci/extended/dvsec.ts': { SHORTEST: 'a limit of lspci' },
  'src/pure/render/lspci/standard/express/power-limit.ts': { FIRST_CODE: 'a code that only its text needs', RESERVED_CODE: 'as before' },
  'src/pure/rules/rule.ts': { SLOTS: 'the size of a table' },
  'src/pure/rules/settings.ts': { ANY_ID: "a default of QEMU's" },
  'src/pure/rules/vmm/igd.ts': { '*': 'registers of Intel graphics, which only this file knows' },
  'src/pure/rules/vmm/igd-generations.ts': { '*': 'device ids of Intel graphics, which only this file knows' },
  'src/pure/rules/vmm/relink.ts': { EMPTY_ID: "a mark of QEMU's" },
  'src/pure/rules/vmm/virtual-capability.ts': { WINDOWS_PLACE: 'where QEMU puts a capability' },
  'src/service/control/read-lines.ts': { LINE_END: 'a character' },
};

/** Registers and bits of pci-regs.ts by the prefix of their capability: its layout has to share them. */
const IN_LAYOUTS = /^PCI_(PM|VPD|SATA|MSI|MSIX|AF|EA|X|SSVID|EXP|ERR|VC|PWR|DPA|VNDR|ACS|ATS|PASID|SRIOV|REBAR|TPH|DVSEC|IDE)_/;
/** Values, shifts, masks of several fields and parts that a layout has no use for. */
const NOT_IN_LAYOUTS = /_SIZEOF|_SHIFT$|^PCI_MSIX_ENTRY_|^PCI_PM_CAP_PME_MASK$|^PCI_REBAR_CTRL_BAR_SIZE$/;

const DECLARED = /^(?:export )?const (\w+)(?:: [^=]+)? = -?0x[0-9a-fA-F_]+n?;/gm;
const OFFSET = /\b(?:read|u8|u16|u32)\((?:\w+(?:\.offset)? \+ )?(?:0x[0-9a-f]+|[1-9]\d*)[,)]/g;
const ID = /\b(?:id === |\bid !== |ids: \[|find\('(?:standard|extended)', )(?:0x0*[1-9a-f]|[1-9])[0-9a-f]*/g;

const faults: string[] = [];
const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(name => join('src', name))
  .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('/generated/'));
const texts = new Map(files.map(file => [file, readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')]));

const used = new Set<string>();
function isAllowed(file: string, name: string): boolean {
  const entry = Object.keys(ALLOWED).find(path => file === path || (path.endsWith('/') && file.startsWith(path)));
  const names = entry === undefined ? {} : (ALLOWED[entry] ?? {});
  const key = name in names ? name : '*';
  if (entry !== undefined && key in names) used.add(`${entry} ${key}`);
  return key in names;
}

function checkHex(file: string, text: string): void {
  if (file !== HEX && text.includes('.toString(16)'))
    faults.push(`${file} makes hexadecimal text: wanted formatHex or hexDigits of ${HEX}`);
}

function checkFile(file: string, text: string): void {
  for (const [, name = ''] of text.matchAll(DECLARED)) {
    if (!isAllowed(file, name)) faults.push(`${file} declares ${name}: a number of the specification belongs into src/pure/spec`);
  }
  for (const pattern of [OFFSET, ID]) {
    for (const [found] of text.matchAll(pattern)) {
      if (!isAllowed(file, found)) faults.push(`${file} has a number in \`${found}\`: wanted its name from src/pure/spec`);
    }
  }
}

/** What nobody uses goes, but for the tables of ids; what only a rule or a device uses stands a second time in a layout. */
function checkNames(): void {
  const names = [...(texts.get('src/pure/spec/pci-regs.ts') ?? '').matchAll(/^export const (\w+)/gm)].map(([, name = '']) => name);
  const ids = /^PCI_(EXT_)?CAP_ID_/;
  const words = (of: (file: string) => boolean) => new Set(files.filter(of).flatMap(file => texts.get(file)?.match(/\w+/g) ?? []));
  const inUse = words(file => file !== 'src/pure/spec/pci-regs.ts');
  const inLayouts = words(file => file.startsWith('src/pure/pci/'));
  for (const name of names) {
    if (!ids.test(name) && !inUse.has(name)) faults.push(`src/pure/spec/pci-regs.ts: nobody uses ${name}`);
    if (IN_LAYOUTS.test(name) && !NOT_IN_LAYOUTS.test(name) && !inLayouts.has(name))
      faults.push(`src/pure/spec/pci-regs.ts: the layout of its capability does not use ${name}, so it types the number again`);
  }
}

for (const [file, text] of texts) {
  checkHex(file, text);
  if (!HOMES.some(home => file.startsWith(home))) checkFile(file, text);
}
checkNames();
for (const [path, names] of Object.entries(ALLOWED))
  for (const name of Object.keys(names))
    if (!used.has(`${path} ${name}`)) faults.push(`tools/check-spec.ts allows ${path} ${name}, which is not there`);

for (const fault of new Set(faults)) process.stderr.write(`${fault}\n`);
process.stdout.write(`spec: ${files.length} files, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
