/** The screens. The URL is the whole state of a view: path = screen, query = what it shows. */
export const screens = [
  'mission',
  'new-campaign',
  'campaign',
  'nights',
  'lanes',
  'crashes',
  'crash',
  'migrations',
  'attempt',
  'matrix',
  'compare',
  'inventory',
  'system',
] as const;
export type Screen = (typeof screens)[number];

export interface Route {
  readonly screen: Screen | 'nowhere';
  /** The id in the path; empty where the screen has none. */
  readonly id: string;
}

const fixedPaths: Readonly<Record<string, Screen>> = {
  '/': 'mission',
  '/campaigns/new': 'new-campaign',
  '/nights': 'nights',
  '/lanes': 'lanes',
  '/crashes': 'crashes',
  '/migrations': 'migrations',
  '/matrix': 'matrix',
  '/compare': 'compare',
  '/inventory': 'inventory',
  '/system': 'system',
};

const paths: readonly (readonly [RegExp, Screen])[] = [
  [/^\/campaigns\/([^/]+)$/, 'campaign'],
  [/^\/crashes\/([^/]+)$/, 'crash'],
  [/^\/attempts\/([^/]+)$/, 'attempt'],
];

export function parseRoute(pathname: string): Route {
  const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
  const fixed = fixedPaths[path];
  if (fixed !== undefined) return { screen: fixed, id: '' };
  for (const [pattern, screen] of paths) {
    const id = pattern.exec(path)?.[1];
    if (id !== undefined) return { screen, id: decodeId(id) };
  }
  return { screen: 'nowhere', id: '' };
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `/migrations?outcome=clean`: query entries that are empty are left out. */
export function toUrl(path: string, query: Readonly<Record<string, string | null>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== '') search.set(name, value);
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}
