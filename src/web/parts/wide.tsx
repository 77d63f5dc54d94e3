/** What may be wider than the page: it is moved within, by keys too. */
import type { ComponentChild } from 'preact';

export function Wide({ name, children, more = '' }: { readonly name: string; readonly children: ComponentChild; readonly more?: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move what is in it
    <section class={`wide ${more}`} aria-label={name} tabIndex={0}>
      {children}
    </section>
  );
}
