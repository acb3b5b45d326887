import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeXml } from './xml.ts';

describe('text in XML', () => {
  it('cannot open an element, end a section or leave an attribute', () => {
    expect(escapeXml(`]]><failure a="b" c='d'>&`)).toBe(
      ']]&gt;&lt;failure a=&quot;b&quot; c=&apos;d&apos;&gt;&amp;',
    );
  });

  it('holds no character that XML 1.0 forbids, whatever it is made of', () => {
    const anything = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(anything, (text) => {
        const escaped = escapeXml(text);
        expect(escaped.isWellFormed()).toBe(true);
        for (const char of escaped) {
          const code = char.codePointAt(0) ?? 0;
          expect(code >= 0x20 && code !== 0xfffe && code !== 0xffff).toBe(true);
          expect('<>"\''.includes(char)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('keeps every other text as it is', () => {
    expect(escapeXml('Größe 𝄞 数据')).toBe('Größe 𝄞 数据');
  });
});
