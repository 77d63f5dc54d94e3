/** The page as one file, opened from the disk. */
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { useBrowser } from './browser.ts';
import { ONE_FILE, skip, WIDE, withUrl } from './page.ts';

describe('the page in one file', { skip }, () => {
  useBrowser();
  const url = pathToFileURL(ONE_FILE).href;

  it('opens from the disk, asks for nothing, and shows what is pasted', async () => {
    await withUrl({ url, isOwn: asked => asked.split('#')[0] === url, look: WIDE }, async explorer => {
      await explorer.paste(readFileSync('captures/vm-amd.json', 'utf8'));
      await explorer.page.getByRole('button', { name: '0000:01:00.0', exact: true }).waitFor();
      await explorer.checkAccessible();
    });
  });
});
