/** Pictures of the page as files that stand alone: SVG with all that the page's style gave it, and PNG drawn from that. */
import { saveFile } from './save.ts';

/** What style gives the elements of a drawing, as presentation attributes (SVG 2 §6.6); inherited ones are written once, at the top. */
const INHERITED = [
  ...['fill', 'fill-opacity', 'fill-rule', 'stroke', 'stroke-opacity', 'stroke-width', 'stroke-dasharray', 'stroke-linecap'],
  ...['stroke-linejoin', 'font-size', 'font-style', 'font-weight', 'letter-spacing', 'text-anchor', 'dominant-baseline', 'visibility'],
] as const;
const OWN = ['opacity', 'text-decoration', 'paint-order'] as const;

const SVG = 'http://www.w3.org/2000/svg';

/** Fonts of the page are those of the machine: a file names their kind alone. */
const genericFont = (families: string): string => (/mono|courier|consolas|menlo/i.test(families) ? 'monospace' : 'sans-serif');

/** What another document has no use for. */
const isOfPage = (name: string): boolean => /^(?:class|style|tabindex|role|focusable|data-.*|aria-.*|on.*)$/i.test(name);

/** Writes what style says of `drawn` into `copy`; `above` is what the element above has. */
function inline(drawn: Element, copy: Element, above: ReadonlyMap<string, string>): void {
  const style = getComputedStyle(drawn);
  if (style.display === 'none') {
    copy.remove();
    return;
  }
  for (const { name } of [...copy.attributes]) if (isOfPage(name)) copy.removeAttribute(name);
  const own = new Map<string, string>(INHERITED.map(name => [name, style.getPropertyValue(name)]));
  own.set('font-family', genericFont(style.fontFamily));
  for (const [name, value] of own) {
    if (above.get(name) === value) copy.removeAttribute(name);
    else copy.setAttribute(name, value);
  }
  for (const name of OWN) {
    const value = style.getPropertyValue(name);
    if (/^(?:1|normal|none.*)?$/.test(value)) copy.removeAttribute(name);
    else copy.setAttribute(name, name === 'text-decoration' ? (value.split(' ')[0] ?? value) : value);
  }
  const children = [...copy.children];
  for (const [i, child] of [...drawn.children].entries()) {
    const own_ = children[i];
    if (own_ !== undefined) inline(child, own_, own);
  }
}

/** Interactive wrappers become groups: a picture leads nowhere. */
function withoutLinks(copy: Element): void {
  for (const link of copy.querySelectorAll('a')) {
    const group = document.createElementNS(SVG, 'g');
    for (const { name, value } of link.attributes) if (name !== 'href' && name !== 'target') group.setAttribute(name, value);
    group.append(...link.childNodes);
    link.replaceWith(group);
  }
}

/** Control characters that XML 1.0 §2.2 has no place for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** The drawing as the text of an SVG file, on the ground that it stands on. */
export function svgText(svg: SVGSVGElement, title: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const { width, height, x, y } = svg.viewBox.baseVal;
  inline(svg, copy, new Map());
  withoutLinks(copy);
  copy.setAttribute('xmlns', SVG);
  copy.setAttribute('width', `${width}`);
  copy.setAttribute('height', `${height}`);
  const named = document.createElementNS(SVG, 'title');
  named.textContent = title;
  const ground = document.createElementNS(SVG, 'rect');
  for (const [name, value] of Object.entries({ x, y, width, height, fill: groundOf(svg), stroke: 'none' }))
    ground.setAttribute(name, `${value}`);
  copy.prepend(named, ground);
  return `${new XMLSerializer().serializeToString(copy).replace(NOT_XML, '\ufffd')}\n`;
}

/** The colour behind an element. */
function groundOf(element: Element): string {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (!/^(?:transparent|rgba\(.*, 0\))$/.test(backgroundColor)) return backgroundColor;
  }
  return 'white';
}

/** Dots for each unit of a drawing. */
const PNG_SCALE = 2;
/** Dots of a canvas on each side and in all that every browser has. */
const MOST_SIDE = 16_000;
const MOST_DOTS = 64_000_000;

/** The drawing as a PNG; null where it is larger than a canvas can be. */
export async function pngOf(svg: SVGSVGElement, title: string): Promise<Blob | null> {
  const { width, height } = svg.viewBox.baseVal;
  const scale = Math.min(PNG_SCALE, MOST_SIDE / width, MOST_SIDE / height, Math.sqrt(MOST_DOTS / (width * height)));
  const image = new Image(Math.ceil(width * scale), Math.ceil(height * scale));
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg, title))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext('2d');
  if (context === null) return null;
  context.drawImage(image, 0, 0, image.width, image.height);
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}

export function saveSvg(svg: SVGSVGElement, name: string, title: string): void {
  saveFile(`${name}.svg`, 'image/svg+xml', [svgText(svg, title)]);
}

/** Whether it could be made. */
export async function savePng(svg: SVGSVGElement, name: string, title: string): Promise<boolean> {
  const png = await pngOf(svg, title).catch(() => null);
  if (png !== null) saveFile(`${name}.png`, 'image/png', [png]);
  return png !== null;
}
