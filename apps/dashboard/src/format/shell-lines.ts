import type { Action } from '../api/http.ts';

/**
 * The lines that do what a button does. The key is named, never shown: it stays in the reader's
 * environment.
 */
export interface ShellLines {
  readonly curl: string;
  readonly powershell: string;
}

export function toShellLines(action: Action, origin: string, withKey: boolean): ShellLines {
  const url = `${origin}/api/v1${action.path}`;
  const body = action.body === undefined ? null : JSON.stringify(action.body, null, 2);
  return { curl: toCurl(action, url, body, withKey), powershell: toPs(action, url, body, withKey) };
}

function toCurl(action: Action, url: string, body: string | null, withKey: boolean): string {
  const parts = [`curl -sS -X ${action.method} ${quoteSh(url)}`];
  if (withKey) parts.push('-H "Authorization: Bearer $GAUNTLET_KEY"');
  if (body !== null) {
    parts.push("-H 'Content-Type: application/json'", `--data-binary ${quoteSh(body)}`);
  }
  return parts.join(' \\\n  ');
}

/** Windows PowerShell 5.1 and later; the body is bytes because 5.1 would send Latin-1. */
function toPs(action: Action, url: string, body: string | null, withKey: boolean): string {
  const verb = action.method.slice(0, 1) + action.method.slice(1).toLowerCase();
  const parts = [`Invoke-RestMethod -Method ${verb} -Uri ${quotePs(url)}`];
  if (withKey) parts.push('-Headers @{ Authorization = "Bearer $env:GAUNTLET_KEY" }');
  if (body !== null) {
    parts.push(
      "-ContentType 'application/json'",
      `-Body ([Text.Encoding]::UTF8.GetBytes(${quotePs(body)}))`,
    );
  }
  return parts.join(' `\n  ');
}

function quoteSh(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** PowerShell also ends a string at the typographic quotes, so those are doubled too. */
function quotePs(text: string): string {
  return `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;
}
