/**
 * Builds the explorer's page: `dist/page`, static files for any web server. `--one-file` builds `dist/explorer/page.html` instead, which
 * `airlock explore` serves and writes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, type InlineConfig, type Plugin } from 'vite';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { htmlComment, licenceTexts } from './licences.ts';
import { oneFile } from './one-file.ts';

const common: InlineConfig = {
  configFile: false,
  root: 'src/web',
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
};
const options = { emptyOutDir: true, target: 'es2023', modulePreload: false } as const;

/** Puts the policy and the licences of what is bundled into the page. */
const withPolicy: Plugin = {
  name: 'with-policy',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle = {} }) => {
      const modules = Object.values(bundle).flatMap(output => (output.type === 'chunk' ? output.moduleIds : []));
      const meta = `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy("'self'", "'self'")}">`;
      return html
        .replace('<meta charset="utf-8">', tag => `${tag}\n    ${meta}`)
        .replace('</html>', () => `</html>\n${htmlComment(licenceTexts(modules))}`);
    },
  },
};

async function buildFiles(): Promise<void> {
  await build({ ...common, plugins: [withPolicy], build: { ...options, outDir: '../../dist/page' } });
}

async function buildOneFile(): Promise<void> {
  const built = await build({
    ...common,
    mode: 'one-file',
    build: {
      ...options,
      write: false,
      cssCodeSplit: false,
      rolldownOptions: { input: 'src/web/main.tsx', output: { codeSplitting: false } },
    },
  });
  if (Array.isArray(built) || !('output' in built)) throw new Error('Vite builds something else than one page');
  const chunks = built.output.flatMap(output => (output.type === 'chunk' ? [output] : []));
  const styles = built.output.flatMap(output => (output.type === 'asset' && output.fileName.endsWith('.css') ? [output] : []));
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length + styles.length !== built.output.length || chunks.length !== 1)
    throw new Error(`one file cannot hold ${built.output.map(({ fileName }) => fileName).join(', ')}`);
  const style = styles.map(({ source }) => String(source)).join('\n');
  const page = oneFile({
    html: readFileSync('src/web/index.html', 'utf8'),
    script: chunk.code,
    style,
    licences: licenceTexts(chunk.moduleIds),
  });
  mkdirSync('dist/explorer', { recursive: true });
  writeFileSync('dist/explorer/page.html', page);
}

await (process.argv.includes('--one-file') ? buildOneFile() : buildFiles());
