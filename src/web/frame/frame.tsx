/** The frame around every view: head, notices, and what happens when the place changes. */
import type { ComponentChild } from 'preact';
import { useEffect, useErrorBoundary, useRef } from 'preact/hooks';
import { place } from '../model/place.ts';
import { Header } from './header.tsx';
import { KeysButton, KeysDialog } from './keys.tsx';
import { LinkNews } from './link-news.tsx';
import { titleOf } from './titles.ts';

/** Moves the focus to the heading of the view, so that a screen reader tells where one is and Tab goes on from there. */
function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>('main h1');
  if (heading === null) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** The id of a place, so that another state of the same place moves nothing. */
const idOf = (): string => {
  const at = place.value;
  if (at.view === 'device') return `device ${at.source} ${at.device}`;
  return at.view === 'host' ? `host ${at.source}` : at.view;
};

/** Shows what failed in place of a view that cannot be drawn. */
function Guarded({ children }: { readonly children: ComponentChild }) {
  const [error, reset] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  return (
    <main class="empty">
      <h1>This view cannot be drawn</h1>
      <p role="alert">{error instanceof Error ? error.message : String(error)}</p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </main>
  );
}

/** `tools` are buttons of the head. */
export function Frame({ tools, children }: { readonly tools: ComponentChild; readonly children: ComponentChild }) {
  const id = idOf();
  const before = useRef(id);
  const title = titleOf(place.value);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (before.current === id) return;
    before.current = id;
    focusHeading();
  }, [id]);
  return (
    <div class="frame">
      {/* No link: the fragment of the address is the page's state. */}
      <button type="button" class="skip" onClick={focusHeading}>
        To the content
      </button>
      <Header>
        {tools}
        <KeysButton />
      </Header>
      <LinkNews />
      <Guarded key={id}>{children}</Guarded>
      <KeysDialog />
    </div>
  );
}
