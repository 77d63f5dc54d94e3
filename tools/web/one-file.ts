/** Makes one file of the page: script and style in it, allowed by their hashes, and a place for the data of `airlock explore`. */
import { contentSecurityPolicy, hashSource } from './content-security-policy.ts';
import { htmlComment } from './licences.ts';

export interface PageParts {
  /** `src/web/index.html`. */
  readonly html: string;
  readonly script: string;
  readonly style: string;
  readonly licences: string;
}

/** Where `airlock explore` puts its data: `src/cli/explore/page.ts` looks for the same. */
export const DATA_PLACE = '<script type="application/json" id="embedded">null</script>';

/** A script that no HTML parser takes for ended, or for one that hides its end: both words stand in literals alone. */
const inlined = (script: string): string => script.replaceAll(/<(?=\/script|!--)/gi, '\\x3C').trim();

/** Throws where the page's HTML is not as it is expected. */
export function oneFile({ html, script, style, licences }: PageParts): string {
  const [code, css] = [inlined(script), style.trim()];
  if (/<\/style/i.test(css)) throw new Error('the style ends its element');
  const meta = `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(hashSource(code), hashSource(css))}">`;
  const own = /[ \t]*<script type="module" src="\.\/main\.tsx"><\/script>\n/;
  const charset = '<meta charset="utf-8">';
  if (!own.test(html) || !html.includes(charset)) throw new Error('src/web/index.html has no <meta charset> or does not load main.tsx');
  return html
    .replace(charset, () => `${charset}\n    ${meta}\n    <style>${css}</style>`)
    .replace(own, () => `    ${DATA_PLACE}\n    <script type="module">${code}</script>\n`)
    .replace('</html>', () => `</html>\n${htmlComment(licences)}`);
}
