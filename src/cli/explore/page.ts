/** The page in one file, with data in it. The build makes the file (`tools/web`). */
import { readFileSync } from 'node:fs';
import { PACKAGE_FOLDER } from '../../service/version.ts';
import { UsageError } from '../command.ts';
import { dataText, type PageData } from './page-data.ts';

const TEMPLATE = new URL('dist/explorer/page.html', PACKAGE_FOLDER);
/** Where the data goes: `tools/web/one-file.ts` makes the same. */
const [BEFORE, AFTER] = ['<script type="application/json" id="embedded">', '</script>'];
const PLACE = `${BEFORE}null${AFTER}`;

export interface ExplorerPage {
  readonly html: string;
  /** What the page says that it may do, so that a server says the same. */
  readonly policy: string;
}

/** Throws UsageError where the page is not built. */
export function explorerPage(data: PageData): ExplorerPage {
  let template: string;
  try {
    template = readFileSync(TEMPLATE, 'utf8');
  } catch {
    throw new UsageError('Cannot show the page: it is not built; npm run build makes it');
  }
  const at = template.indexOf(PLACE);
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(template) ?? [];
  if (at < 0 || policy === undefined) throw new Error(`${TEMPLATE.pathname} is no page of this version`);
  const html = `${template.slice(0, at)}${BEFORE}${dataText(data)}${AFTER}${template.slice(at + PLACE.length)}`;
  return { html, policy };
}
