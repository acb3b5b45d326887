import type { Finding } from './judge-finding.ts';
import type { Parts } from './parts.ts';

/** Bytes go to their files first: they are named by their hash, so storing them twice is harmless. */
export async function storeEvidence(
  { files, log }: Pick<Parts, 'files' | 'log'>,
  findings: readonly Finding[],
): Promise<void> {
  for (const { report, attemptId } of findings) {
    for (const { inline, sha256 } of report?.evidence ?? []) {
      const bytes = inline === null ? null : decodeBase64(inline);
      if (bytes !== null) await files.put(bytes, sha256);
      else if (inline !== null) log.warn({ attemptId, sha256 }, 'evidence is no base64: left out');
    }
  }
}

function decodeBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
