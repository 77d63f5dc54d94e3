import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REASONS } from '../../../rules/reasons.ts';
import { MEND_RULES } from './rules.ts';

const PURE = join(import.meta.dirname, '../../..');

/** Folders whose words a plan says; the readers' own say in each sentence what mends it. */
const FOLDERS = ['plan/judge', 'plan/readers', 'rules', 'profiles', 'guest-view', 'qemu', 'facts'];
const FILES = ['iommu/no-ats-expectation.ts', 'pci/no-answer.ts'];

const inFolders = FOLDERS.flatMap(folder =>
  readdirSync(join(PURE, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('generated') && !path.startsWith('mends/'))
    .map(path => join(folder, path)),
);

const sources = [...inFolders, ...FILES].map(path => ({ path, text: readFileSync(join(PURE, path), 'utf8') }));

/** Dotted words in small letters between quotes. */
const CODE = /'([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)'/g;

/** Where a reader's sentence says what mends it: of an error, or of a warning, in the words of its format. */
const READERS = /^(?:cloud-hypervisor|firecracker|incus|kubevirt|libvirt|proxmox|qemu)\./;

/** Parts of names, of other programs and of rules, that look like codes. */
const NO_CODES: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^(?:vmm|kernel)\.[a-z0-9.-]+$/, 'the name of a rule'],
  [/\.ts$|^node\./, 'a file'],
  [/^(?:pcie?|ide|isa)\.\d+$|^rp\d+\.\d$/, 'a bus'],
  [/^\d|^(?:pc-q35|pc-i440fx|virt|qemu|rhel|rhel\d|microvm)-?\d*[\d.a-z-]*$/, 'a version'],
  [/^(?:aspeed|fsi|cfi|a9mpcore|pcie-root-port)\./, 'a device of QEMU'],
  [/^(?:image|raw|security|migration|spec|user-device|metadata|config)\./, "a key of somebody's format"],
  [/^interrupts\.isolated$/, 'a check of a host'],
  [/^vm\.(?:xml|args|conf)$/, 'a file of an example'],
];

/** What a plan does not say. */
const NOT_IN_A_PLAN: Readonly<Record<string, string>> = {
  'global.no-class': 'a finding',
  'global.unused': 'a finding',
  'machine.deprecated': 'told by `airlock properties` alone',
  'ats.quirk.guest-never-uses': 'a note',
  'device.served': 'a note',
  'machine.taken': 'a note',
  'pasid.unreported': 'a note',
  'property.migration-unknown': 'a note',
  'property.vga-unknown': 'a note',
  'request.assumed': 'a part of a request',
  'list.assumed-apart': 'a note',
  'atomics.no-root-port': 'a reason',
  'atomics.not-reported': 'a reason',
  'standard.unknown': 'a doubt, of which outcome.unknown tells',
};

/** Codes that are made of two parts. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: as the sources have them
  'intel-iommu.${property}': ['aw-bits', 'eim', 'fsts', 'pasid-bits', 'svm', 'x-flts', 'x-pasid-mode'],
  'smmuv3.${property}': ['ats', 'cmdqv', 'oas', 'ril', 'ssidsize', 'stage'],
  'smmuv3.granule-${size.toLowerCase()}': ['4k', '16k', '64k'],
  '${code}.unknown': ['clique', 'vmd'],
  // Doubts, of which outcome.unknown tells.
  '${list}.unknown': [],
  '${code}.refused': ['clique', 'vmd'],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
};

/** Every code of a family. */
const madeOf = ([family, parts]: readonly [string, readonly string[]]): string[] => parts.map(part => family.replace(/\$\{[^}]*\}/, part));

const isCode = (word: string): boolean => !NO_CODES.some(([pattern]) => pattern.test(word)) && !Object.hasOwn(REASONS, word);

test('MEND_RULES has what mends each code that a plan can say, or why nothing does', () => {
  const written = sources.flatMap(({ path, text }) => [...text.matchAll(CODE)].map(([, word = '']) => ({ path, word })));
  const codes = written.filter(({ word }) => isCode(word) && !READERS.test(word) && NOT_IN_A_PLAN[word] === undefined);
  assert.ok(codes.length > 150, 'the sources hold codes');
  const missing = codes.filter(({ word }) => MEND_RULES[word] === undefined).map(({ path, word }) => `${word} of ${path}`);
  assert.deepEqual([...new Set(missing)], []);
});

test('MEND_RULES has what mends each code that is made of parts', () => {
  const made = sources.flatMap(({ text }) => [...text.matchAll(/(?:code: |\w\()`([^`]*\.[^`]*)`/g)].map(([, code = '']) => code));
  const codes = made.filter(code => /^[a-z0-9${}()A-Z.-]+$/.test(code) && !/^[^$]*$/.test(code));
  assert.deepEqual(
    [...new Set(codes)].filter(code => FAMILIES[code] === undefined),
    [],
  );
  const missing = Object.entries(FAMILIES).flatMap(madeOf);
  assert.deepEqual(
    missing.filter(code => MEND_RULES[code] === undefined),
    [],
  );
});

test('MEND_RULES has no code that nothing says', () => {
  const all = new Set([
    ...sources.flatMap(({ text }) => [...text.matchAll(CODE)].map(([, word]) => word)),
    ...Object.entries(FAMILIES).flatMap(madeOf),
  ]);
  assert.deepEqual(
    Object.keys(MEND_RULES).filter(code => !all.has(code)),
    [],
  );
});
