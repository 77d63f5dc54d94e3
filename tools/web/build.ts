/** Builds the explorer's page: `dist/page`, static files for any web server. */
import { build } from 'vite';

await build({
  configFile: false,
  root: 'src/web',
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../../dist/page', emptyOutDir: true, target: 'es2023', modulePreload: false },
});
