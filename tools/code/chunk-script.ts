/** Makes scripts of the chunks that esbuild writes: functions that take what they import and give what they export. */
import { Script } from 'node:vm';

/** One name of an import or an export, `a` or `a as b`. */
function parseNames(list: string): { readonly from: string; readonly to: string }[] {
  return list.split(',').map(word => {
    const [from = '', to = from] = word.trim().split(' as ');
    return { from, to };
  });
}

/** The names as those of an object, by key and value. */
function pairs(list: string, pick: (name: { readonly from: string; readonly to: string }) => readonly [string, string]): string {
  return parseNames(list)
    .map(pick)
    .map(([key, value]) => (key === value ? key : `${key}:${value}`))
    .join(',');
}

/** What a module is there for: a chunk of ours, or one of Node's own. */
const loadOf = (path: string): string => (path.startsWith('.') ? `__load("${path.slice(2)}")` : `require("${path}")`);

function importLine(words: string | undefined, path: string): string {
  if (words === undefined) return `${loadOf(path)};`;
  const [, named] = /^\{([^{}]*)\}$/.exec(words) ?? [];
  if (named !== undefined) return `const{${pairs(named, ({ from, to }) => [from, to])}}=${loadOf(path)};`;
  // A module of Node's own has no default of its own.
  const [, name] = /^(?:\*as )?([\w$]+)$/.exec(words) ?? [];
  if (name === undefined || path.startsWith('.')) throw new Error(`import ${words} from ${path}: wanted names in braces`);
  return `const ${name}=${loadOf(path)};`;
}

/** Where a statement begins: those of other chunks stand first, those of Node's modules before the code of the module that has them. */
const IMPORT = /(?<=^|[;}\n])import(?:\s*([\w$*{][^"]*?)\s*from)?\s*"([^"]+)";/g;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;
/** One that is there at once. */
const SYNC = /\b__sync\(import\("([^"]+)"\)\)/g;
/** At the end. */
const EXPORT = /(?<=^|[;}\n])export\s*\{([^{}]*)\};\s*$/;

/** The script of a chunk with so many imports. Throws Error for a chunk that is not made as all are. */
export function chunkScript(name: string, text: string, imports: number): string {
  if (/\b__load\b|\b(?:function|class|var|let|const|,) (?:require|__fileUrl)\b/.test(text)) throw new Error(`${name} has a name of ours`);
  let found = 0;
  const [exported = '', names = ''] = EXPORT.exec(text) ?? [];
  const body = text
    .slice(0, text.length - exported.length)
    .replaceAll(IMPORT, (_, words: string | undefined, path: string) => {
      found++;
      return importLine(words, path);
    })
    .replaceAll(SYNC, (_, path: string) => {
      found++;
      return loadOf(path);
    })
    .replaceAll(DYNAMIC, (_, path: string) => {
      found++;
      return `Promise.resolve().then(()=>${loadOf(path)})`;
    });
  if (found !== imports) throw new Error(`${name}: ${found} imports were found in its text: wanted ${imports}`);
  const given = names.trim() === '' ? '' : pairs(names, ({ from, to }) => [to, from]);
  const script = `(function(__load,require,__fileUrl){"use strict";${body}\nreturn{${given}}})`;
  if (Buffer.byteLength(script) !== script.length) throw new Error(`${name} is not in ASCII`);
  // It is parsed here, so that what cannot stand in a function is found when it is built.
  new Script(script, { filename: name });
  return script;
}
