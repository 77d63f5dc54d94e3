/** The licences of what the page holds of others, which have to go with every copy of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

/** The folder of the package that a module is of; null for our own. */
function packageFolder(module: string): string | null {
  const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module) ?? [];
  return folder ?? null;
}

function licenceOf(folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
  const by = typeof author === 'object' ? author.name : author;
  const text =
    file === undefined
      ? `${license ?? 'licence not stated'}${by === undefined ? '' : `, ${by}`}`
      : readFileSync(join(folder, file), 'utf8');
  return `${name} ${version}\n\n${text.trim()}\n`;
}

/** The licences of the packages whose modules these are, each once, as text. */
export function licenceTexts(modules: Iterable<string>): string {
  const folders = new Set([...modules].flatMap(module => packageFolder(module) ?? []).filter(folder => existsSync(folder)));
  return [...folders].sort().map(licenceOf).join('\n\n');
}

/** A text as a comment of HTML, which it cannot end. */
export const htmlComment = (text: string): string => `<!--\n${text.replaceAll('--', '- -').trim()}\n-->`;
