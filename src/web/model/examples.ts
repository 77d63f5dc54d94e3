/** The captures that the package ships, one click away. */
import { EMBEDDED } from './embedded.ts';

type Load = () => Promise<string>;

/** A page that is one file has those that it was given. */
const FILES: Readonly<Record<string, Load>> =
  import.meta.env.MODE === 'one-file'
    ? Object.fromEntries((EMBEDDED?.examples ?? []).map(({ name, text }) => [name, async () => text]))
    : import.meta.glob<string>('../../../captures/*.json', { query: '?raw', import: 'default' });

/** The examples' names: `vm-intel-iotlb`. */
export const EXAMPLES: readonly string[] = Object.keys(FILES).map(nameOf);

function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.json$/, '');
}

/** The text of an example. */
export async function exampleText(name: string): Promise<string> {
  const entry = Object.entries(FILES).find(([path]) => nameOf(path) === name);
  if (entry === undefined) throw new Error(`no example is called ${name}`);
  return entry[1]();
}
