import type { ReactNode } from 'react';
import type { Shape, Tone, Word } from '../format/words.ts';

/** The shape of a state; drawn in the current colour. */
export function Mark({ shape }: { readonly shape: Shape }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" aria-hidden="true">
      {markPaths[shape]}
    </svg>
  );
}

const markPaths: Readonly<Record<Shape, ReactNode>> = {
  disc: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />,
  diamond: <path d="M6 0 12 6 6 12 0 6Z" fill="currentColor" />,
  square: <rect x="1" y="1" width="10" height="10" fill="currentColor" />,
  triangle: <path d="M6 1 11.5 11H.5Z" fill="currentColor" />,
  cross: <path d="M2 2 10 10M10 2 2 10" stroke="currentColor" strokeWidth="2.4" />,
  bar: <rect x="0" y="4.5" width="12" height="3" fill="currentColor" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M6 1.6a4.4 4.4 0 0 1 0 8.8Z" fill="currentColor" />
    </>
  ),
};

export function StateWord({ word }: { readonly word: Word }) {
  return (
    <span className={`state tone-${word.tone}`}>
      <Mark shape={word.shape} />
      {word.text}
    </span>
  );
}

export function Callout({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <div className={`callout tone-${tone}`}>
      <div>{children}</div>
    </div>
  );
}
