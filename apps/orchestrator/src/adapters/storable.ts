const suspicious = /\\u0000|\\ud[89a-f]/i;

/**
 * The same value with every text such that PostgreSQL can store it: without NUL, and without halves
 * of surrogate pairs. Names come from guests and hosts, which promise nothing.
 */
export function toStorable(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text === undefined || !suspicious.test(text)) return value;
  return JSON.parse(text, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.replaceAll('\0', '\ufffd').toWellFormed() : inner,
  );
}
