/** What the page may do, as a Content-Security-Policy (https://www.w3.org/TR/CSP3/): run its own code, show its own style and pictures. */
import { createHash } from 'node:crypto';

/** A source expression for one inline script or style. */
export function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The policy, with where scripts and styles come from. `blob:` and `data:` are pictures that the page makes to be taken away. */
export function contentSecurityPolicy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src ${script}`,
    `style-src ${style}`,
    'img-src blob: data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
