/** Which part of a box that scrolls is in sight, so that only that part is made; all of it while the page is printed. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Sight {
  /** In CSS pixels from the top of what scrolls. */
  readonly from: number;
  readonly to: number;
}

const ALL: Sight = { from: 0, to: Number.POSITIVE_INFINITY };
/** What is made beyond the edges, and the step in which the sight moves. */
const [BEYOND, STEP] = [400, 200];
/** Before the box is measured. */
const FIRST: Sight = { from: 0, to: 1500 };

function sightOf({ scrollTop, clientHeight }: HTMLElement): Sight {
  const from = Math.floor((scrollTop - BEYOND) / STEP) * STEP;
  return { from, to: Math.ceil((scrollTop + clientHeight + BEYOND) / STEP) * STEP };
}

/** Waits until what was asked for is drawn. */
const drawn = (): Promise<void> => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));

/** `showAll` makes all of it, and gives a way back. */
export function useSight<E extends HTMLElement>(): readonly [box: RefObject<E | null>, sight: Sight, showAll: () => Promise<() => void>] {
  const box = useRef<E | null>(null);
  const [sight, setSight] = useState(FIRST);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = (): void => {
      const next = sightOf(element);
      setSight(before => (before.from === next.from && before.to === next.to ? before : next));
    };
    const all = (): void => setSight(ALL);
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    addEventListener('beforeprint', all);
    addEventListener('afterprint', look);
    return () => {
      sizes.disconnect();
      element.removeEventListener('scroll', look);
      removeEventListener('beforeprint', all);
      removeEventListener('afterprint', look);
    };
  }, []);
  const showAll = async (): Promise<() => void> => {
    setSight(ALL);
    await drawn();
    return () => setSight(box.current === null ? FIRST : sightOf(box.current));
  };
  return [box, sight, showAll];
}
