const storageName = 'gauntlet.api-key';
const listeners = new Set<() => void>();

/** The key of this tab; it is forgotten when the tab is closed. */
export function readApiKey(): string | null {
  try {
    return sessionStorage.getItem(storageName);
  } catch {
    return null;
  }
}

export function saveApiKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(storageName);
  else sessionStorage.setItem(storageName, key);
  for (const listener of listeners) listener();
}

export function onApiKeyChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function authorization(): Record<string, string> {
  const key = readApiKey();
  return key === null ? {} : { authorization: `Bearer ${key}` };
}
