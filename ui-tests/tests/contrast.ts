import type { Locator } from '@playwright/test';

/** Text of an element, and how well it stands out: WCAG 2.1's ratio, from 1 to 21. */
export interface IText {
  readonly text: string;
  readonly ratio: number;
}

/**
 * Texts in a part of the page that stand out less than WCAG 2.1 AA asks for (1.4.3: 4.5, or 3
 * where they are large). What cannot be used just now is exempt there, and here; the colours of
 * code are the person's own choice of JupyterLab's.
 */
export const faint = (part: Locator): Promise<IText[]> =>
  part.evaluate(root => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number];
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (canvas === null) {
      throw new Error('this browser has no canvas to read colours with');
    }
    const read = (css: string): Colour => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = (top: Colour, below: Colour): Colour => {
      const mix = (one: number, other: number): number => one * top[3] + other * (1 - top[3]);
      return [mix(top[0], below[0]), mix(top[1], below[1]), mix(top[2], below[2]), 1];
    };
    const luminance = ([red, green, blue]: Colour): number => {
      const linear = (value: number): number =>
        value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4;
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const chain = (node: Element): Element[] => {
      const all: Element[] = [];
      for (let one: Element | null = node; one !== null; one = one.parentElement) {
        all.unshift(one);
      }
      return all;
    };
    const found: IText[] = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent?.trim() ?? '';
      const node = walker.currentNode.parentElement;
      if (
        text === '' ||
        node === null ||
        node.closest('[disabled], [aria-hidden=true], .cm-content') !== null
      ) {
        continue;
      }
      const style = getComputedStyle(node);
      const box = node.getBoundingClientRect();
      const isClipped =
        style.clipPath !== 'none' ||
        chain(node).some(one => getComputedStyle(one).clipPath !== 'none');
      if (style.visibility === 'hidden' || box.width === 0 || box.height === 0 || isClipped) {
        continue;
      }
      let ground: Colour = [255, 255, 255, 1];
      let opacity = 1;
      for (const one of chain(node)) {
        const own = getComputedStyle(one);
        ground = over(read(own.backgroundColor), ground);
        opacity *= Number(own.opacity);
      }
      const [red, green, blue, alpha] = read(style.color);
      const ink = over([red, green, blue, alpha * opacity], ground);
      const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      const px = parseFloat(style.fontSize);
      const isLarge = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) {
        found.push({ text: text.slice(0, 80), ratio: Math.round(ratio * 100) / 100 });
      }
    }
    return found;
  });
