/**
 * Checks that no code asks which profile it has: what differs between VMMs is a field of the profile. Outside of the folders of the
 * profiles themselves nothing in `src` compares a profile's name, or takes one of `PROFILES` or `PROFILE_TABLES` by its name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILE_TABLES } from '../src/pure/profiles/tables.ts';

const names = Object.keys(PROFILE_TABLES).map(name => name.replaceAll('.', '\\.'));
const literal = `['"\`](?:${names.join('|')})['"\`]`;
/** A word that some message comes from, `origin: 'airlock'`, is no profile. */
const faulty: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(?<![!=])(?<!origin )[!=]==? ${literal}|${literal} [!=]==?`), "compares a profile's name"],
  [new RegExp(`\\bcase ${literal}`), "compares a profile's name"],
  [new RegExp(`\\.(?:startsWith|endsWith|includes|indexOf|has)\\(${literal}`), "compares a profile's name"],
  [/\bprofile\.name\)? [!=]==?|[!=]==? \(?[\w.]*\bprofile\.name\b/, "compares a profile's name"],
  [
    /\bprofile\.name\.\w+\(|\(profile\.name\)(?!;)\s*[?&|]|\.(?:test|includes|has|match)\([\w.]*\bprofile\.name\)/,
    "asks what is in a profile's name",
  ],
  [/\bswitch \([\w.]*\bprofile(?:\.name)?\)|\]?\[[\w.]*\bprofile\.name\]/, "chooses by a profile's name"],
  [/\bPROFILE(?:S|_TABLES)(?:\.[a-z]|\[['"`])/, 'takes a profile by its name'],
];

/** The list of tables says which profile is the default. */
const isExempt = (path: string) => /^src\/pure\/profiles\/(?:[^/]+\/|(?:index|tables)\.ts$)/.test(path) || path.endsWith('.test.ts');
const isComment = (line: string) => /^\s*(?:\*|\/\/|\/\*)/.test(line);

const paths = readdirSync('src', { recursive: true, encoding: 'utf8' }).map(path => join('src', path));
const sources = paths.filter(path => path.endsWith('.ts') && !isExempt(path));
const faults = sources.flatMap(path =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      const fault = isComment(line) ? undefined : faulty.find(([pattern]) => pattern.test(line));
      return fault === undefined ? [] : [`${path}:${i + 1} ${fault[1]}: ${line.trim()}`];
    }),
);

for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`profiles: ${sources.length} files, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
