/** A drawing with a name: all drawings of the page are made with it, so that each can be taken away. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, SVGAttributes } from 'preact';
import { useRef } from 'preact/hooks';
import { savePng, saveSvg } from './save-picture.ts';

export interface PictureProps {
  /** Of a file that it is saved as: `host-tree`. */
  readonly name: string;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly title: string;
  /** In units of CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Of a drawing that is used by keys: its role, in place of that of an image, and what it does. */
  readonly svg?: SVGAttributes<SVGSVGElement>;
  /** Of a drawing of which only what is in sight is made: makes all of it, and gives a way back. */
  readonly whole?: () => Promise<() => void>;
  readonly children: ComponentChildren;
}

export function Picture({ name, title, width, height, svg: attributes, whole, children }: PictureProps) {
  const svg = useRef<SVGSVGElement>(null);
  const said = useSignal('');
  const save = async (kind: 'svg' | 'png'): Promise<void> => {
    const back = await whole?.();
    try {
      if (svg.current === null) return;
      if (kind === 'svg') saveSvg(svg.current, name, title);
      const isMade = kind === 'svg' || (await savePng(svg.current, name, title));
      said.value = isMade ? '' : 'The browser cannot make a PNG of this size: SVG has no such bound.';
    } finally {
      back?.();
    }
  };
  return (
    <figure class="picture" data-picture={name}>
      <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={title} {...attributes}>
        {children}
      </svg>
      <div class="picture-save">
        <button type="button" class="link" aria-label={`Save the picture ${name} as SVG`} onClick={() => void save('svg')}>
          SVG
        </button>
        <button type="button" class="link" aria-label={`Save the picture ${name} as PNG`} onClick={() => void save('png')}>
          PNG
        </button>
        <span role="status" class="soft">
          {said}
        </span>
      </div>
    </figure>
  );
}
